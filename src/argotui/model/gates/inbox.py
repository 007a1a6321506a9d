"""The open gates, each with its expiry."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec

from argotui.model.argo import Key, Workflow
from argotui.model.gates.expiry import (
    Expiry,
    ExpiryOutcome,
    expiry_of,
    expiry_of_suspension,
)
from argotui.model.gates.gate import Gate, open_gates
from argotui.model.natural import natural

_FAR = float("inf")


class GateId(NamedTuple):
    """The identity of one open gate: reopened, or in a new workflow of the same name, it is another
    gate."""

    key: Key
    uid: str
    node_id: str
    since: datetime | None


class OpenGate(msgspec.Struct, frozen=True):
    """One row of the inbox."""

    gate: Gate
    expiry: Expiry

    @property
    def id(self) -> GateId:
        gate = self.gate
        return GateId(gate.key, gate.uid, gate.node_id, gate.since)

    @property
    def risky(self) -> bool:
        """Whether it approves by itself without an answer."""
        return self.expiry.outcome is ExpiryOutcome.APPROVES

    def left(self, now: datetime) -> float | None:
        """Return the seconds until it ends by itself, None if it does not."""
        return None if self.expiry.at is None else (self.expiry.at - now).total_seconds()

    def waited(self, now: datetime) -> float | None:
        """Return the seconds it has been open."""
        return None if self.gate.since is None else (now - self.gate.since).total_seconds()


def open_gates_of(workflow: Workflow) -> tuple[OpenGate, ...]:
    """Return the gates of a workflow with their expiries."""
    return tuple(
        OpenGate(
            gate,
            expiry_of(workflow, workflow.nodes[gate.node_id])
            if gate.node_id in workflow.nodes
            else expiry_of_suspension(workflow),
        )
        for gate in open_gates(workflow)
    )


def urgency(item: OpenGate, now: datetime) -> tuple[object, ...]:
    """Return a sort key: the earliest end first, then the longest wait, then the name.

    Gates that opened in the same minute have waited equally long; their names order the gates of a
    loop, 2 before 10.
    """
    left, since = item.left(now), item.gate.since
    return (
        _FAR if left is None else left,
        _FAR if since is None else since.timestamp() // 60,
        natural(str(item.gate.key)),
        natural(item.gate.name),
        item.gate.node_id,
    )
