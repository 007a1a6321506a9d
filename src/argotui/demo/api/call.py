"""A request as Kubernetes reads it, and the responses."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any, NamedTuple

import msgspec
from aiohttp import web

from argotui.backend.clock import Clock
from argotui.demo.api import status
from argotui.demo.api.faults import Faults
from argotui.demo.api.kinds import BY_RESOURCE, ResourceType
from argotui.demo.api.log_store import LogStore
from argotui.demo.api.objects import ObjectStore
from argotui.demo.api.status import ApiError
from argotui.demo.api.users import Directory, User

GZIP_ABOVE = 128 * 1024
"""The API server compresses larger responses."""
_WRITE_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}


class Site(NamedTuple):
    """The parts of the cluster that the routes read."""

    store: ObjectStore
    directory: Directory
    logs: LogStore
    faults: Faults
    clock: Clock


class ApiCall:
    """A request as Kubernetes reads it: user, verb and object.

    `kind` is None if the path names no resource; `verb` is then the method in lower case.
    """

    def __init__(self, request: web.Request, user: User) -> None:
        self.request = request
        self.user = user
        self.query = request.query
        self.path = request.path
        self.namespace = self.name = self.subresource = ""
        self.kind: ResourceType | None = None
        self.verb = request.method.lower()
        self._read_path()

    @property
    def target(self) -> str:
        """Path and query; faults match on them."""
        return self.request.path_qs

    @property
    def need_kind(self) -> ResourceType:
        """The kind of a call on a resource."""
        if self.kind is None:
            raise status.method_not_allowed()
        return self.kind

    def integer(self, name: str) -> int | None:
        """Return a query parameter as a number, None if absent. Raises a 400 `ApiError`."""
        text = self.query.get(name, "")
        if not text:
            return None
        try:
            return int(text)
        except ValueError:
            raise status.bad_request(
                f'strconv.ParseInt: parsing "{text}": invalid syntax'
            ) from None

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() in ("1", "true", "t")

    def _read_path(self) -> None:
        parts = [part for part in self.path.split("/") if part]
        if parts[:1] == ["api"] and len(parts) > 2:
            group, version, rest = "", parts[1], parts[2:]
        elif parts[:1] == ["apis"] and len(parts) > 3:
            group, version, rest = parts[1], parts[2], parts[3:]
        else:
            return
        if rest[0] == "namespaces" and len(rest) > 1:
            self.namespace = rest[1]
            if len(rest) > 2:
                rest = rest[2:]
        plural = rest[0]
        self.name = rest[1] if len(rest) > 1 else ""
        self.subresource = rest[2] if len(rest) > 2 else ""
        self.kind = BY_RESOURCE.get((group, version, plural)) or ResourceType(
            group, version, plural, "", ""
        )
        method = self.request.method
        if method in ("GET", "HEAD"):
            self.verb = "get" if self.name else "watch" if self.flag("watch") else "list"
        elif method == "DELETE":
            self.verb = "delete" if self.name else "deletecollection"
        else:
            self.verb = _WRITE_VERBS.get(method, method.lower())


async def answer(
    call: ApiCall, body: bytes, code: int = 200, *, media: str = "application/json"
) -> web.Response:
    """Return a response; it is compressed if it is large and the client accepts that."""
    headers = {"Content-Type": media}
    accepts = call.request.headers.get("Accept-Encoding", "")
    if len(body) > GZIP_ABOVE and "gzip" in accepts:
        body = await asyncio.to_thread(gzip.compress, body, 1, mtime=0)
        headers["Content-Encoding"] = "gzip"
        headers["Vary"] = "Accept-Encoding"
    return web.Response(body=body, status=code, headers=headers)


def answer_json(document: Any, code: int = 200) -> web.Response:
    """Return a small document as a response."""
    return web.Response(
        body=msgspec.json.encode(document),
        status=code,
        headers={"Content-Type": "application/json"},
    )


def refuse(error: ApiError) -> web.Response:
    """Return a refusal as a response."""
    response = answer_json(error.document, error.code)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def no_such_path() -> web.Response:
    """Return the response to an unknown path."""
    return web.Response(
        body=status.NOT_FOUND_TEXT,
        status=404,
        headers={
            "Content-Type": "text/plain; charset=utf-8",
            "X-Content-Type-Options": "nosniff",
        },
    )
