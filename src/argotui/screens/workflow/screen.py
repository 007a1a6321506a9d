"""One workflow, live, and what its keys do."""

from __future__ import annotations

from pathlib import Path

from argotui.actions import ACTIONS, CONSOLE, Action
from argotui.model.argo import Key
from argotui.model.counted import counted
from argotui.model.gates.gate import open_gates
from argotui.model.phases import look_of_node
from argotui.screens.base import bindings_for
from argotui.screens.dialogs.save import SaveScreen
from argotui.screens.line_moves import LineMoves, Lines
from argotui.screens.workflow.body import NODE_VIEWS, WorkflowBody
from argotui.widgets.inspector import Inspector
from argotui.widgets.workflow.graph import PAN_X, PAN_Y
from argotui.widgets.workflow.tree import Keep

_NO_LOG = {
    "Suspend": "a gate runs nothing, so it has no log",
    "Skipped": "it was skipped, so it has no log",
}
_GOING_ON = frozenset({"running", "waiting", "pending"})
_NOTHING_GOES_ON = "no node runs or waits"
_NO_PROBLEM = "no node failed or is stuck"
_NO_WARNING = "no event is a warning"
_NO_FOLD = "nothing folds here"
_NODES_ONLY = "it works in the tree, the graph and the timeline"
_OFFERED = {
    "events": {"workflow.all-logs", "workflow.gate", "workflow.copy", "workflow.refresh"},
    "yaml": {"workflow.copy", "workflow.copy-all", "workflow.reveal", "workflow.save"},
    "summary": {"workflow.inspect", "workflow.all-logs", "workflow.gate", "workflow.copy"},
}
"""What the footer offers in the views that are not of nodes."""
_OF_VIEWS = {
    "workflow.follow": ({"graph"}, "it works in the graph"),
    "workflow.save": ({"yaml"}, "it works in the YAML"),
    "workflow.pan-left": ({"graph", "yaml"}, "it works in the graph and the YAML"),
    "workflow.pan-right": ({"graph", "yaml"}, "it works in the graph and the YAML"),
    "workflow.pan-up": ({"graph"}, "it works in the graph"),
    "workflow.pan-down": ({"graph"}, "it works in the graph"),
}


