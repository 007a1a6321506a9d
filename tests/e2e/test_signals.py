"""What a terminal gets when a gate opens: what was asked for, nothing else, nothing of its text."""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
import yaml

from tests.e2e.test_hostile import PAYLOADS
from tests.support import PATIENCE
from tests.terminal import ARGOTUI, Terminal

HOSTILE = (
    "ask\x1b]52;c;cm0gLXJmIH4=\x07\x1b]0;owned\x07\x1b]9;forged\x07\x9c\x9d9;forged\x9c"
    "\x1b\\\u202egnp\u2028two\nthree[/x][@click=app.quit]x[/]" + "a" * 40
)
"""A gate's name that ends the notification it is told in, and starts others."""
NOTIFIED = re.compile(rb"\x1b\]9;(.*?)(?:\x07|\x1b\\|\xc2\x9c)", re.DOTALL)
POINTER = re.compile(rb"\x1b\]22;[a-z-]*\x07")
"""The shape of the mouse pointer, which Textual sends at the start."""
SCRIPT = (
    "import json, os, sys;"
    "told = {n: os.environ['ARGOTUI_' + n] for n in ('GATE', 'WORKFLOW', 'NAMESPACE')};"
    "open(sys.argv[1], 'a').write(json.dumps(told) + chr(10))"
)


class Cluster(NamedTuple):
    """An embedded cluster in a process of its own."""

    kubeconfig: str
    folder: Path

    def ask(self, workflow: str) -> None:
        """Create a workflow that waits at a gate with a hostile name."""
        config = yaml.safe_load(Path(self.kubeconfig).read_text())
        tasks = [{"name": HOSTILE, "template": "gate"}]
        templates = [{"name": "main", "dag": {"tasks": tasks}}, {"name": "gate", "suspend": {}}]
        body = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"name": workflow},
            "spec": {"entrypoint": "main", "templates": templates},
        }
        address = urlsplit(config["clusters"][0]["cluster"]["server"])
        connection = HTTPConnection(address.netloc, timeout=PATIENCE)
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {config['users'][0]['user']['token']}",
        }
        with contextlib.closing(connection):
            path = "/apis/argoproj.io/v1alpha1/namespaces/argo/workflows"
            connection.request("POST", path, json.dumps(body), headers)
            assert connection.getresponse().status == 201

    def console(self, **gates: object) -> Terminal:
        """Open the console with settings of gates."""
        config = self.folder / "argotui" / "config.toml"
        config.parent.mkdir(exist_ok=True)
        lines = [f"{name} = {json.dumps(value)}" for name, value in gates.items()]
        config.write_text("\n".join(["[gates]", *lines, ""]))
        env = {
            "KUBECONFIG": self.kubeconfig,
            "XDG_CONFIG_HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.folder),
            "ARGOTUI_POLICY": "",
        }
        terminal = Terminal(list(ARGOTUI), env, rows=40, columns=130)
        terminal.until("live")
        return terminal


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    command = [*ARGOTUI, "demo", "--headless", "--workflows", "3", "--user", "admin"]
    environment = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    with Terminal(command, environment, rows=10, columns=200) as server:
        server.until("try it")
        kubeconfig = next(line for line in server.display if line.endswith("/kubeconfig"))
        yield Cluster(kubeconfig, tmp_path)


def see_in_the_inbox(terminal: Terminal, workflow: str) -> None:
    terminal.send(":gates\r")
    terminal.until("EXPIRES")
    terminal.send(f"/{workflow}\r")
    # The name alone stands in the prompt, too.
    terminal.until_true(
        lambda text: not workflow or re.search(f"ask.* {workflow} ", text) is not None,
        f"no gate of {workflow}",
    )


def assert_harmless(sent: bytes) -> None:
    for name, pattern in PAYLOADS.items():
        assert re.search(pattern, sent) is None, name


def notified(terminal: Terminal, workflow: str) -> list[bytes]:
    found: list[bytes] = NOTIFIED.findall(bytes(terminal.seen))
    return [text for text in found if workflow.encode() in text]


def test_a_gate_that_opens_is_told_once_by_every_way_that_was_asked_for(cluster: Cluster) -> None:
    told = cluster.folder / "told"
    command = [sys.executable, "-c", SCRIPT, str(told)]
    with cluster.console(notify=True, bell=True, command=command) as terminal:
        see_in_the_inbox(terminal, "")
        cluster.ask("tolling")
        terminal.until_true(lambda _: bool(notified(terminal, "tolling")), "a notification")
        terminal.until_true(lambda _: told.exists() and "tolling" in told.read_text(), "a command")
        see_in_the_inbox(terminal, "tolling")
        (text,) = notified(terminal, "tolling")
        said = text.decode()
        assert said.startswith("argotui: a gate waits: ask")
        assert said.isprintable()
        assert len(said) <= 200
        seen = bytes(terminal.seen)
        # Its own end is the only bell within a notification; the others were rung.
        rest = NOTIFIED.sub(b"", POINTER.sub(b"", seen))
        assert rest.count(b"\x07") == len(NOTIFIED.findall(seen))
        assert b"\x1b]9;forged" not in seen
        assert_harmless(seen)
    lines = [json.loads(line) for line in told.read_text().splitlines()]
    (line,) = [line for line in lines if line["WORKFLOW"] == "tolling"]
    assert line["NAMESPACE"] == "argo"
    assert line["GATE"].startswith("ask")
    assert line["GATE"].isprintable()


def test_who_did_not_ask_for_it_is_sent_nothing(cluster: Cluster) -> None:
    with cluster.console() as terminal:
        see_in_the_inbox(terminal, "")
        cluster.ask("silent")
        see_in_the_inbox(terminal, "silent")
        seen = bytes(terminal.seen)
        assert b"\x07" not in POINTER.sub(b"", seen)
        assert b"\x1b]9;" not in seen
        assert_harmless(seen)
