"""What the cluster of the pictures holds: a bit of everything that Argo leaves behind."""

from __future__ import annotations

import json
from typing import Any

from argotui.demo.api.kinds import EVENTS, PODS, WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.workflow.pod_name import node_id
from tests.unit.cli.cluster import workflow as listed
from tests.unit.logs.log_pods import ns, pod_document
from tests.unit.screens.documents import Document, analysis, at, node, workflow

TEMPLATE = "workflows.argoproj.io/workflow-template"
ANALYSIS = "visual-analysis-7xk2p"
GRID = "nightly-grid"
LOGGED = "docproc-2214"

_LONG = "reconcile-inventory-with-the-warehouse-of-the-northern-region-and-its-branches-x7k2p"
_PHASES = {"✔": "Succeeded", "●": "Running", "○": "Pending", "✖": "Failed"}


def _row(
    name: str, phase: str, age: float, done: str, template: str = "", **more: Any
) -> dict[str, Any]:
    """A workflow of the list; `done` has a mark for each node, `‖` for a gate that waits."""
    steps = {
        f"gate-{at}" if mark == "‖" else f"step-{at}": _PHASES.get(mark, "Running")
        for at, mark in enumerate(done)
    }
    labels = {TEMPLATE: template} if template else {}
    return listed(name, phase, age=age, steps=steps, labels=labels, **more)


def rows() -> list[Document]:
    """The workflows of the list, from the oldest."""
    late = {"took": 5200.0, "message": "Stopped with strategy 'Terminate'"}
    return [
        _row("docproc-2207", "Succeeded", 90000, "✔✔✔✔✔✔✔✔", "docproc-pipeline", took=655),
        _row("docproc-2208", "Succeeded", 26000, "✔✔✔✔✔✔✔✔", "docproc-pipeline", took=641),
        _row("docproc-2209", "Error", 22000, "✔", "docproc-pipeline", message="pods quota: 20/20"),
        _row("thumbnails-xfnbb", "Failed", 9000, "✔✔✔✖", "thumbnails", **late),
        _row(
            "docproc-2210",
            "Failed",
            4200,
            "✔✔✔✔✔✔✖",
            "docproc-pipeline",
            took=540,
            message="extract: main: OOMKilled (exit code 137)",
        ),
        _row(
            "docproc-2211",
            "Failed",
            3600,
            "✔✖",
            "docproc-pipeline",
            took=61,
            message="ocr: 入力ファイルがありません: 請求書-2026-01.pdf [/x] 📄 (exit code 2)",
        ),
        _row(_LONG, "Succeeded", 3500, "✔✔✔", "reconcile-inventory", took=1799),
        _row("etl-orders-1", "Succeeded", 2400, "✔✔✔✔✔✔", "nightly-etl", took=7),
        _row("integration-tests-4wz6b", "Running", 1500, "✔✔✖●●", "integration-tests"),
        _row("train-ranker-v7", "Running", 86400 * 2, "✔" * 31 + "●" * 4 + "○" * 53),
        _row("release-2.41", "Running", 600, "✔✔✔‖", "release"),
        _row("migrate-accounts-9", "Running", 720, "✔✔‖"),
        _row("import-catalogue", "Pending", 40, "○○", "import-catalogue"),
        _row("paused-by-hand", "Running", 300, "✔○", suspend=True),
        _row("data-quality-4s52j", "Succeeded", 500, "✔✔", "data-quality", namespace="data"),
        listed("just-created", "", age=5, steps={}),
    ]


def named(document: Document, name: str) -> Document:
    """The same workflow with a name as Argo makes them."""
    text = json.dumps(document).replace('"analysis', f'"{name}')
    renamed: Document = json.loads(text)
    return renamed


