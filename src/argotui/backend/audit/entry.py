"""What one line of the audit log says."""

from __future__ import annotations

from datetime import datetime

from argotui.model.gates.decision import Decision
from argotui.model.gates.effect import Effect
from argotui.model.gates.gate import Gate
from argotui.model.gates.verdict import Verdict
from argotui.model.redact import redact_text, redact_value


def intent(
    decision: Decision,
    gate: Gate,
    verdict: Verdict,
    now: datetime,
    *,
    override: bool,
    context: str = "",
    server_time: datetime | None = None,
) -> dict[str, object]:
    """Return the entry written before a decision is sent: who, what, which digest, why, and the
    inputs as they were shown, secrets covered.

    `context` is the kubeconfig's name of the cluster, `server_time` the cluster's clock when the
    gate was read.
    """
    request = decision.request
    return {
        "kind": "intent",
        "time": now.isoformat(),
        "decision": decision.id,
        "actor": decision.actor,
        "choice": decision.choice.value,
        "cluster": request.cluster,
        "context": context,
        "server_time": server_time.isoformat() if server_time else None,
        "namespace": request.key.namespace,
        "workflow": request.key.name,
        "uid": request.uid,
        "node": request.node_id,
        "gate": gate.name,
        "digest": request.digest,
        "asked_by": gate.asked_by,
        "inputs": {p.name: redact_value(p.name, p.text or "") for p in gate.inputs},
        "values": {name: redact_value(name, value) for name, value in decision.values.items()},
        "reason": redact_text(decision.reason),
        "override": override,
        "verdict": {
            "answer": verdict.answer.value,
            "why": verdict.why.value,
            "policy": verdict.policy,
            "revision": verdict.revision,
            "decision_id": verdict.decision_id,
            "deny": [reason.msg for reason in verdict.deny],
            "warn": [reason.msg for reason in verdict.warn],
            "confidence": verdict.confidence,
        },
    }


def outcome(
    decision: Decision, now: datetime, *, outcome: str, detail: str, audit_id: str = ""
) -> dict[str, object]:
    """Return the entry written once it is known how a decision came out, or known not to be."""
    request = decision.request
    return {
        "kind": "outcome",
        "time": now.isoformat(),
        "decision": decision.id,
        "actor": decision.actor,
        "choice": decision.choice.value,
        "namespace": request.key.namespace,
        "workflow": request.key.name,
        "uid": request.uid,
        "node": request.node_id,
        "digest": request.digest,
        "outcome": outcome,
        "detail": detail,
        "audit_id": audit_id,
    }


def effect(decision: str, uid: str, found: Effect, now: datetime) -> dict[str, object]:
    """Return the entry written once it was looked at what ran behind a decided gate."""
    return {
        "kind": "effect",
        "time": now.isoformat(),
        "decision": decision,
        "uid": uid,
        "effect": found.ran.value,
        "started": list(found.started),
        "skipped": list(found.skipped),
        "phase": found.phase,
        "complete": found.complete,
        "watched": found.watched,
    }
