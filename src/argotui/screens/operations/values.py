"""Ask for other values of a workflow's parameters, in one line."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from argotui.model.argo import text_of
from argotui.model.sanitise import clean
from argotui.model.workflow.run_again import Document, part
from argotui.screens.dialogs.dialog import Dialog
from argotui.widgets.one_line import OneLine

_HINT = "NAME=VALUE sets one (NAME='two words'); enter goes on. Not listed: those of several lines."


def parameters_of(document: Document) -> dict[str, str]:
    """Return the parameters of a workflow, those of its template too."""
    found: dict[str, str] = {}
    for spec in (part(document, "status", "storedWorkflowTemplateSpec"), part(document, "spec")):
        for one in part(spec, "arguments").get("parameters") or []:
            if isinstance(one, Mapping) and isinstance(one.get("name"), str):
                found[one["name"]] = text_of(one.get("value")) or ""
    return found


def line_of(values: Mapping[str, str]) -> str:
    """Return values as one line; what does not fit into one, as it is shown, is left out."""
    return " ".join(
        f"{shlex.quote(name)}={shlex.quote(value)}"
        for name, value in values.items()
        if clean(f"{name}{value}") == f"{name}{value}" and "\n" not in name + value
    )


def read_values(text: str) -> dict[str, str]:
    """Return the values that a line means. Raises ValueError with what is wrong."""
    values: dict[str, str] = {}
    for word in shlex.split(text):
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise ValueError(f"{word!r} is not NAME=VALUE")
        if name in values:
            raise ValueError(f"{name} is given twice")
        values[name] = value
    return values


class ValuesScreen(Dialog[dict[str, str] | None]):
    """Gives the values that differ from those that the workflow has."""

    CSS_PATH = ["../dialogs/dialog.tcss", "dialog.tcss"]

    def __init__(self, what: str, before: Mapping[str, str], now: Mapping[str, str]) -> None:
        super().__init__()
        self._what = what
        self._before = before
        shown = line_of({**before, **now})
        self._line = OneLine(shown, compact=True, select_on_focus=False)
        self._state = Static(markup=False, classes="detail")

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(Content(f"Parameters of {self._what}"), classes="title")
            yield self._line
            yield self._state

    def on_mount(self) -> None:
        self._line.cursor_blink = False
        self._line.focus()
        self._state.update(Content(_HINT))

    def action_dialog_close(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        message.stop()
        try:
            values = read_values(message.value)
        except ValueError as error:
            self._state.update(Content(f"{error}"))
            return
        self.dismiss({k: v for k, v in values.items() if self._before.get(k) != v})
