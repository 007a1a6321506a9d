"""The console and the command line on a real cluster: Argo's own examples, from start to end.

KUBECONFIG names the cluster, ARGO_SOURCE a checkout of Argo Workflows, ARGOTUI_TEST_IMAGE an image
with a shell that the cluster can start.
"""

from __future__ import annotations

import copy
import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.lab import IMAGE, SIMULATED_EXIT
from tests.support import PATIENCE
from tests.terminal import ARGOTUI, Terminal, filtered_console

SOURCE = os.environ.get("ARGO_SOURCE", "")
LABEL = "argotui-journey"
EXAMPLES = {
    "steps": "succeeded",
    "dag-diamond": "succeeded",
    "loops": "succeeded",
    "retry-on-error": "failed",
    "exit-handlers": "failed",
}
"""Argo's examples, and how they end here (what exits at random in one of them always fails)."""
GLYPHS = {"succeeded": "✔", "failed": "✖"}
TICKS = 25
TICKER = f"for n in $(seq 1 {TICKS}); do echo tick $n of {TICKS}; sleep 1; done"

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif("KUBECONFIG" not in os.environ, reason="needs KUBECONFIG"),
    pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl"),
]

Document = dict[str, Any]


def run(*command: str, stdin: str = "") -> str:
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def argotui(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ARGOTUI, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False
    )


class Field:
    """Where workflows are made; they are gone after the test."""

    def __init__(self) -> None:
        self.run = f"{random.SystemRandom().getrandbits(24):06x}"

    def submit(self, document: Document, stem: str) -> str:
        """Create a workflow and return the name it was given."""
        document = copy.deepcopy(document)
        document["metadata"] = {
            "generateName": f"journey-{self.run}-{stem}-",
            "labels": {LABEL: self.run},
        }
        made = run("kubectl", "create", "-o", "json", "-f", "-", stdin=json.dumps(document))
        name: str = json.loads(made)["metadata"]["name"]
        return name

    def clear(self) -> None:
        run("kubectl", "delete", "workflows", "--wait=false", "-l", f"{LABEL}={self.run}")


def example(stem: str) -> Document:
    """One of Argo's examples, its images replaced by one that is there."""
    if not SOURCE:
        pytest.skip("needs ARGO_SOURCE")
    text = (Path(SOURCE) / "examples" / f"{stem}.yaml").read_text("utf-8")
    document: Document = yaml.safe_load(text)
    for template in document["spec"]["templates"]:
        container = template.get("container")
        if container is None:
            continue
        container["image"] = IMAGE
        if container["command"][0] == "python":
            container |= {"command": ["sh", "-c"], "args": ["exit 3"]}
        if code := re.search(r"exit (\d+)", " ".join(container.get("args", ()))):
            template["metadata"] = {"annotations": {SIMULATED_EXIT: code[1]}}
    return document


def ticker() -> Document:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "spec": {
            "entrypoint": "main",
            "templates": [
                {
                    "name": "main",
                    "container": {"image": IMAGE, "command": ["sh", "-c"], "args": [TICKER]},
                }
            ],
        },
    }


@pytest.fixture
def field() -> Iterator[Field]:
    field = Field()
    yield field
    field.clear()


@pytest.fixture
def console(field: Field, tmp_path: Path) -> Iterator[Terminal]:
    """The console, filtered to the workflows of this test."""
    with filtered_console(f"journey-{field.run}", tmp_path) as terminal:
        terminal.until(" shown")
        yield terminal
        assert terminal.alive, terminal.text
        terminal.send(":q\r")
        assert terminal.wait() == 0


def word_of(text: str, name: str) -> str:
    """Return the state in the row of a workflow; "" where it has none yet."""
    row = next((line for line in text.splitlines() if f" {name} " in line), "")
    return row.replace("▸", " ").split()[1] if row else ""


def test_examples_are_shown_live_and_all_tell_the_same_of_them(
    console: Terminal, field: Field
) -> None:
    names = {field.submit(example(stem), stem): end for stem, end in EXAMPLES.items()}
    seen: dict[str, set[str]] = {name: set() for name in names}

    def all_ended(text: str) -> bool:
        for name in names:
            seen[name].add(word_of(text, name))
        return all(end in seen[name] for name, end in names.items())

    console.until_true(all_ended, "not all have ended")
    for name, end in names.items():
        assert "running" in seen[name], f"{name} was only seen {seen[name]}"
        assert f"{GLYPHS[end]} {end}" in console.text

    listed = json.loads(argotui("list", "-l", f"{LABEL}={field.run}", "-o", "json").stdout)
    rows = {item["name"]: item for item in listed["items"]}
    assert set(rows) == set(names)
    for name, end in names.items():
        theirs = json.loads(run("kubectl", "get", "workflow", name, "-o", "json"))["status"]
        assert theirs["phase"].lower() == end
        got = json.loads(argotui("get", name, "-o", "json").stdout)["status"]
        assert got == theirs
        progress = rows[name]["progress"]
        assert f"{progress['done']}/{progress['total']}" == theirs["progress"]
        assert rows[name]["phase"] == theirs["phase"]
        watched = argotui("watch", name)
        assert watched.returncode == (0 if end == "succeeded" else 1), watched
        if shutil.which("argo"):
            argo = json.loads(run("argo", "get", name, "-o", "json"))["status"]
            assert (argo["phase"], argo["progress"]) == (theirs["phase"], theirs["progress"])


@pytest.mark.kubelet
def test_a_line_that_is_printed_appears(console: Terminal, field: Field) -> None:
    name = field.submit(ticker(), "ticker")
    console.until_true(lambda text: word_of(text, name) == "running", "it does not run")
    console.send("l")
    text = console.until(f"tick 1 of {TICKS}")
    assert f"tick {TICKS} of {TICKS}" not in text
    for number in range(2, TICKS + 1):
        console.until(f"tick {number} of {TICKS}")
    console.until("ended")
    console.send("\x1b")
    console.until_true(lambda text: word_of(text, name) == "succeeded", "it does not end")
    console.send("\r")
    console.until("1 tree")
    console.until(f"✔ {name}")
    console.send("\x1b")
    printed = argotui("logs", name).stdout
    assert [line.partition("tick ")[2] for line in printed.splitlines() if "tick" in line] == [
        f"{number} of {TICKS}" for number in range(1, TICKS + 1)
    ]
