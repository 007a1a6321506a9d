"""The embedded cluster's objects, with one global version, a bounded history and subscribers."""

from __future__ import annotations

import bisect
import random
import re
import uuid
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from argotui.backend.clock import Clock
from argotui.demo.api import status
from argotui.demo.api.kinds import (
    KINDS,
    NAMESPACES,
    Document,
    ResourceType,
    field_reader,
)

FIRST_VERSION = 1000
SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_encode = msgspec.json.Encoder(order="sorted").encode
_META = frozenset(
    {
        "annotations",
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "finalizers",
        "generateName",
        "generation",
        "labels",
        "name",
        "namespace",
        "ownerReferences",
        "resourceVersion",
        "uid",
    }
)
"""The members of ObjectMeta; others are dropped, as the API server does. managedFields is dropped,
too: there is no server-side apply."""
_EMPTY: tuple[object, ...] = ("", {}, [], None)
"""The values that ObjectMeta omits: its members are `omitempty`."""


class StoredObject(msgspec.Struct, frozen=True, gc=False):
    """One version of an object: `raw` is its compact JSON, the rest is for selectors.

    `raw` has no apiVersion and kind for built-in kinds: their lists omit both.
    """

    namespace: str
    name: str
    uid: str
    version: int
    labels: dict[str, str]
    fields: dict[str, str]
    raw: bytes

    @property
    def key(self) -> str:
        """The sort key in a list: the API server orders by the bytes of `namespace/name`."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def at_version(self, version: int) -> StoredObject:
        """Return the same state under another resourceVersion."""
        document = self.decode()
        document["metadata"]["resourceVersion"] = str(version)
        return msgspec.structs.replace(self, version=version, raw=_encode(document))

    def decode(self) -> Document:
        document: Document = msgspec.json.decode(self.raw)
        return document


class StoredChange(msgspec.Struct, frozen=True, gc=False):
    """One event of the history; `entry` of a DELETED one is the last state at the new version."""

    type: str
    version: int
    entry: StoredObject
    previous: StoredObject | None


class Collection:
    """All objects of one kind, in list order, and their latest changes."""

    def __init__(self, kind: ResourceType, history: int) -> None:
        self.kind = kind
        self.entries: dict[str, StoredObject] = {}
        self.keys: list[str] = []
        self.changes: deque[StoredChange] = deque(maxlen=history)
        self.oldest = FIRST_VERSION
        """The oldest version at which a watch can start."""
        self.subscribers: list[Callable[[StoredChange], None]] = []
        self.read_fields = field_reader(kind)

    def range(self, namespace: str | None) -> list[StoredObject]:
        if not namespace:
            return [self.entries[key] for key in self.keys]
        low = bisect.bisect_left(self.keys, f"{namespace}/")
        high = bisect.bisect_left(self.keys, f"{namespace}0")  # "0" follows "/"
        return [self.entries[key] for key in self.keys[low:high]]

    def put(self, entry: StoredObject) -> None:
        if entry.key not in self.entries:
            bisect.insort(self.keys, entry.key)
        self.entries[entry.key] = entry

    def drop(self, entry: StoredObject) -> None:
        del self.entries[entry.key]
        del self.keys[bisect.bisect_left(self.keys, entry.key)]

    def record(self, change: StoredChange) -> None:
        if len(self.changes) == self.changes.maxlen:
            self.oldest = self.changes[0].version
        self.changes.append(change)
        for subscriber in list(self.subscribers):
            subscriber(change)


class ObjectStore:
    """Every object of the cluster; `history` changes are kept per kind.

    Writes raise `ApiError`. Documents are copied on the way in and on the way out.
    """

    def __init__(self, clock: Clock, rng: random.Random, *, history: int = 2000) -> None:
        self.clock = clock
        self.version = FIRST_VERSION
        self._rng = rng
        self._collections = {kind.plural: Collection(kind, history) for kind in KINDS}

    def collection(self, kind: ResourceType) -> Collection:
        return self._collections[kind.plural]

    def get(self, kind: ResourceType, namespace: str, name: str) -> StoredObject | None:
        key = f"{namespace}/{name}" if kind.namespaced else name
        return self.collection(kind).entries.get(key)

    def need(self, kind: ResourceType, namespace: str, name: str) -> StoredObject:
        """Return the object or raise its 404."""
        entry = self.get(kind, namespace, name)
        if entry is None:
            raise status.not_found(kind, name)
        return entry

    def items(self, kind: ResourceType, namespace: str | None = None) -> list[StoredObject]:
        return self.collection(kind).range(namespace)

    def at(self, kind: ResourceType, namespace: str | None, version: int) -> list[StoredObject]:
        """Return the list as it was at `version`. Raises a 410 if the history is too short."""
        collection = self.collection(kind)
        if version == self.version:
            return collection.range(namespace)
        if version < collection.oldest:
            raise status.expired("the provided version is too old")
        entries = {entry.key: entry for entry in collection.range(namespace)}
        for change in reversed(collection.changes):
            if change.version <= version:
                break
            if namespace and change.entry.namespace != namespace:
                continue
            if change.previous is None:
                entries.pop(change.entry.key, None)
            else:
                entries[change.entry.key] = change.previous
        return [entries[key] for key in sorted(entries)]

    def since(self, kind: ResourceType, version: int) -> list[StoredChange]:
        """Return the changes after `version`. Raises a 410 if the history is too short."""
        collection = self.collection(kind)
        if version < collection.oldest:
            raise status.too_old(version, collection.oldest)
        return [change for change in collection.changes if change.version > version]

    def subscribe(
        self, kind: ResourceType, callback: Callable[[StoredChange], None]
    ) -> Callable[[], None]:
        """Call `callback` with every change from now on, until the returned function is called."""
        subscribers = self.collection(kind).subscribers
        subscribers.append(callback)
        return lambda: subscribers.remove(callback) if callback in subscribers else None

    def progress(self, kind: ResourceType) -> int:
        """Return the version of a kind's latest change; bookmarks carry it."""
        changes = self.collection(kind).changes
        return changes[-1].version if changes else self.collection(kind).oldest

    def forget(self, kind: ResourceType) -> None:
        """Drop the history, as a restarted API server does: older watches get 410."""
        collection = self.collection(kind)
        collection.changes.clear()
        collection.oldest = self.version

    def create(
        self, kind: ResourceType, document: Document, *, dry_run: bool = False
    ) -> StoredObject:
        """Add an object with a uid, creation time, generation, and a name from its generateName."""
        document = dict(document)
        meta = _known(document.get("metadata") or {})
        name = meta.get("name") or ""
        if not name:
            prefix = meta.get("generateName") or ""
            if not prefix:
                raise status.invalid(
                    kind.qualified,
                    "",
                    "metadata.name",
                    "FieldValueRequired",
                    "Required value: name or generateName is required",
                    group=kind.group,
                )
            name = prefix[:248] + "".join(self._rng.choice(SUFFIX_ALPHABET) for _ in range(5))
        namespace = meta.get("namespace") or ""
        if kind.namespaced and self.get(NAMESPACES, "", namespace) is None:
            raise status.not_found(NAMESPACES, namespace)
        meta["name"] = name
        self._validate(kind, name, meta)
        if self.get(kind, namespace, name) is not None:
            raise status.already_exists(kind, name)
        meta.setdefault("creationTimestamp", self.timestamp())
        meta["uid"] = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        meta["generation"] = 1
        meta.pop("resourceVersion", None)
        document["metadata"] = meta
        if dry_run:
            return self._entry(kind, document)
        entry = self._entry(kind, document, self._next())
        self.collection(kind).put(entry)
        self.collection(kind).record(StoredChange("ADDED", entry.version, entry, None))
        return entry

    def update(
        self, kind: ResourceType, document: Document, *, dry_run: bool = False
    ) -> StoredObject:
        """Replace an object. A resourceVersion other than the stored one is a conflict.

        Removing the last finalizer of an object that is being deleted deletes it.
        """
        meta = _known(document["metadata"])
        old = self.need(kind, meta.get("namespace", ""), meta["name"])
        wanted = meta.get("resourceVersion") or str(old.version)
        if wanted != str(old.version):
            raise status.conflict(kind, old.name)
        self._validate(kind, old.name, meta)
        before = old.decode()
        for field in ("uid", "creationTimestamp", "deletionTimestamp", "generateName"):
            if field in before["metadata"]:
                meta[field] = before["metadata"][field]
            else:
                meta.pop(field, None)
        meta["generation"] = before["metadata"].get("generation", 1)
        meta["resourceVersion"] = str(old.version)
        document = _typed(kind, {**document, "metadata": meta})
        if _encode(document) == old.raw:
            return old
        if {**document, "metadata": None} != {**before, "metadata": None}:
            meta["generation"] += 1
        if dry_run:
            return self._entry(kind, document, old.version)
        if "deletionTimestamp" in meta and not meta.get("finalizers"):
            self._remove(kind, old)
            return self._entry(kind, document, self.version)
        entry = self._entry(kind, document, self._next())
        self.collection(kind).put(entry)
        self.collection(kind).record(StoredChange("MODIFIED", entry.version, entry, old))
        return entry

    def delete(
        self,
        kind: ResourceType,
        namespace: str,
        name: str,
        *,
        uid: str = "",
        version: str = "",
        dry_run: bool = False,
    ) -> tuple[StoredObject, bool]:
        """Delete an object. Return False if finalizers delay that; it is only marked then."""
        entry = self.need(kind, namespace, name)
        if uid and uid != entry.uid:
            raise status.precondition_failed(kind, name, "UID", uid, entry.uid)
        if version and version != str(entry.version):
            raise status.precondition_failed(
                kind, name, "ResourceVersion", version, str(entry.version)
            )
        document = entry.decode()
        meta = document["metadata"]
        if not meta.get("finalizers"):
            if not dry_run:
                self._remove(kind, entry)
            return entry, True
        if dry_run or "deletionTimestamp" in meta:
            return entry, False
        meta["deletionTimestamp"] = self.timestamp()
        meta["deletionGracePeriodSeconds"] = 0
        meta["generation"] += 1
        marked = self._entry(kind, document, self._next())
        self.collection(kind).put(marked)
        self.collection(kind).record(StoredChange("MODIFIED", marked.version, marked, entry))
        return marked, False

    def timestamp(self, moment: datetime | None = None) -> str:
        """Return a time (now if none is given) as the API writes it: UTC, whole seconds."""
        return (moment or self.clock.now()).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _remove(self, kind: ResourceType, entry: StoredObject) -> None:
        last = self._entry(kind, entry.decode(), self._next())
        self.collection(kind).drop(entry)
        self.collection(kind).record(StoredChange("DELETED", last.version, last, entry))

    def _next(self) -> int:
        self.version += 1
        return self.version

    def _entry(self, kind: ResourceType, document: Document, version: int = 0) -> StoredObject:
        document = _typed(kind, document)
        meta: dict[str, Any] = document["metadata"]
        if version:
            meta["resourceVersion"] = str(version)
        return StoredObject(
            meta.get("namespace", ""),
            meta["name"],
            meta["uid"],
            version,
            dict(meta.get("labels") or {}),
            self.collection(kind).read_fields(document) if kind.fields else {},
            _encode(document),
        )

    @staticmethod
    def _validate(kind: ResourceType, name: str, meta: dict[str, Any]) -> None:
        if len(name) > 253 or not _NAME.fullmatch(name):
            raise status.invalid(
                kind.qualified,
                name,
                "metadata.name",
                "FieldValueInvalid",
                f'Invalid value: "{name}": a lowercase RFC 1123 subdomain must consist of lower '
                "case alphanumeric characters, '-' or '.', and must start and end with an "
                "alphanumeric character (e.g. 'example.com', regex used for validation is "
                "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
                group=kind.group,
            )
        for value in (meta.get("labels") or {}).values():
            if len(str(value)) > 63 or not _LABEL.fullmatch(str(value)):
                raise status.invalid(
                    kind.qualified,
                    name,
                    "metadata.labels",
                    "FieldValueInvalid",
                    f'Invalid value: "{value}": a valid label must be an empty string or consist '
                    "of alphanumeric characters, '-', '_' or '.', and must start and end with an "
                    "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex "
                    "used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
                    group=kind.group,
                )


def _known(meta: dict[str, Any]) -> dict[str, Any]:
    return {k: value for k, value in meta.items() if k in _META and value not in _EMPTY}


def _typed(kind: ResourceType, document: Document) -> Document:
    if kind.custom:
        return {**document, "apiVersion": kind.api_version, "kind": kind.kind}
    return {key: value for key, value in document.items() if key not in ("apiVersion", "kind")}
