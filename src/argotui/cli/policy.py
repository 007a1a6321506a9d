"""`policy`: the verdict on a gate with its input, and a table of cases, for who writes policies."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from argotui.cli.options import load, shared, shared_config

if TYPE_CHECKING:
    from argotui.backend.ports import PolicyPort
    from argotui.backend.settings import Loaded
    from argotui.cli.connect import Place


@click.group(short_help="Ask and test the policies that judge gates.")
def policy() -> None:
    """Ask and test the policies that judge gates (the setting `policy`)."""


@policy.command(short_help="Print the verdict on a gate, and what was asked.")
@shared
@click.argument("gate", metavar="[NS/]WORKFLOW[/GATE]")
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", help="Fill in.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def check(context: click.Context, gate: str, values: tuple[str, ...], output: str) -> None:
    """Print the verdict on a gate, and the input that the policy was asked with.

    The exit code is 0 for ALLOW, 1 for DENY and 5 where there is no verdict.
    """
    from argotui.cli.connect import run

    filled = dict(value.partition("=")[::2] for value in values)

    async def ask(place: Place) -> int:
        from argotui.cli.gate_names import find_gate
        from argotui.cli.gates import desk_at
        from argotui.operations.review import asked_of, judge, review

        item = await find_gate(place, gate)
        desk = desk_at(place)
        try:
            seen = await review(desk, item.gate.key, item.gate.node_id)
            question = asked_of(desk, seen, filled)
            verdict = await judge(desk, seen, filled)
        finally:
            await desk.policy.close()
        return _print_check(question, verdict, output)

    context.exit(run(context, ask))


def _print_check(question: dict[str, object], verdict: Any, output: str) -> int:
    from argotui.cli import exits
    from argotui.cli.gate_documents import verdict_document
    from argotui.cli.output import as_json, write
    from argotui.model.sanitise import clean_tree
    from argotui.model.verdict import Answer

    document = {"input": clean_tree(question), "verdict": verdict_document(verdict)}
    if output == "json":
        write([as_json(document)])
    else:
        write([as_json(document["input"]), f"verdict: {verdict.answer.value}"])
        reasons = [f"  deny  {reason.msg} [{reason.code}]" for reason in verdict.deny]
        reasons += [f"  warn  {reason.msg} [{reason.code}]" for reason in verdict.warn]
        if verdict.why.value:
            reasons.append(f"  {verdict.why.value}: {verdict.detail}")
        if verdict.policy or verdict.revision:
            reasons.append(f"  policy {verdict.policy} @ {verdict.revision}")
        write(reasons)
    codes = {Answer.ALLOW: exits.OK, Answer.DENY: exits.FAILURE}
    return codes.get(verdict.answer, exits.UNREACHABLE)


@policy.command(short_help="Judge a table of cases.")
@shared_config
@click.argument("table", type=click.Path(path_type=Path), metavar="CASES.json")
@click.pass_context
def test(context: click.Context, table: Path) -> None:
    """Judge every case of a table with the configured policy, whichever engine it is.

    The table is JSON: `argotui_case_base` is an input, `argotui_cases` a list of
    `{"name", "change", "allow", "codes"}`, where `change` is laid over the base. The exit code is 0
    where each case came out as it says. Cases with a `config` of their own are left out: the
    policy is asked as it is configured.
    """
    loaded = load(context)
    base, cases = read_table(table)
    context.exit(asyncio.run(_run_table(loaded, base, cases)))


def read_table(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the base input and the cases of a table; raises `UsageError`."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        base, cases = document["argotui_case_base"], document["argotui_cases"]
        complete = all({"name", "change", "allow", "codes"} <= case.keys() for case in cases)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise click.UsageError(f"{path} is not a table of cases: {error}") from None
    if not complete:
        raise click.UsageError(f"{path}: a case needs name, change, allow and codes")
    return base, cases


def merged(base: Any, change: Any) -> Any:
    """Return what Rego's `object.union` does: `change` laid over `base`, maps merged."""
    if isinstance(base, dict) and isinstance(change, dict):
        both = {name: merged(base[name], change[name]) for name in base.keys() & change.keys()}
        return {**base, **change, **both}
    return change


async def _run_table(loaded: Loaded, base: dict[str, Any], cases: list[dict[str, Any]]) -> int:
    from argotui.backend.clock import SystemClock
    from argotui.backend.errors import ConfigError
    from argotui.cli.connect import remark
    from argotui.operations.desk import open_policy

    if not loaded.settings.policy:
        raise ConfigError(
            "No policy is configured",
            hint="Set `policy` to dir:FOLDER or to an OPA server: ARGOTUI_POLICY=dir:policies",
        )
    engine = open_policy(loaded.settings, SystemClock())
    try:
        asked = [case for case in cases if "config" not in case]
        failed = [problem for case in asked if (problem := await _run_case(engine, base, case))]
    finally:
        await engine.close()
    for problem in failed:
        click.echo(problem)
    left = len(cases) - len(asked)
    remark(f"{len(asked) - len(failed)} of {len(asked)} cases as expected, {left} left out")
    return 1 if failed else 0


async def _run_case(engine: PolicyPort, base: dict[str, Any], case: dict[str, Any]) -> str:
    from argotui.model.verdict import Answer

    verdict = await engine.verdict(merged(base, case["change"]), "case")
    codes = sorted(reason.code for reason in verdict.deny)
    said = f"{verdict.answer.value} {codes} {verdict.detail}".rstrip()
    wanted = "allow" if case["allow"] else f"deny {sorted(case['codes'])}"
    right = (verdict.answer is Answer.ALLOW) is case["allow"] and codes == sorted(case["codes"])
    if right and verdict.answer is not Answer.NO_VERDICT:
        return ""
    return f"{case['name']}: {said}, expected {wanted}"
