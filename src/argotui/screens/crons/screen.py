"""`:crons`: the CronWorkflows, the next to run first."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from argotui.actions.action import Action
from argotui.model.argo import Key
from argotui.model.cron.summary import CronSummary
from argotui.model.patterns import parse_pattern
from argotui.model.workflows.summary import Summary
from argotui.screens.bindings import bindings_for
from argotui.screens.crons.keys import CronKeys
from argotui.screens.crons.reading import CronReader
from argotui.screens.object_list import ObjectListScreen
from argotui.widgets.crons.columns import COLUMNS, ShownCron, columns_for

if TYPE_CHECKING:
    from argotui.widgets.status import Parts


class CronsScreen(ObjectListScreen[Key, CronSummary, ShownCron, CronReader]):
    """One row for each CronWorkflow, live."""

    SCOPE = "crons"
    BINDINGS = bindings_for(SCOPE)
    THING = "CronWorkflow"
    CREATE = "argotui cron create FILE"
    REFRESH = "cron.refresh"

    def __init__(self, filter_text: str = "") -> None:
        super().__init__(COLUMNS, filter_text)
        self._runs: dict[Key, list[Summary]] = {}
        self._keys: CronKeys | None = None

    def on_mount(self) -> None:
        reader = CronReader(self, self.session)
        self._keys = CronKeys(self, reader, lambda: self.chosen)
        self.start_reading(reader)

    # What is shown.

    def put_in_order(self) -> None:
        now = self.session.clock.now()
        every = self.reader.rows()
        self._runs = self.reader.runs()
        rows = [row for row in every.values() if self._accepts(row)]
        rows.sort(key=lambda row: self._place(row, now))
        columns = columns_for(rows, everywhere=self.session.namespace is None)
        self.show_rows({row.key: row for row in rows}, len(every), columns)

    def shown(self, row: CronSummary, now: datetime) -> ShownCron:
        outlook = self.reader.outlook(row, now)
        return ShownCron(row, self._runs.get(row.key, []), outlook.next, outlook.missed, now)

    def _accepts(self, row: CronSummary) -> bool:
        if not self.filter_text:
            return True
        texts = (row.key.name, row.key.namespace, row.schedule_text, row.state, row.error)
        return parse_pattern(self.filter_text).matches("  ".join(texts))

    def _place(self, row: CronSummary, now: datetime) -> tuple[bool, float, bool, Key]:
        run = self.reader.outlook(row, now).next
        return run is None, run.timestamp() if run else 0.0, not row.refusal, row.key

    def ticked(self) -> None:
        if self.console.session_or_none is None or self._reader is None:
            return
        now = self.session.clock.now()
        order = sorted(self._rows.values(), key=lambda row: self._place(row, now))
        if [row.key for row in order] != list(self._rows):
            self.reorder()
        super().ticked()

    def order_parts(self) -> Parts:
        if (row := self.chosen) is not None and row.error:
            return ((row.error, "problem"),)
        return (("what runs next", "chrome"),)

    # What can be done.

    def reason_against(self, action_id: str) -> str | None:
        group, _, name = action_id.partition(".")
        if action_id == "crons.open":
            return None if self.chosen else "no CronWorkflow is under the cursor"
        return self._keys.reason_against(name) if group == "cron" and self._keys else None

    def footer_label(self, action: Action) -> str:
        label = super().footer_label(action)
        group, _, name = action.id.partition(".")
        return self._keys.label(name, label) if group == "cron" and self._keys else label

    def open_object(self, row: CronSummary) -> None:
        from argotui.screens.crons.cron import CronScreen

        self.app.push_screen(CronScreen(self.reader, row.key))

    def action_cron(self, name: str) -> None:
        if self._keys is not None:
            self._keys.begin(name)
