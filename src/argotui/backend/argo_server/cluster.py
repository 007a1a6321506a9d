"""A cluster through an Argo server: `ClusterPort` over its REST API."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

import msgspec

from argotui.backend import names
from argotui.backend.argo_server.client import ArgoClient
from argotui.backend.argo_server.listing import (
    IDENTITY,
    MOST,
    PHASES,
    ArchiveList,
    ClusterList,
    RawPage,
    selectors_of,
    workflows_of,
)
from argotui.backend.argo_server.streams import NAMED, ServerStreams
from argotui.backend.argo_server.user import ServerUser
from argotui.backend.clock import Clock
from argotui.backend.kube.core_objects import decode_events, events_of, in_order
from argotui.backend.kube.decode import (
    decode_as,
    decode_metadata,
    decode_raw_document,
    decode_workflow,
)
from argotui.backend.person import SameUser
from argotui.backend.ports import (
    ARGO_SERVER,
    Change,
    EventRecord,
    LogRequest,
    Page,
    Pod,
    Query,
    ServerInfo,
)
from argotui.errors import NotFoundError, UnavailableError
from argotui.model.argo import COMPLETED, FULFILLED, Metadata, Workflow
from argotui.model.kinds import API_VERSION
from argotui.model.workflows.summary import (
    Depth,
    Summary,
    parse_progress,
    summarise_metadata,
)

WITHOUT_DETAILS = (
    "-result.object.spec,result.object.status.nodes,result.object.status.storedTemplates,"
    "result.object.status.storedWorkflowTemplateSpec,result.object.metadata.managedFields"
)
"""Fields of a watch without specs and nodes. Fields are left out, and none is named: the server
would leave out the error of a stream that names fields."""
NAMESPACES = "metadata,items.metadata.uid,items.metadata.namespace"
TABLE_PAGES = 2
_ENDED = f"{COMPLETED}=true"
_AT_A_TIME = 25
_RESOURCES = {
    "workflows": "workflows",
    "workflowtemplates": "workflow-templates",
    "clusterworkflowtemplates": "cluster-workflow-templates",
    "cronworkflows": "cron-workflows",
}
_KINDS = {
    "workflows": "Workflow",
    "workflowtemplates": "WorkflowTemplate",
    "clusterworkflowtemplates": "ClusterWorkflowTemplate",
    "cronworkflows": "CronWorkflow",
}
NO_PODS = "An Argo server does not list pods"


class _Version(msgspec.Struct):
    version: str = ""


class _Info(msgspec.Struct, rename="camel"):
    managed_namespace: str = ""


class ServerCluster(SameUser):
    """See `ClusterPort`."""

    def __init__(self, client: ArgoClient, clock: Clock) -> None:
        self.user = ServerUser(client)
        super().__init__(self.user)
        self.client = client
        self._clock = clock
        self._list = ClusterList(client)
        self._archive = ArchiveList(client)
        self._streams = ServerStreams(client, clock)

    @property
    def api(self) -> str:
        return ARGO_SERVER

    @property
    def context(self) -> str:
        return self.client.target.context

    @property
    def server(self) -> str:
        return self.client.target.server

    @property
    def default_namespace(self) -> str:
        return self.client.target.namespace

    @property
    def related_namespaces(self) -> Sequence[str]:
        return ()

    @property
    def warnings(self) -> Sequence[str]:
        return self.client.warnings

    async def close(self) -> None:
        await self.client.close()

    async def table(self, query: Query) -> tuple[list[Summary], str]:
        """See `ClusterPort`; times and progress are exact. Servers take seconds for a thousand."""
        page = await self._all(query, PHASES, pages=TABLE_PAGES)
        rows = [_row(decode_workflow(item)) for item in page.items]
        return rows, page.version

    async def list_workflows(
        self, query: Query, *, limit: int = MOST, continue_token: str = ""
    ) -> Page:
        """See `ClusterPort`. Of an archived workflow it has the metadata."""
        if query.namespace is not None and (found := NAMED.fullmatch(query.fields)):
            return await self._named(query.namespace, found[1])
        if query.archived and query.labels == _ENDED:
            return await self._history(query, "", decode_workflow, limit, continue_token)
        return await self._page(query, "", decode_workflow, limit, continue_token)

    async def list_metadata(
        self, query: Query, *, limit: int = MOST, continue_token: str = ""
    ) -> Page:
        """See `ClusterPort`. The list of completed workflows continues in the archive."""
        if query.archived and query.labels == _ENDED:
            return await self._history(query, IDENTITY, decode_metadata, limit, continue_token)
        return await self._page(query, IDENTITY, decode_metadata, limit, continue_token)

    def watch_workflows(self, query: Query, resource_version: str) -> AsyncIterator[Change]:
        """See `ClusterPort`."""
        return self._streams.watch(query, resource_version, "", decode_workflow)

    def watch_metadata(self, query: Query, resource_version: str) -> AsyncIterator[Change]:
        """See `ClusterPort`."""
        return self._streams.watch(query, resource_version, WITHOUT_DETAILS, decode_metadata)

    async def get_workflow(self, namespace: str, name: str) -> Workflow:
        """See `ClusterPort`. A workflow that is only in the archive is found there."""
        answer = await self.client.get(
            *workflows_of(namespace), _name(name), doing=f"read the workflow {namespace}/{name}"
        )
        return decode_workflow(answer.body)

    async def get_raw_document(
        self, namespace: str | None, name: str, *, resource: str = "workflows"
    ) -> dict[str, object]:
        """See `ClusterPort`; as the Argo server writes it, which leaves out what it does not know.

        Kind and version are added, because the server sends neither.
        """
        if resource not in _RESOURCES:
            raise UnavailableError(f"An Argo server has no {resource}")
        kind = _KINDS[resource]
        scope: tuple[str, ...] = ()
        if namespace is not None:
            names.check_namespace(namespace)
            scope = (namespace,)
        title = "/".join((*scope, name))
        answer = await self.client.get(
            _RESOURCES[resource], *scope, _name(name), doing=f"read the {kind} {title}"
        )
        document = decode_raw_document(answer.body)
        return {"apiVersion": API_VERSION, "kind": kind, **document}

    async def list_events(self, namespace: str, workflow: str) -> list[EventRecord]:
        """See `ClusterPort`."""
        names.check_name("workflow", workflow)
        raw = await self._streams.events(namespace, f"{namespace}/{workflow}")
        try:
            nodes = frozenset({workflow, *(await self.get_workflow(namespace, workflow)).nodes})
        except NotFoundError:
            nodes = frozenset({workflow})
        return in_order(events_of(workflow, nodes, decode_events(raw)))

    async def list_pods(self, namespace: str, workflow: str) -> list[Pod]:
        """Raise UnavailableError: the nodes of a workflow name its pods."""
        raise UnavailableError(NO_PODS, hint="Connect to the cluster itself for that.")

    def stream_log(self, request: LogRequest) -> AsyncIterator[list[bytes]]:
        """See `ClusterPort`. The log of a pod that does not exist is empty."""
        return self._streams.log(request)

    async def namespaces(self) -> list[str]:
        """Raise UnavailableError: an Argo server does not list them."""
        raise UnavailableError("An Argo server does not list namespaces")

    async def has_namespace(self, name: str) -> bool:
        """Raise UnavailableError: an Argo server does not say."""
        names.check_namespace(name)
        raise UnavailableError("An Argo server does not say which namespaces exist")

    async def namespaces_in_rules(self, namespace: str) -> list[str]:
        """Return the namespace that the server manages, or those of the newest thousand workflows.

        The server does not say which rights one has.
        """
        info = await self.client.get("info", doing="ask for the managed namespace")
        if managed := decode_as(info.body, _Info, "info").managed_namespace:
            return [managed]
        page = await self._all(Query(), NAMESPACES, pages=TABLE_PAGES)
        return sorted({decode_metadata(item).namespace for item in page.items})

    async def server_info(self) -> ServerInfo:
        """Return the version of the Argo server, and the kinds that it serves."""
        answer = await self.client.get("version", doing="ask for the version")
        version = decode_as(answer.body, _Version, "version").version
        return ServerInfo(version, sorted(_RESOURCES))

    async def _named(self, namespace: str, name: str) -> Page:
        """Return the one workflow of a name: a list has no nodes of an archived one."""
        version = await self._list.version(namespace)
        try:
            found = [await self.get_workflow(namespace, name)]
        except NotFoundError:
            found = []
        return Page(found, version, cached=True)

    async def _all(self, query: Query, fields: str, pages: int = 0) -> RawPage:
        """Return a list as a whole, or its first `pages`."""
        items: list[msgspec.Raw] = []
        version = token = ""
        for number in itertools.count(1):
            page = await self._list.page(query.namespace, selectors_of(query), fields, MOST, token)
            version = version or page.version
            items += page.items
            token = page.next_token
            if not token or number == pages:
                break
        return RawPage(items, version)

    async def _page(
        self,
        query: Query,
        fields: str,
        decode: Callable[[msgspec.Raw], Workflow | Metadata],
        limit: int,
        token: str,
    ) -> Page:
        if not limit:
            page = await self._all(query, fields)
        else:
            selectors = selectors_of(query)
            if limit == 1 and not query.labels and not query.fields:
                selectors["listOptions.fieldSelector"] = "ext.showRemainingItemCount=true"
            page = await self._list.page(query.namespace, selectors, fields, limit, token)
        items = await _decoded(page.items, decode)
        return Page(items, page.version, page.next_token, page.remaining, cached=True)

    async def _history(
        self,
        query: Query,
        fields: str,
        decode: Callable[[msgspec.Raw], Workflow | Metadata],
        limit: int,
        token: str,
    ) -> Page:
        """Return completed workflows: first those of the cluster, then the archive."""
        place, _, rest = token.partition("|")
        if place == "archive":
            page = await self._archive.page(query.namespace, {}, limit or MOST, rest)
            items = await _decoded(page.items, decode_metadata)
            following = f"archive|{page.next_token}" if page.next_token else ""
            return Page(items, "", following, cached=True)
        # Without the label, which the server would look for in the archive too.
        everything = msgspec.structs.replace(query, labels="")
        page = await self._list.page(
            query.namespace, selectors_of(everything), fields, limit or MOST, rest
        )
        found = await _decoded(page.items, decode)
        done = [item for item in found if _labels(item).get(COMPLETED) == "true"]
        if page.next_token or len(done) >= (limit or MOST):
            following = f"cluster|{page.next_token}" if page.next_token else "archive|"
            return Page(done, page.version, following, cached=True)
        left = (limit or MOST) - len(done)
        archived = await self._archive.page(query.namespace, {}, left, "")
        done += await _decoded(archived.items, decode_metadata)
        following = f"archive|{archived.next_token}" if archived.next_token else ""
        return Page(done, page.version, following, cached=True)


def _name(name: str) -> str:
    names.check_name("object", name)
    return name


def _labels(item: Workflow | Metadata) -> Mapping[str, str]:
    return item.metadata.labels if isinstance(item, Workflow) else item.labels


async def _decoded(
    raw: list[msgspec.Raw], decode: Callable[[msgspec.Raw], Workflow | Metadata]
) -> list[Workflow | Metadata]:
    items: list[Workflow | Metadata] = []
    for start in range(0, len(raw), _AT_A_TIME):
        items += [decode(item) for item in raw[start : start + _AT_A_TIME]]
        await asyncio.sleep(0)  # a long page must not hold up the keyboard
    return items


def _row(workflow: Workflow) -> Summary:
    status = workflow.status
    return msgspec.structs.replace(
        summarise_metadata(workflow.metadata),
        depth=Depth.TABLE,
        phase=status.phase,
        completed=status.phase in FULFILLED,
        suspended=bool(workflow.spec.suspend),
        started=status.started_at,
        finished=status.finished_at,
        progress=parse_progress(status.progress),
        message=status.message,
    )
