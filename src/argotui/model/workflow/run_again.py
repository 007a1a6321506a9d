"""What a retry and a resubmission have in common.

Documents are workflows as decoded from JSON. The functions change no document that they are given:
they return a new one that shares its unchanged parts with the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from argotui.model.argo import CREATOR, LABEL
from argotui.model.workflow.actor import ACTION, ACTOR, ACTOR_EMAIL, ACTOR_NAME

ARCHIVING = LABEL + "workflow-archiving-status"
CREATORS = (CREATOR, CREATOR + "-email", CREATOR + "-preferred-username")
"""The labels that name the person who created a workflow."""
ACTORS = (ACTOR, ACTOR_EMAIL, ACTOR_NAME, ACTION)
"""The labels that name the last action on a workflow, and the person."""

NOT_COMPLETED = {"status": "False", "type": "Completed"}
"""The condition of a workflow that runs."""

Document = Mapping[str, Any]


class CannotRunAgain(ValueError):
    """The workflow's state, or the options, rule out a retry or a resubmission."""


def part(document: Document, *path: str) -> Mapping[str, Any]:
    """Return an object inside a document; empty if it is absent or not an object."""
    found: Any = document
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def nodes_of(document: Document) -> dict[str, Mapping[str, Any]]:
    """Return the nodes of a workflow by ID.

    Raises CannotRunAgain if the nodes are in the controller's database.
    """
    nodes = part(document, "status", "nodes")
    if not nodes and part(document, "status").get("offloadNodeStatusVersion"):
        raise CannotRunAgain("The nodes are in the controller's database: use the Argo server")
    return {key: node for key, node in nodes.items() if isinstance(node, Mapping)}


def texts(node: Mapping[str, Any], field: str) -> list[str]:
    """Return a list of texts of a node: its `children` or `outboundNodes`."""
    found = node.get(field)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def text(node: Mapping[str, Any], field: str) -> str:
    """Return a text of an object; empty if it is absent."""
    found = node.get(field)
    return found if isinstance(found, str) else ""


def failed(node: Mapping[str, Any]) -> bool:
    return node.get("phase") in ("Failed", "Error")


def with_succeeded_descendant(
    nodes: Mapping[str, Mapping[str, Any]], ignored: Iterable[str] = ()
) -> set[str]:
    """Return the IDs of the nodes below which a node succeeded, apart from the ignored ones.

    The rule is that of `isDescendantNodeSucceeded`, workflow/util/util.go.
    """
    above: dict[str, list[str]] = {}
    for key, node in nodes.items():
        for child in texts(node, "children"):
            above.setdefault(child, []).append(key)
    skipped = set(ignored)
    waiting = [
        key
        for key, node in nodes.items()
        if node.get("phase") == "Succeeded" and key not in skipped
    ]
    found: set[str] = set()
    while waiting:
        for parent in above.get(waiting.pop(), ()):
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found


def without(mapping: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return a copy without some fields."""
    return {key: value for key, value in mapping.items() if key not in names}


def with_list(node: dict[str, Any], field: str, values: list[str]) -> None:
    """Set a list of a node; an empty one is left out, as Argo writes it."""
    if values:
        node[field] = values
    else:
        node.pop(field, None)


def not_terminated(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a spec without a shutdown, and without the deadline 0 that once terminated."""
    kept = without(spec, "shutdown")
    if kept.get("activeDeadlineSeconds") == 0:
        del kept["activeDeadlineSeconds"]
    return kept


def with_parameters(spec: Mapping[str, Any], parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return a spec in which some arguments have other values.

    The given ones come first, then those that keep their value (`overrideParameters`,
    workflow/util/util.go).
    """
    if not parameters:
        return dict(spec)
    arguments = part(spec, "arguments")
    known = arguments.get("parameters")
    others = [
        one
        for one in (known if isinstance(known, list) else [])
        if not isinstance(one, Mapping) or one.get("name") not in parameters
    ]
    given = [{"name": name, "value": value} for name, value in parameters.items()]
    return {**spec, "arguments": {**arguments, "parameters": [*given, *others]}}
