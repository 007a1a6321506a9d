"""The console of a person who decides gates, on an embedded cluster whose time stands still."""

from __future__ import annotations

import asyncio
import copy
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from textual.pilot import Pilot

from argotui.app import ArgoTUI
from argotui.backend.audit.log import AuditLog
from argotui.backend.kube.connect import connect
from argotui.backend.session import Session
from argotui.config.settings import GateSettings, Settings
from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.argo import Key
from argotui.model.workflow.pod_name import node_id
from argotui.screens.gates.gate import GateScreen
from argotui.screens.gates.inbox import GatesScreen
from argotui.screens.gates.several import DecisionsScreen
from argotui.target import Target
from tests.driven import drained
from tests.gates.support import PACK, gate_template, gated_workflow
from tests.support import PATIENCE, ManualClock, until
from tests.unit.screens.console import ConsoleDriver, Opener

Document = dict[str, Any]


_UNANSWERED = re.compile(r"(?<!\S)…(?!\S)")


def release(
    name: str = "release",
    *,
    creator: str = "developer@example.com",
    namespace: str = "argo",
    confidence: str = "",
    description: str = "Release it?",
    inputs: tuple[Document, ...] = (),
    gates: tuple[str, ...] = ("gate",),
    **suspend: object,
) -> Document:
    """Return a workflow of gates that each take an `approve` of YES or NO."""
    templates = []
    for each in gates:
        template = gate_template(each, **suspend)
        if description:
            template["metadata"] = {"annotations": {"argotui.io/description": description}}
        parameters = template["inputs"]["parameters"]
        if confidence:
            parameters.append({"name": "confidence", "value": confidence})
        parameters.extend(inputs)
        templates.append(template)
    document = gated_workflow(name, *templates)
    document["metadata"]["namespace"] = namespace
    document["metadata"]["annotations"] = {"argotui.io/creator": creator} if creator else {}
    return document


def bare(name: str, duration: str = "") -> Document:
    """Return a workflow with a gate that takes nothing; after `duration` it approves by itself."""
    suspend = {"duration": duration} if duration else {}
    document = gated_workflow(name, {"name": "gate", "suspend": suspend})
    document["metadata"]["namespace"] = "argo"
    return document


def suspended(name: str) -> Document:
    """Return a workflow that is suspended as a whole."""
    document = bare(name)
    document["spec"]["suspend"] = True
    return document


def gate_id(name: str, gate: str = "gate") -> str:
    """Return the id of a gate's node in a workflow of `release`."""
    return node_id(name, f"{name}.{gate}")


def is_read(screen: GateScreen) -> bool:
    """Say whether the screen of a gate asks for nothing more."""
    return screen.gate_watch.is_complete


class GateOpener(Opener):
    """Opens sessions with settings of its own, as the approver."""

    def __init__(self, embedded: EmbeddedCluster, clock: ManualClock, folder: Path) -> None:
        super().__init__(embedded, clock, folder)
        self.user = "approver"
        self.audit = AuditLog(folder / "audit.jsonl")
        self.settings = Settings(
            policy=f"dir:{PACK}",
            gates=GateSettings(audit_log=str(folder / "audit.jsonl"), policy_timeout=PATIENCE),
        )

    def set(self, *, policy: str | None = None, **gates: Any) -> None:
        """Change settings before the console starts."""
        changed = msgspec.structs.replace(self.settings.gates, **gates)
        self.settings = msgspec.structs.replace(self.settings, gates=changed)
        if policy is not None:
            self.settings = msgspec.structs.replace(self.settings, policy=policy or None)

    async def __call__(self, target: Target) -> Session:
        path = self.embedded.write_kubeconfig(self.folder / "kubeconfig", self.user)
        backend = await connect(kubeconfig=str(path))
        namespace = (
            None if target.all_namespaces else target.namespace or backend.cluster.default_namespace
        )
        return Session(
            backend,
            namespace,
            read_only=self.read_only,
            clock=self.clock,
            settings=self.settings,
        )

    async def wait_for(self, *documents: Document) -> None:
        """Create workflows and let them come to their gates."""
        self.put(*documents)
        await self.settle()

    async def settle(self, seconds: int = 5) -> None:
        """Let the controller do what it has to."""
        for _ in range(seconds):
            await self.clock.advance(1)
            await asyncio.sleep(0)

    def change(self, name: str, edit: Callable[[Document], Any], namespace: str = "argo") -> None:
        """Change a workflow in the cluster, as anybody may."""
        entry = self.embedded.objects.need(WORKFLOWS, namespace, name)
        document = copy.deepcopy(entry.decode())
        edit(document)
        self.embedded.objects.update(WORKFLOWS, document)

    def node(self, name: str, gate: str = "gate") -> Document:
        """Return a gate's node as the cluster has it."""
        document = self.embedded.objects.need(WORKFLOWS, "argo", name).decode()
        found: Document = document["status"]["nodes"][gate_id(name, gate)]
        return found

    @property
    def outcomes(self) -> list[tuple[object, object]]:
        """What the audit log says came of each decision, by workflow."""
        return [
            (entry["workflow"], entry["outcome"])
            for entry in self.audit.entries()
            if entry["kind"] == "outcome"
        ]

    @asynccontextmanager
    async def gate_console(
        self, *, size: tuple[int, int] = (120, 36), theme: str = "dark"
    ) -> AsyncIterator[GateConsole]:
        settings = msgspec.structs.replace(self.settings, theme=theme)
        app = ArgoTUI(settings, self, lambda: ["demo"])
        async with app.run_test(size=size, notifications=True) as pilot:
            console = GateConsole(app, pilot, self)
            await until(lambda: app.session_or_none and app.session.feed.freshness.trusted)
            yield console
            await drained(app)  # the last key, too, finds the console as it is


