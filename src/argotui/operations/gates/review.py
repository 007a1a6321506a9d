"""Reading a gate whole: everything that whoever decides has to see, from one fresh read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from argotui.backend.audit.log import AuditLog
from argotui.backend.clock import Clock
from argotui.backend.ports import GatePort, PolicyPort, Reading
from argotui.errors import BackendError, ProtocolError
from argotui.model.argo import Key, Workflow
from argotui.model.gates.approvers import right_name
from argotui.model.gates.decision import Choice, Record, read_message
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
"""The made-up resource `gates` of this group carries the rights that Kubernetes has no verb for."""


class GateGone(BackendError):
    """There is no such open gate any more; `reading` is what was read in its place."""

    def __init__(
        self, title: str, detail: str = "", hint: str = "", *, reading: Reading | None = None
    ) -> None:
        super().__init__(title, detail, hint)
        self.reading = reading


@dataclass(frozen=True)
class DecisionContext:
    """What reviewing and deciding need."""

    gates: GatePort
    policy: PolicyPort
    audit: AuditLog
    clock: Clock
    rules: Rules = field(default_factory=Rules)
    strict: bool = False
    """Hold a decision to the resource version too: refused if anything at all changed."""


@dataclass(frozen=True)
class GateSnapshot:
    """One gate as read at one moment, by one person."""

    request: Request
    gate: Gate
    workflow: Workflow
    """For people: every text in it is cleaned."""
    raw: Workflow
    """To the letter, for whatever leaves again: what is written, compared, or put to a policy."""
    reading: Reading
    person: Person


@dataclass(frozen=True)
class Review(GateSnapshot):
    """What a person sees of a gate, and may do at it."""

    verdict: Verdict
    approve: Permission
    deny: Permission
    read_at: datetime

    def permission(self, choice: Choice) -> Permission:
        return self.approve if choice is Choice.APPROVE else self.deny


class FoundGate(NamedTuple):
    """An open gate in a reading: its workflow for people, the same to the letter, and the gate."""

    workflow: Workflow
    raw: Workflow
    gate: Gate


def workflow_of(document: Mapping[str, Any]) -> Workflow:
    """Return a raw Workflow document as the sanitised model; raises `ProtocolError`."""
    return _as_workflow(clean_tree(document))


def _as_workflow(document: object) -> Workflow:
    try:
        return msgspec.convert(document, Workflow, strict=False)
    except msgspec.ValidationError as error:
        raise ProtocolError("The workflow is not as Argo writes them", str(error)) from error


def became_of(document: Mapping[str, Any], node_id: str) -> tuple[bool, str, Record | None]:
    """Return whether a gate is open, what became of it in words, and the decision it tells of.

    `document` is to the letter, the words are cleaned.
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
    record = read_message(message)
    if record:
        return phase == "Running", str(record), record
    said = f": {message}" if message else ""
    return phase == "Running", f"it is {clean_line(phase) or 'gone'}{said}", None


def gate_in(reading: Reading, key: Key, node_id: str) -> FoundGate:
    """Return the open gate in a reading; raises `GateGone`."""
    workflow, raw = workflow_of(reading.document), _as_workflow(reading.document)
    if reading.offloaded:
        raise GateGone(
            f"The nodes of {key} are not in the cluster",
            "Its status is offloaded to the controller's database.",
            "Decide through the Argo server, which reads that database.",
            reading=reading,
        )
    if not node_id:
        for gate in open_gates(workflow):
            if gate.kind is GateKind.WORKFLOW:
                return FoundGate(workflow, raw, gate)
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
    return FoundGate(workflow, raw, gate_of_node(raw, raw.nodes[node_id]))


async def person_at(decision_context: DecisionContext, key: Key, found: FoundGate) -> Person:
    """Return who one is to the API server, with the rights that matter at a gate."""
    node = found.raw.nodes.get(found.gate.node_id)
    template = right_name(node) if node else ""
    identity = await decision_context.gates.whoami()
    patch = await decision_context.gates.can(
        "patch", "workflows", namespace=key.namespace, name=key.name
    )
    override = await decision_context.gates.can(
        "override", "gates", group=GATES_GROUP, namespace=key.namespace, name=template
    )
    refusal = ""
    if not patch.allowed:
        refusal = f"{identity.user or 'you'} may not patch workflows in {key.namespace}"
        refusal += f": {patch.reason}" if patch.reason else ""
    return Person(
        user=identity.user,
        groups=tuple(identity.groups),
        may_patch=patch.allowed,
        refusal=refusal,
        may_override=override.allowed,
    )


def asked_of(
    decision_context: DecisionContext, at: GateSnapshot, values: Mapping[str, str] | None = None
) -> dict[str, object]:
    """Return what the policy is asked about approving a gate as it was just read."""
    return question(
        at.request,
        at.gate,
        at.raw,
        at.reading.document,
        at.person,
        at.reading.date or decision_context.clock.now(),
        values=values,
    )


async def evaluate(
    decision_context: DecisionContext, at: GateSnapshot, values: Mapping[str, str] | None = None
) -> Verdict:
    """Return the policy's verdict on approving a gate as it was just read."""
    return await decision_context.policy.verdict(
        asked_of(decision_context, at, values), at.request.digest
    )


def permission_of(
    decision_context: DecisionContext,
    choice: Choice,
    found: FoundGate,
    reading: Reading,
    verdict: Verdict,
    person: Person,
) -> Permission:
    """Return what a person may do at a gate that was just read, and what that does."""
    ahead = outlook(
        choice, found.gate, found.workflow, reading.date or decision_context.clock.now()
    )
    return permission_for(choice, found.gate, verdict, person, decision_context.rules, ahead)


async def review(decision_context: DecisionContext, key: Key, node_id: str) -> Review:
    """Return a gate as it is now; `node_id` empty means the workflow's own suspension.

    Raises `GateGone`, or the `BackendError` of the read that failed.
    """
    reading = await decision_context.gates.read_gate(key.namespace, key.name)
    found = gate_in(reading, key, node_id)
    workflow, raw, gate = found
    request = request_for(decision_context.gates.server, reading.document, node_id)
    person = await person_at(decision_context, key, found)
    verdict = await evaluate(
        decision_context, GateSnapshot(request, gate, workflow, raw, reading, person)
    )
    approve, deny = (
        permission_of(decision_context, each, found, reading, verdict, person) for each in Choice
    )
    return Review(
        request=request,
        gate=gate,
        workflow=workflow,
        raw=raw,
        reading=reading,
        person=person,
        verdict=verdict,
        approve=approve,
        deny=deny,
        read_at=decision_context.clock.now(),
    )
