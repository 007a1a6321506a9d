"""Confirm an operation on workflows, do it, and show one line for each."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from argotui.actions.action import Action
from argotui.backend.session import Session
from argotui.drawing.cells import cell_len
from argotui.errors import BackendError
from argotui.model.argo import Key
from argotui.model.counted import counted
from argotui.model.workflow.impact import impact_lines, impact_of
from argotui.model.workflow.operations import (
    OperationKind,
    OperationResult,
    OperationTarget,
    WorkflowOperation,
    already_done,
    why_not_possible,
)
from argotui.operations.workflow.operate import read_target
from argotui.operations.workflows.bulk import BulkRun
from argotui.operations.workflows.selecting import FEW, refusals
from argotui.screens.bindings import bindings_for
from argotui.screens.dialogs.dialog import Dialog
from argotui.widgets.background import background
from argotui.widgets.footer import FooterBar
from argotui.widgets.lines import MOVES
from argotui.widgets.operations.columns import (
    STATES,
    OperationRow,
    OperationState,
    columns_for,
    detail_text,
    natural_widths,
)
from argotui.widgets.table.virtual_table import VirtualTable

SHARE = 0.9
"""How much of the screen's height the dialog may take."""
CHROME = 10
"""Lines of the dialog beside those of the table and of what is said above it."""
DRAW_SECONDS = 0.1
"""How often the results of many workflows reach the screen."""


