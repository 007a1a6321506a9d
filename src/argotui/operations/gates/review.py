"""Read a gate: everything that a person needs for a decision, from one fresh read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from argotui.backend.audit.log import AuditLog
from argotui.backend.clock import Clock
from argotui.backend.ports import GatePort, PolicyPort, Reading
from argotui.errors import BackendError, ProtocolError, UnavailableError
from argotui.model.argo import Key, Workflow
from argotui.model.gates.approvers import right_name
from argotui.model.gates.decision import Choice, Record, closing_text, read_message
from argotui.model.gates.gate import (
    Gate,
    GateKind,
    gate_of_node,
    open_gates,
)
from argotui.model.gates.patch import NotAGate, gate_node
from argotui.model.gates.permission import (
    Permission,
    Person,
    Rules,
    permission_for,
)
from argotui.model.gates.policy_input import question
from argotui.model.gates.request import RESUMED, Request, request_for
from argotui.model.gates.verdict import Verdict
from argotui.model.gates.workflow_state import outlook
from argotui.model.sanitise import clean_line, clean_tree

GATES_GROUP = "argotui.io"
"""RBAC rights on `gates` of this group, a resource that need not exist, allow approvals."""


class GateGone(BackendError):
    """The gate is not open any more; `reading` is the workflow that was read, if any."""

    def __init__(
        self, title: str, detail: str = "", hint: str = "", *, reading: Reading | None = None
    ) -> None:
        super().__init__(title, detail, hint)
        self.reading = reading


@dataclass(frozen=True)
class DecisionContext:
    """The parts that reviews and decisions need."""

    gates: GatePort
    policy: PolicyPort
    audit: AuditLog
    clock: Clock
    rules: Rules = field(default_factory=Rules)
    strict: bool = False
    """Whether a decision requires the same resource version, so that any change refuses it."""


@dataclass(frozen=True)
class GateSnapshot:
    """One open gate, as one read returned it."""

    request: Request
    gate: Gate
    workflow: Workflow
    """For people: every text in it is cleaned."""
    raw: Workflow
    """To the letter, for whatever leaves again: what is written, compared, or put to a policy."""
    reading: Reading


@dataclass(frozen=True)
class Review:
    """A snapshot of a gate, with the verdict of the policy and the permissions of one person."""

    snapshot: GateSnapshot
    person: Person
    verdict: Verdict
    approve: Permission
    deny: Permission
    read_at: datetime

    @property
    def request(self) -> Request:
        return self.snapshot.request

    @property
    def gate(self) -> Gate:
        return self.snapshot.gate

    @property
    def workflow(self) -> Workflow:
        """For people: every text in it is cleaned."""
        return self.snapshot.workflow

    @property
    def raw(self) -> Workflow:
        """To the letter."""
        return self.snapshot.raw

    @property
    def reading(self) -> Reading:
        return self.snapshot.reading

    def permission(self, choice: Choice) -> Permission:
        """Return the permission of the person for a choice."""
        return self.approve if choice is Choice.APPROVE else self.deny


def workflow_of(document: Mapping[str, Any]) -> Workflow:
    """Return a raw Workflow document as the sanitised model; raises `ProtocolError`."""
    return _as_workflow(clean_tree(document))


def _as_workflow(document: object) -> Workflow:
    try:
        return msgspec.convert(document, Workflow, strict=False)
    except msgspec.ValidationError as error:
        raise ProtocolError("The workflow is not as Argo writes them", str(error)) from error


def became_of(document: Mapping[str, Any], node_id: str) -> tuple[bool, str, Record | None]:
    """Return whether a gate is open, its state in words, and the decision that it records.

    `document` is as the server sent it; the words are cleaned.
    """
    status = document.get("status") or {}
    if node_id:
        node = (status.get("nodes") or {}).get(node_id) or {}
        phase, message = str(node.get("phase") or ""), clean_line(str(node.get("message") or ""))
    else:
        suspended = bool((document.get("spec") or {}).get("suspend"))
        phase = "Running" if suspended else "going on"
        notes = (document.get("metadata") or {}).get("annotations") or {}
        message = clean_line(str(notes.get(RESUMED) or ""))
    text = closing_text(clean_line(phase) or "gone", message)
    return phase == "Running", text, read_message(message)


async def read_gate(decision_context: DecisionContext, key: Key, node_id: str) -> GateSnapshot:
    """Return a gate as it is now; `node_id` empty means the workflow's own suspension.

    Raises `GateGone`, or the `BackendError` of the read.
    """
    reading = await decision_context.gates.read_gate(key.namespace, key.name)
    workflow, raw = workflow_of(reading.document), _as_workflow(reading.document)
    if reading.offloaded:
        raise GateGone(
            f"The nodes of {key} are not in the cluster",
            "Its status is offloaded to the controller's database.",
            "Decide through the Argo server, which reads that database.",
            reading=reading,
        )
    gate = _open_gate(workflow, raw, reading, key, node_id)
    request = request_for(decision_context.gates.server, reading.document, node_id)
    return GateSnapshot(request, gate, workflow, raw, reading)


def _open_gate(workflow: Workflow, raw: Workflow, reading: Reading, key: Key, node_id: str) -> Gate:
    if not node_id:
        for gate in open_gates(workflow):
            if gate.kind is GateKind.WORKFLOW:
                return gate
        told = became_of(reading.document, "")[1]
        raise GateGone(f"{key} is not suspended any more: {told}", reading=reading)
    try:
        gate_node(reading.document, node_id)
        if node_id not in workflow.nodes:
            raise NotAGate("the gate's id holds characters that no controller writes")
        if workflow.completed:
            raise NotAGate(f"the workflow is {workflow.status.phase}, and its gates with it")
    except NotAGate as gone:
        waits, told, _ = became_of(reading.document, node_id)
        said = str(gone) if waits else told
        hint = "Look at the workflow for what happened."
        raise GateGone(f"{key}: {said}", hint=hint, reading=reading) from gone
    return gate_of_node(raw, raw.nodes[node_id])


async def _person_at(decision_context: DecisionContext, snapshot: GateSnapshot) -> Person:
    """Return the user as the API server knows them, with their rights at a gate."""
    key = snapshot.request.key
    node = snapshot.raw.nodes.get(snapshot.gate.node_id)
    template = right_name(node) if node else ""
    identity = await decision_context.gates.whoami()
    found = Person(identity.user, tuple(identity.groups))
    try:
        patch = await decision_context.gates.can(
            "patch", "workflows", namespace=key.namespace, name=key.name
        )
        override = await decision_context.gates.can(
            "override", "gates", group=GATES_GROUP, namespace=key.namespace, name=template
        )
    except UnavailableError:
        # The server refuses a write without the right; nothing grants an override.
        return found
    refusal = ""
    if not patch.allowed:
        refusal = f"{identity.user or 'you'} may not patch workflows in {key.namespace}"
        refusal += f": {patch.reason}" if patch.reason else ""
    return msgspec.structs.replace(
        found, may_patch=patch.allowed, refusal=refusal, may_override=override.allowed
    )


def policy_input(
    decision_context: DecisionContext,
    snapshot: GateSnapshot,
    person: Person,
    values: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Return the policy's input for an approval with `values`."""
    return question(
        snapshot.request,
        snapshot.gate,
        snapshot.raw,
        snapshot.reading.document,
        person,
        snapshot.reading.date or decision_context.clock.now(),
        values=values,
    )


