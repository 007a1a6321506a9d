"""The lab: a real cluster with its users, and workflows in it that wait at gates.

KUBECONFIG names its admin; the kubeconfigs of approver, developer and viewer are beside that file;
OPA_URL is the policy server.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from argotui.backend.clock import SystemClock
from argotui.backend.policy.evaluator import PolicyEvaluator
from argotui.backend.policy.opa import OpaEngine
from argotui.model.argo import Key, Workflow
from argotui.operations.gates.review import Review, review_gate
from tests.gates.support import PACK, ClusterUsers, gate_template, gated_workflow
from tests.support import PATIENCE, until_answer

ON_CLUSTER = [
    pytest.mark.cluster,
    pytest.mark.skipif("KUBECONFIG" not in os.environ, reason="needs KUBECONFIG"),
    pytest.mark.skipif("OPA_URL" not in os.environ, reason="needs OPA_URL"),
]
IMAGE = os.environ.get("ARGOTUI_TEST_IMAGE", "busybox:lab")


@asynccontextmanager
async def opa_with_the_pack() -> AsyncIterator[str]:
    """The address of an OPA server that has the default pack, under whatever names.

    What it lacked is taken away again; decision.rego goes last, as it refers to the others.
    """
    url = os.environ["OPA_URL"].rstrip("/")
    files = sorted(PACK.glob("*.rego"), key=lambda path: (path.name == "decision.rego", path.name))
    wanted = {path.name: path.read_text() for path in files if "_test" not in path.name}
    config = json.loads((PACK / "data.json").read_text())["argotui_config"]
    async with aiohttp.ClientSession() as session:

        async def put(path: str, body: str) -> None:
            async with session.put(f"{url}/v1/{path}", data=body) as answer:
                assert answer.status < 300, await answer.text()

        async with session.get(f"{url}/v1/policies") as answer:
            had = {one["id"]: one["raw"] for one in (await answer.json())["result"]}
        async with session.get(f"{url}/v1/data/argotui_config") as answer:
            data = (await answer.json()).get("result")
        missing = {name: text for name, text in wanted.items() if text not in had.values()}
        try:
            for name, text in missing.items():
                await put(f"policies/{name}", text)
            if data != config:
                await put("data/argotui_config", json.dumps(config))
            yield url
        finally:
            for name in missing:
                if name in had:
                    await put(f"policies/{name}", had[name])
                else:
                    await session.delete(f"{url}/v1/policies/{name}")
            if data is None:
                await session.delete(f"{url}/v1/data/argotui_config")
            elif data != config:
                await put("data/argotui_config", json.dumps(data))


class Lab(ClusterUsers):
    """The lab's users, and workflows that are gone after the test."""

    def __init__(self, folder: Path, url: str) -> None:
        async def settle() -> None:
            await asyncio.sleep(0)

        beside = Path(os.environ["KUBECONFIG"]).parent
        super().__init__(lambda user: beside / f"{user}.kubeconfig", folder, SystemClock(), settle)
        self.policy = PolicyEvaluator(
            OpaEngine(url, timeout=PATIENCE), SystemClock(), limit=PATIENCE
        )
        self._made: list[Key] = []

    async def start(self, document: dict[str, Any], user: str = "developer") -> Key:
        """Create a workflow under a name that nobody else uses."""
        unique = f"{random.SystemRandom().getrandbits(32):08x}"
        document["metadata"]["name"] = f"argotui-gates-{unique}"
        key = await self.create(document, user)
        self._made.append(key)
        return key

    async def workflow(self, key: Key) -> Workflow:
        return await (await self.cluster("admin")).get_workflow(key.namespace, key.name)

    async def waits(self, key: Key, name: str = "gate") -> str:
        """Wait until a gate is open, and return its id."""

        async def opened() -> list[str]:
            gates = await self.open_gates(key)
            return [gates[name]] if name in gates else []

        (node_id,) = await until_answer(opened, f"the gate {name}")
        return str(node_id)

    async def ends(self, key: Key) -> Workflow:
        async def ended() -> Workflow | None:
            found = await self.workflow(key)
            return found if found.completed else None

        found: Workflow = await until_answer(ended, f"the end of {key}")
        return found

    async def end(self) -> None:
        for key in self._made:
            await self.delete(key)
        await self.close()


def asking(confidence: str = "", **suspend: object) -> dict[str, Any]:
    """Return a workflow whose last step runs only behind a YES."""
    gate = gate_template("gate", **suspend)
    gate["inputs"]["parameters"][1]["value"] = 'prices < 5 & > 3, "größer"  \\ 価格'
    if confidence:
        gate["inputs"]["parameters"].append({"name": "confidence", "value": confidence})
    document = gated_workflow("", gate)
    answer = "{{steps.gate.outputs.parameters.approve}}"
    document["spec"]["templates"][0] = {
        "name": "main",
        "steps": [
            [{"name": "gate", "template": "gate"}],
            [{"name": "go", "template": "go", "when": f"{answer} == YES"}],
        ],
    }
    document["spec"]["templates"].append(
        {"name": "go", "container": {"image": IMAGE, "command": ["true"]}}
    )
    return document


async def seen_by(lab: Lab, user: str, key: Key, name: str = "gate") -> Review:
    return await review_gate(await lab.context(user), key, await lab.waits(key, name))


def bulky() -> dict[str, Any]:
    """Return a workflow with four gates, whose nodes the controller compresses."""
    gates = [gate_template(f"gate-{number}") for number in range(4)]
    for gate in gates:
        gate["inputs"]["parameters"].append(
            {"name": "blob", "value": "{{workflow.parameters.blob}}"}
        )
    blob = {"name": "blob", "value": "x" * 280_000}
    return gated_workflow("", *gates, arguments={"parameters": [blob]})


async def seen_packed(lab: Lab, user: str, key: Key) -> Review:
    """Return the first gate of a bulky workflow once its nodes are compressed."""
    seen = await seen_by(lab, user, key, "gate-0")

    async def packed() -> Review | None:
        found = await review_gate(await lab.context(user), key, seen.request.node_id)
        return found if found.reading.packing else None

    found: Review = await until_answer(packed, "the controller to compress the nodes")
    return found