def grid(layers: int, width: int) -> Document:
    """A DAG of `layers` times `width` pods, each after two of the layer before."""
    nodes = [node(GRID, "", "DAG", "Running", after=[f"extract-{n}" for n in range(width)])]
    busy = layers * 3 // 5
    words = ("extract", "clean", "join", "score", "store")
    for layer in range(layers):
        for number in range(width):
            word = words[layer % len(words)]
            mine = f"{word}-{layer * width + number}"
            following = words[(layer + 1) % len(words)]
            after = []
            if layer + 1 < layers:
                base = (layer + 1) * width
                after = [
                    f"{following}-{base + number}",
                    f"{following}-{base + (number + 1) % width}",
                ]
            start: float | None = layer * 10
            end, phase = None, "Running"
            if layer < busy:
                end, phase = layer * 10 + 9, "Succeeded"
            elif layer > busy:
                start, phase = None, "Pending"
            elif number == 1:
                phase = "Failed"
            nodes.append(node(GRID, mine, "Pod", phase, start=start, end=end, after=after))
    return workflow(GRID, *nodes, progress=f"{busy * width}/{layers * width}")


def _event(name: str, seconds: float, reason: str, message: str, kind: str = "Normal") -> Document:
    return {
        "metadata": {"name": name, "namespace": "argo"},
        "involvedObject": {"kind": "Workflow", "namespace": "argo", "name": ANALYSIS},
        "type": kind,
        "reason": reason,
        "message": message,
        "count": 1,
        "lastTimestamp": at(seconds),
    }


EVENT_LIST = (
    _event("a", 0, "WorkflowRunning", "Workflow Running"),
    _event("b", 41, "WorkflowNodeSucceeded", f"Succeeded node {ANALYSIS}.scrape"),
    _event(
        "c", 70, "WorkflowNodeFailed", f"Failed node {ANALYSIS}.lint(0): exit code 1", "Warning"
    ),
    _event(
        "d",
        120,
        "WorkflowNodeFailed",
        f"Failed node {ANALYSIS}.lint(1): OOMKilled (exit code 137), the node had 0 of 12 GiB left "
        "and three other pods of the same namespace were evicted before it",
        "Warning",
    ),
    _event("e", 121, "WorkflowNodeRunning", f"Running node {ANALYSIS}.approve"),
)

_POD_LINES = {
    "fetch": (
        "GET https://intake.example.com/batches/2214 200 41 kB",
        "\x1b[32mINFO\x1b[0m stored 118 pages in s3://artifacts/docproc-2214/raw",
        "\x1b[33mWARN\x1b[0m page 17 has no text layer",
        "done in 12.4 s",
    ),
    "ocr": (
        "loading model eng+deu (312 MB)",
        '{"level":"info","page":1,"words":412,"confidence":0.97,"took":"184ms","lang":"eng"}',
        "\x1b[1;31mERROR\x1b[0m page 17: skewed by 11.2 degrees, trying again with the slow engine",
        "page 17: 388 words",
        "ページ 18: 二つの段組",
    ),
    "extract": (
        "invoice 2026-01-0031 total 1,204.00 EUR",
        "\x1b[1;31mERROR\x1b[0m invoice 2026-01-0032: the total does not match the sum of its "
        "lines: 310.00 is not 301.00; kept for a person to look at, see the artifact doubts.json",
        "31 of 32 invoices extracted",
    ),
}


def furnish(cluster: EmbeddedCluster) -> None:
    """Put everything in that the pictures show, but for logs."""
    for document in (*rows(), named(analysis(), ANALYSIS)):
        cluster.objects.create(WORKFLOWS, document)
    for event in EVENT_LIST:
        cluster.objects.create(EVENTS, event)


def furnish_logs(cluster: EmbeddedCluster) -> None:
    """A workflow of three pods that run one after the other, and what they wrote."""
    pods = [
        node(LOGGED, name, start=number * 20, end=number * 20 + 19)
        for number, name in enumerate(_POD_LINES)
    ]
    root = node(LOGGED, "", "DAG", "Running", after=list(_POD_LINES))
    cluster.objects.create(WORKFLOWS, workflow(LOGGED, root, *pods))
    for number, (name, lines) in enumerate(_POD_LINES.items()):
        identity = node_id(LOGGED, f"{LOGGED}.{name}")
        entry = cluster.objects.create(PODS, pod_document(identity, workflow=LOGGED))
        log = cluster.logs.start(entry.uid, "main")
        for turn in range(12):
            for place, line in enumerate(lines):
                seconds = turn * 20 + number * 6 + place * 0.731
                log.append(ns(seconds), f"{line}\n".encode())
