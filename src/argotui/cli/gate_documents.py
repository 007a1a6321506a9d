"""A gate and a decision as JSON; the field names are stable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from argotui.cli.documents import API
from argotui.model.argo import Key
from argotui.model.gates.decision import Choice
from argotui.model.gates.effect import Effect
from argotui.model.gates.form import prefilled
from argotui.model.gates.inbox import OpenGate
from argotui.model.gates.permission import Permission
from argotui.model.gates.verdict import Verdict
from argotui.model.redact import redact_text, redact_value
from argotui.operations.admission.enforcement import Enforcement, EnforcementState
from argotui.operations.gates.decide import Result
from argotui.operations.gates.review import Review


def gates_document(
    items: Sequence[OpenGate],
    reviews: Sequence[tuple[Review | None, str]],
    enforcement: Sequence[Enforcement | None],
    looked_in: Sequence[str] | None = None,
    *,
    read_only: bool = False,
) -> dict[str, Any]:
    """Return all open gates; `looked_in` names the searched namespaces if a cluster-wide list was
    not allowed.

    With read-only settings no gate may be decided.
    """
    return {
        "apiVersion": API,
        "kind": "GateList",
        "lookedIn": None if looked_in is None else list(looked_in),
        "gates": [
            gate_document(item, *found, how, read_only=read_only)
            for item, found, how in zip(items, reviews, enforcement, strict=True)
        ],
    }


def gate_document(
    item: OpenGate,
    seen: Review | None,
    problem: str,
    enforcement: Enforcement | None,
    *,
    read_only: bool = False,
) -> dict[str, Any]:
    """Return one gate. Digest, verdict and rights are null if it could not be reviewed, and the
    enforcement if that was not asked."""
    gate, expiry = seen.gate if seen else item.gate, item.expiry
    return {
        "namespace": gate.key.namespace,
        "workflow": gate.key.name,
        "uid": gate.uid,
        "gate": gate.name,
        "kind": gate.kind.value,
        "node": gate.node_id,
        "template": gate.template,
        "since": gate.since,
        "askedBy": gate.asked_by or None,
        "description": gate.description,
        "putIn": dict(gate.put_in),
        "unresolved": list(gate.unresolved),
        "expires": {
            "at": expiry.at,
            "then": expiry.outcome.value,
            "defaults": dict(expiry.defaults),
        },
        "inputs": {p.name: redact_value(p.name, p.text or "") for p in gate.inputs},
        "fillIn": [
            {
                "name": supplied.name,
                "default": supplied.default,
                "enum": list(supplied.enum),
                "description": supplied.description,
                "given": supplied.given,
                "begins": prefilled(supplied),
            }
            for supplied in gate.supplied
        ],
        "digest": seen.request.digest if seen else None,
        "verdict": verdict_document(seen.verdict) if seen else None,
        "approve": permission_document(seen.approve, read_only=read_only) if seen else None,
        "deny": permission_document(seen.deny, read_only=read_only) if seen else None,
        "problem": problem or None,
        "enforcement": enforcement_document(enforcement, seen) if enforcement else None,
    }


def verdict_document(verdict: Verdict) -> dict[str, Any]:
    return {
        "answer": verdict.answer.value,
        "why": verdict.why.value or None,
        "detail": verdict.detail or None,
        "deny": [{"code": reason.code, "msg": reason.msg} for reason in verdict.deny],
        "warn": [{"code": reason.code, "msg": reason.msg} for reason in verdict.warn],
        "confidence": verdict.confidence,
        "threshold": verdict.threshold,
        "policy": verdict.policy or None,
        "revision": verdict.revision or None,
    }


def permission_document(permission: Permission, *, read_only: bool = False) -> dict[str, Any]:
    return {
        "allowed": permission.allowed and not read_only,
        "blocked": [*(["read-only"] if read_only else []), *permission.blocked],
        "reasonNeeded": list(permission.reason_for),
        "notes": list(permission.notes),
        "effect": permission.effect,
    }


def enforcement_document(enforcement: Enforcement, seen: Review | None) -> dict[str, Any]:
    """Return the enforcement of a gate. `approvers` is null if they are unknown: the cluster does
    not enforce the gate, does not name them, or the gate was not read. `named` is null if names do
    not decide whether the user is one of them."""
    person = seen.person if seen else None
    named = (
        enforcement.state is EnforcementState.ENFORCED
        and enforcement.source is not None
        and enforcement.who
    )
    return {
        "state": enforcement.state.value,
        "source": enforcement.source.value if enforcement.source else None,
        "approvers": list(enforcement.approvers) if named else None,
        "named": enforcement.names(person.user, person.groups) if person else None,
        "who": enforcement.who or None,
        "detail": enforcement.detail,
    }


def result_document(
    key: Key,
    gate: str,
    node: str,
    digest: str,
    choice: Choice,
    result: Result,
    enforcement: Enforcement | None,
    seen: Review | None,
    effect: Effect | None = None,
) -> dict[str, Any]:
    """Return the outcome of a decision; `digest` is null if the gate was closed, `effect` without
    `--wait`."""
    return {
        "apiVersion": API,
        "kind": "Decision",
        "namespace": key.namespace,
        "workflow": key.name,
        "gate": gate,
        "node": node,
        "digest": digest or None,
        "choice": choice.value,
        "outcome": result.outcome.value,
        "detail": redact_text(result.detail),
        "decision": result.decision.id if result.decision else None,
        "auditId": result.audit_id or None,
        "changes": [
            {"path": path, "seen": redact_text(old), "now": redact_text(new)}
            for path, old, new in result.changes
        ],
        "enforcement": enforcement_document(enforcement, seen) if enforcement else None,
        "effect": effect_document(effect) if effect else None,
    }


def effect_document(effect: Effect) -> dict[str, Any]:
    """Return the effect of a decision."""
    return {
        "ran": effect.ran.value,
        "started": list(effect.started),
        "skipped": list(effect.skipped),
        "phase": effect.phase or None,
        "complete": effect.complete,
        "watched": effect.watched,
    }