class GateConsole(ConsoleDriver):
    """The running console, and the ways to its gates."""

    def __init__(self, app: ArgoTUI, pilot: Pilot[None], opener: GateOpener) -> None:
        super().__init__(app, pilot)
        self.opener = opener
        self.clock = opener.clock

    @property
    def gate(self) -> GateScreen:
        assert isinstance(self.app.screen, GateScreen), self.app.screen
        return self.app.screen

    @property
    def inbox(self) -> GatesScreen:
        found = [each for each in self.app.screen_stack if isinstance(each, GatesScreen)]
        return found[-1]

    @property
    def decisions(self) -> DecisionsScreen:
        assert isinstance(self.app.screen, DecisionsScreen), self.app.screen
        return self.app.screen

    @property
    def gates(self) -> list[str]:
        """The workflows of the gates in the inbox, in order."""
        return [gate.key.name for gate in self.inbox.table.rows]

    async def open(self, name: str = "release", gate: str = "gate") -> GateScreen:
        """Open a gate and wait until it can be decided, or why it cannot be is known."""
        self.app.gates.open(Key("argo", name), gate_id(name, gate) if gate else "")
        await self.be_on(GateScreen)
        await self.gate_read()
        await self.clock.advance(1)
        await self.gate_read()
        return self.gate

    async def gate_read(self) -> None:
        """Wait until all is known of the gate shown and drawn, so that nothing moves any more and
        no answer to a question comes while the clock does."""
        screen = self.gate
        await until(lambda: screen.gate_watch.trusted, what="a gate that was read live")
        await until(lambda: is_read(screen), what="all that is asked about a gate")
        await self.at_rest()

    async def open_inbox(self, count: int) -> GatesScreen:
        """Open the inbox and wait for so many gates, each with its verdict and how it is kept."""
        self.press("ctrl+g")
        await self.be_on(GatesScreen)
        await until(lambda: len(self.inbox.table.rows) == count, what=f"{count} gates")
        await until(lambda: not self._asked_still, what="verdicts")
        await self.at_rest()
        return self.inbox

    @property
    def _asked_still(self) -> bool:
        """Whether an answer is missing, or is not shown yet."""
        rows = [self.inbox._row_of(gate) for gate in self.inbox.table.rows]
        missing = [row for row in rows if row and (row.reviewed is None or row.enforcement is None)]
        # Of the rows alone: a banner or the status line may be cut at a blank.
        lines = self.lines[:-2]
        start = next((i for i, line in enumerate(lines) if "EXPIRES" in line), 0)
        rows_shown = "\n".join(lines[start:])
        unanswered = _UNANSWERED.search(rows_shown) is not None
        return bool(missing) or unanswered or self.inbox._repaint.waits

    async def is_done(self) -> None:
        """Wait until no decision is counted down or under way."""
        screen = self.gate
        await until(
            lambda: screen.flow.pending is None and screen.flow.sending is None, what="the outcome"
        )

    async def send(self, *keys: str) -> None:
        """Press keys that start a decision, and let the countdown pass."""
        self.press(*keys)
        await until(
            lambda: self.gate.flow.pending is not None or self.gate.flow.sending, what="a countdown"
        )
        await self.clock.advance(3)
        await self.is_done()

    async def pass_time_until(self, condition: Callable[[], object]) -> None:
        """Let time pass, a second after the other, until something is so."""
        await until(condition, meanwhile=partial(self.clock.advance, 1))
