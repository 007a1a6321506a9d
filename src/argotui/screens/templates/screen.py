"""`:templates`: WorkflowTemplates and ClusterWorkflowTemplates, with their runs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from argotui.model.argo import Key
from argotui.model.sanitise import clean_line
from argotui.model.submission.listing import (
    TemplateId,
    TemplateRow,
    labels_of,
    template_rows,
)
from argotui.screens.bindings import bindings_for
from argotui.screens.dialogs.picker import PickerItem, PickerScreen
from argotui.screens.object_list import ObjectListScreen
from argotui.screens.templates.reading import REST, TemplateReader
from argotui.widgets.templates.columns import COLUMNS, ShownTemplate, columns_for

if TYPE_CHECKING:
    from argotui.widgets.status import Parts

NO_LABEL = "no label"


class TemplatesScreen(ObjectListScreen[TemplateId, TemplateRow, ShownTemplate, TemplateReader]):
    """One row for each template, live, grouped by a label if one is chosen."""

    SCOPE = "templates"
    BINDINGS = bindings_for(SCOPE)
    THING = "template"
    CREATE = "argotui template create FILE"
    REFRESH = "templates.refresh"
    NO_MATCH = "does not match it."

    def __init__(self, filter_text: str = "") -> None:
        super().__init__(COLUMNS, filter_text, rest=REST)
        self.label = ""
        """The label by which the list is grouped; empty for none."""

    def on_mount(self) -> None:
        self.start_reading(TemplateReader(self, self.session))

    # What is shown.

    def put_in_order(self) -> None:
        glances, runs = self.reader.summaries(), self.reader.runs()
        rows = template_rows(glances, runs, label=self.label, pattern=self.filter_text)
        everywhere = self.session.namespace is None
        columns = columns_for(rows, grouped=bool(self.label), everywhere=everywhere)
        self.show_rows({row.id: row for row in rows}, len(glances), columns)

    def shown(self, row: TemplateRow, now: datetime) -> ShownTemplate:
        return ShownTemplate(row, now)

    def order_parts(self) -> Parts:
        order = f"by {clean_line(self.label)}, then name" if self.label else "by name"
        return ((order, "chrome"),)

    def amount_text(self) -> str:
        amount = super().amount_text()
        if self._reader is not None and self._reader.without_cluster:
            return f"without ClusterWorkflowTemplates: not allowed   {amount}"
        return amount

    # What can be done.

    def reason_against(self, action_id: str) -> str | None:
        if action_id == "templates.group":
            glances = self.reader.summaries().values() if self._reader else ()
            return None if labels_of(glances) else "no template has a label"
        if action_id in ("templates.open", "templates.submit", "templates.runs", "templates.copy"):
            return None if self.chosen is not None else "no template is under the cursor"
        return None

    def open_object(self, row: TemplateRow) -> None:
        from argotui.screens.templates.template import TemplateScreen

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
        labels = labels_of(self.reader.summaries().values())
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
