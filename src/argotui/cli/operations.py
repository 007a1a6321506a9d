"""`stop`, `terminate`, `suspend`, `resume` and `delete`: operations on whole workflows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from argotui.cli import values
from argotui.cli.operating import OperationOptions, run_operation
from argotui.cli.options import shared
from argotui.cli.selection import choosing, take_choice

F = TypeVar("F", bound=Callable[..., Any])

NAMES = click.argument(
    "names", nargs=-1, metavar="[[NAMESPACE/]NAME|@latest]...", shell_complete=values.workflows
)


def operation_options(function: F) -> F:
    """Give a command the options of all operations on workflows."""
    for option in (
        click.option(
            "-o",
            "--output",
            type=click.Choice(["table", "name", "json"]),
            default="table",
            help="The output format; name: what was done.",
        ),
        click.option("-y", "--yes", is_flag=True, help="Do not ask."),
        click.option("--dry-run", is_flag=True, help="Show what would be touched, and end."),
    ):
        function = option(function)
    return function


def _one_gate(verb: str, more: str) -> Callable[..., None]:
    """Refuse an option by which `argo` decides gates: each is decided by itself."""

    def refuse(context: click.Context, parameter: click.Parameter, given: str | None) -> None:
        if given is not None:
            raise click.BadParameter(
                f"argotui decides gates one by one: argotui {verb} WORKFLOW/GATE{more}",
                context,
                parameter,
            )

    return refuse


def _of_gates(verb: str, more: str, *names: str) -> Callable[[F], F]:
    def give(function: F) -> F:
        for name in names:
            function = click.option(
                name, callback=_one_gate(verb, more), expose_value=False, hidden=True
            )(function)
        return function

    return give


def _run(kind: str, context: click.Context, given: dict[str, Any]) -> None:
    from argotui.model.workflow.operations import OperationKind, WorkflowOperation

    names, chosen = given.pop("names"), take_choice(given)
    options = OperationOptions(given.pop("dry_run"), given.pop("yes"), given.pop("output"))
    operation = WorkflowOperation(OperationKind(kind), **given)
    run_operation(context, operation, names, chosen, options)


@click.command("stop", short_help="Stop workflows; their exit handlers run.")
@shared
@NAMES
@operation_options
@_of_gates("deny", " --reason TEXT", "--message", "--node-field-selector")
@choosing
@click.pass_context
def stop(context: click.Context, /, **given: Any) -> None:
    """Stop workflows: their pods are killed, their open gates fail, their exit handlers run.

    Argo ignores this while a workflow is suspended as a whole; the answer says so.
    """
    _run("stop", context, given)


@click.command("terminate", short_help="End workflows at once, without exit handlers.")
@shared
@NAMES
@operation_options
@choosing
@click.pass_context
def terminate(context: click.Context, /, **given: Any) -> None:
    """End workflows at once: as `stop`, but no exit handler runs."""
    _run("terminate", context, given)


@click.command("suspend", short_help="Let workflows start no further step.")
@shared
@NAMES
@operation_options
@choosing
@click.pass_context
def suspend(context: click.Context, /, **given: Any) -> None:
    """Suspend workflows as a whole: running pods go on, no further step starts."""
    _run("suspend", context, given)


@click.command("resume", short_help="Let suspended workflows go on.")
@shared
@NAMES
@operation_options
@_of_gates("approve", "", "--node-field-selector")
@choosing
@click.pass_context
def resume(context: click.Context, /, **given: Any) -> None:
    """Lift the suspension of whole workflows, and nothing else.

    Other than `argo resume`, it opens no gate: `argotui approve` decides those, one by one.
    """
    _run("resume", context, given)


@click.command("delete", short_help="Delete workflows.")
@shared
@NAMES
@operation_options
@click.option(
    "--force",
    is_flag=True,
    help="Remove the finalizers first; artifacts may stay in the store.",
)
@click.option(
    "--query-chunk-size", type=int, expose_value=False, hidden=True
)  # workflows are always listed in pages
@choosing
@click.pass_context
def delete(context: click.Context, /, **given: Any) -> None:
    """Delete workflows, for instance all that ended more than a week ago:

    \b
      argotui delete --completed --older 7d --dry-run
    """
    _run("delete", context, given)
