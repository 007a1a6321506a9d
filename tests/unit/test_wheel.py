"""The wheel: it holds all that the program needs, and the program runs from it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from argotui import __version__
from tests.support import PATIENCE
from tools.write_docs import ROOT

PACKAGE = ROOT / "src" / "argotui"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the tree without asking an index for anything."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def unpacked(wheel: Path) -> Path:
    """The wheel's files in a folder, as an installer puts them there."""
    folder = wheel.parent / "unpacked"
    with zipfile.ZipFile(wheel) as content:
        content.extractall(folder)
    return folder


def run(unpacked: Path, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run the argotui of the wheel, away from the tree."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=home,
        env=kept | {"PYTHONPATH": str(unpacked), "HOME": str(home), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def test_it_holds_every_file_of_the_package(unpacked: Path) -> None:
    wanted = {
        str(path.relative_to(PACKAGE.parent))
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert wanted - packed == set()
    styles = {name for name in packed if name.endswith(".tcss")}
    assert "argotui/screens/dialogs/picker.tcss" in styles


def test_it_holds_every_policy_of_the_demo(unpacked: Path) -> None:
    policies = {path.name for path in (ROOT / "policies").glob("*.rego")} | {"data.json"}
    shipped = {path.name for path in (unpacked / "argotui" / "demo" / "policies").iterdir()}
    assert {name for name in policies if not name.endswith("_test.rego")} == shipped


def test_it_holds_every_workflow_of_the_demo(unpacked: Path) -> None:
    workflows = {path.name: path.read_text("utf-8") for path in (ROOT / "workflows").iterdir()}
    shipped = (unpacked / "argotui" / "demo" / "workflows").iterdir()
    assert {path.name: path.read_text("utf-8") for path in shipped} == workflows


def test_its_programs_are_those_that_are_promised(unpacked: Path) -> None:
    (entries,) = unpacked.glob("*.dist-info/entry_points.txt")
    assert entries.read_text("utf-8").split("\n")[1:4] == [
        "argotui = argotui.cli.main:main",
        "kubectl-argotui = argotui.cli.main:main",
        "kubectl_complete-argotui = argotui.cli.kubectl_complete:main",
    ]


def test_it_runs(unpacked: Path, tmp_path: Path) -> None:
    where = run(unpacked, "-c", "import argotui; print(argotui.__file__)", home=tmp_path)
    assert where.stdout.startswith(str(unpacked))
    done = run(unpacked, "-m", "argotui", "--version", home=tmp_path)
    assert done.stdout == f"argotui {__version__}\n"
    done = run(unpacked, "-m", "argotui", "completion", "bash", home=tmp_path)
    assert "complete -o nosort" in done.stdout


def test_its_demo_serves_workflows(unpacked: Path, tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "run = [sys.executable, '-m', 'argotui']\n"
        "demo = subprocess.Popen([*run, 'demo', '--headless', '--workflows', '3'],"
        " stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)\n"
        "path = demo.stdout.readline().strip()\n"
        "listed = subprocess.run([*run, '--kubeconfig', path, 'list', '-o', 'name'])\n"
        "judged = subprocess.run([*run, '--kubeconfig', path, 'policy', 'test', '--help'])\n"
        "demo.terminate(); demo.wait(60)\n"
        "sys.exit(listed.returncode or judged.returncode)\n"
    )
    done = run(unpacked, "-c", code, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "release-2.41" in done.stdout
