"""Show what a retry does to each node of a workflow, do it after a second key, and check it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from argotui.actions.action import Action
from argotui.backend.session import Session
from argotui.errors import BackendError
from argotui.model.sanitise import clean_line
from argotui.model.workflow.node_selector import escaped_value
from argotui.model.workflow.operations import (
    OperationKind,
    OperationResult,
    OperationTarget,
    WorkflowOperation,
)
from argotui.model.workflow.rerun_options import RetryOptions
from argotui.model.workflow.retry_preview import plan_words, title_of
from argotui.operations.workflow.rerunning import RetryPreview, preview_retry, retry_previewed
from argotui.screens.bindings import bindings_for
from argotui.screens.operations.rerun import RerunScreen
from argotui.widgets.lines import MOVES
from argotui.widgets.operations.retry_columns import (
    RETRY_COLUMNS,
    RetryRow,
    retry_widths,
    rows_of,
)
from argotui.widgets.table.virtual_table import VirtualTable


class RetryScreen(RerunScreen[RetryPreview]):
    """Names each node that runs again, goes on or stays, and each pod; `y` retries.

    With a node, `f` chooses between that node and what failed; `from_node` begins with the node.
    """

    SCOPE = "retry"
    BINDINGS = bindings_for("retry")

    def __init__(
        self,
        session: Session,
        target: OperationTarget,
        node: tuple[str, str] | None = None,
        *,
        from_node: bool = False,
    ) -> None:
        """`node` is the ID and the name of a node that may be chosen."""
        super().__init__(session, target)
        self._node = node
        self._from_node = from_node and node is not None
        self._rows: dict[str, RetryRow] = {}
        self._table: VirtualTable[str, RetryRow] = VirtualTable(RETRY_COLUMNS, self._rows.get)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield self._title
            yield self._lines
            yield self._table
            yield self._footer

    def on_mount(self) -> None:
        self._table.focus()

    @property
    def operation(self) -> WorkflowOperation:
        selector = ""
        if self._from_node and self._node is not None:
            selector = f"id={escaped_value(self._node[0])}"
        options = RetryOptions(selector, bool(selector), self._values)
        return WorkflowOperation(OperationKind.RETRY, retry=options)

    async def read(self) -> RetryPreview | None:
        """Read the workflow, and plan the retry."""
        session = self._session
        preview = None
        try:
            preview = await preview_retry(
                session.backend.workflows, self._target.key, self.operation.retry, session.clock
            )
        except BackendError as error:
            self._refuse(error.detail or error.title)
        rows = rows_of(preview.plan) if preview is not None else []
        self._rows.clear()
        self._rows.update((row.node.id, row) for row in rows)
        self._table.set_natural(retry_widths(rows))
        self._table.set_rows(list(self._rows))
        return preview

    async def run_again(self, plan: RetryPreview) -> OperationResult:
        return await retry_previewed(self._session.backend.workflows, plan)

    # Showing.

    def options_text(self) -> str:
        return f" from {clean_line(self._node[1])}" if self._from_node and self._node else ""

    def impact_texts(self) -> list[str]:
        lines = []
        if self._plan is not None:
            lines += [plan_words(self._plan.plan), *self._plan.notes]
        if self._values:
            lines.append("other values for " + ", ".join(map(clean_line, self._values)))
        return lines

    def copied_text(self) -> str:
        rows = [
            f"{row.fate.value[1]}\t{title_of(row.node)}\t{clean_line(row.node.pod)}".rstrip()
            for row in self._rows.values()
        ]
        return "\n".join([super().copied_text(), *rows])

    def footer_label(self, action: Action) -> str:
        if action.id == "retry.node" and self._from_node:
            return "only what failed"
        return super().footer_label(action)

    # Acting.

    def is_possible(self, action_id: str) -> bool:
        match action_id:
            case "retry.node":
                return self._node is not None and not self._begun
            case "retry.again":
                return self.looked and not self._busy
        return super().is_possible(action_id)

    def action_retry_node(self) -> None:
        self._from_node = not self._from_node
        self._look()

    def action_retry_values(self) -> None:
        if self._plan is not None:
            self._ask_for_values(self._plan.reading.document, self._look)

    def action_retry_again(self) -> None:
        self._result = None
        self._look()

    def action_move(self, way: str) -> None:
        MOVES[way](self._table)
