"""The options that choose workflows, as `argo delete` and `argo list` have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from argotui.cli.connect import ClusterConnection
    from argotui.model.argo import Key
    from argotui.operations.workflows.selecting import WorkflowSelection

F = TypeVar("F", bound=Callable[..., Any])

_KEYS = (
    "labels",
    "fields",
    "statuses",
    "completed",
    "older",
    "prefix",
    "resubmitted",
    "every",
)


def _statuses(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    from argotui.operations.workflows.selecting import PHASES

    names = [name.strip() for one in given for name in one.split(",")]
    known = {phase.lower(): phase for phase in PHASES}
    for name in names:
        if name.lower() not in known:
            message = f"{name!r} is not a phase: {', '.join(PHASES)}"
            raise click.BadParameter(message, context, parameter)
    return tuple(dict.fromkeys(known[name.lower()] for name in names))


def _age(context: click.Context, parameter: click.Parameter, given: str | None) -> float | None:
    from argotui.model.durations import DurationError, parse_age

    if given is None:
        return None
    try:
        return parse_age(given)
    except DurationError as error:
        raise click.BadParameter(str(error), context, parameter) from None


def _selector(context: click.Context, parameter: click.Parameter, given: str | None) -> str:
    """Return a label selector that the server reads as it is meant."""
    from argotui.model.labels import read_selector
    from argotui.model.patterns import FilterError

    if not given:
        return ""
    try:
        selector, end = read_selector(given)
    except FilterError as error:
        raise click.BadParameter(error.message, context, parameter) from None
    if given[end:].strip():
        raise click.BadParameter(f"{given[end:].strip()!r} cannot follow", context, parameter)
    return str(selector)


_OPTIONS = (
    click.option(
        "-l",
        "--selector",
        "labels",
        metavar="LABELS",
        callback=_selector,
        help="Those with these labels, as in kubectl.",
    ),
    click.option(
        "--field-selector",
        "fields",
        metavar="FIELDS",
        default="",
        help="Those with these fields: metadata.name=NAME.",
    ),
    click.option(
        "--status",
        "statuses",
        metavar="PHASE",
        multiple=True,
        callback=_statuses,
        help="Those in this phase; several with commas.",
    ),
    click.option("--completed", is_flag=True, help="Those that have ended."),
    click.option(
        "--older",
        metavar="AGE",
        callback=_age,
        help="Those that ended longer ago than this: 10m, 3h, 7d.",
    ),
    click.option("--prefix", metavar="TEXT", default="", help="Those whose name begins so."),
    click.option("--resubmitted", is_flag=True, help="Those that were resubmitted from another."),
    click.option("--all", "every", is_flag=True, help="All workflows of the namespace."),
)


def choosing(function: F) -> F:
    """Give a command the options that choose workflows; `take_choice` takes their values."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def take_choice(given: dict[str, Any]) -> dict[str, Any]:
    """Remove the values of `choosing` from the parameters of a command, and return them."""
    return {key: given.pop(key) for key in _KEYS}


def need_choice(names: tuple[str, ...], chosen: dict[str, Any]) -> None:
    """Raise `UsageError` if a command line chooses no workflow."""
    from argotui.operations.workflows.selecting import WorkflowSelection

    if not names and not WorkflowSelection(**chosen).searches:
        raise click.UsageError(
            "which workflows? Give names, or choose them: -l, --status, --completed, --older, "
            "--prefix; --all chooses every workflow of the namespace, with -A of all namespaces"
        )


async def selection_of(
    connection: ClusterConnection, names: tuple[str, ...], chosen: dict[str, Any]
) -> WorkflowSelection:
    """Return what a command line chooses. Raises `InvalidError` for what can be no name."""
    from argotui.backend.names import check_name, check_namespace
    from argotui.cli.connect import find_named
    from argotui.operations.workflows.selecting import WorkflowSelection

    keys = []
    for name in names:
        key = await find_named(name, connection)
        check_namespace(key.namespace)
        check_name("workflow", key.name)
        keys.append(key)
    return WorkflowSelection(connection.namespace, tuple(keys), **chosen)


def name_of(connection: ClusterConnection, key: Key) -> str:
    """Return a name that a later command line reads as the same workflow."""
    return key.name if key.namespace == connection.namespace == connection.home else str(key)
