"""Start a new workflow like an earlier one, after a second key."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from argotui.actions import actions_for
from argotui.backend.ports import Reading
from argotui.backend.session import Session
from argotui.errors import BackendError
from argotui.keymap import keys_of
from argotui.model.argo import Key
from argotui.model.counted import counted
from argotui.model.sanitise import clean_line
from argotui.model.workflow.operations import (
    OperationKind,
    OperationResult,
    OperationTarget,
    WorkflowOperation,
    why_not_possible,
)
from argotui.model.workflow.resubmit import ResubmitOptions
from argotui.model.workflow.run_again import failed, nodes_of
from argotui.operations.workflow.rerunning import resubmit
from argotui.operations.workflows.selecting import refusals
from argotui.screens.bindings import bindings_for
from argotui.screens.dialogs.dialog import Dialog
from argotui.screens.operations.values import ValuesScreen, parameters_of
from argotui.widgets.background import background
from argotui.widgets.footer import FooterBar, Hint


class ResubmitScreen(Dialog[Key | None]):
    """Says what the new workflow takes over; gives its name if one was made."""

    SCOPE = "resubmit"
    BINDINGS = bindings_for("resubmit")
    CSS_PATH = ["../dialogs/dialog.tcss", "dialog.tcss"]

    def __init__(self, session: Session, target: OperationTarget) -> None:
        super().__init__()
        self._session = session
        self._target = target
        self._memoized = False
        self._values: dict[str, str] = {}
        self._reading: Reading | None = None
        self._why_not = ""
        self.looked = False
        """Whether the workflow was read, and the rights were asked for."""
        self._busy = False
        self._result: OperationResult | None = None
        self._title = Static(classes="title", markup=False)
        self._lines = Static(classes="detail", markup=False)
        self._footer = FooterBar()

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield self._title
            yield self._lines
            yield self._footer

    def on_mount(self) -> None:
        self._look()

    @property
    def _operation(self) -> WorkflowOperation:
        options = ResubmitOptions(self._memoized, self._values)
        return WorkflowOperation(OperationKind.RESUBMIT, resubmit=options)

    @background("resubmit-look", exclusive=True)
    async def _look(self) -> None:
        """Read the workflow, and ask for the rights."""
        self._show()
        port = self._session.backend.workflows
        denied = await refusals(port, self._operation, [self._target])
        self._why_not = "".join(denied.values())
        try:
            self._reading = await port.read_workflow(*self._target.key)
        except BackendError as error:
            self._why_not = self._why_not or clean_line(error.title)
        self.looked = True
        self._show()

    # Showing.

    def _show(self) -> None:
        self._title.update(Content(self._title_text()))
        self._lines.update(Content("\n".join(self._texts())))
        self._footer.show(self.hints())

    def _title_text(self) -> str:
        key = self._target.key
        if self._result is not None:
            return f"Resubmit {key}: {self._result.status.value}"
        if self._busy:
            return f"Resubmit {key}: under way"
        return f"Resubmit {key}{', memoized' if self._memoized else ''}?"

    def _texts(self) -> list[str]:
        if self._result is not None:
            return [self._result.detail]
        if not self.looked:
            return ["reading the workflow"]
        lines = [self._why_not] if self._why_not else []
        lines.append("a new workflow with the same spec, labels and annotations, in your name")
        if self._memoized and self._reading is not None:
            lines += self._memoized_texts(self._reading)
        lines += [
            f"{clean_line(name)} = {clean_line(value)}" for name, value in self._values.items()
        ]
        return lines

    def _memoized_texts(self, reading: Reading) -> list[str]:
        if reading.offloaded:
            return ["its nodes are in the controller's database: it cannot be memoized here"]
        pods = [node for node in nodes_of(reading.document).values() if node.get("type") == "Pod"]
        again = sum(map(failed, pods))
        kept = counted(len(pods) - again, "pod is taken over", "pods are taken over")
        return [f"{kept} with its outputs, {again:,} run again"]

    def hints(self) -> tuple[Hint, ...]:
        keymap = self.console.keymap
        labels = {
            "resubmit.memoized": "run everything" if self._memoized else "",
            "resubmit.close": self._close_label(),
        }
        return tuple(
            Hint(action.id, keys_of(action, keymap)[0], labels.get(action.id) or action.label)
            for action in actions_for(self.SCOPE)
            if action.footer and not self._reason_against(action.id)
        )

    def _close_label(self) -> str:
        if self._result is not None and self._result.created is not None:
            return "open it"
        return "" if self._busy or self._result is not None else "cancel"

    def _reason_against(self, action_id: str) -> str:
        """Return why an action of this dialog cannot be done now."""
        ended = self._busy or self._result is not None
        match action_id:
            case "resubmit.yes":
                ready = self._reading is not None and not self._why_not
                return "" if ready and not ended else "there is nothing to resubmit"
            case "resubmit.memoized":
                options = ResubmitOptions(memoized=True)
                memoized = WorkflowOperation(OperationKind.RESUBMIT, resubmit=options)
                return "it is under way" if ended else why_not_possible(memoized, self._target)
            case "resubmit.values":
                return "" if self._reading is not None and not ended else "it was not read"
        return ""

    async def action_perform(self, action_id: str) -> None:
        if not self._reason_against(action_id):
            await super().action_perform(action_id)

    # Acting.

    def action_resubmit_yes(self) -> None:
        if self._reading is not None and not self._session.read_only:
            self._busy = True
            self._show()
            self._run(self._reading)

    @background("resubmit-run")
    async def _run(self, reading: Reading) -> None:
        port = self._session.backend.workflows
        try:
            self._result = await resubmit(port, reading, self._operation.resubmit)
        finally:
            self._busy = False
            if self.is_attached:
                self._show()

    def action_resubmit_memoized(self) -> None:
        self._memoized = not self._memoized
        self._show()

    def action_resubmit_values(self) -> None:
        if self._reading is None:
            return
        before = parameters_of(self._reading.document)

        def typed(values: dict[str, str] | None) -> None:
            if values is not None:
                self._values = values
                self._show()

        self.app.push_screen(ValuesScreen(str(self._target.key), before, self._values), typed)

    def action_resubmit_close(self) -> None:
        self.dismiss(self._result.created if self._result is not None else None)

    def action_resubmit_copy(self) -> None:
        self.console.copy(self.copied_text())

    def copied_text(self) -> str:
        return "\n".join([self._title_text(), *self._texts()])
