"""One operation on the chosen workflows, from the preview to the exit code, for all its verbs."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from argotui.cli import exits
from argotui.cli.selection import name_of, need_choice, selection_of

if TYPE_CHECKING:
    from argotui.cli.connect import ClusterConnection
    from argotui.cli.output import Terminal
    from argotui.model.argo import Key
    from argotui.model.workflow.operations import (
        OperationResult,
        OperationTarget,
        WorkflowOperation,
    )
    from argotui.operations.workflows.bulk import BulkRun
    from argotui.operations.workflows.selecting import SelectedWorkflows

SHOWN = 20
"""How many workflows a question names."""
REPEATED = 20
"""How many failed workflows a command to repeat names."""


class OperationOptions(NamedTuple):
    """How to do it: what the options of all verbs say. `after` is `wait`, `watch` or `log`."""

    dry_run: bool = False
    yes: bool = False
    output: str = "table"
    after: str = ""


def run_operation(
    context: click.Context,
    operation: WorkflowOperation,
    names: tuple[str, ...],
    chosen: dict[str, Any],
    options: OperationOptions,
) -> None:
    """Do an operation on what the command line chooses, and exit with how it came out."""
    from argotui.cli.connect import run

    need_choice(names, chosen)

    async def act(connection: ClusterConnection) -> int:
        return await _operate(connection, operation, names, chosen, options)

    context.exit(run(context, act))


async def _operate(
    connection: ClusterConnection,
    operation: WorkflowOperation,
    names: tuple[str, ...],
    chosen: dict[str, Any],
    options: OperationOptions,
) -> int:
    from argotui.cli.connect import remark
    from argotui.cli.retry_preview import show_retry_previews
    from argotui.model.workflow.operations import OperationKind, already_done, why_not_possible
    from argotui.operations.workflows.bulk import BulkRun
    from argotui.operations.workflows.selecting import refusals, select

    if connection.read_only and not options.dry_run:
        raise click.UsageError("read-only: the settings refuse every action that writes")
    wanted = await selection_of(connection, names, chosen)
    port = connection.backend.workflows
    found = await select(connection.cluster, port, wanted, connection.clock, connection.known)
    _tell_scope(connection, found)
    refused = await refusals(port, operation, found.targets)
    reasons = {
        target.key: why
        for target in found.targets
        if (
            why := refused.get(target.key)
            or already_done(operation, target)
            or why_not_possible(operation, target)
        )
    }
    if options.dry_run:
        if operation.kind is OperationKind.RETRY:
            await show_retry_previews(connection, operation.retry, found, reasons, options.output)
        else:
            _show_preview(connection, operation, found, reasons, options.output)
        return exits.NOT_FOUND if found.missing else exits.OK
    if not found.targets and not found.missing:
        where = f"in namespace {wanted.namespace}" if wanted.namespace else "in any namespace"
        remark(f"no workflow matches {where}")
        if options.output == "json":
            _show_results(connection, operation, [], options.output, cancelled=False)
        return exits.OK
    touched = [target for target in found.targets if target.key not in reasons]
    if options.after in ("watch", "log") and len(found.targets) > 1:
        raise click.UsageError("one workflow can be watched: give --wait for several")
    if touched and not options.yes:
        _confirm(operation, touched, len(reasons), searched=wanted.searches)
    bulk = BulkRun(port, operation, found.targets, connection.clock, read_only=connection.read_only)
    with _progress(operation, len(found.targets)) as advance:
        async with _cancelling(bulk):
            await bulk.run(advance)
    results = [*bulk.ordered, *_missing(found)]
    _show_results(connection, operation, results, options.output, cancelled=bulk.cancelled)
    _tell_end(results, operation, cancelled=bulk.cancelled)
    if bulk.cancelled:
        return exits.INTERRUPTED
    code = code_of_results(results)
    if options.after and code == exits.OK:
        from argotui.cli.following import follow

        return await follow(connection, [one.created or one.key for one in results], options.after)
    return code


def _tell_scope(connection: ClusterConnection, found: SelectedWorkflows) -> None:
    from argotui.operations.workflows.listing import ListedWorkflows

    connection.tell_scope(ListedWorkflows([], 0, found.only_in))


def _missing(found: SelectedWorkflows) -> list[OperationResult]:
    from argotui.errors import NotFoundError
    from argotui.model.workflow.operations import OperationResult, OperationStatus

    return [
        OperationResult(key, OperationStatus.NOT_FOUND, "there is no such workflow")
        if isinstance(error, NotFoundError)
        else OperationResult(key, OperationStatus.NOT_PERMITTED, error.detail or error.title)
        for key, error in found.missing.items()
    ]


# Before.


def _show_preview(
    connection: ClusterConnection,
    operation: WorkflowOperation,
    found: SelectedWorkflows,
    reasons: dict[Key, str],
    output: str,
) -> None:
    """Print exactly what would be touched, and what would not be and why."""
    from argotui.cli.connect import remark
    from argotui.cli.operation_documents import preview_document
    from argotui.cli.output import TextColumn, as_json, table, terminal, write
    from argotui.model.workflow.impact import impact_lines, impact_of

    touched = [target for target in found.targets if target.key not in reasons]
    impact = impact_of(touched)
    if output == "json":
        looked_in = found.only_in.names if found.only_in else None
        document = preview_document(operation, found.targets, reasons, impact, looked_in)
        write([as_json(document)])
    elif output == "name":
        write(name_of(connection, target.key) for target in touched)
    elif found.targets:
        columns = [
            TextColumn("WORKFLOW", least=20),
            TextColumn("STATE", least=10),
            TextColumn("WOULD", least=12),
        ]
        rows = [
            [
                name_of(connection, target.key),
                target.words,
                reasons.get(target.key) or str(operation),
            ]
            for target in found.targets
        ]
        write(table(columns, rows, terminal()))
    for key, error in found.missing.items():
        remark(f"{key}: {error.title}")
    for line in impact_lines(operation, impact) if touched else ():
        remark(line)
    remark(f"dry run: {_amount(operation, len(touched), len(reasons))}; nothing was changed")


def _amount(operation: WorkflowOperation, touched: int, skipped: int) -> str:
    from argotui.model.counted import counted

    text = f"{operation} {counted(touched, 'workflow')}"
    return f"{text}, {skipped:,} left as they are" if skipped else text


def _confirm(
    operation: WorkflowOperation,
    touched: Sequence[OperationTarget],
    skipped: int,
    *,
    searched: bool,
) -> None:
    """Ask at the terminal before what is dangerous, or what a search chose.

    Without a terminal a dangerous operation needs --yes.
    """
    from argotui.cli.asking import confirm, need_answers
    from argotui.model.workflow.impact import impact_lines, impact_of

    if operation.dangerous:
        need_answers("give --yes, and --dry-run before it to see what is touched")
    elif not searched or not sys.stdin.isatty():
        return
    names = [f"  {target.key}   {target.words}" for target in touched[:SHOWN]]
    if len(touched) > SHOWN:
        names.append(f"  and {len(touched) - SHOWN:,} more; --dry-run shows all")
    impact = [f"  {line}" for line in impact_lines(operation, impact_of(touched))]
    head = _amount(operation, len(touched), skipped)
    click.echo("\n".join([f"{head}:", *names, *impact]), err=True)
    confirm(f"{operation.kind.value.capitalize()} {_these(len(touched))}?")


def _these(number: int) -> str:
    from argotui.model.counted import counted

    return "this workflow" if number == 1 else f"these {counted(number, 'workflow')}"


# While.


@contextlib.contextmanager
def _progress(
    operation: WorkflowOperation, total: int
) -> Iterator[Callable[[OperationResult], None]]:
    """Show a bar on stderr if that is a terminal and there is more than one workflow."""
    if total < 2 or not sys.stderr.isatty():
        yield lambda result: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    failed = 0
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failed]}", markup=False),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(operation.kind.value, total=total, failed="")

        def advance(result: OperationResult) -> None:
            nonlocal failed
            failed += not result.status.good
            bar.update(task, advance=1, failed=f"{failed:,} not done" if failed else "")

        yield advance


@contextlib.asynccontextmanager
async def _cancelling(bulk: BulkRun) -> AsyncIterator[None]:
    """Within it ctrl-c begins no further workflow; a second one waits for nothing."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def interrupted() -> None:
        from argotui.cli.connect import remark

        if bulk.cancelled and task is not None:
            task.cancel()
            return
        bulk.cancel()
        remark("cancelling: what is under way ends; again: do not wait for it")

    try:
        loop.add_signal_handler(signal.SIGINT, interrupted)
    except (NotImplementedError, RuntimeError):  # Windows, or not the main thread
        yield
        return
    try:
        yield
    except asyncio.CancelledError:
        if task is None or not bulk.cancelled or task.uncancel() > 0:
            raise
    finally:
        loop.remove_signal_handler(signal.SIGINT)


