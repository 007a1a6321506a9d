"""Names of gates on the command line, whatever is in them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import click
import pytest

from argotui.backend.kube.connect import backend_over
from argotui.backend.opened import OpenedNamespaces
from argotui.cli.connect import ClusterConnection
from argotui.cli.gate_names import find_gate, name_of, readings
from argotui.config.loading import load_settings
from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.argo import Key
from argotui.model.gates.gate import GateKind
from tests.gates.support import ClusterUsers
from tests.support import ManualClock
from tests.unit.cli.cluster import workflow

LOOP = ["eu/west", "us/east", "https://shop.example/a?b=c", "a\r\nb"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("wf", [(Key("argo", "wf"), "")]),
        ("ns/wf", [(Key("argo", "ns"), "wf"), (Key("ns", "wf"), "")]),
        ("ns/wf/go", [(Key("argo", "ns"), "wf/go"), (Key("ns", "wf"), "go")]),
        ("wf/go(0:a/b)", [(Key("argo", "wf"), "go(0:a/b)")]),
        ("ns/wf/a//b", [(Key("argo", "ns"), "wf/a//b"), (Key("ns", "wf"), "a//b")]),
        ("wf/workflow:wf", [(Key("argo", "wf"), "workflow:wf")]),
    ],
)
def test_what_follows_the_workflow_is_one_name(name: str, found: list[tuple[Key, str]]) -> None:
    assert readings(name, "argo") == found


@pytest.mark.parametrize("name", ["", "/", "wf/", "/wf", "ns/wf/", "ns/wf//", "a//b"])
def test_what_names_no_gate_is_refused(name: str) -> None:
    with pytest.raises(click.UsageError, match="is not a gate"):
        readings(name, "argo")


@pytest.fixture
async def embedded(clock: ManualClock) -> AsyncIterator[EmbeddedCluster]:
    """A cluster without a controller: what is put there stays as it is."""
    cluster = EmbeddedCluster(clock, controller=False)
    await cluster.start()
    yield cluster
    await cluster.stop()


@pytest.fixture
async def connection(
    embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[ClusterConnection]:
    async def settle() -> None:
        await asyncio.sleep(0)

    def kubeconfig(user: str) -> Path:
        return embedded.write_kubeconfig(tmp_path / f"{user}.kubeconfig", user)

    command_line = ClusterUsers(kubeconfig, tmp_path / "state", clock, settle)
    config = tmp_path / "config.toml"
    config.touch()
    yield ClusterConnection(
        backend_over(await command_line.cluster("admin")),
        load_settings(path=config),
        "argo",
        clock,
        OpenedNamespaces(),
        set(),
    )
    await command_line.close()


async def test_gates_of_a_loop_are_named_by_what_is_shown(
    embedded: EmbeddedCluster, connection: ClusterConnection
) -> None:
    document = workflow("loop", "Running", steps={"gate": "Running"})
    nodes = document["status"]["nodes"]
    (gate,) = (nodes.pop(each["id"]) for each in [*nodes.values()] if each["type"] == "Suspend")
    for number, item in enumerate(LOOP):
        name = f"gate({number}:{item})"
        nodes[f"loop-{number}"] = gate | {
            "id": f"loop-{number}",
            "displayName": name,
            "name": f"loop[0].{name}",
        }
    embedded.objects.create(WORKFLOWS, document)
    for number, item in enumerate(LOOP[:3]):
        shown = f"gate({number}:{item})"
        for named in (shown, f"loop[0].{shown}", f"loop-{number}", f"node:loop-{number}"):
            for prefix in ("loop/", "argo/loop/"):
                found = await find_gate(connection, prefix + named)
                assert found.gate.node_id == f"loop-{number}"
    found = await find_gate(connection, "loop/gate(3:a b)")  # as every screen has it
    assert found.gate.node_id == "loop-3"


async def test_a_gate_and_the_suspension_around_it_are_told_apart(
    embedded: EmbeddedCluster, connection: ClusterConnection
) -> None:
    document = workflow("root", "Running", suspend=True)
    node = document["status"]["nodes"]["root"]
    document["status"]["nodes"] = {"root": node | {"type": "Suspend", "children": []}}
    embedded.objects.create(WORKFLOWS, document)
    for name in ("root", "argo/root", "root/root"):
        with pytest.raises(click.UsageError) as refused:
            await find_gate(connection, name)
        listed = [line.split()[0] for line in str(refused.value).splitlines()[1:]]
        assert listed == ["argo/root/node:root", "argo/root/workflow:root"]
    for each, kind in zip(listed, (GateKind.NODE, GateKind.WORKFLOW), strict=True):
        found = await find_gate(connection, each)
        assert found.gate.kind is kind
    gates = [(await find_gate(connection, each)).gate for each in listed]
    assert [name_of(gate, gates) for gate in gates] == listed
    assert name_of(gates[0], gates[:1]) == "argo/root/root"
