"""Probe the bypasses of an installed set, one by one, with dry runs that create nothing."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import msgspec

from argotui.backend.ports import AdmissionPort, Document
from argotui.errors import (
    BackendError,
    ForbiddenError,
    NotFoundError,
    UnreachableError,
)
from argotui.operations.admission.bypasses import (
    BYPASSES,
    Bypass,
    BypassRequest,
    BypassTargets,
)
from argotui.operations.admission.enforcement import InstalledSet, installed_sets, probed
from argotui.operations.admission.installing import LATER
from argotui.operations.admission.manifest import PROBE_RULE
from argotui.operations.admission.parameters import Parameters
from argotui.operations.admission.policy import read_refusal

_WORKFLOW_LABEL = "workflows.argoproj.io/workflow"
_ACTIVE = "workflows.argoproj.io/completed!=true"


class BypassState(enum.Enum):
    SHUT = "shut"
    OPEN = "open"
    UNPROBED = "cannot be probed"


class BypassResult(msgspec.Struct, frozen=True):
    """The state of one bypass: `words` are the server's refusal if it is shut, else the reason."""

    bypass: Bypass
    state: BypassState
    words: str = ""
    rule: str = ""


class Report(msgspec.Struct, frozen=True):
    """The bypasses of a namespace; `notes` are further facts for the person who asks."""

    namespace: str
    user: str
    parameters: Parameters | None
    findings: tuple[BypassResult, ...]
    notes: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether bypasses were probed and all probed ones are shut."""
        states = {finding.state for finding in self.findings}
        return BypassState.SHUT in states and BypassState.OPEN not in states

    def count(self, state: BypassState) -> int:
        return sum(finding.state is state for finding in self.findings)


def _open_gate(workflows: Sequence[Document]) -> tuple[Document, str] | None:
    for workflow in workflows:
        for node_id, node in ((workflow.get("status") or {}).get("nodes") or {}).items():
            if node.get("type") == "Suspend" and node.get("phase") == "Running":
                return workflow, node_id
    return None


async def _look(port: AdmissionPort, namespace: str, plural: str, labels: str) -> list[Document]:
    try:
        return await port.objects(namespace, plural, labels=labels)
    except UnreachableError:
        raise
    except BackendError:
        return []


async def targets_of(
    port: AdmissionPort, namespace: str, user: str, parameters: Parameters
) -> BypassTargets:
    """Return the objects of a namespace to probe bypasses on, of those that the user can read."""
    workflows = await _look(port, namespace, "workflows", _ACTIVE)
    pods = await _look(port, namespace, "pods", _WORKFLOW_LABEL)
    task_sets = await _look(port, namespace, "workflowtasksets", "")
    return BypassTargets(
        namespace=namespace,
        user=user,
        parameters=parameters,
        gate=_open_gate(workflows),
        pod=next(iter(pods), None),
        task_set=next(iter(task_sets), None),
    )


async def _send(port: AdmissionPort, namespace: str, attempt: BypassRequest) -> None:
    if attempt.name:
        await port.try_patch(
            namespace, attempt.plural, attempt.name, attempt.body, subresource=attempt.subresource
        )
    elif isinstance(attempt.body, dict):
        await port.try_create(namespace, attempt.plural, attempt.body)


async def try_bypass(port: AdmissionPort, targets: BypassTargets, bypass: Bypass) -> BypassResult:
    """Return whether a bypass is shut; raises `UnreachableError` if no server answers."""
    attempt = bypass.request(targets)
    if isinstance(attempt, str):
        return BypassResult(bypass, BypassState.UNPROBED, attempt)
    try:
        await _send(port, targets.namespace, attempt)
    except UnreachableError:
        raise
    except ForbiddenError as refused:
        told = read_refusal(refused.detail)
        if told is not None and told.rule and told.rule != PROBE_RULE:
            return BypassResult(bypass, BypassState.SHUT, told.words, told.rule)
        if told is not None:
            why = f"another policy refused it first: {told.policy}: {told.words}"
        else:
            why = f"you have no right to try: {refused.detail or refused.title}"
        return BypassResult(bypass, BypassState.UNPROBED, why)
    except BackendError as error:
        why = ": ".join(part for part in (error.title, error.detail) if part)
        if attempt.plural in LATER and isinstance(error, NotFoundError):
            why = f"the cluster has no {attempt.plural}: Argo here is older than they are"
        return BypassResult(bypass, BypassState.UNPROBED, why)
    if bypass.id == "your-decision":
        return BypassResult(bypass, BypassState.UNPROBED, "you are one of its approvers")
    return BypassResult(bypass, BypassState.OPEN, "the API server would have done it")


async def _set_here(
    port: AdmissionPort, namespace: str
) -> tuple[InstalledSet | None, tuple[str, ...]]:
    notes: list[str] = []
    try:
        sets = await installed_sets(port)
        labels = (await port.namespace(namespace)).labels
    except ForbiddenError:
        return None, ("the policies or the namespace are not yours to read",)
    covering = [one for one in sets if one.covers(labels)]
    if not covering:
        known = ", ".join(one.parameters.label for one in sets if one.parameters)
        if known:
            notes.append(f"{namespace} does not have the label {known}, so nothing is enforced")
        else:
            notes.append("no admission policies of argotui are installed")
    for one in covering:
        notes += one.problems
        accounts = one.parameters.accounts if one.parameters else ()
        if any(account.partition("/")[0] == namespace for account in accounts):
            notes.append(
                f"the controller runs as a service account of {namespace}: whoever may make pods "
                "or tokens here can act as the controller"
            )
    return (covering[0] if covering else None), tuple(notes)


async def check(port: AdmissionPort, namespace: str) -> Report:
    """Return which bypasses are shut in a namespace, probed as the current user.

    All requests are dry runs. Raises `BackendError` if the server does not answer.
    """
    user = (await port.whoami()).user
    found, notes = await _set_here(port, namespace)
    parameters = found.parameters if found else None
    targets = await targets_of(port, namespace, user, parameters or Parameters())
    if parameters is None and targets.gate is not None:
        told = await probed(port, namespace, targets.gate[0]["metadata"]["name"])
        if isinstance(told, Parameters):
            parameters = told
            targets = msgspec.structs.replace(targets, parameters=told)
    if parameters is not None and user in parameters.controllers:
        notes = (*notes, f"you are {user}, the controller: nothing is refused to you")
    findings = [await try_bypass(port, targets, bypass) for bypass in BYPASSES]
    return Report(namespace, user, parameters, tuple(findings), notes)