class OperationScreen(Dialog[None]):
    """Names what an operation ends, does it after a second key, and says how it came out.

    It can be cancelled while it is being done, and done again where it failed.
    """

    SCOPE = "confirmation"
    BINDINGS = bindings_for("confirmation")
    CSS_PATH = ["../dialogs/dialog.tcss", "dialog.tcss"]

    def __init__(
        self, session: Session, operation: WorkflowOperation, targets: Sequence[OperationTarget]
    ) -> None:
        super().__init__()
        self._session = session
        self._operation = operation
        self._refused: dict[Key, str] = {}
        self._checked = False
        self._bulk: BulkRun | None = None
        self._under_way = False
        self._rows = {target.key: OperationRow(target) for target in targets}
        self._box = Vertical(classes="box")
        self._title = Static(classes="title", markup=False)
        self._impact = Static(classes="impact", markup=False)
        columns = columns_for(self._rows.values())
        self._table = VirtualTable(columns, self._rows.get)
        self._whole = Static(classes="whole", markup=False)
        self._footer = FooterBar()

    def compose(self) -> ComposeResult:
        with self._box:
            yield self._title
            yield self._impact
            yield self._table
            yield self._whole
            yield self._footer

    def on_mount(self) -> None:
        self._table.focus()
        self._check()
        self._show()
        self._look()

    # Before.

    @background("operation-look", exclusive=True)
    async def _look(self) -> None:
        """Ask for the rights, and read a few workflows as they are now."""
        port = self._session.backend.workflows
        targets = [row.target for row in self._rows.values()]
        self._refused = await refusals(port, self._operation, targets)
        for target in targets if len(targets) <= FEW else ():
            try:
                now = (await read_target(port, target.key))[1]
            except BackendError:
                continue  # the operation says so, if it is still so then
            if now.uid == target.uid or not target.uid:
                self._rows[target.key] = OperationRow(now)
        self._checked = True
        if self._bulk is None:
            self._check()
            self._show()

    def _check(self) -> None:
        """Find out which workflows can be operated on."""
        for key, row in self._rows.items():
            target, operation = row.target, self._operation
            why = (
                self._refused.get(key)
                or already_done(operation, target)
                or why_not_possible(operation, target)
            )
            state = OperationState.LEFT_ALONE if why else OperationState.READY
            self._rows[key] = OperationRow(target, state, why)
        alone = [key for key, row in self._rows.items() if row.state is OperationState.LEFT_ALONE]
        left = set(alone)
        first = [key for key in self._rows if key not in left]
        self._table.set_rows(first + alone)

    @property
    def _ready(self) -> list[OperationTarget]:
        return [r.target for r in self._rows.values() if r.state is OperationState.READY]

    # Showing.

    def _show(self) -> None:
        """Bring everything up to date."""
        self._title.update(Content(self._title_text()))
        lines = self._impact_texts()
        self._impact.update(Content("\n".join(lines)))
        self._impact.display = bool(lines)
        self._table.set_natural(natural_widths(self._rows.values()))
        self._table.refresh_visible()
        self._footer.show(self.hints())
        self._show_whole()
        self._fit(len(lines))

    def on_resize(self) -> None:
        self._show()

    def _fit(self, lines: int) -> None:
        """Give the table as many lines as it has rows; if there are too many, all there are."""
        needed, room = len(self._rows) + 1, int(self.size.height * SHARE)
        whole = needed + lines + CHROME <= room
        self._box.styles.height = "auto" if whole else room
        self._table.styles.height = needed if whole else "1fr"

    @on(VirtualTable.CursorMoved)
    @on(VirtualTable.WindowSettled)
    def _show_whole(self) -> None:
        """Show the detail of the row under the cursor below the table, if it is cut there."""
        row = self._rows.get(self._table.cursor_key) if self._table.cursor_key else None
        room = dict(self._table.columns_shown).get("detail", 0)
        cut = row is not None and cell_len(detail_text(row)) > room > 0
        self._whole.display = cut
        if row is not None and cut:
            self._whole.update(Content(f"{row.target.key.name}: {detail_text(row)}"))

    def _show_progress(self) -> None:
        """Show the new results, of many workflows too, at the cost of those in view."""
        self._title.update(Content(self._title_text()))
        self._table.refresh_visible()

    def _title_text(self) -> str:
        verb = self._operation.kind.value.capitalize()
        if self._operation.force:
            verb = f"{verb}, removing finalizers,"
        if self._bulk is None:
            ready, all_of_them = len(self._ready), len(self._rows)
            if all_of_them == 1:
                return f"{verb} {next(iter(self._rows))}?"
            left = f", {all_of_them - ready:,} left alone" if ready < all_of_them else ""
            return f"{verb} {counted(ready, 'workflow')}{left}?"
        counts = self._bulk.counts
        if self._under_way:
            head = f"{verb}: {self._bulk.done:,} of {len(self._bulk.targets):,}"
            cancelling = "; cancelling" if self._bulk.cancelled else ""
            return f"{head}{cancelling}{f' ({counts})' if counts else ''}"
        return f"{verb}: {counts}"

    def _impact_texts(self) -> list[str]:
        if self._bulk is not None:
            return []
        if not self._ready:
            return ["there is nothing to do"]
        return impact_lines(self._operation, impact_of(self._ready))

    def footer_label(self, action: Action) -> str:
        if action.id == "confirmation.yes":
            return self._operation.kind.value
        if action.id == "confirmation.close" and (self._bulk is None or self._under_way):
            return "cancel"
        return super().footer_label(action)

    def is_possible(self, action_id: str) -> bool:
        match action_id:
            case "confirmation.yes":
                return self._bulk is None and bool(self._ready)
            case "confirmation.force":
                # Only a deletion has finalizers.
                return self._bulk is None and self._operation.kind is OperationKind.DELETE
            case "confirmation.again":
                return self._bulk is not None and not self._under_way and bool(self._bulk.failed)
        return super().is_possible(action_id)

    # Acting.

    def action_confirmation_yes(self) -> None:
        if self._session.read_only:
            return
        self._begin(self._ready)

    def action_confirmation_force(self) -> None:
        force = not self._operation.force
        self._operation = msgspec.structs.replace(self._operation, force=force)
        self._check()
        self._show()
        self._look()

    def action_confirmation_again(self) -> None:
        if self._bulk is not None:
            self._begin(self._bulk.failed)

    def _begin(self, targets: Sequence[OperationTarget]) -> None:
        session = self._session
        self._bulk = BulkRun(
            session.backend.workflows,
            self._operation,
            targets,
            session.clock,
            read_only=session.read_only,
            archive=session.backend.archive,
        )
        for target in targets:
            self._rows[target.key] = OperationRow(target, OperationState.UNDER_WAY, " ")
        self._under_way = True
        self._show()
        self._run(self._bulk)

    @background("operation-run")
    async def _run(self, bulk: BulkRun) -> None:
        timer = self.set_interval(DRAW_SECONDS, self._show_progress)
        try:
            await bulk.run(self._take)
        finally:
            timer.stop()
            self._under_way = False
            if self.is_attached:
                self._show()

    def _take(self, result: OperationResult) -> None:
        state = STATES.get(result.status, OperationState.NOT_DONE)
        row = self._rows[result.key]
        detail = result.detail or result.status.value
        if state is OperationState.NOT_DONE:
            detail = f"{result.status.value}: {detail}"
        self._rows[result.key] = OperationRow(row.target, state, detail)
        deleted = self._operation.kind is OperationKind.DELETE and result.status.good
        if deleted and row.target.archived:
            # No watch tells of the archive.
            self._session.store.remove(result.key, row.target.uid)

    def action_confirmation_close(self) -> None:
        if self._under_way and self._bulk is not None:
            self._bulk.cancel()
            self._show()
        else:
            self.dismiss()

    def copied_text(self) -> str:
        lines = [
            f"{row.target.key}\t{row.state.value[1]}\t{detail_text(row)}"
            for row in self._rows.values()
        ]
        return "\n".join([self._title_text(), *self._impact_texts(), *lines])

    def action_move(self, way: str) -> None:
        MOVES[way](self._table)
