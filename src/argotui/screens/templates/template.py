"""One template: what it needs, what it does, what is wrong with it, and how its runs went."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget

from argotui.actions import ACTIONS
from argotui.backend.argo_fields import argo_fields
from argotui.backend.ports import Document
from argotui.keymap import keys_of
from argotui.model.argo import Key
from argotui.model.counted import counted
from argotui.model.findings import LintFinding
from argotui.model.sanitise import clean_line, clean_tree
from argotui.model.submission.facts import template_facts, template_findings
from argotui.model.submission.listing import TemplateId
from argotui.model.workflow.plan import planned_workflow
from argotui.model.workflows.runs import TemplateRuns
from argotui.operations.workflow.yaml import make_yaml
from argotui.screens.bindings import bindings_for
from argotui.screens.object_screen import ObjectScreen
from argotui.screens.templates.reading import REST, TemplateReader
from argotui.widgets.background import background
from argotui.widgets.tab_strip import Tab, TabStrip
from argotui.widgets.workflow.graph import GraphView
from argotui.widgets.yaml_view import YamlView

if TYPE_CHECKING:
    from argotui.widgets.status import Parts

VIEWS = ("facts", "graph", "yaml")


class TemplateScreen(ObjectScreen[TemplateReader]):
    """A template of `reader`, live: as facts, as a graph, as YAML."""

    SCOPE = "template"
    BINDINGS = bindings_for(SCOPE)
    CSS: ClassVar[str] = """
    TemplateScreen {
        layout: vertical;
        & > Vertical > Inspector, & > Vertical > GraphView, & > Vertical > YamlView { height: 1fr; }
    }
    """

    def __init__(self, reader: TemplateReader, identity: TemplateId) -> None:
        super().__init__(reader, rest=REST)
        self.identity = identity
        self.view = "facts"
        self._tabs = TabStrip()
        self.graph = GraphView(lambda: self.session.clock.now())
        self.yaml = YamlView()
        self.graph.display = self.yaml.display = False
        self._document: Document | None = None
        self._findings: list[LintFinding] = []
        self.runs = TemplateRuns()
        """The runs as of the last change."""

    def compose_body(self) -> ComposeResult:
        yield self._tabs
        with Vertical():
            yield self.facts
            yield self.graph
            yield self.yaml

    def main_widget(self) -> Widget | None:
        return {"facts": self.facts, "graph": self.graph, "yaml": self.yaml}[self.view]

    @property
    def name_of_it(self) -> str:
        return clean_line(self.identity[1].name)

    # What is shown.

    def show_object(self) -> None:
        document = self._reader.document(self.identity)
        glance = self._reader.summary(self.identity)
        self.runs = self._reader.runs().get(self.identity, TemplateRuns())
        if document is not None and glance is not None:
            if document is not self._document:
                self._document = document
                self._findings = template_findings(document, argo_fields())
                spec = document.get("spec")
                plan = planned_workflow(self.name_of_it, spec if isinstance(spec, dict) else {})
                self.graph.show_workflow(plan)
                self._make_yaml(document)
            now = self.session.clock.now()
            facts = template_facts(glance, self.runs, self._findings, now)
            title = f"{self.identity[0].name} {self.name_of_it}"
            self.facts.inspect(title, facts, title=self.name_of_it, kind=self.identity[0].name)
        self._show_tabs()
        self.refresh_chrome()

    def _show_tabs(self) -> None:
        tabs = []
        for view in VIEWS:
            action = f"template.{view}"
            tabs.append(Tab(action, keys_of(ACTIONS[action], self.console.keymap)[0], view))
        note = counted(len(self._findings), "finding") if self._findings else "no findings"
        self._tabs.show(tabs, f"template.{self.view}", note if self._document else "")

    @background("yaml of a template", exclusive=True)
    async def _make_yaml(self, document: Document) -> None:
        cleaned = clean_tree(document)
        text, _ = await make_yaml(cleaned if isinstance(cleaned, dict) else {}, covered=True)
        if document is self._document:
            self.yaml.set_document(text)

    def status_parts(self) -> tuple[Parts, Parts]:
        if self._reader.document(self.identity) is None:
            gone = "it was deleted" if self._document is not None else "there is no such template"
            return ((gone, "problem"),), ()
        said = counted(len(self.runs.runs), "recent run")
        return (), ((said, "chrome"),)

    def reason_against(self, action_id: str) -> str | None:
        if action_id == "template.submit" and self._reader.document(self.identity) is None:
            return "the template is not there"
        if action_id in ("template.left", "template.right") and self.view != "graph":
            return "it moves in the graph"
        if action_id == "template.open" and self.view != "facts":
            return "it opens what the facts name"
        return None

    @on(TabStrip.Chosen)
    async def _tab_chosen(self, message: TabStrip.Chosen) -> None:
        message.stop()
        await self.perform(message.action)

    # What can be done.

    def action_template_view(self, view: str) -> None:
        self.view = view
        for name, widget in (("facts", self.facts), ("graph", self.graph), ("yaml", self.yaml)):
            widget.display = name == view
        self.set_focus(self.main_widget(), scroll_visible=False)
        self._show_tabs()

    def action_template_left(self) -> None:
        self.graph.close_row()

    def action_template_right(self) -> None:
        self.graph.open_row()

    def action_template_copy(self) -> None:
        if self.view == "yaml":
            text = self.yaml.block(self.yaml.line)
        elif self.view == "facts":
            text = self.facts.copy_text()
        else:
            text = self.graph.selected_id
        if text:
            self.console.copy(text)
            self.say("copied")

    def action_template_submit(self) -> None:
        from argotui.screens.templates.submit import SubmitScreen

        kind, named = self.identity
        namespace = named.namespace or self.session.namespace
        namespace = namespace or self.session.cluster.default_namespace
        self.app.push_screen(SubmitScreen(kind, Key(namespace, named.name)))

    def action_template_runs(self) -> None:
        self.console.run_command(f"workflows /template:{self.identity[1].name}")

    def action_template_refresh(self) -> None:
        self._reader.refresh()
        self.say("reading everything again")
