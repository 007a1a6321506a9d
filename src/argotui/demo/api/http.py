"""The embedded cluster's HTTP server: connections, authentication, rights and faults."""

from __future__ import annotations

import random
import uuid
from email.utils import format_datetime

from aiohttp import web

from argotui.backend.clock import Clock
from argotui.demo.api import (
    access,
    discovery,
    logs,
    reads,
    status,
    watches,
    writes,
)
from argotui.demo.api.call import (
    ApiCall,
    Site,
    no_such_path,
    refuse,
)
from argotui.demo.api.faults import Faults
from argotui.demo.api.kinds import BY_RESOURCE
from argotui.demo.api.log_store import LogStore
from argotui.demo.api.objects import ObjectStore
from argotui.demo.api.status import ApiError
from argotui.demo.api.users import Directory


class ApiServer:
    """Serves a store on a loopback port. `start` before use; `restart` keeps port and objects."""

    def __init__(
        self,
        store: ObjectStore,
        directory: Directory,
        logs: LogStore,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self.faults = Faults()
        self.site = Site(store, directory, logs, self.faults, clock)
        self.requests: list[str] = []
        """Method and target of every request since the start, for tests; the last 10,000."""
        self._rng = rng
        self._runner: web.AppRunner | None = None
        self._listener: web.TCPSite | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self, port: int = 0) -> None:
        """Listen on `port`; 0 selects a free one."""
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        app.on_response_prepare.append(self._prepare)
        self._runner = web.AppRunner(
            app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None
        )
        await self._runner.setup()
        await self._listen(port)

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._runner is not None:
            self.drop_connections()
            await self._runner.cleanup()
            self._runner = self._listener = None

    async def restart(self, *, forget_history: bool = True) -> None:
        """Close all connections and listen on the same port again, as a restarted API server does.

        The history is lost: a watch from an earlier version gets 410.
        """
        if self._listener is not None:
            await self._listener.stop()
        self.drop_connections()
        if forget_history:
            for kind in BY_RESOURCE.values():
                self.site.store.forget(kind)
        await self._listen(self._port)

    def drop_connections(self) -> None:
        """Reset every open connection; the port stays open."""
        if self._runner is not None and self._runner.server is not None:
            for connection in self._runner.server.connections:
                if connection.transport is not None:
                    connection.transport.abort()

    async def _listen(self, port: int) -> None:
        if self._runner is None:
            raise RuntimeError("the server was not started")
        self._listener = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await self._listener.start()
        self._port = self._runner.addresses[0][1]

    async def _prepare(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Audit-Id"] = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        response.headers["Cache-Control"] = "no-cache, private"
        response.headers["Date"] = format_datetime(self.site.clock.now(), usegmt=True)
        response.headers.pop("Server", None)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        target = request.path_qs
        self.requests.append(f"{request.method} {target}")
        del self.requests[:-10_000]
        if self.faults.drops(target):
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if seconds := self.faults.delay_for(target):
            await self.site.clock.sleep(seconds)
        try:
            if (refusal := self.faults.answer_for(target)) is not None:
                raise refusal
            user = self.site.directory.authenticate(request.headers.get("Authorization", ""))
            if user is None:
                raise status.unauthorized()
            call = ApiCall(request, user)
            self._authorise(call)
            return await self._dispatch(call)
        except ApiError as error:
            return refuse(error)

    def _authorise(self, call: ApiCall) -> None:
        if call.kind is None:
            verb = "get" if call.verb == "head" else call.verb
            if not self.site.directory.decide_path(call.user, verb, call.path)[0]:
                raise status.forbidden_path(call.user.name, verb, call.path)
            return
        allowed, _ = self.site.directory.decide(
            call.user,
            call.verb,
            call.kind.group,
            call.kind.plural,
            call.namespace,
            call.name,
            call.subresource,
        )
        if not allowed:
            raise status.forbidden(
                call.user.name, call.verb, call.kind, call.namespace, call.name, call.subresource
            )

    async def _dispatch(self, call: ApiCall) -> web.StreamResponse:
        if call.kind is None:
            return discovery.serve(call)
        if call.kind.group in access.GROUPS:
            return await access.serve(self.site, call)
        if not call.kind.kind or (call.kind.namespaced and call.name and not call.namespace):
            return no_such_path()
        if call.kind.plural == "pods" and call.subresource == "log" and call.verb == "get":
            return await logs.serve(self.site, call)
        if call.subresource:
            return no_such_path()
        match call.verb:
            case "get":
                return await reads.serve_one(self.site, call)
            case "list":
                return await reads.serve_list(self.site, call)
            case "watch":
                return await watches.serve(self.site, call)
            case "create" | "update" | "patch" | "delete" | "deletecollection":
                return await writes.serve(self.site, call)
        raise status.method_not_allowed()
