"""The decisions in an audit log: the entries of each decision, joined by its id."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from argotui.model.gates.decision import Choice, Outcome, with_values
from argotui.model.gates.effect import Effect, Started
from argotui.model.redact import redact_text
from argotui.model.sanitise import clean_line
from argotui.model.spelling import shown_value, spelled

NO_OUTCOME = "no outcome was written down: it is under way, or the program ended meanwhile"

NOT_LOOKED_AT = "not looked at"


class Recorded(msgspec.Struct, frozen=True):
    """One decision in the log, sanitised, without secrets, with values in words.

    A field that an older argotui did not write is empty. `ended` is None if the log has no
    outcome; `outcome` is then that it is unknown.
    """

    decision: str
    entries: tuple[int, ...]
    """The numbers of its entries in the log."""
    time: datetime | None
    actor: str
    choice: str
    cluster: str
    """The API server's address."""
    context: str
    """The kubeconfig context, on the machine of the decision."""
    namespace: str
    workflow: str
    uid: str
    node: str
    gate: str
    digest: str
    asked_by: str
    inputs: dict[str, str]
    values: dict[str, str]
    reason: str
    override: bool
    verdict: str
    """The policy's answer in words."""
    policy: str
    ended: datetime | None
    outcome: str
    detail: str
    audit_id: str
    server_time: datetime | None = None
    """The server's time just before the decision."""
    effect: Effect | None = None

    @property
    def gate_name(self) -> str:
        """The full name of the gate: `NAMESPACE/WORKFLOW/GATE`."""
        named = [self.namespace, self.workflow, (self.gate or self.node) if self.node else ""]
        return "/".join(part for part in named if part)

    @property
    def where(self) -> str:
        """The cluster in a word: its context, else its address without the scheme."""
        return self.context or self.cluster.partition("://")[2] or self.cluster

    @property
    def what(self) -> str:
        """The choice and the values: `approve with stage=canary`."""
        return self.choice + with_values(self.values)

    @property
    def decided(self) -> bool:
        return self.outcome == Outcome.DECIDED.value

    @property
    def effect_when_gone(self) -> Effect:
        """The effect if the workflow is deleted: what was seen before."""
        seen = self.effect if self.effect and self.effect.started else Effect(Started.GONE)
        return msgspec.structs.replace(seen, complete=True, watched=0, at=None)

    @property
    def effect_words(self) -> str:
        """The effect behind the gate; empty for a decision that was not carried out."""
        if self.effect:
            return self.effect.words
        return NOT_LOOKED_AT if self.decided else ""


def recorded(entries: Iterable[Mapping[str, object]]) -> list[Recorded]:
    """Return the decisions in entries, in the order of their start.

    Entries that belong to no decision are left out.
    """
    joined: dict[str, dict[str, Mapping[str, object]]] = {}
    numbers: dict[str, list[int]] = {}
    for entry in entries:
        decision, kind = entry.get("decision"), entry.get("kind")
        if not isinstance(decision, str) or not isinstance(kind, str):
            continue
        # Of several effects the last one counts: each was looked at later than the one before.
        joined.setdefault(decision, {})[kind] = entry
        seq = entry.get("seq")
        numbers.setdefault(decision, []).append(seq if isinstance(seq, int) else 0)
    return [
        _joined(decision, tuple(numbers[decision]), parts) for decision, parts in joined.items()
    ]


def _joined(
    decision: str, entries: tuple[int, ...], parts: Mapping[str, Mapping[str, object]]
) -> Recorded:
    intent, outcome = parts.get("intent", {}), parts.get("outcome", {})
    either = {**outcome, **intent}
    verdict = _mapping(intent.get("verdict"))
    return Recorded(
        decision=_text(decision),
        entries=entries,
        time=_time(intent.get("time") or outcome.get("time")),
        actor=_text(either.get("actor")),
        choice=_text(either.get("choice")),
        cluster=_text(intent.get("cluster")),
        context=_text(intent.get("context")),
        namespace=_text(either.get("namespace")),
        workflow=_text(either.get("workflow")),
        uid=_text(either.get("uid")),
        node=_text(either.get("node")),
        gate=_text(intent.get("gate")),
        digest=_text(either.get("digest")),
        asked_by=_text(intent.get("asked_by")),
        inputs=_values(intent.get("inputs")),
        values=_values(intent.get("values")),
        reason=redact_text(_text(intent.get("reason"))),
        override=intent.get("override") is True,
        verdict=_verdict(verdict),
        policy=_text(verdict.get("policy")),
        ended=_time(outcome.get("time")),
        outcome=_text(outcome.get("outcome")) or Outcome.UNKNOWN.value,
        detail=redact_text(_text(outcome.get("detail"))) if outcome else NO_OUTCOME,
        audit_id=_text(outcome.get("audit_id")),
        server_time=_time(intent.get("server_time")),
        effect=_effect(parts.get("effect")),
    )


def _effect(entry: Mapping[str, object] | None) -> Effect | None:
    if entry is None:
        return None
    try:
        ran = Started(entry.get("effect"))
    except ValueError:
        return None
    watched = entry.get("watched")
    return Effect(
        ran=ran,
        started=_names(entry.get("started")),
        skipped=_names(entry.get("skipped")),
        phase=_text(entry.get("phase")),
        complete=entry.get("complete") is True,
        watched=watched if isinstance(watched, int) else 0,
        at=_time(entry.get("time")),
    )


def _names(value: object) -> tuple[str, ...]:
    return tuple(map(_text, value)) if isinstance(value, list) else ()


def _verdict(verdict: Mapping[str, object]) -> str:
    """Return a verdict in words: the answer, with the reason unless it is a plain ALLOW."""
    answer = _text(verdict.get("answer"))
    why, deny = _text(verdict.get("why")), verdict.get("deny")
    said = "; ".join(map(_text, deny)) if isinstance(deny, list) and deny else why
    return redact_text(f"{answer}: {said}" if said else answer)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _values(value: object) -> dict[str, str]:
    # Secrets were removed before the write; the rules for secrets may have improved since.
    return {
        spelled(str(k)): shown_value(str(k), v if isinstance(v, str) else json.dumps(v))
        for k, v in _mapping(value).items()
    }


def _text(value: object) -> str:
    if value is None:
        return ""
    return clean_line(value if isinstance(value, str) else json.dumps(value))


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def done(recorded: Recorded) -> str:
    """Return a decision as it came out, in a word or two: `approved`, `approve: not permitted`."""
    if recorded.decided and recorded.choice in (each.value for each in Choice):
        return Choice(recorded.choice).done
    return f"{recorded.choice}: {recorded.outcome}"
