"""Lint suspend templates: problems of gates that show before anybody waits at them.

Each finding follows from the document. If the steps that call a gate or read its answer are in
another document, there is no finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import msgspec

from argotui.model import manifests
from argotui.model.argo import text_of
from argotui.model.durations import DurationError, parse_age, parse_argo_duration
from argotui.model.findings import LintFinding, Severity
from argotui.model.gates.calls import (
    Document,
    GateCall,
    Path,
    Placed,
    calls_of,
    inline_in,
    is_read,
    items,
    mapping,
    steps_of,
    templates_in,
)
from argotui.model.gates.form import REFUSALS

APPROVALS = frozenset({"yes", "true", "approve", "approved", "ok", "allow", "1", "y", "go"})
"""Values, in lower case, that let the workflow continue."""
_PLAIN_APPROVALS = APPROVALS - {"1", "y", "go", "ok"}
"""Those that mean it even without choices."""


class _Output(msgspec.Struct, frozen=True):
    """An output that the approver fills in, with the fields of its input of the same name."""

    name: str
    choices: tuple[str, ...]
    default: str | None
    path: Path
    described: bool = False
    exported: bool = False
    """Whether it is an output of the workflow (`globalName`)."""

    @property
    def no(self) -> str:
        """The choice that means no; empty without one."""
        return next((each for each in self.choices if each.lower() in REFUSALS), "")

    @property
    def yes(self) -> str:
        return next((each for each in self.choices if each.lower() in APPROVALS), "")


class _Gate(msgspec.Struct, frozen=True):
    """A suspend template with everything that its findings depend on."""

    placed: Placed
    duration: str
    outputs: tuple[_Output, ...]
    calls: tuple[GateCall, ...]

    @property
    def ends(self) -> str:
        """The duration after which it ends by itself; empty if Argo refuses it."""
        return "" if self.wrong_duration else self.duration

    @property
    def wrong_duration(self) -> bool:
        """Whether Argo cannot parse the duration; a computed one is not checked."""
        if not self.duration or "{{" in self.duration:
            return False
        try:
            parse_argo_duration(self.duration)
        except DurationError:
            return True
        return False

    @property
    def name(self) -> str:
        return self.placed.name

    @property
    def template(self) -> Document:
        return self.placed.template

    def finding(
        self, severity: Severity, code: str, message: str, hint: str, *path: str | int
    ) -> LintFinding:
        return LintFinding(severity, code, self.name, message, hint, (*self.placed.path, *path))


def spec_of(document: Document) -> Document:
    """Return the workflow spec in a document of one of Argo's kinds; empty for other kinds."""
    return mapping(manifests.spec_of(document))


def _suspends(placed: Placed) -> bool:
    return isinstance(placed.template.get("suspend"), Mapping)


def lint(document: Document) -> list[LintFinding]:
    """Return the findings about the gates of a Workflow, WorkflowTemplate, ClusterWorkflowTemplate
    or CronWorkflow (decoded YAML), the worst first; paths begin at the document."""
    spec = spec_of(document)
    templates = templates_in(spec)
    memoized = _memoized_by(spec, templates)
    base = manifests.SPECS.get(str(document.get("kind")), ())
    found: list[LintFinding] = []
    for placed in templates:
        if _suspends(placed):
            gate = _read(placed, templates)
            found += _lint_memoized(gate, memoized.get(id(placed.template)))
            found += _lint_duration(gate)
            found += _lint_outputs(gate)
            found += _lint_answer(gate, templates)
            found += _lint_inputs(gate)
            found += _lint_description(gate)
    rooted = [msgspec.structs.replace(each, path=(*base, *each.path)) for each in found]
    return sorted(rooted, key=lambda finding: -finding.severity)


def lint_template(document: Document, template: str) -> list[LintFinding]:
    """Return the findings about one gate, each once even if the document has its template twice."""
    found = [each for each in lint(document) if each.template == template]
    return list({(each.code, each.message): each for each in reversed(found)}.values())[::-1]


def gates_in(document: Document) -> list[str]:
    """Return the names of the suspend templates of a document."""
    return [placed.name for placed in templates_in(spec_of(document)) if _suspends(placed)]


