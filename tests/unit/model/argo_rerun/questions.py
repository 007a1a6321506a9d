"""Questions about retries and resubmissions, and Argo's answers to them."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
UPSTREAM = json.loads((HERE / "upstream.json").read_text("utf-8"))

_PHASES = ("Succeeded", "Failed", "Error", "Failed", "Succeeded", "Skipped", "Omitted")
_COUNT = 400


def random_questions(seed: int) -> list[dict[str, Any]]:
    """Return questions about the workflows of upstream's tests, with other phases and options.

    A question holds the index of a workflow, the phases that differ, and the options.
    """
    choose = random.Random(seed)
    indexes = [
        index
        for index, one in enumerate(UPSTREAM["workflows"])
        if nodes_in(one) and all(node.get("name") for node in nodes_in(one).values())
    ]
    return [_question(choose, choose.choice(indexes)) for _ in range(_COUNT)]


def nodes_in(workflow: dict[str, Any]) -> dict[str, Any]:
    nodes: dict[str, Any] = workflow.get("status", {}).get("nodes") or {}
    return nodes


def _question(choose: random.Random, index: int) -> dict[str, Any]:
    nodes = nodes_in(UPSTREAM["workflows"][index])
    node = choose.choice(list(nodes.values()))
    question: dict[str, Any] = {
        "workflow": index,
        "phase": choose.choice(("Failed", "Error", "Succeeded")),
        "phases": {key: choose.choice(_PHASES) for key in nodes if choose.random() < 0.4},
        "verb": choose.choice(("retry", "retry", "retry", "resubmit")),
        "parameters": choose.choice(([], ["a=1", "message=x=y"])),
    }
    if question["verb"] == "resubmit":
        return question | {"memoized": choose.random() < 0.8}
    return question | {
        "restartSuccessful": choose.random() < 0.8,
        "nodeFieldSelector": choose.choice(
            (
                "",
                f"id={node['id']}",
                f"templateName={node.get('templateName', '')}",
                "phase!=Succeeded,displayName!=" + node.get("displayName", ""),
                "phase=Succeeded",
                "id=a=b",
                "id",
            )
        ),
    }


def workflow_of(question: dict[str, Any]) -> dict[str, Any]:
    """Return the workflow that a question is about."""
    workflow: dict[str, Any] = copy.deepcopy(UPSTREAM["workflows"][question["workflow"]])
    for key, phase in question.get("phases", {}).items():
        workflow["status"]["nodes"][key]["phase"] = phase
    if "phase" in question:
        workflow["status"]["phase"] = question["phase"]
    return workflow


def summary_of(workflow: dict[str, Any], pods: list[str]) -> dict[str, Any]:
    """Return what counts of an answer: the new name, the phase of each node left, the pods."""
    return {
        "name": workflow["metadata"].get("name", ""),
        "phases": {key: node["phase"] for key, node in sorted(nodes_in(workflow).items())},
        "pods": sorted(pods),
    }
