"""A cluster that does everything to a gate, and the decisions that it applied."""

from __future__ import annotations

import asyncio
import functools
import itertools
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from argotui.backend.audit.log import AuditLog
from argotui.backend.kube.cluster import KubeCluster, open_cluster
from argotui.backend.kube.gates import KubeGates
from argotui.backend.kube.unpack import pack
from argotui.backend.policy.evaluator import PolicyEvaluator
from argotui.backend.policy.rego import RegoEngine
from argotui.backend.ports import (
    Access,
    GatePort,
    Identity,
    Reading,
    Written,
)
from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.api.objects import StoredChange
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import BackendError
from argotui.model.argo import Key
from argotui.model.gates.decision import Choice, Outcome
from argotui.model.gates.gate import open_gates
from argotui.model.gates.node_update import NodeUpdate
from argotui.model.gates.permission import Rules
from argotui.operations.gates.decide import Result, decide
from argotui.operations.gates.review import (
    DecisionContext,
    Review,
    review_gate,
    workflow_of,
)
from tests.gates.decisions_applied import Applied, Document, records_of, unpacked
from tests.gates.edits import edits_of
from tests.gates.support import PACK, gate_template, gated_workflow
from tests.lossy_proxy import LossyProxy
from tests.support import PATIENCE, ManualClock

Happening = Callable[[], Awaitable[None]]
USERS = ("approver", "admin", "viewer", "developer")
MAY_DECIDE = {"approver@example.com", "admin"}


