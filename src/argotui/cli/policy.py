"""`policy`: the verdict on a gate with its input, and a table of cases, for who writes policies."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from argotui.cli import values
from argotui.cli.decide import assignments
from argotui.cli.options import shared, shared_config
from argotui.cli.settings import load

if TYPE_CHECKING:
    from argotui.backend.ports import PolicyPort
    from argotui.cli.connect import ClusterConnection
    from argotui.config.loading import Loaded


@click.group(short_help="Ask and test the policies that judge gates.")
def policy() -> None:
    """Ask and test the policies that judge gates (the setting `policy`)."""


@policy.command(short_help="Print the verdict on a gate, and what was asked.")
@shared
@click.argument("gate", metavar="[NS/]WORKFLOW[/GATE]", shell_complete=values.gates)
@click.option(
    "--set", "values", multiple=True, callback=assignments, metavar="NAME=VALUE", help="Fill in."
)
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def check(context: click.Context, gate: str, values: dict[str, str], output: str) -> None:
    """Print the verdict on a gate, and the input of the policy.

    The exit code is 0 for ALLOW, 1 for DENY and 5 for no verdict.
    """
    from argotui.cli.connect import run

    async def ask(connection: ClusterConnection) -> int:
        from argotui.cli.gate_names import find_gate
        from argotui.cli.gates import context_at
        from argotui.model.gates.permission import all_values
        from argotui.operations.gates.review import evaluate, policy_input, review_gate

        item = await find_gate(connection, gate)
        decision_context = context_at(connection)
        try:
            seen = await review_gate(decision_context, item.gate.key, item.gate.node_id)
            filled = all_values(seen.gate, values) if values else {}
            question = policy_input(decision_context, seen.snapshot, seen.person, filled)
            verdict = await evaluate(decision_context, seen.snapshot, seen.person, filled)
        finally:
            await decision_context.policy.close()
        return _print_check(question, verdict, output)

    context.exit(run(context, ask))


def _print_check(question: dict[str, object], verdict: Any, output: str) -> int:
    from argotui.cli import exits
    from argotui.cli.gate_documents import verdict_document
    from argotui.cli.output import as_json, write
    from argotui.model.gates.verdict import PolicyAnswer

    document = {"input": question, "verdict": verdict_document(verdict)}
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
    codes = {PolicyAnswer.ALLOW: exits.OK, PolicyAnswer.DENY: exits.FAILURE}
    return codes.get(verdict.answer, exits.UNREACHABLE)


@policy.command(short_help="Test the policies with a table of cases.")
@shared_config
@click.argument("table", type=click.Path(path_type=Path), metavar="CASES.json")
@click.pass_context
def test(context: click.Context, table: Path) -> None:
    """Test the configured policy with every case of a table.

    The table is JSON: `argotui_case_base` is an input, `argotui_cases` a list of
    `{"name", "change", "allow", "codes"}`, where `change` is merged into the base. The exit code is
    0 if every case has the expected result.

    `argotui_case_config`, with a case's `config` merged into it, replaces the policies'
    `argotui_config`. That works with a folder only: an OPA server has its own configuration, and
    cases with a `config` are left out.
    """
    loaded = load(context)
    context.exit(asyncio.run(_run_table(loaded, read_table(table))))


class CaseTable(NamedTuple):
    """A table of cases; `config` is None for the policies' own."""

    base: dict[str, Any]
    cases: list[dict[str, Any]]
    config: dict[str, Any] | None


def read_table(path: Path) -> CaseTable:
    """Return a table of cases; raises `UsageError`."""
    from argotui.config.files import read_text

    try:
        document = json.loads(read_text(path))
        base, cases = document["argotui_case_base"], document["argotui_cases"]
        complete = all({"name", "change", "allow", "codes"} <= case.keys() for case in cases)
        config = document.get("argotui_case_config")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise click.UsageError(f"{path} is not a table of cases: {error}") from None
    if not complete:
        raise click.UsageError(f"{path}: a case needs name, change, allow and codes")
    return CaseTable(base, cases, config)


def merged(base: Any, change: Any) -> Any:
    """Return what Rego's `object.union` does: `change` laid over `base`, maps merged."""
    if isinstance(base, dict) and isinstance(change, dict):
        both = {name: merged(base[name], change[name]) for name in base.keys() & change.keys()}
        return {**base, **change, **both}
    return change


async def _run_table(loaded: Loaded, table: CaseTable) -> int:
    from argotui.backend.clock import SystemClock
    from argotui.cli.connect import remark
    from argotui.errors import ConfigError
    from argotui.model.counted import counted
    from argotui.operations.gates.context import open_policy

    named = loaded.settings.policy
    if not named:
        raise ConfigError(
            "No policy is configured",
            hint="Set `policy` to dir:FOLDER or to an OPA server: ARGOTUI_POLICY=dir:policies",
        )
    if folder := _folder(named):
        asked = table.cases
        failed = await _run_folder(folder, table)
    else:
        asked = [case for case in table.cases if "config" not in case]
        engine = open_policy(loaded.settings, SystemClock())
        try:
            said = [await _run_case(engine, table.base, case) for case in asked]
        finally:
            await engine.close()
        failed = [problem for problem in said if problem]
    for problem in failed:
        click.echo(problem)
    left = f", {len(table.cases) - len(asked)} left out" if len(asked) < len(table.cases) else ""
    remark(f"{len(asked) - len(failed)} of {counted(len(asked), 'case')} as expected{left}")
    return 1 if failed else 0


def _folder(named: str) -> Path | None:
    """Return the folder that a policy is, None if it is a server."""
    return Path(named.removeprefix("dir:")).expanduser() if named.startswith("dir:") else None


async def _run_folder(folder: Path, table: CaseTable) -> list[str]:
    """Return what did not come out as expected, each case under its own configuration."""
    import tempfile

    from argotui.backend.clock import SystemClock
    from argotui.backend.policy.evaluator import PolicyEvaluator
    from argotui.backend.policy.rego import RegoEngine, policy_files

    sources, data = policy_files(folder)
    failed = []
    with tempfile.TemporaryDirectory(prefix="argotui-policy-") as name:
        copy = Path(name)
        for number, source in enumerate(sources.values()):
            (copy / f"{number}.rego").write_text(source, encoding="utf-8")
        engine = PolicyEvaluator(RegoEngine(copy), SystemClock(), limit=10)
        own = data.get("argotui_config", {}) if table.config is None else table.config
        try:
            for case in table.cases:
                config = merged(own, case.get("config", {}))
                (copy / "data.json").write_text(json.dumps({**data, "argotui_config": config}))
                failed.append(await _run_case(engine, table.base, case))
        finally:
            await engine.close()
    return [problem for problem in failed if problem]


async def _run_case(engine: PolicyPort, base: dict[str, Any], case: dict[str, Any]) -> str:
    from argotui.model.gates.verdict import PolicyAnswer

    verdict = await engine.verdict(merged(base, case["change"]), "case")
    codes = sorted(reason.code for reason in verdict.deny)
    said = f"{verdict.answer.value} {codes} {verdict.detail}".rstrip()
    wanted = "allow" if case["allow"] else f"deny {sorted(case['codes'])}"
    right = (verdict.answer is PolicyAnswer.ALLOW) is case["allow"] and codes == sorted(
        case["codes"]
    )
    if right and verdict.answer is not PolicyAnswer.NO_VERDICT:
        return ""
    return f"{case['name']}: {said}, expected {wanted}"
