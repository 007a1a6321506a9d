"""`demo`, the wiring of the console, and what is left of a fault in it."""

from __future__ import annotations

import asyncio
import json
import signal
import stat
from pathlib import Path

import pytest

from argotui.backend.kube.kubeconfig import list_contexts
from argotui.cli import exits
from argotui.cli.console_app import make_console
from argotui.cli.console_session import Opener, session_in
from argotui.cli.console_target import locate
from argotui.cli.log_file import log_to_file
from argotui.config.loading import Loaded, load_settings
from argotui.demo.cluster import EmbeddedCluster
from argotui.screens.doctor import DoctorScreen
from argotui.target import Target
from tests.support import PATIENCE, ManualClock, until
from tests.terminal import ARGOTUI, Terminal
from tests.unit.cli.cluster import CommandLine
from tests.unit.cli.conftest import Run


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def gone(path: Path) -> bool:
    return not path.parent.exists()


async def test_headless_it_serves_every_verb_until_interrupted(argotui: CommandLine) -> None:
    process = await argotui.start("demo", "--headless", "--workflows", "3", "--user", "viewer")
    assert process.stdout is not None
    path = Path((await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode().strip())
    assert mode_of(path) == 0o600
    listed = await argotui("--kubeconfig", str(path), "list", "--completed", "-o", "json")
    assert len(listed.json["items"]) >= 3
    report = await argotui("--kubeconfig", str(path), "doctor", "--cluster-only", "-o", "json")
    you = next(check for check in report.json["checks"] if check["id"] == "whoami")
    assert "viewer@example.com" in you["detail"]
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == exits.OK
    assert gone(path)


def test_a_user_there_is_not(run: Run) -> None:
    done = run("demo", "--user", "viewr")
    assert done.returncode == exits.USAGE
    assert "did you mean viewer?" in done.stderr


def test_the_console_opens_on_it_and_is_left_with_two_keys(environ: dict[str, str]) -> None:
    with Terminal([*ARGOTUI, "demo", "--workflows", "5"], env=environ) as terminal:
        terminal.until("migrate-accounts")
        terminal.send("\x03\x03")
        assert terminal.wait() == exits.OK


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    path = tmp_path / "config.toml"
    path.write_text('theme = "light"\n[contexts.demo]\ntheme = "production"\nread_only = true\n')
    return load_settings(path=path, environ={})


async def test_a_context_brings_its_theme_and_its_rights(
    loaded: Loaded, clock: ManualClock
) -> None:
    cluster = EmbeddedCluster(clock, controller=False)
    await cluster.start()
    console = make_console(Opener(loaded, cluster.kubeconfig))
    async with console.run_test():
        await until(lambda: console.session_or_none is not None)
        assert console.session.read_only
        assert console.session.namespace == "argo"
        assert console.theme == "argotui-production"
    await cluster.stop()


@pytest.mark.parametrize(
    ("text", "target", "namespace"),
    [
        ("", None, "argo"),
        ('namespace = "data"', None, "data"),
        ("all_namespaces = true", None, None),
        ('namespace = "data"\n[contexts.demo]\nnamespace = "own"', None, "own"),
        ('namespace = "data"', Target("demo"), "argo"),
        ('namespace = "data"\n[contexts.demo]\nnamespace = "own"', Target("demo"), "own"),
        ("", Target(None, "there"), "there"),
        ("", Target(None, None, True), None),
    ],
)
async def test_which_namespace_is_opened(
    tmp_path: Path, clock: ManualClock, text: str, target: Target | None, namespace: str | None
) -> None:
    from argotui.backend.kube.connect import connect

    path = tmp_path / "config.toml"
    path.write_text(text)
    loaded = load_settings(path=path, environ={})
    settings = loaded.settings
    first = Target(settings.context, settings.namespace, settings.all_namespaces)
    embedded = EmbeddedCluster(clock, controller=False)
    await embedded.start()
    backend = await connect(kubeconfig=embedded.kubeconfig())
    session = session_in(backend, target or first, first, loaded, clock)
    assert session.namespace == namespace
    there = namespace or "all namespaces"
    assert locate(target or first, first, loaded, lambda: list_contexts(embedded.kubeconfig())) == (
        "demo",
        there,
    )
    await session.close()
    await embedded.stop()


@pytest.mark.parametrize(
    ("kubeconfig", "target", "place"),
    [
        ({}, Target(), ("", "")),
        ({}, Target("gone", "data"), ("gone", "data")),
        ({}, Target("gone", None, True), ("gone", "all namespaces")),
        ({"current-context": "a"}, Target(), ("a", "one")),
        ({"current-context": "a"}, Target("b"), ("b", "default")),
        ({"current-context": "a"}, Target("b", "data"), ("b", "data")),
    ],
)
def test_a_place_is_told_without_a_connection(
    tmp_path: Path, kubeconfig: dict[str, str], target: Target, place: tuple[str, str]
) -> None:
    path = tmp_path / "kubeconfig"
    contexts = [
        {"name": "a", "context": {"cluster": "c", "user": "u", "namespace": "one"}},
        {"name": "b", "context": {"cluster": "c", "user": "u"}},
    ]
    path.write_text(json.dumps(kubeconfig | {"contexts": contexts}) if kubeconfig else "[broken")
    loaded = load_settings(environ={"HOME": str(tmp_path)})
    assert locate(target, Target(), loaded, lambda: list_contexts(str(path))) == place


async def test_a_console_that_cannot_connect_says_where_it_would_be(loaded: Loaded) -> None:
    context = {"name": "demo", "context": {"cluster": "gone", "namespace": "argo"}}
    kubeconfig = {"current-context": "demo", "contexts": [context]}
    console = make_console(Opener(loaded, lambda: kubeconfig))
    async with console.run_test():
        await until(lambda: console.connection.state == "failed")
        assert (console.connection.context, console.connection.namespace) == ("demo", "argo")
        console.show_doctor()
        await until(lambda: isinstance(console.screen, DoctorScreen))
        screen = console.screen
        assert isinstance(screen, DoctorScreen)
        await until(lambda: screen.report.checks and screen.report.checks[-1].id == "terminal")
        assert [check.id for check in screen.report.checks][:2] == ["config", "reach"]


async def test_a_fault_ends_the_console_without_a_word(
    loaded: Loaded, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = EmbeddedCluster(clock, controller=False)
    await cluster.start()
    console = make_console(Opener(loaded, cluster.kubeconfig))
    fault = RuntimeError("with a secret in a variable")

    async def break_it() -> None:
        await until(lambda: console.is_running)
        console.call_later(lambda: (_ for _ in ()).throw(fault))

    breaking = asyncio.create_task(break_it())
    await asyncio.wait_for(console.run_async(headless=True), PATIENCE)
    await breaking
    assert console.fault is fault
    said = capsys.readouterr()
    assert "secret" not in said.out + said.err
    await cluster.stop()


def test_the_log_is_private_and_tells_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import logging

    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    path = log_to_file(tmp_path / "state")
    assert path is not None
    logging.getLogger("kubernetes_asyncio.client.rest").debug("a whole answer")
    logging.getLogger("x").warning("Authorization: Bearer abcdefghijklmnop \x1b[31m")
    for handler in root.handlers:
        handler.close()
    assert mode_of(path) == 0o600
    text = path.read_text("utf-8")
    assert "WARNING x:" in text
    assert "abcdefghijklmnop" not in text
    assert "whole answer" not in text
    assert "\x1b" not in text
