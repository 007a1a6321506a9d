"""Reading workflows once, for a printed list."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

import msgspec

from argotui.backend.clock import Clock
from argotui.backend.namespaces import Readable, readable_namespaces
from argotui.backend.ports import ClusterPort, Page, Query
from argotui.errors import (
    ForbiddenError,
    GoneError,
    NotFoundError,
    ServerError,
    ThrottledError,
)
from argotui.model.argo import (
    COMPLETED,
    FULFILLED,
    PHASE,
    Key,
    Metadata,
    Workflow,
)
from argotui.model.workflows.filter_terms import (
    ExactPhaseTerm,
    LabelTerm,
    NotTerm,
    PhaseTerm,
    TextTerm,
)
from argotui.model.workflows.filters import Filter
from argotui.model.workflows.listing import Listing, order_of
from argotui.model.workflows.summary import (
    Depth,
    Summary,
    as_of,
    summarise,
    summarise_metadata,
)

T = TypeVar("T")

PAGE = 500
ATTEMPTS = 4
AT_ONCE = 8
"""Concurrent requests if each object needs one."""


BY_METADATA = frozenset({"age", "name", "namespace", "phase", "template", "creator"})
"""The sorts that need no more of a workflow than its metadata."""


class ListOptions(msgspec.Struct, frozen=True):
    """What to list: `namespace` None means all; `limit` 0 means no limit. With `shallow`, finished
    workflows may be read at `Depth.METADATA`."""

    namespace: str | None = None
    terms: Filter = Filter()
    sort: str = "attention"
    limit: int = 0
    shallow: bool = False
    fields: str = ""
    """A field selector."""


class ListedWorkflows(msgspec.Struct, frozen=True):
    """The rows in order, the number of matches before the limit, and the searched namespaces if a
    cluster-wide list was not allowed."""

    rows: list[Summary]
    matched: int
    only_in: Readable | None = None


async def find(cluster: ClusterPort, wanted: ListOptions, clock: Clock) -> ListedWorkflows:
    """Return the requested workflows with the cheapest reads.

    If the metadata decides the rows and their order, finished workflows are read as metadata, and
    then only the rows within the limit in full. Raises BackendError.
    """
    selector = selector_of(wanted.terms)

    def query(*also: str) -> Query:
        return Query(wanted.namespace, _joined(selector, *also), wanted.fields)

    by_metadata = wanted.sort.removeprefix("-") in BY_METADATA | {"attention"}
    lazy = by_metadata and _needs(wanted.terms) <= Depth.METADATA
    if not (lazy and (wanted.shallow or 0 < wanted.limit <= PAGE)):
        return _cut(await read_all(cluster, query(), clock), wanted, clock)
    active, ended = await asyncio.gather(
        read_all(cluster, query(f"{COMPLETED}!=true"), clock),
        read_metadata(cluster, query(f"{COMPLETED}=true"), clock),
    )
    # What ended between the two reads is in both: the later, full one counts.
    rows = {row.key: row for row in [*ended, *active]}
    found = _cut(rows.values(), wanted, clock)
    if wanted.shallow:
        return found
    deep = await read_each(
        cluster, (row.key for row in found.rows if row.depth is not Depth.FULL), clock
    )
    now = clock.now()
    present = [as_of(deep.get(row.key, row), now) for row in found.rows]
    return ListedWorkflows(order(present, wanted.sort, now), found.matched)


async def find_allowed(
    cluster: ClusterPort, wanted: ListOptions, clock: Clock, known: Sequence[str] = ()
) -> ListedWorkflows:
    """Return what `find` returns, in the readable namespaces if a cluster-wide list is not allowed.

    `known` are namespaces to ask about beside those that the server and the kubeconfig name. Raises
    BackendError; ForbiddenError if no namespace can be read.
    """
    try:
        return await find(cluster, wanted, clock)
    except ForbiddenError:
        if wanted.namespace is not None:
            raise
        readable = await readable_namespaces(cluster, known)
        if not readable.names:
            raise
    each = [
        await find(cluster, msgspec.structs.replace(wanted, namespace=name), clock)
        for name in readable.names
    ]
    whole = _cut((row for found in each for row in found.rows), wanted, clock)
    return ListedWorkflows(whole.rows, sum(found.matched for found in each), readable)


def _needs(terms: Filter) -> Depth:
    """Return how deep a workflow has to be read: a text may be in its message."""
    inner = (term.inner if isinstance(term, NotTerm) else term for term in terms.terms)
    return Depth.FULL if any(isinstance(term, TextTerm) for term in inner) else terms.needs


def _joined(*selectors: str) -> str:
    return ",".join(selector for selector in selectors if selector)


def _cut(rows: Iterable[Summary], wanted: ListOptions, clock: Clock) -> ListedWorkflows:
    now = clock.now()
    matching = [row for each in rows if wanted.terms.matches(row := as_of(each, now), now)]
    ordered = order(matching, wanted.sort, now)
    return ListedWorkflows(ordered[: wanted.limit] if wanted.limit else ordered, len(ordered))


async def read_all(cluster: ClusterPort, query: Query, clock: Clock) -> list[Summary]:
    """Return all workflows of a query in full, in pages; the next is fetched while one is read.

    A continue token that is too old starts the list again. Raises BackendError.
    """
    return await _pages(
        lambda token: cluster.list_workflows(query, limit=PAGE, continue_token=token), clock
    )


async def read_metadata(cluster: ClusterPort, query: Query, clock: Clock) -> list[Summary]:
    """Return all workflows of a query with their metadata only, in pages. Raises BackendError."""
    return await _pages(
        lambda token: cluster.list_metadata(query, limit=4 * PAGE, continue_token=token), clock
    )


async def read_each(cluster: ClusterPort, keys: Iterable[Key], clock: Clock) -> dict[Key, Summary]:
    """Return the named workflows in full, without those that are gone. Raises BackendError."""
    gate = asyncio.Semaphore(AT_ONCE)
    found: dict[Key, Summary] = {}

    async def read(key: Key) -> None:
        async with gate:
            try:
                workflow = await patiently(lambda: cluster.get_workflow(*key), clock)
            except NotFoundError:
                return
            found[key] = summarise(workflow)

    await asyncio.gather(*map(read, keys))
    return found


async def patiently(call: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """Return the result of a read; try again if the server asks for it or fails."""
    for attempt in range(1, ATTEMPTS):
        try:
            return await call()
        except ThrottledError as error:
            await clock.sleep(min(error.retry_after or attempt, 30.0))
        except ServerError:
            await clock.sleep(0.5 * attempt)
    return await call()


async def _pages(read: Callable[[str], Awaitable[Page]], clock: Clock) -> list[Summary]:
    for _ in range(ATTEMPTS - 1):
        try:
            return await _read_pages(read, clock)
        except GoneError:
            continue
    return await _read_pages(read, clock)


async def _read_pages(read: Callable[[str], Awaitable[Page]], clock: Clock) -> list[Summary]:
    found: dict[Key, Summary] = {}
    page = await patiently(partial(read, ""), clock)
    while page.continue_token:
        following = asyncio.ensure_future(patiently(partial(read, page.continue_token), clock))
        try:
            # Let the request out before this page takes the processor.
            await asyncio.sleep(0)
            _keep(found, page)
            page = await following
        finally:
            following.cancel()
    _keep(found, page)
    return list(found.values())


def _keep(found: dict[Key, Summary], page: Page) -> None:
    for item in page.items:
        if isinstance(item, Metadata):
            row = summarise_metadata(item)
        elif isinstance(item, Workflow):
            row = summarise(item)
        else:
            continue
        found[row.key] = row


_FINAL = {
    "succeeded": {"Succeeded"},
    "failed": {"Failed", "Error"},
    "denied": {"Failed", "Error"},
    "error": {"Error"},
    "skipped": {"Skipped"},
    "omitted": {"Omitted"},
}
"""The phases that a workflow may have ended in, by the words for it."""

_ACTIVE = {"active", "new", "pending", "running", "stuck", "suspended", "waiting"}
"""The words for workflows that have not ended."""


def selector_of(terms: Filter) -> str:
    """Return a label selector by which the server leaves out only what the filter does not match.

    It consists of the label terms, and of the phases as labels of the controller.
    """
    parts = []
    for term in terms.terms:
        if isinstance(term, LabelTerm):
            parts.append(str(term.selector))
        elif isinstance(term, PhaseTerm):
            known = term.known
            if known <= set(_FINAL):
                names = set[str]().union(*(_FINAL[word] for word in known))
                parts.append(f"{PHASE} in ({','.join(sorted(names))})")
            elif known <= {*_FINAL, "completed"}:
                parts.append(f"{COMPLETED}=true")
            elif known <= _ACTIVE:
                parts.append(f"{COMPLETED}!=true")
        elif isinstance(term, ExactPhaseTerm) and FULFILLED.issuperset(term.names):
            parts.append(f"{PHASE} in ({','.join(sorted(term.names))})")
    return ",".join(part for part in parts if part)


def order(summaries: Iterable[Summary], sort: str, now: datetime) -> list[Summary]:
    """Return summaries in the order of a `model.workflows.listing` sort; the least is
    first, with a leading `-` the greatest."""
    rows = {summary.key: summary for summary in summaries}
    column, turned = order_of(sort)
    listing = Listing(column, turned=turned)
    listing.rebuild(rows.values(), now)
    return [rows[key] for key in listing.keys]
