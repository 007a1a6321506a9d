"""Each trap of a gate is found, and a sound gate has none."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from argotui.model.gate_lint import Severity, gates_in, lint

SOUND = """
kind: WorkflowTemplate
spec:
  templates:
  - name: main
    steps:
    - - {name: ask, template: approve}
    - - {name: go, template: work, when: "{{steps.ask.outputs.parameters.answer}} == YES"}
  - name: approve
    metadata: {annotations: {argotui.io/description: "Publish?"}}
    suspend: {duration: 30m}
    inputs: {parameters: [{name: answer, default: "NO", enum: ["YES", "NO"]}]}
    outputs: {parameters: [{name: answer, valueFrom: {supplied: {}, default: "NO"}}]}
  - {name: work, container: {image: busybox}}
"""


def codes(text: str) -> list[str]:
    return [finding.code for finding in lint(yaml.safe_load(text))]


def test_a_sound_gate_has_no_findings() -> None:
    assert codes(SOUND) == []
    assert gates_in(yaml.safe_load(SOUND)) == ["approve"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (', default: "NO"}}]}', "}}]}", None),
        ('valueFrom: {supplied: {}, default: "NO"}', "value: x", "bare-duration"),
        (', valueFrom: {supplied: {}, default: "NO"}', "", "no-value-from"),
        ('supplied: {}, default: "NO"', 'supplied: {}, default: "YES"', "default-approves"),
        ("answer}} == YES", "other}} == YES", "answer-not-asked-for"),
        ('answer, default: "NO", enum', "answer, enum", "enum-without-default"),
        (
            '    metadata: {annotations: {argotui.io/description: "Publish?"}}\n',
            "",
            "no-description",
        ),
        ("    suspend:", "    memoize: {key: k}\n    suspend:", "memoized-gate"),
        ("spec:\n", "spec:\n  templateDefaults: {memoize: {key: k}}\n", "memoized-gate"),
        ("  - name: main\n", "  - name: main\n    memoize: {key: k}\n", "memoized-gate"),
        ("- {name: work, ", "- {name: work, memoize: {key: k}, ", None),
    ],
)
def test_15_each_trap_is_found(old: str, new: str, code: str | None) -> None:
    assert old in SOUND
    found = codes(SOUND.replace(old, new))
    assert code in found if code else found == []


def test_15_an_output_without_any_default_errors_at_expiry() -> None:
    text = SOUND.replace(', default: "NO"}}', "}}").replace(
        'answer, default: "NO", enum', "answer, enum"
    )
    assert "no-default" in codes(text)
    assert "no-default" not in codes(text.replace("duration: 30m", ""))


def test_a_value_beside_an_answer_that_is_asked_for_is_no_trap() -> None:
    value = "{name: amount, valueFrom: {supplied: {}, default: 0}}, {name: answer, valueFrom"
    assert codes(SOUND.replace("{name: answer, valueFrom", value)) == []


def test_the_worst_comes_first_and_dags_crons_and_inline_gates_are_read() -> None:
    document: Any = {
        "kind": "CronWorkflow",
        "spec": {
            "workflowSpec": {
                "templates": [
                    {
                        "name": "main",
                        "dag": {
                            "tasks": [
                                {"name": "hold", "inline": {"suspend": {"duration": 20}}},
                                {"name": "wait", "template": "forever"},
                            ]
                        },
                    },
                    {"name": "forever", "suspend": {}},
                ]
            }
        },
    }
    findings = lint(document)
    assert gates_in(document) == ["hold", "forever"]
    assert findings[0].severity is Severity.ERROR
    assert (findings[0].template, findings[0].code) == ("hold", "bare-duration")
    assert [finding.template for finding in findings[1:]] == ["hold", "forever"]


MEMOIZED = """
kind: Workflow
spec:
  templates:
  - name: top
    dag: {tasks: [{name: a, template: around}, {name: b, template: beside}]}
  - name: around
    memoize: {key: k}
    steps: [[{name: deeper, inline: {dag: {tasks: [{name: x, CALL}]}}}]]
  - {name: within, steps: [[{name: ask, template: approve}]]}
  - {name: beside, steps: [[{name: ask, template: other}]]}
  - {name: loop, steps: [[{name: again, template: loop}]]}
  - {name: approve, suspend: {}}
  - {name: other, suspend: {}}
"""


@pytest.mark.parametrize(
    ("call", "gate"),
    [
        ("template: within", "approve"),
        ("template: approve", "approve"),
        ("inline: {suspend: {}}", "x"),
        ("template: gone, hooks: {exit: {template: within}}", "approve"),
        ("template: gone, onExit: approve", "approve"),
        ("template: loop", None),
        ("templateRef: {name: elsewhere, template: approve}", None),
    ],
)
def test_15_a_gate_within_what_is_memoized_is_found_as_far_as_it_can_be_seen(
    call: str, gate: str | None
) -> None:
    found = [
        finding
        for finding in lint(yaml.safe_load(MEMOIZED.replace("CALL", call)))
        if finding.code == "memoized-gate"
    ]
    assert [finding.template for finding in found] == ([gate] if gate else [])
    assert all(finding.severity is Severity.ERROR for finding in found)
    assert all("within around, which is memoized" in finding.message for finding in found)


@pytest.mark.parametrize("document", [{}, {"kind": "Pod"}, {"kind": "Workflow", "spec": []}])
def test_other_documents_have_no_gates(document: dict[str, object]) -> None:
    assert lint(document) == []
