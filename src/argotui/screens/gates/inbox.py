"""The inbox: the open gates of all namespaces that the user can read, most urgent first."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult

from argotui.actions.action import Action
from argotui.backend.throttle import Throttle
from argotui.errors import ConfigError
from argotui.model.counted import counted
from argotui.model.gates.decision import Choice
from argotui.model.gates.filter import GateLine, matches_gate, parse_gate_filter
from argotui.model.gates.inbox import GateId, OpenGate, urgency
from argotui.model.workflows.filters import Filter
from argotui.operations.admission.enforcement import Enforcement
from argotui.operations.gates.cell_texts import VerdictWords
from argotui.operations.gates.verdicts import GateVerdict, Verdicts
from argotui.screens.bindings import bindings_for
from argotui.screens.gates.messages import inbox_banner, inbox_message
from argotui.screens.gates.texts import glance_facts
from argotui.screens.messages import key
from argotui.screens.table_screen import TableScreen
from argotui.screens.workflows.reasons import against_logs
from argotui.widgets.background import background
from argotui.widgets.gates.enforcement_texts import enforcement_line
from argotui.widgets.gates.glance import GateGlance
from argotui.widgets.gates.inbox_columns import (
    COLUMNS,
    GateRow,
    columns_for,
    natural_widths,
    shared_verdict,
)
from argotui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from argotui.operations.gates.service import GateService
    from argotui.widgets.status import Parts

_OF_ONE_ROW = frozenset(
    {
        "list.open",
        "list.mark",
        "list.mark-range",
        "gates.workflow",
        "list.logs",
        "list.yaml",
        "list.copy",
        "gates.approve",
        "gates.deny",
    }
)


class GatesScreen(TableScreen[GateId, GateRow]):
    """All open gates, live; the screens that it opens decide them."""

    SCOPE = "gates"
    BINDINGS = bindings_for(SCOPE)

    def __init__(self, filter_text: str = "") -> None:
        super().__init__()
        self.filter_text = filter_text
        self._filter: Filter = parse_gate_filter(filter_text)
        self._shared: VerdictWords | None = None
        self._verdicts: Verdicts | None = None
        self._config_error: ConfigError | None = None
        self._repaint = Throttle(
            self.set_timer, self._show_review, lambda: self.console.settings.refresh_hz
        )
        self._reviewed: set[GateId] = set()
        self.glance = GateGlance(5)
        self.table: VirtualTable[GateId, GateRow] = VirtualTable(COLUMNS, self._row_of)

    def compose_body(self) -> ComposeResult:
        yield from super().compose_body()
        yield self.glance

    def on_mount(self) -> None:
        gate_service = self.gate_service
        self.table.set_sorted("expires", False)
        gate_service.listeners.add(self._gates_changed)
        gate_service.enforcement_cache.listeners.add(self._enforcement_changed)
        gate_service.watch()
        self._gates_changed()
        self._evaluate()

    def on_unmount(self) -> None:
        if self.console.session_or_none is not None:
            self.gate_service.listeners.discard(self._gates_changed)
            self.gate_service.enforcement_cache.listeners.discard(self._enforcement_changed)

    @property
    def gate_service(self) -> GateService:
        return self.console.gates.gate_service

    # Verdicts.

    @background("gate-verdicts", exclusive=True)
    async def _evaluate(self) -> None:
        """Request the verdicts of the visible gates while the screen is open."""
        try:
            decision_context = self.gate_service.decision_context
        except ConfigError as error:
            self._config_error = error
            self._show_state()
            return
        self._verdicts = Verdicts(decision_context, self.session.clock, self._was_reviewed)
        self._want()
        await self._verdicts.run()

    def _was_reviewed(self, gate: GateId) -> None:
        self._reviewed.add(gate)
        self._repaint()

    def _show_review(self) -> None:
        reviewed, self._reviewed = self._reviewed, set()
        if self._filter:
            self.reorder()
        self._lay_out()
        self.table.refresh_rows(reviewed)
        self._draw_glance()
        self.refresh_chrome()

    def _want(self) -> None:
        """Request verdict and enforcement for the visible rows."""
        if not self.is_current or not self.gate_service.freshness.trusted:
            return
        gates = self.gate_service.gates
        shown = [gates[gate] for gate in self.table.visible_keys if gate in gates]
        self.gate_service.enforcement_cache.want(item.gate.key for item in shown)
        if self._verdicts is not None:
            self._verdicts.want(shown)

    def _enforcement_changed(self) -> None:
        if self.is_attached:
            self.reorder()
            self.table.refresh_visible()
            self.refresh_chrome()

    # What is shown.

    def _now(self) -> datetime:
        return self.session.clock.now()

    def _row_of(self, gate: GateId) -> GateRow | None:
        item = self.gate_service.gates.get(gate)
        return self._row(item) if item is not None else None

    def _row(self, item: OpenGate) -> GateRow:
        verdicts = self._verdicts
        reviewed = verdicts.get(item.id) if verdicts else None
        enforcement = self._enforcement(item, reviewed)
        return GateRow(item, self._now(), self._rules, reviewed, self._you, enforcement)

    def _enforcement(self, item: OpenGate, reviewed: GateVerdict | None) -> Enforcement | None:
        """Return the enforcement of a gate, with its approvers once it was read."""
        workflow = reviewed.review.raw if reviewed and reviewed.review else None
        gate = item.gate
        return self.gate_service.enforcement_cache.for_gate(
            gate.key.namespace, workflow, gate.node_id
        )

    @property
    def _rules(self) -> Any:
        from argotui.operations.gates.context import rules_of

        return rules_of(self.session.settings.gates)

    @property
    def _you(self) -> str:
        """The user's name; empty before the first review."""
        verdicts = self._verdicts
        if verdicts is None:
            return ""
        found = (verdicts.get(gate) for gate in self.gate_service.gates)
        return next((each.review.person.user for each in found if each and each.review), "")

    def _gates_changed(self) -> None:
        if not self.is_attached:
            return
        gates = self.gate_service.gates
        self.table.forget_marks(self.table.marks - gates.keys())
        if self._verdicts is not None:
            self._verdicts.keep(set(gates))
        self.reorder()
        self.table.refresh_visible()
        self._want()
        self._show_state()
        self.refresh_chrome()

    def put_in_order(self) -> None:
        now = self._now()
        items = [item for item in self.gate_service.gates.values() if self._accepts(item, now)]
        items.sort(key=lambda item: urgency(item, now))
        self.table.set_rows([item.id for item in items])
        self._lay_out()
        self._draw_glance()
        self._show_state()

    def _lay_out(self) -> None:
        """Show the columns in which rows differ, with the width that they need."""
        rows = [row for gate in self.table.rows if (row := self._row_of(gate))]
        self._shared = shared_verdict(rows)
        self.table.set_columns(columns_for(rows, self.size.width))
        self.table.set_natural(natural_widths(rows))

    def _draw_glance(self) -> None:
        """Show the question of the gate under the cursor."""
        row = self._row_of(self.table.cursor_key) if self.table.cursor_key else None
        if row is None:
            self.glance.glance("", ())
            return
        reviewed = row.reviewed
        review = reviewed.review if reviewed and reviewed.item.gate == row.item.gate else None
        gate, workflow = (review.gate, review.workflow) if review else (row.item.gate, None)
        self.glance.glance(str(row.item.gate), glance_facts(gate, workflow))

    def _accepts(self, item: OpenGate, now: datetime) -> bool:
        if not self._filter:
            return True
        row = self.gate_service.summary(item.gate.key)
        labels = row.labels if row else {}
        return matches_gate(
            self._filter, GateLine(item.gate, self._row(item).verdict.text, labels), now
        )

    def _show_state(self) -> None:
        keymap = self.console.keymap
        gate_service = self.gate_service
        message = inbox_message(
            gate_service, len(self.table.rows), len(gate_service.gates), self.filter_text, keymap
        )
        self.show_notice(message)
        self.glance.display = message is None and bool(self.glance.view.facts)
        banner = inbox_banner(gate_service, self.session.clock.monotonic(), keymap)
        if self._config_error is not None:
            banner = f"! No verdicts: {self._config_error.title}   {banner}"
        self._banner.show(banner if message is None else "")

    def connection_changed(self) -> None:
        if self.console.session_or_none is not None and self.is_attached:
            self._show_state()

    def ticked(self) -> None:
        if self.console.session_or_none is None:
            return
        if self._filter.moves:
            self.reorder()
        self.table.refresh_visible()
        self._want()
        self._show_state()

    def status_parts(self) -> tuple[Parts, Parts]:
        if self.console.session_or_none is None:
            return (), ()
        total, shown = len(self.gate_service.gates), len(self.table.rows)
        left: Parts = (("what ends first, then what waited longest", "chrome"),)
        if row := self._row_of(self.table.cursor_key) if self.table.cursor_key else None:
            left = ((enforcement_line(row.enforcement), "chrome"),) if row.enforcement else left
            if self._shared is not None:
                left = ((f"all: {self._shared.words} · ", "chrome"), *left)
        if self.filter_text:
            left = (
                (f"/{self.filter_text}", "strong"),
                *((("   ", "chrome"), *left) if row else ()),
            )
        right = counted(total, "gate")
        if shown != total:
            right = f"{shown} of {right}"
        if marks := self.table.marks:
            hidden = len(marks.difference(self.table.rows))
            where = f", {hidden} of them hidden" if hidden else ""
            right = f"{len(marks)} marked{where}   {right}"
        return left, ((right, "chrome"),)

    def filter_by(self, text: str) -> None:
        self._filter = parse_gate_filter(text)
        self.filter_text = text
        self.reorder(at_once=True)
        self._want()
        self._show_state()
        self.refresh_chrome()

    # What can be done.

    def footer_label(self, action: Action) -> str:
        return "" if action.id == "list.yaml" else super().footer_label(action)

    def reason_against(self, action_id: str) -> str | None:
        if action_id in ("gates.approve", "gates.deny") and self.table.marks:
            fresh = self.gate_service.freshness.trusted
            return None if fresh else "stale data: several are decided on live data only"
        if action_id in _OF_ONE_ROW and not self.table.rows:
            return "no gate is under the cursor"
        if action_id == "list.logs":
            marked = len({gate.key for gate in self.table.marks})
            return against_logs(marked, key("list.unmark", self.console.keymap))
        if action_id == "list.unmark" and not self.table.marks:
            return "nothing is marked"
        return None

    def on_resize(self) -> None:
        if self.console.session_or_none is not None:
            self.reorder()

    @on(VirtualTable.Opened)
    def _row_opened(self, message: VirtualTable.Opened) -> None:
        message.stop()
        self.action_list_open()

    @on(VirtualTable.CursorMoved)
    def _cursor_moved(self) -> None:
        self._draw_glance()

    @on(VirtualTable.WindowSettled)
    def _window_settled(self) -> None:
        self._want()

    def action_list_open(self) -> None:
        if (gate := self.table.cursor_key) is not None:
            self.console.gates.open(gate.key, gate.node_id)

    def action_gates_approve(self) -> None:
        self._decide(Choice.APPROVE)

    def action_gates_deny(self) -> None:
        self._decide(Choice.DENY)

    def _decide(self, choice: Choice) -> None:
        """Open the screen that decides the marked gates, or the one under the cursor."""
        gates = self.gate_service.gates
        if not self.table.marks:
            self.action_list_open()
            return
        from argotui.screens.gates.several import DecisionsScreen

        marked = self._chosen()
        items = [gates[gate] for gate in marked]
        self.app.push_screen(DecisionsScreen(self.console.gates, items, choice))

    def action_gates_workflow(self) -> None:
        if (gate := self.table.cursor_key) is not None:
            self.console.open_workflow(gate.key, node=gate.node_id)

    def _chosen(self) -> list[GateId]:
        """Return the marked gates in order, or the one under the cursor."""
        gates, now = self.gate_service.gates, self._now()
        marked = [gate for gate in gates if gate in self.table.marks]
        marked.sort(key=lambda gate: urgency(gates[gate], now))
        under = self.table.cursor_key
        return marked or ([under] if under else [])

    def action_list_logs(self) -> None:
        keys = list(dict.fromkeys(gate.key for gate in self._chosen()))
        if keys:
            self.console.open_logs_of(keys)

    def action_list_yaml(self) -> None:
        if (gate := self.table.cursor_key) is not None:
            self.console.open_workflow(gate.key, "yaml")

    def action_list_copy(self) -> None:
        names = [
            str(item.gate) for gate in self._chosen() if (item := self.gate_service.gates.get(gate))
        ]
        if names:
            self.console.copy("\n".join(names))
            self.say(f"copied {names[0] if len(names) == 1 else counted(len(names), 'name')}")

    def action_list_refresh(self) -> None:
        self.gate_service.feed.refresh()
        self.gate_service.enforcement_cache.refresh()
        self._evaluate()
        self.say("reading everything again")
