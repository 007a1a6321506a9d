"""A cluster through one context of a kubeconfig: `ClusterPort` over the Kubernetes API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from datetime import UTC
from typing import TypeVar

import msgspec

from argotui.backend import names
from argotui.backend.clock import Clock, SystemClock
from argotui.backend.kube.core_objects import (
    WORKFLOW_LABEL,
    Placed,
    decode_events,
    decode_pods,
    events_of,
    in_order,
)
from argotui.backend.kube.credentials import Credentials
from argotui.backend.kube.decode import (
    WatchEvent,
    decode_as,
    decode_list,
    decode_metadata,
    decode_raw_document,
    decode_workflow,
)
from argotui.backend.kube.kubeconfig import KubeTarget, load_target
from argotui.backend.kube.kubeconfig_file import KubeconfigSource
from argotui.backend.kube.reviews import ask_access, ask_identity, ask_namespaces
from argotui.backend.kube.table import ACCEPT_TABLE, decode_table
from argotui.backend.kube.transport import Transport, path_of
from argotui.backend.kube.watching import watch_events
from argotui.backend.ports import (
    KUBERNETES_API,
    Access,
    Change,
    EventRecord,
    Identity,
    LogRequest,
    Page,
    Pod,
    Query,
    ServerInfo,
)
from argotui.errors import NotFoundError
from argotui.model.argo import Metadata, Workflow
from argotui.model.workflows.summary import Summary

GROUP = "argoproj.io"
_API = f"/apis/{GROUP}/v1alpha1"
_METADATA = "as={kind};g=meta.k8s.io;v=v1"
ACCEPT_METADATA = f"application/json;{_METADATA.format(kind='PartialObjectMetadataList')}"
ACCEPT_METADATA_WATCH = f"application/json;{_METADATA.format(kind='PartialObjectMetadata')}"
MAX_LOG_LINE = 1 << 20
LOG_MARK = " … [cut: longer than 1 MiB]".encode()
_AT_A_TIME = 25
_PAGE = 500
_MAX_EVENT_PAGES = 20
_T = TypeVar("_T", Workflow, Metadata)


class _Version(msgspec.Struct, rename="camel"):
    git_version: str = ""


class _Resource(msgspec.Struct):
    name: str = ""


class _Resources(msgspec.Struct):
    resources: list[_Resource] | None = None


class KubeCluster:
    """See `ClusterPort`. `transport` is for writes and for kinds that have no method here."""

    def __init__(self, target: KubeTarget, clock: Clock) -> None:
        self._target = target
        self._clock = clock
        self.transport = Transport(target, Credentials(target, clock))

    @property
    def api(self) -> str:
        return KUBERNETES_API

    @property
    def context(self) -> str:
        return self._target.context

    @property
    def server(self) -> str:
        return self._target.server

    @property
    def default_namespace(self) -> str:
        return self._target.namespace

    @property
    def related_namespaces(self) -> Sequence[str]:
        """The namespaces that the kubeconfig's contexts of this cluster name."""
        return self._target.related_namespaces

    @property
    def warnings(self) -> Sequence[str]:
        return (*self._target.warnings, *self.transport.warnings)

    async def close(self) -> None:
        await self.transport.close()

    async def table(self, query: Query) -> tuple[list[Summary], str]:
        """See `ClusterPort`. All namespaces cost ten times as much, because the rows then need
        metadata to name their namespace."""
        everywhere = query.namespace is None
        answer = await self.transport.request(
            "GET",
            _workflows(query.namespace),
            doing=_listing("workflows", query.namespace),
            params=_selectors(query) | {"includeObject": "Metadata" if everywhere else "None"},
            accept=ACCEPT_TABLE,
        )
        return decode_table(answer.body, query.namespace or "", self._clock.now())

    async def list_workflows(
        self, query: Query, *, limit: int = _PAGE, continue_token: str = ""
    ) -> Page:
        """See `ClusterPort`. An object that cannot be decoded whole is there with its `problem`."""
        return await self._page(query, "application/json", decode_workflow, limit, continue_token)

    async def list_metadata(
        self, query: Query, *, limit: int = _PAGE, continue_token: str = ""
    ) -> Page:
        """See `ClusterPort`."""
        return await self._page(query, ACCEPT_METADATA, decode_metadata, limit, continue_token)

    def watch_workflows(self, query: Query, resource_version: str) -> AsyncIterator[Change]:
        """See `ClusterPort`."""
        return self._watch(query, resource_version, "application/json", decode_workflow)

    def watch_metadata(self, query: Query, resource_version: str) -> AsyncIterator[Change]:
        """See `ClusterPort`."""
        return self._watch(query, resource_version, ACCEPT_METADATA_WATCH, decode_metadata)

    async def get_workflow(self, namespace: str, name: str) -> Workflow:
        """See `ClusterPort`."""
        return decode_workflow(await self._get(namespace, name))

    async def get_raw_document(
        self, namespace: str | None, name: str, *, resource: str = "workflows"
    ) -> dict[str, object]:
        """See `ClusterPort`."""
        return decode_raw_document(await self._get(namespace, name, resource))

    async def list_events(self, namespace: str, workflow: str) -> list[EventRecord]:
        """See `ClusterPort`."""
        names.check_name("workflow", workflow)
        own, pods, nodes = await asyncio.gather(
            self._events(namespace, f"involvedObject.kind=Workflow,involvedObject.name={workflow}"),
            self._events(namespace, "involvedObject.kind=Pod"),
            self._node_ids(namespace, workflow),
        )
        return in_order(events_of(workflow, nodes, [*own, *pods]))

    async def list_pods(self, namespace: str, workflow: str) -> list[Pod]:
        """See `ClusterPort`."""
        names.check_name("workflow", workflow)
        if len(workflow) > names.MAX_LABEL:
            return []  # no label can hold the name, so Argo could create no pod
        answer = await self.transport.request(
            "GET",
            _core(namespace, "pods"),
            doing=f"list the pods of {namespace}/{workflow}",
            params={"labelSelector": f"{WORKFLOW_LABEL}={workflow}"},
        )
        return decode_pods(decode_list(answer.body).items or [])

    async def stream_log(self, request: LogRequest) -> AsyncIterator[list[bytes]]:
        """See `ClusterPort`. `since` counts in whole seconds; a followed log may be silent without
        limit."""
        names.check_name("pod", request.pod)
        names.check_name("container", request.container)
        params: dict[str, object] = {"container": request.container}
        for flag in ("follow", "previous", "timestamps"):
            if getattr(request, flag):
                params[flag] = True
        if request.tail_lines is not None:
            params["tailLines"] = request.tail_lines
        if request.since is not None:
            params["sinceTime"] = request.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        batches = self.transport.stream(
            f"{_core(request.namespace, 'pods')}{path_of(request.pod, 'log')}",
            doing=f"read the log of {request.namespace}/{request.pod} ({request.container})",
            params=params,
            accept="*/*",
            limit=MAX_LOG_LINE,
            mark=LOG_MARK,
            idle=None if request.follow else 60.0,
            # The API server ends its answer properly even if the kubelet's broke off within a line.
            unended=not request.follow,
        )
        async with aclosing(batches):
            async for lines in batches:
                if lines:
                    yield lines

    async def namespaces(self) -> list[str]:
        """Return the names of all namespaces. Raises ForbiddenError if the user cannot list
        them."""
        found: list[str] = []
        token = ""
        while True:
            answer = await self.transport.request(
                "GET",
                "/api/v1/namespaces",
                doing="list the namespaces",
                params={"limit": _PAGE, "continue": token},
                accept=ACCEPT_METADATA,
            )
            page = decode_list(answer.body)
            found += [decode_metadata(item).name for item in page.items or []]
            token = page.metadata.continue_
            if not token:
                return sorted(found)

    async def has_namespace(self, name: str) -> bool:
        """See `ClusterPort`. Raises ForbiddenError if the user cannot read it."""
        names.check_namespace(name)
        path, doing = f"/api/v1{path_of('namespaces', name)}", f"read the namespace {name}"
        try:
            await self.transport.request("GET", path, doing=doing)
        except NotFoundError:
            return False
        return True

    async def namespaces_in_rules(self, namespace: str) -> list[str]:
        """See `ClusterPort`."""
        return await ask_namespaces(self.transport, namespace)

    async def server_info(self) -> ServerInfo:
        """See `ClusterPort`; `kinds` is empty if Argo's API group is not served."""
        version = await self.transport.request("GET", "/version", doing="ask for the version")
        kinds: list[str] = []
        try:
            served = await self.transport.request("GET", _API, doing="find Argo Workflows")
            listed = decode_as(served.body, _Resources, "resource list").resources or []
            kinds = [resource.name for resource in listed if "/" not in resource.name]
        except NotFoundError:
            pass
        return ServerInfo(decode_as(version.body, _Version, "version").git_version, kinds)

    async def whoami(self) -> Identity:
        """See `ClusterPort`; `user` is empty if the server is too old to answer."""
        return await ask_identity(self.transport)

    async def can(
        self,
        verb: str,
        resource: str,
        *,
        namespace: str = "",
        group: str = GROUP,
        subresource: str = "",
        name: str = "",
    ) -> Access:
        """See `ClusterPort`."""
        return await ask_access(
            self.transport,
            Access(verb, group, resource, namespace, allowed=False, subresource=subresource),
            name,
        )

    async def _get(self, namespace: str | None, name: str, resource: str = "workflows") -> bytes:
        kind = resource.removesuffix("s")
        names.check_name(kind, name)
        scope: tuple[str, ...] = ()
        title = name
        if namespace is not None:
            names.check_namespace(namespace)
            scope, title = ("namespaces", namespace), f"{namespace}/{name}"
        answer = await self.transport.request(
            "GET",
            f"{_API}{path_of(*scope, resource, name)}",
            doing=f"read the {kind} {title}",
        )
        return answer.body

    async def _page(
        self,
        query: Query,
        accept: str,
        decode: Callable[[msgspec.Raw], _T],
        limit: int,
        continue_token: str,
    ) -> Page:
        answer = await self.transport.request(
            "GET",
            _workflows(query.namespace),
            doing=_listing("workflows", query.namespace),
            params=_selectors(query) | {"limit": limit or "", "continue": continue_token},
            accept=accept,
        )
        listed = decode_list(answer.body)
        raw = listed.items or []
        items: list[_T] = []
        for start in range(0, len(raw), _AT_A_TIME):
            items += [decode(item) for item in raw[start : start + _AT_A_TIME]]
            await asyncio.sleep(0)  # a long page must not hold up the keyboard
        meta = listed.metadata
        return Page(items, meta.resource_version, meta.continue_, meta.remaining_item_count)

    async def _watch(
        self,
        query: Query,
        resource_version: str,
        accept: str,
        decode: Callable[[msgspec.Raw], Workflow | Metadata],
    ) -> AsyncIterator[Change]:
        events = watch_events(
            self.transport,
            _workflows(query.namespace),
            resource_version,
            doing="watch" + _listing("workflows", query.namespace).removeprefix("list"),
            labels=query.labels,
            fields=query.fields,
            accept=accept,
        )
        async with aclosing(events):
            async for event in events:
                yield _change(event, decode, resource_version)

    async def _events(self, namespace: str, selector: str) -> list[Placed]:
        found: list[Placed] = []
        token = ""
        for _ in range(_MAX_EVENT_PAGES):
            answer = await self.transport.request(
                "GET",
                _core(namespace, "events"),
                doing=_listing("events", namespace),
                params={"fieldSelector": selector, "limit": _PAGE, "continue": token},
            )
            page = decode_list(answer.body)
            found += decode_events(page.items or [])
            token = page.metadata.continue_
            if not token:
                break
            await asyncio.sleep(0)
        return found

    async def _node_ids(self, namespace: str, workflow: str) -> frozenset[str]:
        try:
            found = await self.get_workflow(namespace, workflow)
        except NotFoundError:
            return frozenset({workflow})
        return frozenset({workflow, *found.nodes})


