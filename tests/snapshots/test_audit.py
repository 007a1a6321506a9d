"""Pictures of the decisions made on this machine, and of one of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from argotui.backend.audit.log import AuditLog
from argotui.screens.audit.decision import DecisionScreen
from argotui.screens.audit.screen import AuditScreen
from tests.snapshots.sizes import SMALL, USUAL, sizes
from tests.snapshots.test_gate_screens import GateSnapshotDriver, Picture, Size, gate_picture
from tests.support import EPOCH, until

__all__ = ["gate_picture"]  # a fixture

WIDE = (160, 45)


def fill(log: AuditLog) -> None:
    """Write five decisions: two decided, one resumed, one too late, one without an outcome."""
    told: list[tuple[str, str, dict[str, str], str, str, str]] = [
        (
            "promote-model-7",
            "choose-stage",
            {"stage": "canary"},
            "approve",
            "decided",
            "looks good",
        ),
        ("release-2.41", "deploy", {}, "deny", "decided", "change freeze until Monday"),
        ("backfill-4", "", {}, "approve", "decided", "the disk has room again"),
        ("migrate-9", "schema", {"approve": "YES"}, "approve", "already decided", "fine"),
        ("budget-q1", "finance", {"amount": "1200"}, "approve", "", "as agreed"),
    ]
    for number, (workflow, gate, values, choice, outcome, reason) in enumerate(told):
        common: dict[str, object] = {
            "decision": f"{number:016x}",
            "time": (EPOCH + timedelta(minutes=7 * number)).isoformat(),
            "actor": ("approver@example.com", "ada@example.com")[number % 2],
            "choice": choice,
            "namespace": "argo",
            "workflow": workflow,
            "uid": f"uid-{number}",
            "node": f"{workflow}-1" if gate else "",
            "digest": f"{number:064x}",
        }
        more: dict[str, object] = {
            "kind": "intent",
            "cluster": "https://prod.example.com:6443",
            "context": "prod",
            "gate": gate or workflow,
            "asked_by": "developer@example.com",
            "inputs": {"summary": "three prices changed"},
            "values": values,
            "reason": reason,
            "verdict": {"answer": "allow", "policy": "gates@7"},
        }
        log.append_now({**common, **more})
        if outcome:
            detail = "ben denied it" if outcome != "decided" else f"{choice}d"
            told_after = {"outcome": outcome, "detail": detail, "audit_id": f"audit-{number}"}
            log.append_now({**common, "kind": "outcome", **told_after})
    effect = {"kind": "effect", "time": EPOCH.isoformat(), "complete": True, "watched": 2}
    started = {"effect": "started", "started": ["deploy-canary"], "skipped": ["deploy-all"]}
    log.append_now({**effect, "decision": f"{0:016x}", **started})
    ended = {"effect": "nothing", "phase": "Failed"}
    log.append_now({**effect, "decision": f"{1:016x}", **ended})


async def audit(driver: GateSnapshotDriver) -> AuditScreen:
    log = AuditLog(Path(driver.app.settings.gates.audit_log or ""))
    fill(log)
    await driver.press("f8")
    await until(lambda: isinstance(driver.app.screen, AuditScreen))
    screen = driver.app.screen
    assert isinstance(screen, AuditScreen)
    await until(lambda: len(screen.table.rows) == 5)
    return screen


@sizes(SMALL, USUAL, WIDE)
def test_the_decisions(gate_picture: Picture, size: Size) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        await audit(driver)

    gate_picture(play, size)


@sizes(SMALL, WIDE)
def test_one_decision(gate_picture: Picture, size: Size) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        await audit(driver)
        await driver.press("G", "enter")
        await until(lambda: isinstance(driver.app.screen, DecisionScreen))
        await driver.sees("deploy-canary")

    gate_picture(play, size)
