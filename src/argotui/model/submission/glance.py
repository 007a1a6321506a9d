"""What a list or a page says about a WorkflowTemplate or ClusterWorkflowTemplate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from argotui.model.submission.parameters import (
    DESCRIPTION,
    ParameterField,
    parameter_fields,
    templates_in,
)

TYPES = (
    "dag",
    "steps",
    "container",
    "containerSet",
    "script",
    "suspend",
    "resource",
    "http",
    "plugin",
    "data",
)
"""The members of a template that say what it does, as Argo looks for them."""
_ARGO_DESCRIPTION = "workflows.argoproj.io/description"


class TemplateGlance(msgspec.Struct, frozen=True):
    """A template at a glance; `templates` are names with what they do. Texts are not cleaned."""

    namespace: str
    name: str
    uid: str
    created: datetime | None
    labels: Mapping[str, str]
    description: str
    entrypoint: str
    fields: tuple[ParameterField, ...]
    templates: tuple[tuple[str, str], ...]

    @property
    def gates(self) -> int:
        """How many of its templates wait for a person."""
        return sum(what == "suspend" for _, what in self.templates)


def glance_at(document: Mapping[str, Any]) -> TemplateGlance:
    """Return what there is to say about an object; what is malformed is left out."""
    meta = _mapping(document.get("metadata"))
    spec = _mapping(document.get("spec"))
    notes = {str(key): str(value) for key, value in _mapping(meta.get("annotations")).items()}
    labels = {str(key): str(value) for key, value in _mapping(meta.get("labels")).items()}
    return TemplateGlance(
        str(meta.get("namespace") or ""),
        str(meta.get("name") or ""),
        str(meta.get("uid") or ""),
        _moment(meta.get("creationTimestamp")),
        labels,
        notes.get(_ARGO_DESCRIPTION) or notes.get(DESCRIPTION) or "",
        str(spec.get("entrypoint") or ""),
        tuple(parameter_fields(spec, notes)),
        tuple((str(each.get("name") or ""), type_of(each)) for each in templates_in(spec)),
    )


def type_of(template: Mapping[str, Any]) -> str:
    """Return what a template does: `dag`, `steps`, `suspend` and so on; empty if nothing."""
    return next((each for each in TYPES if template.get(each) is not None), "")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
