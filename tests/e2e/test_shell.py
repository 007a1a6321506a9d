"""A shell in a step: the console steps aside for kubectl, and comes back as it was.

kubectl is a small program of these tests that notes its arguments and its terminal: what it would
do in a cluster is its own matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.e2e.test_journeys import ENTER, environment, serving
from tests.terminal import ARGOTUI, Terminal

__all__ = ["environment"]

RECORDING = """#!/bin/sh
printf '%s\\n' "$@" > "$KUBECTL_RECORD"
tty >> "$KUBECTL_RECORD"
stty size >> "$KUBECTL_RECORD"
stty -a | tr ' ;' '\\n\\n' | grep -x -e '-*icanon' >> "$KUBECTL_RECORD"
echo "a warning of kubectl" >&2
echo "in the shell"
read -r line
echo "it got: $line"
read -r line
exit "$line"
"""


@pytest.fixture
def kubectl(tmp_path: Path) -> Path:
    """A folder for the PATH with the program, and beside it what it notes."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "kubectl"
    program.write_text(RECORDING)
    program.chmod(0o755)
    return folder


@contextmanager
def at_a_running_step(environ: dict[str, str]) -> Iterator[Terminal]:
    """The console with the cursor at a step that runs."""
    with Terminal([*ARGOTUI, "-n", "argo"], environ, rows=30, columns=120) as console:
        console.until("hostile-texts")
        console.send(f"/train-ranker{ENTER}")
        console.until("1 of ")
        console.send(ENTER)
        console.until("1 tree")
        console.send("m")
        yield console


def noted(record: Path) -> list[str]:
    return record.read_text().splitlines() if record.exists() else []


def test_the_console_steps_aside_and_comes_back(
    environment: dict[str, str], kubectl: Path, tmp_path: Path
) -> None:
    record = tmp_path / "record"
    with serving(environment, "--user", "admin") as cluster:
        environ = cluster | {"PATH": f"{kubectl}:/usr/bin:/bin", "KUBECTL_RECORD": str(record)}
        context = yaml.safe_load(Path(cluster["KUBECONFIG"]).read_text())["current-context"]
        with at_a_running_step(environ) as console:
            console.send("s")
            console.until("in the shell")
            start = len(console.seen)
            console.send(f"hello{ENTER}")
            console.until("it got: hello")
            assert b"\x1b[" not in bytes(console.seen[start:]), "the console drew over the shell"
            console.forget()
            console.send(f"0{ENTER}")
            console.until("back from train-ranker-v7")
            console.until("1 tree")
            assert bytes(console.seen).count(b"\x1b[?1049l") == 1
            assert bytes(console.seen).count(b"\x1b[?1049h") == 2
            arguments = noted(record)
            assert arguments[:6] == ["--context", context, "--namespace", "argo", "exec", "-it"]
            assert arguments[6].startswith("train-ranker-v7")
            assert arguments[7:11] == ["-c", "main", "--", "sh"]
            assert arguments[-3].startswith("/dev/")
            assert arguments[-2:] == ["30 120", "icanon"]

            console.send("S")
            console.until("in the shell")
            console.send(f"again{ENTER}")
            console.until("it got: again")
            console.send(f"3{ENTER}")
            console.until("kubectl: a warning of kubectl")
            assert "debug" in noted(record)
            assert "busybox:stable" in noted(record)


def test_what_stands_in_the_way_is_said(
    environment: dict[str, str], kubectl: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with serving(environment) as cluster:
        with at_a_running_step(cluster | {"PATH": str(empty)}) as console:
            console.send("s")
            console.until("shell: kubectl is not on the PATH")
        with at_a_running_step(cluster | {"PATH": f"{kubectl}:/usr/bin:/bin"}) as console:
            console.send("s")
            console.until("shell: you may not create pods/exec in argo")
            console.send("S")
            console.until("shell: you may not patch pods/ephemeralcontainers in argo")
