"""Lists of workflows through an Argo server, in pages.

The server's list is of two parts (`server/workflow/workflow_server.go`, ListWorkflows): the
workflows of the cluster from a cache, by offset, then those of the archive. The parts are read
apart here, because an offset into the archive is slow (upstream issue 16815): a page of the archive
is of those that started before the last one of the page before.
"""

from __future__ import annotations

import itertools
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from argotui.backend import names
from argotui.backend.argo_server.client import ArgoClient
from argotui.backend.kube.decode import RawList, decode_list
from argotui.backend.ports import Query
from argotui.errors import GoneError
from argotui.model.argo import ARCHIVING_STATUS, COMPLETED, PERSISTED

IDENTITY = "metadata,items.metadata"
PHASES = (
    "metadata,items.metadata,items.status.phase,items.status.message,items.status.progress,"
    "items.status.startedAt,items.status.finishedAt,items.spec.suspend,items.spec.shutdown"
)
"""Fields of a list without specs and nodes: ten thousand workflows bring a few megabytes."""
VERSION = "metadata.resourceVersion"
UNFINISHED = "0001-01-02T00:00:00Z"
"""A day after Go's zero time, which is the end of what has not ended."""
OVERLAP = 20
"""How many workflows of a page the next one has again: offsets move when workflows are deleted, and
a page without one of the page before may have left some out."""
MOST = 500
"""Workflows in a page of a list that is read as a whole."""
_PAGES_KEPT = 64


class RawPage(msgspec.Struct, frozen=True):
    """A page whose items are still bytes."""

    items: list[msgspec.Raw]
    version: str = ""
    next_token: str = ""
    remaining: int = 0


class _Seen(msgspec.Struct, frozen=True):
    """Where a page ended: the offset behind it, and the uids in it."""

    offset: int
    uids: frozenset[str]


class _Meta(msgspec.Struct):
    uid: str = ""
    labels: dict[str, str] = {}


class _Status(msgspec.Struct, rename="camel"):
    started_at: datetime | None = None


class Glimpse(msgspec.Struct):
    """The parts of a workflow by which pages are joined."""

    metadata: _Meta = msgspec.field(default_factory=_Meta)
    status: _Status = msgspec.field(default_factory=_Status)

    @property
    def archived(self) -> bool:
        return self.metadata.labels.get(ARCHIVING_STATUS) == PERSISTED


_glimpse = msgspec.json.Decoder(Glimpse)


def glimpse(raw: msgspec.Raw) -> Glimpse:
    """Return the uid, the labels and the start of a workflow; empty if they are not as in Argo."""
    try:
        return _glimpse.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Glimpse()


class ClusterList:
    """Pages of the workflows in the cluster, without those of the archive."""

    def __init__(self, client: ArgoClient) -> None:
        self._client = client
        self._pages: OrderedDict[str, _Seen] = OrderedDict()
        self._numbers = itertools.count(1)

    async def page(
        self,
        namespace: str | None,
        selectors: Mapping[str, object],
        fields: str,
        limit: int,
        token: str,
    ) -> RawPage:
        """Return one page; `token` is empty for the first. Raises GoneError if it is unknown, or if
        so many workflows were deleted that the page does not continue the one before."""
        seen, version = _Seen(0, frozenset()), ""
        if token:
            if token not in self._pages:
                raise GoneError("The list has moved on", "Read it again from its beginning.")
            seen = self._pages[token]
        elif limit != 1:
            # Read before the list: a change while it is read is then seen by the watch.
            version = await self.version(namespace)
        start = max(0, seen.offset - OVERLAP)
        count = limit + seen.offset - start
        found = await self._list(namespace, selectors, fields, count, start)
        known = [(item, glimpse(item)) for item in found.items or []]
        live = [(item, look) for item, look in known if not look.archived]
        uids = frozenset(look.metadata.uid for _, look in live)
        if seen.uids and len(uids) > 0 and not uids & seen.uids:
            raise GoneError("The list has moved on", "Workflows were deleted while it was read.")
        items = [item for item, look in live if look.metadata.uid not in seen.uids]
        next_token = ""
        if len(live) == count and len(known) == count:
            next_token = self._remember(_Seen(start + count, uids))
        meta = found.metadata
        return RawPage(
            items, version or meta.resource_version, next_token, meta.remaining_item_count
        )

    async def version(self, namespace: str | None) -> str:
        """Return the resource version of the server's cache."""
        return (await self._list(namespace, {}, VERSION, 1, 0)).metadata.resource_version

    async def _list(
        self,
        namespace: str | None,
        selectors: Mapping[str, object],
        fields: str,
        limit: int,
        offset: int,
    ) -> RawList:
        answer = await self._client.get(
            *workflows_of(namespace),
            doing=f"list the workflows {place_of(namespace)}",
            params={
                **selectors,
                "listOptions.limit": limit,
                "listOptions.continue": offset or "",
                "fields": fields,
            },
        )
        return decode_list(answer.body)

    def _remember(self, seen: _Seen) -> str:
        token = f"offset {seen.offset}, page {next(self._numbers)}"
        self._pages[token] = seen
        while len(self._pages) > _PAGES_KEPT:
            self._pages.popitem(last=False)
        return token