async def evaluate(
    decision_context: DecisionContext,
    snapshot: GateSnapshot,
    person: Person,
    values: Mapping[str, str] | None = None,
) -> Verdict:
    """Return the policy's verdict on an approval with `values`."""
    return await decision_context.policy.verdict(
        policy_input(decision_context, snapshot, person, values), snapshot.request.digest
    )


async def review_snapshot(
    decision_context: DecisionContext,
    snapshot: GateSnapshot,
    values: Mapping[str, str] | None = None,
) -> Review:
    """Return the review of a gate that was just read; the policy evaluates `values`.

    Raises the `BackendError` of a request about rights.
    """
    person = await _person_at(decision_context, snapshot)
    verdict = await evaluate(decision_context, snapshot, person, values)
    approve, deny = (
        _permission(decision_context, each, snapshot, verdict, person) for each in Choice
    )
    return Review(snapshot, person, verdict, approve, deny, decision_context.clock.now())


def _permission(
    decision_context: DecisionContext,
    choice: Choice,
    snapshot: GateSnapshot,
    verdict: Verdict,
    person: Person,
) -> Permission:
    """Return the permission of a person for a choice, with its effect."""
    now = snapshot.reading.date or decision_context.clock.now()
    ahead = outlook(choice, snapshot.gate, snapshot.workflow, now)
    rules = decision_context.rules
    found = permission_for(choice, snapshot.gate, verdict, person, rules, ahead)
    return _through(decision_context, snapshot, found)


def _through(
    decision_context: DecisionContext, snapshot: GateSnapshot, permission: Permission
) -> Permission:
    """Return a permission with what the way to the cluster does not offer or guarantee."""
    gates = decision_context.gates
    blocked = [*permission.blocked]
    if snapshot.gate.kind is GateKind.WORKFLOW and (why := gates.unavailable.get("resume")):
        blocked.append(why)
    if decision_context.strict and (why := gates.unavailable.get("strict")):
        blocked.append(why)
    notes = (*permission.notes, gates.race) if gates.race else permission.notes
    return msgspec.structs.replace(permission, blocked=tuple(blocked), notes=notes)


async def review_gate(decision_context: DecisionContext, key: Key, node_id: str) -> Review:
    """Read and review a gate; `node_id` empty means the workflow's own suspension.

    Raises `GateGone`, or the `BackendError` of the read that failed.
    """
    return await review_snapshot(decision_context, await read_gate(decision_context, key, node_id))
