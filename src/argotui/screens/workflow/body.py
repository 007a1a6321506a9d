"""The views of a workflow and the inspector, in the middle of its screen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol, cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from argotui.actions import ACTIONS
from argotui.keymap import keys_of
from argotui.model.argo import Node, Workflow
from argotui.model.phases import look_of_node
from argotui.model.workflow.cause import is_stuck, where_to_look
from argotui.model.workflow.census import NodeCensus
from argotui.model.workflow.facts import workflow_facts
from argotui.model.workflows.filters import Filter, FilterError, parse_filter
from argotui.operations.workflow.reader import WorkflowReader
from argotui.screens.workflow.messages import (
    feed_message,
    freshness_parts,
    object_state,
    view_message,
    view_tabs,
)
from argotui.screens.workflow.subject import Group, subject_of
from argotui.widgets.background import run_in_background
from argotui.widgets.inspector import Inspector
from argotui.widgets.line_view import LineView
from argotui.widgets.notice import Notice
from argotui.widgets.tab_strip import TabStrip
from argotui.widgets.timers import AtRest, SureTimers
from argotui.widgets.workflow.events import EventsView
from argotui.widgets.workflow.graph import GraphView
from argotui.widgets.workflow.summary_strip import SummaryStrip
from argotui.widgets.workflow.timeline import TimelineView
from argotui.widgets.workflow.tree import Keep, NodeTree
from argotui.widgets.yaml_view import YamlView

if TYPE_CHECKING:
    from argotui.backend.ports import EventRecord
    from argotui.screens.console import Console

WIDE = 100
"""Columns from which the inspector has room beside the nodes."""

LARGE = 1000
"""Nodes from which a reading is prepared on another thread, so that no key waits for it."""

REST = 3
"""The pause after a slow drawing, as a multiple of its duration: time for the keys."""

VIEWS = ("tree", "graph", "timeline", "events", "yaml", "summary")
NODE_VIEWS = frozenset({"tree", "graph", "timeline"})


_NOTHING = Workflow()


class BodyOwner(Protocol):
    """The screen around a body."""

    def refresh_chrome(self) -> None:
        """Bring up to date what header, status line and footer say."""
        ...

    def parts_shown(self) -> None:
        """Act on what the body shows now."""
        ...


class WorkflowBody(Vertical, SureTimers):
    """Shows what `reader` has in one of the `VIEWS`; each shows the same selected node."""

    DEFAULT_CSS = """
    WorkflowBody > #panes {
        height: 1fr;
        & > LineView, & > GraphView { width: 1fr; height: 1fr; }
        & > .inspector {
            width: 40%;
            min-width: 44;
            max-width: 90;
            border-left: solid $rule;
            display: none;
        }
        & > .inspector.-over {
            width: 1fr;
            max-width: 100%;
            border-left: none;
        }
    }
    """

    def __init__(self, reader: WorkflowReader, owner: BodyOwner, view: str = "") -> None:
        super().__init__()
        self.reader = reader
        self._owner = owner
        self.view = view if view in VIEWS else "tree"
        self.inspecting = False
        """Whether the inspector has the keys (and, on a narrow screen, the place)."""
        self.pane_closed = False
        """Whether the user closed the inspector that has room beside the nodes."""
        self.selected = reader.key.name
        """The id of the node the cursor was put on last; other views open with it."""
        self.only_failed = False
        self.filters = dict.fromkeys(VIEWS, "")
        self.strip = SummaryStrip(reader.key)
        self.tabs = TabStrip()
        self.notice = Notice()
        self.tree_view = NodeTree(reader.now)
        self.graph_view = GraphView(reader.now)
        self.timeline_view = TimelineView(reader.now)
        self.events_view = EventsView(reader.now)
        self.yaml_view = YamlView()
        self.summary_view = Inspector()
        self.inspector = Inspector()
        self.views: dict[str, LineView[Any] | GraphView] = {
            "tree": self.tree_view,
            "graph": self.graph_view,
            "timeline": self.timeline_view,
            "events": self.events_view,
            "yaml": self.yaml_view,
            "summary": self.summary_view,
        }
        self._census = NodeCensus(_NOTHING)
        self._placed = False
        """Whether the user moved the cursor; until then it goes to what needs attention."""
        self._parts_at_rest = AtRest(self.set_timer, self.show_parts)
        self._preparing = False
        self._drawn: dict[str, int] = {}
        """The version of the workflow that each view shows."""

    def compose(self) -> ComposeResult:
        yield self.strip
        yield self.tabs
        yield self.notice
        with Horizontal(id="panes"):
            yield from self.views.values()
            self.inspector.add_class("inspector")
            yield self.inspector

    def on_mount(self) -> None:
        inspect = keys_of(ACTIONS["workflow.inspect"], self._keymap)[0]
        self.inspector.open_key = self.summary_view.open_key = inspect
        self.strip.more = f"{keys_of(ACTIONS['workflow.summary'], self._keymap)[-1]}: all of it"
        self._placed = self.selected != self.reader.key.name

    @property
    def _keymap(self) -> dict[str, str]:
        return cast("Console", self.app).keymap

    # Showing.

    @property
    def roles(self) -> frozenset[str]:
        """What there is among the nodes: the roles of their phases."""
        return self._counted().roles

    @property
    def has_problems(self) -> bool:
        """Whether a node failed or is stuck."""
        return self._counted().has_problems(self.reader.now())

    def _counted(self) -> NodeCensus:
        workflow = self.reader.workflow or _NOTHING
        if self._census.workflow is not workflow:
            self._census = NodeCensus(workflow)
        return self._census

    def is_problem(self, node: Node) -> bool:
        """Say whether a node failed or is stuck."""
        return look_of_node(node).role == "failed" or is_stuck(node, self.reader.now())

    @property
    def node(self) -> Node | None:
        """The node under the cursor of the open view of nodes; None for a group of nodes."""
        view = self.node_view
        if self.reader.workflow is None or view.selected_group is not None:
            return None
        return self.reader.workflow.nodes.get(view.selected_id)

    def draw(self) -> None:
        """Update the visible parts; unchanged parts are not painted."""
        if not self.is_attached:
            return
        self._draw_strip()
        workflow = self.reader.workflow
        if workflow is not None and self._nodes_are_old:
            if len(workflow.nodes) < LARGE:
                self._draw_nodes(workflow, self.reader.version)
            elif not self._preparing:
                self._preparing = True
                run_in_background(self, self._prepare_nodes(), "nodes")
        self.show_parts()

    @property
    def is_read(self) -> bool:
        """Whether the open view shows the workflow."""
        return self.reader.workflow is not None and (
            self.view not in NODE_VIEWS or self.view in self._drawn
        )

    @property
    def _nodes_are_old(self) -> bool:
        return self.view in NODE_VIEWS and self._drawn.get(self.view) != self.reader.version

    def _draw_nodes(self, workflow: Workflow, version: int, prepared: object = None) -> None:
        first = self.view not in self._drawn
        self._drawn[self.view] = version
        self.node_view.show_workflow(workflow, prepared)
        if not self._placed and (found := where_to_look(workflow, self.reader.now())):
            first = first or found != self.selected
            self.selected = found
        if first:
            self.node_view.select(self.selected, reveal=self.view == "tree")

    async def _prepare_nodes(self) -> None:
        """Draw the nodes of a large workflow until they are up to date, with rests."""
        time = asyncio.get_running_loop().time
        try:
            while (workflow := self.reader.workflow) is not None and self._nodes_are_old:
                began, view, version = time(), self.view, self.reader.version
                prepared = await asyncio.to_thread(self.node_view.prepare(workflow))
                if not self.is_attached:
                    return
                if view == self.view:
                    self._draw_nodes(workflow, version, prepared)
                    self.show_parts()
                    self._owner.refresh_chrome()
                    await asyncio.sleep(REST * (time() - began))
        finally:
            self._preparing = False

    def _draw_strip(self) -> None:
        feed = self.reader.feed
        if feed is None:
            return
        freshness = freshness_parts(feed.freshness, self.reader.monotonic())
        self.strip.usual = self.reader.usual_seconds
        self.strip.show(feed.workflow, object_state(feed), freshness, self.reader.now())

    def _draw_inspectors(self) -> None:
        workflow = self.reader.workflow
        if workflow is None:
            return
        if self.view == "summary":
            facts = workflow_facts(workflow, self.reader.now(), self.reader.others)
            self.summary_view.inspect(
                self.reader.key.name, facts, title=str(self.reader.key), kind="workflow"
            )
        elif self.inspector.display:
            about: Node | EventRecord | Group | None = self.node_view.selected_group or self.node
            if self.view == "events":
                about = self.events_view.selected
                if about is None:
                    self.inspector.inspect("", [])
                    return
            subject = subject_of(workflow, about, self.reader.now(), self.reader.others)
            self.inspector.inspect(
                subject.id, subject.facts, title=subject.title, kind=subject.kind
            )

    @property
    def node_view(self) -> NodeTree | GraphView | TimelineView:
        """The open view of nodes; the tree if the open view shows no nodes."""
        view = self.views[self.view]
        if isinstance(view, NodeTree | GraphView | TimelineView):
            return view
        return self.tree_view

    @property
    def stands_beside(self) -> bool:
        """Whether there is room for the inspector beside the view."""
        return self.view in NODE_VIEWS and self.is_attached and self.screen.size.width >= WIDE

    @property
    def has_inspector(self) -> bool:
        """Whether the inspector has a place: beside wide views of nodes, else over the view."""
        if self.stands_beside and not self.pane_closed:
            return True
        return self.inspecting and self.view in NODE_VIEWS | {"events"}

    def show_parts(self) -> None:
        """Give each part its place: the open view, the inspector, or what there is to say."""
        feed = self.reader.feed
        message = feed_message(feed, self._keymap) if feed else None
        if message is None and (error := self.reader.errors.get(self.view)):
            message = view_message(self.view.capitalize(), error, self._keymap)
        self.notice.show(message)
        over = self.has_inspector and not self.stands_beside
        for name, view in self.views.items():
            view.display = message is None and name == self.view and not over
        self.inspector.display = message is None and self.has_inspector
        self.inspector.set_class(over, "-over")
        self._draw_inspectors()
        self.tabs.show(view_tabs(VIEWS, self._keymap), f"workflow.{self.view}", self._note())
        self._owner.parts_shown()

    def _note(self) -> str:
        if self.view == "graph" and self.graph_view.following:
            return "following what runs"
        if self.view == "yaml":
            words = (
                "changed since it was read" if self.reader.yaml_is_old else "",
                self.yaml_view.matches_words,
                "secrets shown" if self.reader.yaml_revealed else "",
            )
            return " · ".join(filter(None, words))
        inspector = self.summary_view if self.view == "summary" else self.inspector
        shows = keys_of(ACTIONS["workflow.reveal"], self._keymap)[0]
        return inspector.secrets_words(shows) if inspector.display else ""

    def open_view(self, view: str) -> None:
        """Show another view, with the same node selected."""
        self._take_move()
        self.view = view
        self.inspecting = False
        self.draw()
        if view in NODE_VIEWS:
            self.node_view.select(self.selected)

    def _take_move(self) -> None:
        """Remember the node the cursor was moved to, for the other views."""
        if self.view in NODE_VIEWS and self.node_view.moved:
            self.node_view.moved = False
            self._placed = True
            self.selected = self.node_view.selected_id

    def select(self, node_id: str) -> None:
        """Select a node in every view."""
        self.selected = node_id
        self._placed = True
        self.show_parts()

    @property
    def pane(self) -> LineView[Any] | GraphView:
        """What the keys are for."""
        return self.inspector if self.inspecting else self.views[self.view]

    def on_resize(self, event: events.Resize) -> None:
        if self.reader.feed is not None:
            self.draw()

    def ticked(self) -> None:
        self.draw()
        view = self.views[self.view]
        if isinstance(view, NodeTree | TimelineView | EventsView):
            view.tick()

    @on(LineView.Moved)
    def _row_moved(self, message: LineView.Moved) -> None:
        message.stop()
        if message.view is self.views[self.view]:
            self._take_move()
            self.follow_cursor()

    @on(GraphView.Moved)
    def _box_moved(self, message: GraphView.Moved) -> None:
        message.stop()
        self._take_move()
        self.follow_cursor()

    def follow_cursor(self) -> None:
        """Show the facts of the node under the cursor; while a key is held down, of the last one.

        Secrets that are shown are covered as soon as the cursor leaves their node.
        """
        self._parts_at_rest()
        if self.inspector.revealing:
            self.catch_up()
        self._owner.refresh_chrome()

    def catch_up(self) -> None:
        """Show the facts of the node under the cursor now, if they are not shown yet."""
        self._parts_at_rest.finish()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Follow a click from one pane to the other; what lost the focus since does not count."""
        if event.widget is self.screen.focused and event.widget in (
            self.inspector,
            self.views[self.view],
        ):
            inspecting = event.widget is self.inspector
            if inspecting != self.inspecting:
                self.inspecting = inspecting
                self.show_parts()

    # Filtering.

    @property
    def filter_text(self) -> str:
        """What the open view is filtered by."""
        return self.filters[self.view]

    def apply_filter(self, text: str) -> None:
        """Filter the open view, all views of nodes together; raises FilterError."""
        self._filter(text)
        for view in NODE_VIEWS if self.view in NODE_VIEWS else (self.view,):
            self.filters[view] = text
        self.show_parts()
        self._owner.refresh_chrome()

    def _filter(self, text: str) -> None:
        match self.view:
            case "yaml":
                self.yaml_view.search(text)
            case "events":
                self.events_view.set_filter(text)
            case "summary":
                if text:
                    raise FilterError("the summary has nothing to filter; open another view first")
            case _:
                self.filter_nodes(parse_filter(text))

    def filter_nodes(self, wanted: Filter) -> None:
        """Show only the nodes that match, in every view of nodes."""
        keep: Keep | None = None
        if wanted or self.only_failed:

            def keep(node: Node) -> bool:
                if self.only_failed and look_of_node(node).role != "failed":
                    return False
                return wanted.matches_node(node, self.reader.now())

        why = "No node failed." if self.only_failed and not wanted else "No node matches."
        self.tree_view.set_filter(keep, why)
        self.timeline_view.set_filter(keep, why)
        self.graph_view.set_filter(keep)
        self.show_parts()