class _Window(msgspec.Struct, frozen=True):
    """Where a page of the archive begins: the newest start, and how many of that second to skip."""

    until: datetime
    skip: int


class ArchiveList:
    """Pages of the archive, the last started first."""

    def __init__(self, client: ArgoClient) -> None:
        self._client = client

    async def page(
        self,
        namespace: str | None,
        selectors: Mapping[str, object],
        limit: int,
        token: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> RawPage:
        """Return one page of those that started between two moments; no offset is larger than the
        number of workflows that started in one second."""
        window = _window(token) if token else None
        fields = [str(selectors["fields"])] if selectors.get("fields") else []
        if since is not None:
            fields.append(f"spec.startedAt>{_text(since)}")
        if upper := window.until if window else until:
            fields.append(f"spec.startedAt<{_text(upper)}")
        answer = await self._client.get(
            "archived-workflows",
            doing=f"list the archived workflows {place_of(namespace)}",
            params={
                "namespace": namespace or "",
                **{key: value for key, value in selectors.items() if key != "fields"},
                "listOptions.fieldSelector": ",".join(fields),
                "listOptions.limit": limit,
                "listOptions.continue": (window.skip if window else 0) or "",
            },
        )
        found = decode_list(answer.body)
        items = found.items or []
        token = ""
        if found.metadata.continue_ and items:
            token = _token(_after([glimpse(item) for item in items], window))
        return RawPage(items, next_token=token)


def _after(looks: Sequence[Glimpse], window: _Window | None) -> _Window | None:
    """Return the window behind a page; None if its workflows have no start."""
    starts = Counter(look.status.started_at for look in looks if look.status.started_at is not None)
    if not starts:
        return None
    oldest = min(starts)
    before = window.skip if window is not None and window.until == oldest else 0
    return _Window(oldest, starts[oldest] + before)


def _token(window: _Window | None) -> str:
    return f"{_text(window.until)} {window.skip}" if window is not None else ""


def _window(token: str) -> _Window:
    until, _, skip = token.partition(" ")
    try:
        return _Window(datetime.fromisoformat(until), int(skip))
    except ValueError:
        raise GoneError("The archive's page is not known", token) from None


def _text(moment: datetime) -> str:
    """Return a moment as RFC 3339, in UTC and whole seconds, as Argo has it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def workflows_of(namespace: str | None) -> tuple[str, str]:
    """Return the path of the workflows of a namespace; None means all of them."""
    if namespace is not None:
        names.check_namespace(namespace)
    return ("workflows", namespace or "")


def selectors_of(query: Query) -> dict[str, object]:
    """Return the selectors of a query as parameters.

    The archive has no index for a label that is not there: with a hundred thousand archived
    workflows, a list of those that are not completed takes it seconds. So they are also chosen as
    not finished, in a time before all others.
    """
    chosen: dict[str, object] = {
        "listOptions.labelSelector": query.labels,
        "listOptions.fieldSelector": query.fields,
    }
    if f"{COMPLETED}!=true" in query.labels.split(","):
        chosen["finishedBefore"] = UNFINISHED
    return chosen


def place_of(namespace: str | None) -> str:
    """Return a namespace in words."""
    return "of all namespaces" if namespace is None else f"of namespace {namespace}"
