"""The inbox and `argotui gates` say the same of each gate, whoever looks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from argotui.demo.cluster import EmbeddedCluster
from argotui.widgets.gates.inbox_columns import COLUMNS
from tests.gates.support import PACK
from tests.support import ManualClock
from tests.unit.cli.cluster import CommandLine
from tests.unit.screens.gate_rig import GateOpener, bare, release, suspended

SAME = {"EXPIRES": "expires", "GATE": "gate", "ASKED BY": "asked", "VERDICT": "verdict"}
"""Titles of the table, and the columns of the inbox that are the same cell."""


def cells(text: str) -> list[dict[str, str]]:
    """Return the rows of a table by title, cut where the titles begin."""
    head, *lines = text.splitlines()
    titles = ["WAITED", "EXPIRES", "GATE", "WORKFLOW", "ASKED BY", "VERDICT", "FILL IN"]
    starts = [head.index(title) for title in titles] + [None]
    starts[0] = 0
    return [
        {t: line[a:b].strip() for t, a, b in zip(titles, starts, starts[1:], strict=False)}
        for line in lines
    ]


@pytest.mark.parametrize("user", ["approver", "viewer", "developer"])
@pytest.mark.parametrize("policy", [f"dir:{PACK}", ""])
async def test_each_cell_of_the_table_is_that_of_the_inbox(
    embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path, user: str, policy: str
) -> None:
    opener = GateOpener(embedded, clock, tmp_path)
    opener.user = user
    opener.set(policy=policy)
    await opener.wait_for(
        release("plain"),
        release("own", creator="approver@example.com"),
        release("theirs", creator="developer@example.com", confidence="0.2"),
        release("nobody", creator=""),
        suspended("halted"),
        bare("forever"),
    )
    home = tmp_path / "home"
    home.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ARGOTUI_", "XDG_", "KUBE"))}
    environ = kept | {"HOME": str(home), "PYTHONUTF8": "1"}
    if policy:
        environ["ARGOTUI_POLICY"] = policy
    async with opener.gate_console(size=(200, 40)) as console:
        inbox = await console.open_inbox(6)
        told = await CommandLine(embedded, tmp_path, environ)("gates", user=user)
        table = {(row["WORKFLOW"], row["GATE"]): row for row in cells(told.out)}
        by_id = {column.id: column for column in COLUMNS}
        assert len(table) == 6
        for gate in inbox.table.rows:
            row = inbox._row_of(gate)
            assert row is not None
            said = {
                title: "".join(part for part, _ in by_id[name].cell(row, 200)).strip()
                for title, name in SAME.items()
            }
            found = table[str(gate.key), said["GATE"]]
            assert {title: found[title] for title in SAME} == said, gate
    assert ("not yours: you may not patch" in told.out) == (user != "approver")
    assert ("you asked for it yourself" in told.out) == (user != "viewer")
