"""`cron run` and `cron backfill`: workflows of a CronWorkflow outside of its schedule."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import click

from argotui.cli import values
from argotui.cli.cron_next import read_time
from argotui.cli.cron_reading import NAME
from argotui.cli.following import following, take_following
from argotui.cli.options import shared
from argotui.cli.parameters import parameter_option

if TYPE_CHECKING:
    from argotui.cli.connect import ClusterConnection
    from argotui.model.cron.backfill import BackfillRange
    from argotui.operations.crons.backfill import BackfillPlan
    from argotui.operations.submit.submitter import Prepared, Submitter

_NAME = click.argument("name", metavar=NAME, shell_complete=values.crons)
_PARAMETERS = parameter_option()


@click.command("run", short_help="Start a CronWorkflow now.")
@shared
@_NAME
@_PARAMETERS
@click.option("--dry-run", is_flag=True, help="Print what would be sent; nothing is sent.")
@click.option("--server-dry-run", is_flag=True, help="Let the server try it; nothing is created.")
@following
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "wide", "name", "json", "yaml"]),
    default=None,
    help="The output format.",
)
@click.pass_context
def run_now(context: click.Context, /, name: str, parameters: dict[str, str], **given: Any) -> None:
    """Start a CronWorkflow now, with other values if you like: `submit --from cronwf/NAME`.

    A suspended one too; its policy for concurrency does not count.
    """
    from argotui.cli.submit import SubmissionMode, run_submission
    from argotui.model.kinds import CRON_WORKFLOW
    from argotui.model.submission.build import SubmitOptions

    namespace, _, own = name.rpartition("/")
    options = SubmitOptions(parameters=parameters)

    async def prepare(submitter: Submitter, home: str) -> list[Prepared]:
        return [await submitter.prepare_from(CRON_WORKFLOW, own, namespace or home, options)]

    run_submission(context, prepare, SubmissionMode(after=take_following(given), **given))


def _read_any_time(
    context: click.Context, parameter: click.Parameter, given: str | None
) -> datetime | None:
    """Return a time as `read_time`, or one in the form of `argo` (RFC 1123)."""
    if given and "," in given:
        try:
            found = parsedate_to_datetime(given)
        except ValueError:
            raise click.BadParameter(f"{given!r} is not a time", context, parameter) from None
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return read_time(context, parameter, given)


@click.command("backfill", short_help="Make up for the runs in a range of time.")
@shared
@_NAME
@click.option(
    "--start", metavar="TIME", callback=_read_any_time, required=True, help="After which time."
)
@click.option("--end", metavar="TIME", callback=_read_any_time, help="Until when; else: now.")
@click.option("--name", "backfill_name", metavar="NAME", default="", help="To tell two apart.")
@click.option("--parallel", is_flag=True, help="All at once; otherwise one after the other.")
@click.option(
    "--argname",
    metavar="NAME",
    default="",
    help="The parameter that gets the time of the run; cronScheduleTime if there is one.",
)
@click.option(
    "--maxworkflowcount",
    "most",
    type=click.IntRange(1, 10_000),
    default=1000,
    show_default=True,
    help="At most this many workflows.",
)
@_PARAMETERS
@click.option("--dry-run", is_flag=True, help="Show which workflows would be created, and end.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "name", "json"]),
    default="table",
    help="The output format.",
)
@click.pass_context
def backfill(context: click.Context, /, **given: Any) -> None:
    """Start a workflow for each run of a CronWorkflow in a range of time, the oldest first.

    \b
      argotui cron backfill nightly --start 2026-03-01 --end 2026-03-08 --dry-run

    A time is RFC 3339 (UTC if it has no offset) or RFC 1123 as with argo. Each workflow has the
    second of its run in its name, so a range can be given again: what exists is left as it is.
    """
    from argotui.cli.connect import run, split_name

    async def act(connection: ClusterConnection) -> int:
        from argotui.cli.cron_writing import print_results
        from argotui.operations.crons.backfill import (
            BackfillOptions,
            plan_backfill,
            range_of,
            run_backfill,
        )
        from argotui.operations.submit.submitter import Submitter

        dry_run = given["dry_run"]
        if connection.read_only and not dry_run:
            raise click.UsageError("read-only: the settings refuse every action that writes")
        objects = connection.backend.objects
        wanted = BackfillOptions(
            range_of(given["start"], given["end"], connection.clock.now()),
            given["backfill_name"],
            given["parallel"],
            given["argname"],
            given["most"],
            given["parameters"],
        )
        submitter = Submitter(objects, connection.clock, read_only=connection.read_only)
        plan = await plan_backfill(submitter, split_name(given["name"], connection), wanted)
        if dry_run or not plan.runs:
            _print_plan(plan, wanted.range, given["output"])
            return 0
        if not given["yes"]:
            _confirm(plan)
        results = await run_backfill(objects, plan)
        return print_results("backfill", results, given["output"])

    context.exit(run(context, act))


def _print_plan(plan: BackfillPlan, wanted: BackfillRange, output: str) -> None:
    from argotui.cli.connect import remark
    from argotui.cli.cron_documents import plan_document
    from argotui.cli.output import TextColumn, as_json, table, terminal, write
    from argotui.model.counted import counted

    if output == "json":
        write([as_json(plan_document(plan, wanted))])
    elif output == "name":
        write(plan.names)
    elif plan.runs:
        columns = [TextColumn("WORKFLOW", least=20), TextColumn("FOR THE RUN OF")]
        rows = [[name, f"{run:%Y-%m-%dT%H:%M:%SZ}"] for name, run in _rows(plan)]
        write(table(columns, rows, terminal()))
    for line in plan.warnings if plan.runs else ():
        remark(line)
    remark(f"{counted(len(plan.runs), 'run')} in this range; nothing was created")


def _rows(plan: BackfillPlan) -> list[tuple[str, datetime]]:
    return list(zip(plan.names, plan.runs, strict=True))


_SHOWN = 20


def _confirm(plan: BackfillPlan) -> None:
    from argotui.cli.asking import confirm, need_answers
    from argotui.model.counted import counted

    need_answers("give --yes, and --dry-run before it to see what is created")
    lines = [f"  {name}   {run:%Y-%m-%d %H:%M} UTC" for name, run in _rows(plan)[:_SHOWN]]
    if len(plan.runs) > _SHOWN:
        lines.append(f"  and {len(plan.runs) - _SHOWN:,} more; --dry-run shows all")
    click.echo("\n".join([*lines, *(f"  {line}" for line in plan.warnings)]), err=True)
    confirm(f"Create {counted(len(plan.runs), 'workflow')}?")
