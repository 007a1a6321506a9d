"""The gates that wait, each with when and how it would end by itself."""

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
    """One gate for as long as it is open: opened again, or in a workflow made anew under the same
    name, it is another one."""

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
        """Whether it approves by itself when nobody answers."""
        return self.expiry.outcome is ExpiryOutcome.APPROVES

    def left(self, now: datetime) -> float | None:
        """Return the seconds until it ends by itself, None where it does not."""
        return None if self.expiry.at is None else (self.expiry.at - now).total_seconds()

    def waited(self, now: datetime) -> float | None:
        """Return the seconds it has been open."""
        return None if self.gate.since is None else (now - self.gate.since).total_seconds()


def open_gates_of(workflow: Workflow) -> tuple[OpenGate, ...]:
    """Return what a workflow waits for, with the ends."""
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
    """Return a sort key: what ends first, then what has waited longest, then by name.

    What opened within the same minute has waited equally long: gates of one loop are told apart by
    their names, 2 before 10.
    """
    left, since = item.left(now), item.gate.since
    return (
        _FAR if left is None else left,
        _FAR if since is None else since.timestamp() // 60,
        natural(str(item.gate.key)),
        natural(item.gate.name),
        item.gate.node_id,
    )
