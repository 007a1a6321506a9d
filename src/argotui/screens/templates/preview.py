"""The manifest of a new workflow as the server would create it, before it is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widget import Widget

from argotui.backend.ports import Document
from argotui.errors import BackendError
from argotui.model.argo import Key, key_of_document
from argotui.model.counted import counted
from argotui.model.sanitise import clean_tree
from argotui.model.yaml_text import dump_yaml
from argotui.operations.submit.submitter import Prepared, Submitter
from argotui.operations.workflow.yaml import make_yaml
from argotui.screens.base import ConsoleScreen
from argotui.screens.bindings import bindings_for
from argotui.screens.messages import key
from argotui.widgets.background import background
from argotui.widgets.notice import Banner
from argotui.widgets.yaml_view import YamlView

if TYPE_CHECKING:
    from argotui.widgets.status import Parts


class PreviewScreen(ConsoleScreen):
    """`shown` is what the server answered to a dry run, or `refusal` says why it refused.

    What is sent is `prepared`, which the server tried; `created` is called with the new workflow.
    """

    SCOPE = "preview"
    BINDINGS = bindings_for(SCOPE)
    CSS: ClassVar[str] = """
    PreviewScreen {
        layout: vertical;
        & > YamlView { height: 1fr; }
    }
    """

    def __init__(
        self,
        submitter: Submitter,
        prepared: Prepared,
        shown: Document | None,
        refusal: BackendError | None,
        created: Callable[[Key], None],
    ) -> None:
        super().__init__()
        self._submitter = submitter
        self._prepared = prepared
        self._shown = prepared.document if shown is None else shown
        self._refusal = refusal
        self._created = created
        self._sending = False
        self._covered = 0
        self._banner = Banner()
        self.yaml = YamlView()

    def compose_body(self) -> ComposeResult:
        yield self._banner
        yield self.yaml

    def on_mount(self) -> None:
        if (refusal := self._refusal) is not None:
            said = " ".join(f"{refusal.title}: {refusal.detail}".split())
            self._banner.show(f"✖ {said}")
        self._make_yaml()

    def main_widget(self) -> Widget | None:
        return self.yaml

    @background("manifest", exclusive=True)
    async def _make_yaml(self) -> None:
        cleaned = clean_tree(self._shown)
        document = cleaned if isinstance(cleaned, dict) else {}
        text, self._covered = await make_yaml(document, covered=True)
        self.yaml.set_document(text)
        self.refresh_chrome()

    def status_parts(self) -> tuple[Parts, Parts]:
        send = key("preview.send", self.console.keymap)
        if self._sending:
            left: Parts = (("creating it …", "strong"),)
        elif self._refusal is not None:
            left = (("the server refuses this workflow", "problem"),)
        else:
            left = (("the server would create this", "strong"), (f"   {send} does", "chrome"))
        covered = f"{counted(self._covered, 'secret')} covered" if self._covered else ""
        return left, ((covered or self.yaml.place_words, "chrome"),)

    def reason_against(self, action_id: str) -> str | None:
        if self._sending and action_id in ("go.back", "go.leave"):
            return "the workflow is being created"
        if action_id != "preview.send":
            return None
        if self._refusal is not None:
            return "the server refuses it"
        return "it is being sent" if self._sending else None

    # What can be done.

    def action_preview_copy(self) -> None:
        self.console.copy(dump_yaml(self._prepared.document))
        self.say("copied the manifest")

    def action_preview_send(self) -> None:
        self._sending = True
        self._send()

    @background("submit", exclusive=True)
    async def _send(self) -> None:
        try:
            created = await self._submitter.send(self._prepared)
        except BackendError as error:
            self._sending = False
            self.refresh_chrome()
            self.console.show_error(error)
            return
        self._created(key_of_document(created))
