"""Lists, watches and logs of workflows, as the Argo server answers them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

from aiohttp import web

from argotui.backend.clock import Clock
from argotui.demo.argo_server.archive import ArchiveStore, ListOptions, finished
from argotui.demo.argo_server.fields import FieldChoice
from argotui.demo.argo_server.kubernetes import Document, Kubernetes, workflows
from argotui.demo.argo_server.refusals import Refused, end_of_stream, from_kubernetes
from argotui.demo.argo_server.stream import ResultStream
from argotui.demo.argo_server.writes import WorkflowWrites
from argotui.model.argo import ARCHIVING_STATUS

_NAME = "metadata.name="
_NEVER = datetime.min.replace(tzinfo=UTC)
_LOG_OPTIONS = ("container", "follow", "previous", "tailLines", "sinceSeconds")


def as_in_go(document: Document) -> Document:
    """Return a workflow as the server's Go types write it: without kind and version, with empty
    values that have no `omitempty`."""
    found = {key: value for key, value in document.items() if key not in ("apiVersion", "kind")}
    found["spec"] = {"arguments": {}, **(found.get("spec") or {})}
    found["status"] = {"startedAt": None, "finishedAt": None, **(found.get("status") or {})}
    return found


class WorkflowReads:
    """The reads of one user."""

    def __init__(
        self, kube: Kubernetes, archive: ArchiveStore, writes: WorkflowWrites, clock: Clock
    ) -> None:
        self._kube = kube
        self._archive = archive
        self._writes = writes
        self._clock = clock

    async def one(self, namespace: str, name: str, query: Mapping[str, str]) -> Document:
        found = await self._writes.find(namespace, name, query.get("uid", ""))
        return FieldChoice(query.get("fields", "")).clean(as_in_go(found))  # type: ignore[no-any-return]

    async def list(self, namespace: str, query: Mapping[str, str]) -> Document:
        """Return the workflows of the cluster, then those of the archive (ListWorkflows)."""
        options = ListOptions(namespace, query)
        await self._kube.need_list(namespace)
        listed = await self._kube.request("GET", workflows(namespace))
        live = options.chosen(
            [
                each
                for each in listed["items"]
                if (each["metadata"].get("labels") or {}).get(ARCHIVING_STATUS) != "Archived"
            ]
        )
        archived = self._archive.chosen(options)
        items: list[Document] = []
        if live and (not options.limit or options.offset < len(live)):
            items += options.cut(live, options.offset, options.limit)
        if not options.limit or options.offset + options.limit > len(live):
            offset, limit = options.offset - len(live), options.limit
            if offset < 0:
                offset, limit = 0, options.limit - len(items)
            items += options.cut(archived, offset, limit)
        meta: Document = {"resourceVersion": listed["metadata"]["resourceVersion"]}
        remaining = len(archived) > options.offset + options.limit
        if options.count:
            left = max(0, len(live) + len(archived) - options.offset - len(items))
            meta["remainingItemCount"] = left
            remaining = left > 0
        if remaining:
            meta["continue"] = str(options.offset + len(items))
        items.sort(key=_order)
        fields = FieldChoice(query.get("fields", ""))
        cleaned = fields.clean({"metadata": meta, "items": items})
        cleaned.setdefault("metadata", {})
        cleaned["items"] = [as_in_go(each) for each in cleaned.get("items") or []] or None
        return cleaned  # type: ignore[no-any-return]

    async def watch(self, request: web.Request, namespace: str) -> web.StreamResponse:
        """Stream changes (WatchWorkflows): the API server's own watch."""
        query = request.query
        stream = ResultStream(request, self._clock)
        fields = FieldChoice(query.get("fields", "")).without_prefix("result.object.")
        params = {"watch": "true", **_list_options(query)}
        async with _kept_alive(stream):
            try:
                selector = params.get("fieldSelector", "")
                if _NAME in selector:
                    name = selector.partition(_NAME)[2].partition(",")[0].strip()
                    found = await self._writes.find(namespace, name)
                    params["fieldSelector"] = f"{_NAME}{found['metadata']['name']}"
                async for line in self._kube.lines(workflows(namespace), params):
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        said = event["object"]
                        raise from_kubernetes(said["code"], said["message"])
                    shown = as_in_go(fields.clean(event["object"]))
                    await stream.send({"type": event["type"], "object": shown})
                return await stream.refuse(end_of_stream())
            except Refused as refused:
                return await stream.refuse(refused)

    async def events(self, request: web.Request, namespace: str) -> web.StreamResponse:
        """Stream the events of a namespace (WatchEvents): first those that exist."""
        stream = ResultStream(request, self._clock)
        path = f"/api/v1/namespaces/{namespace}/events"
        params = {"watch": "true", **_list_options(request.query)}
        async with _kept_alive(stream):
            try:
                async for line in self._kube.lines(path, params):
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        said = event["object"]
                        raise from_kubernetes(said["code"], said["message"])
                    await stream.send(event["object"])
                return await stream.refuse(end_of_stream())
            except Refused as refused:
                return await stream.refuse(refused)

    async def log(self, request: web.Request, namespace: str, name: str) -> web.StreamResponse:
        """Stream the logs of a workflow's pods (`util/logs/workflow-logger.go`).

        The log of a pod that is not there is empty.
        """
        query = request.query
        if not any(key.startswith("logOptions.") for key in query):
            raise AssertionError("the Argo server dies of this: upstream issue 13585")
        stream = ResultStream(request, self._clock)
        async with _kept_alive(stream):
            try:
                await self._writes.find(namespace, name)
                pods = f"/api/v1/namespaces/{namespace}/pods"
                params = {"labelSelector": f"workflows.argoproj.io/workflow={name}"}
                if pod := query.get("podName", ""):
                    params["fieldSelector"] = f"metadata.name={pod}"
                listed = await self._kube.request("GET", pods, params=params)
                async with asyncio.TaskGroup() as group:
                    for each in listed["items"]:
                        path = f"{pods}/{each['metadata']['name']}/log"
                        group.create_task(self._read_log(stream, path, query))
                return await stream.end()
            except Refused as refused:
                return await stream.refuse(refused)

    async def _read_log(self, stream: ResultStream, path: str, query: Mapping[str, str]) -> None:
        params = {key: query[f"logOptions.{key}"] for key in _LOG_OPTIONS if _given(query, key)}
        timestamps = query.get("logOptions.timestamps") == "true"
        pod = path.split("/")[-2]
        with contextlib.suppress(Refused):  # the server only logs it
            async for line in self._kube.lines(path, {**params, "timestamps": "true"}):
                text = line.removesuffix(b"\n").decode("utf-8", "replace")
                content = text if timestamps else text.partition(" ")[2]
                await stream.send({"content": content, "podName": pod})


def _given(query: Mapping[str, str], option: str) -> bool:
    return bool(query.get(f"logOptions.{option}"))


def _list_options(query: Mapping[str, str]) -> dict[str, str]:
    """Return the list options that the API server is asked with."""
    prefix = "listOptions."
    return {
        key.removeprefix(prefix): value
        for key, value in query.items()
        if key.startswith(prefix) and value
    }


def _order(document: Document) -> tuple[bool, float]:
    """Order a page as Workflows.Less does: what runs, then what ended last."""
    ended = finished(document)
    created = document["metadata"].get("creationTimestamp")
    moment = ended or (datetime.fromisoformat(created) if created else _NEVER)
    return ended is not None, -moment.timestamp() if moment is not _NEVER else 0.0


@contextlib.asynccontextmanager
async def _kept_alive(stream: ResultStream) -> AsyncIterator[None]:
    task = asyncio.create_task(stream.keep_alive())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
