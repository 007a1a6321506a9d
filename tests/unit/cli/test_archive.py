"""`argotui archive`, and the verbs through an Argo server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from argotui.cli import exits
from argotui.demo.argo_server.http import ArgoServer
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.argo import PHASE
from tests.support import ManualClock
from tests.unit.argo_server.connections import Connections
from tests.unit.cli.cluster import CommandLine, workflow


class ServerLine:
    """The command line through the Argo server of an embedded cluster."""

    def __init__(self, line: CommandLine, connections: Connections) -> None:
        self.line = line
        self.connections = connections
        self.environ = {"ARGO_SERVER": connections.server.url, "ARGO_NAMESPACE": "argo"}

    async def run(self, *arguments: str, user: str = "admin", **more: str) -> tuple[int, str, str]:
        """Return exit code, output and errors of `argotui`."""
        token = {"ARGO_TOKEN": f"Bearer {self.connections.cluster.token(user)}"}
        return await self.line(*arguments, **(self.environ | token | more))


@pytest.fixture
async def through(
    clock: ManualClock, tmp_path: Path, environ: dict[str, str]
) -> AsyncIterator[ServerLine]:
    cluster = EmbeddedCluster(clock, controller=False)
    await cluster.start()
    server = ArgoServer(cluster.url, clock)
    await server.start()
    connections = Connections(cluster, server, clock)
    yield ServerLine(CommandLine(cluster, tmp_path, environ), connections)
    await connections.close()
    await server.stop()
    await cluster.stop()


async def test_the_archive_is_listed_the_last_started_first(through: ServerLine) -> None:
    for number in range(5):
        through.connections.archive(f"job-{number}", -60 * number, labels={"team": "data"})
    code, out, _ = await through.run("archive", "list", "-o", "name")
    assert (code, out.split()) == (0, [f"job-{number}" for number in range(5)])
    code, out, said = await through.run("archive", "list", "--limit", "2", "--no-headers")
    assert [line.split()[0] for line in out.splitlines()] == ["job-0", "job-1"]
    assert "--limit 0 shows all" in said
    _, out, _ = await through.run(
        *("archive", "list", "-l", "team=data", "-o", "json"),
        *("--started-before", "2026-01-05T11:57:00Z"),
    )
    assert [item["name"] for item in json.loads(out)["items"]] == ["job-3", "job-4"]
    code, _, said = await through.run("archive", "list", "--prefix", "none")
    assert (code, "no archived workflow matches" in said) == (0, True)


async def test_an_archived_workflow_is_shown_by_uid_or_name(through: ServerLine) -> None:
    old = through.connections.archive("job", -600)
    new = through.connections.archive("job", -60, phase="Failed")
    code, out, _ = await through.run("archive", "get", "job")
    assert code == 0
    assert "failed" in out
    assert "archived:" in out
    _, out, _ = await through.run("archive", "get", old, "-o", "json")
    found = json.loads(out)
    assert (found["metadata"]["uid"], found["kind"]) == (old, "Workflow")
    _, out, _ = await through.run("archive", "get", new, "--name", "-o", "json")
    assert out == ""
    code, _, said = await through.run("archive", "get", "none")
    assert (code, "no archived workflow" in said) == (exits.NOT_FOUND, True)


async def test_an_archived_workflow_is_deleted_only_when_asked_to(through: ServerLine) -> None:
    uid = through.connections.archive("job", -60)
    archive = through.connections.server.archive
    code, out, _ = await through.run("archive", "delete", "job", "--dry-run")
    assert (code, out.split()[:2], len(archive)) == (0, ["would", "delete"], 1)
    code, _, said = await through.run("archive", "delete", "job")
    assert (code, "--yes" in said, len(archive)) == (exits.USAGE, True, 1)
    code, _, _ = await through.run("archive", "delete", "job", "--yes", ARGOTUI_READ_ONLY="true")
    assert (code, len(archive)) == (exits.USAGE, 1)
    code, _, _ = await through.run("archive", "delete", "job", "--yes", user="viewer")
    assert (code, len(archive)) == (exits.FORBIDDEN, 1)
    code, out, _ = await through.run("archive", "delete", uid, "--yes")
    assert (code, len(archive)) == (0, 0)


async def test_an_archived_workflow_runs_again(through: ServerLine) -> None:
    spec = {"entrypoint": "main", "templates": [{"name": "main", "suspend": {}}]}
    nodes = {"job": {"id": "job", "name": "job", "type": "Pod", "phase": "Failed"}}
    through.connections.archive("job", -60, phase="Failed", spec=spec, nodes=nodes)
    code, out, _ = await through.run("archive", "retry", "job", "-o", "name")
    assert (code, out) == (0, "argo/job\n")
    code, _, said = await through.run("archive", "retry", "job")
    assert (code, "already exists" in said) == (exits.FAILURE, True)
    code, out, _ = await through.run("archive", "resubmit", "job", "-p", "day=monday", "-o", "json")
    made = json.loads(out)
    assert made["metadata"]["labels"]["workflows.argoproj.io/resubmitted-from-workflow"] == "job"
    assert made["spec"]["arguments"]["parameters"] == [{"name": "day", "value": "monday"}]
    for wrong in (
        ("job", "-p", "monday"),
        (),
        ("job", "--wait", "--log"),
        ("-l", "a", "--field-selector", "x=y"),
    ):
        code, _, _ = await through.run("archive", "resubmit", *wrong)
        assert code == exits.USAGE


async def test_all_that_a_selector_finds_run_again(through: ServerLine) -> None:
    for number in range(3):
        labels = {"team": "data" if number else "web"}
        through.connections.archive(f"job-{number}", -60 * number, labels=labels)
    code, out, _ = await through.run("archive", "resubmit", "-l", "team=data")
    assert (code, len(out.splitlines())) == (0, 2)
    code, out, _ = await through.run(
        "archive", "resubmit", "--field-selector", "metadata.name=job-0", "-o", "name"
    )
    assert (code, out.startswith("argo/job-0-")) == (0, True)


async def test_labels_of_the_archive_are_listed(through: ServerLine) -> None:
    through.connections.archive("one", -60, phase="Failed")
    through.connections.archive("two", -70)
    _, out, _ = await through.run("archive", "list-label-keys")
    assert PHASE in out.split()
    _, out, _ = await through.run("archive", "list-label-values", "-l", PHASE)
    assert out.split() == ["Failed", "Succeeded"]
    code, _, _ = await through.run("archive", "list-label-values", "-l", f"{PHASE}=Failed")
    assert code == exits.USAGE


async def test_without_an_argo_server_there_is_no_archive(argotui: CommandLine) -> None:
    code, _, said = await argotui("archive", "list")
    assert (code, "--argo-server" in said) == (exits.USAGE, True)


async def test_the_verbs_work_through_the_server(through: ServerLine) -> None:
    line = through.line
    line.put(workflow("runs", "Running", steps={"one": "Running"}))
    line.put(workflow("done"))
    code, out, _ = await through.run("list", "-o", "name")
    assert (code, sorted(out.split())) == (0, ["done", "runs"])
    code, out, _ = await through.run("get", "runs", "-o", "json")
    assert json.loads(out)["metadata"]["name"] == "runs"
    code, out, _ = await through.run("version", "-o", "json")
    assert json.loads(out)["argo-server"].startswith("v4")
    code, out, _ = await through.run("label", "runs", "a=b", "--dry-run")
    assert "changes no workflow" in out
    code, out, _ = await through.run("suspend", "runs")
    assert (code, "suspended" in out) == (0, True)
    code, out, _ = await through.run("resume", "runs")
    assert code == exits.FORBIDDEN
    assert "approving all its open gates" in out


async def test_a_context_on_the_command_line_leads_to_the_cluster(through: ServerLine) -> None:
    through.line.put(workflow("done"))
    config = through.connections.cluster.write_kubeconfig(through.line.folder / "config")
    code, out, _ = await through.run("version", "-o", "json", "--kubeconfig", str(config))
    assert (code, "kubernetes" in json.loads(out)) == (0, True)


async def test_doctor_says_which_transport_and_what_it_cannot_see(through: ServerLine) -> None:
    code, out, _ = await through.run("doctor", "--cluster-only", "-o", "json", user="approver")
    document = json.loads(out)
    checks = {check["id"]: check for check in document["checks"]}
    assert code == 0
    assert "auth mode client" in checks["transport"]["detail"]
    assert "approver@example.com" in checks["whoami"]["detail"]
    assert "kubernetes" not in checks
    assert through.connections.cluster.token("approver") not in out


async def test_a_wrong_token_is_refused_and_nowhere_shown(through: ServerLine) -> None:
    token = "eyJhbGciOiJub25lIn0.secret-payload.secret-signature"
    code, out, said = await through.run("list", ARGO_TOKEN=f"Bearer {token}")
    assert code == exits.FORBIDDEN
    assert "ARGO_TOKEN" in said
    assert "secret" not in out + said
