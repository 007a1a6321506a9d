"""Short ways to write the templates of a workflow."""

from __future__ import annotations

from typing import Any

from argotui.demo.scenarios.simulation import behaviour

Template = dict[str, Any]


def work(
    name: str, run_for: str, *, exit_code: int = 0, retries: Template | None = None, **more: Any
) -> Template:
    """Return a container template; its pod takes `run_for` (`20s` or `20s-40s`)."""
    template: Template = {
        "name": name,
        "metadata": {"annotations": behaviour(run_for, exit_code=exit_code)},
        "container": {"image": "tools", "command": ["run"]},
        **more,
    }
    if retries is not None:
        template["retryStrategy"] = retries
    return template


def steps(name: str, *groups: list[dict[str, Any]]) -> Template:
    return {"name": name, "steps": list(groups)}


def dag(name: str, *tasks: dict[str, Any], **more: Any) -> Template:
    return {"name": name, "dag": {"tasks": list(tasks)}, **more}


def call(name: str, template: str = "", **more: Any) -> dict[str, Any]:
    """Return a step or task; without `template` it has the template's name."""
    return {"name": name, "template": template or name, **more}


def gate(name: str) -> Template:
    return {"name": name, "suspend": {}}
