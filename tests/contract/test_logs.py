"""A container's log, of a pod that a workflow started."""

from __future__ import annotations

import re

import pytest

from tests.contract.lab import EVENTS, IMAGE, PODS, Document, Lab, node_of

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z ")


def _shell(script: str) -> Document:
    return {
        "entrypoint": "main",
        "templates": [
            {
                "name": "main",
                "container": {"image": IMAGE, "command": ["sh", "-c"], "args": [script]},
            }
        ],
    }


async def _log(lab: Lab, stem: str, **params: str) -> str:
    answer = await lab.get(f"{PODS}/{lab.name(stem)}/log", **{"container": "main"} | params)
    assert answer.status == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/plain")
    return answer.text


@pytest.mark.kubelet
async def test_a_finished_log_with_every_option(lab: Lab) -> None:
    script = "echo one; echo two; sleep 2; echo three; echo four; printf five"
    await lab.create("log", _shell(script), inert=False)
    done = await lab.until_phase("log", "Succeeded", "Failed", "Error")
    assert node_of(done, lab.name("log"))["outputs"]["exitCode"] == "0"
    assert await _log(lab, "log") == "one\ntwo\nthree\nfour\nfive"
    assert await _log(lab, "log", tailLines="2") == "four\nfive"
    assert await _log(lab, "log", tailLines="0") == ""
    assert await _log(lab, "log", tailLines="99") == "one\ntwo\nthree\nfour\nfive"
    assert await _log(lab, "log", limitBytes="6") == "one\ntw"
    assert await _log(lab, "log", limitBytes="6", tailLines="2") == "four\nf"
    assert await _log(lab, "log", follow="true", tailLines="1") == "five"
    assert await _log(lab, "log", sinceTime="2999-01-01T00:00:00Z") == ""
    lines = (await _log(lab, "log", timestamps="true")).splitlines()
    assert all(STAMP.match(line) for line in lines)
    stamps = [line.split(" ")[0] for line in lines]
    assert stamps == sorted(stamps)
    # Only whole seconds of sinceTime count, so a reader that goes on sees some lines again.
    again = await _log(lab, "log", timestamps="true", sinceTime=stamps[3])
    second = stamps[3].partition(".")[0]
    expected = [line for line in lines if line.partition(".")[0] >= second]
    assert again.splitlines() == expected
    assert "three" in again


@pytest.mark.kubelet
async def test_a_log_is_followed_to_its_end(lab: Lab) -> None:
    await lab.create(
        "follow", _shell("echo one; sleep 2; echo two; sleep 1; echo three"), inert=False
    )
    await lab.until_phase("follow", "Running")
    path = f"{PODS}/{lab.name('follow')}/log"

    async def started() -> bool:
        return (await lab.get(path, container="main")).text.startswith("one")

    await lab.until(started, "the first line")
    async with lab.stream(path, container="main", follow="true") as log:
        first = await log.line()
        async with lab.time():
            rest = await log.rest()
    assert [first, *rest] == [b"one\n", b"two\n", b"three\n"]


