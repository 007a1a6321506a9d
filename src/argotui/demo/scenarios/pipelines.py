"""What runs again and again: documents, nightly loads, thumbnails, tests, data checks."""

from __future__ import annotations

from argotui.demo.api.kinds import Document
from argotui.demo.scenarios.build import (
    call,
    choice,
    dag,
    gate,
    steps,
    template_object,
    work,
    workflow,
)

_TABLES = (
    "orders",
    "customers",
    "invoices",
    "payments",
    "stock",
    "shipments",
    "returns",
    "reviews",
    "sessions",
    "clicks",
    "campaigns",
    "suppliers",
    "prices",
    "refunds",
)


def templates() -> list[Document]:
    """Return the WorkflowTemplates of the namespace `argo`."""
    return [
        template_object(name, "argo", spec)
        for name, spec in (
            ("visual-analysis", _visual_analysis()),
            ("docproc-pipeline", _docproc()),
            ("nightly-etl", _nightly()),
            ("thumbnails", _thumbnails()),
            ("integration-tests", _integration()),
        )
    ]


def data_templates() -> list[Document]:
    """Return the WorkflowTemplates of the namespace `data`."""
    return [template_object("data-quality", "data", _quality())]


def cron_workflows() -> list[Document]:
    """Return the CronWorkflows."""
    return [
        {
            "metadata": {"name": "nightly-etl", "namespace": "argo"},
            "spec": {
                "schedules": ["0 2 * * *"],
                "timezone": "Europe/Berlin",
                "concurrencyPolicy": "Forbid",
                "workflowSpec": {"workflowTemplateRef": {"name": "nightly-etl"}},
            },
            "status": {"phase": "Active"},
        }
    ]


def visual_analysis(confidence: str = "0.87", job: str = "job_4711") -> Document:
    return workflow(
        "visual-analysis-",
        creator="data-team",
        template="visual-analysis",
        arguments={"job": job, "confidence": confidence},
    )


def docproc(number: int, *, fails: bool) -> Document:
    return workflow(
        f"docproc-{number}",
        creator="system-serviceaccount-argo-intake",
        template="docproc-pipeline",
        arguments={"document": f"scans/{number}.pdf", "extract": "oom" if fails else "extract"},
    )


def nightly(stamp: int) -> Document:
    return workflow(
        f"nightly-etl-{stamp}",
        creator="system-serviceaccount-argo-argo",
        template="nightly-etl",
        cron="nightly-etl",
    )


def thumbnails(album: str) -> Document:
    return workflow(
        "thumbnails-", creator="web-team", template="thumbnails", arguments={"album": album}
    )


def integration(branch: str) -> Document:
    return workflow(
        "integration-tests-",
        creator="ci-bot",
        template="integration-tests",
        arguments={"branch": branch},
    )


def data_quality(table: str) -> Document:
    return workflow(
        "data-quality-",
        creator="data-team",
        namespace="data",
        template="data-quality",
        arguments={"table": table},
    )


def _visual_analysis() -> dict[str, object]:
    answer = "{{tasks.approve-report.outputs.parameters.approve}}"
    return {
        "entrypoint": "main",
        "arguments": {
            "parameters": [
                {"name": "job", "value": "job_4711"},
                {"name": "confidence", "value": "0.87"},
            ]
        },
        "templates": [
            dag(
                "main",
                call("scrape"),
                call(
                    "screenshot",
                    depends="scrape",
                    withItems=["example.com", "example.org", "shop.example.net"],
                    arguments={"site": "{{item}}"},
                ),
                call("dom", depends="scrape"),
                call("approve-report", depends="screenshot && dom"),
                call("synthesis", depends="approve-report", when=f"{answer} == YES"),
                call("discard", depends="approve-report", when=f"{answer} != YES"),
            ),
            work("scrape", "25s-45s", outputs={"pages": "3"}),
            work("screenshot", "12s-25s", inputs=("site",), image="images.example.com/browser:120"),
            work("dom", "6s-12s"),
            gate(
                "approve-report",
                duration="30m",
                question="Publish the competitor report for {{workflow.parameters.job}}?",
                inputs={
                    "confidence": "{{workflow.parameters.confidence}}",
                    "pages": "3",
                    "summary": "Three competitors changed prices; one new product page.",
                },
                fields=(choice("NO"),),
            ),
            work("synthesis", "30s-60s", image="images.example.com/llm-agent:0.9"),
            work("discard", "3s"),
        ],
    }


