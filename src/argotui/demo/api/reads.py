"""Reads of one object, and of lists in pages."""

from __future__ import annotations

import base64
import json

from aiohttp import web

from argotui.demo.api import status
from argotui.demo.api.call import ApiCall, Site, answer
from argotui.demo.api.objects import StoredObject
from argotui.demo.api.rendering import Renderer, negotiate
from argotui.demo.api.selectors import ObjectSelector
from argotui.demo.api.status import ApiError

_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start "
    "a new list without the continue parameter, or use the continue token in this response to "
    "retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the "
    "first chunk was returned and now may show up in the list."
)


async def serve_one(site: Site, call: ApiCall) -> web.Response:
    """Answer a get."""
    view = negotiate(call.request.headers.get("Accept", ""), listing=False)
    renderer = Renderer(call.need_kind, view, call.query.get("includeObject", ""), site.clock.now())
    entry = site.store.need(call.need_kind, call.namespace, call.name)
    return await answer(call, renderer.one(entry))


async def serve_list(site: Site, call: ApiCall) -> web.Response:
    """Answer a list; all pages have the version of the first page."""
    kind, store = call.need_kind, site.store
    view = negotiate(call.request.headers.get("Accept", ""), listing=True)
    renderer = Renderer(kind, view, call.query.get("includeObject", ""), site.clock.now())
    selector = selector_of(call)
    limit = call.integer("limit") or 0
    namespace = call.namespace if kind.namespaced else ""
    if token := call.query.get("continue", ""):
        version, start = _read_token(token)
        start = f"{namespace}/{start}" if namespace else start
        if version < 0:
            version = store.version
        try:
            entries = store.at(kind, namespace, version)
        except ApiError:
            inconsistent = _write_token(-1, start, namespace)
            raise status.expired(_TOO_OLD, metadata={"continue": inconsistent}) from None
        entries = [entry for entry in entries if entry.key >= start]
    else:
        version = store.version
        asked = read_version(call)
        if asked > version:
            raise status.too_large(asked, version)
        entries = store.items(kind, namespace)
        if call.query.get("resourceVersion") == "0":
            limit = 0  # the watch cache answers this one, without pages
    if selector:
        entries = [entry for entry in entries if selector.matches(entry)]
    token, remaining = "", None
    if 0 < limit < len(entries):
        page = entries[:limit]
        token = _write_token(version, page[-1].key + "\0", namespace)
        remaining = None if selector else len(entries) - limit
        entries = page
    return await answer(call, renderer.many(entries, version, token, remaining))


def selector_of(call: ApiCall) -> ObjectSelector:
    """Return the selectors of a request."""
    return ObjectSelector(
        call.need_kind, call.query.get("labelSelector", ""), call.query.get("fieldSelector", "")
    )


def read_version(call: ApiCall) -> int:
    """Return the resourceVersion parameter, or 0."""
    text = call.query.get("resourceVersion", "")
    if not text.isdecimal() and text:
        raise status.bad_request(
            f'invalid resource version: resourceVersion: Invalid value: "{text}": '
            f'strconv.ParseUint: parsing "{text}": invalid syntax'
        )
    return int(text or 0)


def of_namespace(entry: StoredObject, namespace: str) -> bool:
    """Return whether an object is in a namespace; an empty namespace means all."""
    return not namespace or entry.namespace == namespace


def _write_token(version: int, start: str, namespace: str) -> str:
    if namespace:
        start = start.removeprefix(f"{namespace}/")
    token = json.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": start})
    return base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")


def _read_token(token: str) -> tuple[int, str]:
    try:
        decoded = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return int(decoded["rv"]), str(decoded["start"])
    except (ValueError, KeyError, TypeError) as error:
        raise status.bad_request(
            f"invalid continue token: continue key is not valid: {error}"
        ) from None
