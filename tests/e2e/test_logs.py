"""The bytes that reach a terminal when pods write hostile logs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from argotui.demo.api.kinds import PODS, WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.workflow.pod_name import node_id
from tests.support import LONGEST_TEST, ManualClock
from tests.terminal import ARGOTUI, Terminal
from tests.unit.cli.cluster import workflow
from tests.unit.logs.log_pods import ns, pod_document

HOSTILE = [
    b"\x1b]52;c;SE9TVElMRQ==\x07clipboard\n",
    b"\x1b]0;HOSTILE\x1b\\title\n",
    b"\x1b[2J\x1b[Hwiped\n",
    b"\xc2\x9b2J\xc2\x9d0;HOSTILE\xc2\x9cc1\n",
    b"\x1bP+q544e\x1b\\ \x1b[6n \x1b[?1049l device\n",
    b"\x1b\x1b[0m]52;c;SE9TVElMRQ==\x07nested\n",
    "abc\u202egnp.exe\u200b\u2066bidi\n".encode(),
    b"[/x] [@click=app.quit]markup[/]\n",
    b"loaded 1%\rloaded 50%\rloaded 100%\r\n",
]
MARKS = ("clipboard", "title", "wiped", "c1", "device", "nested", "bidi", "markup", "loaded 100%")


@pytest.fixture
async def environ(tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """The environment of a console on an embedded cluster with one workflow and its log."""
    cluster = EmbeddedCluster(ManualClock(), controller=False)
    await cluster.start()
    cluster.objects.create(WORKFLOWS, workflow("w", steps={"a": "Succeeded"}))
    node = node_id("w", "w.a")
    entry = cluster.objects.create(
        PODS, pod_document(node, workflow="w", main="terminated", wait="terminated")
    )
    log = cluster.logs.start(entry.uid, "main")
    for at, line in enumerate(HOSTILE):
        log.append(ns(at), line)
    log.close()
    kubeconfig = cluster.write_kubeconfig(tmp_path / "kubeconfig")
    yield {"KUBECONFIG": str(kubeconfig), "HOME": str(tmp_path), "NO_COLOR": ""}
    await cluster.stop()


def assert_harmless(seen: bytes) -> None:
    assert b"\x1b]52" not in seen
    assert b"SE9TVElMRQ" not in re.sub(rb"\]52;c;SE9TVElMRQ==", b"", seen)
    assert b"\x1b]0;HOSTILE" not in seen
    assert b"\x1bP+q544e" not in seen
    assert b"\x1b[6n" not in seen
    assert not re.search(rb"\xc2[\x80-\x9f]", seen)
    for char in "\u202e\u200b\u2066":
        assert char.encode() not in seen


async def run(session: Callable[[], bytes]) -> bytes:
    """Run what blocks beside the cluster, which lives in this process."""
    return await asyncio.wait_for(asyncio.to_thread(session), LONGEST_TEST)


async def test_the_verb_prints_only_text_and_its_own_colours(environ: dict[str, str]) -> None:
    def session() -> bytes:
        with Terminal([*ARGOTUI, "logs", "w"], environ, rows=24, columns=80) as terminal:
            assert terminal.wait() == 0
            return bytes(terminal.seen)

    seen = await run(session)
    assert_harmless(seen)
    assert b"\x1b[2J" not in seen
    assert b"50%" not in seen
    assert set(re.findall(rb"\x1b\[[0-9;?]*[A-Za-z]", seen)) == {b"\x1b[36m", b"\x1b[0m"}
    environ["NO_COLOR"] = "1"
    plain = await run(session)
    assert b"\x1b" not in plain
    for mark in MARKS:
        assert mark.encode() in plain


async def test_the_console_shows_only_text(environ: dict[str, str]) -> None:
    def session() -> bytes:
        with Terminal(ARGOTUI, environ, rows=30, columns=100) as terminal:
            terminal.until("succeeded")
            start = len(terminal.seen)
            terminal.send("l")
            text = terminal.until("markup")
            assert all(mark in text for mark in MARKS), text
            assert "[/x] [@click=app.quit]markup[/]" in text
            terminal.send("w")
            terminal.until("long lines wrap")
            assert terminal.alive
            return bytes(terminal.seen[start:])

    seen = await run(session)
    assert_harmless(seen)
    assert b"\x1b[?1049l" not in seen