def _read(placed: Placed, templates: list[Placed]) -> _Gate:
    template = placed.template
    inputs = {
        str(one.get("name")): one
        for one in items(mapping(template.get("inputs")).get("parameters"))
    }
    outputs = []
    for index, one in enumerate(items(mapping(template.get("outputs")).get("parameters"))):
        value_from = mapping(one.get("valueFrom"))
        if "supplied" not in value_from:
            continue
        name = str(one.get("name"))
        twin = inputs.get(name, {})
        default = value_from.get("default")
        default = twin.get("default") if default is None else default
        outputs.append(
            _Output(
                name,
                _choices(one) or _choices(twin),
                text_of(cast("str | None", default)),
                ("outputs", "parameters", index),
                described=bool(one.get("description") or twin.get("description")),
                exported=bool(one.get("globalName")),
            )
        )
    duration = mapping(template.get("suspend")).get("duration")
    return _Gate(
        placed,
        "" if duration is None else str(duration),
        tuple(outputs),
        tuple(calls_of(placed, templates)),
    )


def _choices(parameter: Document) -> tuple[str, ...]:
    choices = parameter.get("enum")
    several = choices if isinstance(choices, list) else []
    return tuple(text_of(cast("str | None", each)) or "" for each in several)


def _lint_memoized(gate: _Gate, cached: str | None) -> Iterator[LintFinding]:
    if cached is None:
        return
    own = cached == gate.name
    whose = "it is memoized" if own else f"it runs within {cached}, which is memoized"
    yield gate.finding(
        Severity.ERROR,
        "memoized-gate",
        f"{whose}: an entry in the cache, a ConfigMap, APPROVES it and nobody is asked",
        "Take `memoize` away from the gate and from everything around it; memoize the steps that"
        " do the work.",
        *(("memoize",) if gate.template.get("memoize") else ()),
    )


def _lint_duration(gate: _Gate) -> Iterator[LintFinding]:
    duration = gate.duration
    if gate.wrong_duration:
        # ParseStringToDuration fails, and the node with it, when the workflow reaches the gate.
        yield gate.finding(
            Severity.ERROR,
            "bad-duration",
            f'Argo cannot read the duration "{duration}": the node ends in Error, nobody is asked',
            f"Write {_as_argo(duration)}: units are h, m and s, a number alone is seconds.",
            "suspend",
            "duration",
        )
    elif duration and not gate.outputs:
        yield gate.finding(
            Severity.ERROR,
            "bare-duration",
            f"after {duration} it APPROVES by itself",
            "A timer never denies. If somebody is to decide, add a supplied output with a default"
            " that says no, and a `when` behind the gate that asks for the yes.",
            "suspend",
            "duration",
        )


def _as_argo(duration: str) -> str:
    """Return a valid duration close to one that Argo refuses."""
    try:
        seconds = parse_age(duration.strip().replace(" ", ""))
    except DurationError:
        return '"24h" or "90m"'
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f'"{int(seconds // size)}{unit}"'
    return f'"{seconds:g}s"'


def _lint_outputs(gate: _Gate) -> Iterator[LintFinding]:
    for index, output in enumerate(items(mapping(gate.template.get("outputs")).get("parameters"))):
        if not mapping(output.get("valueFrom")):
            yield gate.finding(
                Severity.ERROR,
                "no-value-from",
                f"output {output.get('name')} has no valueFrom",
                "Add `valueFrom: {supplied: {}}`; without it the controller fails on the node.",
                "outputs",
                "parameters",
                index,
            )
    for each in gate.outputs:
        yield from _lint_default(gate, each)


def _lint_default(gate: _Gate, output: _Output) -> Iterator[LintFinding]:
    duration, default = gate.ends, output.default
    if default is None:
        if duration:
            safe = f'Add `default: "{output.no}"`' if output.no else "Add a `default` that is safe"
            yield gate.finding(
                Severity.WARNING,
                "no-default",
                f"after {duration} it ends in Error: output {output.name} has no default",
                f"{safe} beside `supplied: {{}}`, or take the duration away.",
                *output.path,
            )
        return
    if "{{" in default:
        return
    if output.choices and default not in output.choices and not _computed(output):
        taken = f"; after {duration} it is taken all the same" if duration else ""
        yield gate.finding(
            Severity.ERROR if duration else Severity.WARNING,
            "default-no-choice",
            f"the default {default} of output {output.name} is none of its choices"
            f" ({', '.join(output.choices)}){taken}",
            "Make it one of the choices, the one that is safe.",
            *output.path,
        )
    elif duration and _approves(output):
        yield gate.finding(
            Severity.ERROR,
            "default-approves",
            f"output {output.name} is {default} when nobody answers for {duration}",
            f"Make {output.no or 'what changes nothing'} the default.",
            *output.path,
        )


def _computed(output: _Output) -> bool:
    return any("{{" in choice for choice in output.choices)


def _approves(output: _Output) -> bool:
    """Return whether an output defaults to yes, although no is a choice."""
    default = (output.default or "").lower()
    if output.choices:
        return default in APPROVALS and bool(output.no)
    return default in _PLAIN_APPROVALS


