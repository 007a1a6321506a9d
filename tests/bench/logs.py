"""How many log lines per second pass from the bytes of a stream to the screen, and what one costs.

`python -m tests.bench.logs [LINES]` prints a table; every stage includes those before it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import random
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from textual.app import App, ComposeResult

from argotui.backend.clock import SystemClock
from argotui.backend.kube.cluster import open_cluster
from argotui.demo.api.kinds import PODS
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.argo import Key
from argotui.model.logs.buffer import LogBuffer
from argotui.model.logs.matches import Matches
from argotui.model.patterns import parse_pattern
from argotui.operations.logs.container_log import LogOptions
from argotui.operations.logs.targets import LogTarget
from argotui.operations.logs.timestamps import Resume, StampReader
from argotui.operations.logs.workflow_log import WorkflowLog
from argotui.themes import DEFAULT_VARIABLES
from argotui.widgets.logs.view import LogView
from tests.support import until
from tests.unit.logs.log_pods import ns, pod_document

LINES = 500_000
BATCH = 800
"""Lines of 80 bytes in the 64 KiB that one read of a socket gives."""

TEXT = b'level=info msg="fetched page" url=https://example.com/%d status=200 took=41ms'


def stream(count: int) -> Iterator[list[bytes]]:
    """Batches as a followed stream gives them."""
    batch: list[bytes] = []
    for number in range(count):
        second, rest = divmod(number * 20_000, 1_000_000_000)
        stamp = b"2026-01-05T12:%02d:%02d.%09dZ " % (second // 60 % 60, second % 60, rest)
        batch.append(stamp + TEXT % number)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


class LogApp(App[None]):
    def __init__(self, view: LogView) -> None:
        super().__init__()
        self.view = view

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DEFAULT_VARIABLES

    def compose(self) -> ComposeResult:
        yield self.view


async def through_view(
    batches: list[list[bytes]], prepare: Callable[[LogView], None]
) -> tuple[float, float]:
    """Feed a followed view at full speed; return seconds, and the longest pause of the loop."""
    view = LogView(LogBuffer(), zone="utc")
    app = LogApp(view)
    longest = 0.0
    async with app.run_test(size=(140, 45)):
        prepare(view)
        reader, resume = StampReader(0), Resume()
        started = before = time.perf_counter()
        for lines in batches:
            stamps, texts, _ = resume.take(*reader.split(lines))
            view.add(stamps, [0] * len(stamps), texts)
            await asyncio.sleep(0)
            now = time.perf_counter()
            longest, before = max(longest, now - before), now
        total = sum(map(len, batches))
        await until(lambda: view._flush_timer is None and not view.searching)
        assert view.buffer.end == total
        return time.perf_counter() - started, longest


def serve(count: int, pods: int, ready: Any) -> None:
    """Be a cluster whose pods have written `count` lines together (in a process of its own)."""

    async def run() -> None:
        cluster = EmbeddedCluster(controller=False)
        await cluster.start()
        for pod in range(pods):
            entry = cluster.objects.create(
                PODS, pod_document(str(pod), main="terminated", wait="terminated")
            )
            log = cluster.logs.start(entry.uid, "main")
            for number in range(pod, count, pods):
                log.lines.append((ns(number * 0.00002), TEXT % number + b"\n"))
            log.close()
        ready.put(cluster.kubeconfig())
        await asyncio.Event().wait()

    asyncio.run(run())


async def over_http(count: int, kubeconfig: dict[str, Any], folder: str) -> tuple[float, float]:
    """Follow all pods of a workflow from the API server of another process to the screen; return
    seconds by the wall, and of this process."""
    path = Path(folder) / "kubeconfig"
    path.write_text(json.dumps(kubeconfig))
    path.chmod(0o600)
    cluster = await open_cluster(kubeconfig=str(path))
    view = LogView(LogBuffer(), zone="utc")
    target = LogTarget(Key("argo", "wf"))
    async with LogApp(view).run_test(size=(140, 45)):
        reading = WorkflowLog(
            cluster, target, LogOptions(follow=True), SystemClock(), random.Random(1)
        )
        started, used = time.perf_counter(), time.process_time()
        async for batch in reading.batches():
            view.add(*batch)
        await until(lambda: view._flush_timer is None)
        seconds, used = time.perf_counter() - started, time.process_time() - used
        assert view.buffer.end == count, (view.buffer.end, count)
    await cluster.close()
    return seconds, used


def through_http(count: int, pods: int) -> tuple[float, float]:
    """Return what `over_http` does, against a server in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ready = context.Queue()
    process = context.Process(target=serve, args=(count, pods, ready), daemon=True)
    process.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return asyncio.run(over_http(count, ready.get(timeout=120), folder))
    finally:
        process.terminate()
        process.join()


def measure(count: int) -> list[tuple[str, float, str]]:
    """Return what was measured as (stage, lines per second, remark)."""
    batches = list(stream(count))
    rows = []

    started = time.perf_counter()
    reader, resume = StampReader(0), Resume()
    for lines in batches:
        resume.take(*reader.split(lines))
    rows.append(("stamps read, ready to resume", count / (time.perf_counter() - started), ""))

    started = time.perf_counter()
    buffer, reader, resume = LogBuffer(), StampReader(0), Resume()
    for lines in batches:
        stamps, texts, _ = resume.take(*reader.split(lines))
        buffer.append(stamps, [0] * len(stamps), texts)
    rows.append(("kept in the ring", count / (time.perf_counter() - started), ""))

    started = time.perf_counter()
    matches = Matches(parse_pattern("status=5.."), buffer)
    while not matches.advance():
        pass
    took = time.perf_counter() - started
    rows.append(("searched for a new filter", len(buffer) / took, f"{took:.2f} s for all kept"))

    stages: list[tuple[str, Callable[[LogView], None]]] = [
        ("followed on a screen of 140 by 45", lambda view: None),
        ("the same with a filter", lambda view: view.set_filter(parse_pattern("7 status"))),
        ("the same wrapped", lambda view: view.set_wrap(True)),
        ("the same paused", lambda view: view.pause()),
    ]
    for name, prepare in stages:
        seconds, pause = asyncio.run(through_view(batches, prepare))
        rows.append((name, count / seconds, f"longest pause {pause * 1000:.0f} ms"))

    for pods in (1, 8):
        seconds, used = through_http(count, pods)
        name = f"read over HTTP from {pods} pod{'' if pods == 1 else 's'} to the screen"
        rows.append((name, count / seconds, f"{count / used:,.0f} in a second of CPU"))

    del buffer, matches
    gc.collect()
    tracemalloc.start()
    buffer = LogBuffer(max_lines=10**9, max_bytes=10**12)
    size = 0
    reader = StampReader(0)
    for lines in batches[: 100_000 // BATCH]:
        stamps, texts, _ = reader.split(lines)
        buffer.append(stamps, [0] * len(stamps), texts)
        size += sum(map(len, texts))
    del stamps, texts
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    per_line = held / len(buffer)
    rows.append(("memory of a line", 0, f"{per_line:.0f} B, {size / len(buffer):.0f} B of it text"))
    return rows


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    for name, rate, remark in measure(count):
        print(f"{name:40} {f'{rate:12,.0f} lines/s' if rate else '':20} {remark}")


if __name__ == "__main__":
    main()
