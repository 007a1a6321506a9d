"""The write of a decision through an Argo server: one `set` of one node."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from argotui.model.gates.decision import Choice, Decision, message_of
from argotui.model.gates.patch import filled, gate_node
from argotui.model.workflow.node_selector import escaped_value

_PLAIN = re.compile(r"[^,=!\\]+")


class NodeUpdate(msgspec.Struct, frozen=True):
    """What `set` changes in the one node that `selector` finds (`argo node set`)."""

    selector: str
    phase: str
    message: str
    values: dict[str, str] = {}


def node_update(decision: Decision, document: Mapping[str, Any]) -> NodeUpdate:
    """Return the update that writes a decision into its node.

    The selector names the node by its id and everything else that a selector can compare: names,
    template and inputs (`SelectorMatchesNode`, workflow/util/util.go). So the server changes
    nothing if a person was shown other ones. Raises `NotAGate`.
    """
    node = gate_node(document, decision.request.node_id)
    values: dict[str, str] = {}
    if decision.choice is Choice.APPROVE:
        values = {one["name"]: one["value"] for _, one in filled(node, decision.values)}
    before = node.get("message")
    message = message_of(decision, before if isinstance(before, str) else "")
    terms = ",".join(
        f"{field}={escaped_value(value)}" for field, value in _shown(node, decision.request.node_id)
    )
    return NodeUpdate(terms, decision.choice.phase, message, values)


def _shown(node: Mapping[str, Any], node_id: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of a node that a selector can compare, with their values."""
    yield "id", node_id
    yield "phase", "Running"
    for field in ("name", "displayName"):
        if isinstance(text := node.get(field), str):
            yield field, text
    if reference := node.get("templateRef"):
        for field in ("name", "template"):
            if isinstance(text := reference.get(field), str):
                yield f"templateRef.{field}", text
    elif isinstance(text := node.get("templateName"), str):
        yield "templateName", text
    for parameter in (node.get("inputs") or {}).get("parameters") or []:
        name, value = parameter.get("name"), parameter.get("value")
        # A selector has no escape for a name, and compares text alone.
        if isinstance(name, str) and isinstance(value, str) and _PLAIN.fullmatch(name):
            yield f"inputs.parameters.{name}.value", value