def _lint_answer(gate: _Gate, templates: list[Placed]) -> Iterator[LintFinding]:
    """Find a gate with the answer no that nothing reads."""
    answers = [each for each in gate.outputs if each.no]
    if not answers or any(each.exported for each in gate.outputs):
        return
    calls = [call for call in gate.calls if call.behind]
    for call in gate.calls:
        # A reader of the answer may pass it on; that is not followed.
        if any(is_read(call, each.name, templates) for each in answers):
            return
    if not calls:
        return
    call, answer = calls[0], answers[0]
    wanted = f"== {answer.yes}" if answer.yes else f"!= {answer.no}"
    path = f"{{{{{call.scope}.{call.name}.outputs.parameters.{answer.name}}}}}"
    yield gate.finding(
        Severity.WARNING,
        "answer-not-asked-for",
        f"nothing reads output {' or '.join(each.name for each in answers)} of {call.name}:"
        f" {answer.no} goes on as any other answer does",
        f'Add `when: "{path} {wanted}"` to {" and ".join(call.behind)}.',
        *answer.path,
    )


def _lint_inputs(gate: _Gate) -> Iterator[LintFinding]:
    """Find inputs with choices that callers give no value: the controller refuses that
    (`ProcessArgs` in workflow/common/util.go)."""
    declared = items(mapping(gate.template.get("inputs")).get("parameters"))
    for index, one in enumerate(declared):
        if not one.get("enum") or any(key in one for key in ("default", "value", "valueFrom")):
            continue
        name = str(one.get("name"))
        for call in gate.calls:
            given = items(mapping(call.call.get("arguments")).get("parameters"))
            if name not in (str(each.get("name")) for each in given):
                yield gate.finding(
                    Severity.ERROR,
                    "enum-without-default",
                    f"input {name} has no default, and {call.name} gives it no value: the node"
                    " ends in Error",
                    "Name the choice that is safe as its `default`.",
                    "inputs",
                    "parameters",
                    index,
                )
                break


def _lint_description(gate: _Gate) -> Iterator[LintFinding]:
    """Find a gate without a question; one that ends by itself and has no fields is a pause, which
    `bare-duration` reports."""
    template = gate.template
    notes = mapping(mapping(template.get("metadata")).get("annotations"))
    inputs = items(mapping(template.get("inputs")).get("parameters"))
    described = notes.get("argotui.io/description") or notes.get("description")
    told = any(each.described for each in gate.outputs) or any(map(_is_described, inputs))
    if described or told or (gate.duration and not gate.outputs and not inputs):
        return
    yield gate.finding(
        Severity.INFO,
        "no-description",
        "it does not say what is being asked",
        "Add `metadata.annotations` with `argotui.io/description`.",
    )


def _is_described(parameter: Document) -> bool:
    return bool(parameter.get("description"))


# What is memoized.


def _called(template: Document) -> Iterator[str]:
    """Yield the names of the templates that steps, tasks and hooks of a template call."""
    for call in steps_of(template):
        hooks = mapping(call.get("hooks")).values()
        for one in (call, *map(mapping, hooks)):
            if name := one.get("template"):
                yield str(name)
        if name := call.get("onExit"):
            yield str(name)


def _within(template: Document, templates: Mapping[str, Document]) -> list[Document]:
    """Return the templates that a template runs, of those in the document."""
    found: dict[int, Document] = {}
    pending = [template]
    while pending:
        one = pending.pop()
        inline = [each.template for each in inline_in(one)]
        called = [templates[n] for each in (one, *inline) for n in _called(each) if n in templates]
        for each in (*inline, *called):
            if id(each) not in found:
                found[id(each)] = each
                pending.append(each)
    return list(found.values())


def _memoized_by(spec: Document, everything: list[Placed]) -> dict[int, str]:
    """Return for each gate (by `id`) the template whose cache may have it: its own, or a caller.

    A hit in the cache makes a node succeed without running it or anything within it
    (`executeTemplate` in workflow/controller/operator.go). `templateDefaults` are every template's.
    """
    if mapping(spec.get("templateDefaults")).get("memoize"):
        return {id(one.template): one.name for one in everything}
    named = {str(one.get("name")): one for one in items(spec.get("templates"))}
    found: dict[int, str] = {}
    for name, template, _ in everything:
        if template.get("memoize"):
            found |= {id(one): name for one in _within(template, named) if id(one) not in found}
    return found | {id(one.template): one.name for one in everything if one.template.get("memoize")}
