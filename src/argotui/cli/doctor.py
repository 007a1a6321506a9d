"""`doctor`: the findings of operations.doctor, printed."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

import click

from argotui.cli.options import shared
from argotui.cli.settings import load

if TYPE_CHECKING:
    from argotui.config.loading import Loaded
    from argotui.operations.doctor.checks import Check, RightAnswer, TerminalFacts


@click.command(short_help="Check whether the console would work here.")
@shared
@click.option("--cluster-only", is_flag=True, help="Do not check the terminal.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def doctor(context: click.Context, cluster_only: bool, output: str) -> None:
    """Check whether the console would work here, with a remedy for each failure.

    Looks at the config file, the kubeconfig, the API server, Argo, your rights and the terminal. A
    finding is ✔ ok, ! a warning, ✖ a failure or ? unknown. The exit code is 0 if nothing failed;
    warnings and unknown findings do not change it.
    """
    from argotui.cli.connect import open_connection
    from argotui.errors import BackendError
    from argotui.operations.doctor.checks import check_terminal, failed
    from argotui.operations.doctor.report import run_checks

    findings: list[Check] = []
    answers: list[RightAnswer] = []
    try:
        loaded = load(context)
    except BackendError as error:
        findings.append(failed("config", "Config file", error))
    else:
        findings.append(config_found(loaded))
        answers = asyncio.run(run_checks(open_connection(loaded), findings.append))
    if not cluster_only:
        findings += check_terminal(terminal_facts())
    if output == "json":
        _print_json(findings, answers)
    else:
        _print_text(findings, answers)
    context.exit(exit_code(findings))


def exit_code(findings: Sequence[Check]) -> int:
    """Return 0 if nothing failed, else the code of the first failure."""
    from argotui.cli import exits
    from argotui.operations.doctor.checks import FAIL

    for check in findings:
        if check.status == FAIL:
            return exits.FAILURE if check.error is None else exits.code_of(check.error)
    return exits.OK


def config_found(loaded: Loaded) -> Check:
    """Return the finding about a config file that could be read."""
    from argotui.operations.doctor.checks import Check

    there = str(loaded.path) if loaded.exists else f"none (would be {loaded.path})"
    return Check("config", "Config file", detail=there)


def terminal_facts(streams: Sequence[TextIO | None] | None = None) -> TerminalFacts:
    """Return the facts about the terminal at the standard streams, or at the given ones."""
    from argotui.operations.doctor.checks import TerminalFacts

    stdin, stdout, stderr = streams or (sys.stdin, sys.stdout, sys.stderr)
    size = shutil.get_terminal_size(fallback=(0, 0))
    return TerminalFacts(
        attached=any(stream is not None and stream.isatty() for stream in (stdin, stdout, stderr)),
        term=os.environ.get("TERM", ""),
        colorterm=os.environ.get("COLORTERM", ""),
        no_color=bool(os.environ.get("NO_COLOR")),
        columns=size.columns,
        lines=size.lines,
        encoding=stdout.encoding if stdout is not None else "",
    )


def _print_json(findings: Sequence[Check], answers: Sequence[RightAnswer]) -> None:
    from argotui.cli.output import as_json

    click.echo(
        as_json(
            {
                "ok": exit_code(findings) == 0,
                "checks": [
                    {
                        "id": check.id,
                        "title": check.title,
                        "status": check.status,
                        "detail": check.detail,
                        "remedy": check.remedy,
                    }
                    for check in findings
                ],
                "rights": [
                    {
                        "verb": answer.right.verb,
                        "resource": answer.right.name,
                        "namespace": answer.namespace,
                        "allowed": answer.allowed,
                        "required": answer.right.required,
                        "purpose": answer.right.purpose,
                        "reason": answer.reason,
                    }
                    for answer in answers
                ],
            }
        )
    )


def _print_text(findings: Sequence[Check], answers: Sequence[RightAnswer]) -> None:
    from argotui.cli.output import (
        Cell,
        TextColumn,
        table,
        terminal,
        write,
    )
    from argotui.operations.doctor.report import ALLOWED, GLYPHS

    where = terminal()
    for check in findings:
        glyph, role = GLYPHS[check.status]
        head, *more = (check.detail or "-").splitlines()
        click.echo(
            f"{where.paint(f'{where.glyph(glyph)}{check.status:<7}', role)}  {check.title}: {head}"
        )
        for line in more:
            click.echo(f"        {line}")
        if check.remedy and check.status != "ok":
            click.echo(
                f"        → {check.remedy}" if where.unicode else f"        > {check.remedy}"
            )
    if answers:
        rows: list[list[Cell | str]] = [
            [
                answer.right.verb,
                answer.right.name,
                Cell(*ALLOWED[answer.allowed]),
                answer.namespace or "(all)",
                answer.right.purpose + (" (required)" if answer.right.required else ""),
            ]
            for answer in answers
        ]
        titles = ("VERB", "RESOURCE", "ALLOWED", "NAMESPACE", "FOR")
        click.echo("")
        write(table([TextColumn(title) for title in titles], rows, where))
