"""What the simulated containers of the shipped workflows do.

The kubelet of the embedded cluster reads it from annotations of a template, see
`argotui.demo.argo.programs`. They are no part of the shipped files, which are for real clusters.
"""

from __future__ import annotations

import json
from typing import Any

from argotui.demo.api.kinds import Document
from argotui.demo.argo import programs


def behaviour(
    run_for: str,
    *,
    exit_code: int = 0,
    reason: str = "",
    fail_attempts: int | None = None,
    outputs: dict[str, str] | None = None,
    log: str = "",
) -> dict[str, str]:
    """Return the annotations of a template whose pod takes `run_for` (`20s` or `20s-40s`)."""
    annotations = {programs.RUN_FOR: run_for}
    if exit_code:
        annotations[programs.EXIT_CODE] = str(exit_code)
    if reason:
        annotations[programs.REASON] = reason
    if fail_attempts is not None:
        annotations[programs.FAIL_ATTEMPTS] = str(fail_attempts)
    if outputs:
        annotations[programs.OUTPUTS] = json.dumps(outputs)
    if log:
        annotations[programs.LOG] = log
    return annotations


_BEHAVIOUR: dict[str, dict[str, dict[str, str]]] = {
    "visual-analysis": {
        "scrape": behaviour("25s-45s", outputs={"pages": "3"}),
        "screenshot": behaviour("12s-25s"),
        "dom": behaviour("6s-12s"),
        "synthesis": behaviour("30s-60s"),
        "discard": behaviour("3s"),
    },
    "docproc-pipeline": {
        "fetch": behaviour("4s-9s"),
        "split": behaviour("6s-14s", outputs={"parts": "3"}),
        "ocr": behaviour("15s-40s"),
        "extract": behaviour("20s-45s"),
        "extract-oom": behaviour("25s-35s", exit_code=137, reason="OOMKilled"),
        "index": behaviour("8s-15s"),
        "notify": behaviour("2s"),
    },
    "nightly-etl": {
        "open-window": behaviour("3s"),
        "extract": behaviour("20s-70s"),
        "clean": behaviour("10s-30s"),
        "load": behaviour("20s-60s"),
        "check": behaviour("4s-10s"),
        "mart": behaviour("40s-90s"),
        "publish": behaviour("10s"),
    },
    "thumbnails": {
        "manifest": behaviour("15s-25s", outputs={"files": "412"}),
        "resize": behaviour("20s-45s"),
        "publish": behaviour("5s"),
    },
    "integration-tests": {
        "redis": behaviour("10m"),
        "build": behaviour("20s-40s"),
        "unit": behaviour("15s-30s"),
        "flaky-suite": behaviour("10s-20s", exit_code=1, fail_attempts=2),
        "slow-suite": behaviour("60s-90s"),
        "coverage": behaviour("5s"),
        "report": behaviour("4s"),
    },
    "data-quality": {
        "profile": behaviour("15s-30s"),
        "probe": behaviour("10s-30s"),
        "report": behaviour("5s"),
    },
    "release": {
        "build": behaviour("40s-70s"),
        "database": behaviour("10m"),
        "test": behaviour("30s-50s"),
        "lint": behaviour("10s"),
        "deploy": behaviour("25s-40s"),
        "smoke": behaviour("15s-25s"),
        "pin": behaviour("3s"),
        "announce": behaviour("3s"),
    },
    "migrate-accounts": {
        "dump": behaviour("40s"),
        "dry-run": behaviour("30s", outputs={"rows": "1284133"}),
        "migrate": behaviour("2m"),
        "verify": behaviour("20s"),
    },
    "campaign-budget": {
        "forecast": behaviour("30s", outputs={"amount": "48000"}),
        "book": behaviour("10s"),
    },
    "train-ranker": {
        "features": behaviour("3m"),
        "train": behaviour("55m"),
        "evaluate": behaviour("4m"),
        "register": behaviour("10s"),
    },
    "cert-rotation": {
        "issue": behaviour("15s"),
        "install-broken": behaviour("25s", exit_code=2),
        "collect": behaviour("5s"),
        "mark": behaviour("2s"),
        "page": behaviour("3s"),
        "clean-up": behaviour("6s"),
    },
    "backfill-clickstream": {
        "copy": behaviour("60s"),
    },
}
"""The annotations by file and by template."""


def simulate(stem: str, document: Document) -> Document:
    """Add to a shipped workflow what its containers do, and the traps that the demo shows."""
    templates: dict[str, Any] = {each["name"]: each for each in document["spec"]["templates"]}
    for name, notes in _BEHAVIOUR[stem].items():
        metadata = templates[name].setdefault("metadata", {})
        metadata.setdefault("annotations", {}).update(notes)
    if stem == "release":
        templates["deploy-prod"]["suspend"]["duration"] = "20m"  # it approves itself
    if stem == "campaign-budget":
        # Nothing reads the answer of `legal`.
        (book,) = (task for task in templates["main"]["dag"]["tasks"] if task["name"] == "book")
        book["when"] = "{{tasks.finance.outputs.parameters.approve}} == YES"
    return document
