"""`label`, `annotate` and `priority`: changes of whole workflows that end nothing."""

from __future__ import annotations

from typing import Any

import click

from argotui.cli import values
from argotui.cli.operating import OperationOptions, run_operation
from argotui.cli.operations import operation_options
from argotui.cli.options import shared
from argotui.cli.selection import choosing, take_choice
from argotui.model.workflow.operations import HIGHEST_PRIORITY, LOWEST_PRIORITY

_WORDS = click.argument(
    "words",
    nargs=-1,
    required=True,
    metavar="[[NAMESPACE/]NAME]... KEY=VALUE|KEY-...",
    shell_complete=values.workflows,
)
_OVERWRITE = click.option(
    "--overwrite", is_flag=True, help="Replace a value that is there already."
)


def split_words(words: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, str | None]]:
    """Return the names of workflows, and the changes. Raises `UsageError`."""
    from argotui.model.workflow.operations import parse_changes

    names = tuple(word for word in words if "=" not in word and not word.endswith("-"))
    try:
        changes = parse_changes(word for word in words if word not in names)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if not changes:
        raise click.UsageError("what is to change? Give KEY=VALUE, or KEY- to remove one")
    return names, changes


def _run(kind: str, context: click.Context, given: dict[str, Any]) -> None:
    from argotui.model.workflow.operations import OperationKind, WorkflowOperation

    names, changes = split_words(given["words"])
    options = OperationOptions(given["dry_run"], given["yes"], given["output"])
    operation = WorkflowOperation(
        OperationKind(kind), changes=changes, overwrite=given["overwrite"]
    )
    run_operation(context, operation, names, take_choice(given), options)


@click.command("label", short_help="Set or remove labels of workflows.")
@shared
@_WORDS
@_OVERWRITE
@operation_options
@choosing
@click.pass_context
def label(context: click.Context, /, **given: Any) -> None:
    """Set labels (KEY=VALUE) or remove them (KEY-), as `kubectl label` does."""
    _run("label", context, given)


@click.command("annotate", short_help="Set or remove annotations of workflows.")
@shared
@_WORDS
@_OVERWRITE
@operation_options
@choosing
@click.pass_context
def annotate(context: click.Context, /, **given: Any) -> None:
    """Set annotations (KEY=VALUE) or remove them (KEY-), as `kubectl annotate` does."""
    _run("annotate", context, given)


@click.command(
    "priority",
    short_help="Set the priority of workflows that wait.",
    context_settings={"ignore_unknown_options": True},  # a priority may be negative
)
@shared
@click.argument(
    "number", metavar="PRIORITY", type=click.IntRange(LOWEST_PRIORITY, HIGHEST_PRIORITY)
)
@click.argument("names", nargs=-1, metavar="[[NAMESPACE/]NAME]...", shell_complete=values.workflows)
@operation_options
@choosing
@click.pass_context
def priority(context: click.Context, /, **given: Any) -> None:
    """Set the priority: of workflows that wait for parallelism or a lock, higher ones go first."""
    from argotui.model.workflow.operations import OperationKind, WorkflowOperation

    options = OperationOptions(given["dry_run"], given["yes"], given["output"])
    operation = WorkflowOperation(OperationKind.PRIORITY, priority=given["number"])
    run_operation(context, operation, given["names"], take_choice(given), options)
