"""A workflow that attacks the terminal and the reader; it is not among the shipped examples."""

from __future__ import annotations

from typing import Any

from argotui.demo.api.kinds import Document
from argotui.demo.scenarios.simulation import behaviour
from argotui.model.argo import CREATOR

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
"""Escape sequences, Textual markup, and characters that mislead a reader."""


def hostile() -> Document:
    """Return a workflow that carries the hostile texts wherever a workflow can carry text."""
    lines = "\n".join(text.replace("\n", " ") for text in HOSTILE_TEXTS)
    return {
        "metadata": {
            "name": "hostile-texts",
            "namespace": "argo",
            "labels": {CREATOR: "mallory"},
            "annotations": {
                "workflows.argoproj.io/title": HOSTILE_TEXTS[5],
                "workflows.argoproj.io/description": " ".join(HOSTILE_TEXTS[:8]),
            },
        },
        "spec": {
            "entrypoint": "main",
            "arguments": {
                "parameters": [{"name": "note", "value": HOSTILE_TEXTS[0] + HOSTILE_TEXTS[4]}]
            },
            "templates": [
                {"name": "main", "dag": {"tasks": _tasks()}},
                _container(
                    "echo",
                    behaviour("8s", log=lines),
                    args=["echo", "{{inputs.parameters.text}}"],
                    inputs={"parameters": [{"name": "text"}]},
                ),
                _container("fail", behaviour("5s", exit_code=1, reason="".join(HOSTILE_TEXTS[:7]))),
                _gate(),
            ],
        },
    }


def _tasks() -> list[dict[str, Any]]:
    return [
        {
            "name": "echo",
            "template": "echo",
            "withItems": list(HOSTILE_TEXTS),
            "arguments": {"parameters": [{"name": "text", "value": "{{item}}"}]},
            "continueOn": {"failed": True},
        },
        {
            "name": "fail",
            "template": "fail",
            "depends": "echo",
            "continueOn": {"failed": True},
        },
        {"name": "ask", "template": "ask", "depends": "echo"},
    ]


def _container(
    name: str, annotations: dict[str, str], args: list[str] | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "metadata": {"annotations": annotations},
        "container": {
            "image": "images.example.com/tools:4.2",
            "command": ["run"],
            "args": args or [name],
            "resources": {"requests": {"cpu": "200m", "memory": "256Mi"}},
        },
        **more,
    }


def _gate() -> dict[str, Any]:
    answers = ["YES", HOSTILE_TEXTS[4], HOSTILE_TEXTS[1]]
    return {
        "name": "ask",
        "metadata": {"annotations": {"argotui.io/description": HOSTILE_TEXTS[5]}},
        "suspend": {},
        "inputs": {
            "parameters": [
                {"name": "because", "value": HOSTILE_TEXTS[2] + HOSTILE_TEXTS[7]},
                {
                    "name": "approve",
                    "enum": answers,
                    "description": HOSTILE_TEXTS[6],
                    "value": answers[0],
                },
            ]
        },
        "outputs": {"parameters": [{"name": "approve", "valueFrom": {"supplied": {}}}]},
    }
