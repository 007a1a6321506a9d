"""Writes to CronWorkflows when something goes wrong: a lost answer, a change meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from argotui.backend.editor import EditFile
from argotui.backend.kube.connect import connect
from argotui.backend.ports import Backend
from argotui.demo.api.kinds import CRON_WORKFLOWS, WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import BackendError, ConfigError, InvalidError, UnreachableError
from argotui.model.argo import Key
from argotui.model.cron.backfill import BackfillRange, backfill_stem
from argotui.model.workflow.operations import OperationStatus
from argotui.operations.crons.backfill import BackfillOptions, plan_backfill, run_backfill
from argotui.operations.crons.edit import EditConflict, edit_cron
from argotui.operations.crons.operate import CronOperation, operate_cron
from argotui.operations.submit.submitter import Submitter
from tests.support import EPOCH, ManualClock
from tests.unit.cli.test_cron import cron

KEY = Key("argo", "often")


@pytest.fixture
async def backend(
    embedded: EmbeddedCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Backend]:
    """The backend of an admin; what is edited is in the folder of the test."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    backend = await connect(kubeconfig=str(embedded.write_kubeconfig(tmp_path / "kubeconfig")))
    embedded.objects.create(CRON_WORKFLOWS, cron("often", "*/5 * * * *"))
    yield backend
    await backend.cluster.close()


def kept_files(folder: Path) -> list[Path]:
    return list(folder.glob("argotui-often-*"))


def stored(embedded: EmbeddedCluster) -> dict[str, Any]:
    entry = embedded.objects.get(CRON_WORKFLOWS, *KEY)
    assert entry is not None
    return entry.decode()


def change(embedded: EmbeddedCluster, **parts: Any) -> None:
    embedded.objects.update(CRON_WORKFLOWS, stored(embedded) | parts)


@asynccontextmanager
async def losing(port: Any, method: str, *, applied: bool) -> AsyncIterator[None]:
    """Let the answer of the next write be lost, before or after the server has applied it."""
    real = getattr(port, method)

    async def lost(*arguments: Any, **more: Any) -> None:
        setattr(port, method, real)
        if applied:
            await real(*arguments, **more)
        raise UnreachableError("no answer in time")

    setattr(port, method, lost)
    yield
    setattr(port, method, real)


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("operation", list(CronOperation)[::2])
async def test_the_outcome_of_a_lost_write_is_looked_up(
    embedded: EmbeddedCluster,
    backend: Backend,
    clock: ManualClock,
    operation: CronOperation,
    applied: bool,
) -> None:
    method = "delete" if operation is CronOperation.DELETE else "merge"
    async with losing(backend.objects, method, applied=applied):
        result = await operate_cron(backend.objects, operation, KEY, clock)
    if applied:
        assert result.status is OperationStatus.DONE
        assert "its answer was lost" in result.detail
    else:
        assert result.status is OperationStatus.UNKNOWN
        assert "not applied so far" in result.detail
        assert "suspend" not in stored(embedded)["spec"]


async def test_another_object_of_the_same_name_is_left_alone(
    embedded: EmbeddedCluster, backend: Backend, clock: ManualClock
) -> None:
    uid = stored(embedded)["metadata"]["uid"]
    embedded.objects.delete(CRON_WORKFLOWS, *KEY)
    embedded.objects.create(CRON_WORKFLOWS, cron("often", "@daily"))
    for operation in CronOperation:
        result = await operate_cron(backend.objects, operation, KEY, clock, uid=uid)
        assert result.status is OperationStatus.CHANGED
    assert "suspend" not in stored(embedded)["spec"]


async def test_read_only_writes_nothing(
    embedded: EmbeddedCluster, backend: Backend, clock: ManualClock
) -> None:
    before = stored(embedded)
    for operation in CronOperation:
        result = await operate_cron(backend.objects, operation, KEY, clock, read_only=True)
        assert result.status is OperationStatus.NOT_PERMITTED
    with pytest.raises(InvalidError, match="Read-only"):
        await edit_cron(backend.objects, KEY, typing("*/5", "*/10"), read_only=True)
    assert stored(embedded) == before


def typing(old: str, new: str, meanwhile: Callable[[], object] = lambda: None) -> Any:
    """An editor that replaces a text, and what happens while it is open."""

    async def edit(file: EditFile) -> None:
        file.write(file.read().replace(old, new))
        meanwhile()

    return edit


async def test_an_edit_keeps_what_the_controller_writes_meanwhile(
    embedded: EmbeddedCluster, backend: Backend, tmp_path: Path
) -> None:
    status = {"phase": "Active", "lastScheduledTime": "2026-01-05T12:00:00Z", "active": []}
    notes = {"cronworkflows.argoproj.io/last-used-schedule": "something"}

    def controller() -> None:
        meta = stored(embedded)["metadata"]
        change(embedded, status=status, metadata=meta | {"annotations": notes})

    said = await edit_cron(backend.objects, KEY, typing("*/5", "*/10", controller))
    assert said == "CronWorkflow argo/often changed"
    now = stored(embedded)
    assert now["spec"]["schedules"] == ["*/10 * * * *"]
    assert now["status"] == status
    assert now["metadata"]["annotations"] == notes
    assert kept_files(tmp_path) == []


