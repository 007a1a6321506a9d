"""One workflow, live, and what its keys do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.timer import Timer
from textual.widget import Widget

from argotui.actions import ACTIONS
from argotui.actions.action import Action
from argotui.backend.throttle import Throttle
from argotui.model.argo import Key, Node
from argotui.model.counted import counted
from argotui.model.gates.gate import open_gates
from argotui.model.phases import look_of_node
from argotui.model.workflow.operations import OperationTarget, target_of_workflow
from argotui.operations.workflow.reader import WorkflowReader
from argotui.operations.workflow.shell import ShellWay
from argotui.screens.base import ConsoleScreen
from argotui.screens.bindings import bindings_for
from argotui.screens.dialogs.save import SaveScreen
from argotui.screens.operations.keys import OperationKeys
from argotui.screens.workflow.body import NODE_VIEWS, REST, WorkflowBody
from argotui.screens.workflow.reasons import (
    ALWAYS_POSSIBLE,
    GOING_ON,
    NO_PROBLEM,
    NO_WARNING,
    NOTHING_GOES_ON,
    footer_label,
    reason_against,
)
from argotui.screens.workflow.shell import ShellKeys
from argotui.screens.workflow.status import status_parts
from argotui.widgets.background import background
from argotui.widgets.inspector import Inspector
from argotui.widgets.line_view import LineView
from argotui.widgets.tab_strip import TabStrip
from argotui.widgets.workflow.graph import PAN_X, PAN_Y, GraphView
from argotui.widgets.workflow.tree import Keep

if TYPE_CHECKING:
    from argotui.backend.workflow_feed import WorkflowFeed
    from argotui.widgets.status import Parts

EVENTS_PAUSE = 1.0
"""Seconds after a change before the events are read again; further changes do not prolong it."""


class WorkflowScreen(ConsoleScreen):
    """The screen of one workflow: `reader` reads it, `body` shows it.

    It opens in `view`, by default the tree, with the node of id `node` selected.
    """

    SCOPE = "workflow"
    BINDINGS = bindings_for(SCOPE)
    CSS: ClassVar[str] = "WorkflowScreen { layout: vertical; }"

    def __init__(self, key: Key, view: str = "", node: str = "") -> None:
        super().__init__()
        self.key = key
        self.reader = WorkflowReader(key)
        self.body = WorkflowBody(self.reader, self, view)
        self.body.selected = node or self.body.selected
        self.operations = OperationKeys(self, self._operation_targets, self._chosen_node)
        self.shell = ShellKeys(self, self.body)
        self._publish = Throttle(
            self.set_timer,
            self._publish_changes,
            lambda: self.console.settings.refresh_hz,
            rest=REST,
        )
        self._events_timer: Timer | None = None
        self._early: list[str] = []
        """Actions asked for before the workflow was read, in order."""

    def compose_body(self) -> ComposeResult:
        yield self.body

    def main_widget(self) -> Widget | None:
        return self.body.pane

    def on_mount(self) -> None:
        self._run_feed(self.reader.start(self.session, self._publish))
        self.open_view(self.body.view)

    def on_unmount(self) -> None:
        self.reader.close()

    # Reading.

    @background("workflow-feed", exclusive=True)
    async def _run_feed(self, feed: WorkflowFeed) -> None:
        await feed.run()

    def _publish_changes(self) -> None:
        if self.is_current:
            self.body.draw()
            self.refresh_chrome()
        reads_events = self.body.view == "events" and self.reader.events_are_old
        if reads_events and self._events_timer is None:
            self._events_timer = self.set_timer(EVENTS_PAUSE, self._read_events_again)

    def _read_events_again(self) -> None:
        self._events_timer = None
        self._read_events()

    @background("workflow-events", exclusive=True)
    async def _read_events(self) -> None:
        if await self.reader.read_events():
            self.body.events_view.set_events(self.reader.events)
        self._was_read()

    @background("workflow-yaml", exclusive=True)
    async def _read_yaml(self) -> None:
        self._show_yaml(await self.reader.read_yaml())

    @background("workflow-yaml", exclusive=True)
    async def _reveal_yaml(self) -> None:
        self._show_yaml(await self.reader.reveal_yaml())

    def _show_yaml(self, is_new: bool) -> None:
        if is_new and self.reader.yaml is not None:
            self.body.yaml_view.set_document(self.reader.yaml)
        self._was_read()

    def _was_read(self) -> None:
        self.body.draw()
        self.refresh_chrome()

    # Showing.

    def open_view(self, view: str) -> None:
        """Show another view, with the same node selected."""
        self.body.open_view(view)
        if view == "events" and self.reader.events_are_old:
            self._read_events()
        elif view == "yaml" and (self.reader.yaml is None or self.reader.yaml_is_old):
            self._read_yaml()
        self._focus_main()
        self.refresh_chrome()

    def ticked(self) -> None:
        self.body.ticked()

    def status_parts(self) -> tuple[Parts, Parts]:
        return status_parts(self.body)

    @property
    def filter_text(self) -> str:  # type: ignore[override]  # a filter per view
        return self.body.filter_text

    def filter_by(self, text: str) -> None:
        self.body.apply_filter(text)

    @on(LineView.Chosen)
    @on(GraphView.Chosen)
    async def _node_chosen(self, message: LineView.Chosen | GraphView.Chosen) -> None:
        message.stop()
        await self.perform("workflow.inspect")

    @on(TabStrip.Chosen)
    async def _tab_chosen(self, message: TabStrip.Chosen) -> None:
        message.stop()
        await self.perform(message.action)

    # Acting.

    async def perform(self, action_id: str) -> None:
        """Do an action, one that needs the workflow as soon as that is read."""
        if self._is_early(action_id):
            self._early.append(action_id)
            self.say(f"{ACTIONS[action_id].label}: as soon as the workflow is read")
        else:
            await super().perform(action_id)

    def _is_early(self, action_id: str) -> bool:
        if not action_id.startswith("workflow.") or action_id in ALWAYS_POSSIBLE:
            return False
        feed = self.reader.feed
        waits = feed is None or (feed.freshness.error is None and not feed.gone)
        return waits and not self.body.is_read

    def parts_shown(self) -> None:
        """Do what was asked for before the workflow was read."""
        if self._early and self.body.is_read:
            early, self._early = self._early, []
            self.call_later(self._catch_up, early)

    async def _catch_up(self, actions: list[str]) -> None:
        self.say("")
        for action_id in actions:
            await self.perform(action_id)

    def reason_against(self, action_id: str) -> str | None:
        group, _, name = action_id.partition(".")
        if group == "operation" and self.reader.workflow is not None:
            return self.operations.reason_against(name)
        why = reason_against(self.body, action_id)
        if why is None and action_id in ("workflow.shell", "workflow.debug"):
            return self.shell.reason_against()
        return why

    def footer_label(self, action: Action) -> str:
        label = footer_label(self.body, action)
        return super().footer_label(action) if label is None else label

    def _operation_targets(self) -> list[OperationTarget]:
        workflow = self.reader.workflow
        return [] if workflow is None else [target_of_workflow(workflow)]

    def _chosen_node(self) -> Node | None:
        node = self.body.node
        return None if node is None or node.id == self.key.name else node

    def action_operate(self, name: str) -> None:
        self.operations.begin(name)

    # Moving.

    def action_workflow_left(self) -> None:
        self.body.pane.close_row()

    def action_workflow_right(self) -> None:
        self.body.pane.open_row()

    def action_workflow_fold(self) -> None:
        self.body.pane.toggle_row()

    def action_workflow_fold_all(self) -> None:
        self.body.pane.toggle_all_rows()

    def action_workflow_pan(self, columns: int, rows: int) -> None:
        if columns:
            self.body.pane.pan(columns * PAN_X)
        else:
            self.body.graph_view.pan(0, rows * PAN_Y)

    def action_workflow_find(self, step: int) -> None:
        """Go to the next (1) or previous (-1) problem, warning or match of the open view."""
        body = self.body
        if body.view == "yaml":
            number = body.yaml_view.step_match(step)
            self.say(f"match {number:,} of {len(body.yaml_view.matches):,}")
        elif body.view == "events":
            if not body.events_view.step_warning(backwards=step < 0):
                self.say(NO_WARNING)
        else:
            self._step_to(body.is_problem, NO_PROBLEM, backwards=step < 0)

    def action_workflow_running(self) -> None:
        self._step_to(lambda node: look_of_node(node).role in GOING_ON, NOTHING_GOES_ON)

    def _step_to(self, wanted: Keep, none: str, *, backwards: bool = False) -> None:
        """Go to the next node of a kind; say so if there is none, or no other one."""
        before = self.body.node_view.selected_id
        if not self.body.node_view.step_to(wanted, backwards=backwards):
            self.say(none)
        elif self.body.node_view.selected_id == before:
            self.say("there is no other one")

    def action_workflow_follow(self) -> None:
        self.body.graph_view.follow()
        self.body.show_parts()

    def action_workflow_step(self, step: int) -> None:
        if self.body.view == "graph" and not self.body.inspecting:
            self.body.graph_view.step(step)
        elif self.body.inspector.display:
            self._inspect(not self.body.inspecting)

    # Looking closer.

    def action_workflow_pane(self) -> None:
        """Open or close the inspector beside the nodes; on a narrow screen, lay it over them."""
        if self.body.stands_beside:
            self.body.pane_closed = self.body.has_inspector
            self._inspect(False)
        else:
            self._inspect(not self.body.inspecting)

    def action_workflow_inspect(self) -> None:
        match self.body.view:
            case "yaml":
                self.body.yaml_view.toggle_row()
            case "summary":
                self._follow_fact(self.body.summary_view)
            case _ if self.body.inspecting:
                self._follow_fact(self.body.inspector)
            case _:
                self._inspect(True)

    def _follow_fact(self, facts: Inspector) -> None:
        """Show a value that is cut in full; else go to what the fact is about, if anything."""
        fact = facts.fact
        if fact is None or facts.is_cut or not (fact.workflow or fact.node):
            facts.toggle_row()
        elif fact.workflow is not None:
            self.console.open_workflow(fact.workflow, node=fact.node)
        else:
            self._inspect(False)
            if self.body.view not in NODE_VIEWS:
                self.open_view("tree")
            self.go_to(fact.node)

    def _inspect(self, inspecting: bool) -> None:
        """Give the keys to the inspector, or back to the view."""
        self.body.inspecting = inspecting
        self.body.draw()
        if inspecting:
            self.body.inspector.open_message()
        self._focus_main()

    def go_to(self, node_id: str) -> None:
        """Select another node in the open view; say so if it is not shown."""
        if self.body.node_view.select(node_id, reveal=True):
            self.body.select(node_id)
        else:
            self.say("the filter hides that node")

    def action_workflow_reveal(self) -> None:
        self.body.catch_up()
        if self.body.view == "yaml":
            self._reveal_yaml()
        elif self.body.view == "summary":
            self.body.summary_view.reveal_secrets()
        else:
            self.body.inspector.reveal_secrets()
        self.body.show_parts()

    def action_go_back(self) -> None:
        if self.body.inspecting:
            self._inspect(False)
        elif self.filter_text:
            super().action_go_back()
        elif (self.body.only_failed and self.body.view in NODE_VIEWS) or (
            self.body.events_view.only_warnings and self.body.view == "events"
        ):
            self.action_workflow_failed()
        else:
            super().action_go_back()

    # Views.

    def action_workflow_view(self, view: str) -> None:
        self.open_view(view)

    def action_workflow_failed(self) -> None:
        if self.body.view == "events":
            self.body.events_view.show_warnings(not self.body.events_view.only_warnings)
        else:
            self.body.only_failed = not self.body.only_failed
            self.apply_filter(self.filter_text)

    def action_workflow_refresh(self) -> None:
        if self.reader.feed is not None:
            self.reader.feed.refresh()
        if self.body.view == "events":
            self._read_events()
        elif self.body.view == "yaml":
            self._read_yaml()
        self.say("reading again")

    # Taking away.

    def action_workflow_logs(self) -> None:
        node_id = self.body.node_view.selected_id
        whole = self.body.view not in NODE_VIEWS or node_id in ("", self.key.name)
        self.console.open_logs(self.key, None if whole else node_id)

    def action_workflow_gate(self) -> None:
        node = self.body.node
        if node is not None and node.is_gate and self.body.view in NODE_VIEWS:
            self.console.gates.open(self.key, node.id)
            return
        if self.reader.workflow is not None:
            waiting = [gate.node_id for gate in open_gates(self.reader.workflow)]
            self.console.gates.open_any(waiting, self.key)

    def action_workflow_shell(self, way: str) -> None:
        self.shell.open(ShellWay(way))

    def action_workflow_all_logs(self) -> None:
        self.console.open_logs(self.key)

    def action_workflow_copy(self) -> None:
        match self.body.view:
            case "yaml":
                text, what = self.body.yaml_view.block(self.body.yaml_view.line), "the block"
            case "summary":
                text, what = self.body.summary_view.copy_text(), "the value"
            case _ if self.body.inspecting:
                text, what = self.body.inspector.copy_text(), "the value"
            case "events":
                text, what = self.body.events_view.selected_text, "the event"
            case _:
                node = self.body.node
                text, what = node.name if node else self.key.name, "the name"
        self._copy(text, what)

    def action_workflow_copy_all(self) -> None:
        if self.body.view == "yaml":
            self._copy(self.body.yaml_view.whole, "the YAML")
        else:
            self._copy(self.body.node_view.selected_id, "the id")

    def _copy(self, text: str, what: str) -> None:
        if not text:
            self.say("there is nothing to copy")
            return
        self.console.copy(text)
        self.say(f"copied {what}")

    def action_workflow_save(self) -> None:
        lines = self.body.yaml_view.text.lines
        if not lines:
            self.say("there is nothing to save")
            return
        secrets = self.reader.yaml_secrets if self.reader.yaml_revealed else 0
        warning = f"with {counted(secrets, 'secret')} in clear" if secrets else ""
        screen = SaveScreen(
            "Save the YAML to", Path(f"{self.key.name}.yaml"), lambda: iter(lines), warning
        )
        self.app.push_screen(screen, lambda told: self.say(told) if told else None)
