"""What the console says of gates on a real cluster: enforced where the policies are, else not."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml

from argotui.app import ArgoTUI
from argotui.backend.kube.connect import connect
from argotui.backend.session import Session
from argotui.config.settings import GateSettings, Settings
from argotui.model.argo import Key
from argotui.model.gates.decision import Choice
from argotui.screens.gates.gate import GateScreen
from argotui.screens.gates.inbox import GatesScreen
from tests.admission.conftest import Pair
from tests.admission.namespaces import Site
from tests.support import until
from tests.unit.screens.console import ConsoleDriver

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio(loop_scope="session")]

GATE = "gate-b"  # for group:qa and user:dave@example.com
NOT_YOURS = "approvers  group:qa, user:dave@example.com · you are none of them"
ADVISORY = "▲ advisory: whoever may patch workflows in"
UNKNOWN = "○ unknown whether the cluster enforces it: admission policies are not yours to read"


def _kubeconfig(pair: Pair, user: str, folder: Path) -> Path:
    """Return a user's kubeconfig with a context for each of the two namespaces."""
    beside = Path(os.environ["KUBECONFIG"]).with_name(f"{user}.kubeconfig")
    document = yaml.safe_load(beside.read_text())
    own = document["contexts"][0]
    document["contexts"] = [
        {"name": site.namespace, "context": {**own["context"], "namespace": site.namespace}}
        for site in (pair.guarded, pair.open)
    ]
    document["current-context"] = pair.guarded.namespace
    path = folder / f"{user}.kubeconfig"
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(document))
    return path


@asynccontextmanager
async def open_console(pair: Pair, user: str, folder: Path) -> AsyncIterator[ConsoleDriver]:
    kubeconfig = _kubeconfig(pair, user, folder)
    settings = Settings(gates=GateSettings(audit_log=str(folder / "audit.jsonl")))

    async def opened(_: object) -> Session:
        backend = await connect(kubeconfig=str(kubeconfig))
        return Session(backend, pair.guarded.namespace, settings=settings)

    app = ArgoTUI(settings, opened, lambda: ["here"])
    async with app.run_test(size=(160, 45), notifications=True) as pilot:
        await until(lambda: app.session_or_none and app.session.feed.freshness.trusted)
        yield ConsoleDriver(app, pilot)


async def look_at(console: ConsoleDriver, site: Site) -> GateScreen:
    """Open a gate, and wait for all that is asked about it."""
    key = Key(site.namespace, site.workflows["mixed"]["metadata"]["name"])
    console.app.gates.open(key, site.gate_id("mixed", GATE))

    def screen() -> GateScreen | None:
        found = console.app.screen
        return found if isinstance(found, GateScreen) and found.key == key else None

    await until(screen)
    found = screen()
    assert found
    await until(
        lambda: (
            found.gate_watch.trusted
            and found.gate_watch.is_tried
            and found.gate_watch.enforcement is not None
        )
    )
    await console.see(f"{site.namespace} @")
    return found


@pytest.mark.parametrize(
    ("user", "enforced", "advisory"),
    [
        ("approver", "● enforced by the cluster", ADVISORY),
        ("developer", "● enforced by the cluster", ADVISORY),
        ("viewer", UNKNOWN, UNKNOWN),
    ],
)
async def test_a_gate_says_whether_it_is_enforced_and_for_whom(
    pair: Pair, tmp_path: Path, user: str, enforced: str, advisory: str
) -> None:
    async with open_console(pair, user, tmp_path) as console:
        screen = await look_at(console, pair.guarded)
        await console.see(enforced)
        await console.see(NOT_YOURS if user != "viewer" else "approvers  unknown")
        if user == "approver":
            against = screen.reason_against_deciding(Choice.APPROVE) or ""
            assert against.startswith("the cluster refuses it: approver@example.com may not decide")
            assert against.endswith("(rule approvers)")
        await look_at(console, pair.open)
        await console.see(advisory)


async def see_cells(console: ConsoleDriver, *cells: str) -> None:
    """Wait for cells that stand side by side, however wide their columns are."""
    row = re.compile(r"\s{2,}" + r"\s{2,}".join(map(re.escape, cells)))
    await until(lambda: row.search(console.text), f"{cells} in the list")


async def test_the_inbox_says_it_of_each_gate(pair: Pair, tmp_path: Path) -> None:
    async with open_console(pair, "approver", tmp_path) as console:
        console.press("ctrl+g")
        await until(lambda: isinstance(console.app.screen, GatesScreen))
        inbox = console.app.screen
        assert isinstance(inbox, GatesScreen)
        inbox.apply_filter(f'name:"^mixed-" {GATE}')
        await until(lambda: len(inbox.table.rows) == 2, "both gates")
        wanted = {
            pair.guarded.namespace: ("enforced", "group:qa, user:dave"),
            pair.open.namespace: ("advisory", ""),
        }

        def told() -> bool:
            rows = [row for gate in inbox.table.rows if (row := inbox._row_of(gate))]
            return all(
                row.enforcement is not None
                and bool(row.enforcement.who)
                and row.enforcement.state.value == wanted[row.item.gate.key.namespace][0]
                for row in rows
            )

        await until(told, "how they are kept")
        for word, who in wanted.values():
            await see_cells(console, word, who or "—")