async def test_an_edit_never_overwrites_a_person(
    embedded: EmbeddedCluster, backend: Backend, tmp_path: Path
) -> None:
    def somebody() -> None:
        change(embedded, spec=stored(embedded)["spec"] | {"suspend": True})

    with pytest.raises(EditConflict) as conflict:
        await edit_cron(backend.objects, KEY, typing("*/5", "*/10", somebody))
    assert "+  suspend: true" in conflict.value.lines
    (kept,) = kept_files(tmp_path)
    assert str(kept) in conflict.value.hint
    assert "*/10" in kept.read_text()
    assert stored(embedded)["spec"]["schedules"] == ["*/5 * * * *"]


async def test_an_edit_of_what_is_deleted_says_so(
    embedded: EmbeddedCluster, backend: Backend, tmp_path: Path
) -> None:
    def deleted() -> None:
        embedded.objects.delete(CRON_WORKFLOWS, *KEY)

    with pytest.raises(BackendError) as gone:
        await edit_cron(backend.objects, KEY, typing("*/5", "*/10", deleted))
    assert "What you typed is in" in gone.value.hint
    assert kept_files(tmp_path)


@pytest.mark.parametrize("applied", [True, False])
async def test_a_lost_edit_is_looked_up(
    embedded: EmbeddedCluster, backend: Backend, applied: bool
) -> None:
    port: Any = backend.objects
    real = port.replace
    lost = False

    async def replace(kind: Any, document: Any, *, dry_run: bool = False) -> Any:
        nonlocal lost
        if dry_run or lost:
            return await real(kind, document, dry_run=dry_run)
        lost = True
        if applied:
            await real(kind, document)
        raise UnreachableError("no answer in time")

    port.replace = replace
    if applied:
        said = await edit_cron(port, KEY, typing("*/5", "*/10"))
        assert said == "CronWorkflow argo/often changed"
    else:
        with pytest.raises(UnreachableError, match="no answer in time"):
            await edit_cron(port, KEY, typing("*/5", "*/10"))
        assert stored(embedded)["spec"]["schedules"] == ["*/5 * * * *"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("name: often", "name: other", "metadata.name must stay often"),
        ("kind: CronWorkflow", "kind: Workflow", "kind must stay CronWorkflow"),
        ("schedules:", "schedule:", "no such field"),
        ("spec:", "spec", "this is not YAML"),
        ("*/5 ", "*/0 ", "step of range should be a positive number"),
    ],
    ids=["name", "kind", "field", "yaml", "schedule"],
)
async def test_what_cannot_be_used_is_opened_again(
    backend: Backend, old: str, new: str, words: str
) -> None:
    seen: list[str] = []

    async def edit(file: EditFile) -> None:
        seen.append(file.read())
        if len(seen) == 1:
            file.write(file.read().replace(old, new))
        else:
            raise ConfigError("enough")

    with pytest.raises(ConfigError, match="enough"):
        await edit_cron(backend.objects, KEY, edit)
    assert "# ! " in seen[1]
    assert words in seen[1]


async def test_an_editor_that_changes_nothing_but_comments_ends_the_edit(backend: Backend) -> None:
    """A script in the place of an editor may find its pattern in the reason that it is shown."""
    opened: list[str] = []

    async def edit(file: EditFile) -> None:
        opened.append(file.read())
        assert len(opened) < 3
        file.write(file.read().replace("*/5 ", "*/0 ").replace("positive", f"{len(opened)}"))

    with pytest.raises(InvalidError, match="was left as it is"):
        await edit_cron(backend.objects, KEY, edit)
    assert len(opened) == 2


def options(**more: Any) -> BackfillOptions:
    start: datetime = EPOCH - timedelta(minutes=20)
    return BackfillOptions(BackfillRange(start, EPOCH), **more)


async def test_a_backfill_ends_with_the_first_failure(
    embedded: EmbeddedCluster, backend: Backend, clock: ManualClock
) -> None:
    submitter = Submitter(backend.objects, clock)
    plan = await plan_backfill(submitter, KEY, options())
    assert len(plan.runs) == 4
    plan.workflows[1]["spec"]["entrypiont"] = "main"
    results = await run_backfill(backend.objects, plan)
    assert [each.status for each in results] == [
        OperationStatus.DONE,
        OperationStatus.FAILED,
        OperationStatus.NOT_SENT,
        OperationStatus.NOT_SENT,
    ]
    assert embedded.objects.get(WORKFLOWS, "argo", plan.names[0])
    assert embedded.objects.get(WORKFLOWS, "argo", plan.names[2]) is None


async def test_a_lost_creation_of_a_backfill_is_looked_up(
    backend: Backend, clock: ManualClock
) -> None:
    submitter = Submitter(backend.objects, clock)
    plan = await plan_backfill(submitter, KEY, options())
    async with losing(backend.objects, "create", applied=True):
        results = await run_backfill(backend.objects, plan)
    assert [each.status for each in results] == [OperationStatus.DONE] * 4
    assert "the answer was lost" in results[0].detail


def test_the_names_of_a_backfill_are_names_of_workflows() -> None:
    stem = backfill_stem("c" * 52, "Name")
    assert len(f"{stem}-1615836720") <= 63
    assert backfill_stem("nightly", "Again") == "nightly-backfill-again"
