"""A workflow as something to paste elsewhere: a command that starts one like it, or a link."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from argotui.model.argo import Key, text_of
from argotui.model.kinds import CLUSTER_WORKFLOW_TEMPLATE, WORKFLOW_TEMPLATE, Kind


def command_for(document: Mapping[str, Any]) -> str:
    """Return the command that starts a workflow like this one.

    One from a template is submitted from it, with its own parameters, entrypoint, service account
    and priority; any other is resubmitted.
    """
    meta, spec = document.get("metadata") or {}, document.get("spec") or {}
    parameters = _parameters(spec)
    source = template_of(document)
    if source is None:
        name = f"{meta.get('namespace')}/{meta.get('name')}"
        return shlex.join(["argotui", "resubmit", name])
    kind, template = source
    words = ["argotui", "submit", "-n", str(meta.get("namespace") or "")]
    words += ["--from", f"{kind.name.lower()}/{template}"]
    for option, field in (
        ("--entrypoint", "entrypoint"),
        ("--serviceaccount", "serviceAccountName"),
    ):
        if value := spec.get(field):
            words += [option, str(value)]
    if spec.get("priority") is not None:
        words += ["--priority", str(spec["priority"])]
    return shlex.join([*words, *parameters])


def template_of(document: Mapping[str, Any]) -> tuple[Kind, str] | None:
    """Return the kind and name of the template that a workflow was submitted from."""
    spec = document.get("spec") or {}
    ref = spec.get("workflowTemplateRef") or {}
    if not ref.get("name"):
        return None
    kind = CLUSTER_WORKFLOW_TEMPLATE if ref.get("clusterScope") else WORKFLOW_TEMPLATE
    return kind, str(ref["name"])


def _parameters(spec: Mapping[str, Any]) -> list[str]:
    given: Sequence[Mapping[str, Any]] = (spec.get("arguments") or {}).get("parameters") or []
    words: list[str] = []
    for parameter in given:
        if (value := text_of(parameter.get("value"))) is not None:
            words += ["-p", f"{parameter.get('name')}={value}"]
    return words


def web_link(base: str, key: Key, uid: str) -> str:
    """Return the address of a workflow in Argo's web UI, which is at `base`."""
    path = "/".join(quote(part, safe="") for part in ("workflows", *key))
    return f"{base.rstrip('/')}/{path}?uid={quote(uid, safe='')}"
