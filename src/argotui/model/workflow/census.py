"""What there is among the nodes of a workflow, found once for each reading of it."""

from __future__ import annotations

from datetime import datetime

from argotui.model.argo import Workflow
from argotui.model.phases import look_of_node
from argotui.model.workflow.cause import stuck_nodes

_SECONDS = 5
"""How long it is not looked again whether something takes too long to start."""


class NodeCensus:
    """`roles` are those of the nodes' looks."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        self.roles = frozenset(look_of_node(node).role for node in workflow.nodes.values())
        self._stuck = (-1, False)

    def has_problems(self, now: datetime) -> bool:
        """Say whether a node failed or is stuck."""
        if "failed" in self.roles:
            return True
        moment = int(now.timestamp()) // _SECONDS
        if self._stuck[0] != moment:
            self._stuck = (moment, any(True for _ in stuck_nodes(self.workflow, now)))
        return self._stuck[1]
