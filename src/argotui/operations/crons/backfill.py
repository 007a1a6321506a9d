"""Make up for the runs of a CronWorkflow in a range of time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from argotui.backend.ports import Document, ObjectPort
from argotui.errors import (
    BackendError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnauthorizedError,
)
from argotui.model.argo import Key
from argotui.model.counted import counted
from argotui.model.cron.backfill import (
    BACKFILL_LABEL,
    BackfillRange,
    backfill_stem,
    backfill_warnings,
    backfill_workflows,
)
from argotui.model.cron.summary import CronSummary, summarise_cron
from argotui.model.kinds import CRON_WORKFLOW, WORKFLOW
from argotui.model.submission.build import SCHEDULED_TIME, SubmitOptions
from argotui.model.submission.parameters import parameter_fields
from argotui.model.workflow.operations import OperationResult, OperationStatus
from argotui.operations.submit.submitter import Submitter

MOST = 1000
"""How many workflows a backfill creates at most, if nobody says another number."""
ARGUMENT = "cronScheduleTime"
"""The parameter that gets the time of a run, if the workflow has it, as in Argo."""


class BackfillOptions(msgspec.Struct, frozen=True):
    """What to make up for, and how: `name` tells backfills of one CronWorkflow apart.

    `argument` is the parameter that gets the time of a run; empty: `cronScheduleTime`, if there is
    one of that name.
    """

    range: BackfillRange
    name: str = ""
    parallel: bool = False
    argument: str = ""
    most: int = MOST
    parameters: dict[str, str] = {}


class BackfillPlan(msgspec.Struct, frozen=True):
    """The workflows that a backfill creates, in order, and what to know before."""

    cron: CronSummary
    runs: list[datetime]
    workflows: list[Document]
    warnings: list[str]

    @property
    def names(self) -> list[str]:
        return [str(each["metadata"]["name"]) for each in self.workflows]


async def plan_backfill(submitter: Submitter, key: Key, options: BackfillOptions) -> BackfillPlan:
    """Return what a backfill would create, checked; nothing is sent.

    Raises InvalidError if the range or the CronWorkflow cannot be used, and BackendError.
    """
    if options.range.end <= options.range.start:
        raise InvalidError("The end of the range is not after its start")
    source = await submitter.read_source(CRON_WORKFLOW, key.name, key.namespace)
    row = summarise_cron(source.document)
    if row.refusal:
        raise InvalidError(f"Argo refuses the schedule of {key}: {row.refusal}", hint=row.hint)
    runs = options.range.runs(row, options.most)
    if len(runs) > options.most:
        raise InvalidError(
            f"This range has more than {counted(options.most, 'run')}",
            hint="Give a shorter range, or more with --maxworkflowcount.",
        )
    argument = options.argument
    if not argument:
        fields = parameter_fields(source.spec, source.annotations, source.entrypoint)
        argument = ARGUMENT if any(field.name == ARGUMENT for field in fields) else ""
    parameters = dict(options.parameters)
    if argument:
        parameters.setdefault(argument, "2006-01-02 15:04:05 +0000 UTC")
    stem = backfill_stem(key.name, options.name)
    prepared = await submitter.prepare(
        source,
        key.namespace,
        SubmitOptions(
            name=f"{stem}-{int(options.range.start.timestamp())}",
            labels={BACKFILL_LABEL: key.name},
            parameters=parameters,
        ),
    )
    workflows = backfill_workflows(
        prepared.document, runs, stem=stem, parallel=options.parallel, argument=argument
    )
    return BackfillPlan(row, runs, [*workflows], [*backfill_warnings(row, len(runs))])


async def run_backfill(
    port: ObjectPort,
    plan: BackfillPlan,
    report: Callable[[OperationResult], None] = lambda result: None,
    *,
    read_only: bool = False,
) -> list[OperationResult]:
    """Create the workflows of a plan, the oldest run first, and return how each came out.

    A workflow that exists already is left as it is. The first failure ends it: the others are not
    sent.
    """
    if read_only:
        raise InvalidError("Read-only: the settings refuse every action that writes")
    results: list[OperationResult] = []
    for document in plan.workflows:
        key = Key(plan.cron.key.namespace, str(document["metadata"]["name"]))
        if results and results[-1].status not in _GOES_ON:
            results.append(OperationResult(key, OperationStatus.NOT_SENT, "one before it failed"))
        else:
            results.append(await _create(port, key, document))
        report(results[-1])
    return results


_GOES_ON = (OperationStatus.DONE, OperationStatus.UNCHANGED)


async def _create(port: ObjectPort, key: Key, document: Document) -> OperationResult:
    try:
        await port.create(WORKFLOW, key.namespace, document)
    except ConflictError:
        return OperationResult(key, OperationStatus.UNCHANGED, "it exists already")
    except (ForbiddenError, UnauthorizedError) as error:
        return OperationResult(key, OperationStatus.NOT_PERMITTED, error.detail or error.title)
    except (InvalidError, NotFoundError) as error:
        return OperationResult(key, OperationStatus.FAILED, error.detail or error.title)
    except BackendError as lost:
        return await _found_out(port, key, lost)
    return OperationResult(key, OperationStatus.DONE, f"created for {_run_of(document)}")


async def _found_out(port: ObjectPort, key: Key, lost: BackendError) -> OperationResult:
    """Return the outcome of a creation whose answer was lost."""
    try:
        found = await port.read(WORKFLOW, *key)
    except NotFoundError:
        return OperationResult(key, OperationStatus.UNKNOWN, f"{lost.title}; it is not there yet")
    except BackendError:
        return OperationResult(key, OperationStatus.UNKNOWN, lost.title)
    detail = f"it is there, for {_run_of(found)}; the answer was lost"
    return OperationResult(key, OperationStatus.DONE, detail)


def _run_of(document: Document) -> str:
    return str((document["metadata"].get("annotations") or {}).get(SCHEDULED_TIME, ""))


def range_of(start: datetime, end: datetime | None, now: datetime) -> BackfillRange:
    """Return the range of a backfill: without an end it reaches until now."""
    return BackfillRange(start.astimezone(UTC), (end or now).astimezone(UTC))
