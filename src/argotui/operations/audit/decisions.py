"""The audit log as a screen shows it: its decisions, and whether all is as it was written."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from argotui.backend.audit.chain import (
    EMPTY,
    ChainProblem,
    Head,
    verify,
)
from argotui.backend.audit.log import AuditLog
from argotui.backend.audit.record import Recorded, done, recorded
from argotui.model.argo import Key
from argotui.model.patterns import FilterError
from argotui.model.workflow.fact import Fact
from argotui.model.workflows.filter_terms import (
    FuzzyTerm,
    NameTerm,
    NotTerm,
    Term,
    TextTerm,
    TimeTerm,
)
from argotui.model.workflows.filters import Filter, parse_filter
from argotui.model.workflows.summary import Depth, Summary

Stamp = tuple[int, int, int]
"""Inode, size and time of change of a file: equal as long as it is the same."""


class DecisionLog(NamedTuple):
    """A log as it was read: `decisions` by id, the newest first; `torn` are lines that are no
    entries, `problems` everything that is wrong with the chain."""

    decisions: Mapping[str, Recorded] = {}
    head: Head = EMPTY
    problems: tuple[ChainProblem, ...] = ()
    damaged: Mapping[str, tuple[ChainProblem, ...]] = {}
    """What is wrong with the entries of a decision, by its id."""


def stamp_of(log: AuditLog) -> Stamp | None:
    """Return a value that differs once a log changed; None if the log cannot be read."""
    try:
        found = os.stat(log.path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def read_decision_log(log: AuditLog) -> DecisionLog:
    """Read and verify a log, blocking; raises `AuditError`."""
    lines = list(log.lines())
    head, problems = verify(lines)
    entries: list[dict[str, object]] = []
    owners: dict[int, str] = {}
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            entries.append(entry)
            owners[number] = str(entry.get("decision"))
    damaged: dict[str, tuple[ChainProblem, ...]] = {}
    for problem in problems:
        if owner := owners.get(problem.line):
            damaged[owner] = (*damaged.get(owner, ()), problem)
    newest_first = {each.decision: each for each in reversed(recorded(entries))}
    return DecisionLog(newest_first, head, tuple(problems), damaged)


def parse_decision_filter(text: str) -> Filter:
    """Return the filter of a line; raises `FilterError`, also for what no decision has."""
    wanted = parse_filter(text)
    for term in wanted.terms:
        inner = term.inner if isinstance(term, NotTerm) else term
        took = isinstance(inner, TimeTerm) and inner.field == "took"
        if took or not isinstance(inner, TextTerm | FuzzyTerm | NameTerm | TimeTerm):
            hint = "type who, what or which gate, or age:<1d"
            raise FilterError(f"{inner}: a decision has no such thing; {hint}", 0)
    return wanted


def matches_decision(wanted: Filter, each: Recorded, now: datetime) -> bool:
    """Say whether a decision's row is to be seen; `now` is aware."""
    return all(_matches(term, each, now) for term in wanted.terms)


def _matches(term: Term, each: Recorded, now: datetime) -> bool:
    match term:
        case NotTerm():
            return not _matches(term.inner, each, now)
        case TextTerm(field="name"):
            return any(map(term.regex.matches, (each.workflow, each.gate)))
        case TextTerm(field="message"):
            return any(map(term.regex.matches, (each.reason, each.detail)))
        case TextTerm():
            texts = (each.actor, each.gate_name, each.what, done(each), each.reason, each.where)
            told = (each.outcome, each.detail, each.effect_words, each.decision, each.digest)
            return any(map(term.regex.matches, (*texts, *told)))
        case FuzzyTerm():
            return any(map(term.fuzzy.matches, (each.workflow, each.gate)))
        case _:
            row = Summary(
                key=Key(each.namespace, each.workflow),
                depth=Depth.FULL,
                created=each.time,
                creator=each.asked_by,
            )
            return term.of_summary(row, now)


ROLES = {
    "decided": "succeeded",
    "already decided": "waiting",
    "changed since you looked": "waiting",
}
"""The colour roles of outcomes; those of the others is failed."""


def decision_facts(each: Recorded, decision_log: DecisionLog) -> list[Fact]:
    """Return everything that the log says of a decision, and whether it is as it was written."""

    def fact(label: str, text: str, *, name: str = "", role: str = "") -> Fact:
        return Fact(label, name, text, text, role)

    role = ROLES.get(each.outcome, "failed")
    said = each.outcome if each.detail in ("", "approved", "denied") else each.detail
    facts = [
        fact("decision", each.choice),
        fact("outcome", said if each.decided else f"{each.outcome}: {each.detail}", role=role),
        fact("who", each.actor),
        fact("when", _utc(each.time)),
        *(
            [fact("", f"the outcome was known {_utc(each.ended)}", role="dim")]
            if each.ended
            else []
        ),
        fact("gate", each.gate_name),
        fact("cluster", each.where),
    ]
    if each.context and each.cluster:
        facts.append(fact("", each.cluster, role="dim"))
    facts += [fact("values", value, name=name) for name, value in each.values.items()]
    facts.append(fact("reason", each.reason or "none", role="" if each.reason else "dim"))
    if each.decided:
        known = each.effect is not None
        facts.append(fact("effect", each.effect_words, role="" if known else "dim"))
        if each.effect and not each.effect.complete:
            facts.append(fact("", "not all is known yet", role="waiting"))
    facts.append(fact("asked by", each.asked_by or "unknown", role="" if each.asked_by else "dim"))
    facts += [fact("inputs", value, name=name) for name, value in each.inputs.items()]
    facts.append(fact("verdict", each.verdict or "not written down"))
    if each.policy:
        facts.append(fact("", each.policy, name="policy"))
    if each.override:
        facts.append(fact("", "it was decided over the policy's denial", role="waiting"))
    facts += [fact("record", text, role=role) for text, role in _state(each, decision_log)]
    facts += [
        fact("", each.decision, name="decision", role="dim"),
        fact("", each.digest or "—", name="request", role="dim"),
        fact("", each.node or "—", name="node", role="dim"),
        fact("", each.uid or "—", name="uid", role="dim"),
        fact("", each.audit_id or "—", name="audit id", role="dim"),
    ]
    return facts


def _state(each: Recorded, decision_log: DecisionLog) -> list[tuple[str, str]]:
    """Return whether the entries of a decision are as they were written, in lines with roles."""
    numbers = ", ".join(map(str, each.entries))
    if found := decision_log.damaged.get(each.decision):
        return [(f"line {p.line}: {p.damage.value}: {p.detail}", "failed") for p in found]
    if decision_log.problems:
        count = len(decision_log.problems)
        elsewhere = f"elsewhere in the log: {count}; `argotui audit verify` lists them"
        return [(f"entries {numbers} are as they were written", ""), (elsewhere, "waiting")]
    return [(f"entries {numbers} of {decision_log.head.seq}, as they were written", "succeeded")]


def _utc(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "not written down"
