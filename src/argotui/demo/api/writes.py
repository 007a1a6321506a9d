"""Writes: create, replace, patch and delete."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from argotui.backend.argo_fields import argo_fields
from argotui.demo.api import status
from argotui.demo.api.call import (
    ApiCall,
    Site,
    answer,
    answer_json,
)
from argotui.demo.api.kinds import Document, ResourceType
from argotui.demo.api.objects import StoredObject
from argotui.demo.api.patching import apply_patch
from argotui.demo.api.reads import selector_of
from argotui.demo.api.rendering import Renderer, View
from argotui.model.fields import UnknownField, path_text


async def serve(site: Site, call: ApiCall) -> web.Response:
    """Answer a write."""
    match call.verb:
        case "create":
            return await _create(site, call)
        case "update":
            return await _update(site, call)
        case "patch":
            return await _patch(site, call)
        case "delete":
            return await _delete(site, call)
    return await _delete_collection(site, call)


async def _create(site: Site, call: ApiCall) -> web.Response:
    kind = call.need_kind
    if call.name:
        raise status.method_not_allowed()
    document = _read_object(kind, call, await _json_body(call))
    meta = document["metadata"]
    if kind.namespaced:
        if meta.get("namespace") not in (None, "", call.namespace):
            raise status.bad_request(
                "the namespace of the provided object does not match the namespace sent on the "
                "request"
            )
        meta["namespace"] = call.namespace
    _check_fields(kind, call, document)
    entry = site.store.create(kind, document, dry_run=_dry_run(call, "CreateOptions"))
    return await answer(call, _whole(site, kind, entry), 201)


async def _update(site: Site, call: ApiCall) -> web.Response:
    kind = call.need_kind
    document = _read_object(kind, call, await _json_body(call))
    dry_run = _dry_run(call, "UpdateOptions")
    meta = document["metadata"]
    _check_name(meta, call)
    _check_fields(kind, call, document)
    old = site.store.need(kind, call.namespace, call.name)
    if meta.get("uid") not in (None, "", old.uid):
        raise status.conflict(
            kind,
            call.name,
            f"StorageError: invalid object, Code: 4, Key: /registry/{kind.group}/{kind.plural}/"
            f"{old.key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in "
            f"precondition: {meta['uid']}, UID in object meta: {old.uid}",
        )
    if not meta.get("resourceVersion"):
        raise _version_missing(kind, call.name)
    meta["namespace"] = call.namespace
    entry = site.store.update(kind, document, dry_run=dry_run)
    return await answer(call, _whole(site, kind, entry))


async def _patch(site: Site, call: ApiCall) -> web.Response:
    kind = call.need_kind
    body = await call.request.read()
    dry_run = _dry_run(call, "PatchOptions")
    old = site.store.need(kind, call.namespace, call.name)
    before = old.decode()
    document = apply_patch(before, call.request.content_type, body)
    meta = document.get("metadata")
    if not isinstance(meta, dict):
        raise status.rejected_patch()
    _check_name(meta, call)
    if meta.get("resourceVersion", str(old.version)) not in ("", str(old.version)):
        raise status.conflict(kind, old.name)
    if meta.get("uid", old.uid) != old.uid:
        raise status.invalid(
            kind.qualified,
            call.name,
            "metadata.uid",
            "FieldValueInvalid",
            f'Invalid value: "{meta["uid"]}": field is immutable',
            group=kind.group,
        )
    meta["namespace"] = call.namespace
    entry = site.store.update(kind, document, dry_run=dry_run)
    return await answer(call, _whole(site, kind, entry))


async def _delete(site: Site, call: ApiCall) -> web.Response:
    kind = call.need_kind
    options: dict[str, Any] | None = None
    if await call.request.read():
        loaded = await _json_body(call)
        options = loaded if isinstance(loaded, dict) else {}
    preconditions = (options or {}).get("preconditions") or {}
    entry, gone = site.store.delete(
        kind,
        call.namespace,
        call.name,
        uid=preconditions.get("uid") or "",
        version=preconditions.get("resourceVersion") or "",
        dry_run=_dry_run(call, "DeleteOptions", options),
    )
    if not gone or not kind.custom:
        return await answer(call, _whole(site, kind, entry))
    return answer_json(
        {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Success",
            "details": {
                "name": entry.name,
                "group": kind.group,
                "kind": kind.plural,
                "uid": entry.uid,
            },
        }
    )


async def _delete_collection(site: Site, call: ApiCall) -> web.Response:
    kind, selector = call.need_kind, selector_of(call)
    chosen = [e for e in site.store.items(kind, call.namespace) if selector.matches(e)]
    for entry in chosen:
        site.store.delete(kind, entry.namespace, entry.name)
    renderer = Renderer(kind, View.OBJECT, "", site.clock.now())
    return await answer(call, renderer.many(chosen, site.store.version, "", None))


def _whole(site: Site, kind: ResourceType, entry: StoredObject) -> bytes:
    return Renderer(kind, View.OBJECT, "", site.clock.now()).whole(entry)


async def _json_body(call: ApiCall) -> object:
    if call.request.content_type != "application/json":
        raise status.unsupported_media_type(
            "application/json, application/yaml, application/vnd.kubernetes.protobuf"
        )
    body = await call.request.read()
    try:
        return json.loads(body)
    except ValueError as error:
        text = body.decode(errors="replace")
        raise status.bad_request(
            f"the object provided is unrecognized (must be of type {call.need_kind.kind}): "
            f"couldn't get version/kind; json parse error: {error} ({text[:200]})"
        ) from None


def _read_object(kind: ResourceType, call: ApiCall, loaded: object) -> Document:
    if not isinstance(loaded, dict) or not loaded.get("kind"):
        text = json.dumps(loaded, separators=(",", ":"))[:200]
        raise status.bad_request(
            f"the object provided is unrecognized (must be of type {kind.kind}): "
            f"Object 'Kind' is missing in '{text}'"
        )
    if loaded.get("apiVersion") != kind.api_version:
        raise status.bad_request(
            f"the API version in the data ({loaded.get('apiVersion')}) does not match the "
            f"expected API version ({kind.api_version})"
        )
    if loaded["kind"] != kind.kind:
        raise status.bad_request(
            f'{loaded["kind"]} in version "{kind.version}" cannot be handled as a {kind.kind}'
        )
    return {**loaded, "metadata": dict(loaded.get("metadata") or {})}


def _check_name(meta: dict[str, Any], call: ApiCall) -> None:
    if meta.get("name") != call.name:
        raise status.bad_request(
            f"the name of the object ({meta.get('name', '')}) does not match the name on the URL "
            f"({call.name})"
        )


def _check_fields(kind: ResourceType, call: ApiCall, document: Document) -> None:
    """Refuse unknown fields under `fieldValidation=Strict`, in the words of a server with Argo's
    full CRDs; without it unknown fields stay, which such a server drops."""
    if call.query.get("fieldValidation") != "Strict":
        return
    problems = argo_fields().problems(kind.kind, document)
    unknown = [each for each in problems if isinstance(each, UnknownField)]
    if unknown:
        said = ", ".join(f'unknown field "{path_text(each.path)}"' for each in unknown)
        raise status.bad_request(
            f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
            f"strict decoding error: {said}"
        )


def _version_missing(kind: ResourceType, name: str) -> status.ApiError:
    error = status.invalid(
        kind.resource,
        name,
        "metadata.resourceVersion",
        "FieldValueInvalid",
        "Invalid value: 0: must be specified for an update",
        group=kind.group,
    )
    error.document["details"]["kind"] = kind.plural
    return error


def _dry_run(call: ApiCall, kind: str, options: dict[str, Any] | None = None) -> bool:
    # With options in the body, those of the URL are ignored (handlers/delete.go).
    asked = call.query.getall("dryRun", []) if options is None else options.get("dryRun") or []
    if not asked:
        return False
    if asked != ["All"]:
        shown = json.dumps(asked)
        raise status.invalid(
            f"{kind}.meta.k8s.io",
            "",
            "dryRun",
            "FieldValueNotSupported",
            f'Unsupported value: {shown}: supported values: "All"',
            group="meta.k8s.io",
        )
    return True
