"""The embedded cluster's Argo server: its REST API over the API server, in auth mode `client`.

Paths, shapes and refusals are those of Argo v4.1; `tests/contract/test_argo_server.py` holds them
to the real server.
"""

from __future__ import annotations

import base64
import json
from email.utils import format_datetime
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from argotui.backend.argo_fields import argo_fields
from argotui.backend.clock import Clock
from argotui.demo.argo_server.archive import ArchiveStore, ListOptions
from argotui.demo.argo_server.kubernetes import Document, Kubernetes, collection, workflows
from argotui.demo.argo_server.reads import WorkflowReads, as_in_go
from argotui.demo.argo_server.refusals import FORBIDDEN, INVALID, UNIMPLEMENTED, Refused
from argotui.demo.argo_server.writes import WorkflowWrites
from argotui.model.fields import UnknownField

VERSION = "v4.1.4"
_OPERATIONS = ("set", "suspend", "resume", "stop", "terminate", "retry", "resubmit")
_OBJECTS = {
    "workflow-templates": ("workflowtemplates", "WorkflowTemplate", "template"),
    "cluster-workflow-templates": (
        "clusterworkflowtemplates",
        "ClusterWorkflowTemplate",
        "template",
    ),
    "cron-workflows": ("cronworkflows", "CronWorkflow", "cronWorkflow"),
}


