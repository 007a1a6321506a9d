"""Measure argotui beside its peers on the cluster of $KUBECONFIG and write docs/performance.md.

The cluster must hold still: Argo's controller stopped, nobody else at work on it. The workflows
are made when they are missing, through the API server.
"""

from __future__ import annotations

import asyncio
import os
import platform
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench import bytes as terminal_bytes
from tests.bench import measure
from tests.bench.load import Api, ensure, namespace_for
from tests.bench.measure import Opening, Tool
from tests.terminal import ARGOTUI

SMALL, LARGE = 50, 10_000
REPEAT = 5
DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"

Row = tuple[str, str, str, str]


def say(text: str) -> None:
    print(text, flush=True)


async def prepare() -> None:
    api = Api()
    for size in (SMALL, LARGE):
        say(f"bench: {size} workflows in {namespace_for(size)} ...")
        await ensure(api, size)
    await api.close()


def openings(tool: Tool, size: int) -> Opening:
    """Return the opening with the median time to rows."""
    times = REPEAT if tool.name == "argotui" or size == SMALL else 1
    found = sorted((measure.opening(tool, size) for _ in range(times)), key=lambda one: one.rows)
    chosen = found[len(found) // 2]
    say(f"bench: {tool.name} {size}: rows {chosen.rows:.2f} s, {chosen.idle}")
    return chosen


def verdict(value: float, limit: float, unit: str) -> str:
    if value <= limit:
        return "met"
    return f"missed by {value - limit:.3g} {unit}"


def budget_rows(
    small: Opening, large: Opening, peers: dict[str, dict[int, Opening]]
) -> Iterator[Row]:
    fastest = min((p[SMALL].rows for p in peers.values() if SMALL in p), default=float("inf"))
    limit = "the fastest peer here" if peers else "no peer installed"
    yield (
        f"start to rows, {SMALL}",
        f"{small.rows:.2f} s",
        f"{fastest:.2f} s ({limit})",
        verdict(small.rows, fastest, "s"),
    )
    allowed = 1.3 * small.rows
    yield (
        f"start to rows, {LARGE:,}",
        f"{large.rows:.2f} s",
        f"{allowed:.2f} s (1.3 ×)",
        verdict(large.rows, allowed, "s"),
    )
    for size, opening, memory in ((SMALL, small, 90), (LARGE, large, 150)):
        idle = opening.idle
        yield (
            f"memory, {size:,}",
            f"{idle.memory:.0f} MB",
            f"{memory} MB",
            verdict(idle.memory, memory, "MB"),
        )
        yield f"CPU idle, {size:,}", f"{idle.cpu:.1f} %", "1 %", verdict(idle.cpu, 1, "%")
        yield (
            f"output idle, {size:,}",
            f"{idle.output:.0f} B/s",
            "200 B/s",
            verdict(idle.output, 200, "B/s"),
        )


def live_rows() -> Iterator[Row]:
    for size in (SMALL, LARGE):
        names = measure.visible_names(size)
        taken = measure.change_to_row(size, names)
        middle = statistics.median(taken)
        yield (
            f"change to changed row, {size:,}",
            f"{middle * 1000:.0f} ms (worst {max(taken) * 1000:.0f})",
            "250 ms",
            verdict(middle * 1000, 250, "ms"),
        )
    busy = measure.busy(LARGE, names)
    say(f"bench: busy {busy}")
    yield (
        f"CPU with {busy.rate:.0f} changes/s, {LARGE:,}",
        f"{busy.idle.cpu:.0f} %",
        "25 %",
        verdict(busy.idle.cpu, 25, "%"),
    )
    yield (
        f"key to repainted screen, 99th percentile, {LARGE:,}",
        f"{busy.key_99 * 1000:.0f} ms (median {busy.key_median * 1000:.0f})",
        "50 ms",
        verdict(busy.key_99 * 1000, 50, "ms"),
    )


def command_rows() -> Iterator[Row]:
    for flag in ("--help", "--version"):
        took = measure.best_of(11, [*ARGOTUI, flag])
        yield (
            f"`argotui {flag}`",
            f"{took * 1000:.0f} ms",
            "150 ms",
            verdict(took * 1000, 150, "ms"),
        )
    followed = measure.log_lines()
    yield (
        "log lines followed per second",
        f"{followed:,.0f}",
        "50,000",
        "met" if followed >= 50_000 else f"missed by {50_000 - followed:,.0f}",
    )


def byte_rows() -> Iterator[Row]:
    for columns, rows in terminal_bytes.SIZES:
        found = terminal_bytes.measure(columns, rows)
        say(f"bench: bytes at {columns}x{rows} {found}")
        for what, value, limit in (
            ("cursor step", found.cursor, 500),
            ("cursor step among nodes", found.node, 500),
            ("cursor step among nodes, the key held down", found.held, 500),
            ("opening a workflow", found.workflow, 12_000),
            ("opening a log", found.logs, 12_000),
        ):
            name = f"bytes to the terminal at {columns}x{rows}: {what}"
            yield name, f"{value:,} B", f"{limit:,} B", verdict(value, limit, "B")
        yield (
            f"bytes to the terminal at {columns}x{rows}: following a log",
            f"{found.follow:.1f} × its text",
            "5 ×",
            verdict(found.follow, 5, "×"),
        )
        yield (
            f"bytes to the terminal at {columns}x{rows}: a log without news",
            f"{found.idle:.0f} B/s",
            "20 B/s",
            verdict(found.idle, 20, "B/s"),
        )


def peer_rows(openings_by: dict[str, dict[int, Opening]]) -> Iterator[tuple[str, ...]]:
    own = openings_by["argotui"]
    for name, by_size in openings_by.items():
        cells = [name]
        for size in (SMALL, LARGE):
            opening = by_size[size]
            ratio = opening.rows / own[size].rows
            cells += [
                f"{opening.rows:.2f} s ({ratio:.1f} ×)",
                f"{opening.idle.memory:.0f} MB",
                f"{opening.idle.cpu:.1f} %",
                f"{opening.idle.output:.0f} B/s",
            ]
        yield tuple(cells)
    listed = {
        "argotui list": [*ARGOTUI, "list", "-n"],
        "argo list": ["argo", "list", "-n"],
        "kubectl get wf": ["kubectl", "get", "wf", "-n"],
    }
    costs = {
        (name, size): measure.command([*start, namespace_for(size)])
        for name, start in listed.items()
        for size in (SMALL, LARGE)
    }
    for name in listed:
        cells = [f"`{name}`"]
        for size in (SMALL, LARGE):
            took, memory = costs[name, size]
            ratio = took / costs["argotui list", size][0]
            cells += [f"{took:.2f} s ({ratio:.1f} ×)", f"{memory:.0f} MB", "", ""]
        say(f"bench: {name}: {cells[1]} {cells[5]}")
        yield tuple(cells)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def main() -> None:
    if "KUBECONFIG" not in os.environ:
        sys.exit("bench: KUBECONFIG must name a cluster whose Argo controller is stopped")
    asyncio.run(prepare())
    by_tool = {
        tool.name: {size: openings(tool, size) for size in (SMALL, LARGE)}
        for tool in measure.installed()
    }
    peers = {name: found for name, found in by_tool.items() if name != "argotui"}
    own = by_tool["argotui"]
    budgets = [
        *budget_rows(own[SMALL], own[LARGE], peers),
        *live_rows(),
        *command_rows(),
        *byte_rows(),
    ]
    for row in budgets:
        say("bench: " + " | ".join(row))
    per_size = ("rows", "memory", "CPU idle", "output idle")
    head = ("", *(f"{size:,}: {what}" for size in (SMALL, LARGE) for what in per_size))
    compared = list(peer_rows(by_tool))
    DOCUMENT.write_text(
        PAGE.format(
            python=platform.python_version(),
            cores=os.cpu_count(),
            budgets=table(("what", "measured", "budget", ""), list(budgets)),
            peers=table(head, compared),
            small=SMALL,
            large=f"{LARGE:,}",
            repeat=REPEAT,
        ),
        encoding="utf-8",
    )
    say(f"bench: wrote {DOCUMENT.name}")


PAGE = """# Performance

Measured by `make bench` in one run on one machine: {cores} cores, Python {python}, a real API
server with {small} workflows in one namespace and {large} in another (8 nodes and about 11 KB
each, 8 % of them active), Argo's controller stopped, a 140x45 terminal. Times vary from machine to
machine; the ratios are the point.

## Budgets

{budgets}

## Beside others

Rows: from the start of the process to the first workflow on the screen (a command: to its end);
the ratio is to argotui. Memory is that of the process and its children.

{peers}

## To measure it yourself

With the lab cluster that `.ci/run` uses, from the project's root:

```
../shared/argolab/argolab up kwok
../shared/argolab/argolab stop controller
eval "$(../shared/argolab/argolab env)"
make bench
```

Peers that are not installed are left out. argotui is opened {repeat} times and the median counts.
"""


if __name__ == "__main__":
    main()
