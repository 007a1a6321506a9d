from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from argotui.model.argo import Parameter, ValueFrom, Workflow
from argotui.model.redact import MASK
from argotui.model.workflow.fact import Fact
from argotui.model.workflow.facts import (
    group_facts,
    node_facts,
    parameter_fact,
    workflow_facts,
)
from argotui.model.workflow.pod_name import node_id
from tests.support import EPOCH
from tests.unit.screens.documents import Document, analysis, node

NOW = EPOCH + timedelta(seconds=250)


def read(document: Document) -> Workflow:
    return msgspec.convert(document, Workflow)


def about(document: Document, name: str) -> list[Fact]:
    workflow = read(document)
    return node_facts(workflow, workflow.nodes[node_id("analysis", f"analysis.{name}")], NOW)


def texts(facts: list[Fact]) -> dict[str, str]:
    return {f"{fact.label} {fact.name}".strip(): fact.text for fact in facts}


def test_a_finished_pod_tells_times_place_inputs_outputs_and_origin() -> None:
    told = texts(about(analysis(), "scrape"))

    assert told["phase"] == "✔ succeeded"
    assert told["exit code"] == "0"
    assert told["started"] == "2026-01-05 12:00:00 UTC"
    assert told["took"] == "41s"
    assert told["resources"] == "41s×1 cpu · 1m22s×100Mi memory"
    assert told["outputs pages"] == "3"
    assert told["outputs ▤ raw"] == "analysis/raw.html"
    assert told["outputs ▤ old"] == "deleted: analysis/old.tgz"
    assert told["pod"] == f"analysis-scrape-{node_id('analysis', 'analysis.scrape')[9:]}"
    assert told["host"] == "worker-1"
    assert told["within"] == "analysis"


def test_secrets_are_covered_in_text_and_kept_in_full() -> None:
    facts = {fact.name: fact for fact in about(analysis(), "scrape")}

    assert facts["db-password"].text == MASK
    assert facts["db-password"].full == "hunter2"
    assert facts["db-password"].covered
    assert facts["url"].text == f"https://app:{MASK}@example.com/[/x]"
    assert not facts["pages"].covered


def test_a_retry_tells_its_attempts_and_leads_to_them() -> None:
    attempts = [fact for fact in about(analysis(), "lint") if fact.label == "attempts"]

    assert [fact.name for fact in attempts] == ["lint(0)", "lint(1)"]
    assert attempts[1].text == "✖ failed  40s  OOMKilled (exit code 137)"
    assert attempts[1].node == node_id("analysis", "analysis.lint(1)")


def test_a_gate_tells_what_is_to_be_filled_in_and_when_it_ends() -> None:
    document = analysis()
    document["spec"]["templates"].append({"name": "approve", "suspend": {"duration": "300"}})
    told = texts(about(document, "approve"))

    assert told["phase"] == "‖ waiting"
    assert told["outputs approve"] == "? (YES, NO)"
    assert told["waiting"] == "3m"
    assert "left →" in told["expires"]


def test_hooks_memoization_locks_and_references_are_told() -> None:
    document = analysis()
    nodes = document["status"]["nodes"]
    nodes[node_id("analysis", "analysis.dom")] |= {
        "memoizationStatus": {"hit": True, "key": "k1", "cacheName": "cache"},
        "templateRef": {"name": "shared", "template": "dom", "clusterScope": True},
        "synchronizationStatus": {"waiting": "argo/Mutex/one"},
        "phase": "Pending",
    }
    hook = node("analysis", "dom.hooks.notify", start=50, end=51, nodeFlag={"hooked": True})
    nodes[hook["id"]] = hook
    facts = about(document, "dom")
    told = texts(facts)

    assert told["memoized"] == "taken from the cache"
    assert told["template"] == "dom of ClusterWorkflowTemplate shared"
    assert told["waits for"] == "mutex one"
    assert told["hooks notify"] == "✔ succeeded"
    assert "pod" not in told
    assert next(fact.node for fact in facts if fact.label == "hooks") == hook["id"]


def test_a_workflow_tells_arguments_conditions_and_what_its_template_brings() -> None:
    document = analysis()
    document["status"] |= {
        "conditions": [{"type": "SpecError", "status": "True", "message": "no such template"}],
        "resourcesDuration": {"cpu": 90},
        "storedWorkflowTemplateSpec": {
            "arguments": {"parameters": [{"name": "url", "value": "other"}, {"name": "more"}]}
        },
    }
    document["spec"]["activeDeadlineSeconds"] = 600
    told = texts(workflow_facts(read(document), NOW))

    assert told["phase"] == "‖ waiting"
    assert told["runs for"] == "4m, about 5m left"
    assert told["deadline"] == "in 5m"
    assert told["template"] == "visual-analysis"
    assert told["creator"] == "data-team"
    assert told["parameters url"] == "https://example.com"
    assert told["parameters api-token"] == MASK
    assert told["parameters more"] == "—"
    assert told["conditions SpecError"] == "True: no such template"
    assert told["resources"] == "1m30s×1 cpu"


def test_an_empty_workflow_and_an_empty_node_have_facts() -> None:
    workflow = Workflow()
    assert workflow_facts(workflow, NOW)
    document = analysis()
    bare = {"id": "x", "name": "x", "type": "", "phase": "Odd"}
    document["status"]["nodes"]["x"] = bare
    read_back = read(document)
    assert texts(node_facts(read_back, read_back.nodes["x"], NOW))["phase"] == "? odd"


def test_a_group_tells_how_many_of_each_and_names_those_that_need_eyes() -> None:
    workflow = read(analysis())
    facts = group_facts(workflow, "all ×10", list(workflow.nodes), NOW)
    told = texts(facts)

    assert told["nodes"] == "10"
    assert told["phases ✖ failed"] == "3"
    assert any(fact.node == node_id("analysis", "analysis.lint(1)") for fact in facts)


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        (Parameter("x", default=False), "false (default)"),
        (Parameter("x", default=2.0e-05), "0.00002 (default)"),
        (Parameter("x", value=1e21), "1000000000000000000000"),
        (Parameter("x", value=-0.5), "-0.5"),
        (Parameter("x", value=3.0), "3"),
        (
            Parameter("x", enum=[True, 1e-7], value_from=ValueFrom(supplied={})),
            "? (true, 0.0000001)",
        ),
    ],
)
def test_what_yaml_made_numbers_of_is_shown_as_argo_writes_it(
    parameter: Parameter, text: str
) -> None:
    assert parameter_fact("inputs", parameter).text == text
