"""What a shell is offered: values of the cluster and the kubeconfig, and never an error."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from argotui.cli import exits
from tests.unit.cli.cluster import CommandLine, Done, workflow
from tests.unit.cli.conftest import Run

KUBECTL = "from argotui.cli.kubectl_complete import main; main()"


async def completed(argotui: CommandLine, line: str, user: str = "admin") -> list[str]:
    """Return what bash is offered for a line."""
    answer = {"_ARGOTUI_COMPLETE": "bash_complete", "COMP_TEXT": line}
    done: Done = await argotui(user=user, **answer)
    assert done.err == ""
    assert done.code == exits.OK
    return [text.partition(",")[2] for text in done.out.splitlines() if text]


@pytest.fixture
def some(argotui: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    argotui.put(
        workflow("etl-1", "Running", steps={"load": "Succeeded", "shard(0:a)": "Running"}),
        workflow("etl-2", "Succeeded"),
        workflow("release", "Running", steps={"gate": "Running"}),
        workflow("twice", "Running", steps={"gate-a(0)": "Running", "gate-b": "Running"}),
        workflow("elsewhere", "Running", namespace="data", steps={"gate": "Running"}),
    )
    return argotui


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("argotui get etl", ["etl-1", "etl-2"]),
        ("argotui get @", ["@latest"]),
        ("kubectl-argotui get data/", ["data/elsewhere"]),
        ("argotui -n data watch ", ["elsewhere", "@latest"]),
        ("argotui approve r", ["release/gate"]),
        ("argotui approve release/", ["release/gate"]),
        ("argotui deny data/", ["data/elsewhere/gate"]),
        ("argotui approve data/elsewhere/", ["data/elsewhere/gate"]),
        ("argotui policy check rel", ["release/gate"]),
        ("argotui get -n d", ["data", "default"]),
        ("argotui --context ", ["demo"]),
        ("argotui --context=d", ["demo"]),
        ("argotui logs etl-1 lo", ["load"]),
        ("argotui logs etl-1 -c si", ["sidecars"]),
        ("argotui --theme c", ["contrast", "colourblind"]),
        ("argotui list --sort na", ["name", "namespace"]),
        ("argotui list -n nowhere --sort=to", ["took"]),
        ("argotui get none-such", []),
        ("argotui get nowhere/", []),
    ],
)
async def test_values_are_offered(some: CommandLine, line: str, offered: list[str]) -> None:
    assert sorted(await completed(some, line)) == sorted(offered)


async def test_what_is_no_word_is_offered_by_its_id(some: CommandLine) -> None:
    for line in ("argotui approve twice/", "argotui logs etl-1 "):
        offered = await completed(some, line)
        assert len(offered) >= 2
        assert not any("(" in word for word in offered)


async def test_who_may_read_nothing_is_offered_nothing(some: CommandLine) -> None:
    assert await completed(some, "argotui -n argo get ", user="data") == ["@latest"]
    assert await completed(some, "argotui -n argo approve ", user="data") == []
    assert await completed(some, "argotui get -n ", user="data") == ["data"]


@pytest.mark.parametrize(
    "kubeconfig", ["", "{", "server: nowhere"], ids=["empty", "broken", "other"]
)
def test_nothing_is_said_where_there_is_no_cluster(
    run: Run, tmp_path: Path, kubeconfig: str
) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(kubeconfig)
    for line in ("argotui get ", "argotui --context ", "argotui -n ", "argotui approve a/b/"):
        done = run(_ARGOTUI_COMPLETE="bash_complete", COMP_TEXT=line, KUBECONFIG=str(path))
        assert done.stderr == ""
        assert done.stdout.strip() in ("", "plain,@latest")


def test_a_server_that_never_answers_is_not_waited_for(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    # 192.0.2.0/24 is for documents: nobody answers there (RFC 5737).
    path.write_text(
        "{clusters: [{name: c, cluster: {server: 'https://192.0.2.1'}}], current-context: x,"
        " contexts: [{name: x, context: {cluster: c}}]}"
    )
    done = run(_ARGOTUI_COMPLETE="bash_complete", COMP_TEXT="argotui -n ", KUBECONFIG=str(path))
    assert done.stderr == ""
    assert done.stdout.strip() in ("", "plain,default")


async def test_kubectl_is_answered_as_by_cobra(some: CommandLine) -> None:
    path = some.cluster.write_kubeconfig(some.folder / "kubectl.kubeconfig", "admin")

    def ask(*words: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", KUBECTL, *words],
            env=some.environ | {"KUBECONFIG": str(path)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.stderr == ""
        return done.stdout.splitlines()

    assert await asyncio.to_thread(ask, "get", "etl") == [
        "etl-1\tRunning",
        "etl-2\tSucceeded",
        ":4",
    ]
    assert (await asyncio.to_thread(ask, "lo"))[0].startswith("logs\t")
    assert await asyncio.to_thread(ask, "--config", "") == [":0"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
async def test_bash_itself_completes_the_line(some: CommandLine, tmp_path: Path) -> None:
    path = some.cluster.write_kubeconfig(some.folder / "bash.kubeconfig", "admin")
    path.write_text(path.read_text().replace(": demo\n", ": arn:aws:eks:one\n"))
    program = tmp_path / "bin" / "argotui"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m argotui "$@"\n')
    program.chmod(0o755)
    script = tmp_path / "try.sh"
    script.write_text(
        """
source <(argotui completion bash)
complete -p argotui kubectl-argotui >&2
compopt() { echo "compopt $*"; }
COMP_WORDBREAKS=$' \\t\\n"><=;|&(:'
try() { COMP_LINE=$1 COMP_POINT=${#1}; _argotui_completion argotui; echo "${COMPREPLY[*]}"; }
try "argotui get etl-"
try "argotui --context arn:aws:"
try "argotui --context=arn:"
try "argotui --kubeconfig "
"""
    )

    def bash() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "--norc", str(script)],
            env=some.environ
            | {"KUBECONFIG": str(path), "PATH": f"{program.parent}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=60,
        )

    done = await asyncio.to_thread(bash)
    assert done.stderr.count("complete -o nosort -F _argotui_completion") == 2
    first, second, third, files, _ = done.stdout.split("\n")[:5]
    assert first == "etl-1 etl-2"
    assert second == "eks:one"
    assert third == "aws:eks:one"
    assert files == "compopt -o default"
