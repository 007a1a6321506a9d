"""`:crons`: the CronWorkflows, the next to run first."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from argotui.actions.action import Action
from argotui.backend.freshness import Link
from argotui.backend.throttle import Throttle
from argotui.model.argo import Key
from argotui.model.counted import counted, none_of
from argotui.model.cron.summary import CronSummary
from argotui.model.patterns import parse_pattern
from argotui.model.workflows.summary import Summary
from argotui.screens.bindings import bindings_for
from argotui.screens.crons.keys import CronKeys
from argotui.screens.crons.reading import CronReader
from argotui.screens.messages import key
from argotui.screens.table_screen import TableScreen
from argotui.widgets.crons.columns import COLUMNS, ShownCron, columns_for, natural_widths
from argotui.widgets.notice import Banner, Message, Notice
from argotui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from argotui.backend.store import StoreChanges
    from argotui.widgets.status import Parts


class CronsScreen(TableScreen[Key, ShownCron]):
    """One row for each CronWorkflow, live."""

    SCOPE = "crons"
    BINDINGS = bindings_for(SCOPE)

    def __init__(self, filter_text: str = "") -> None:
        super().__init__()
        if filter_text:
            parse_pattern(filter_text)
        self.filter_text = filter_text
        self._rows: dict[Key, CronSummary] = {}
        self._runs: dict[Key, list[Summary]] = {}
        self._total = 0
        self._banner = Banner()
        self._notice = Notice()
        self.table: VirtualTable[Key, ShownCron] = VirtualTable(COLUMNS, self._row_of)
        self._reader: CronReader | None = None
        self._keys: CronKeys | None = None
        self._publish = Throttle(
            self.set_timer, self.reorder, lambda: self.console.settings.refresh_hz
        )

    def compose_body(self) -> ComposeResult:
        yield self._banner
        yield self._notice
        yield self.table

    def on_mount(self) -> None:
        self._reader = CronReader(self, self.session)
        self._keys = CronKeys(self, self._reader, lambda: self.chosen)
        self._reader.listen(self._publish)
        self._reader.start()
        self.put_in_order()

    @property
    def reader(self) -> CronReader:
        """What the screen reads; there is one once it is mounted."""
        if self._reader is None:
            raise RuntimeError("the screen is not mounted")
        return self._reader

    def _row_of(self, cron: Key) -> ShownCron | None:
        row = self._rows.get(cron)
        if row is None:
            return None
        now = self.session.clock.now()
        outlook = self.reader.outlook(row, now)
        return ShownCron(row, self._runs.get(cron, []), outlook.next, outlook.missed, now)

    # What is shown.

    def put_in_order(self) -> None:
        reader, now = self.reader, self.session.clock.now()
        every = reader.rows()
        self._total = len(every)
        self._runs = reader.runs()
        rows = [row for row in every.values() if self._accepts(row)]
        rows.sort(key=lambda row: self._place(row, now))
        self._rows = {row.key: row for row in rows}
        shown = [each for row in rows if (each := self._row_of(row.key))]
        everywhere = self.session.namespace is None
        self.table.set_columns(columns_for(shown, everywhere=everywhere))
        self.table.set_natural(natural_widths(shown))
        self.table.set_rows(list(self._rows))
        self.table.refresh_visible()
        message = self._message(len(rows))
        self._notice.show(message)
        self.table.display = message is None
        error = reader.error if every and reader.freshness.link is not Link.LIVE else None
        self._banner.show(f"! Not live: {error.title}" if error else "")
        self.refresh_chrome()

    def _accepts(self, row: CronSummary) -> bool:
        if not self.filter_text:
            return True
        texts = (row.key.name, row.key.namespace, row.schedule_text, row.state, row.error)
        return parse_pattern(self.filter_text).matches("  ".join(texts))

    def _place(self, row: CronSummary, now: datetime) -> tuple[bool, float, bool, Key]:
        run = self.reader.outlook(row, now).next
        return run is None, run.timestamp() if run else 0.0, not row.refusal, row.key

    def _message(self, shown: int) -> Message | None:
        if shown:
            return None
        reader, keymap = self.reader, self.console.keymap
        back = f"{key('go.back', keymap):7}  back to where you came from"
        again = f"{key('cron.refresh', keymap):7}  try again"
        place = self.session.namespace or "all namespaces"
        if self._total:
            every = f"{key('go.back', keymap):7}  show all of them again"
            title = none_of(
                self._total, "CronWorkflow", "matches the filter.", "does not match the filter."
            )
            return Message("empty", title, self.filter_text, (every,))
        if (error := reader.error) is not None:
            kind = "forbidden" if reader.freshness.link is Link.FORBIDDEN else "broken"
            return Message(kind, error.title, error.detail, (error.hint, again, back))
        if not reader.complete:
            return Message("loading", f"Reading the CronWorkflows of {place} …", hints=(back,))
        create = "argotui cron create FILE makes one"
        return Message("empty", f"There is no CronWorkflow in {place}.", "", (create, again, back))

    def store_changed(self, changes: StoreChanges) -> None:
        self._publish()

    def ticked(self) -> None:
        if self.console.session_or_none is None or self._reader is None:
            return
        now = self.session.clock.now()
        order = sorted(self._rows.values(), key=lambda row: self._place(row, now))
        if [row.key for row in order] != list(self._rows):
            self.reorder()
        self.table.refresh_visible()

    def on_resize(self) -> None:
        self.table.refresh_visible()

    def status_parts(self) -> tuple[Parts, Parts]:
        left: Parts = (("what runs next", "chrome"),)
        if (row := self.chosen) is not None and row.error:
            left = ((row.error, "problem"),)
        if self.filter_text:
            left = ((f"/{self.filter_text}", "strong"), ("   ", "chrome"), *left)
        count = counted(self._total, "CronWorkflow")
        shown = len(self._rows)
        return left, ((f"{shown} of {count}" if shown != self._total else count, "chrome"),)

    def filter_by(self, text: str) -> None:
        if text:
            parse_pattern(text)
        before = self.table.cursor_key
        self.filter_text = text
        self.put_in_order()
        self.to_hit(before)

    # What can be done.

    @property
    def chosen(self) -> CronSummary | None:
        """The CronWorkflow under the cursor."""
        return self._rows.get(self.table.cursor_key) if self.table.cursor_key else None

    def reason_against(self, action_id: str) -> str | None:
        group, _, name = action_id.partition(".")
        if action_id == "crons.open":
            return None if self.chosen else "no CronWorkflow is under the cursor"
        return self._keys.reason_against(name) if group == "cron" and self._keys else None

    def footer_label(self, action: Action) -> str:
        label = super().footer_label(action)
        group, _, name = action.id.partition(".")
        return self._keys.label(name, label) if group == "cron" and self._keys else label

    @on(VirtualTable.Opened)
    def _row_opened(self, message: VirtualTable.Opened) -> None:
        message.stop()
        self.action_crons_open()

    def action_crons_open(self) -> None:
        from argotui.screens.crons.cron import CronScreen

        if (row := self.chosen) is not None:
            self.app.push_screen(CronScreen(self.reader, row.key))

    def action_cron(self, name: str) -> None:
        if self._keys is not None:
            self._keys.begin(name)