async def open_cluster(
    *,
    context: str | None = None,
    kubeconfig: KubeconfigSource = None,
    clock: Clock | None = None,
) -> KubeCluster:
    """Return the cluster of a context (default: the current one); nothing is sent before the first
    request. Raises ConfigError if the kubeconfig does not lead to one."""
    target = await asyncio.to_thread(load_target, context, kubeconfig)
    return KubeCluster(target, clock or SystemClock())


def _change(
    event: WatchEvent | None,
    decode: Callable[[msgspec.Raw], Workflow | Metadata],
    resource_version: str,
) -> Change:
    if event is None:
        return Change("BOOKMARK", resource_version)
    if event.type == "BOOKMARK":
        return Change("BOOKMARK", decode_metadata(event.object).resource_version)
    changed = decode(event.object)
    meta = changed.metadata if isinstance(changed, Workflow) else changed
    return Change(event.type, meta.resource_version, changed)


def _workflows(namespace: str | None) -> str:
    if namespace is None:
        return f"{_API}/workflows"
    names.check_namespace(namespace)
    return f"{_API}{path_of('namespaces', namespace, 'workflows')}"


def _core(namespace: str, resource: str) -> str:
    names.check_namespace(namespace)
    return f"/api/v1{path_of('namespaces', namespace, resource)}"


def _selectors(query: Query) -> dict[str, object]:
    return {"labelSelector": query.labels, "fieldSelector": query.fields}


def _listing(what: str, namespace: str | None) -> str:
    where = "of all namespaces" if namespace is None else f"of namespace {namespace}"
    return f"list the {what} {where}"
