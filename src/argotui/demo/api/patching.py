"""JSON Patch and merge patch as the API server applies them: completely or not at all."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import jsonpatch
import jsonpointer

from argotui.demo.api.kinds import Document
from argotui.demo.api.status import bad_request, rejected_patch, unsupported_media_type

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
_ACCEPTED = f"{JSON_PATCH}, {MERGE_PATCH}, application/apply-patch+yaml"


class _Replace(jsonpatch.ReplaceOperation):
    """`replace` of a member that is not there adds it: evanphx/json-patch v4, which the API server
    uses, looks only for the parent. RFC 6902 and the library would refuse."""

    def apply(self, document: Any) -> Any:
        parent, key = self.pointer.to_last(document)
        if isinstance(parent, dict) and key is not None and key not in parent:
            parent[key] = self.operation["value"]
            return document
        return super().apply(document)


class _Test(jsonpatch.TestOperation):
    """`test` for null passes where a member is not there, as long as its parent is
    (evanphx/json-patch v4): the API server's way to say that something must not be there."""

    def apply(self, document: Any) -> Any:
        if "value" in self.operation and self.operation["value"] is None:
            parent, key = self.pointer.to_last(document)
            if isinstance(parent, dict) and key is not None and key not in parent:
                return document
        return super().apply(document)


class _Patch(jsonpatch.JsonPatch):
    operations = MappingProxyType(
        {**jsonpatch.JsonPatch.operations, "replace": _Replace, "test": _Test}
    )


def apply_patch(document: Document, content_type: str, body: bytes) -> Document:
    """Return a patched copy; `ApiError` 400 for what is no patch, 415 for an unknown kind of patch,
    422 for a JSON Patch of which any operation does not apply."""
    if content_type not in (JSON_PATCH, MERGE_PATCH):
        raise unsupported_media_type(_ACCEPTED)
    try:
        patch = json.loads(body)
    except ValueError as error:
        reason = "unexpected end of JSON input" if _ends_early(body, error) else str(error)
        raise bad_request(f"error decoding patch: {reason}") from None
    if content_type == MERGE_PATCH:
        if not isinstance(patch, dict):
            raise bad_request("error decoding patch: json: cannot unmarshal into a Go map")
        return merge(document, patch)
    if not isinstance(patch, list):
        raise bad_request(
            "error decoding patch: json: cannot unmarshal object into Go value of type "
            "[]handlers.jsonPatchOp"
        )
    try:
        patched = _Patch(patch).apply(document)
    except (
        jsonpatch.JsonPatchException,
        jsonpointer.JsonPointerException,
        KeyError,
        TypeError,
        ValueError,
    ):
        raise rejected_patch() from None
    if not isinstance(patched, dict):
        raise rejected_patch()
    return patched


def merge(target: object, patch: Document) -> Document:
    """Return RFC 7386's merge of `patch` into `target`: null removes, a list replaces."""
    merged: Document = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict):
            merged[key] = merge(merged.get(key), value)
        else:
            merged[key] = value
    return merged


def _ends_early(body: bytes, error: ValueError) -> bool:
    return isinstance(error, json.JSONDecodeError) and error.pos >= len(body.rstrip())