class ArgoServer:
    """Serves the REST API of Argo on a loopback port over the API server at `api`."""

    def __init__(self, api: str, clock: Clock, *, managed_namespace: str = "") -> None:
        self.archive = ArchiveStore()
        self.requests: list[str] = []
        """Method and target of every request, for tests; the last 10,000."""
        self._api = api
        self._clock = clock
        self._managed = managed_namespace
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self, port: int = 0) -> None:
        """Listen on `port`; 0 selects a free one."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=None), read_bufsize=4 << 20
        )
        app = web.Application(client_max_size=16 << 20)
        app.router.add_route("*", "/{path:.*}", self._handle)
        app.on_response_prepare.append(self._prepare)
        self._runner = web.AppRunner(
            app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._runner is not None:
            if self._runner.server is not None:
                for connection in self._runner.server.connections:
                    if connection.transport is not None:
                        connection.transport.abort()
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    async def _prepare(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = format_datetime(self._clock.now(), usegmt=True)
        response.headers.pop("Server", None)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path_qs}")
        del self.requests[:-10_000]
        if self._session is None:
            raise RuntimeError("the server was not started")
        kube = Kubernetes(self._session, self._api, request.headers.get("Authorization", ""))
        try:
            await kube.check_token()
            answer = await _Call(self, request, kube, self._clock).answer()
        except Refused as refused:
            return _answer(refused.document, refused.status)
        return answer if isinstance(answer, web.StreamResponse) else _answer(answer)

    @property
    def info(self) -> Document:
        """The answer about the server itself."""
        shown = {"feedback": True, "firstTimeUser": True, "newVersion": True}
        return {**({"managedNamespace": self._managed} if self._managed else {}), "modals": shown}


class _Call:
    """One request of one user."""

    def __init__(
        self, server: ArgoServer, request: web.Request, kube: Kubernetes, clock: Clock
    ) -> None:
        self._server = server
        self._request = request
        self._kube = kube
        self._archive = server.archive
        self._writes = WorkflowWrites(kube, server.archive, clock)
        self._reads = WorkflowReads(kube, server.archive, self._writes, clock)

    async def answer(self) -> Document | web.StreamResponse:
        """Return the answer. Raises `Refused`."""
        request = self._request
        parts = request.path.removeprefix("/api/v1/").split("/")
        match (request.method, *parts):
            case ("GET", "version"):
                return {"version": VERSION, "platform": "linux/amd64"}
            case ("GET", "info"):
                return self._server.info
            case ("GET", "userinfo"):
                return _claims(self._kube.authorization)
            case (_, "workflows", *rest):
                return await self._workflows(rest)
            case ("GET", "workflow-events", namespace):
                return await self._reads.watch(request, namespace)
            case ("GET", "stream", "events", namespace):
                return await self._reads.events(request, namespace)
            case (_, place, *rest) if place in _OBJECTS:
                return await self._objects(place, rest)
            case (_, "archived-workflows", *rest):
                return await self._archived(rest)
            case ("GET", "archived-workflows-label-keys"):
                return {"items": keys} if (keys := self._archive.label_keys()) else {}
            case ("GET", "archived-workflows-label-values"):
                key = request.query.get("listOptions.labelSelector", "")
                return {"items": self._archive.label_values(key)}
        raise Refused(UNIMPLEMENTED, "Not Implemented")

    async def _workflows(self, rest: list[str]) -> Document | web.StreamResponse:
        request, query = self._request, self._request.query
        match (request.method, *rest):
            case ("GET", namespace):
                return await self._reads.list(namespace, query)
            case ("POST", namespace):
                return await self._create(namespace, await self._body())
            case ("POST", namespace, "lint"):
                document = (await self._body()).get("workflow") or {}
                return as_in_go(_understood("Workflow", document))
            case ("GET", namespace, name):
                return await self._reads.one(namespace, name, query)
            case ("DELETE", namespace, name):
                await self._writes.delete(namespace, name, force=query.get("force") == "true")
                return {}
            case ("GET", namespace, name, "log"):
                return await self._reads.log(request, namespace, name)
            case ("PUT", namespace, name, verb) if verb in _OPERATIONS:
                return as_in_go(await self._writes.put(namespace, name, verb, await self._body()))
        raise Refused(UNIMPLEMENTED, "Not Implemented")

    async def _create(self, namespace: str, body: Document) -> Document:
        document = body.get("workflow")
        if not document:
            raise Refused(INVALID, "workflow body not specified")
        params = {"dryRun": "All"} if body.get("serverDryRun") else {}
        new = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", **document}
        new = _understood("Workflow", new)
        return as_in_go(await self._kube.request("POST", workflows(namespace), new, params=params))

    async def _objects(self, place: str, rest: list[str]) -> Document:
        plural, kind, member = _OBJECTS[place]
        method = self._request.method
        namespace = ""
        if kind != "ClusterWorkflowTemplate":
            namespace, *rest = rest or [""]
        if rest == ["lint"] and method == "POST":
            return _bare(_understood(kind, (await self._body()).get(member) or {}))
        if rest and method in ("GET", "DELETE"):
            path = collection(plural, namespace, rest[0])
            found = await self._kube.request(method, path)
            return _bare(found) if method == "GET" else {}
        if method == "GET":
            prefix = "listOptions."
            params = {
                key.removeprefix(prefix): value
                for key, value in self._request.query.items()
                if key.startswith(prefix) and value
            }
            listed = await self._kube.request("GET", collection(plural, namespace), params=params)
            items = [_bare(each) for each in listed["items"]]
            return {"metadata": listed["metadata"], "items": items or None}
        document = (await self._body()).get(member) or {}
        new = {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, **document}
        new = _understood(kind, new)
        path = collection(plural, namespace, rest[0] if rest else "")
        return _bare(await self._kube.request(method, path, new))

    async def _archived(self, rest: list[str]) -> Document:
        query = self._request.query
        match (self._request.method, *rest):
            case ("GET",):
                return await self._list_archived(ListOptions(query.get("namespace", ""), query))
            case ("GET", uid):
                return as_in_go(await self._permitted("get", uid))
            case ("DELETE", uid):
                await self._permitted("delete", uid)
                self._archive.delete(uid)
                return {}
            case ("PUT", uid, "retry"):
                found = await self._permitted("get", uid)
                return as_in_go(await self._writes.retry_archived(found, await self._body()))
            case ("PUT", uid, "resubmit"):
                found = await self._permitted("get", uid)
                return as_in_go(await self._writes.resubmit(found, await self._body()))
        raise Refused(UNIMPLEMENTED, "Not Implemented")

    async def _permitted(self, verb: str, uid: str) -> Document:
        found = self._archive.find(uid)
        meta = found["metadata"]
        if not await self._kube.may(verb, meta["namespace"], meta["name"]):
            raise Refused(FORBIDDEN, "permission denied")
        return found

    async def _list_archived(self, options: ListOptions) -> Document:
        await self._kube.need_list(options.namespace)
        found = self._archive.chosen(options)
        page = options.cut(found, options.offset, options.limit)
        meta: Document = {}
        if options.limit and options.offset + options.limit < len(found):
            meta["continue"] = str(options.offset + options.limit)
        return {"metadata": meta, "items": [as_in_go(each) for each in page] or None}

    async def _body(self) -> Document:
        try:
            body = json.loads(await self._request.read() or b"{}")
        except ValueError as error:
            raise Refused(INVALID, str(error)) from None
        return body if isinstance(body, dict) else {}


def _answer(document: Document | dict[str, object], status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(document), status=status, content_type="application/json"
    )


def _bare(document: Document) -> Document:
    return {key: value for key, value in document.items() if key not in ("apiVersion", "kind")}


def _understood(kind: str, document: Document) -> Document:
    """Return a manifest without the fields that Argo does not know."""
    copied: Document = json.loads(json.dumps(document))
    for problem in list(argo_fields().problems(kind, copied)):
        if isinstance(problem, UnknownField):
            place: Any = copied
            for step in problem.path[:-1]:
                place = place[step]
            del place[problem.path[-1]]
    return copied


def _claims(authorization: str) -> Document:
    """Return the claims of a token (`server/auth/serviceaccount/claims.go`); none if it is no
    JSON Web Token."""
    parts = authorization.removeprefix("Bearer ").split(".")
    if len(parts) != 3:
        return {}
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = json.loads(base64.b64decode(padded))
    except ValueError:
        return {}
    shown = {"subject": claims.get("sub"), "issuer": claims.get("iss")}
    return {key: value for key, value in shown.items() if value}