def _docproc() -> dict[str, object]:
    return {
        "entrypoint": "main",
        "arguments": {
            "parameters": [
                {"name": "document", "value": "scans/1.pdf"},
                {"name": "extract", "value": "extract"},
            ]
        },
        "templates": [
            steps(
                "main",
                [call("fetch")],
                [call("split")],
                [call("ocr", withItems=[1, 2, 3], arguments={"part": "{{item}}"})],
                [
                    call("extract", when="{{workflow.parameters.extract}} == extract"),
                    call(
                        "extract-large",
                        "extract-oom",
                        when="{{workflow.parameters.extract}} == oom",
                    ),
                ],
                [call("index"), call("notify")],
            ),
            work("fetch", "4s-9s"),
            work("split", "6s-14s", outputs={"parts": "3"}),
            work(
                "ocr",
                "15s-40s",
                inputs=("part",),
                image="images.example.com/ocr:7",
                retries={"limit": 2},
            ),
            work("extract", "20s-45s"),
            work("extract-oom", "25s-35s", exit_code=137, reason="OOMKilled"),
            work("index", "8s-15s"),
            work("notify", "2s"),
        ],
    }


def _nightly() -> dict[str, object]:
    tasks = [call("open-window")]
    for table in _TABLES:
        tasks += [
            call(f"extract-{table}", "extract", depends="open-window", arguments={"table": table}),
            call(f"clean-{table}", "clean", depends=f"extract-{table}", arguments={"table": table}),
            call(f"load-{table}", "load", depends=f"clean-{table}", arguments={"table": table}),
            call(f"check-{table}", "check", depends=f"load-{table}", arguments={"table": table}),
        ]
    tasks += [
        call("marts-sales", "mart", depends="check-orders && check-invoices && check-payments"),
        call("marts-supply", "mart", depends="check-stock && check-shipments && check-suppliers"),
        call("marts-web", "mart", depends="check-sessions && check-clicks && check-campaigns"),
        call("publish", depends="marts-sales && marts-supply && marts-web"),
    ]
    return {
        "entrypoint": "main",
        "parallelism": 12,
        "templates": [
            dag("main", *tasks),
            work("open-window", "3s"),
            work("extract", "20s-70s", inputs=("table",)),
            work("clean", "10s-30s", inputs=("table",)),
            work("load", "20s-60s", inputs=("table",)),
            work("check", "4s-10s", inputs=("table",)),
            work("mart", "40s-90s"),
            work("publish", "10s"),
        ],
    }


def _thumbnails() -> dict[str, object]:
    return {
        "entrypoint": "main",
        "arguments": {"parameters": [{"name": "album", "value": "spring"}]},
        "templates": [
            steps(
                "main",
                [call("manifest")],
                [
                    call("resize", withItems=["small", "large"], arguments={"size": "{{item}}"}),
                ],
                [call("publish")],
            ),
            work(
                "manifest",
                "15s-25s",
                outputs={"files": "412"},
                memoize={
                    "key": "manifest-{{workflow.parameters.album}}",
                    "maxAge": "24h",
                    "cache": {"configMap": {"name": "thumbnail-manifests"}},
                },
            ),
            work("resize", "20s-45s", inputs=("size",)),
            work("publish", "5s"),
        ],
    }


def _integration() -> dict[str, object]:
    return {
        "entrypoint": "main",
        "onExit": "report",
        "arguments": {"parameters": [{"name": "branch", "value": "main"}]},
        "templates": [
            steps(
                "main",
                [call("redis")],
                [call("build")],
                [call("suite", "suites")],
            ),
            steps(
                "suites",
                [call("unit"), call("api", "flaky-suite"), call("browser", "slow-suite")],
                [call("coverage")],
            ),
            work("redis", "10m", image="redis:7", daemon=True),
            work("build", "20s-40s"),
            work("unit", "15s-30s"),
            work(
                "flaky-suite",
                "10s-20s",
                exit_code=1,
                fail_attempts=2,
                retries={"limit": 3, "backoff": {"duration": "5s", "factor": 2}},
            ),
            work("slow-suite", "60s-90s"),
            work("coverage", "5s"),
            work("report", "4s"),
        ],
    }


def _quality() -> dict[str, object]:
    return {
        "entrypoint": "main",
        "arguments": {"parameters": [{"name": "table", "value": "orders"}]},
        "templates": [
            dag(
                "main",
                call("profile"),
                call("nulls", "probe", depends="profile"),
                call("ranges", "probe", depends="profile"),
                call("duplicates", "probe", depends="profile"),
                call("report", depends="nulls && ranges && duplicates"),
            ),
            work("profile", "15s-30s"),
            work("probe", "10s-30s"),
            work("report", "5s"),
        ],
    }
