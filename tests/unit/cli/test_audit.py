"""`audit show`, `effects` and `export`: one row a decision, in every format and at every width."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from argotui.backend.audit.log import AuditLog
from argotui.backend.audit.record import recorded
from argotui.cli import exits
from argotui.cli.audit_documents import lay_out
from argotui.cli.output import Terminal, table
from argotui.demo.api.kinds import WORKFLOWS
from tests.unit.cli.cluster import CommandLine
from tests.unit.cli.test_gates import ESCAPE, SECRET, approve, command_line, log_of, waiting

__all__ = ["command_line"]  # a fixture

DECISION_FIELDS = [
    "time",
    "actor",
    "cluster",
    "context",
    "namespace",
    "workflow",
    "uid",
    "gate",
    "node",
    "choice",
    "values",
    "reason",
    "outcome",
    "detail",
    "ended",
    "askedBy",
    "inputs",
    "verdict",
    "policy",
    "override",
    "digest",
    "auditId",
    "effect",
    "decision",
    "entries",
]
"""The fields that scripts rely on: add, never rename."""


async def test_each_decision_is_one_row_in_every_format(command_line: CommandLine) -> None:
    command_line.put(waiting("other"))
    reason = f"{ESCAPE}=fine, password={SECRET}"
    assert (await approve(command_line, "--reason", reason)).code == exits.OK
    denied = ("deny", "other", "--reason", "=too early", "-y")
    assert (await command_line(*denied, user="approver")).code == exits.OK

    shown = await command_line("audit", "show", "-o", "json")
    assert [list(each) for each in shown.json["decisions"]] == [DECISION_FIELDS] * 2
    first, second = shown.json["decisions"]
    assert (first["choice"], first["values"]) == ("approve", {"approve": "YES"})
    assert (first["gate"], first["outcome"]) == ("gate", "decided")
    assert first["askedBy"] == "developer@example.com"
    assert first["cluster"] == command_line.cluster.url
    assert first["effect"] is None
    assert first["inputs"]["api_token"] == "••••"
    assert (second["choice"], second["entries"]) == ("deny", [3, 4])
    last = await command_line("audit", "show", "-o", "json", "--last", "1")
    assert last.json["decisions"] == [second]
    assert "the last 1 of 2 decisions" in (await command_line("audit", "show", "--last", "1")).err

    for arguments in (["show", "-o", "csv"], ["export", "--format", "csv"]):
        text = (await command_line("audit", *arguments)).out
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [row["reason"] for row in rows] == ["'=fine, password=••••", "'=too early"]
        assert rows[0]["values"] == "approve=YES"
        assert rows[0]["verdict"] == first["verdict"]
        assert [row["entries"] for row in rows] == ["1 2", "3 4"]
        assert SECRET not in text


async def test_a_decision_without_an_outcome_is_said_to_be_unknown(
    command_line: CommandLine,
) -> None:
    assert (await approve(command_line)).code == exits.OK
    whole = log_of(command_line).read_text().splitlines(keepends=True)
    log_of(command_line).write_text(whole[0])
    (row,) = (await command_line("audit", "show", "-o", "json")).json["decisions"]
    assert (row["outcome"], row["ended"]) == ("outcome unknown", None)
    assert (
        "outcome unknown: no outcome was written down" in (await command_line("audit", "show")).out
    )


async def test_what_runs_behind_a_gate_is_waited_for_where_that_is_asked(
    command_line: CommandLine,
) -> None:
    done = await approve(command_line, "--wait", "1s")
    assert done.code == exits.OK
    assert "behind it: nothing yet after " in done.out
    (row,) = (await command_line("audit", "show", "-o", "json")).json["decisions"]
    assert (row["effect"]["ran"], row["effect"]["complete"]) == ("nothing yet", False)

    again = await command_line("audit", "effects")
    assert again.out == "argo/release/gate: still: nothing yet\n"
    entry = command_line.cluster.objects.get(WORKFLOWS, "argo", "release")
    assert entry is not None
    document = entry.decode()
    document["status"]["phase"] = "Failed"
    document["metadata"]["labels"]["workflows.argoproj.io/completed"] = "true"
    command_line.cluster.objects.update(WORKFLOWS, document)
    again = await command_line("audit", "effects")
    assert again.out == "argo/release/gate: nothing ran, the workflow ended Failed\n"
    assert "1 effect written" in again.err
    assert (await command_line("audit", "effects")).out == ""
    assert (await command_line("audit", "verify", "--anchors")).code == exits.OK
    kinds = [json.loads(line)["kind"] for line in log_of(command_line).read_text().splitlines()]
    assert kinds == ["intent", "outcome", "effect", "effect"]


async def test_decisions_of_another_cluster_are_not_looked_up_here(
    command_line: CommandLine,
) -> None:
    assert (await approve(command_line)).code == exits.OK
    elsewhere = (
        log_of(command_line).read_text().replace(command_line.cluster.url, "https://prod:6443")
    )
    log_of(command_line).write_text(elsewhere)
    done = await command_line("audit", "effects")
    assert done.out == ""
    assert "1 decision of other clusters not looked at" in done.err


@pytest.mark.parametrize("given", ["soon", "0s", "-3s", "1d"])
async def test_a_wait_that_is_no_duration_is_refused(command_line: CommandLine, given: str) -> None:
    assert (await approve(command_line, "--wait", given)).code == exits.USAGE
    assert not log_of(command_line).exists()


def fill(path: Path, *namespaces: str) -> AuditLog:
    log = AuditLog(path)
    for number, namespace in enumerate(namespaces):
        common: dict[str, object] = {
            "decision": f"d{number}",
            "actor": "approver@example.com",
            "choice": "approve",
        }
        common |= {"namespace": namespace, "workflow": "promote-model-7", "node": "n"}
        more: dict[str, object] = {
            "gate": "choose-stage",
            "context": "argolab",
            "reason": "canary looks fine to me",
        }
        more |= {"values": {"stage": "canary"}, "time": "2026-01-05T12:00:03+00:00"}
        log.append_now({"kind": "intent", **common, **more})
        log.append_now({"kind": "outcome", **common, "outcome": "decided"})
    return log


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160, 220])
@pytest.mark.parametrize("namespaces", [("ux", "ux"), ("ux", "argo")])
def test_who_and_what_are_readable_at_every_width(
    tmp_path: Path, width: int, namespaces: tuple[str, ...]
) -> None:
    decisions = recorded(fill(tmp_path / "log", *namespaces).entries())
    laid = lay_out(decisions, Terminal(width))
    lines = list(table(laid.columns, laid.rows, Terminal(width)))
    if width >= 80:
        assert all(len(line) <= width for line in lines)
        assert all("approver@example.com" in line for line in lines[1:])
        assert all("stage=canary" in line for line in lines[1:])
    assert "cluster argolab" in laid.remarks[0]
    assert ("namespace ux" in laid.remarks[0]) == (namespaces == ("ux", "ux"))
    titles = [column.title for column in laid.columns]
    missing = [name for name in ("REASON", "EFFECT") if name not in titles]
    assert all(name.lower() in laid.remarks[-1] for name in missing)
    assert ("EFFECT" in titles) == (width >= 160)


def test_in_a_pipe_and_wide_nothing_is_left_out(tmp_path: Path) -> None:
    decisions = recorded(fill(tmp_path / "log", "ux").entries())
    for where, whole in ((Terminal(), False), (Terminal(80), True)):
        laid = lay_out(decisions, where, whole=whole)
        assert [column.title for column in laid.columns][-3:] == ["OUTCOME", "EFFECT", "CLUSTER"]
        assert laid.remarks == []
        line = list(table(laid.columns, laid.rows, where._replace(width=None)))[1]
        assert "ux/promote-model-7/choose-stage  canary looks fine to me  decided" in line


async def test_read_only_settings_are_said_where_one_could_decide(
    command_line: CommandLine,
) -> None:
    found = await command_line("gates", "-o", "json", user="approver", ARGOTUI_READ_ONLY="true")
    (gate,) = found.json["gates"]
    for choice in ("approve", "deny"):
        assert (gate[choice]["allowed"], gate[choice]["blocked"][0]) == (False, "read-only")
    wide = await command_line("gates", "-o", "wide", user="approver", ARGOTUI_READ_ONLY="true")
    assert "  read-only  " in wide.out
    assert "may approve" not in wide.out
    assert "read-only: nothing can be approved or denied" in wide.err
