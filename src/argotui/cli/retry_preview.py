"""What `retry --dry-run` prints: each node that runs again, goes on or stays, and each pod."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argotui.cli.connect import ClusterConnection
    from argotui.cli.output import Terminal
    from argotui.errors import BackendError
    from argotui.model.argo import Key
    from argotui.model.workflow.rerun_options import RetryOptions
    from argotui.model.workflow.retry import PlannedNode
    from argotui.operations.workflow.rerunning import RetryPreview
    from argotui.operations.workflows.selecting import SelectedWorkflows

AT_ONCE = 8
"""How many workflows are read at the same time."""


async def show_retry_previews(
    connection: ClusterConnection,
    options: RetryOptions,
    found: SelectedWorkflows,
    reasons: Mapping[Key, str],
    output: str,
) -> None:
    """Print what a retry of the chosen workflows would do; `reasons` say why not of some."""
    from argotui.cli.connect import remark
    from argotui.cli.output import as_json, terminal, write
    from argotui.cli.selection import name_of

    previews, refused = await _read(connection, options, found, reasons)
    why = {**reasons, **refused}
    if output == "json":
        write([as_json(previews_document(found, previews, why))])
    elif output == "name":
        write(name_of(connection, key) for key in previews)
    else:
        if len(found.targets) == 1:
            for preview in previews.values():
                write(_lines(preview, terminal()))
        else:
            write(_table(connection, found, previews, why))
        for key, reason in why.items():
            remark(f"{key}: {reason}")
        for preview in previews.values():
            prefix = f"{preview.key}: " if len(found.targets) > 1 else ""
            for note in preview.notes:
                remark(prefix + note)
    for key, error in found.missing.items():
        remark(f"{key}: {error.title}")
    remark("dry run: nothing was changed")


async def _read(
    connection: ClusterConnection,
    options: RetryOptions,
    found: SelectedWorkflows,
    reasons: Mapping[Key, str],
) -> tuple[dict[Key, RetryPreview], dict[Key, str]]:
    """Return the previews in the order of the workflows, and why others have none."""
    from argotui.errors import BackendError
    from argotui.operations.workflow.rerunning import preview_retry

    slots = asyncio.Semaphore(AT_ONCE)
    port, clock = connection.backend.workflows, connection.clock

    async def read(key: Key) -> RetryPreview | BackendError:
        async with slots:
            try:
                return await preview_retry(port, key, options, clock)
            except BackendError as error:
                return error

    keys = [target.key for target in found.targets if target.key not in reasons]
    results = dict(zip(keys, await asyncio.gather(*map(read, keys)), strict=True))
    previews = {key: one for key, one in results.items() if not isinstance(one, BackendError)}
    refused = {
        key: one.detail or one.title
        for key, one in results.items()
        if isinstance(one, BackendError)
    }
    return previews, refused


def _table(
    connection: ClusterConnection,
    found: SelectedWorkflows,
    previews: Mapping[Key, RetryPreview],
    why: Mapping[Key, str],
) -> Iterator[str]:
    from argotui.cli.output import TextColumn, table, terminal
    from argotui.cli.selection import name_of
    from argotui.model.workflow.retry_preview import plan_words

    columns = [
        TextColumn("WORKFLOW", least=20),
        TextColumn("STATE", least=10),
        TextColumn("WOULD", least=12),
    ]
    rows = [
        [
            name_of(connection, target.key),
            target.words,
            plan_words(previews[target.key].plan)
            if target.key in previews
            else why.get(target.key, ""),
        ]
        for target in found.targets
    ]
    return table(columns, rows, terminal())


def _lines(preview: RetryPreview, where: Terminal) -> Iterator[str]:
    from argotui.model.sanitise import clean_line
    from argotui.model.workflow.retry_preview import plan_words

    plan = preview.plan
    yield f"{preview.key}: {plan_words(plan)}"
    for title, nodes in (
        ("RUN AGAIN", plan.deleted),
        ("GO ON", plan.reset),
        ("STAY", plan.kept),
    ):
        if nodes:
            yield ""
            yield from _node_table(title, nodes, where)
    if plan.pods:
        yield ""
        yield where.paint("PODS DELETED", "dim")
        yield from map(clean_line, plan.pods)


def _node_table(title: str, nodes: Sequence[PlannedNode], where: Terminal) -> Iterator[str]:
    from argotui.cli.output import Cell, TextColumn, table
    from argotui.model.phases import look_of_phase
    from argotui.model.sanitise import clean_line
    from argotui.model.workflow.retry_preview import title_of

    columns = [TextColumn(title, least=20), TextColumn("TYPE"), TextColumn("PHASE")]
    rows: list[list[Cell | str]] = []
    for node in nodes:
        look = look_of_phase(clean_line(node.phase))
        phase = Cell(where.glyph(look.glyph) + look.word, look.role)
        rows.append([title_of(node), clean_line(node.type), phase])
    return table(columns, rows, where)


def previews_document(
    found: SelectedWorkflows, previews: Mapping[Key, RetryPreview], why: Mapping[Key, str]
) -> dict[str, Any]:
    """Return the plan of each workflow; the names of the fields stay."""
    from argotui.cli.documents import API

    return {
        "apiVersion": API,
        "kind": "RetryPreview",
        "workflows": [
            {
                "namespace": target.key.namespace,
                "name": target.key.name,
                "uid": target.uid,
                "phase": target.phase,
                "reason": why.get(target.key),
                **_plan_document(previews.get(target.key)),
            }
            for target in found.targets
        ],
    }


def _plan_document(preview: RetryPreview | None) -> dict[str, Any]:
    if preview is None:
        return {"runAgain": [], "goOn": [], "stay": [], "pods": [], "notes": []}
    plan = preview.plan
    return {
        "runAgain": list(map(_node_document, plan.deleted)),
        "goOn": list(map(_node_document, plan.reset)),
        "stay": list(map(_node_document, plan.kept)),
        "pods": plan.pods,
        "notes": preview.notes,
    }


def _node_document(node: PlannedNode) -> dict[str, str]:
    return {
        "id": node.id,
        "name": node.name,
        "displayName": node.display_name,
        "type": node.type,
        "phase": node.phase,
    }