# After.


def _show_results(
    connection: ClusterConnection,
    operation: WorkflowOperation,
    results: Sequence[OperationResult],
    output: str,
    *,
    cancelled: bool,
) -> None:
    from argotui.cli.operation_documents import results_document
    from argotui.cli.output import TextColumn, as_json, table, terminal, write

    if output == "json":
        write([as_json(results_document(operation, results, cancelled=cancelled))])
    elif output == "name":
        done = [result for result in results if result.status.good]
        write(name_of(connection, result.created or result.key) for result in done)
    else:
        where = terminal()
        columns = [
            TextColumn("WORKFLOW", least=20),
            TextColumn("RESULT"),
            TextColumn("DETAIL", least=12),
        ]
        rows = [[name_of(connection, r.key), _cell(r, where), _detail(r)] for r in results]
        write(table(columns, rows, where))


def _detail(result: OperationResult) -> str:
    return f"{result.detail}: `{result.command}`" if result.command else result.detail


def _cell(result: OperationResult, where: Terminal) -> Any:
    from argotui.cli.output import Cell

    return Cell(result.status.value, "succeeded" if result.status.good else "failed")


def _tell_end(
    results: Sequence[OperationResult], operation: WorkflowOperation, *, cancelled: bool
) -> None:
    """Print the counts of several results, and the command that does what was not done."""
    from argotui.cli.connect import remark
    from argotui.operations.workflows.bulk import counts_of

    if len(results) > 1 or cancelled:
        remark(counts_of(results))
    again = [result.key for result in results if _worth_trying(result)]
    if not again or len(results) == 1:
        return
    if len(again) > REPEATED:
        remark("to do what was not done, run the same command again")
        return
    remark(f"to do what was not done: {command_again(sys.argv[1:], again)}")


