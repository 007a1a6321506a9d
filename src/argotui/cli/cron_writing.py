"""`cron create`, `update`, `lint`, `suspend`, `resume` and `delete`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from argotui.cli import values
from argotui.cli.cron_reading import NAME
from argotui.cli.decide import assignments
from argotui.cli.options import shared
from argotui.cli.parameters import parameter_file_option, parameter_option

if TYPE_CHECKING:
    from argotui.backend.ports import Document
    from argotui.cli.connect import ClusterConnection
    from argotui.model.workflow.operations import OperationResult

F = TypeVar("F", bound=Callable[..., Any])

_FILES = click.argument(
    "targets", nargs=-1, required=True, metavar="FILE|FOLDER|-...", shell_complete=values.files
)
_NAMES = click.argument("names", nargs=-1, metavar=f"{NAME}...", shell_complete=values.crons)
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Let the server try it; nothing changes.")


def _submit_options(function: F) -> F:
    """Give a command the options with which `argo` changes the workflow of a CronWorkflow."""
    for option in (
        click.option(
            "-o",
            "--output",
            type=click.Choice(["text", "wide", "name", "json", "yaml"]),
            default="text",
            help="The output format.",
        ),
        _DRY_RUN,
        click.option("--serviceaccount", metavar="NAME", default="", help="Of the pods."),
        click.option(
            "-l",
            "--labels",
            multiple=True,
            callback=assignments,
            metavar="NAME=VALUE",
            help="A label of the CronWorkflow.",
        ),
        click.option("--generate-name", metavar="PREFIX", default="", help="Instead of its name."),
        click.option("--name", metavar="NAME", default="", help="Instead of its name."),
        click.option(
            "--entrypoint", metavar="NAME", default="", help="The template to begin with."
        ),
        parameter_file_option,
        parameter_option(),
    ):
        function = option(function)
    return function


@click.command("create", short_help="Create CronWorkflows from files.")
@shared
@_FILES
@click.option("--schedule", metavar="SCHEDULE", default="", help="Instead of its schedules.")
@_submit_options
@click.pass_context
def create(context: click.Context, /, targets: tuple[str, ...], **given: Any) -> None:
    """Create CronWorkflows from files; a schedule that Argo would refuse is an error here."""
    _write(context, targets, given, new=True)


@click.command("update", short_help="Replace CronWorkflows by those of files.")
@shared
@_FILES
@_submit_options
@click.pass_context
def update(context: click.Context, /, targets: tuple[str, ...], **given: Any) -> None:
    """Replace CronWorkflows by those of files; what the controller noted in them stays."""
    _write(context, targets, given, new=False)


def _write(
    context: click.Context, targets: Sequence[str], given: dict[str, Any], *, new: bool
) -> None:
    from argotui.cli.connect import run
    from argotui.cli.templates import documents_of
    from argotui.model.kinds import CRON_WORKFLOW

    documents = [_with_options(each, given) for each in documents_of(targets, CRON_WORKFLOW)]

    async def act(connection: ClusterConnection) -> int:
        from argotui.operations.crons.writing import CronWriter

        writer = CronWriter(connection.backend.objects, read_only=connection.read_only)
        writer.check(documents)
        dry_run = given["dry_run"]
        write_one = writer.create if new else writer.update
        for each in documents:
            made = await write_one(each, connection.home, dry_run=dry_run)
            done = "created" if new else "updated"
            _say(made, f"would be {done}" if dry_run else done, given["output"], connection)
        return 0

    context.exit(run(context, act))


def _with_options(document: Document, given: dict[str, Any]) -> Document:
    """Return a CronWorkflow with the options applied, as `argo cron create` does."""
    from argotui.cli.submit import read_parameters
    from argotui.model.submission.build import SubmitOptions, with_options

    made = copy.deepcopy(document)
    spec = made.get("spec")
    if not isinstance(spec, dict):
        return made
    parameters = given["parameters"]
    if given["parameter_file"] is not None:
        parameters = {**read_parameters(given["parameter_file"]), **parameters}
    if given.get("schedule"):
        spec["schedules"] = [given["schedule"]]
    options = SubmitOptions(
        entrypoint=given["entrypoint"],
        service_account=given["serviceaccount"],
        parameters=parameters,
    )
    inner = {"metadata": {}, "spec": spec.get("workflowSpec") or {}}
    spec["workflowSpec"] = with_options(inner, options)["spec"]
    meta = made["metadata"] = dict(made.get("metadata") or {})
    if given["labels"]:
        meta["labels"] = {**(meta.get("labels") or {}), **given["labels"]}
    if given["generate_name"]:
        meta.pop("name", None)
        meta["generateName"] = given["generate_name"]
    if given["name"]:
        meta.pop("generateName", None)
        meta["name"] = given["name"]
    return made


def _say(document: Document, done: str, output: str, connection: ClusterConnection) -> None:
    from argotui.cli.output import write
    from argotui.cli.submit import print_objects
    from argotui.model.cron.summary import summarise_cron
    from argotui.model.cron.texts import next_words

    if output in ("name", "json", "yaml"):
        print_objects([document], output)
        return
    row = summarise_cron(document)
    now = connection.clock.now()
    words, _ = next_words(row, row.next_run(now), now)
    when = words if row.state or words == "never" else f"in {words}"
    write([f"CronWorkflow {row.key.name} {done}; next run: {when}"])


@click.command("lint", short_help="Check the CronWorkflows of files.")
@shared
@_FILES
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option("--server-dry-run", "server", is_flag=True, help="Let the server try them, too.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def lint(
    context: click.Context, targets: tuple[str, ...], strict: bool, server: bool, output: str
) -> None:
    """Check the CronWorkflows of files, their schedules too, as `argotui lint`."""
    from argotui.cli.lint import lint_targets
    from argotui.model.kinds import CRON_WORKFLOW

    kinds = (CRON_WORKFLOW.plural,)
    lint_targets(context, targets, strict=strict, kinds=kinds, server=server, output=output)


def _operation_options(function: F) -> F:
    for option in (
        click.option(
            "-o",
            "--output",
            type=click.Choice(["table", "name", "json"]),
            default="table",
            help="The output format; name: what was done.",
        ),
        click.option("--dry-run", is_flag=True, help="Show what would be touched, and end."),
    ):
        function = option(function)
    return function


@click.command("suspend", short_help="Let CronWorkflows start no further run.")
@shared
@_NAMES
@_operation_options
@click.pass_context
def suspend(context: click.Context, /, **given: Any) -> None:
    """Suspend CronWorkflows: no further run starts, and those that run go on."""
    _operate(context, "suspend", given)


@click.command("resume", short_help="Let suspended CronWorkflows run again.")
@shared
@_NAMES
@_operation_options
@click.pass_context
def resume(context: click.Context, /, **given: Any) -> None:
    """Let suspended CronWorkflows run again."""
    _operate(context, "resume", given)


@click.command("delete", short_help="Delete CronWorkflows and their runs.")
@shared
@_NAMES
@click.option("--all", "everything", is_flag=True, help="All of the namespace.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@_operation_options
@click.pass_context
def delete(context: click.Context, /, **given: Any) -> None:
    """Delete CronWorkflows. The workflows that they started are deleted with them."""
    if bool(given["names"]) == given["everything"]:
        raise click.UsageError("name what to delete, or give --all")
    _operate(context, "delete", given)


def _operate(context: click.Context, kind: str, given: dict[str, Any]) -> None:
    from argotui.cli.connect import run, split_name

    async def act(connection: ClusterConnection) -> int:
        from argotui.operations.crons.listing import list_crons
        from argotui.operations.crons.operate import CronOperation, operate_cron, read_cron

        operation = CronOperation(kind)
        objects, dry_run = connection.backend.objects, given["dry_run"]
        if connection.read_only and not dry_run:
            raise click.UsageError("read-only: the settings refuse every action that writes")
        keys = [split_name(name, connection) for name in dict.fromkeys(given["names"])]
        if given.get("everything"):
            keys = [row.key for row in await list_crons(objects, connection.home)]
        if dry_run or (operation is CronOperation.DELETE and not given["yes"] and keys):
            rows = [await read_cron(objects, key) for key in keys]
            lines = await _preview(connection, operation, rows)
            if dry_run:
                _print_preview(lines, [row.key.name for row in rows], given["output"])
                return 0
            _confirm(lines, len(rows))
        results = [await operate_cron(objects, operation, key, connection.clock) for key in keys]
        return print_results(kind, results, given["output"])

    context.exit(run(context, act))


async def _preview(connection: ClusterConnection, operation: Any, rows: Sequence[Any]) -> list[str]:
    """Return a line for each CronWorkflow: what would happen to it, and what goes with it."""
    from argotui.model.counted import counted
    from argotui.operations.crons.listing import runs_by_cron

    lines = []
    for row in rows:
        line = f"{row.key}: would be {operation.done}"
        if operation.value == "delete":
            runs = await runs_by_cron(
                connection.cluster, row.key.namespace, connection.clock, row.key.name
            )
            own = runs.get(row.key, [])
            active = sum(not run.ended for run in own)
            line += f", with {counted(len(own), 'workflow')} that it started"
            line += f", {active} of them still running" if active else ""
        elif operation.is_done(row):
            line = f"{row.key}: is {operation.done} already"
        lines.append(line)
    return lines


def _print_preview(lines: Sequence[str], names: Sequence[str], output: str) -> None:
    from argotui.cli.connect import remark
    from argotui.cli.documents import API
    from argotui.cli.output import as_json, write

    if output == "json":
        document = {"apiVersion": API, "kind": "CronOperationPreview", "items": list(lines)}
        write([as_json(document)])
    else:
        write(names if output == "name" else lines)
    remark("dry run: nothing was changed")


def _confirm(lines: Sequence[str], number: int) -> None:
    from argotui.cli.asking import confirm, need_answers
    from argotui.model.counted import counted

    need_answers("give --yes, and --dry-run before it to see what is touched")
    click.echo("\n".join(f"  {line}" for line in lines), err=True)
    confirm(f"Delete {counted(number, 'CronWorkflow')}?")


def print_results(operation: str, results: Sequence[OperationResult], output: str) -> int:
    """Print how an operation came out for each object, and return the exit code."""
    from argotui.cli.cron_documents import results_document
    from argotui.cli.operating import code_of_results
    from argotui.cli.output import Cell, TextColumn, as_json, table, terminal, write

    if output == "json":
        write([as_json(results_document(operation, results))])
    elif output == "name":
        write(result.key.name for result in results if result.status.good)
    elif results:
        columns = [
            TextColumn("NAME", least=20),
            TextColumn("RESULT"),
            TextColumn("DETAIL", least=12),
        ]
        rows: list[list[Cell | str]] = [
            [
                str(result.key),
                Cell(result.status.value, "succeeded" if result.status.good else "failed"),
                result.detail,
            ]
            for result in results
        ]
        write(table(columns, rows, terminal()))
    return code_of_results(results)
