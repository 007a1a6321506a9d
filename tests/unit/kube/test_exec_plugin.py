"""Credential plugins: what they are told, what they may do, and what is shown when they fail."""

from __future__ import annotations

import asyncio
import base64
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from argotui.backend.kube.exec_plugin import ExecCredential, check_plugin, run_plugin
from argotui.backend.kube.kubeconfig import KubeTarget, load_target
from argotui.backend.kube.kubeconfig_file import EnvVar, Exec
from argotui.errors import ConfigError, PluginError
from tests.support import PATIENCE, until
from tests.unit.kube.servers import config

V1 = "client.authentication.k8s.io/v1"
V1BETA1 = "client.authentication.k8s.io/v1beta1"


def script(tmp_path: Path, body: str) -> str:
    path = tmp_path / "plugin"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def credential(version: str = V1, **status: object) -> str:
    return json.dumps({"kind": "ExecCredential", "apiVersion": version, "status": status})


def target(**cluster: object) -> KubeTarget:
    return load_target(None, config("https://x", None, cluster))


async def run(
    tmp_path: Path, body: str, where: KubeTarget | None = None, **fields: Any
) -> ExecCredential:
    plugin = Exec(**({"api_version": V1, "command": script(tmp_path, body)} | fields))
    return await run_plugin(plugin, where or target(), timeout=PATIENCE)


async def failure(tmp_path: Path, body: str, **fields: Any) -> PluginError:
    with pytest.raises(PluginError) as caught:
        await run(tmp_path, body, **fields)
    return caught.value


@pytest.mark.parametrize("version", [V1, V1BETA1])
async def test_a_token_and_its_end_are_taken(tmp_path: Path, version: str) -> None:
    answer = credential(version, token="tok", expirationTimestamp="2030-01-01T00:00:00Z")

    given = await run(tmp_path, f"echo '{answer}'", api_version=version)

    assert given.token == "tok"
    assert given.expires is not None
    assert given.expires.isoformat() == "2030-01-01T00:00:00+00:00"
    assert "tok" not in repr(given)


async def test_a_certificate_is_taken(tmp_path: Path) -> None:
    answer = credential(clientCertificateData="CERT", clientKeyData="KEY")

    given = await run(tmp_path, f"echo '{answer}'")

    assert given.certificate == ("CERT", "KEY")
    assert "KEY" not in repr(given)


async def test_arguments_variables_and_the_cluster_are_handed_over(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    answer = credential(token="t")
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "a"}}
    where = target(
        **{
            "certificate-authority-data": base64.b64encode(b"CA").decode(),
            "tls-server-name": "api",
            "extensions": [extension],
        }
    )

    await run(
        tmp_path,
        f'printf \'%s\\n\' "$1" "$2" "$MINE" "$KUBERNETES_EXEC_INFO" > {seen}; echo \'{answer}\'',
        where=where,
        args=["get token", "$(x)"],
        env=[EnvVar("MINE", "yes")],
        provide_cluster_info=True,
    )

    first, second, mine, info = seen.read_text().splitlines()
    assert (first, second, mine) == ("get token", "$(x)", "yes")
    assert json.loads(info) == {
        "kind": "ExecCredential",
        "apiVersion": V1,
        "spec": {
            "interactive": False,
            "cluster": {
                "server": "https://x",
                "tls-server-name": "api",
                "certificate-authority-data": base64.b64encode(b"CA").decode(),
                "config": {"audience": "a"},
            },
        },
    }


async def test_the_cluster_is_not_handed_over_unasked(tmp_path: Path) -> None:
    seen = tmp_path / "seen"

    await run(tmp_path, f"echo \"$KUBERNETES_EXEC_INFO\" > {seen}; echo '{credential(token='t')}'")

    assert "cluster" not in json.loads(seen.read_text())["spec"]


async def test_it_has_no_terminal_to_read_from_or_write_to(tmp_path: Path) -> None:
    seen = tmp_path / "seen"

    await run(
        tmp_path,
        f"read answer && echo got > {seen}; (echo hello > /dev/tty) 2>/dev/null && echo tty >> "
        f"{seen}; echo '{credential(token='t')}'",
    )

    assert not seen.exists()


