"""What runs once: a release, a migration, two signatures, a training, a rotation, a hostile one."""

from __future__ import annotations

from argotui.demo.api.kinds import Document
from argotui.demo.api.users import USERS
from argotui.demo.scenarios.build import (
    call,
    choice,
    dag,
    gate,
    steps,
    work,
    workflow,
)
from argotui.model.gates.gate import CREATOR_ANNOTATION

HOSTILE_TEXTS = (
    "\x1b[31mred\x1b[0m",
    "\x1b]0;owned\x07",
    "\x1b]52;c;cm0gLXJmIH4=\x07",
    "\x9b2Jcleared",
    "[/x]",
    "[@click=app.quit]quit[/]",
    "[bold red]bold[/]",
    "\u202egnp.exe",
    "zero\u200bwidth",
    "line one\nline two\r\nthree",
    "tab\there",
    "\u2028separator",
    "a" * 300,
)
"""What a terminal, Textual's markup or a reader's eye must not be led by."""


def release() -> Document:
    """A release: nested steps, a daemon, a gate that is waited at, then one that opens itself."""
    return workflow(
        "release-2.41",
        creator="ci-bot",
        annotations={"workflows.argoproj.io/description": "Release 2.41 to production"},
        spec={
            "entrypoint": "main",
            "onExit": "announce",
            "hooks": {"running": {"expression": 'workflow.status == "Running"', "template": "pin"}},
            "templates": [
                steps(
                    "main",
                    [call("build-amd64", "build"), call("build-arm64", "build")],
                    [call("verify")],
                    [call("staging", "deploy", arguments={"to": "staging"})],
                    [call("smoke")],
                    [call("deploy-prod")],
                    [call("canary", "deploy", arguments={"to": "canary"})],
                    [call("rollout", "deploy", arguments={"to": "production"})],
                ),
                steps(
                    "verify",
                    [call("database")],
                    [call("unit", "test"), call("contract", "test"), call("licences", "lint")],
                ),
                work("build", "40s-70s", image="images.example.com/builder:11"),
                work("database", "10m", image="postgres:16", daemon=True),
                work("test", "30s-50s"),
                work("lint", "10s"),
                work("deploy", "25s-40s", inputs=("to",)),
                work("smoke", "15s-25s"),
                gate(
                    "deploy-prod",
                    duration="20m",
                    question="Release 2.41 to production?",
                    inputs={"version": "2.41.0", "changes": "37 commits, 2 migrations"},
                ),
                work("pin", "3s"),
                work("announce", "3s"),
            ],
        },
    )


def migration() -> Document:
    """A gate without an end, asked for by the approver, who therefore does not decide it."""
    return workflow(
        "migrate-accounts-9",
        creator="approver",
        annotations={CREATOR_ANNOTATION: USERS["approver"].name},
        spec={
            "entrypoint": "main",
            "templates": [
                steps(
                    "main",
                    [call("dump")],
                    [call("dry-run")],
                    [call("schema-change")],
                    [call("migrate")],
                    [call("verify")],
                ),
                work("dump", "40s"),
                work("dry-run", "30s", outputs={"rows": "1284133"}),
                gate(
                    "schema-change",
                    question="Drop accounts.legacy_id?",
                    inputs={"rows": "1284133", "locks": "accounts for about 4 min"},
                ),
                work("migrate", "2m"),
                work("verify", "20s"),
            ],
        },
    )


def signatures() -> Document:
    """Two gates at once; one of them wants an amount and a comment."""
    money = "{{tasks.finance.outputs.parameters.approve}}"
    return workflow(
        "campaign-budget-q1",
        creator="marketing",
        spec={
            "entrypoint": "main",
            "templates": [
                dag(
                    "main",
                    call("forecast"),
                    call("finance", depends="forecast"),
                    call("legal", depends="forecast"),
                    call("book", depends="finance && legal", when=f"{money} == YES"),
                ),
                work("forecast", "30s", outputs={"amount": "48000"}),
                gate(
                    "finance",
                    duration="4h",
                    question="Release the budget?",
                    inputs={"requested": "48000 EUR"},
                    fields=(
                        choice("NO"),
                        {"name": "amount", "description": "EUR to release", "default": "0"},
                        {"name": "comment", "description": "For the books", "default": ""},
                    ),
                ),
                gate("legal", fields=(choice(),), question="Are the texts cleared?"),
                work("book", "10s"),
            ],
        },
    )


