"""`watch` on the embedded cluster."""

from __future__ import annotations

import asyncio
import json
import signal
from asyncio.subprocess import Process
from typing import Any

import pytest

from argotui.cli import exits
from tests.support import PATIENCE
from tests.unit.cli.cluster import CommandLine, workflow


async def line(process: Process) -> str:
    assert process.stdout is not None
    read = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
    return read.decode()


async def moved(process: Process) -> dict[str, Any]:
    text = await line(process)
    assert text, "the output ended"
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize(
    ("phase", "code"),
    [
        ("Succeeded", exits.OK),
        ("Failed", exits.FAILURE),
        ("Error", exits.WORKFLOW_ERROR),
    ],
)
async def test_the_exit_code_tells_how_it_ended(
    argotui: CommandLine, phase: str, code: int
) -> None:
    argotui.put(workflow("w", "Running", steps={"a": "Running"}))
    process = await argotui.start("watch", "w", "-o", "json")
    first = await moved(process)
    assert (first["type"], first["node"]["displayName"]) == ("node", "a")
    second = await moved(process)
    assert (second["type"], second["workflow"]["state"]) == ("workflow", "running")
    argotui.put(workflow("w", phase, steps={"a": phase}, message="the end"))
    assert (await moved(process))["node"]["phase"] == phase
    last = await moved(process)
    assert (last["workflow"]["phase"], last["workflow"]["message"]) == (phase, "the end")
    assert await line(process) == ""
    assert await asyncio.wait_for(process.wait(), PATIENCE) == code


async def test_a_workflow_that_has_ended_is_told_at_once(argotui: CommandLine) -> None:
    argotui.put(workflow("w", "Failed"))
    done = await argotui("watch", "w")
    assert done.code == exits.FAILURE
    assert [text.split()[2] for text in done.out.splitlines()] == ["failed", "failed"]


async def test_a_deletion_ends_it(argotui: CommandLine) -> None:
    argotui.put(workflow("w", "Running", steps={"a": "Running"}))
    process = await argotui.start("watch", "w", "-o", "json")
    await moved(process)
    await moved(process)
    argotui.delete("w")
    last = await moved(process)
    assert (last["type"], last["existed"], last["replaced"]) == ("gone", True, False)
    assert await asyncio.wait_for(process.wait(), PATIENCE) == exits.NOT_FOUND


async def test_the_time_may_be_limited(argotui: CommandLine) -> None:
    argotui.put(workflow("w", "Running", steps={"a": "Running"}))
    done = await argotui("watch", "w", "--timeout", "300ms")
    assert done.code == exits.TIMEOUT
    assert "timed out after" in done.err


async def test_a_lost_connection_is_made_again(argotui: CommandLine) -> None:
    argotui.put(workflow("w", "Running", steps={"a": "Running"}))
    process = await argotui.start("watch", "w", "-o", "json")
    await moved(process)
    await moved(process)
    port = int(argotui.cluster.url.rpartition(":")[2])
    await argotui.cluster.stop()
    lost = await moved(process)
    assert (lost["type"], lost["link"]) == ("link", "stale")
    assert lost["error"]
    argotui.put(workflow("w", "Succeeded", steps={"a": "Succeeded"}))
    await argotui.cluster.start(port)
    kinds = []
    while text := await line(process):
        kinds.append(json.loads(text)["type"])
    assert sorted(kinds) == ["link", "node", "workflow"]
    assert await asyncio.wait_for(process.wait(), PATIENCE) == exits.OK


async def test_all_workflows_until_interrupted(argotui: CommandLine) -> None:
    argotui.put(
        workflow("old", age=500),
        workflow("runs", "Running", steps={"a": "Running"}),
    )
    process = await argotui.start("watch", "--all", "-o", "json")
    first = await moved(process)
    assert first["workflow"]["name"] == "runs", "what has ended before is no news"
    argotui.put(workflow("runs", "Failed", steps={"a": "Failed"}))
    second = await moved(process)
    assert (second["workflow"]["name"], second["workflow"]["phase"]) == ("runs", "Failed")
    argotui.delete("runs")
    third = await moved(process)
    assert (third["type"], third["workflow"]["name"]) == ("gone", "runs")
    process.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == exits.INTERRUPTED
    assert (out, err) == (b"", b"")


async def test_lines_are_for_people(argotui: CommandLine) -> None:
    argotui.put(workflow("w", "Failed", steps={"step": "Failed"}, message="it broke"))
    lines = (await argotui("watch", "w")).out.splitlines()
    assert lines[0].split()[1:4] == ["✖", "failed", "step"]
    assert lines[1].split()[1:5] == ["✖", "failed", "w", "1/1"]
    assert lines[1].endswith("it broke")