async def test_a_failure_is_shown_in_full_and_without_control_sequences(tmp_path: Path) -> None:
    wrong = await failure(
        tmp_path, "printf 'line one\\n\\033[31mtoken eyJhbGciOi.eyJzdWIiOi.c2ln bad\\n' >&2; exit 3"
    )

    assert "failed with exit code 3" in wrong.title
    assert wrong.detail == "line one\ntoken [hidden] bad"


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("not json s3cr3t", "not JSON"),
        ('{"kind":"Pod","status":{"token":"s3cr3t"}}', "not an ExecCredential"),
        (credential(V1BETA1, token="s3cr3t"), "the kubeconfig says"),
        (credential(clientCertificateData="s3cr3t"), "only one of certificate and key"),
        (credential(), "neither a token nor a certificate"),
        ('{"kind":"ExecCredential","status":{"token":["s3cr3t"]}}', "not an ExecCredential"),
        ("", "not JSON"),
    ],
)
async def test_output_that_is_no_credential_is_refused_and_never_quoted(
    tmp_path: Path, output: str, words: str
) -> None:
    (tmp_path / "out").write_text(output)

    wrong = await failure(tmp_path, f"echo a hint from the plugin >&2; cat {tmp_path / 'out'}")

    assert words in wrong.detail
    assert "a hint from the plugin" in wrong.detail
    assert "s3cr3t" not in str(wrong)


async def test_a_plugin_that_is_not_there_brings_its_own_hint() -> None:
    plugin = Exec(api_version=V1, command="no-such-plugin-here", install_hint="Install it so.")

    with pytest.raises(PluginError) as caught:
        await run_plugin(plugin, target())

    assert "is not installed" in caught.value.title
    assert caught.value.hint == "Install it so."


async def test_a_plugin_that_cannot_run_says_why(tmp_path: Path) -> None:
    path = tmp_path / "plugin"
    path.write_text("no program")

    with pytest.raises(PluginError) as caught:
        await run_plugin(Exec(api_version=V1, command=str(path)), target())

    assert "cannot be started" in caught.value.title
    assert "Permission denied" in caught.value.detail


async def test_one_that_hangs_is_ended_with_all_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = tmp_path / "pid"
    bounds: list[asyncio.Timeout] = []

    def bounded(delay: float) -> asyncio.Timeout:
        bounds.append(asyncio.Timeout(asyncio.get_running_loop().time() + delay))
        return bounds[-1]

    monkeypatch.setattr("argotui.backend.kube.exec_plugin.asyncio.timeout", bounded)
    failing = asyncio.create_task(
        failure(tmp_path, f"echo open this page >&2; sleep 600 & echo $! > {pid}; wait")
    )
    await until(lambda: pid.exists() and pid.read_text().endswith("\n"), "the program to hang")
    await until(lambda: bounds, "its being waited for")
    bounds[0].reschedule(asyncio.get_running_loop().time())
    wrong = await failing

    assert "did not end" in wrong.title
    assert wrong.detail == "open this page"
    child = Path("/proc") / pid.read_text().strip() / "stat"
    await until(
        lambda: not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z"
    )


async def test_one_that_leaves_a_daemon_behind_is_not_waited_for(tmp_path: Path) -> None:
    given = await run(
        tmp_path, f"sleep 60 & echo $! > {tmp_path}/pid; echo '{credential(token='t')}'"
    )

    assert given.token == "t"
    (await asyncio.create_subprocess_exec("kill", (tmp_path / "pid").read_text().strip()))


@pytest.mark.parametrize("steps", range(8))
async def test_all_may_be_given_up_at_any_moment(tmp_path: Path, steps: int) -> None:
    before = asyncio.all_tasks()
    running = asyncio.create_task(run(tmp_path, "exec sleep 600"))
    for _ in range(steps):
        await asyncio.sleep(0)

    for task in asyncio.all_tasks() - before:  # as `asyncio.run` does at its end
        task.cancel()

    done, _ = await asyncio.wait([running], timeout=PATIENCE)
    assert done
    assert running.cancelled()


async def test_a_flood_of_words_is_kept_within_bounds(tmp_path: Path) -> None:
    wrong = await failure(tmp_path, "head -c 5000000 /dev/zero | tr '\\0' x >&2; exit 1")

    assert len(wrong.detail) == 1 << 16


@pytest.mark.parametrize(
    ("plugin", "words"),
    [
        (Exec(api_version=V1, command="p", interactive_mode="Always"), "needs the terminal"),
        (Exec(api_version="client.authentication.k8s.io/v1alpha1", command="p"), "speaks"),
        (Exec(api_version=V1), "has no command"),
        (Exec(api_version=V1, command="p", env=[EnvVar("", "x")]), "a variable without a name"),
    ],
)
def test_what_cannot_work_is_refused_before_it_runs(plugin: Exec, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        check_plugin(plugin, "me")
