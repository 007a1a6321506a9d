"""Writes to workflows, as the Argo server does them (`workflow/util/util.go`)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from argotui.backend.clock import Clock
from argotui.demo.argo_server.archive import ArchiveStore
from argotui.demo.argo_server.kubernetes import MERGE_PATCH, Document, Kubernetes, workflows
from argotui.demo.argo_server.refusals import EXISTS, INTERNAL, INVALID, Refused
from argotui.model.argo import COMPLETED
from argotui.model.gates.patch import timestamp
from argotui.model.workflow.node_selector import SelectorError, parse_node_selector
from argotui.model.workflow.rerun_options import ResubmitOptions, RetryOptions
from argotui.model.workflow.resubmit import resubmitted
from argotui.model.workflow.retry import plan_retry
from argotui.model.workflow.run_again import CannotRunAgain

ATTEMPTS = 5
PHASES = ("Succeeded", "Failed", "Error", "")
_PODS = "/api/v1/namespaces/{}/pods/{}"


class WorkflowWrites:
    """The writes of one user."""

    def __init__(self, kube: Kubernetes, archive: ArchiveStore, clock: Clock) -> None:
        self._kube = kube
        self._archive = archive
        self._clock = clock

    async def find(self, namespace: str, name: str, uid: str = "") -> Document:
        """Return a workflow of the cluster, else of the archive."""
        try:
            found = await self._kube.request("GET", workflows(namespace, name))
            if not uid or found["metadata"]["uid"] == uid:
                return found
            refused = Refused(INTERNAL, "the uid differs")
        except Refused as error:
            refused = error
        if not await self._kube.may("get", namespace, name):
            raise refused
        try:
            return self._archive.find(uid, namespace, name)
        except Refused:
            raise refused from None

    async def put(self, namespace: str, name: str, verb: str, body: Document) -> Document:
        """Do an operation and return the workflow as it is then."""
        found = await self.find(namespace, name)
        name = found["metadata"]["name"]
        match verb:
            case "retry":
                return await self._retry(found, body, self._update)
            case "resubmit":
                return await self.resubmit(found, body)
            case "set":
                await self._set(namespace, name, _set_options(body))
            case "suspend":
                await self._changed(namespace, name, _suspend)
            case "resume" if body.get("nodeFieldSelector"):
                selector = str(body["nodeFieldSelector"])
                await self._set(namespace, name, (selector, "Succeeded", "", {}))
            case "resume":
                await self._changed(namespace, name, self._resume_all)
            case "stop" if body.get("nodeFieldSelector"):
                message = str(body.get("message") or "")
                selector = str(body["nodeFieldSelector"])
                await self._set(namespace, name, (selector, "Failed", message, {}))
            case "stop" | "terminate":
                await self._shut_down(namespace, name, verb.capitalize())
        return await self._kube.request("GET", workflows(namespace, name))

    async def retry_archived(self, found: Document, body: Document) -> Document:
        """Create an archived workflow in the cluster again."""
        meta = found["metadata"]
        try:
            await self._kube.request("GET", workflows(meta["namespace"], meta["name"]))
        except Refused:
            return await self._retry(found, body, self._create_again)
        raise Refused(EXISTS, "Workflow already exists on cluster, use argo retry {name} instead")

    async def resubmit(self, found: Document, body: Document) -> Document:
        """Create a workflow like another one."""
        options = ResubmitOptions(bool(body.get("memoized")), _parameters(body))
        suffix = secrets.token_hex(3)[:5]
        try:
            new = resubmitted(found, options, self._clock.now(), suffix)
        except CannotRunAgain as error:
            raise Refused(INTERNAL, str(error)) from None
        return await self._kube.request("POST", workflows(found["metadata"]["namespace"]), new)

    async def delete(self, namespace: str, name: str, *, force: bool) -> None:
        found = await self.find(namespace, name)
        path = workflows(namespace, found["metadata"]["name"])
        if force:
            patch = {"metadata": {"finalizers": None}}
            await self._kube.request("PATCH", path, patch, content_type=MERGE_PATCH)
        await self._kube.request("DELETE", path, {"propagationPolicy": "Background"})

    async def _retry(
        self,
        found: Document,
        body: Document,
        write: Callable[[Document], Awaitable[Document]],
    ) -> Document:
        options = RetryOptions(
            str(body.get("nodeFieldSelector") or ""),
            bool(body.get("restartSuccessful")),
            _parameters(body),
        )
        try:
            plan = plan_retry(found, options, self._clock.now())
        except (CannotRunAgain, SelectorError) as error:
            raise Refused(INTERNAL, str(error)) from None
        for pod in plan.pods:
            path = _PODS.format(found["metadata"]["namespace"], pod)
            try:
                await self._kube.request("DELETE", path)
            except Refused as refused:
                if refused.status != 404:
                    raise
        return await write(plan.document)

    async def _update(self, document: Document) -> Document:
        meta = document["metadata"]
        return await self._kube.request("PUT", workflows(meta["namespace"], meta["name"]), document)

    async def _create_again(self, document: Document) -> Document:
        """Create a workflow that has been in the cluster before, with its status."""
        meta = {
            key: value
            for key, value in document["metadata"].items()
            if key not in ("uid", "resourceVersion", "creationTimestamp", "generation")
        }
        new = {**document, "metadata": meta}
        new |= {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow"}
        return await self._kube.request("POST", workflows(meta["namespace"]), new)

    async def _shut_down(self, namespace: str, name: str, strategy: str) -> None:
        found = await self._kube.request("GET", workflows(namespace, name))
        if _completed(found):
            said = f'cannot shutdown a completed workflow: workflow: "{name}", namespace: "'
            raise Refused(INTERNAL, f'{said}{namespace}"')
        patch = {"spec": {"shutdown": strategy}}
        await self._kube.request(
            "PATCH", workflows(namespace, name), patch, content_type=MERGE_PATCH
        )

    async def _set(
        self, namespace: str, name: str, options: tuple[str, str, str, dict[str, str]]
    ) -> None:
        """Change the open gates that a selector finds (`updateSuspendedNode`)."""
        text, phase, message, values = options
        try:
            selector = parse_node_selector(text)
        except SelectorError as error:
            raise Refused(INTERNAL, str(error)) from None

        def change(found: Document) -> None:
            nodes = (found.get("status") or {}).get("nodes") or {}
            chosen = [node for node in nodes.values() if _is_open(node) and selector.matches(node)]
            for node in chosen:
                _update_node(node, phase, message, values, self._clock.now())
            if not chosen or not (phase or message or values):
                said = "currently, set only targets suspend nodes: no suspend nodes matching "
                raise Refused(INTERNAL, f"{said}nodeFieldSelector: {text}")

        await self._changed(namespace, name, change)

    def _resume_all(self, found: Document) -> None:
        """Lift the suspension, and approve every open gate."""
        found["spec"].pop("suspend", None)
        for node in ((found.get("status") or {}).get("nodes") or {}).values():
            if _is_open(node):
                _update_node(node, "Succeeded", "", {}, self._clock.now())

    async def _changed(self, namespace: str, name: str, change: Callable[[Document], None]) -> None:
        """Read, change and replace a workflow, again after a conflict."""
        path = workflows(namespace, name)
        for _ in range(ATTEMPTS):
            found = await self._kube.request("GET", path)
            change(found)
            try:
                await self._kube.request("PUT", path, found)
                return
            except Refused as refused:
                if refused.status != 409:
                    raise
        raise Refused(INTERNAL, "timed out waiting for the condition")


def _set_options(body: Document) -> tuple[str, str, str, dict[str, str]]:
    phase = str(body.get("phase") or "")
    if phase not in PHASES:
        raise Refused(INVALID, f"{phase} is an invalid phase to set to")
    try:
        values = json.loads(body.get("outputParameters") or "{}")
    except ValueError as error:
        said = f"unable to parse output parameter set request: {error}"
        raise Refused(INVALID, said) from None
    selector, message = body.get("nodeFieldSelector"), body.get("message")
    return str(selector or ""), phase, str(message or ""), values


def _suspend(found: Document) -> None:
    if _completed(found):
        raise Refused(INTERNAL, "cannot suspend completed workflows")
    found["spec"]["suspend"] = True


def _completed(found: Document) -> bool:
    return (found["metadata"].get("labels") or {}).get(COMPLETED) == "true"


def _is_open(node: Document) -> bool:
    return node.get("type") == "Suspend" and node.get("phase") == "Running"


def _update_node(
    node: dict[str, Any], phase: str, message: str, values: dict[str, str], now: datetime
) -> None:
    if phase:
        node |= {"phase": phase, "finishedAt": timestamp(now)}
    if message:
        node["message"] = message
    outputs = node.get("outputs")
    if values and not outputs:
        said = "cannot set output parameters because node is not expecting any raw parameters"
        raise Refused(INTERNAL, said)
    for name, value in values.items():
        named = [one for one in (outputs or {}).get("parameters") or [] if one["name"] == name]
        if not named:
            raise Refused(INTERNAL, f"node is not expecting output parameter '{name}'")
        parameter = named[0]
        if "supplied" not in (parameter.get("valueFrom") or {}):
            raise Refused(
                INTERNAL,
                f"cannot set output parameter '{name}' because it does not use valueFrom.raw or it "
                "was already set",
            )
        del parameter["valueFrom"]
        parameter["value"] = value


def _parameters(body: Document) -> dict[str, str]:
    found = {}
    for text in body.get("parameters") or []:
        name, _, value = str(text).partition("=")
        found[name] = value
    return found
