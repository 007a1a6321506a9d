"""The options that choose nodes of a workflow, as `argo get` and `argo watch` have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from argotui.model.argo import Node

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--status", metavar="PHASE", help="Only nodes in this phase; several with commas."
    ),
    click.option(
        "--node-field-selector",
        "fields",
        metavar="FIELDS",
        help="Only nodes with these fields: displayName=NAME,phase!=Succeeded.",
    ),
)


def choosing_nodes(function: F) -> F:
    """Give a command the options that choose nodes; `node_choice` takes their values."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def node_choice(status: str | None, fields: str | None) -> Callable[[Node], bool] | None:
    """Return whether a node is chosen, None if all are. Raises UsageError."""
    import msgspec

    from argotui.model.workflow.node_selector import SelectorError, parse_node_selector
    from argotui.model.workflows.filter_terms import PHASES

    if status is None and fields is None:
        return None
    by_name = {phase.lower(): phase for phase in PHASES}
    words = [word.strip() for word in (status or "").split(",") if word.strip()]
    for word in words:
        if word.lower() not in by_name:
            raise click.UsageError(f"--status: {word!r} is not a phase: {', '.join(PHASES)}")
    phases = {by_name[word.lower()] for word in words}
    try:
        selector = parse_node_selector(fields or "")
    except SelectorError as error:
        raise click.UsageError(f"--node-field-selector: {error}") from None
    if unknown := selector.unknown_fields:
        raise click.UsageError(f"--node-field-selector: nodes have no field {unknown[0]}")

    def chosen(node: Node) -> bool:
        if phases and node.phase not in phases:
            return False
        return not selector.terms or selector.matches(msgspec.to_builtins(node))

    return chosen
