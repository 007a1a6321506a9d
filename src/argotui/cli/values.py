"""Values that a shell completes: names of the cluster, the kubeconfig and argotui.

A completion answers within a second or not at all, and prints no error.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from argotui.cli.connect import ClusterConnection
    from argotui.model.argo import Workflow
    from argotui.model.kinds import Kind

T = TypeVar("T")
Items = list[CompletionItem]

SECONDS = 0.9
"""How long a cluster may take to answer a completion."""

_SIMPLE = re.compile(r"[A-Za-z0-9][\w.-]*")
"""What no shell reads as more than a word."""


def contexts(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete a context of the kubeconfig."""

    def found() -> Iterable[tuple[str, str]]:
        from argotui.cli.connect import contexts_of
        from argotui.cli.settings import load

        return [(info.name, info.cluster) for info in contexts_of(load(context).settings)]

    return _items(_quietly(found, []), incomplete)


def namespaces(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete a namespace: those that are known, and those that the user can list."""

    async def fetch(connection: ClusterConnection) -> list[str]:
        from argotui.errors import BackendError

        cluster = connection.cluster
        known = [cluster.default_namespace, *cluster.related_namespaces, *connection.known]
        with contextlib.suppress(BackendError):
            known += await cluster.namespaces()
        return sorted({name for name in known if name})

    return _items(((name, "") for name in _ask(context, fetch)), incomplete)


def workflows(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete [NAMESPACE/]NAME, or `@latest`."""
    namespace, slash, _ = incomplete.rpartition("/")

    async def fetch(connection: ClusterConnection) -> list[tuple[str, str]]:
        from argotui.backend.ports import Query

        rows, _ = await connection.cluster.table(Query(namespace or connection.home))
        return [(f"{namespace}{slash}{row.key.name}", row.phase) for row in rows]

    found = _ask(context, fetch)
    if not slash and parameter.name in ("name", "names"):
        found.append(("@latest", "the one created last"))
    return _items(found, incomplete)


def gates(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete [NAMESPACE/]WORKFLOW/GATE of open gates; by the node's id if the gate's name has
    several words or is not unique in its workflow."""
    parts = incomplete.split("/")

    async def fetch(connection: ClusterConnection) -> list[tuple[str, str]]:
        from argotui.model.gates.inbox import open_gates_of

        found: list[tuple[str, str]] = []
        # A/B is a gate of the workflow A, or a workflow of the namespace A.
        own = await _active(connection, connection.home) if len(parts) < 3 else []
        others = await _active(connection, parts[0]) if len(parts) > 1 else []
        for prefix, seen in (("", own), (f"{parts[0]}/", others)):
            for workflow in seen:
                waiting = [item.gate for item in open_gates_of(workflow)]
                named = _words([(gate.name, gate.node_id) for gate in waiting])
                for gate, word in zip(waiting, named, strict=True):
                    ending = f"/{word}" if gate.node_id else ""
                    found.append((f"{prefix}{workflow.metadata.name}{ending}", gate.description))
        return found

    return _items(_ask(context, fetch), incomplete)


async def _active(connection: ClusterConnection, namespace: str) -> list[Workflow]:
    from argotui.backend.ports import Query
    from argotui.backend.sources import ACTIVE
    from argotui.errors import BackendError
    from argotui.model.argo import Workflow

    try:
        page = await connection.cluster.list_workflows(Query(namespace, labels=ACTIVE))
    except BackendError:
        return []
    return [item for item in page.items if isinstance(item, Workflow)]


def submission_sources(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> Items:
    """Complete KIND/NAME of what a workflow can be submitted from."""
    from argotui.model.kinds import (
        CLUSTER_WORKFLOW_TEMPLATE,
        CRON_WORKFLOW,
        WORKFLOW_TEMPLATE,
    )

    words = {
        "workflowtemplate": WORKFLOW_TEMPLATE,
        "clusterworkflowtemplate": CLUSTER_WORKFLOW_TEMPLATE,
        "cronwf": CRON_WORKFLOW,
    }
    word, slash, _ = incomplete.partition("/")
    if not slash:
        return _items(((f"{each}/", "") for each in words), incomplete)
    if word not in words:
        return []
    found = _object_names(context, words[word])
    return _items(((f"{word}/{name}", "") for name in found), incomplete)


def objects(context: click.Context, kind: Kind, incomplete: str) -> Items:
    """Complete the name of an object of a kind."""
    return _items(((name, "") for name in _object_names(context, kind)), incomplete)


def crons(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete the name of a CronWorkflow."""
    from argotui.model.kinds import CRON_WORKFLOW

    return objects(context, CRON_WORKFLOW, incomplete)


def _object_names(context: click.Context, kind: Kind) -> list[str]:
    """Return the names of objects of a kind, in the namespace of the command line."""

    async def fetch(connection: ClusterConnection) -> list[str]:
        namespace = connection.home if kind.namespaced else None
        page = await connection.backend.objects.list_objects(kind, namespace)
        return [str(each["metadata"]["name"]) for each in page.items]

    return _ask(context, fetch)


def nodes(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete a node of the workflow that the command line names before it."""

    def named(workflow: Workflow) -> list[tuple[str, str]]:
        nodes = list(workflow.nodes.values())
        words = _words([(node.display_name, node.id) for node in nodes])
        return [
            (word, f"{node.display_name} {node.phase}".removeprefix(f"{word} "))
            for node, word in zip(nodes, words, strict=True)
        ]

    return _items(_ask_workflow(context, named), incomplete)


def containers(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete a container: the words for several, and those that pods of the workflow have."""
    words = [("main", ""), ("all", ""), ("init", ""), ("wait", ""), ("sidecars", "")]
    if not context.params.get("name"):
        return _items(words, incomplete)

    async def fetch(connection: ClusterConnection) -> list[str]:
        from argotui.cli.connect import find_named

        key = await find_named(str(context.params["name"]), connection)
        pods = await connection.cluster.list_pods(*key)
        return [name for pod in pods for name in (*pod.containers, *pod.init_containers)]

    return _items([*words, *((name, "") for name in _ask(context, fetch))], incomplete)


def themes(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete the colours of the console."""
    from argotui.config.settings import THEME_NAMES

    return _items(((name, "") for name in THEME_NAMES), incomplete)


def time_zones(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete the name of a time zone."""
    from argotui.model.cron.zones import known_zones

    return _items(((name, "") for name in sorted(known_zones())), incomplete)


def sorts(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete the sorts of a list; a shell takes `-NAME` for an option."""
    from argotui.model.workflows.listing import SORTS

    return _items(((name, "") for name in SORTS), incomplete)


def files(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Leave it to the shell to complete a file."""
    return [CompletionItem(incomplete, type="file")]


def _items(found: Iterable[tuple[str, str]], incomplete: str) -> Items:
    told = {name: note for name, note in found if name.startswith(incomplete)}
    return [CompletionItem(name, help=note.partition("\n")[0]) for name, note in told.items()]


def _words(named: list[tuple[str, str]]) -> list[str]:
    """Return for each (name, id) the name if it is one word and unique, else the id."""
    names = [name for name, _ in named]
    return [
        name if _SIMPLE.fullmatch(name) and names.count(name) == 1 else identity
        for name, identity in named
    ]


def _ask_workflow(
    context: click.Context, told: Callable[[Workflow], list[tuple[str, str]]]
) -> list[tuple[str, str]]:
    async def fetch(connection: ClusterConnection) -> list[tuple[str, str]]:
        from argotui.cli.connect import find_named

        key = await find_named(str(context.params.get("name") or ""), connection)
        return told(await connection.cluster.get_workflow(*key))

    return _ask(context, fetch)


def _ask(
    context: click.Context, fetch: Callable[[ClusterConnection], Awaitable[list[T]]]
) -> list[T]:
    """Return what a cluster answers in time. Runs on a thread, because DNS or a credential plugin
    may take any time."""
    found: list[T] = []

    import asyncio

    from argotui.cli.connect import import_backend, open_connection
    from argotui.cli.settings import load

    import_backend()  # the time that imports take on a busy machine is not the cluster's

    async def connected() -> list[T]:
        async with open_connection(load(context)) as connection:
            return await asyncio.wait_for(fetch(connection), SECONDS)

    def work() -> None:
        found.extend(_quietly(lambda: asyncio.run(connected()), []))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(SECONDS)
    return list(found)


def _quietly(call: Callable[[], T], otherwise: T) -> T:
    try:
        return call()
    except Exception:
        return otherwise
