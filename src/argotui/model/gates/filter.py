"""The filter line of the inbox: the grammar of `argotui.model.workflows.filters`, read for gates.

Plain terms match the gate, the workflow, the requester and the words of the verdict; `age:`
matches the waiting time of the gate, `template:` its template or the workflow's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from argotui.model.gates.gate import Gate
from argotui.model.patterns import FilterError
from argotui.model.workflows.filter_terms import (
    ExactPhaseTerm,
    FuzzyTerm,
    LabelTerm,
    NotTerm,
    PhaseTerm,
    Term,
    TextTerm,
    TimeTerm,
)
from argotui.model.workflows.filters import Filter, parse_filter
from argotui.model.workflows.summary import Depth, Summary


class GateLine(NamedTuple):
    """The data of a gate that filters match: `verdict` in the words of its row, `labels` of the
    workflow."""

    gate: Gate
    verdict: str = ""
    labels: Mapping[str, str] = {}


def parse_gate_filter(text: str) -> Filter:
    """Return the filter of a line; raises `FilterError`, also for terms that gates do not have."""
    wanted = parse_filter(text)
    for term in wanted.terms:
        inner = term.inner if isinstance(term, NotTerm) else term
        if isinstance(inner, PhaseTerm | ExactPhaseTerm) or (
            isinstance(inner, TimeTerm) and inner.field == "took"
        ):
            raise FilterError(f"{inner}: a gate waits, and age: says for how long", 0)
    return wanted


def matches_gate(wanted: Filter, line: GateLine, now: datetime) -> bool:
    """Return whether a gate matches; `now` is aware."""
    return all(_matches(term, line, now) for term in wanted.terms)


def _matches(term: Term, line: GateLine, now: datetime) -> bool:
    gate = line.gate
    match term:
        case NotTerm():
            return not _matches(term.inner, line, now)
        case TextTerm(field="name"):
            return term.regex.matches(gate.key.name) or term.regex.matches(gate.name)
        case TextTerm(field="message"):
            return term.regex.matches(gate.message) or term.regex.matches(gate.description)
        case TextTerm():
            texts = (gate.name, str(gate.key), gate.asked_by, line.verdict, gate.template)
            return any(map(term.regex.matches, texts))
        case FuzzyTerm():
            return term.fuzzy.matches(gate.name) or term.fuzzy.matches(gate.key.name)
        case LabelTerm():
            return term.selector.matches(dict(line.labels))
        case _:
            return any(
                term.of_summary(
                    Summary(
                        key=gate.key,
                        depth=Depth.FULL,
                        created=gate.since,
                        creator=gate.asked_by,
                        template=template,
                    ),
                    now,
                )
                for template in {gate.template, gate.workflow_template}
            )