class DrivingClock:
    """The clock of a decision context; sleeping on it moves the time of the cluster."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._clock.advance(seconds)


class Meddled:
    """A `GatePort` that lets things happen between a decision's read and its write, and between
    the write and what is read after it. `sends` and `anchors` count what was handed on."""

    def __init__(self, inner: GatePort, world: World) -> None:
        self._inner = inner
        self._world = world
        self.before: list[list[Happening]] = []
        self.after: list[list[Happening]] = []
        self.sends = 0
        self.anchors = 0

    @property
    def context(self) -> str:
        return self._inner.context

    @property
    def server(self) -> str:
        return self._world.cluster.url

    @property
    def race(self) -> str:
        return self._inner.race

    @property
    def unavailable(self) -> Mapping[str, str]:
        return self._inner.unavailable

    async def read_gate(self, namespace: str, name: str) -> Reading:
        return await self._inner.read_gate(namespace, name)

    async def set_node(self, namespace: str, name: str, update: NodeUpdate) -> Written:
        return await self._around(lambda: self._inner.set_node(namespace, name, update))

    async def patch_workflow(
        self, namespace: str, name: str, operations: list[Document], *, dry_run: bool = False
    ) -> Written:
        return await self._around(
            lambda: self._inner.patch_workflow(namespace, name, operations, dry_run=dry_run)
        )

    async def put_nodes(
        self, reading: Reading, nodes: Document, *, dry_run: bool = False
    ) -> Written:
        return await self._around(lambda: self._inner.put_nodes(reading, nodes, dry_run=dry_run))

    async def _around(self, write: Callable[[], Awaitable[Written]]) -> Written:
        self.sends += 1
        for happen in self.before.pop(0) if self.before else ():
            await happen()
        try:
            written = await write()
        finally:
            for happen in self.after.pop(0) if self.after else ():
                await happen()
        return written

    async def annotate(
        self, namespace: str, name: str, uid: str, annotations: dict[str, str]
    ) -> None:
        self.anchors += 1
        await self._inner.annotate(namespace, name, uid, annotations)

    async def whoami(self) -> Identity:
        return await self._inner.whoami()

    async def can(self, verb: str, resource: str, **more: str) -> Access:
        return await self._inner.can(verb, resource, **more)


class World:
    """One embedded cluster for all examples; each has a workflow and an audit log of its own."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.cluster = EmbeddedCluster(self.clock)
        self.folder = folder
        self._numbers = itertools.count()
        self._edits = itertools.count()
        self._links: dict[str, KubeCluster] = {}
        self.proxies: dict[str, LossyProxy] = {}
        self._servers: list[Any] = []
        self.policy = PolicyEvaluator(RegoEngine(PACK), self.clock, limit=PATIENCE)
        self.name = ""
        self.happened: Counter[str] = Counter()
        """What the examples led to, so that a test can tell whether they reached anything."""

    async def open(self) -> None:
        await self.cluster.start()
        self.cluster.objects.subscribe(WORKFLOWS, self._changed)
        for user in USERS:
            proxy = LossyProxy(self.cluster.url)
            server = await asyncio.start_server(proxy.handle, "127.0.0.1", 0)
            self._servers.append(server)
            config = self.cluster.kubeconfig(user)
            port = server.sockets[0].getsockname()[1]
            config["clusters"][0]["cluster"]["server"] = f"http://127.0.0.1:{port}"
            path = self.folder / f"{user}.kubeconfig"
            path.write_text(yaml.safe_dump(config))
            path.chmod(0o600)
            self._links[user] = await open_cluster(kubeconfig=str(path))
            self.proxies[user] = proxy

    async def close(self) -> None:
        for link in self._links.values():
            await link.close()
        for server in self._servers:
            server.close()
        await self.policy.close()
        await self.cluster.stop()

    async def begin(self) -> None:
        """A new workflow, a new log, no decisions."""
        self.name = f"race-{next(self._numbers)}"
        self.applied: dict[str, Applied] = {}
        self.audit = AuditLog(self.folder / f"{self.name}.jsonl")
        self.ports = {user: Meddled(KubeGates(link), self) for user, link in self._links.items()}
        self.seen: dict[str, set[str]] = defaultdict(set)
        self.blocked = False
        self._requests = self.reached()
        await self.create()

    async def end(self) -> None:
        await self.delete()

    def reached(self) -> int:
        """How many writes of argotui have reached the API server."""
        return sum(
            request.startswith(("PATCH ", "PUT ")) and "fieldManager=argotui" in request
            for request in self.cluster.server.requests
        )

    def new_requests(self) -> int:
        return self.reached() - self._requests

    def context(self, user: str) -> DecisionContext:
        return DecisionContext(
            gates=self.ports[user],
            policy=self.policy,
            audit=self.audit,
            clock=DrivingClock(self.clock),
            rules=Rules(),
        )

    def _changed(self, change: StoredChange) -> None:
        if change.previous is None or change.entry.name != self.name:
            return
        before, after = unpacked(change.previous.decode()), unpacked(change.entry.decode())
        known = records_of(before)
        for node_id, record in records_of(after).items():
            if node_id not in known or known[node_id].decision != record.decision:
                assert record.decision not in self.applied, "a decision was applied twice"
                self.applied[record.decision] = Applied(node_id, record, before, after)

    # What happens to the workflow.

    @property
    def document(self) -> Document | None:
        entry = self.cluster.objects.get(WORKFLOWS, "argo", self.name)
        return unpacked(entry.decode()) if entry else None

    @property
    def key(self) -> Key:
        return Key("argo", self.name)

    async def create(self) -> None:
        opener = gate_template("opener", duration="20s")
        document = gated_workflow(
            self.name,
            gate_template("gate"),
            gate_template("timed", duration="10m"),
            opener,
            gate_template("later"),
            arguments={"parameters": [{"name": "release", "value": "1 <&> é"}]},
        )
        document["metadata"]["namespace"] = "argo"
        document["metadata"]["labels"] = {"workflows.argoproj.io/creator": "developer"}
        tasks = document["spec"]["templates"][0]["dag"]["tasks"]
        tasks[-1]["dependencies"] = ["opener"]
        self.cluster.objects.create(WORKFLOWS, document)
        if self.cluster.controller is not None:
            self.cluster.controller.step()

    async def delete(self) -> None:
        if self.document is not None:
            self.cluster.objects.delete(WORKFLOWS, "argo", self.name)

    async def recreate(self) -> None:
        """Within the same second, so that only the uid tells the two apart."""
        await self.delete()
        await self.create()

    def edit(self, change: Callable[[Document], None], *, packing: bool | None = None) -> None:
        """Change the workflow as somebody with kubectl does, its nodes packed as they were."""
        entry = self.cluster.objects.get(WORKFLOWS, "argo", self.name)
        if entry is None:
            return
        document = entry.decode()
        was_packed = "compressedNodes" in (document.get("status") or {})
        document = unpacked(document)
        change(document)
        if (was_packed if packing is None else packing) and document["status"].get("nodes"):
            document["status"]["compressedNodes"] = pack(document["status"].pop("nodes"), "gzip")
        self.cluster.objects.update(WORKFLOWS, document)

    async def happen(self, what: str, user: str) -> None:
        """Let one thing happen; `user` is who is about to decide."""
        number = next(self._edits)
        other = "admin" if user == "approver" else "approver"

        edits = edits_of(number)
        kind, _, amount = what.partition(" ")
        if what in edits:
            self.edit(edits[what])
        elif what in ("packed", "unpacked"):
            self.edit(lambda _: None, packing=what == "packed")
        elif kind == "seconds":
            await self.clock.advance(float(amount))
        elif what == "deleted":
            await self.delete()
        elif what == "recreated":
            await self.recreate()
        elif what == "answer lost":
            entry = self.cluster.objects.get(WORKFLOWS, "argo", self.name)
            puts = entry is not None and b'"compressedNodes"' in entry.raw
            self.proxies[user].lose(b"PUT " if puts else b"PATCH ")
        elif kind == "answer":
            code, _, times = amount.partition("x")
            self.cluster.faults.answer(int(code), int(times), match="fieldManager=argotui")
        elif what == "dropped":
            self.cluster.faults.drop(1, match="fieldManager=argotui")
        elif what == "blocked":
            self.blocked = True
            self.proxies[user].block()
        elif what in ("approved by other", "denied by other"):
            choice = Choice.APPROVE if what.startswith("approved") else Choice.DENY
            await self.decide_anew(other, choice)
        else:
            raise ValueError(what)
        if self.cluster.controller is not None:
            self.cluster.controller.step()

    # What people do.

    async def review(self, user: str, number: int) -> Review | None:
        """Review one of the open gates; None where there is none."""
        document = self.document
        if document is None:
            return None
        gates = list(open_gates(workflow_of(document)))
        if not gates:
            return None
        gate = gates[number % len(gates)]
        try:
            found = await review_gate(self.context(user), self.key, gate.node_id)
        except BackendError:
            return None
        self.seen[found.person.user].add(found.request.digest)
        return found

    async def decide_amid(
        self,
        user: str,
        seen: Review,
        choice: Choice,
        before: list[tuple[str, ...]],
        after: list[tuple[str, ...]],
    ) -> Result | None:
        """Decide with things happening before each attempt to write and after each."""

        def happening(moments: list[tuple[str, ...]]) -> list[list[Happening]]:
            return [
                [functools.partial(self.happen, what, user) for what in moment]
                for moment in moments
            ]

        port = self.ports[user]
        port.before, port.after = happening(before), happening(after)
        result = await self.decide(user, seen, choice, "so be it")
        port.before, port.after = [], []
        self.cluster.faults.clear()
        for proxy in self.proxies.values():
            proxy.lose(b"")
            proxy.block(blocked=False)
        return result

    async def decide_anew(self, user: str, choice: Choice) -> None:
        seen = await self.review(user, 0)
        if seen is not None:
            await self.decide(user, seen, choice, "meanwhile")

    async def decide(self, user: str, seen: Review, choice: Choice, reason: str) -> Result | None:
        """Decide, and check at once what can be checked at once. None: nothing was sent."""
        values = {supplied.name: "YES" for supplied in seen.gate.supplied}
        try:
            result = await decide(self.context(user), seen, choice, values=values, reason=reason)
        except BackendError:
            return None
        self.happened[result.outcome.value] += 1
        if result.outcome is Outcome.DECIDED:
            assert result.decision is not None
            assert result.decision.id in self.applied
            assert result.decision.request == seen.request
        return result

    def check(self) -> None:
        """Every invariant that holds between decisions."""
        entries = list(self.audit.entries())
        _, problems = self.audit.check()
        assert not problems
        intents = {str(e["decision"]): e for e in entries if e["kind"] == "intent"}
        outcomes = {str(e["decision"]): e for e in entries if e["kind"] == "outcome"}
        assert intents.keys() == outcomes.keys()
        assert len(entries) == 2 * len(intents)
        sends = sum(port.sends for port in self.ports.values())
        anchors = sum(port.anchors for port in self.ports.values())
        assert sends == len(intents)
        if self.blocked:
            assert self.new_requests() <= sends + anchors
        else:
            assert self.new_requests() == sends + anchors

        requests = Counter(applied.request for applied in self.applied.values())
        assert not requests or max(requests.values()) == 1
        for decision, applied in self.applied.items():
            told = intents[decision]
            assert not (told["choice"] == "approve" and applied.quarantined), "past the policy"
            assert told["digest"] == applied.digest, "decided what it was not"
            assert applied.digest in self.seen[str(told["actor"])], "decided what was not seen"
            assert told["actor"] == applied.record.actor
            assert told["actor"] in MAY_DECIDE
            assert applied.was in ("Running", True)
            if applied.node_id:
                approved = told["choice"] == "approve"
                assert applied.node["phase"] == ("Succeeded" if approved else "Failed")
                if approved:
                    assert applied.node["outputs"]["parameters"][0]["value"] == "YES"
        for decision, entry in outcomes.items():
            if entry["outcome"] == Outcome.DECIDED.value:
                assert decision in self.applied
            elif entry["outcome"] != Outcome.UNKNOWN.value:
                assert decision not in self.applied
