"""`cron next`: when schedules run, without a cluster."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from argotui.cli import values

if TYPE_CHECKING:
    from argotui.model.cron.timetable import Timetable


def read_time(
    context: click.Context, parameter: click.Parameter, given: str | None
) -> datetime | None:
    """Return a time of the command line in UTC; one without an offset is in UTC."""
    if given is None:
        return None
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        message = f"{given!r} is not a time: write it like 2026-03-29T01:30:00Z or 2026-03-29"
        raise click.BadParameter(message, context, parameter) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


@click.command("next", short_help="Print when a schedule runs next.")
@click.argument("schedules", nargs=-1, required=True, metavar="SCHEDULE...")
@click.option(
    "--timezone",
    metavar="ZONE",
    default="",
    help="The field `timezone`, such as Europe/Berlin.",
    shell_complete=values.time_zones,
)
@click.option(
    "--from",
    "after",
    metavar="TIME",
    callback=read_time,
    help="Look after this time (RFC 3339; UTC if it has no offset). Otherwise: now.",
)
@click.option(
    "--count", type=click.IntRange(1, 10_000), default=5, show_default=True, help="How many runs."
)
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table")
@click.pass_context
def next_runs(
    context: click.Context,
    schedules: tuple[str, ...],
    timezone: str,
    after: datetime | None,
    count: int,
    output: str,
) -> None:
    """Print when a schedule runs next, by the rules of Argo's scheduler:

    \b
      argotui cron next '30 2 * * *' --timezone Europe/Berlin --from 2026-03-28
      argotui cron next '@every 90m'

    Several schedules are those of one CronWorkflow. It needs no cluster. A schedule that Argo
    refuses is an error that says why (exit code 2). Without a zone, times are those of a
    controller that runs in UTC.
    """
    from argotui.errors import InvalidError
    from argotui.model.cron.schedule import ScheduleError
    from argotui.model.cron.timetable import read_timetable

    if len(schedules) > 1 and not any(" " in text or text[:1] == "@" for text in schedules):
        raise click.UsageError("put the schedule into quotes: '0 3 * * *'")
    try:
        timetable = read_timetable(schedules, timezone)
    except ScheduleError as error:
        raise InvalidError(f"Argo refuses this: {error}", hint=error.hint) from None
    start = after or datetime.now(UTC)
    runs = timetable.next_runs(start, count)
    _print(schedules, timezone, timetable, start, runs, output)


def _print(
    schedules: tuple[str, ...],
    timezone: str,
    timetable: Timetable,
    start: datetime,
    runs: list[datetime],
    output: str,
) -> None:
    from argotui.cli.connect import remark
    from argotui.cli.documents import API
    from argotui.cli.output import TextColumn, as_json, table, terminal, write
    from argotui.model.cron.texts import local_time
    from argotui.model.cron.timetable import EVERY_COUNTS, NEVER_RUNS, outside_schema
    from argotui.model.durations import format_took

    refused = outside_schema(schedules)
    if output == "json":
        document: dict[str, Any] = {
            "apiVersion": API,
            "kind": "ScheduleRuns",
            "schedules": list(schedules),
            "timezone": timezone,
            "zone": timetable.zone.name,
            "from": start,
            "runs": [{"utc": run, "local": run.astimezone(timetable.zone.info)} for run in runs],
            "outsideSchema": refused,
        }
        write([as_json(document)])
    else:
        columns = [TextColumn("UTC"), TextColumn(timetable.zone.name.upper()), TextColumn("IN")]
        rows = [
            [
                f"{run:%Y-%m-%dT%H:%M:%SZ}",
                local_time(run, timetable.zone),
                format_took((run - start).total_seconds()),
            ]
            for run in runs
        ]
        write(table(columns, rows, terminal()) if rows else [])
    if not runs:
        remark("it never runs: there is no such time within five years")
    for text in refused:
        remark(f"the schema of CronWorkflow in Argo 4.1 refuses {text!r}; use the field `timezone`")
    if timetable.never_runs:
        remark(f"in Argo {NEVER_RUNS}")
    elif timetable.counts_from_reading:
        remark(EVERY_COUNTS)
