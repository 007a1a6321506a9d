"""`retry` and `resubmit`: run workflows again, in place or as new ones."""

from __future__ import annotations

from typing import Any

import click

from argotui.cli.following import following, take_following
from argotui.cli.operating import OperationOptions, run_operation
from argotui.cli.operations import NAMES, operation_options
from argotui.cli.options import shared
from argotui.cli.parameters import parameter_option
from argotui.cli.selection import choosing, take_choice

_PARAMETERS = parameter_option("Another value of a parameter.")


def _selector(context: click.Context, parameter: click.Parameter, given: str) -> str:
    """Return a field selector that Argo reads as it is meant."""
    from argotui.model.workflow.node_selector import SelectorError, parse_node_selector

    try:
        parse_node_selector(given)
    except SelectorError as error:
        raise click.BadParameter(str(error), context, parameter) from None
    return given


@click.command("retry", short_help="Run again what failed in workflows.")
@shared
@NAMES
@operation_options
@following
@_PARAMETERS
@click.option(
    "--node-field-selector",
    "node_selector",
    default="",
    metavar="FIELDS",
    callback=_selector,
    help="With --restart-successful: these nodes too, for instance displayName=build.",
)
@click.option(
    "--restart-successful",
    is_flag=True,
    help="The nodes of --node-field-selector run again though they succeeded.",
)
@choosing
@click.pass_context
def retry(context: click.Context, /, **given: Any) -> None:
    """Run again the failed nodes of workflows, and all that comes after them.

    The pods of these nodes are deleted; the other nodes keep their results. --dry-run names each
    node and pod:

    \b
      argotui retry release-x7k2p --dry-run
      argotui retry release-x7k2p --restart-successful --node-field-selector displayName=build
      argotui retry --status Failed,Error --older 1h
    """
    from argotui.model.workflow.operations import OperationKind, WorkflowOperation
    from argotui.model.workflow.rerun_options import RetryOptions

    names, chosen, options = _taken(given)
    if given["node_selector"] and not given["restart_successful"]:
        raise click.UsageError(
            "--node-field-selector needs --restart-successful: without it, Argo runs all failed "
            "nodes again and no other"
        )
    operation = WorkflowOperation(OperationKind.RETRY, retry=RetryOptions(**given))
    run_operation(context, operation, names, chosen, options)


@click.command("resubmit", short_help="Start new workflows like earlier ones.")
@shared
@NAMES
@operation_options
@following
@_PARAMETERS
@click.option("--priority", type=int, metavar="N", help="The priority of the new workflow.")
@click.option("--memoized", is_flag=True, help="Take over the results of the nodes that succeeded.")
@choosing
@click.pass_context
def resubmit(context: click.Context, /, **given: Any) -> None:
    """Create workflows like earlier ones, with their values or others, in your own name.

    \b
      argotui resubmit release-x7k2p -p version=2.41
      argotui resubmit release-x7k2p --memoized
    """
    from argotui.model.workflow.operations import OperationKind, WorkflowOperation
    from argotui.model.workflow.rerun_options import ResubmitOptions

    names, chosen, options = _taken(given)
    operation = WorkflowOperation(OperationKind.RESUBMIT, resubmit=ResubmitOptions(**given))
    run_operation(context, operation, names, chosen, options)


def _taken(given: dict[str, Any]) -> tuple[tuple[str, ...], dict[str, Any], OperationOptions]:
    """Remove what all operations have from the parameters of a command, and return it."""
    names, chosen = given.pop("names"), take_choice(given)
    after = take_following(given)
    dry_run = given.pop("dry_run")
    if after and dry_run:
        raise click.UsageError("a dry run starts nothing to wait for")
    options = OperationOptions(dry_run, given.pop("yes"), given.pop("output"), after)
    return names, chosen, options
