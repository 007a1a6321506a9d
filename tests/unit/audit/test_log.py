"""The audit log on a real file: links, locks, and what verify finds."""

from __future__ import annotations

import json
import multiprocessing
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.backend.audit.chain import (
    EMPTY,
    Damage,
    Head,
    parse_head,
    seal,
    verify,
)
from argotui.backend.audit.log import AuditError, AuditLog


def write(path: Path, count: int = 5) -> AuditLog:
    log = AuditLog(path)
    for number in range(count):
        log.append_now({"kind": "intent", "actor": "a\u202eb", "number": number})
    return log


def damages(log: AuditLog, *anchors: Head) -> list[Damage]:
    return [problem.damage for problem in log.check(anchors)[1]]


def test_an_untouched_log_verifies_and_is_private(tmp_path: Path) -> None:
    log = write(tmp_path / "state" / "audit.jsonl")
    head, problems = log.check()
    assert head.seq == 5
    assert problems == []
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.path.parent.stat().st_mode) == 0o700


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert AuditLog(tmp_path / "none").check() == (EMPTY, [])


async def test_append_returns_the_head_that_verify_finds(tmp_path: Path) -> None:
    log = write(tmp_path / "log")
    assert await log.append({"kind": "outcome"}) == log.check()[0]


def test_12_verify_finds_an_edit(tmp_path: Path) -> None:
    log = write(tmp_path / "log")
    log.path.write_bytes(log.path.read_bytes().replace(b'"number":2', b'"number":7'))
    assert damages(log) == [Damage.EDITED]


def test_12_verify_finds_a_removal(tmp_path: Path) -> None:
    log = write(tmp_path / "log")
    lines = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(b"".join(lines[:2] + lines[3:]))
    assert damages(log) == [Damage.MISSING]


def test_12_verify_finds_a_swap(tmp_path: Path) -> None:
    log = write(tmp_path / "log")
    lines = log.path.read_bytes().splitlines(keepends=True)
    lines[1], lines[2] = lines[2], lines[1]
    log.path.write_bytes(b"".join(lines))
    assert Damage.SWAPPED in damages(log)


def test_12_only_an_anchor_finds_a_truncation(tmp_path: Path) -> None:
    log = write(tmp_path / "log")
    anchor = log.check()[0]
    log.path.write_bytes(b"".join(log.path.read_bytes().splitlines(keepends=True)[:3]))
    assert damages(log) == []
    assert damages(log, anchor) == [Damage.TRUNCATED]


def test_an_anchor_finds_a_rewritten_log(tmp_path: Path) -> None:
    anchor = write(tmp_path / "log").check()[0]
    forged = AuditLog(tmp_path / "forged")
    for number in range(6):
        forged.append_now({"kind": "intent", "actor": "somebody else", "number": number})
    assert damages(forged) == []
    assert damages(forged, anchor) == [Damage.REWRITTEN]


def test_a_line_cut_short_by_a_crash_is_told_and_the_chain_goes_on(tmp_path: Path) -> None:
    log = write(tmp_path / "log")
    with log.path.open("ab") as file:
        file.write(b'{"kind":"intent","seq":6,"pr')
    log.append_now({"kind": "outcome"})
    head, problems = log.check()
    assert head.seq == 6
    assert [(p.line, p.damage) for p in problems] == [(6, Damage.TORN)]


def test_an_entry_longer_than_the_tail_that_is_read_first_is_linked(tmp_path: Path) -> None:
    log = write(tmp_path / "log", 1)
    log.append_now({"kind": "intent", "inputs": "x" * 300_000})
    log.append_now({"kind": "outcome"})
    assert log.check()[0].seq == 3
    assert damages(log) == []


def _append_many(path: Path) -> None:
    log = AuditLog(path)
    for number in range(25):
        log.append_now({"kind": "intent", "number": number})


def test_consoles_in_different_processes_share_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "log"
    spawn = multiprocessing.get_context("spawn")
    consoles = [spawn.Process(target=_append_many, args=(path,)) for _ in range(3)]
    for console in consoles:
        console.start()
    for console in consoles:
        console.join()
    assert AuditLog(path).check()[0].seq == 75
    assert damages(AuditLog(path)) == []


def test_a_log_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AuditError, match="cannot be written"):
        AuditLog(tmp_path / "file" / "audit.jsonl").append_now({})


@given(
    entries=st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.none()), max_size=8),
    data=st.data(),
)
def test_12_no_single_change_goes_unseen(
    entries: list[dict[str, object]], data: st.DataObject
) -> None:
    head, lines = EMPTY, []
    for entry in entries:
        sealed = seal(entry, head)
        head = Head(head.seq + 1, str(sealed["hash"]))
        lines.append(json.dumps(sealed).encode())
    assert verify(lines) == (head, [])
    assert parse_head(str(head)) == head
    if len(lines) > 1:
        gone = data.draw(st.integers(0, len(lines) - 2))
        assert verify(lines[:gone] + lines[gone + 1 :])[1]
    if lines:
        which = data.draw(st.integers(0, len(lines) - 1))
        changed = {**json.loads(lines[which]), "kind": "changed"}
        assert verify([*lines[:which], json.dumps(changed).encode(), *lines[which + 1 :]])[1]
        assert verify(lines[:-1], [head])[1]
