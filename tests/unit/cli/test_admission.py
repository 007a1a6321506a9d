"""`admission` without a cluster, and on one that has no policies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.unit.cli.cluster import CommandLine
from tests.unit.cli.conftest import Run
from tools.write_docs import ROOT


def test_printed_policies_are_yaml_and_name_what_they_are_for(run: Run) -> None:
    done = run("admission", "print", "--approvers", "rbac", "--name", "mine", "--label", "a=b")
    assert done.returncode == 0, done.stderr
    documents = list(yaml.safe_load_all(done.stdout))
    assert len(documents) == 14
    assert all(one["metadata"]["labels"]["argotui.io/admission"] == "mine" for one in documents)
    assert "# Where: namespaces with the label a=b." in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--controller", "admin"),
        ("--controller", "ada@example.com"),
        ("--label", "nothing"),
        ("--approvers", "everybody"),
    ],
    ids=" ".join,
)
def test_what_would_enforce_nothing_is_a_usage_error(run: Run, arguments: tuple[str, ...]) -> None:
    done = run("admission", "print", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""


async def test_doors_are_open_where_there_are_no_policies(argotui: CommandLine) -> None:
    done = await argotui("admission", "check", "-n", "argo", "-o", "json")
    report = json.loads(done.out)
    assert done.code == 1, done
    assert report["ok"] is False
    assert report["parameters"] is None
    states = {door["id"]: door["state"] for door in report["bypasses"]}
    assert "shut" not in states.values()
    assert states["other-creator"] == "open"
    listed = json.loads((await argotui("list", "-A", "-o", "json")).out)
    assert listed["items"] == []


async def test_there_is_nothing_to_uninstall(argotui: CommandLine) -> None:
    done = await argotui("admission", "uninstall", "--yes")
    assert done.code == 3
    assert "no policies of a set named argotui" in done.err


@pytest.mark.parametrize("path", sorted((ROOT / "admission").glob("*.yaml")), ids=lambda p: p.stem)
def test_the_policies_to_review_are_those_that_are_printed(run: Run, path: Path) -> None:
    done = run("admission", "print", "--approvers", path.stem)
    assert (done.returncode, done.stdout) == (0, path.read_text("utf-8")), "run: make docs"
