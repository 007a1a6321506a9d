"""The facts of the screen of a gate, the most important for a decision first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from argotui.model.argo import Node, Workflow
from argotui.model.durations import format_age, format_took
from argotui.model.findings import LintFinding, Severity
from argotui.model.gates.decision import Choice, Outcome, read_message
from argotui.model.gates.difference import Difference
from argotui.model.gates.expiry import ExpiryOutcome as Ends
from argotui.model.gates.expiry import expiry_of
from argotui.model.gates.form import cleaned, to_show
from argotui.model.gates.gate import Gate, GateKind
from argotui.model.gates.inbox import OpenGate
from argotui.model.gates.lint import lint_template
from argotui.model.gates.permission import Rules, denial_level
from argotui.model.gates.place import (
    ancestors,
    carried,
    next_steps,
    nodes_before,
)
from argotui.model.gates.verdict import (
    Level,
    NoVerdict,
    PolicyAnswer,
    Verdict,
)
from argotui.model.gates.workflow_state import WorkflowState, state_words, states_of
from argotui.model.phases import look_of_node
from argotui.model.redact import redact_text, redact_value
from argotui.model.sanitise import clean_line, clean_tree
from argotui.model.workflow.fact import Fact, took
from argotui.model.workflow.facts import parameter_fact
from argotui.model.workflow.references import noted
from argotui.operations.admission.enforcement import Enforcement
from argotui.operations.gates.cell_texts import expiry_text, is_own
from argotui.operations.gates.decide import Result
from argotui.operations.gates.gate_watch import GateWatch
from argotui.operations.gates.precedents import Precedent
from argotui.operations.gates.review import Review
from argotui.widgets.gates.enforcement_texts import enforcement_texts
from argotui.widgets.gates.facts import QUESTION

_MOST_EVIDENCE = 24
"""Lines of evidence; the screen of the workflow has the rest."""

LEVELS = {
    Level.ADVISORY: "advisory: said, nothing more",
    Level.SOFT: "soft: a person with the right to override may, with a reason",
    Level.HARD: "hard: nobody can approve it here",
}
NEXT = {
    Outcome.DECIDED: "Written once and read back; the workflow acts on it.",
    Outcome.ALREADY_DECIDED: "Nothing of yours was written. The workflow shows what happens now.",
    Outcome.CHANGED: "Nothing was sent. Read the gate as it is now, then decide again.",
    Outcome.NOT_PERMITTED: "Nothing was written. Somebody with the right can decide it.",
    Outcome.UNKNOWN: "It may have been written: look again before deciding anything.",
}
"""What to do after each outcome."""
ROLES = {
    Outcome.DECIDED: "succeeded",
    Outcome.ALREADY_DECIDED: "waiting",
    Outcome.CHANGED: "waiting",
    Outcome.NOT_PERMITTED: "failed",
    Outcome.UNKNOWN: "failed",
}


@dataclass(frozen=True)
class GateView:
    """The state of a gate from which its screen is drawn."""

    review: Review
    now: datetime
    rules: Rules
    refused: Mapping[Choice, str] = field(default_factory=dict)
    precedents: Sequence[Precedent] | None = None
    precedents_problem: str = ""
    changes: Sequence[Difference] = ()
    result: Result | None = None
    closed: str = ""
    enforcement: Enforcement | None = None
    node: Node | None = None
    """The present node of a closed gate."""
    read_only: bool = False


def view_of(watch: GateWatch, review: Review, result: Result | None, now: datetime) -> GateView:
    """Return the state of a watched gate; `result` is that of the last decision."""
    workflow = watch.workflow if watch.closed else None
    return GateView(
        review,
        now,
        watch.service.decision_context.rules,
        watch.refused,
        watch.precedents,
        watch.precedents_problem,
        watch.changes,
        result,
        watch.closed,
        watch.enforcement,
        workflow.nodes.get(watch.node_id) if workflow else None,
        watch.service.session.read_only,
    )


def _plain(label: str, text: str, *, name: str = "", role: str = "", node: str = "") -> Fact:
    shown = redact_text(text)
    return Fact(label, name, shown, shown, role, node)


def gate_facts(view: GateView) -> list[Fact]:
    """Return the facts of a gate."""
    return [
        *_result(view),
        *([] if view.result and view.result.changes else _changes("changed", view.changes)),
        *_question(view),
        *_inputs(view),
        *_verdict(view),
        *_you(view),
        *_evidence(view),
        *_before(view),
        *_place(view),
        *_lint(view.review),
        *_request(view),
    ]


def _result(view: GateView) -> Iterator[Fact]:
    result = view.result
    if result is None:
        return
    role = ROLES[result.outcome]
    yield _plain("outcome", f"{result.outcome.value}: {result.detail}", role=role)
    yield _plain("", NEXT[result.outcome], role="dim")
    yield from _changes("differs", result.changes)
    if result.audit_id:
        yield _plain("", f"the API server's audit id: {result.audit_id}", role="dim")


def _changes(label: str, changes: Sequence[Difference]) -> Iterator[Fact]:
    for path, old, new in changes:
        yield _plain(label, f"{path}: {old} → {new}", role="waiting")


def _question(view: GateView) -> Iterator[Fact]:
    review, now = view.review, view.now
    gate, workflow = review.gate, review.workflow
    yield from _closed(view)
    if gate.description:
        yield question_fact(gate.description)
    if gate.kind is GateKind.WORKFLOW:
        effect = review.approve.effect
        yield _plain("asks", f"The workflow is suspended as a whole: {effect}.")
    elif not gate.description:
        yield _plain("asks", "it does not say what is being asked", role="dim")
    for reference, value in gate.put_in:
        yield _plain("put in", f"{{{{{reference}}}}} = {value}", role="dim")
    for reference in gate.unresolved:
        yield _plain("put in", f"{{{{{reference}}}}} is not resolved", role="waiting")
    states = states_of(workflow, now)
    if gate.kind is GateKind.WORKFLOW:
        states = tuple(each for each in states if each is not WorkflowState.SUSPENDED)
    if state := state_words(states):
        yield _plain("state", f"the workflow is {state}", role="waiting")
    words = [gate.asked_by or "unknown"]
    if is_own(review):
        words.append("that is you")
    if workflow.metadata.creation_timestamp:
        age = (now - workflow.metadata.creation_timestamp).total_seconds()
        words.append(f"{format_age(age)} ago")
    if gate.since:
        words.append(f"waits {format_age((now - gate.since).total_seconds())}")
    yield _plain("asked by", " · ".join(words), role="" if gate.asked_by else "waiting")
    node = workflow.nodes.get(gate.node_id)
    if node is not None and not view.closed:
        item = OpenGate(gate, expiry_of(workflow, node))
        ends = item.expiry.outcome
        roles = {Ends.APPROVES: "waiting", Ends.ERRORS: "failed", Ends.FAILS: "failed"}
        yield _plain("expires", expiry_text(item, now), role=roles.get(ends, ""))
        if item.risky:
            yield _plain("", "nobody has to answer for it to be approved", role="waiting")
    if gate.message:
        yield _plain("message", clean_line(gate.message))


def _closed(view: GateView) -> Iterator[Fact]:
    """Yield how a gate closed: the decision with its actor, values, time and reason."""
    if not view.closed:
        return
    node = view.node
    record = read_message(node.message) if node else None
    if node is None or record is None:
        yield _plain("closed", view.closed, role="waiting")
        return
    when = (
        ""
        if node.finished_at is None
        else format_age((view.now - node.finished_at).total_seconds())
    )
    said = f"{record.choice.done} by {record.actor}" + (f" · {when} ago" if when else "")
    approved = record.choice is Choice.APPROVE
    yield _plain("closed", said, role="succeeded" if approved else "failed")
    yield _plain("reason", record.reason or "none was given", role="" if record.reason else "dim")
    for parameter in (node.outputs.parameters if node.outputs and approved else None) or ():
        if parameter.text is not None:
            yield parameter_fact("values", cleaned(parameter))


def question_fact(description: str) -> Fact:
    """Return the question, with its own line breaks."""
    lines = [" ".join(line.split()) for line in description.strip().split("\n")]
    enforcement = [
        line for line, before in zip(lines, ["", *lines], strict=False) if line or before
    ]
    return _plain(QUESTION, '"' + "\n".join(enforcement) + '"')


def glance_facts(gate: Gate, workflow: Workflow | None) -> list[Fact]:
    """Return the question and inputs of a gate; without arguments if `workflow` is None."""
    if gate.description:
        facts = [question_fact(gate.description)]
    elif gate.kind is GateKind.WORKFLOW:
        facts = [_plain("asks", "The workflow is suspended as a whole: approving resumes it.")]
    else:
        facts = [_plain("asks", "it does not say what is being asked", role="dim")]
    return [*facts, *_given(gate, workflow)]


def _given(gate: Gate, workflow: Workflow | None) -> Iterator[Fact]:
    for parameter in to_show(gate):
        fact = parameter_fact("inputs", cleaned(parameter))
        yield fact._replace(text=noted(fact.text), full=noted(fact.full))
    arguments = workflow.spec.arguments if workflow else None
    for parameter in (arguments.parameters if arguments else None) or ():
        yield parameter_fact("parameters", parameter)


def _inputs(view: GateView) -> Iterator[Fact]:
    gate = view.review.gate
    yield from _given(gate, view.review.workflow)
    if not gate.supplied and gate.kind is GateKind.NODE:
        effect = view.review.approve.effect
        usual = effect == "approving lets the workflow go on"
        yield _plain("fill in", f"nothing: {effect}", role="dim" if usual else "waiting")


def _verdict(view: GateView) -> Iterator[Fact]:
    verdict, rules = view.review.verdict, view.rules
    match verdict.answer:
        case PolicyAnswer.ALLOW:
            yield _plain("verdict", "● allow", role="succeeded")
        case PolicyAnswer.DENY if denial_level(rules, verdict) is Level.HARD:
            yield _plain("verdict", "✖ deny", role="failed")
        case PolicyAnswer.DENY:
            yield _plain("verdict", "▲ no automatic approval", role="waiting")
        case _:
            said = verdict.why.value + (f": {verdict.detail}" if verdict.detail else "")
            yield _plain("verdict", f"○ no verdict: {said}", role="waiting")
            if not view.closed:
                yield _plain("", _meaning_of_none(verdict, rules), role="dim")
    for reason in verdict.deny:
        role = "failed" if denial_level(rules, verdict) is Level.HARD else "waiting"
        yield _plain("", reason.msg, name="deny", role=role)
    for reason in verdict.warn:
        yield _plain("", reason.msg, name="warn", role="waiting")
    if verdict.answer is PolicyAnswer.DENY:
        yield _plain("", LEVELS[denial_level(rules, verdict)], name="level")
    if verdict.confidence is not None:
        limit = "" if verdict.threshold is None else f", the threshold is {verdict.threshold:g}"
        yield _plain("", f"{verdict.confidence:g}{limit}", name="confidence")
    if verdict.policy or verdict.why not in (NoVerdict.NONE, NoVerdict.NOT_CONFIGURED):
        yield _plain("", _policy(verdict, view.now), name="policy", role="dim")


def _meaning_of_none(verdict: Verdict, rules: Rules) -> str:
    match rules.without_verdict:
        case "advisory":
            return "the settings let approve without one"
        case "soft":
            return "approving without one needs a reason"
        case _:
            return "the settings let nobody approve without one"


def _policy(verdict: Verdict, now: datetime) -> str:
    name = verdict.policy or "policy"
    if verdict.revision:
        name += f" @ {verdict.revision}"
    age = max(0.0, (now - verdict.at).total_seconds())
    words = [name, "just now" if age < 5 else f"{format_age(age)} ago"]
    if verdict.took:
        words.append(f"took {verdict.took * 1000:.0f} ms")
    return " · ".join(words)


def _you(view: GateView) -> Iterator[Fact]:
    review = view.review
    groups = [group for group in review.person.groups if not group.startswith("system:")]
    name = (review.person.user or "unknown") + (f" ({', '.join(groups)})" if groups else "")
    yield _plain("you", name)
    if view.closed:
        return
    for choice in Choice:
        permission = review.permission(choice)
        blocked = ["read-only", *permission.blocked] if view.read_only else [*permission.blocked]
        if refused := view.refused.get(choice):
            blocked.append(f"the cluster refuses it: {refused}")
        if blocked:
            for reason in blocked:
                yield _plain("", f"no: {reason}", name=choice.value, role="failed")
            continue
        asked = "; ".join(permission.reason_for)
        word = "may, overriding the policy" if permission.override else "may"
        needs = f", with a reason: {asked}" if asked and choice is Choice.APPROVE else ""
        needs = needs or (", with a reason" if asked else "")
        role = "waiting" if permission.override else "succeeded"
        yield _plain("", f"{word}{needs}", name=choice.value, role=role)
    notes = dict.fromkeys((*review.approve.notes, *review.deny.notes))
    for note in notes:
        yield _plain("", note, name="note", role="waiting")
    yield _plain("", _duties(view), name="duties", role="dim")
    words = enforcement_texts(view.enforcement, review.person.user, review.person.groups)
    yield _plain("", words.state, name="gate", role=words.state_role)
    if words.who:
        yield _plain("approvers", words.who, role=words.who_role)


def _duties(view: GateView) -> str:
    if not view.rules.separation_of_duties:
        return "separation of duties is switched off"
    if is_own(view.review):
        return "you asked for this workflow, so somebody else decides"
    if not view.review.gate.asked_by:
        return "who asked is not recorded"
    return "you are not the requester"


def _evidence(view: GateView) -> Iterator[Fact]:
    workflow = view.review.workflow
    node = workflow.nodes.get(view.review.gate.node_id)
    if node is None:
        return
    facts = [fact for each in nodes_before(workflow, node) for fact in _of_node(each, view.now)]
    yield from facts[:_MOST_EVIDENCE]
    if len(facts) > _MOST_EVIDENCE:
        more = f"and {len(facts) - _MOST_EVIDENCE} more; the workflow's screen has all"
        yield _plain("evidence", more, role="dim")


def _of_node(node: Node, now: datetime) -> Iterator[Fact]:
    name, outputs = clean_line(node.display_name or node.name), node.outputs
    found = False
    for artifact in (outputs.artifacts if outputs else None) or ():
        place = artifact.s3.key if artifact.s3 else artifact.path
        gone = " (deleted)" if artifact.deleted else ""
        text = f"▤ {artifact.name}  {place}{gone}".rstrip()
        yield _plain("evidence", clean_line(text), name=name, node=node.id)
        found = True
    for parameter in (outputs.parameters if outputs else None) or ():
        value = clean_line(parameter.text or "—")
        shown = redact_value(parameter.name, value)
        yield Fact(
            "evidence",
            name,
            f"{parameter.name} = {shown}",
            f"{parameter.name} = {value}",
            node=node.id,
        )
        found = True
    if outputs and outputs.result is not None:
        yield _plain("evidence", f"result {clean_line(outputs.result)}", name=name, node=node.id)
        found = True
    if not found:
        look = look_of_node(node)
        seconds = took(node.started_at, node.finished_at, now)
        words = f"{look.glyph} {look.word}" + (f" in {format_took(seconds)}" if seconds else "")
        yield _plain("evidence", words, name=name, role="dim", node=node.id)


def _before(view: GateView) -> Iterator[Fact]:
    if view.precedents_problem:
        yield _plain("earlier", view.precedents_problem, role="dim")
        return
    found = view.precedents
    if found is None:
        yield _plain("earlier", "reading …", role="dim")
        return
    if not found:
        yield _plain("earlier", "no decision at a gate of this template is known", role="dim")
        return
    parts = []
    for choice, glyph in ((Choice.APPROVE, "✔"), (Choice.DENY, "✖")):
        people = Counter(each.record.actor for each in found if each.record.choice is choice)
        if people:
            who = ", ".join(f"{actor} {count}" for actor, count in people.most_common())
            parts.append(f"{glyph} {people.total()} {choice.done} ({who})")
    yield _plain("earlier", f"last {len(found)} of this template: " + "  ".join(parts))
    for each in found:
        age = "" if each.at is None else f", {format_age((view.now - each.at).total_seconds())} ago"
        said = f": {each.record.reason}" if each.record.reason else ""
        text = f"{each.record.actor} {each.record.choice.done}{said} ({each.key.name}{age})"
        yield _plain("", clean_line(text), role="dim")


def _place(view: GateView) -> Iterator[Fact]:
    workflow, gate = view.review.workflow, view.review.gate
    node = workflow.nodes.get(gate.node_id)
    if node is None:
        return
    above = [clean_line(each.display_name or each.name) for each in ancestors(workflow, node)]
    yield _plain("path", " / ".join([*above, clean_line(gate.name)]))
    document = clean_tree(view.review.reading.document)
    if not isinstance(document, dict):
        return
    following = next_steps(workflow, document, node)
    if not following:
        yield _plain("next", "no step after it is known", role="dim")
    for step in following:
        when = f"  when {clean_line(step.when)}" if step.when else ""
        yield _plain("next", f"{clean_line(step.name)}{when}")


def lint_of(review: Review) -> list[LintFinding]:
    """Return the lint findings about the template of a gate."""
    if review.gate.kind is GateKind.WORKFLOW:
        return []
    document = {"kind": "Workflow", "spec": carried(review.reading.document)}
    return lint_template(document, review.gate.template)


def _lint(review: Review) -> Iterator[Fact]:
    for finding in lint_of(review):
        role = {Severity.ERROR: "failed", Severity.WARNING: "waiting"}.get(finding.severity, "dim")
        text = clean_line(f"{finding.message}. {finding.hint}")
        yield _plain("lint", text, name=finding.severity.name.lower(), role=role)


def _request(view: GateView) -> Iterator[Fact]:
    request = view.review.request
    yield _plain("request", request.digest, role="dim")
    yield _plain("template", view.review.gate.template or "—", role="dim")
    yield _plain("node", view.review.gate.node_name, role="dim")
