"""What the page of a template says: parameters, entrypoints, findings and recent runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from argotui.model.durations import format_age, format_took
from argotui.model.fields import FieldTypes
from argotui.model.findings import LintFinding, Severity
from argotui.model.gates.lint import lint
from argotui.model.manifest_lint import lint_manifest
from argotui.model.phases import look_of_workflow
from argotui.model.sanitise import clean_line
from argotui.model.submission.glance import TemplateGlance
from argotui.model.submission.parameters import ParameterField
from argotui.model.workflow.fact import Fact, fact_of
from argotui.model.workflows.runs import TemplateRuns, seconds_left

_ROLES = {Severity.ERROR: "failed", Severity.WARNING: "waiting", Severity.INFO: "dim"}


def template_facts(
    glance: TemplateGlance, runs: TemplateRuns, findings: list[LintFinding], now: datetime
) -> list[Fact]:
    """Return the facts about a template, in the order in which they are shown."""
    return [
        *_about(glance, now),
        *_parameters(glance),
        *_findings(findings),
        *_runs(runs, now),
        *_templates(glance),
        *_labels(glance),
    ]


def template_findings(document: Mapping[str, Any], types: FieldTypes) -> list[LintFinding]:
    """Return what lint says of a template, the worst first."""
    found = [*lint_manifest(document, types), *lint(document)]
    return sorted(found, key=lambda each: -each.severity)


def parameter_words(field: ParameterField, *, need: bool = True) -> str:
    """Return what a parameter may be, in a few words: its choices, its source, its type; with
    `need` also whether it needs a value."""
    words = []
    if field.choices:
        words.append(f"{'any of' if field.several else 'one of'} {', '.join(field.choices)}")
    if field.value_from:
        words.append(f"from {field.value_from}")
    if need and field.required:
        words.append("needs a value")
    kinds = field.schema.kinds if field.schema is not None and not field.choices else ()
    if kinds not in ((), ("string",)):
        words.append(" or ".join(kinds))
    return " · ".join(map(clean_line, words))


def _about(glance: TemplateGlance, now: datetime) -> Iterator[Fact]:
    if glance.description:
        yield fact_of("about", clean_line(glance.description))
    yield fact_of("entrypoint", clean_line(glance.entrypoint) or "none")
    if glance.created is not None:
        age = format_age((now - glance.created).total_seconds())
        yield fact_of("created", f"{glance.created:%Y-%m-%d %H:%M:%S} UTC, {age} ago")


def _parameters(glance: TemplateGlance) -> Iterator[Fact]:
    for field in glance.fields:
        name = clean_line(field.name)
        text = "" if field.default is None else clean_line(field.default)
        words = parameter_words(field)
        if field.description:
            words = f"{words} · {clean_line(field.description)}".removeprefix(" · ")
        role = "waiting" if field.required else ""
        shown = f"{text}   {words}".strip() if words else text
        yield fact_of("parameter", shown, name=name, role=role, called=name)
        if field.note:
            yield fact_of("", clean_line(field.note), role="waiting")


def _findings(findings: list[LintFinding]) -> Iterator[Fact]:
    for each in findings:
        where = f"{each.template}: " if each.template else ""
        said = clean_line(f"{where}{each.message} [{each.code}]. {each.hint}")
        yield fact_of("lint", said, role=_ROLES[each.severity])


def _runs(runs: TemplateRuns, now: datetime) -> Iterator[Fact]:
    rate, usual = runs.success_rate, runs.usual_seconds
    if rate is not None:
        yield fact_of("success", f"{rate:.0%} of the last {len(runs.ended)} that ended")
    if usual is not None:
        yield fact_of("usual", f"{format_took(usual)}, the median of those that succeeded")
    for run in runs.runs:
        look = look_of_workflow(run)
        age = format_age((now - run.created).total_seconds()) if run.created else ""
        took = ""
        if (left := seconds_left(run, usual, now)) is not None:
            took = f" · about {format_took(left)} left" if left else " · over its usual time"
        if run.started is not None and run.finished is not None:
            took = f" · took {format_took((run.finished - run.started).total_seconds())}"
        text = f"{look.glyph} {look.word} · {age} ago{took}"
        yield Fact("run", run.key.name, text, text, look.role, workflow=run.key)


def _templates(glance: TemplateGlance) -> Iterator[Fact]:
    for name, what in glance.templates:
        yield fact_of("template", what, name=clean_line(name), role="dim")


def _labels(glance: TemplateGlance) -> Iterator[Fact]:
    for name, value in glance.labels.items():
        yield fact_of("label", clean_line(value), name=clean_line(name), role="dim")