class WorkflowScreen(LineMoves, WorkflowBody):
    """The screen of one workflow."""

    SCOPE = "workflow"
    BINDINGS = bindings_for(SCOPE)

    def __init__(self, key: Key, view: str = "") -> None:
        super().__init__(key, view)
        self._early: list[str] = []
        """What was asked for before there was anything to do it with, in order."""

    async def perform(self, action_id: str) -> None:
        """Do an action, one that needs the workflow as soon as that is read."""
        if self._is_early(action_id):
            self._early.append(action_id)
            self.say(f"{ACTIONS[action_id].label}: as soon as the workflow is read")
        else:
            await super().perform(action_id)

    def _is_early(self, action_id: str) -> bool:
        if self.is_read or action_id in _ALWAYS or not action_id.startswith("workflow."):
            return False
        feed = self.feed
        return feed is None or (feed.freshness.error is None and not feed.gone)

    def show_parts(self) -> None:
        super().show_parts()
        if self._early and self.is_read:
            early, self._early = self._early, []
            self.call_later(self._catch_up, early)

    async def _catch_up(self, actions: list[str]) -> None:
        self.say("")
        for action_id in actions:
            await self.perform(action_id)

    def reason_against(self, action_id: str) -> str | None:
        if action_id.startswith("workflow.") and self.workflow is None:
            return None if action_id in _ALWAYS else "the workflow was not read yet"
        if view_reason := _OF_VIEWS.get(action_id):
            return None if self.view in view_reason[0] else view_reason[1]
        match action_id:
            case "workflow.next" | "workflow.previous" if self.view == "yaml":
                return None if self.yaml_view.matches else "nothing is searched for; / searches"
            case "workflow.next" | "workflow.previous" if self.view == "events":
                return None if self.events_view.has_warnings else _NO_WARNING
            case "workflow.failed" if self.view == "events":
                return None
            case "workflow.next" | "workflow.previous" | "workflow.running" | "workflow.failed":
                return self._nothing_to_find(action_id) if self.view in NODE_VIEWS else _NODES_ONLY
            case "workflow.fold":
                return None if self.pane.can_fold else _NO_FOLD
            case "workflow.fold-all" if not self.pane.FOLDS:
                return _NO_FOLD
            case "workflow.logs" if self.view in NODE_VIEWS and self.node is not None:
                return _NO_LOG.get(self.node.type)
            case "workflow.gate":
                waits = self.workflow is not None and any(open_gates(self.workflow))
                return None if waits else "it waits at no gate"
            case "workflow.inspect" if self.view == "yaml":
                return (
                    None if self.yaml_view.has_block(self.yaml_view.line) else "nothing is folded"
                )
            case "workflow.inspect" if self.view == "summary" or self.inspecting:
                return self._nothing_more()
            case "workflow.reveal":
                return self._nothing_covered()
            case _:
                return None

    def footer_label(self, action: Action) -> str:
        offered = _OFFERED.get(self.view)
        if offered is None or CONSOLE in action.scopes:
            return super().footer_label(action)
        if action.id == "workflow.next" and self.view == "events":
            return "next warning"
        if action.id == "workflow.next" and self.view == "yaml":
            return "next match" if self.yaml_view.matches else ""
        return action.label if action.id in offered else ""

    def _nothing_to_find(self, action_id: str) -> str | None:
        if action_id == "workflow.running":
            return None if self.roles & _GOING_ON else _NOTHING_GOES_ON
        if action_id == "workflow.failed":
            return None if self.only_failed or "failed" in self.roles else "no node failed"
        return None if self.has_problems else _NO_PROBLEM

    def _nothing_more(self) -> str | None:
        facts = self.summary_view if self.view == "summary" else self.inspector
        leads = facts.fact is not None and (facts.fact.workflow or facts.fact.node)
        return None if facts.can_fold or leads else "all of it is shown"

    def _nothing_covered(self) -> str | None:
        if self.view == "yaml":
            return None
        inspector = self.summary_view if self.view == "summary" else self.inspector
        if not inspector.display:
            return "open the inspector first"
        return None if inspector.covered or inspector.revealing else "nothing is covered"

    # Moving.

    @property
    def lines(self) -> Lines:
        return self.pane

    def action_workflow_left(self) -> None:
        self.pane.close_row()

    def action_workflow_right(self) -> None:
        self.pane.open_row()

    def action_workflow_fold(self) -> None:
        self.pane.toggle_row()

    def action_workflow_fold_all(self) -> None:
        self.pane.toggle_all_rows()

    def action_workflow_pan_left(self) -> None:
        self.pane.pan(-PAN_X)

    def action_workflow_pan_right(self) -> None:
        self.pane.pan(PAN_X)

    def action_workflow_pan_up(self) -> None:
        self.graph_view.pan(0, -PAN_Y)

    def action_workflow_pan_down(self) -> None:
        self.graph_view.pan(0, PAN_Y)

    def action_workflow_next(self) -> None:
        self._next(backwards=False)

    def action_workflow_previous(self) -> None:
        self._next(backwards=True)

    def _next(self, *, backwards: bool) -> None:
        if self.view == "yaml":
            number = self.yaml_view.step_match(-1 if backwards else 1)
            self.say(f"match {number:,} of {len(self.yaml_view.matches):,}")
        elif self.view == "events":
            if not self.events_view.step_warning(backwards=backwards):
                self.say(_NO_WARNING)
        else:
            self._step_to(self.is_problem, _NO_PROBLEM, backwards=backwards)

    def action_workflow_running(self) -> None:
        self._step_to(lambda node: look_of_node(node).role in _GOING_ON, _NOTHING_GOES_ON)

    def _step_to(self, wanted: Keep, none: str, *, backwards: bool = False) -> None:
        """Go to the next wanted node; say so where there is none, or only the one already found."""
        before = self.node_view.selected_id
        if not self.node_view.step_to(wanted, backwards=backwards):
            self.say(none)
        elif self.node_view.selected_id == before:
            self.say("there is no other one")

    def action_workflow_follow(self) -> None:
        self.graph_view.follow()
        self.show_parts()

    def action_workflow_step(self) -> None:
        self._step(1)

    def action_workflow_step_back(self) -> None:
        self._step(-1)

    def _step(self, step: int) -> None:
        if self.view == "graph" and not self.inspecting:
            self.graph_view.step(step)
        elif self.inspector.display:
            self._inspect(not self.inspecting)

    # Looking closer.

    def action_workflow_pane(self) -> None:
        """Open or close the inspector, where it stands beside the nodes; elsewhere lay it over."""
        if self.stands_beside:
            self.pane_closed = self.has_inspector
            self._inspect(False)
        else:
            self._inspect(not self.inspecting)

    def action_workflow_inspect(self) -> None:
        match self.view:
            case "yaml":
                self.yaml_view.toggle_row()
            case "summary":
                self._follow_fact(self.summary_view)
            case _ if self.inspecting:
                self._follow_fact(self.inspector)
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
            if self.view not in NODE_VIEWS:
                self.open_view("tree")
            self.go_to(fact.node)

    def _inspect(self, inspecting: bool) -> None:
        """Give the keys to the inspector, or back to the view."""
        self.inspecting = inspecting
        self.draw()
        if inspecting:
            self.inspector.open_message()
        self._focus_main()

    def go_to(self, node_id: str) -> None:
        """Select another node in the open view; say so where it is not shown."""
        if self.node_view.select(node_id, reveal=True):
            self.select(node_id)
        else:
            self.say("the filter hides that node")

    def action_workflow_reveal(self) -> None:
        self.follow_cursor.finish()
        if self.view == "yaml":
            self.reveal_yaml()
        elif self.view == "summary":
            self.summary_view.reveal_secrets()
        else:
            self.inspector.reveal_secrets()
        self.show_parts()

    def action_go_back(self) -> None:
        if self.inspecting:
            self._inspect(False)
        elif self.filter_text:
            super().action_go_back()
        elif (self.only_failed and self.view in NODE_VIEWS) or (
            self.events_view.only_warnings and self.view == "events"
        ):
            self.action_workflow_failed()
        else:
            super().action_go_back()

    # Views.

    def action_workflow_tree(self) -> None:
        self.open_view("tree")

    def action_workflow_graph(self) -> None:
        self.open_view("graph")

    def action_workflow_timeline(self) -> None:
        self.open_view("timeline")

    def action_workflow_events(self) -> None:
        self.open_view("events")

    def action_workflow_yaml(self) -> None:
        self.open_view("yaml")

    def action_workflow_summary(self) -> None:
        self.open_view("summary")

    def action_workflow_failed(self) -> None:
        if self.view == "events":
            self.events_view.show_warnings(not self.events_view.only_warnings)
        else:
            self.only_failed = not self.only_failed
            self.apply_filter(self.filter_text)

    def action_workflow_refresh(self) -> None:
        if self.feed is not None:
            self.feed.refresh()
        if self.view == "events":
            self.read_events()
        elif self.view == "yaml":
            self.read_yaml()
        self.say("reading again")

    # Taking away.

    def action_workflow_logs(self) -> None:
        node_id = self.node_view.selected_id
        whole = self.view not in NODE_VIEWS or node_id in ("", self.key.name)
        self.console.open_logs(self.key, None if whole else node_id)

    def action_workflow_gate(self) -> None:
        node = self.node
        if node is not None and node.is_gate and self.view in NODE_VIEWS:
            self.console.gates.open(self.key, node.id)
            return
        if self.workflow is not None:
            waiting = [gate.node_id for gate in open_gates(self.workflow)]
            self.console.gates.open_any(waiting, self.key)

    def action_workflow_all_logs(self) -> None:
        self.console.open_logs(self.key)

    def action_workflow_copy(self) -> None:
        match self.view:
            case "yaml":
                text, what = self.yaml_view.block(self.yaml_view.line), "the block"
            case "summary":
                text, what = self.summary_view.copy_text(), "the value"
            case _ if self.inspecting:
                text, what = self.inspector.copy_text(), "the value"
            case "events":
                text, what = self.events_view.selected_text, "the event"
            case _:
                node = self.node
                text, what = node.name if node else self.key.name, "the name"
        self._copy(text, what)

    def action_workflow_copy_all(self) -> None:
        if self.view == "yaml":
            self._copy(self.yaml_view.whole, "the YAML")
        else:
            self._copy(self.node_view.selected_id, "the id")

    def _copy(self, text: str, what: str) -> None:
        if not text:
            self.say("there is nothing to copy")
            return
        self.console.copy(text)
        self.say(f"copied {what}")

    def action_workflow_save(self) -> None:
        lines = self.yaml_view.text.lines
        if not lines:
            self.say("there is nothing to save")
            return
        secrets = self.yaml_secrets if self.yaml_revealed else 0
        warning = f"with {counted(secrets, 'secret')} in clear" if secrets else ""
        screen = SaveScreen(
            "Save the YAML to", Path(f"{self.key.name}.yaml"), lambda: iter(lines), warning
        )
        self.app.push_screen(screen, lambda told: self.say(told) if told else None)


_ALWAYS = frozenset({"workflow.refresh", "workflow.copy"})
