"""Install a set of admission policies in a cluster, and uninstall it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

import msgspec

from argotui.backend.clock import Clock
from argotui.backend.ports import AdmissionPort, Document
from argotui.errors import (
    BackendError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
)
from argotui.model.sanitise import clean_line
from argotui.operations.admission.manifest import (
    BINDING,
    POLICY,
    PROBE,
    PROBE_RULE,
    SET_LABEL,
    Generated,
)
from argotui.operations.admission.policy import Policy, read_refusal

PATIENCE = 30.0
"""Seconds to wait for a policy to take effect, usually one; then something is wrong."""
_PAUSE = 0.1
LATER = frozenset({"workflowactions"})
"""Types that some supported versions of Argo lack; without a type its policy has no effect."""
_OWN_NOTES = "argotui.io/"


class InstallChange(enum.Enum):
    CREATE = "create"
    UPDATE = "change"
    KEEP = "keep"


class Step(msgspec.Struct, frozen=True):
    """The changes that applying one object makes."""

    change: InstallChange
    kind: str
    name: str
    document: Document


def _content(document: Mapping[str, Any]) -> object:
    meta = document.get("metadata") or {}
    notes = {
        key: value
        for key, value in (meta.get("annotations") or {}).items()
        if key.startswith(_OWN_NOTES)
    }
    return document.get("spec"), meta.get("labels"), notes


async def plan(port: AdmissionPort, generated: Generated) -> list[Step]:
    """Return the steps of an installation, after the server accepted each object in a dry run.

    Raises `BackendError`: `ConflictError` for an object of the same name outside this set.
    """
    steps = []
    for document in generated.documents:
        kind, name = document["kind"], document["metadata"]["name"]
        there = await port.find(kind, name)
        if there is not None:
            _check_ours(there, generated.parameters.name)
        tried = await port.apply(document, dry_run=True)
        if there is None:
            change = InstallChange.CREATE
        else:
            change = (
                InstallChange.KEEP if _content(there) == _content(tried) else InstallChange.UPDATE
            )
        steps.append(Step(change, kind, name, document))
    return steps


def _check_ours(document: Document, name: str) -> None:
    meta = document.get("metadata") or {}
    if (meta.get("labels") or {}).get(SET_LABEL) != name:
        raise ConflictError(
            f"{document.get('kind')} {clean_line(str(meta.get('name')))} is there already, and not "
            "of this set",
            hint="Choose another name with --name.",
        )


async def install(port: AdmissionPort, steps: list[Step]) -> None:
    """Apply the changes of a plan, policies before bindings; raises `BackendError`."""
    for step in steps:
        if step.change is not InstallChange.KEEP:
            await port.apply(step.document)


def probe_object(policy: Policy) -> tuple[str, Document]:
    """Return the plural and an object for a dry run that a policy answers with its revision."""
    plural = policy.resources[0]
    kinds = {
        "workflows": "Workflow",
        "workflowtasksets": "WorkflowTaskSet",
        "workflowtaskresults": "WorkflowTaskResult",
        "workflowactions": "WorkflowAction",
        "cronworkflows": "CronWorkflow",
        "workflowtemplates": "WorkflowTemplate",
        "pods": "Pod",
    }
    gate = {"name": "gate", "suspend": {}}
    specs: dict[str, Document] = {
        "workflows": {"entrypoint": "gate", "templates": [gate]},
        "workflowtemplates": {"entrypoint": "gate", "templates": [gate]},
        "cronworkflows": {
            "schedules": ["0 0 1 1 *"],
            "suspend": True,
            "workflowSpec": {"entrypoint": "gate", "templates": [gate]},
        },
        "workflowtasksets": {"tasks": {}},
        "workflowactions": {"action": "Suspend", "workflowRef": {"name": "argotui-probe"}},
        "pods": {"containers": [{"name": "main", "image": "none.invalid/none"}]},
    }
    version = f"{policy.group}/{policy.version}" if policy.group else policy.version
    document: Document = {
        "apiVersion": version,
        "kind": kinds[plural],
        "metadata": {"name": "argotui-probe", "annotations": {PROBE: "?"}},
    }
    if plural in specs:
        document["spec"] = specs[plural]
    return plural, document


async def in_effect(
    port: AdmissionPort, namespace: str, policy: Policy, generated: Generated
) -> str:
    """Return "" if a policy is in effect in a namespace as generated, else the answer.

    A policy for a type of `LATER` that the cluster does not serve counts as in effect.
    """
    plural, document = probe_object(policy)
    try:
        await port.try_create(namespace, plural, document)
    except ForbiddenError as refused:
        told = read_refusal(refused.detail)
        if told is None:
            return refused.detail or refused.title
        if told.policy == generated.name_of(policy) and told.rule == PROBE_RULE:
            return "" if generated.revision in told.words else f"another revision: {told.words}"
        return f"{told.policy}: {told.words}"
    except BackendError as error:
        if plural in LATER and isinstance(error, NotFoundError):
            return ""
        return ": ".join(part for part in (error.title, error.detail) if part)
    return "not yet"


async def wait_until_in_effect(
    port: AdmissionPort, namespace: str, generated: Generated, clock: Clock
) -> dict[str, str]:
    """Return the policies that are not in effect in a namespace after `PATIENCE`, and why not."""
    end = clock.monotonic() + PATIENCE
    waiting = {policy.kind: policy for policy in generated.policies}
    reasons: dict[str, str] = {}
    while waiting:
        for kind, policy in list(waiting.items()):
            reasons[kind] = await in_effect(port, namespace, policy, generated)
            if not reasons[kind]:
                del waiting[kind], reasons[kind]
        if waiting and clock.monotonic() >= end:
            break
        if waiting:
            await clock.sleep(_PAUSE)
    return {generated.name_of(waiting[kind]): why for kind, why in reasons.items()}


async def type_warnings(port: AdmissionPort, generated: Generated, clock: Clock) -> dict[str, str]:
    """Return the warnings of the server's type checking, by field reference.

    Waits for the check, which follows the write of a policy; raises `BackendError`.
    """
    found: dict[str, str] = {}
    end = clock.monotonic() + PATIENCE
    for policy in generated.policies:
        name = generated.name_of(policy)
        while True:
            there = await port.find(POLICY, name) or {}
            status = there.get("status") or {}
            observed = status.get("observedGeneration")
            if observed == (there.get("metadata") or {}).get("generation"):
                break
            if clock.monotonic() >= end:
                found[name] = "not checked yet"
                break
            await clock.sleep(_PAUSE)
        for warning in (status.get("typeChecking") or {}).get("expressionWarnings") or []:
            field = clean_line(str(warning.get("fieldRef") or ""))
            found[f"{name} {field}"] = clean_line(str(warning.get("warning") or ""))
    return found


async def uninstall(port: AdmissionPort, name: str, *, dry_run: bool = False) -> list[str]:
    """Delete the objects with a set's labels, nothing else; return them.

    Deletes bindings first, so that no policy stays partly bound. Raises `BackendError`.
    """
    selector = f"{SET_LABEL}={name},app.kubernetes.io/managed-by=argotui"
    try:
        found = [(BINDING, one) for one in await port.bindings(selector)]
        found += [(POLICY, one) for one in await port.policies(selector)]
    except NotFoundError:
        return []
    gone = []
    for kind, document in found:
        own = str((document.get("metadata") or {}).get("name"))
        if dry_run or await port.delete(kind, own):
            gone.append(f"{kind} {clean_line(own)}")
    return gone
