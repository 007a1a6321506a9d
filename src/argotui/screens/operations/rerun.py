"""What the dialogs of a retry and of a resubmission have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from textual.content import Content
from textual.widgets import Static

from argotui.actions.action import Action
from argotui.backend.ports import Document
from argotui.backend.session import Session
from argotui.model.argo import Key
from argotui.model.sanitise import clean_line
from argotui.model.workflow.operations import OperationResult, OperationTarget, WorkflowOperation
from argotui.operations.workflows.selecting import refusals
from argotui.screens.dialogs.dialog import Dialog
from argotui.screens.operations.values import ValuesScreen, parameters_of
from argotui.widgets.background import background
from argotui.widgets.footer import FooterBar

Plan = TypeVar("Plan")
"""What was read of the workflow, and what the operation acts on."""


class RerunScreen(Dialog[Key | None], Generic[Plan]):
    """Reads a workflow, says what running it again leads to, does it once, and says how it went.

    It gives the new workflow if one was made. A subclass composes `_title`, `_lines` and `_footer`.
    """

    CSS_PATH = ["../dialogs/dialog.tcss", "dialog.tcss"]

    def __init__(self, session: Session, target: OperationTarget) -> None:
        super().__init__()
        self._session = session
        self._target = target
        self._values: dict[str, str] = {}
        self._plan: Plan | None = None
        self._why_not = ""
        self.looked = False
        """Whether the workflow was read, and the rights were asked for."""
        self._busy = False
        self._result: OperationResult | None = None
        self._title = Static(classes="title", markup=False)
        self._lines = Static(classes="detail", markup=False)
        self._footer = FooterBar()

    def on_mount(self) -> None:
        self._look()

    # What a subclass provides.

    @property
    def operation(self) -> WorkflowOperation:
        """The operation with the options that are chosen now."""
        raise NotImplementedError

    async def read(self) -> Plan | None:
        """Read the workflow and return what to act on, or call `_refuse` and return None."""
        raise NotImplementedError

    async def run_again(self, plan: Plan) -> OperationResult:
        """Do the operation, and return how it came out."""
        raise NotImplementedError

    def options_text(self) -> str:
        """Return what the title says of the options."""
        raise NotImplementedError

    def impact_texts(self) -> list[str]:
        """Return what the operation leads to, a line each."""
        raise NotImplementedError

    # Before.

    @background("rerun-look", exclusive=True)
    async def _look(self) -> None:
        """Ask for the rights, and read the workflow."""
        self.looked, self._plan, self._why_not = False, None, ""
        self._show()
        port = self._session.backend.workflows
        denied = await refusals(port, self.operation, [self._target])
        self._why_not = "".join(denied.values())
        self._plan = await self.read()
        self.looked = True
        self._show()

    def _refuse(self, why: str) -> None:
        """Say why the operation is not possible; a missing right is named first."""
        self._why_not = self._why_not or clean_line(why)

    def _ask_for_values(self, document: Document, then: Callable[[], object]) -> None:
        """Ask for other values of the workflow's parameters; `then` follows if some were given."""

        def typed(values: dict[str, str] | None) -> None:
            if values is not None:
                self._values = values
                then()

        before = parameters_of(document)
        self.app.push_screen(ValuesScreen(str(self._target.key), before, self._values), typed)

    # Showing.

    def _show(self) -> None:
        self._title.update(Content(self._title_text()))
        self._lines.update(Content("\n".join(self._texts())))
        self._footer.show(self.hints())

    def _title_text(self) -> str:
        what = f"{self.operation.kind.value.capitalize()} {self._target.key}"
        if self._result is not None:
            return f"{what}: {self._result.status.value}"
        return f"{what}: under way" if self._busy else f"{what}{self.options_text()}?"

    def _texts(self) -> list[str]:
        if self._result is not None:
            return [self._result.detail]
        if not self.looked:
            return ["reading the workflow"]
        lines = [self._why_not] if self._why_not else []
        return lines + self.impact_texts()

    def copied_text(self) -> str:
        return "\n".join([self._title_text(), *self._texts()])

    def footer_label(self, action: Action) -> str:
        if action.id == f"{self.SCOPE}.close":
            if self._result is not None and self._result.created is not None:
                return "open it"
            if not self._begun:
                return "cancel"
        return super().footer_label(action)

    # Acting.

    @property
    def _begun(self) -> bool:
        return self._busy or self._result is not None

    def is_possible(self, action_id: str) -> bool:
        ready = self._plan is not None and not self._begun
        if action_id == f"{self.SCOPE}.yes":
            return ready and not self._why_not
        if action_id == f"{self.SCOPE}.values":
            return ready
        return super().is_possible(action_id)

    def action_rerun_yes(self) -> None:
        if self._plan is not None and not self._session.read_only:
            self._busy = True
            self._show()
            self._run(self._plan)

    @background("rerun-run")
    async def _run(self, plan: Plan) -> None:
        try:
            self._result = await self.run_again(plan)
        finally:
            self._busy = False
            if self.is_attached:
                self._show()

    def action_rerun_close(self) -> None:
        self.dismiss(self._result.created if self._result is not None else None)