@pytest.mark.kubelet
async def test_refused_logs(lab: Lab) -> None:
    await lab.create("refused", _shell("echo one; sleep 30"), inert=False)
    name = lab.name("refused")
    path = f"{PODS}/{name}/log"

    async def running() -> bool:
        return (await lab.get(path, container="main")).status == 200

    waiting: Document = {}

    async def made() -> bool:
        nonlocal waiting
        answer = await lab.get(path, container="main")
        waiting = answer.json if answer.status == 400 else waiting
        return bool(waiting) or answer.status == 200

    await lab.until(made, "the pod")
    if waiting:
        assert waiting["reason"] == "BadRequest"
        assert re.fullmatch(
            f'container "main" in pod "{name}" is '
            "(waiting to start: (PodInitializing|ContainerCreating)|not available)",
            waiting["message"],
        )
    await lab.until(running, "the container")
    for params, code, message in (
        (
            {},
            400,
            f"a container name must be specified for pod {name}, choose one of: [init wait main]",
        ),
        ({"container": "zz"}, 400, f"container zz is not valid for pod {name}"),
        (
            {"container": "main", "previous": "true"},
            400,
            f'previous terminated container "main" in pod "{name}" not found',
        ),
        (
            {"container": "main", "tailLines": "-1"},
            422,
            f'PodLogOptions "{name}" is invalid: tailLines: Invalid value: -1: '
            "must be greater than or equal to 0",
        ),
        (
            {"container": "main", "limitBytes": "0"},
            422,
            f'PodLogOptions "{name}" is invalid: limitBytes: Invalid value: 0: '
            "must be greater than 0",
        ),
        (
            {"container": "main", "sinceSeconds": "0"},
            422,
            f'PodLogOptions "{name}" is invalid: sinceSeconds: Invalid value: 0: '
            "must be greater than 0",
        ),
        (
            {"container": "main", "sinceSeconds": "5", "sinceTime": "2026-01-01T00:00:00Z"},
            422,
            f'PodLogOptions "{name}" is invalid: []: Forbidden: at most one of `sinceTime` or '
            "`sinceSeconds` may be specified",
        ),
        (
            {"container": "main", "tailLines": "x"},
            400,
            'strconv.ParseInt: parsing "x": invalid syntax',
        ),
    ):
        refusal = (await lab.get(path, **params)).refusal
        assert (refusal[0], refusal[2]) == (code, message)
    nobody = await lab.get(f"{PODS}/zz-none/log", container="main")
    assert nobody.refusal == (404, "NotFound", 'pods "zz-none" not found')
    assert (await lab.request("GET", path, user="viewer")).status == 403


async def test_a_pod_without_a_node_has_no_log_yet(lab: Lab) -> None:
    name = lab.name("nowhere")
    spec = {"nodeSelector": {"no": "where"}, "containers": [{"name": "main", "image": IMAGE}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
    assert (await lab.request("POST", PODS, pod)).status == 201
    try:
        answer = await lab.get(f"{PODS}/{name}/log", container="main")
        assert (answer.status, answer.body) == (204, b"")
    finally:
        await lab.request("DELETE", f"{PODS}/{name}")


async def test_the_pod_of_a_node(lab: Lab) -> None:
    made = await lab.create("pod", _shell("echo one"), inert=False)
    await lab.until_phase("pod", "Succeeded")
    name = lab.name("pod")
    listed = (await lab.get(PODS, labelSelector=f"workflows.argoproj.io/workflow={name}")).json[
        "items"
    ]
    pod = listed[0]
    assert [each["metadata"]["name"] for each in listed] == [name]
    assert pod["metadata"]["annotations"]["workflows.argoproj.io/node-id"] == name
    assert pod["metadata"]["annotations"]["workflows.argoproj.io/node-name"] == name
    owner = pod["metadata"]["ownerReferences"][0]
    assert (owner["kind"], owner["name"], owner["uid"]) == (
        "Workflow",
        name,
        made["metadata"]["uid"],
    )
    assert [each["name"] for each in pod["spec"]["containers"]] == ["wait", "main"]
    assert pod["status"]["phase"] == "Succeeded"
    states = {each["name"]: each["state"] for each in pod["status"]["containerStatuses"]}
    assert states["main"]["terminated"]["exitCode"] == 0
    assert states["main"]["terminated"]["reason"] == "Completed"
    by_field = (
        await lab.get(PODS, fieldSelector=f"metadata.name={name},status.phase=Succeeded")
    ).json["items"]
    assert len(by_field) == 1


@pytest.mark.kubelet
async def test_the_events_of_a_workflow_and_its_pod(lab: Lab) -> None:
    await lab.create("events", _shell("echo one"), inert=False)
    await lab.until_phase("events", "Succeeded")
    name = lab.name("events")
    wanted = {
        ("Workflow", "WorkflowRunning"),
        ("Workflow", "WorkflowNodeSucceeded"),
        ("Workflow", "WorkflowSucceeded"),
        ("Pod", "Scheduled"),
        ("Pod", "Pulled"),
        ("Pod", "Created"),
        ("Pod", "Started"),
    }

    async def told() -> bool:
        events = (await lab.get(EVENTS, fieldSelector=f"involvedObject.name={name}")).json
        found = {(each["involvedObject"]["kind"], each["reason"]) for each in events["items"]}
        return wanted <= found

    await lab.until(told, "all events")
