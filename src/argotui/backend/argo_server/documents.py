"""Objects as an Argo server sends them, and as the cluster has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argotui.backend.ports import Document, ResubmitOptions, RetryOptions
from argotui.errors import UnavailableError
from argotui.model.kinds import API_VERSION, Kind

_OF_ENVELOPE = ("apiVersion", "kind", "status")
"""Fields of a manifest that a lint does not return."""


def complete(kind: Kind, document: Document) -> Document:
    """Return an object with its kind and version, which the server leaves out."""
    own = {key: value for key, value in document.items() if key not in ("apiVersion", "kind")}
    return {"apiVersion": API_VERSION, "kind": kind.name, **own}


def retry_body(options: RetryOptions) -> Document:
    """Return the part of a request to retry that the options make."""
    return {
        "restartSuccessful": options.restart_successful,
        "nodeFieldSelector": options.node_selector,
        "parameters": _assignments(options.parameters),
    }


def resubmit_body(options: ResubmitOptions) -> Document:
    """Return the part of a request to resubmit that the options make.

    Raises UnavailableError for another priority.
    """
    if options.priority is not None:
        raise UnavailableError("An Argo server resubmits with the same priority")
    return {"memoized": options.memoized, "parameters": _assignments(options.parameters)}


def _assignments(parameters: Mapping[str, str]) -> list[str]:
    """Return parameters as `NAME=VALUE`."""
    return [f"{name}={value}" for name, value in parameters.items()]


def merged(document: Document, patch: Document) -> Document:
    """Return a document with a merge patch applied (RFC 7386)."""
    result = dict(document)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            inner = result.get(key)
            result[key] = merged(inner if isinstance(inner, dict) else {}, value)
        else:
            result[key] = value
    return result


def unknown_fields(sent: Any, understood: Any, path: str = "") -> list[str]:
    """Return the fields of a document that its reader left out, by path.

    A field with an empty value is not one of them: Go's encoder leaves those out (`omitempty`).
    """
    if isinstance(sent, dict) and isinstance(understood, dict):
        found: list[str] = []
        for key, value in sent.items():
            inner = f"{path}.{key}" if path else str(key)
            if key in understood:
                found += unknown_fields(value, understood[key], inner)
            elif inner not in _OF_ENVELOPE and not _is_empty(value):
                found.append(inner)
        return found
    if isinstance(sent, list) and isinstance(understood, list):
        return [
            name
            for index, (mine, theirs) in enumerate(zip(sent, understood, strict=False))
            for name in unknown_fields(mine, theirs, f"{path}[{index}]")
        ]
    return []


def _is_empty(value: object) -> bool:
    """Say whether Go's encoder leaves a value out, or whether all that is in it is left out."""
    if isinstance(value, dict):
        return all(_is_empty(inner) for inner in value.values())
    return not value
