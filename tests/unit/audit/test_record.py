"""Decisions are put together from the entries of a log, old ones and incomplete ones too."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from argotui.backend.audit.entry import effect, intent, outcome
from argotui.backend.audit.log import AuditLog
from argotui.backend.audit.record import (
    NO_OUTCOME,
    NOT_LOOKED_AT,
    Recorded,
    done,
    recorded,
)
from argotui.model.gates.decision import Choice
from argotui.model.gates.effect import Effect, Started
from argotui.model.gates.gate import open_gates
from argotui.model.gates.verdict import PolicyAnswer, Reason, Verdict
from argotui.model.redact import MASK
from argotui.operations.gates.review import workflow_of
from tests.unit.model.gate_documents import decision_on, gate_document

NOW = datetime(2026, 1, 5, 12, 0, 3, tzinfo=UTC)
OLD_INTENT = {
    "kind": "intent",
    "time": "2026-01-05T13:00:00+01:00",
    "decision": "old",
    "actor": "ann",
    "choice": "deny",
    "cluster": "https://prod:6443",
    "namespace": "argo",
    "workflow": "release",
    "uid": "u",
    "node": "release-1",
    "gate": "publish",
    "digest": "ab",
    "reason": "not\x1b[31m yet",
}
OLD_OUTCOME = {
    "kind": "outcome",
    "time": "2026-01-05T12:00:09+00:00",
    "decision": "old",
    "actor": "ann",
    "choice": "deny",
    "namespace": "argo",
    "workflow": "release",
    "node": "release-1",
    "outcome": "decided",
    "detail": "denied",
    "audit_id": "a-1",
}


def only(log: AuditLog) -> Recorded:
    (found,) = recorded(log.entries())
    return found


def test_the_three_entries_of_a_decision_are_one_row(tmp_path: Path) -> None:
    document = gate_document()
    gate = next(iter(open_gates(workflow_of(document))))
    values = {"stage": "canary", "api_token": "hunter2"}
    decision = decision_on(document, actor="bob", reason="fine, password=hunter2", values=values)
    verdict = Verdict(
        PolicyAnswer.DENY, digest="d", at=NOW, deny=(Reason("too many"),), policy="pack"
    )
    log = AuditLog(tmp_path / "log")
    log.append_now(
        intent(decision, gate, verdict, NOW, override=True, context="prod", server_time=NOW)
    )
    pending = only(log)
    assert (pending.outcome, pending.detail, pending.ended) == ("outcome unknown", NO_OUTCOME, None)
    assert pending.effect_words == ""
    log.append_now(outcome(decision, NOW, outcome="decided", detail="approved", audit_id="a-1"))
    assert only(log).effect_words == NOT_LOOKED_AT
    log.append_now(effect(decision.id, "u", Effect(Started.YET, watched=60), NOW))
    log.append_now(
        effect(
            decision.id, "u", Effect(Started.STARTED, ("deploy",), ("hold",), complete=True), NOW
        )
    )
    row = only(log)
    assert row.entries == (1, 2, 3, 4)
    assert (row.time, row.ended, row.server_time) == (NOW, NOW, NOW)
    assert (row.actor, row.where, row.cluster) == ("bob", "prod", "https://cluster")
    assert row.values == {"stage": "canary", "api_token": MASK}
    assert row.reason == f"fine, password={MASK}"
    assert row.verdict == "deny: too many"
    assert row.override
    assert row.decided
    assert (row.audit_id, row.digest) == ("a-1", decision.request.digest)
    assert row.effect_words == "started deploy; skipped hold"
    assert done(row) == "approved"
    assert log.check()[1] == []
    assert "hunter2" not in log.path.read_text()


def test_entries_of_an_older_argotui_are_read_and_cleaned() -> None:
    row = recorded([OLD_INTENT, OLD_OUTCOME])[0]
    assert row.time == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert row.gate_name == "argo/release/publish"
    assert (row.where, row.context, row.values, row.verdict) == ("prod:6443", "", {}, "")
    assert row.reason == "not yet"
    assert done(row) == Choice.DENY.done
    assert row.effect is None


def test_what_is_left_of_a_decision_is_told_as_far_as_it_goes() -> None:
    row = recorded([OLD_OUTCOME])[0]
    assert (row.actor, row.gate_name, row.outcome) == ("ann", "argo/release/release-1", "decided")
    assert row.time == row.ended
    odd: list[dict[str, object]] = [
        {"kind": "intent"},
        {"decision": "x"},
        {"kind": "note", "decision": 3},
        {"kind": "effect", "decision": "e", "effect": "exploded", "seq": "7"},
        {"kind": "intent", "decision": "t", "time": "yesterday", "values": [], "gate": {"a": 1}},
    ]
    found = recorded(odd)
    assert [each.decision for each in found] == ["e", "t"]
    assert found[0].effect is None
    assert (found[1].time, found[1].values, found[1].gate) == (None, {}, '{"a": 1}')


def test_decisions_are_in_the_order_in_which_they_were_begun() -> None:
    late = {**OLD_OUTCOME, "decision": "b"}
    entries = [OLD_INTENT, {**OLD_INTENT, "decision": "b"}, late, OLD_OUTCOME]
    assert [each.decision for each in recorded(entries)] == ["old", "b"]


def test_a_decision_that_was_not_carried_out_says_which_it_was() -> None:
    row = recorded([OLD_INTENT, {**OLD_OUTCOME, "outcome": "already decided"}])[0]
    assert done(row) == "deny: already decided"
    suspended = msgspec.structs.replace(row, node="", gate="release")
    assert suspended.gate_name == "argo/release"