def training() -> Document:
    """The slow one."""
    return workflow(
        "train-ranker-v7",
        creator="search-team",
        spec={
            "entrypoint": "main",
            "activeDeadlineSeconds": 6 * 3600,
            "templates": [
                dag(
                    "main",
                    call("features"),
                    call("train", depends="features"),
                    call("evaluate", depends="train"),
                    call("register", depends="evaluate"),
                ),
                work("features", "3m"),
                work("train", "55m", image="images.example.com/train:cuda12"),
                work("evaluate", "4m"),
                work("register", "10s"),
            ],
        },
    )


def rotation() -> Document:
    """It fails, tells somebody, and cleans up: hooks and exit handlers at two levels."""
    return workflow(
        "cert-rotation-12",
        creator="sre",
        spec={
            "entrypoint": "main",
            "hooks": {
                "exit": {"template": "clean-up"},
                "failed": {"expression": 'workflow.status == "Failed"', "template": "page"},
            },
            "templates": [
                steps(
                    "main",
                    [call("issue")],
                    [
                        call(
                            "install",
                            "install-broken",
                            hooks={
                                "exit": {"template": "collect"},
                                "running": {
                                    "expression": 'steps.install.status == "Running"',
                                    "template": "mark",
                                },
                            },
                        )
                    ],
                    [call("reload", "issue")],
                ),
                work("issue", "15s"),
                work("install-broken", "25s", exit_code=2, retries={"limit": 1}),
                work("collect", "5s"),
                work("mark", "2s"),
                work("page", "3s"),
                work("clean-up", "6s"),
            ],
        },
    )


def suspended() -> Document:
    """A workflow that waits as a whole: no node says so."""
    return workflow(
        "backfill-clickstream-4",
        creator="data-team",
        spec={
            "entrypoint": "main",
            "suspend": True,
            "templates": [
                steps("main", [call("copy", withItems=[1, 2, 3, 4])]),
                work("copy", "60s"),
            ],
        },
    )


def hostile() -> Document:
    """Everything in it tries to get at the terminal or at the reader."""
    tasks = [
        call(
            "echo",
            withItems=list(HOSTILE_TEXTS),
            arguments={"text": "{{item}}"},
            continueOn={"failed": True},
        ),
        call("fail", depends="echo", continueOn={"failed": True}),
        call("ask", depends="echo"),
    ]
    written = "\n".join(text.replace("\n", " ") for text in HOSTILE_TEXTS)
    return workflow(
        "hostile-texts",
        creator="mallory",
        annotations={
            "workflows.argoproj.io/title": HOSTILE_TEXTS[5],
            "workflows.argoproj.io/description": " ".join(HOSTILE_TEXTS[:8]),
        },
        arguments={"note": HOSTILE_TEXTS[0] + HOSTILE_TEXTS[4]},
        spec={
            "entrypoint": "main",
            "templates": [
                dag("main", *tasks),
                work("echo", "8s", inputs=("text",), log=written),
                work("fail", "5s", exit_code=1, reason="".join(HOSTILE_TEXTS[:7])),
                gate(
                    "ask",
                    question=HOSTILE_TEXTS[5],
                    inputs={"because": HOSTILE_TEXTS[2] + HOSTILE_TEXTS[7]},
                    fields=(
                        {
                            "name": "approve",
                            "enum": ["YES", HOSTILE_TEXTS[4], HOSTILE_TEXTS[1]],
                            "description": HOSTILE_TEXTS[6],
                        },
                    ),
                ),
            ],
        },
    )
