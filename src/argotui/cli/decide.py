"""`approve` and `deny`: one decision on one gate, by the rules of the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from argotui.cli import values
from argotui.cli.options import shared

if TYPE_CHECKING:
    from argotui.cli.connect import ClusterConnection
    from argotui.model.argo import Key, Parameter
    from argotui.model.gates.decision import Choice
    from argotui.model.gates.effect import Effect
    from argotui.operations.admission.enforcement import Enforcement
    from argotui.operations.gates.decide import Result
    from argotui.operations.gates.review import DecisionContext, Review

LEAST_DIGEST = 8


def assignments(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    values: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{one!r} is not NAME=VALUE", context, parameter)
        if name in values:
            raise click.BadParameter(f"{name} is given twice", context, parameter)
        values[name] = value
    return values


def _digest(context: click.Context, parameter: click.Parameter, given: str | None) -> str:
    if given is None:
        return ""
    digest = given.lower()
    if len(digest) < LEAST_DIGEST or any(c not in "0123456789abcdef" for c in digest):
        raise click.BadParameter(
            f"at least {LEAST_DIGEST} hexadecimal digits, as `argotui gates -o json` shows them",
            context,
            parameter,
        )
    return digest


def seconds_of(
    context: click.Context, parameter: click.Parameter, given: str | None
) -> float | None:
    """Return the seconds of a duration as Argo writes them."""
    from argotui.model.durations import DurationError, parse_argo_duration

    if given is None:
        return None
    try:
        seconds = parse_argo_duration(given)
    except DurationError as error:
        raise click.BadParameter(str(error), context, parameter) from None
    if seconds <= 0:
        raise click.BadParameter("it must be longer than 0", context, parameter)
    return seconds


_REASON = click.option(
    "--reason", default="", metavar="TEXT", help="The reason; it is recorded with the decision."
)
_DIGEST = click.option(
    "--digest",
    callback=_digest,
    metavar="HEX",
    help="Decide only if the gate still has this digest.",
)
_YES = click.option("-y", "--yes", is_flag=True, help="Do not ask.")
_WAIT = click.option(
    "--wait",
    metavar="DURATION",
    callback=seconds_of,
    help="After the decision, watch this long what starts behind the gate.",
)
_OUTPUT = click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")


@click.command(short_help="Approve a gate.")
@shared
@click.argument("gate", metavar="[NS/]WORKFLOW[/GATE]", shell_complete=values.gates)
@click.option(
    "--set", "values", multiple=True, callback=assignments, metavar="NAME=VALUE", help="Fill in."
)
@_REASON
@_DIGEST
@_YES
@_WAIT
@_OUTPUT
@click.pass_context
def approve(
    context: click.Context,
    gate: str,
    values: dict[str, str],
    reason: str,
    digest: str,
    yes: bool,
    wait: float | None,
    output: str,
) -> None:
    """Approve one gate: read it, ask the policy, write once, and read again.

    With --digest it decides exactly the request with this digest, or nothing. The exit code is the
    outcome: 0 decided, 4 not permitted, 10 already decided, 11 changed, 12 unknown.
    """
    from argotui.model.gates.decision import Choice

    _decide(
        context, gate, Choice.APPROVE, values, reason, digest, yes=yes, wait=wait, output=output
    )


@click.command(short_help="Deny a gate.")
@shared
@click.argument("gate", metavar="[NS/]WORKFLOW[/GATE]", shell_complete=values.gates)
@_REASON
@_DIGEST
@_YES
@_WAIT
@_OUTPUT
@click.pass_context
def deny(
    context: click.Context,
    gate: str,
    reason: str,
    digest: str,
    yes: bool,
    wait: float | None,
    output: str,
) -> None:
    """Deny one gate: its node fails with the reason, which is required.

    The exit code is the outcome, as for `approve`.
    """
    from argotui.model.gates.decision import Choice

    if not reason.strip():
        raise click.UsageError("a denial says why: --reason TEXT")
    _decide(context, gate, Choice.DENY, {}, reason, digest, yes=yes, wait=wait, output=output)


def _decide(
    context: click.Context,
    name: str,
    choice: Choice,
    values: dict[str, str],
    reason: str,
    digest: str,
    *,
    yes: bool,
    wait: float | None,
    output: str,
) -> None:
    from argotui.cli.connect import run

    async def act(connection: ClusterConnection) -> int:
        return await decide_at(
            connection, name, choice, values, reason, digest, yes=yes, wait=wait, output=output
        )

    context.exit(run(context, act))


async def decide_at(
    connection: ClusterConnection,
    name: str,
    choice: Choice,
    values: dict[str, str],
    reason: str,
    digest: str,
    *,
    yes: bool,
    output: str,
    wait: float | None = None,
) -> int:
    """Decide the gate of a name, print how it came out, and return the exit code of that."""
    from argotui.cli import exits
    from argotui.cli.gate_names import ClosedGateError, find_gate
    from argotui.cli.gates import context_at, enforcement_of_all
    from argotui.model.gates.decision import Outcome
    from argotui.model.gates.permission import value_problems
    from argotui.operations.gates.decide import Result, decide, review_found

    if connection.loaded.settings.read_only:
        raise click.UsageError("read-only: the settings refuse every action that writes")
    try:
        item = await find_gate(connection, name)
    except ClosedGateError as gone:
        result = Result(Outcome.ALREADY_DECIDED, gone.said)
        _tell(gone.key, (gone.name, gone.node_id, ""), choice, result, output)
        return exits.ALREADY_DECIDED
    decision_context = context_at(connection)
    seen: Review | None = None
    enforcement: Enforcement | None = None
    try:
        found = await review_found(decision_context, item.gate)
        if isinstance(found, Result):
            result = found
        elif digest and not found.request.digest.startswith(digest):
            seen = found
            detail = f"it is {seen.request.short} now, not {digest[:LEAST_DIGEST]}"
            result = Result(Outcome.CHANGED, detail)
        else:
            seen = found
            if choice.value == "approve" and (problems := value_problems(seen.gate, values)):
                raise click.UsageError("; ".join(problems))
            asking = not yes and not seen.permission(choice).blocked
            if asking or output == "json":
                (enforcement,) = await enforcement_of_all(connection, [item], [(seen, "")])
            if asking:
                _confirm(seen, enforcement, choice, values, reason)
            result = await decide(decision_context, seen, choice, values=values, reason=reason)
    finally:
        await decision_context.policy.close()
    effect = (
        await effect_of(connection, decision_context, seen, result, wait) if wait and seen else None
    )
    what = (item.gate.name, item.gate.node_id, seen.request.digest if seen else "")
    _tell(item.gate.key, what, choice, result, output, enforcement, seen, effect)
    codes = {
        Outcome.DECIDED: exits.OK,
        Outcome.ALREADY_DECIDED: exits.ALREADY_DECIDED,
        Outcome.CHANGED: exits.CHANGED,
        Outcome.NOT_PERMITTED: exits.FORBIDDEN,
        Outcome.UNKNOWN: exits.UNKNOWN_OUTCOME,
    }
    return codes[result.outcome]


def _confirm(
    seen: Review,
    enforcement: Enforcement | None,
    choice: Choice,
    values: dict[str, str],
    reason: str,
) -> None:
    """Ask at the terminal; without one, say that --yes is needed."""
    from argotui.cli.asking import confirm, need_answers
    from argotui.model.gates.form import to_show
    from argotui.model.gates.permission import all_values
    from argotui.model.gates.workflow_state import state_words, states_of
    from argotui.model.redact import redact_text
    from argotui.model.sanitise import clean_line
    from argotui.model.spelling import shown_value, spelled

    need_answers("give --yes, and --digest with it")
    gate = seen.gate
    filled = all_values(gate, values) if choice.value == "approve" else {}
    inputs = to_show(gate)
    state = state_words(states_of(seen.workflow, seen.read_at))
    lines = [
        f"{choice.value.upper()} {gate}   request {seen.request.short}",
        f"asked by   {gate.asked_by or 'unknown'}",
        *([f"asks       {gate.description}"] if gate.description else []),
        *(f"put in     {{{{{reference}}}}} = {value}" for reference, value in gate.put_in),
        *(f"unresolved {{{{{reference}}}}}" for reference in gate.unresolved),
        *([f"message    {redact_text(clean_line(gate.message))}"] if gate.message else []),
        *([f"state      {state}"] if state else []),
        *(f"input      {spelled(p.name)} = {_input(p)}" for p in inputs),
        *(f"fill in    {spelled(n)} = {shown_value(n, value)}" for n, value in filled.items()),
        f"verdict    {_verdict(seen)}",
        f"effect     {seen.permission(choice).effect}",
        *(f"note       {note}" for note in seen.permission(choice).notes),
        *(
            [f"gate       {enforcement.detail}", f"approvers  {enforcement.who}"]
            if enforcement
            else []
        ),
        *([f"reason     {redact_text(reason)}"] if reason else []),
    ]
    click.echo("\n".join(lines), err=True)
    confirm("Send this decision?")


def _input(parameter: Parameter) -> str:
    from argotui.model.spelling import shown_value
    from argotui.model.workflow.references import noted

    return noted(shown_value(parameter.name, parameter.text or ""))


def _verdict(seen: Review) -> str:
    """Return what the policy says, with all its reasons."""
    from argotui.model.gates.verdict import PolicyAnswer

    verdict = seen.verdict
    if verdict.answer is PolicyAnswer.DENY:
        return "DENY " + "; ".join(reason.msg for reason in verdict.deny)
    if verdict.answer is PolicyAnswer.ALLOW:
        return "allow"
    return f"no verdict: {verdict.why.value}"


def _tell(
    key: Key,
    what: tuple[str, str, str],
    choice: Choice,
    result: Result,
    output: str,
    enforcement: Enforcement | None = None,
    seen: Review | None = None,
    effect: Effect | None = None,
) -> None:
    """Print how it came out; `what` is the gate's name, its node and the request's digest."""
    from argotui.cli.gate_documents import result_document
    from argotui.cli.output import as_json, write
    from argotui.model.redact import redact_text

    if output == "json":
        write([as_json(result_document(key, *what, choice, result, enforcement, seen, effect))])
        return
    gate = f"{key}/{what[0]}" if what[1] else str(key)
    lines = [f"{result.outcome.value}: {gate}: {redact_text(result.detail)}"]
    lines += [
        f"  {path}: {redact_text(old)} → {redact_text(new)}" for path, old, new in result.changes
    ]
    lines += [f"  behind it: {effect.words}"] if effect else []
    if result.detail.startswith("a reason is needed"):
        lines.append("  give it with --reason TEXT")
    write(lines)


async def effect_of(
    connection: ClusterConnection,
    decision_context: DecisionContext,
    seen: Review,
    result: Result,
    wait: float,
) -> Effect | None:
    """Record and return what a decision led to within `wait` seconds; None without `wait`.

    If that cannot be read, the outcome stays the same.
    """
    from argotui.cli.connect import remark
    from argotui.errors import BackendError
    from argotui.model.gates.decision import Outcome
    from argotui.operations.gates.effects import observe, target_of

    if result.outcome is not Outcome.DECIDED or result.decision is None:
        return None
    try:
        target = await target_of(seen, result.decision.id)
        return await observe(
            connection.cluster, decision_context.audit, connection.clock, target, wait
        )
    except BackendError as error:
        remark(f"what it led to was not seen: {error.title}")
        return None
