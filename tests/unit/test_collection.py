"""Tests have the same names in every collection: each worker of a run collects for itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support import PATIENCE

ROOT = Path(__file__).parents[2]
DIFFERENT = """
import os, time
import pytest

@pytest.mark.parametrize("value", [str(time.time_ns())])
def test_time(value): ...

@pytest.mark.parametrize("value", list({str(number) for number in range(100)}))
def test_order(value): ...

@pytest.mark.parametrize("value", [os.getcwd()])
def test_folder(value): ...

@pytest.mark.parametrize("value", [time.strftime("%x %H:%M")])
def test_zone(value): ...

@pytest.mark.parametrize("value", [1, "a"])
def test_steady(value): ...
"""


def collect(suite: Path, cwd: Path, seed: int, zone: str) -> list[str]:
    """Return the names of a suite's tests in their order, as a process of its own finds them."""
    home = cwd / "home"
    home.mkdir(parents=True)
    environ = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    places = dict.fromkeys(("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME"), str(home))
    command = ["pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    where = ["-c", str(suite / "pyproject.toml"), "--rootdir", str(suite), str(suite / "tests")]
    done = subprocess.run(
        [sys.executable, "-m", *command, *where],
        cwd=cwd,
        env=environ | places | {"PYTHONHASHSEED": str(seed), "TZ": zone},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if "::" in line]


def collect_twice(suite: Path, folder: Path) -> tuple[list[str], list[str]]:
    """Collect on two occasions that have nothing in common: not even the date is the same."""
    return (
        collect(suite, folder / "first", 1, "Pacific/Pago_Pago"),
        collect(suite, folder / "second", 2, "Pacific/Kiritimati"),
    )


def test_two_collections_find_the_same_tests(tmp_path: Path) -> None:
    first, second = collect_twice(ROOT, tmp_path)

    assert len(first) > 1000
    assert [(a, b) for a, b in zip(first, second, strict=False) if a != b] == []
    assert len(first) == len(second)


def test_what_differs_between_two_collections_is_found(tmp_path: Path) -> None:
    suite = tmp_path / "suite"
    (suite / "tests").mkdir(parents=True)
    (suite / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (suite / "tests" / "test_it.py").write_text(DIFFERENT)

    first, second = collect_twice(suite, tmp_path)

    assert len(first) == len(second)
    differ = {a.partition("[")[0] for a, b in zip(first, second, strict=True) if a != b}
    assert differ == {f"tests/test_it.py::test_{it}" for it in ("time", "order", "folder", "zone")}
