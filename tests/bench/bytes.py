"""What the console sends to its terminal, on an embedded cluster with a log that grows."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from argotui.demo.api.kinds import PODS, WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.workflow.pod_name import node_id
from tests.bench.terminal import Program
from tests.support import ManualClock
from tests.terminal import ARGOTUI
from tests.unit.cli.cluster import workflow
from tests.unit.logs.log_pods import ns, pod_document

SIZES = ((80, 24), (160, 45))
LINES = 20
LINE = "2026-01-05T12:00:00Z INFO step {number:03d} of the import wrote 4,096 rows"
QUIET = 2.0
HELD, REPEAT = 8, 1 / 30
"""How often a key that is held down comes, and after how many seconds each time."""


@dataclass(frozen=True)
class Bytes:
    """Bytes by what was done; `follow` is a multiple of the text of the new lines.

    `node` is the costliest of some steps among the nodes of a workflow, `held` one of a key that is
    held down there.
    """

    start: int
    cursor: int
    node: int
    held: int
    workflow: int
    logs: int
    follow: float
    idle: float


@contextmanager
def grown_log(folder: Path) -> Iterator[tuple[Path, Callable[[int], None]]]:
    """Run a cluster in a thread; yield its kubeconfig and what adds a line to the log."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> tuple[EmbeddedCluster, Callable[[int], None]]:
        cluster = EmbeddedCluster(ManualClock(), controller=False)
        await cluster.start()
        for number in range(60):
            cluster.objects.create(WORKFLOWS, workflow(f"import-{number}", age=number * 60))
        cluster.objects.create(WORKFLOWS, workflow("follow", "Running", steps={"a": "Running"}))
        phases = ("Succeeded", "Failed", "Running", "Pending")
        steps = {f"step-{number}": phases[number % 4] for number in range(16)}
        cluster.objects.create(WORKFLOWS, workflow("steps", "Running", age=1, steps=steps))
        pod = pod_document(node_id("follow", "follow.a"), workflow="follow")
        log = cluster.logs.start(cluster.objects.create(PODS, pod).uid, "main")

        def append(number: int) -> None:
            text = f"{LINE.format(number=number)}\n".encode()
            loop.call_soon_threadsafe(log.append, ns(number), text)

        return cluster, append

    cluster, append = asyncio.run_coroutine_threadsafe(start(), loop).result()
    for number in range(100):
        append(number)
    try:
        yield cluster.write_kubeconfig(folder / "kubeconfig"), append
    finally:
        asyncio.run_coroutine_threadsafe(cluster.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def measure(columns: int, rows: int) -> Bytes:
    """Return what the console sends at one size of the terminal."""
    with tempfile.TemporaryDirectory() as folder, grown_log(Path(folder)) as (kubeconfig, append):
        environ = {"KUBECONFIG": str(kubeconfig), "HOME": folder}
        with Program(ARGOTUI, environ, rows=rows, columns=columns) as program:

            def cost(keys: str) -> int:
                before = len(program.seen)
                program.send(keys)
                program.watch(QUIET)
                return len(program.seen) - before

            program.until_sent(rb"import-5", mark=0)
            program.watch(QUIET)
            start, cursor = len(program.seen), cost("j")
            cost("k")
            opened = cost("\r")
            cost("\x1b")
            cost("j")
            cost("\r")
            cost("j")
            node = max(cost("j") for _ in range(4))
            before = len(program.seen)
            for _ in range(HELD):
                program.send("j")
                program.watch(REPEAT)
            held = (len(program.seen) - before) // HELD
            program.watch(QUIET)
            cost("\x1b")
            cost("k")
            logs, before, text = cost("l"), len(program.seen), 0
            for number in range(100, 100 + LINES):
                append(number)
                text += len(LINE.format(number=number))
                program.until_sent(f"step {number}".encode(), seconds=10, mark=before)
            follow = (len(program.seen) - before) / text
            idle = program.watch(5 * QUIET).output
            return Bytes(start, cursor, node, held, opened, logs, follow, idle)


if __name__ == "__main__":
    for size in SIZES:
        print(size, measure(*size))
