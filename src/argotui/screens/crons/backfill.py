"""Make up for runs in a range of time: it shows the workflows, a second key creates them."""

from __future__ import annotations

from datetime import UTC, datetime

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from argotui.backend.session import Session
from argotui.errors import BackendError
from argotui.model.argo import Key
from argotui.model.counted import counted
from argotui.model.workflow.operations import OperationResult
from argotui.operations.crons.backfill import (
    BackfillOptions,
    BackfillPlan,
    plan_backfill,
    range_of,
    run_backfill,
)
from argotui.operations.submit.submitter import Submitter
from argotui.operations.workflows.bulk import counts_of
from argotui.screens.bindings import bindings_for
from argotui.screens.dialogs.dialog import Dialog
from argotui.widgets.background import background
from argotui.widgets.footer import FooterBar
from argotui.widgets.one_line import OneLine

SHOWN = 12
"""How many workflows are named before they are created."""


class BackfillScreen(Dialog[None]):
    """Asks for a range, shows what would be created, creates it, and says how it came out."""

    SCOPE = "backfill"
    BINDINGS = bindings_for("backfill")
    CSS_PATH = ["../dialogs/dialog.tcss", "../dialogs/save.tcss"]

    def __init__(self, session: Session, key: Key) -> None:
        super().__init__()
        self._session = session
        self._key = key
        self._plan: BackfillPlan | None = None
        self._planned_for = ("", "")
        self._creating = False
        self._start = OneLine(compact=True, placeholder="2026-03-01T00:00Z, after which time")
        self._end = OneLine(compact=True, placeholder="until when; empty: until now")
        self._state = Static(markup=False, classes="detail")
        self._footer = FooterBar()

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(
                Content(f"Backfill {self._key}: start a workflow for each run"), classes="title"
            )
            yield self._start
            yield self._end
            yield self._state
            yield self._footer

    def on_mount(self) -> None:
        for line in (self._start, self._end):
            line.cursor_blink = False
        self._start.focus()
        self._tell("enter shows the workflows; times are UTC unless they say otherwise")
        self._footer.show(self.hints())

    def _tell(self, text: str) -> None:
        self._state.update(Content(text))

    # Before.

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        message.stop()
        self.action_backfill_show()

    def action_backfill_show(self) -> None:
        if self._creating:
            return
        texts = (self._start.value.strip(), self._end.value.strip())
        self._plan = None
        try:
            start, end = _time(texts[0]), _time(texts[1]) if texts[1] else None
        except ValueError:
            self._tell("write a time like 2026-03-29T01:30:00Z or 2026-03-29")
            return
        self._tell("looking …")
        self._look(texts, start, end)

    @background("backfill-plan", exclusive=True)
    async def _look(self, texts: tuple[str, str], start: datetime, end: datetime | None) -> None:
        session = self._session
        submitter = Submitter(session.backend.objects, session.clock, read_only=session.read_only)
        options = BackfillOptions(range_of(start, end, session.clock.now()))
        try:
            plan = await plan_backfill(submitter, self._key, options)
        except BackendError as error:
            self._tell(str(error))
            return
        self._plan, self._planned_for = plan, texts
        self._tell("\n".join(_plan_lines(plan)))

    # Creating.

    def action_backfill_create(self) -> None:
        texts = (self._start.value.strip(), self._end.value.strip())
        if self._creating or self._session.read_only:
            return
        if self._plan is None or not self._plan.runs or texts != self._planned_for:
            self._tell("enter shows first which workflows would be created")
            return
        self._creating = True
        self._create(self._plan)

    @background("backfill-run")
    async def _create(self, plan: BackfillPlan) -> None:
        results: list[OperationResult] = []

        def report(result: OperationResult) -> None:
            results.append(result)
            if self.is_attached:
                self._tell("\n".join(_result_lines(results, len(plan.runs))))

        try:
            await run_backfill(self._session.backend.objects, plan, report)
        finally:
            self._creating, self._plan = False, None

    def copied_text(self) -> str:
        return "\n".join(self._plan.names) if self._plan else ""

    def action_backfill_next(self) -> None:
        (self._end if self._start.has_focus else self._start).focus()

    def action_backfill_previous(self) -> None:
        self.action_backfill_next()

    def action_backfill_close(self) -> None:
        if not self._creating:
            self.dismiss()


def _time(text: str) -> datetime:
    """Return a time; one without an offset is in UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _plan_lines(plan: BackfillPlan) -> list[str]:
    if not plan.runs:
        return ["there is no run in this range"]
    lines = [f"{counted(len(plan.runs), 'workflow')}, one after the other, for the runs of (UTC)"]
    named = list(zip(plan.names, plan.runs, strict=True))
    lines += [f"  {run:%Y-%m-%d %H:%M}  {name}" for name, run in named[:SHOWN]]
    if len(named) > SHOWN:
        lines.append(f"  and {len(named) - SHOWN:,} more")
    return [*lines, *(f"! {line}" for line in plan.warnings)]


def _result_lines(results: list[OperationResult], total: int) -> list[str]:
    bad = [f"  {each.key.name}: {each.detail}" for each in results if not each.status.good]
    return [f"{len(results):,} of {total:,}: {counts_of(results)}", *bad[:SHOWN]]
