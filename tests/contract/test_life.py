"""How workflows live: gates, decisions, expiry, failures, retries, loops, stops."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.contract.lab import IMAGE, JSON_PATCH, SIMULATED_EXIT, Document, Lab, node_of


def _say(name: str = "say", script: str = "echo done", **more: Any) -> Document:
    return {
        "name": name,
        "container": {"image": IMAGE, "command": ["sh", "-c"], "args": [script]},
        **more,
    }


def _fail(name: str, code: int, **more: Any) -> Document:
    told = {"annotations": {SIMULATED_EXIT: str(code)}}
    return _say(name, f"echo wrong; exit {code}", metadata=told, **more)


def _gate(duration: str = "", default: str | None = None) -> Document:
    source: Document = {"supplied": {}}
    if default is not None:
        source["default"] = default
    return {
        "name": "gate",
        "suspend": {"duration": duration} if duration else {},
        "inputs": {"parameters": [{"name": "approve", "enum": ["YES", "NO"], "value": "NO"}]},
        "outputs": {"parameters": [{"name": "approve", "valueFrom": source}]},
    }


def _asking(gate: Document) -> Document:
    answer = "{{steps.gate.outputs.parameters.approve}}"
    return {
        "entrypoint": "main",
        "templates": [
            {
                "name": "main",
                "steps": [
                    [{"name": "gate", "template": "gate"}],
                    [
                        {"name": "yes", "template": "say", "when": f"{answer} == YES"},
                        {"name": "no", "template": "say", "when": f"{answer} != YES"},
                    ],
                ],
            },
            gate,
            _say(),
        ],
    }


def _now(lab: Lab) -> str:
    now = lab.clock.now() if lab.clock else datetime.now(UTC)
    return f"{now:%Y-%m-%dT%H:%M:%SZ}"


def _decision(lab: Lab, workflow: Document, gate: Document, answer: str) -> list[Document]:
    path = f"/status/nodes/{gate['id']}"
    return [
        {"op": "test", "path": "/metadata/uid", "value": workflow["metadata"]["uid"]},
        {"op": "test", "path": f"{path}/phase", "value": "Running"},
        {"op": "replace", "path": f"{path}/phase", "value": "Succeeded"},
        {"op": "add", "path": f"{path}/finishedAt", "value": _now(lab)},
        {"op": "add", "path": f"{path}/message", "value": "approved by a test"},
        {
            "op": "replace",
            "path": f"{path}/outputs/parameters/0",
            "value": {"name": "approve", "value": answer},
        },
    ]


async def test_a_gate_is_opened_by_one_patch(lab: Lab) -> None:
    await lab.create("gate", _asking(_gate()), inert=False)
    workflow, gate = await lab.until_gate("gate")
    assert gate["type"] == "Suspend"
    assert gate["name"] == f"{lab.name('gate')}[0].gate"
    assert gate["boundaryID"] == lab.name("gate")
    assert gate["templateScope"] == f"local/{lab.name('gate')}"
    assert gate["outputs"]["parameters"] == [{"name": "approve", "valueFrom": {"supplied": {}}}]
    assert gate["inputs"]["parameters"][0]["enum"] == ["YES", "NO"]
    decision = _decision(lab, workflow, gate, "YES")
    refused = await lab.patch("gate", decision, JSON_PATCH, user="viewer")
    assert refused.refusal[:2] == (403, "Forbidden")
    assert (await lab.patch("gate", decision, JSON_PATCH, user="approver")).status == 200
    again = await lab.patch("gate", decision, JSON_PATCH, user="approver")
    assert again.refusal[:2] == (422, "Invalid")
    done = await lab.until_phase("gate", "Succeeded", "Failed", "Error")
    assert node_of(done, "gate")["message"] == "approved by a test"
    assert node_of(done, "yes")["phase"] == "Succeeded"
    no = node_of(done, "no")
    assert (no["type"], no["phase"]) == ("Skipped", "Skipped")
    assert no["message"] == "when 'YES != YES' evaluated false"
    assert done["metadata"]["labels"]["workflows.argoproj.io/completed"] == "true"
    assert done["metadata"]["labels"]["workflows.argoproj.io/phase"] == "Succeeded"
    assert done["status"]["progress"] == "2/2"


async def test_a_gate_is_denied_by_failing_it(lab: Lab) -> None:
    await lab.create("deny", _asking(_gate()), inert=False)
    _, gate = await lab.until_gate("deny")
    path = f"/status/nodes/{gate['id']}"
    denial = [
        {"op": "test", "path": f"{path}/phase", "value": "Running"},
        {"op": "replace", "path": f"{path}/phase", "value": "Failed"},
        {"op": "add", "path": f"{path}/finishedAt", "value": _now(lab)},
        {"op": "add", "path": f"{path}/message", "value": "denied by a test"},
    ]
    assert (await lab.patch("deny", denial, JSON_PATCH)).status == 200
    done = await lab.until_phase("deny", "Failed")
    assert done["status"]["message"] == f"child '{gate['id']}' failed"
    assert "yes" not in {node["displayName"] for node in done["status"]["nodes"].values()}


async def test_a_bare_duration_approves(lab: Lab) -> None:
    spec = {
        "entrypoint": "main",
        "templates": [
            {
                "name": "main",
                "steps": [
                    [{"name": "gate", "template": "gate"}],
                    [{"name": "after", "template": "say"}],
                ],
            },
            {"name": "gate", "suspend": {"duration": "2"}},
            _say(),
        ],
    }
    await lab.create("bare", spec, inert=False)
    done = await lab.until_phase("bare", "Succeeded", "Failed", "Error")
    assert done["status"]["phase"] == "Succeeded"
    gate = node_of(done, "gate")
    assert gate["phase"] == "Succeeded"
    assert "message" not in gate
    assert node_of(done, "after")["phase"] == "Succeeded"


async def test_an_expired_gate_takes_the_default(lab: Lab) -> None:
    await lab.create("default", _asking(_gate("2s", "NO")), inert=False)
    done = await lab.until_phase("default", "Succeeded", "Failed", "Error")
    assert done["status"]["phase"] == "Succeeded"
    parameters = node_of(done, "gate")["outputs"]["parameters"]
    assert [(each["name"], each["value"]) for each in parameters] == [("approve", "NO")]
    assert node_of(done, "yes")["phase"] == "Skipped"
    assert node_of(done, "no")["phase"] == "Succeeded"


async def test_an_expired_gate_without_a_default_is_an_error(lab: Lab) -> None:
    await lab.create("none", _asking(_gate("2s")), inert=False)
    done = await lab.until_phase("none", "Succeeded", "Failed", "Error")
    gate = node_of(done, "gate")
    assert gate["phase"] == "Error"
    assert gate["message"] == (
        "raw output parameter 'approve' has not been set and does not have a default value"
    )
    assert done["status"]["phase"] in ("Error", "Failed")


async def test_a_suspended_workflow_waits_without_a_node(lab: Lab) -> None:
    spec = {"entrypoint": "say", "suspend": True, "templates": [_say()]}
    await lab.create("suspended", spec, inert=False)
    waiting = await lab.until_phase("suspended", "Running")
    assert "nodes" not in waiting["status"]
    resumed = [{"op": "remove", "path": "/spec/suspend"}]
    assert (await lab.patch("suspended", resumed, JSON_PATCH)).status == 200
    await lab.until_phase("suspended", "Succeeded")


async def test_a_stopped_gate_fails(lab: Lab) -> None:
    await lab.create("stop", _asking(_gate()), inert=False)
    await lab.until_gate("stop")
    assert (await lab.patch("stop", {"spec": {"shutdown": "Stop"}})).status == 200
    done = await lab.until_phase("stop", "Failed")
    assert node_of(done, "gate")["message"] == "Stopped with strategy 'Stop'"
    assert done["status"]["message"] == "Stopped with strategy 'Stop'"


async def test_a_failure_carries_its_exit_code(lab: Lab) -> None:
    spec = {
        "entrypoint": "main",
        "onExit": "bye",
        "templates": [
            {"name": "main", "steps": [[{"name": "bad", "template": "bad"}]]},
            _fail("bad", 3),
            _say("bye"),
        ],
    }
    await lab.create("fail", spec, inert=False)
    done = await lab.until_phase("fail", "Failed", "Error")
    bad = node_of(done, "bad")
    assert bad["phase"] == "Failed"
    assert bad["message"] == "main: Error (exit code 3)"
    assert bad["outputs"]["exitCode"] == "3"
    assert done["status"]["message"] == f"child '{bad['id']}' failed"
    handler = node_of(done, f"{lab.name('fail')}.onExit")
    assert handler["phase"] == "Succeeded"
    assert handler["nodeFlag"] == {"hooked": True}


async def test_retries_and_loops_and_dependencies(lab: Lab) -> None:
    spec = {
        "entrypoint": "main",
        "templates": [
            {
                "name": "main",
                "dag": {
                    "tasks": [
                        {"name": "a", "template": "say"},
                        {
                            "name": "b",
                            "template": "say",
                            "depends": "a",
                            "withItems": ["x", "y"],
                        },
                        {"name": "c", "template": "flaky", "depends": "b"},
                        {"name": "d", "template": "say", "depends": "c.Succeeded"},
                        {"name": "e", "template": "say", "depends": "c.Failed"},
                    ]
                },
            },
            _say(),
            _fail("flaky", 1, retryStrategy={"limit": 1}),
        ],
    }
    await lab.create("dag", spec, inert=False)
    done = await lab.until_phase("dag", "Succeeded", "Failed", "Error")
    name = lab.name("dag")
    nodes = {node["name"].removeprefix(name): node for node in done["status"]["nodes"].values()}
    assert {key: (node["type"], node["phase"]) for key, node in nodes.items()} == {
        "": ("DAG", "Succeeded"),
        ".a": ("Pod", "Succeeded"),
        ".b": ("TaskGroup", "Succeeded"),
        ".b(0:x)": ("Pod", "Succeeded"),
        ".b(1:y)": ("Pod", "Succeeded"),
        ".c": ("Retry", "Failed"),
        ".c(0)": ("Pod", "Failed"),
        ".c(1)": ("Pod", "Failed"),
        ".d": ("Skipped", "Omitted"),
        ".e": ("Pod", "Succeeded"),
    } | {"": ("DAG", done["status"]["phase"])}
    assert nodes[".c"]["message"] == "No more retries left"
    assert nodes[".d"]["message"] == "omitted: depends condition not met"
    assert nodes[".c(0)"]["nodeFlag"] == {"retried": True}

    def children(key: str) -> set[str]:
        by_id = {node["id"]: short for short, node in nodes.items()}
        return {by_id[child] for child in nodes[key].get("children") or []}

    assert children("") == {".a"}
    assert children(".a") == {".b"}
    assert children(".b") == {".b(0:x)", ".b(1:y)"}
    assert children(".b(0:x)") == {".c"}
    assert children(".c") == {".c(0)", ".c(1)"}
    assert children(".c(1)") == {".d", ".e"}
    assert all(node.get("boundaryID", name) == name for node in nodes.values())
    assert len(nodes[""]["outboundNodes"]) == 2
