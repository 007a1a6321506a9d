"""Pictures of the inbox and the gate screen, in each state of a verdict and after each outcome."""

from __future__ import annotations

import asyncio
import random
import re
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

import pytest
from textual.pilot import Pilot

from argotui.app import ArgoTUI
from argotui.backend.freshness import Link
from argotui.backend.kube.connect import connect
from argotui.backend.ports import NamespaceFacts
from argotui.backend.session import Session
from argotui.config.settings import GateSettings, Settings
from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.argo import Key
from argotui.operations.admission.enforcement_cache import EnforcementCache
from argotui.screens.gates.gate import GateScreen
from argotui.screens.gates.inbox import GatesScreen
from argotui.screens.gates.several import DecisionsScreen
from argotui.target import Target
from argotui.widgets.gates.several_columns import SeveralState
from tests.driven import at_rest, drained_all, text_of
from tests.snapshots.driver import plain_picture
from tests.snapshots.sizes import SMALL, USUAL, sizes
from tests.support import PATIENCE, ManualClock, until
from tests.unit.admission.fake_admission import LABEL, FakeAdmissionPort, generated_set
from tests.unit.screens.gate_rig import Document, bare, gate_id, is_read, release, suspended

Size = tuple[int, int]

PACK = """
package argotui.gate
import rego.v1

default decision := {"v": 1, "allow": false, "deny": ["no decision"], "warn": []}

decision := {
    "v": 1, "allow": count(deny) == 0, "deny": [d | some d in deny],
    "warn": [w | some w in warn], "policy": "gates@7",
    "confidence": input.confidence, "threshold": 0.9,
}

deny contains {"code": "confidence", "msg": msg} if {
    input.confidence != null
    input.confidence < 0.9
    msg := sprintf("confidence %v is below 0.9", [input.confidence])
}

deny contains {"code": "quarantine", "msg": "the workflow is in quarantine"} if {
    input.workflow.labels["quarantine"] == "true"
}

warn contains {"code": "requester", "msg": "who asked is not recorded"} if {
    input.requester == null
}
"""
"""Policies of the pictures' own: no change of the real ones moves the revision that is shown."""

_AUDIT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Steady(random.Random):
    """Chance that always falls the same way, whoever asks first."""

    def random(self) -> float:
        return 0.5


class Console(ArgoTUI):
    """The console of somebody who decides, with a cluster and a time of its own."""

    def __init__(
        self, documents: Sequence[Document], policy: str, user: str, countdown: float
    ) -> None:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        if policy == "pack":
            (folder / "pack").mkdir()
            (folder / "pack" / "gate.rego").write_text(PACK)
            policy = f"dir:{folder / 'pack'}"
        if policy == "broken":
            (folder / "pack").mkdir()
            (folder / "pack" / "gate.rego").write_text("package argotui.gate\ndecision := 1\n")
            policy = f"dir:{folder / 'pack'}"
        gates = GateSettings(
            countdown=countdown,
            audit_log=str(folder / "audit.jsonl"),
            policy_timeout=PATIENCE,
        )
        settings = Settings(policy=policy or None, gates=gates)
        super().__init__(settings, self._open, lambda: ["demo"])
        self.animation_level = "none"
        self.clock = ManualClock()
        self._documents, self._user = documents, user
        self.cluster = EmbeddedCluster(self.clock)

    async def _open(self, target: Target) -> Session:
        cluster = self.cluster
        await cluster.start()
        for document in self._documents:
            cluster.objects.create(WORKFLOWS, document)
        for _ in range(10):
            await self.clock.advance(1)
            await asyncio.sleep(0)
        await self.clock.advance(240)
        kubeconfig = cluster.write_kubeconfig(Path(self._folder.name) / "kubeconfig", self._user)
        connected = await connect(kubeconfig=str(kubeconfig), clock=self.clock)
        return Session(connected, "argo", clock=self.clock, settings=self.settings, rng=Steady())

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        # The server numbers requests, and how many there were is a matter of chance.
        picture = plain_picture(super().export_screenshot(title=title, simplify=simplify))
        return _AUDIT.sub("00000000-0000-0000-0000-000000000000", picture)

    async def on_unmount(self) -> None:
        await self._close_session()
        await self.cluster.stop()
        self._folder.cleanup()


