"""Show what a retry does to each node of a workflow, do it after a second key, and check it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from argotui.actions import actions_for
from argotui.backend.session import Session
from argotui.errors import BackendError
from argotui.keymap import keys_of
from argotui.model.sanitise import clean_line
from argotui.model.workflow.node_selector import escaped_value
from argotui.model.workflow.operations import (
    OperationKind,
    OperationResult,
    OperationTarget,
    WorkflowOperation,
)
from argotui.model.workflow.retry import RetryOptions
from argotui.model.workflow.retry_preview import plan_words, title_of
from argotui.operations.workflow.rerunning import RetryPreview, preview_retry, retry_previewed
from argotui.operations.workflows.selecting import refusals
from argotui.screens.bindings import bindings_for
from argotui.screens.dialogs.dialog import Dialog
from argotui.screens.operations.values import ValuesScreen, parameters_of
from argotui.widgets.background import background
from argotui.widgets.footer import FooterBar, Hint
from argotui.widgets.lines import MOVES
from argotui.widgets.operations.retry_columns import (
    RETRY_COLUMNS,
    RetryRow,
    retry_widths,
    rows_of,
)
from argotui.widgets.table.virtual_table import VirtualTable


class RetryScreen(Dialog[None]):
    """Names each node that runs again, goes on or stays, and each pod; `y` retries.

    With a node, `f` chooses between that node and what failed; `from_node` begins with the node.
    """

    SCOPE = "retry"
    BINDINGS = bindings_for("retry")
    CSS_PATH = ["../dialogs/dialog.tcss", "dialog.tcss"]

    def __init__(
        self,
        session: Session,
        target: OperationTarget,
        node: tuple[str, str] | None = None,
        *,
        from_node: bool = False,
    ) -> None:
        """`node` is the ID and the name of a node that may be chosen."""
        super().__init__()
        self._session = session
        self._target = target
        self._node = node
        self._from_node = from_node and node is not None
        self._values: dict[str, str] = {}
        self._preview: RetryPreview | None = None
        self._why_not = ""
        self.looked = False
        """Whether the workflow was read, and the rights were asked for."""
        self._busy = False
        self._result: OperationResult | None = None
        self._rows: dict[str, RetryRow] = {}
        self._title = Static(classes="title", markup=False)
        self._lines = Static(classes="impact", markup=False)
        self._table: VirtualTable[str, RetryRow] = VirtualTable(RETRY_COLUMNS, self._rows.get)
        self._footer = FooterBar()

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield self._title
            yield self._lines
            yield self._table
            yield self._footer

    def on_mount(self) -> None:
        self._table.focus()
        self._look()

    @property
    def _options(self) -> RetryOptions:
        selector = ""
        if self._from_node and self._node is not None:
            selector = f"id={escaped_value(self._node[0])}"
        return RetryOptions(selector, bool(selector), self._values)

    # Before.

    @background("retry-look", exclusive=True)
    async def _look(self) -> None:
        """Read the workflow, plan the retry, and ask for the rights."""
        self.looked = False
        self._preview, self._why_not = None, ""
        self._show()
        port, options = self._session.backend.workflows, self._options
        operation = WorkflowOperation(OperationKind.RETRY, retry=options)
        denied = await refusals(port, operation, [self._target])
        self._why_not = "".join(denied.values())
        try:
            self._preview = await preview_retry(
                port, self._target.key, options, self._session.clock
            )
        except BackendError as error:
            self._why_not = self._why_not or clean_line(error.detail or error.title)
        rows = rows_of(self._preview.plan) if self._preview is not None else []
        self._rows.clear()
        self._rows.update((row.node.id, row) for row in rows)
        self._table.set_natural(retry_widths(rows))
        self._table.set_rows(list(self._rows))
        self.looked = True
        self._show()

    # Showing.

    def _show(self) -> None:
        self._title.update(Content(self._title_text()))
        self._lines.update(Content("\n".join(self._texts())))
        self._footer.show(self.hints())

    def _title_text(self) -> str:
        if self._result is not None:
            return f"Retry {self._target.key}: {self._result.status.value}"
        if self._busy:
            return f"Retry {self._target.key}: under way"
        where = f" from {clean_line(self._node[1])}" if self._from_node and self._node else ""
        return f"Retry {self._target.key}{where}?"

    def _texts(self) -> list[str]:
        if self._result is not None:
            return [self._result.detail]
        if not self.looked:
            return ["reading the workflow"]
        lines = [self._why_not] if self._why_not else []
        if self._preview is not None:
            lines += [plan_words(self._preview.plan), *self._preview.notes]
        if self._values:
            lines.append("other values for " + ", ".join(map(clean_line, self._values)))
        return lines

    def hints(self) -> tuple[Hint, ...]:
        keymap = self.console.keymap
        label = "only what failed" if self._from_node else ""
        labels = {
            "retry.node": label,
            "retry.close": "" if self._busy or self._result else "cancel",
        }
        return tuple(
            Hint(action.id, keys_of(action, keymap)[0], labels.get(action.id) or action.label)
            for action in actions_for(self.SCOPE)
            if action.footer and not self._reason_against(action.id)
        )

    def _reason_against(self, action_id: str) -> str:
        """Return why an action of this dialog cannot be done now."""
        ended = self._busy or self._result is not None
        match action_id:
            case "retry.yes":
                ready = self._preview is not None and not self._why_not
                return "" if ready and not ended else "there is nothing to retry"
            case "retry.node":
                return "" if self._node is not None and not ended else "no node was chosen"
            case "retry.values":
                return "" if self._preview is not None and not ended else "it was not read"
            case "retry.again":
                return "it is under way" if self._busy or not self.looked else ""
        return ""

    async def action_perform(self, action_id: str) -> None:
        if not self._reason_against(action_id):
            await super().action_perform(action_id)

    # Acting.

    def action_retry_yes(self) -> None:
        if self._preview is not None and not self._session.read_only:
            self._busy = True
            self._show()
            self._run(self._preview)

    @background("retry-run")
    async def _run(self, preview: RetryPreview) -> None:
        try:
            self._result = await retry_previewed(self._session.backend.workflows, preview)
        finally:
            self._busy = False
            if self.is_attached:
                self._show()

    def action_retry_node(self) -> None:
        self._from_node = not self._from_node
        self._look()

    def action_retry_values(self) -> None:
        if self._preview is None:
            return
        before = parameters_of(self._preview.reading.document)

        def typed(values: dict[str, str] | None) -> None:
            if values is not None:
                self._values = values
                self._look()

        self.app.push_screen(ValuesScreen(str(self._target.key), before, self._values), typed)

    def action_retry_again(self) -> None:
        self._result = None
        self._look()

    def action_retry_close(self) -> None:
        self.dismiss()

    def action_retry_copy(self) -> None:
        self.console.copy(self.copied_text())

    def copied_text(self) -> str:
        rows = [
            f"{row.fate.value[1]}\t{title_of(row.node)}\t{clean_line(row.node.pod)}".rstrip()
            for row in self._rows.values()
        ]
        return "\n".join([self._title_text(), *self._texts(), *rows])

    def action_move(self, way: str) -> None:
        MOVES[way](self._table)