def _worth_trying(result: OperationResult) -> bool:
    from argotui.model.workflow.operations import OperationStatus

    return result.status in (
        OperationStatus.NOT_PERMITTED,
        OperationStatus.CHANGED,
        OperationStatus.FAILED,
        OperationStatus.UNKNOWN,
        OperationStatus.NOT_SENT,
    )


def command_again(arguments: Sequence[str], keys: Sequence[Key]) -> str:
    """Return the command line with the names of workflows instead of what chose them."""
    return shlex.join(["argotui", *without_choice(arguments), *map(str, keys)])


_FLAGS = frozenset({"--completed", "--resubmitted", "--all", "-A", "--all-namespaces"})
"""The options that choose, without a value."""
_CHOICES = _FLAGS | {
    "-l",
    "--selector",
    "--field-selector",
    "--status",
    "--older",
    "--prefix",
    "--query-chunk-size",
}
_VALUED = frozenset(
    {
        "--context",
        "--kubeconfig",
        "--argo-server",
        "--argo-ca-file",
        "-n",
        "--namespace",
        "--config",
        "-o",
        "--output",
    }
)
"""The other options with a value."""


def without_choice(arguments: Sequence[str]) -> list[str]:
    """Return the arguments without the options that choose, and without names of workflows.

    Changes (`KEY=VALUE`, `KEY-`), numbers and all other options stay.
    """
    kept: list[str] = []
    left = iter(arguments)
    verb = False
    for argument in left:
        name, equals, _ = argument.partition("=")
        if name in _CHOICES:
            if name not in _FLAGS and not equals:
                next(left, None)
        elif argument[:2] == "-l" and argument != "-l":
            continue
        elif argument.startswith("-"):
            kept.append(argument)
            if name in _VALUED and not equals:
                kept.append(next(left, ""))
        elif not verb or equals or argument.endswith("-") or argument.lstrip("-").isdigit():
            verb = True
            kept.append(argument)
    return kept


def code_of_results(results: Sequence[OperationResult]) -> int:
    """Return the exit code: 0 if everything was done, 12 if something is unknown, else the code
    that all failures share, or 1."""
    from argotui.model.workflow.operations import OperationStatus

    codes = {
        OperationStatus.NOT_FOUND: exits.NOT_FOUND,
        OperationStatus.NOT_PERMITTED: exits.FORBIDDEN,
        OperationStatus.CHANGED: exits.CHANGED,
        OperationStatus.UNKNOWN: exits.UNKNOWN_OUTCOME,
    }
    bad = {codes.get(r.status, exits.FAILURE) for r in results if not r.status.good}
    if exits.UNKNOWN_OUTCOME in bad:
        return exits.UNKNOWN_OUTCOME
    return bad.pop() if len(bad) == 1 else exits.FAILURE if bad else exits.OK
