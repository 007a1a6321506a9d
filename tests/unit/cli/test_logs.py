"""`logs` on the embedded cluster."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.cli import exits
from argotui.cli.logs import coloured
from argotui.demo.api.kinds import PODS
from argotui.demo.api.log_store import StoredLog
from argotui.model.logs.text import log_pieces, log_text
from argotui.model.workflow.pod_name import node_id
from tests.support import PATIENCE
from tests.unit.cli.cluster import CommandLine, workflow
from tests.unit.logs.log_pods import lines, ns, pod_document, write

HOSTILE = b"\x1b]52;c;QUJD\x07a \x1b[31mred\x1b[0m \xc2\x9b2J \xe2\x80\xaeb\tc\n"


def put_pod(argotui: CommandLine, step: str, state: str = "terminated") -> StoredLog:
    """Make the pod of a step of workflow `w` and begin the log of its main container."""
    node = node_id("w", f"w.{step}")
    states = {"main": state, "wait": state}
    document = pod_document(node, workflow="w", **states)
    entry = argotui.cluster.objects.create(PODS, document)
    return argotui.cluster.logs.start(entry.uid, "main")


async def test_a_workflow_is_read_in_the_order_of_time(argotui: CommandLine) -> None:
    argotui.put(workflow("w", steps={"a": "Succeeded", "b": "Succeeded"}))
    logs = [put_pod(argotui, step) for step in "ab"]
    for number in range(40):
        logs[number % 2].append(ns(number), b"line %d\n" % number)
    done = await argotui("logs", "w")
    assert (done.code, done.err) == (exits.OK, "")
    assert done.out.splitlines() == [f"{'ab'[n % 2]}: line {n}" for n in range(40)]
    done = await argotui("logs", "w", "--no-prefix", "--tail", "2", "--timestamps")
    assert done.out.splitlines() == [
        f"2026-01-05T12:00:{n}.000000000Z line {n}" for n in range(36, 40)
    ]
    done = await argotui("logs", "w", "b", "--grep", "3.$")
    assert done.out.splitlines() == [f"line {n}" for n in range(31, 40, 2)]
    done = await argotui("logs", "w", "--since-time", "2026-01-05T14:00:38+02:00", "--no-prefix")
    assert done.out.splitlines() == lines(38, 40)


async def test_a_node_is_chosen_by_its_fields(argotui: CommandLine) -> None:
    argotui.put(workflow("w", steps={"a": "Succeeded", "b": "Succeeded"}))
    for step in "ab":
        put_pod(argotui, step).append(ns(1), f"of {step}\n".encode())
    chosen = "--node-field-selector"
    assert (await argotui("logs", "w", chosen, "displayName=b")).out == "of b\n"
    several = await argotui("logs", "w", chosen, "id!=w")
    assert several.code == exits.USAGE
    assert "finds 2 nodes: " in several.err
    assert "finds no node" in (await argotui("logs", "w", chosen, "displayName=c")).err
    both = await argotui("logs", "w", "a", chosen, "displayName=b")
    assert both.code == exits.USAGE


async def test_json_has_one_object_for_each_line(argotui: CommandLine) -> None:
    argotui.put(workflow("w", steps={"a": "Succeeded"}))
    put_pod(argotui, "a").append(ns(1), HOSTILE)
    done = await argotui("logs", "argo/w", "-o", "json")
    node = node_id("w", "w.a")
    assert json.loads(done.out) == {
        "time": "2026-01-05T12:00:01.000000000Z",
        "node": "a",
        "nodeId": node,
        "pod": f"pod-{node}",
        "container": "main",
        "text": "a red  �b\tc",
    }


async def test_no_control_reaches_the_output(argotui: CommandLine) -> None:
    argotui.put(workflow("w", steps={"a": "Succeeded"}))
    put_pod(argotui, "a").append(ns(1), HOSTILE)
    done = await argotui("logs", "w", "a")
    assert done.out == "a red  �b\tc\n"


async def test_following_ends_with_the_workflow(argotui: CommandLine) -> None:
    argotui.put(workflow("w", "Running", steps={"a": "Running"}))
    log = put_pod(argotui, "a", "running")
    write(log, 0, 3)
    process = await argotui.start("logs", "w", "-f", "--no-prefix")
    assert process.stdout is not None
    for wanted in lines(0, 3):
        read = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        assert read.decode() == wanted + "\n"
    write(log, 3, 5)
    log.close()
    node = node_id("w", "w.a")
    entry = argotui.cluster.objects.need(PODS, "argo", f"pod-{node}")
    document = entry.decode()
    document["status"] = pod_document(node, main="terminated", wait="terminated")["status"]
    argotui.cluster.objects.update(PODS, document)
    second = put_pod(argotui, "b")
    write(second, 5, 7)
    argotui.put(workflow("w", steps={"a": "Succeeded", "b": "Succeeded"}))
    out, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert out.decode().splitlines() == lines(3, 7)
    assert process.returncode == exits.OK


async def test_a_reader_that_goes_away_is_no_error(argotui: CommandLine) -> None:
    argotui.put(workflow("w", steps={"a": "Succeeded"}))
    write(put_pod(argotui, "a"), 0, 20_000, every=0.0001)
    process = await argotui.start("logs", "w")
    assert process.stdout is not None
    assert process.stderr is not None
    assert await asyncio.wait_for(process.stdout.readline(), PATIENCE) == b"a: line 0\n"
    process._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined]  # no other way
    assert await asyncio.wait_for(process.stderr.read(), PATIENCE) == b""
    assert await asyncio.wait_for(process.wait(), PATIENCE) == exits.BROKEN_PIPE


async def test_failures_have_their_codes(argotui: CommandLine) -> None:
    argotui.put(workflow("w", steps={"a": "Succeeded"}))
    done = await argotui("logs", "w")
    assert done.code == exits.NOT_FOUND
    assert "is deleted; no log is archived" in done.err
    done = await argotui("logs", "w", "nowhere")
    assert done.code == exits.NOT_FOUND
    assert "has no node or pod nowhere" in done.err
    assert (await argotui("logs", "absent")).code == exits.NOT_FOUND
    put_pod(argotui, "a")
    argotui.cluster.faults.answer(403, match="/log")
    done = await argotui("logs", "w")
    assert (done.code, done.out) == (exits.FORBIDDEN, "")
    assert "not allowed to read the log of" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--grep", "("), "--grep: not a regular expression"),
        (("--since", "soon"), "--since"),
        (("--since-time", "2026-01-05"), "--since-time: write it like"),
        (("--since", "1m", "--since-time", "2026-01-05T12:00:00Z"), "exclude each other"),
        (("--tail", "-1"), "--tail"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    argotui: CommandLine, arguments: tuple[str, ...], words: str
) -> None:
    done = await argotui("logs", "w", *arguments)
    assert done.code == exits.USAGE
    assert words in done.err


@pytest.mark.parametrize("flags", [(), ("-f",)])
async def test_a_container_that_is_not_there_is_no_empty_log(
    argotui: CommandLine, flags: tuple[str, ...]
) -> None:
    argotui.put(workflow("w", "Running", steps={"a": "Running"}))
    write(put_pod(argotui, "a", "running"), 0, 3)
    done = await argotui("logs", "w", "-c", "nope", *flags)
    assert (done.code, done.out) == (exits.USAGE, "")
    assert "No pod has a container nope" in done.err
    assert "There are: init, main, wait" in done.err
    assert "no pod has run yet" not in done.err


LOCK = {
    "message": "Waiting for argo/Mutex/deploy lock. Lock status: 0/1",
    "synchronization": {"mutex": {"waiting": [{"mutex": "argo/Mutex/deploy", "holder": "before"}]}},
}
HELD = f"argotui: {LOCK['message']}; held by before"


@pytest.mark.parametrize(
    ("phase", "status", "said"),
    [
        ("Pending", LOCK, ["argotui: no pod has run yet", HELD]),
        (
            "Error",
            {"message": "invalid spec"},
            ["argotui: no pod ran", "argotui: invalid spec"],
        ),
        ("Running", {}, ["argotui: no pod has run yet", "argotui: There is no node yet."]),
    ],
    ids=["lock", "ended", "new"],
)
async def test_where_no_pod_ran_it_is_said_why_as_on_the_screen(
    argotui: CommandLine, phase: str, status: dict[str, object], said: list[str]
) -> None:
    document = workflow("w", phase, steps={})
    document["status"]["nodes"] = {}
    document["status"].update(status)
    argotui.put(document)
    done = await argotui("logs", "w")
    assert (done.code, done.out, done.err.splitlines()) == (exits.OK, "", said)


@pytest.mark.parametrize(
    ("raw", "printed"),
    [
        (b"plain", "plain"),
        (b"\x1b[31mred\x1b[0m on", "\x1b[31mred\x1b[0m on"),
        (b"\x1b[1;92;44mhi", "\x1b[1;92;44mhi\x1b[0m"),
        (b"\x1b[38;5;208mo\x1b[38;2;1;2;3mr", "\x1b[38;5;208mo\x1b[0m\x1b[38;2;1;2;3mr\x1b[0m"),
        (b"\x1b[31;41mhidden", "\x1b[31mhidden\x1b[0m"),
        (b"\x1b[2J\x1b]0;t\x07\x1b[32mok", "\x1b[32mok\x1b[0m"),
    ],
)
def test_colours_of_a_line_are_set_anew(raw: bytes, printed: str) -> None:
    assert coloured(raw) == printed


@given(
    st.lists(st.sampled_from([b"\x1b[31m", b"\x1b[0m", b"\x1b[7;107m", b"\x1b", b"[", b"m", b"a"]))
)
def test_what_is_coloured_says_the_same_and_leaves_no_colour_on(parts: list[bytes]) -> None:
    raw = b"".join(parts)
    printed = coloured(raw)
    assert "".join(p.text for p in log_pieces(printed.encode())) == log_text(raw)
    assert log_pieces(printed.encode() + b".")[-1].look == log_pieces(b".")[-1].look


async def test_colours_are_for_terminals_or_who_asks(argotui: CommandLine) -> None:
    argotui.put(workflow("w", steps={"a": "Succeeded"}))
    put_pod(argotui, "a").append(ns(1), b"\x1b[31mred\x1b[0m\n")
    assert (await argotui("logs", "w", "a")).out == "red\n"
    assert (await argotui("logs", "w", "a", "--color")).out == "\x1b[31mred\x1b[0m\n"


async def test_that_no_line_was_found_is_not_that_there_is_none(argotui: CommandLine) -> None:
    argotui.put(workflow("w", steps={"a": "Succeeded"}))
    log = put_pod(argotui, "a")
    assert "there are no lines" in (await argotui("logs", "w", "--grep", "x")).err
    write(log, 0, 3)
    assert "none of the 3 lines" in (await argotui("logs", "w", "--grep", "zzz")).err


async def test_a_pipe_gets_all_states_of_a_progress_bar(argotui: CommandLine) -> None:
    argotui.put(workflow("w", steps={"a": "Succeeded"}))
    put_pod(argotui, "a").append(ns(1), b"loaded 1%\rloaded 100%\r\n")
    assert (await argotui("logs", "w", "a")).out == "loaded 1%␍loaded 100%\n"