class GateSnapshotDriver:
    """What is done before a picture is taken."""

    def __init__(self, app: Console, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def text(self) -> str:
        return text_of(self.app)

    @property
    def gate(self) -> GateScreen:
        assert isinstance(self.app.screen, GateScreen)
        return self.app.screen

    async def sees(self, *words: str) -> None:
        for word in words:
            try:
                await until(lambda word=word: word in self.text)  # type: ignore[misc]  # bound now
            except AssertionError:
                raise AssertionError(f"waited in vain for {word!r} in\n{self.text}") from None

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.app.simulate_key(key)
            await drained_all(self.app)

    async def inbox(self, count: int) -> GatesScreen:
        await self.press("ctrl+g")
        await until(lambda: isinstance(self.app.screen, GatesScreen))
        screen = self.app.screen
        assert isinstance(screen, GatesScreen)
        await until(lambda: len(screen.table.rows) == count)

        def reviewed() -> bool:
            rows = [screen._row_of(gate) for gate in screen.table.rows]
            told = all(row and row.reviewed and row.enforcement for row in rows)
            return told and not screen._repaint.waits

        await until(reviewed)
        await at_rest(self.pilot)
        return screen

    async def open(self, name: str = "release-2.41", gate: str = "deploy") -> GateScreen:
        self.app.gates.open(Key("argo", name), gate_id(name, gate) if gate else "")
        await until(lambda: isinstance(self.app.screen, GateScreen))
        screen = self.gate
        await until(
            lambda: screen.gate_watch.trusted and is_read(screen), what="all about the gate"
        )
        await self.quiet()
        await at_rest(self.pilot)
        await self.app.clock.advance(1)
        return screen

    def change(self, name: str, edit: Callable[[Document], None]) -> None:
        document = self.app.cluster.objects.need(WORKFLOWS, "argo", name).decode()
        edit(document)
        self.app.cluster.objects.update(WORKFLOWS, document)

    async def outcome(self, screen: GateScreen, *keys: str) -> None:
        """Press keys that decide, and wait for what came of it to be read again."""
        await self.press(*keys)
        await until(lambda: screen.flow.result is not None and screen.flow.sending is None)

    async def quiet(self) -> None:
        """Wait until nothing of the gate is read any more."""
        screen = self.app.screen
        if isinstance(screen, GateScreen):
            await until(
                lambda: not screen.gate_watch._reading and screen.gate_watch._review_timer is None
            )

    async def still(self) -> None:
        before = ""
        await self.quiet()
        for _ in range(200):
            await at_rest(self.pilot)
            now = self.app.export_screenshot()
            if now == before:
                return
            before = now
        raise AssertionError("the picture keeps changing")


Play = Callable[[GateSnapshotDriver], Awaitable[None]]


class Picture(Protocol):
    """Draws the console after `play`, and compares it with the baseline."""

    def __call__(
        self,
        play: Play,
        size: Size,
        *documents: Document,
        policy: str = "pack",
        user: str = "approver",
        countdown: float = 2.0,
    ) -> None: ...


@pytest.fixture
def gate_picture(snap_compare: Callable[..., bool]) -> Picture:
    """Draw what a terminal of a size shows of gates."""

    def draw(
        play: Play,
        size: Size,
        *documents: Document,
        policy: str = "pack",
        user: str = "approver",
        countdown: float = 2.0,
    ) -> None:
        console = Console(documents or (deploy(),), policy, user, countdown)

        async def run(pilot: Pilot[None]) -> None:
            driver = GateSnapshotDriver(console, pilot)
            await until(lambda: console.connection.state == "ready")
            await until(lambda: console.session.feed.freshness.trusted)
            await play(driver)
            await driver.still()

        assert snap_compare(console, terminal_size=size, run_before=run)

    return draw


def deploy(name: str = "release-2.41", **more: object) -> Document:
    """Return a release that waits at the gate `deploy`."""
    facts: dict[str, object] = {
        "gates": ("deploy",),
        "description": "Release 2.41 to production?",
        "duration": "30m",
        "confidence": "0.95",
        "inputs": ({"name": "deploy-token", "value": "hunter2"},),
    }
    return release(name, **(facts | more))  # type: ignore[arg-type]  # facts by keyword


def quarantined() -> Document:
    document = deploy(confidence="0.5", creator="")
    document["metadata"]["labels"] = {"quarantine": "true"}
    return document


def waiting() -> list[Document]:
    """Return a gate of every kind."""
    held = quarantined()
    held["metadata"]["name"] = "held-back"
    return [
        deploy(),
        deploy("unsure", confidence="0.87", creator="data-team"),
        deploy("own-report", creator="approver@example.com", duration="2h"),
        held,
        bare("nightly-timer", duration="10m"),
        bare("no-end-in-sight"),
        suspended("backfill-4"),
    ]


async def look_at_inbox(driver: GateSnapshotDriver) -> None:
    await driver.inbox(7)


@sizes()
def test_the_inbox(gate_picture: Picture, size: Size) -> None:
    gate_picture(look_at_inbox, size, *waiting())


@sizes()
def test_the_inbox_without_a_policy(gate_picture: Picture, size: Size) -> None:
    gate_picture(look_at_inbox, size, *waiting(), policy="")


def test_the_inbox_with_marks_and_a_filter(gate_picture: Picture) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        screen = await driver.inbox(7)
        screen.apply_filter("!allow")
        await driver.press("space", "space")

    gate_picture(play, (120, 36), *waiting())


def test_an_empty_inbox(gate_picture: Picture) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        await driver.press("ctrl+g")
        await driver.sees("No gate waits for anybody.")

    ended = bare("over")
    ended["status"] = {"phase": "Succeeded"}
    gate_picture(play, (80, 24), ended)


async def look_at_gate(driver: GateSnapshotDriver) -> None:
    await driver.open()


@sizes()
def test_a_gate_that_is_allowed(gate_picture: Picture, size: Size) -> None:
    gate_picture(look_at_gate, size)


@sizes()
def test_a_gate_that_needs_a_person(gate_picture: Picture, size: Size) -> None:
    gate_picture(look_at_gate, size, deploy(confidence="0.87"))


@sizes()
def test_a_gate_that_may_be_overridden(gate_picture: Picture, size: Size) -> None:
    gate_picture(look_at_gate, size, deploy(confidence="0.87"), user="admin")


@sizes()
def test_a_gate_that_is_denied(gate_picture: Picture, size: Size) -> None:
    gate_picture(look_at_gate, size, quarantined())


@sizes()
@pytest.mark.parametrize(
    "policy", ["", "http://127.0.0.1:9", "broken"], ids=("none", "gone", "bad")
)
def test_a_gate_without_a_verdict(gate_picture: Picture, size: Size, policy: str) -> None:
    gate_picture(look_at_gate, size, policy=policy)


@sizes()
def test_ones_own_request(gate_picture: Picture, size: Size) -> None:
    gate_picture(look_at_gate, size, deploy(creator="approver@example.com"))


def test_a_viewer(gate_picture: Picture) -> None:
    gate_picture(look_at_gate, (80, 24), user="viewer")


def test_a_timer_that_approves(gate_picture: Picture) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        await driver.open("nightly-timer", "gate")

    gate_picture(play, (120, 36), bare("nightly-timer", duration="10m"))


def test_a_suspended_workflow(gate_picture: Picture) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        await driver.open("backfill-4", "")

    gate_picture(play, (120, 36), suspended("backfill-4"))


@sizes()
def test_counting_down(gate_picture: Picture, size: Size) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        await driver.open()
        await driver.press("1", "a")
        await driver.sees("APPROVING")

    gate_picture(play, size)


@sizes()
def test_asking_why(gate_picture: Picture, size: Size) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        await driver.open()
        await driver.press("d")
        await driver.sees("Why deny")
        await driver.pilot.press(*"prices are wrong")

    gate_picture(play, size)


@sizes()
def test_stale(gate_picture: Picture, size: Size) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        screen = await driver.open()
        driver.app.cluster.faults.answer(503, times=1000)
        driver.app.cluster.server.drop_connections()
        await until(
            lambda: screen.gate_watch.feed and screen.gate_watch.feed.freshness.link is Link.STALE
        )
        await until(lambda: driver.app.session.feed.freshness.link is Link.STALE)
        await driver.sees("locked")

    gate_picture(play, size)


@sizes()
def test_changed_under_ones_eyes(gate_picture: Picture, size: Size) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        screen = await driver.open()
        driver.change("release-2.41", edited("summary", "everything changed"))
        await until(lambda: screen.gate_watch.changes)
        await until(lambda: screen.gate_watch.is_tried and not screen.gate_watch._reading)

    gate_picture(play, size)


def edited(name: str, value: str) -> Callable[[Document], None]:
    """Return an edit of the gate's inputs."""

    def edit(document: Document) -> None:
        node = document["status"]["nodes"][gate_id("release-2.41", "deploy")]
        for parameter in node["inputs"]["parameters"]:
            if parameter["name"] == name:
                parameter["value"] = value

    return edit


def approved(document: Document) -> None:
    """Approve the gate as somebody else."""
    node = document["status"]["nodes"][gate_id("release-2.41", "deploy")]
    node["phase"] = "Succeeded"
    node["message"] = (
        'sre@example.com: approved: it is fine {"argotui":1,"request":"00","decision":"11"}'
    )


# Each outcome.


@sizes()
def test_decided(gate_picture: Picture, size: Size) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        screen = await driver.open()
        await driver.outcome(screen, "1", "a")
        await driver.sees("closed")

    gate_picture(play, size, countdown=0)


@sizes()
def test_already_decided(gate_picture: Picture, size: Size) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        driver.app.cluster.faults.silent = True
        screen = await driver.open()
        driver.change("release-2.41", approved)
        await driver.outcome(screen, "1", "a")

    gate_picture(play, size, countdown=0)


@sizes()
def test_changed(gate_picture: Picture, size: Size) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        driver.app.cluster.faults.silent = True
        screen = await driver.open()
        driver.change("release-2.41", edited("deploy-token", "another"))
        await driver.outcome(screen, "1", "a")
        await until(lambda: screen.gate_watch.is_tried)

    gate_picture(play, size, countdown=0)


@sizes()
def test_not_permitted(gate_picture: Picture, size: Size) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        screen = await driver.open()
        driver.app.cluster.faults.answer(403, match="fieldManager=argotui")
        await driver.outcome(screen, "1", "a")

    gate_picture(play, size, countdown=0)


@sizes()
def test_unknown(gate_picture: Picture, size: Size) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        screen = await driver.open()
        driver.app.cluster.faults.drop(match="fieldManager=argotui")
        await driver.outcome(screen, "1", "a")

    gate_picture(play, size, countdown=0)


# Enforced by the cluster.


def keep(driver: GateSnapshotDriver) -> None:
    """Let the console ask about policies where there are some; the embedded cluster has none."""
    fake_admission = FakeAdmissionPort(argo=NamespaceFacts("argo", {LABEL: "enforced"}))
    fake_admission.put(*generated_set().documents)
    driver.app.gates.gate_service.enforcement_cache = EnforcementCache(
        fake_admission, driver.app.clock
    )


def with_approvers(document: Document, names: str) -> Document:
    notes = document["metadata"].setdefault("annotations", {})
    notes["argotui.io/approvers"] = names
    return document


@sizes()
def test_an_enforced_gate(gate_picture: Picture, size: Size) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        keep(driver)
        await driver.open()

    gate_picture(play, size, with_approvers(deploy(), "group:approvers,user:ada@example.com"))


@sizes(SMALL, USUAL, (160, 45))
def test_an_inbox_of_enforced_gates(gate_picture: Picture, size: Size) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        keep(driver)
        await driver.inbox(7)

    documents = waiting()
    for document, names in zip(documents, ("group:approvers,user:ada", "group:qa"), strict=False):
        with_approvers(document, names)
    gate_picture(play, size, *documents)


# Several at once.


@pytest.mark.parametrize("pressed", ["", "right", "sent"])
def test_several(gate_picture: Picture, pressed: str) -> None:
    async def play(driver: GateSnapshotDriver) -> None:
        inbox = await driver.inbox(7)
        inbox.table.mark_range()
        await driver.press("space", "space", "space", "space", "a")
        await until(lambda: isinstance(driver.app.screen, DecisionsScreen))
        screen = driver.app.screen
        assert isinstance(screen, DecisionsScreen)
        await until(
            lambda: all(e.state is not SeveralState.READING for e in screen.entries.values())
        )
        await until(
            lambda: not screen._draw_found.waits and not screen.gate_service.enforcement_cache.busy
        )
        await at_rest(driver.pilot)
        await driver.app.clock.advance(1)
        if pressed:
            await driver.press("right")
        if pressed == "sent":
            await driver.press("enter")
            await until(lambda: screen.flow.pending is not None)
            await driver.app.clock.advance(3)
            await driver.sees("decided   ")
            await until(lambda: not screen.flow.sending)

    gate_picture(play, (120, 36), *waiting())
