"""The forms of a response: whole objects, metadata alone, or rows of a table."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from argotui.demo.api.kinds import NAME_DESCRIPTION, ResourceType
from argotui.demo.api.objects import StoredObject
from argotui.demo.api.status import ApiError, bad_request, not_acceptable

_encode = msgspec.json.encode
_META_API = "meta.k8s.io/v1"


class View(enum.Enum):
    """The form that the Accept header requests."""

    OBJECT = ""
    TABLE = "Table"
    METADATA = "PartialObjectMetadata"


class _Parts(msgspec.Struct):
    metadata: msgspec.Raw


class _Times(msgspec.Struct, rename="camel"):
    creation_timestamp: str | None = None


class _State(msgspec.Struct, rename="camel"):
    phase: str | None = None
    started_at: str | None = None
    message: str | None = None


class _Cells(msgspec.Struct):
    """The fields that printer columns name; decoding skips the rest."""

    metadata: _Times = msgspec.field(default_factory=_Times)
    status: _State = msgspec.field(default_factory=_State)
    type: str | None = None
    reason: str | None = None
    message: str | None = None


_parts = msgspec.json.Decoder(_Parts)
_cells = msgspec.json.Decoder(_Cells)


def negotiate(accept: str, *, listing: bool) -> View:
    """Return the form of the first media type that can be served. Raises a 406 if none can."""
    for choice in (accept or "*/*").split(","):
        media, *parameters = [part.strip() for part in choice.split(";")]
        options = dict(part.partition("=")[::2] for part in parameters)
        wanted = options.get("as", "")
        if media not in ("application/json", "application/*", "*/*"):
            continue
        if not wanted:
            return View.OBJECT
        if options.get("g") != "meta.k8s.io" or options.get("v") != "v1":
            continue
        if wanted == "Table":
            return View.TABLE
        if wanted == ("PartialObjectMetadataList" if listing else "PartialObjectMetadata"):
            return View.METADATA
    raise not_acceptable()


def human_duration(seconds: float) -> str:
    """Return a duration as the API server prints ages: `119s`, `9m59s`, `2h5m`, `3d`.

    The rule is that of k8s.io/apimachinery/pkg/util/duration.HumanDuration.
    """
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    if whole < 120:
        return f"{max(whole, 0)}s"
    minutes, hours = whole // 60, whole // 3600
    if minutes < 10:
        return _pair(minutes, "m", whole % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _pair(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return _pair(hours // 24, "d", hours % 24, "h")
    if hours < 24 * 365 * 2:
        return f"{hours // 24}d"
    if hours < 24 * 365 * 8:
        return _pair(hours // 24 // 365, "y", hours // 24 % 365, "d")
    return f"{hours // 24 // 365}y"


def _pair(large: int, unit: str, small: int, small_unit: str) -> str:
    return f"{large}{unit}{small}{small_unit}" if small else f"{large}{unit}"


class Renderer:
    """Renders the responses to one request; ages count back from `now`."""

    def __init__(self, kind: ResourceType, view: View, include: str, now: datetime) -> None:
        if view is View.TABLE and include not in ("", "None", "Metadata", "Object"):
            raise bad_request(
                "Unable to convert to Table as requested: includeObject: Invalid value: "
                f'"{include}"'
                ": must be 'Metadata', 'Object', 'None', or empty"
            )
        self.kind = kind
        self.view = view
        self.include = include or "Metadata"
        self.now = now
        self._columns_sent = False

    def whole(self, entry: StoredObject) -> bytes:
        """Return an object with its apiVersion and kind."""
        if self.kind.custom:
            return entry.raw
        head = f'{{"kind":"{self.kind.kind}","apiVersion":"{self.kind.api_version}",'
        return head.encode() + entry.raw[1:]

    def one(self, entry: StoredObject) -> bytes:
        """Return one object, as a response or inside a watch event."""
        match self.view:
            case View.OBJECT:
                return self.whole(entry)
            case View.METADATA:
                return self._metadata(entry)
        return self._table({"resourceVersion": str(entry.version)}, [entry])

    def many(
        self, entries: Sequence[StoredObject], version: int, token: str, remaining: int | None
    ) -> bytes:
        """Return a list; `remaining` is None if it is unknown, as with selectors."""
        if self.view is View.OBJECT and self.kind.custom:
            meta: dict[str, Any] = {"continue": token, "resourceVersion": str(version)}
            if remaining:
                meta["remainingItemCount"] = remaining
            return b'{"apiVersion":"%b","items":[%b],"kind":"%bList","metadata":%b}' % (
                self.kind.api_version.encode(),
                b",".join(entry.raw for entry in entries),
                self.kind.kind.encode(),
                _encode(meta),
            )
        meta = {"resourceVersion": str(version)}
        if token:
            meta["continue"] = token
        if remaining:
            meta["remainingItemCount"] = remaining
        if self.view is View.TABLE:
            return self._table(meta, entries)
        if self.view is View.METADATA:
            name, api, items = (
                "PartialObjectMetadataList",
                _META_API,
                [self._metadata(entry) for entry in entries],
            )
        else:
            name, api, items = (
                f"{self.kind.kind}List",
                self.kind.api_version,
                [entry.raw for entry in entries],
            )
        return b'{"kind":"%b","apiVersion":"%b","metadata":%b,"items":[%b]}' % (
            name.encode(),
            api.encode(),
            _encode(meta),
            b",".join(items),
        )

    def event(self, type_: str, entry: StoredObject) -> bytes:
        """Return one line of a watch."""
        return b'{"type":"%b","object":%b}\n' % (type_.encode(), self.one(entry))

    def bookmark(self, version: int, *, initial_end: bool = False) -> bytes:
        """Return a bookmark line."""
        meta: dict[str, Any] = {"resourceVersion": str(version)}
        if initial_end:
            meta["annotations"] = {"k8s.io/initial-events-end": "true"}
        shape: dict[str, Any]
        match self.view:
            case View.OBJECT:
                shape = {"apiVersion": self.kind.api_version, "kind": self.kind.kind}
                shape["metadata"] = meta
            case View.METADATA:
                shape = {"kind": "PartialObjectMetadata", "apiVersion": _META_API}
                shape["metadata"] = meta
            case View.TABLE:
                cells = ["", *([None] * len(self.kind.columns))]
                shape = {
                    "kind": "Table",
                    "apiVersion": _META_API,
                    "metadata": meta,
                    "columnDefinitions": self._columns(),
                    "rows": [{"cells": cells, "object": None}],
                }
        return _encode({"type": "BOOKMARK", "object": shape}) + b"\n"

    def error(self, error: ApiError) -> bytes:
        """Return the line that ends a watch with an error."""
        return _encode({"type": "ERROR", "object": error.document}) + b"\n"

    def _metadata(self, entry: StoredObject) -> bytes:
        return b'{"kind":"PartialObjectMetadata","apiVersion":"%b","metadata":%b}' % (
            _META_API.encode(),
            bytes(_parts.decode(entry.raw).metadata),
        )

    def _columns(self) -> list[dict[str, Any]] | None:
        """Return the column definitions, the first time only: a watch sends them once."""
        if self._columns_sent:
            return None
        self._columns_sent = True
        columns = [("Name", "string", "name", NAME_DESCRIPTION)]
        columns += [(c.name, c.type, c.format, c.description) for c in self.kind.columns]
        return [
            {"name": name, "type": type_, "format": format_, "description": text, "priority": 0}
            for name, type_, format_, text in columns
        ]

    def _table(self, meta: dict[str, Any], entries: Sequence[StoredObject]) -> bytes:
        rows = b",".join(
            b'{"cells":%b,"object":%b}' % (_encode(self._row(entry)), self._row_object(entry))
            for entry in entries
        )
        return (
            b'{"kind":"Table","apiVersion":"%b","metadata":%b,"columnDefinitions":%b,"rows":[%b]}'
            % (_META_API.encode(), _encode(meta), _encode(self._columns()), rows)
        )

    def _row(self, entry: StoredObject) -> list[str | None]:
        decoded = _cells.decode(entry.raw)
        row: list[str | None] = [entry.name]
        for column in self.kind.columns:
            value: Any = decoded
            for part in column.path.split("."):
                value = getattr(value, _SNAKE.get(part, part))
            if column.type == "date" and value:
                since = self.now - datetime.fromisoformat(value)
                value = human_duration(since.total_seconds())
            row.append(value)
        return row

    def _row_object(self, entry: StoredObject) -> bytes:
        match self.include:
            case "None":
                return b"null"
            case "Object":
                return self.whole(entry)
        return self._metadata(entry)


_SNAKE = {"creationTimestamp": "creation_timestamp", "startedAt": "started_at"}
