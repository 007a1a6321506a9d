"""`:templates`: WorkflowTemplates and ClusterWorkflowTemplates, with their runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from argotui.backend.freshness import Link
from argotui.backend.throttle import Throttle
from argotui.model.argo import Key
from argotui.model.counted import counted, none_of
from argotui.model.patterns import parse_pattern
from argotui.model.sanitise import clean_line
from argotui.model.submission.listing import (
    TemplateId,
    TemplateRow,
    labels_of,
    template_rows,
)
from argotui.screens.bindings import bindings_for
from argotui.screens.dialogs.picker import PickerItem, PickerScreen
from argotui.screens.messages import key
from argotui.screens.table_screen import TableScreen
from argotui.screens.templates.reading import REST, TemplateReader
from argotui.widgets.notice import Banner, Message, Notice
from argotui.widgets.table.virtual_table import VirtualTable
from argotui.widgets.templates.columns import (
    COLUMNS,
    ShownTemplate,
    columns_for,
    natural_widths,
)

if TYPE_CHECKING:
    from argotui.backend.store import StoreChanges
    from argotui.widgets.status import Parts

NO_LABEL = "no label"


class TemplatesScreen(TableScreen[TemplateId, ShownTemplate]):
    """One row for each template, live, grouped by a label if one is chosen."""

    SCOPE = "templates"
    BINDINGS = bindings_for(SCOPE)

    def __init__(self, filter_text: str = "") -> None:
        super().__init__()
        if filter_text:
            parse_pattern(filter_text)
        self.filter_text = filter_text
        self.label = ""
        """The label by which the list is grouped; empty for none."""
        self._rows: dict[TemplateId, TemplateRow] = {}
        self._total = 0
        self._banner = Banner()
        self._notice = Notice()
        self.table: VirtualTable[TemplateId, ShownTemplate] = VirtualTable(COLUMNS, self._row_of)
        self._reader: TemplateReader | None = None
        self._publish = Throttle(
            self.set_timer, self.reorder, lambda: self.console.settings.refresh_hz, rest=REST
        )

    @property
    def reader(self) -> TemplateReader:
        """What the screen reads; there is one once it is mounted."""
        if self._reader is None:
            raise RuntimeError("the screen is not mounted")
        return self._reader

    def compose_body(self) -> ComposeResult:
        yield self._banner
        yield self._notice
        yield self.table

    def on_mount(self) -> None:
        self._reader = TemplateReader(self, self.session)
        self._reader.listen(self._publish)
        self._reader.start()
        self.put_in_order()

    def _row_of(self, identity: TemplateId) -> ShownTemplate | None:
        row = self._rows.get(identity)
        return ShownTemplate(row, self.session.clock.now()) if row is not None else None

    # What is shown.

    def put_in_order(self) -> None:
        reader = self.reader
        glances = reader.glances()
        rows = template_rows(glances, reader.runs(), label=self.label, pattern=self.filter_text)
        self._total = len(glances)
        self._rows = {row.id: row for row in rows}
        now = self.session.clock.now()
        everywhere = self.session.namespace is None
        self.table.set_columns(columns_for(rows, grouped=bool(self.label), everywhere=everywhere))
        self.table.set_natural(natural_widths(ShownTemplate(row, now) for row in rows))
        self.table.set_rows(list(self._rows))
        self.table.refresh_visible()
        message = self._message(len(rows))
        self._notice.show(message)
        self.table.display = message is None
        stale = (
            reader.error is not None and bool(glances) and reader.freshness.link is not Link.LIVE
        )
        self._banner.show(f"! Not live: {reader.error.title}" if stale and reader.error else "")
        self.refresh_chrome()

    def _message(self, shown: int) -> Message | None:
        reader, keymap = self.reader, self.console.keymap
        if shown:
            return None
        back = f"{key('go.back', keymap):7}  back to where you came from"
        again = f"{key('templates.refresh', keymap):7}  try again"
        place = self.session.namespace or "all namespaces"
        if self._total:
            every = f"{key('go.back', keymap):7}  show all of them again"
            title = none_of(self._total, "template", "matches the filter.", "does not match it.")
            return Message("empty", title, self.filter_text, (every,))
        if (error := reader.error) is not None:
            kind = "forbidden" if reader.freshness.link is Link.FORBIDDEN else "broken"
            return Message(kind, error.title, error.detail, (error.hint, again, back))
        if not reader.complete:
            return Message("loading", f"Reading the templates of {place} …", hints=(back,))
        create = "argotui template create FILE makes one"
        return Message("empty", f"There is no template in {place}.", "", (create, again, back))

    def store_changed(self, changes: StoreChanges) -> None:
        self._publish()

    def ticked(self) -> None:
        self.table.refresh_visible()

    def on_resize(self) -> None:
        self.table.refresh_visible()

    def status_parts(self) -> tuple[Parts, Parts]:
        left: Parts = (("by name", "chrome"),)
        if self.label:
            left = ((f"by {clean_line(self.label)}, then name", "chrome"),)
        if self.filter_text:
            left = ((f"/{self.filter_text}", "strong"), ("   ", "chrome"), *left)
        count = counted(self._total, "template")
        shown = len(self._rows)
        right = f"{shown} of {count}" if shown != self._total else count
        if self._reader is not None and self._reader.without_cluster:
            right = f"without ClusterWorkflowTemplates: not allowed   {right}"
        return left, ((right, "chrome"),)

    def filter_by(self, text: str) -> None:
        if text:
            parse_pattern(text)
        before = self.table.cursor_key
        self.filter_text = text
        self.put_in_order()
        self.to_hit(before)

    # What can be done.

    @property
    def chosen(self) -> TemplateRow | None:
        """The template under the cursor."""
        return self._rows.get(self.table.cursor_key) if self.table.cursor_key else None

    def reason_against(self, action_id: str) -> str | None:
        if action_id == "templates.group":
            glances = self.reader.glances().values() if self._reader else ()
            return None if labels_of(glances) else "no template has a label"
        if action_id in ("templates.open", "templates.submit", "templates.runs", "templates.copy"):
            return None if self.chosen is not None else "no template is under the cursor"
        return None

    @on(VirtualTable.Opened)
    def _row_opened(self, message: VirtualTable.Opened) -> None:
        message.stop()
        self.action_templates_open()

    def action_templates_open(self) -> None:
        from argotui.screens.templates.template import TemplateScreen

        if (row := self.chosen) is not None:
            self.app.push_screen(TemplateScreen(self.reader, row.id))

    def action_templates_submit(self) -> None:
        from argotui.screens.templates.submit import SubmitScreen

        if (row := self.chosen) is not None:
            kind, named = row.id
            namespace = named.namespace or self.session.namespace
            namespace = namespace or self.session.cluster.default_namespace
            self.app.push_screen(SubmitScreen(kind, Key(namespace, named.name)))

    def action_templates_runs(self) -> None:
        if (row := self.chosen) is not None:
            self.console.run_command(f"workflows /template:{row.glance.name}")

    def action_templates_group(self) -> None:
        labels = labels_of(self.reader.glances().values())
        items = [PickerItem("", NO_LABEL, "", not self.label)]
        items += [PickerItem(each, clean_line(each), "", each == self.label) for each in labels]

        def picked(label: str | None) -> None:
            if label is not None:
                self.label = label
                self.put_in_order()

        self.app.push_screen(PickerScreen("Group templates by a label", items), picked)

    def action_templates_copy(self) -> None:
        if (row := self.chosen) is not None:
            self.console.copy(row.glance.name)
            self.say(f"copied {clean_line(row.glance.name)}")

    def action_templates_refresh(self) -> None:
        self.reader.refresh()
        self.say("reading everything again")
