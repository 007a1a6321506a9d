"""What makes argotui a plugin of kubectl and of k9s."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tarfile
from pathlib import Path

import yaml

from argotui import __version__
from argotui.cli.verbs import VERBS
from tools import write_krew
from tools.write_docs import ROOT

K9S = ROOT / "plugins" / "k9s" / "argotui.yaml"


def run(program: Path, *arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(program), *arguments],
        env={"PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_manifest_is_of_the_archive_beside_it(tmp_path: Path) -> None:
    packed, described = write_krew.write(tmp_path)
    plugin = yaml.safe_load(described.read_text("utf-8"))
    assert plugin["apiVersion"] == "krew.googlecontainertools.github.com/v1alpha2"
    assert plugin["kind"] == "Plugin"
    assert plugin["metadata"]["name"] == described.stem == "argotui"
    assert plugin["spec"]["version"] == f"v{__version__}"
    assert len(plugin["spec"]["shortDescription"]) <= 50
    assert "@" not in re.sub(r"sha256: \S+", "", described.read_text("utf-8"))
    (platform,) = plugin["spec"]["platforms"]
    assert platform["sha256"] == hashlib.sha256(packed.read_bytes()).hexdigest()
    assert platform["uri"] == packed.as_uri()
    with tarfile.open(packed) as tar:
        assert tar.getnames() == [each["from"] for each in platform["files"]]
        assert tar.getmember(platform["bin"]).mode == 0o755
        tar.extractall(tmp_path / "installed", filter="data")
    assert platform["bin"].startswith("kubectl-")


def test_the_archive_is_the_same_each_time() -> None:
    assert write_krew.archive() == write_krew.archive()
    assert write_krew.manifest(write_krew.archive(), "x").startswith("apiVersion:")


def test_the_launcher_runs_what_is_installed(tmp_path: Path) -> None:
    fake = tmp_path / "argotui"
    fake.write_text('#!/bin/sh\necho "$# $1 $2"\nexit 3\n')
    fake.chmod(0o755)
    done = run(write_krew.LAUNCHER, "get", "a b", path=f"{tmp_path}:{os.defpath}")
    assert (done.stdout, done.returncode) == ("2 get a b\n", 3)


def test_the_launcher_says_what_is_missing(tmp_path: Path) -> None:
    done = run(write_krew.LAUNCHER, "list", path=str(tmp_path))
    assert done.returncode == 127
    assert "there is no argotui on the PATH" in done.stderr
    assert "pipx install" in done.stderr


def test_k9s_opens_the_workflow_that_is_selected() -> None:
    plugin = yaml.safe_load(K9S.read_text("utf-8"))["plugins"]["argotui"]
    assert plugin["scopes"] == ["workflows"]
    assert plugin["command"] == "argotui"
    assert not plugin["background"]
    words = [
        word.replace("$CONTEXT", "lab").replace("$NAMESPACE", "argo").replace("$NAME", "etl-1")
        for word in plugin["args"]
    ]
    assert words == ["show", "--context", "lab", "argo/etl-1"]
    assert words[0] in VERBS
