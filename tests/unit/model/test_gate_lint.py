"""Each trap of a gate is found, and a sound gate has none."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from argotui.model.findings import LintFinding, Severity
from argotui.model.gates.lint import (
    gates_in,
    lint,
    lint_template,
)

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
    assert [finding.template for finding in findings[1:]] == ["forever"]


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


def found(text: str, code: str) -> list[LintFinding]:
    return [each for each in lint(yaml.safe_load(text)) if each.code == code]


STAGES = """
kind: Workflow
spec:
  templates:
  - name: main
    dag:
      tasks:
      - {name: choose-stage, template: choose}
      - name: deploy
        template: work
        DEPENDS
        arguments: {parameters: [{name: stage, value: VALUE}]}
  - name: choose
    metadata: {annotations: {description: "Where to?"}}
    suspend: {}
    outputs: {parameters: [{name: stage, enum: ENUM, valueFrom: {supplied: {}}}]}
  - {name: work, inputs: {parameters: [{name: stage}]}, container: {image: busybox}}
"""
READ = '"{{tasks.choose-stage.outputs.parameters.stage}}"'


@pytest.mark.parametrize(
    ("enum", "value", "depends", "wanted"),
    [
        ("[canary, full, hold]", "x", "depends: choose-stage", None),
        ("[canary, full, hold]", READ, "depends: choose-stage", None),
        ("[canary, deny]", READ, "depends: choose-stage", None),
        ("[canary, deny]", "x", "depends: choose-stage.Failed", None),
        ("[canary, deny]", "x", "dependencies: []", None),
        ("[canary, deny]", "x", "depends: choose-stage-2 || other", None),
        ("[canary, deny]", "x", "depends: (choose-stage.Succeeded)", "!= deny"),
        ("[canary, deny]", "x", "dependencies: [choose-stage]", "!= deny"),
        ('["YES", "NO"]', "x", "depends: choose-stage && other", "== YES"),
        ("[true, false]", "x", "depends: choose-stage", "== true"),
        (
            "[canary, deny]",
            "\"{{=tasks['choose-stage'].outputs.parameters['stage']}}\"",
            "depends: choose-stage",
            None,
        ),
        (
            "[canary, deny]",
            '"{{tasks.choose-stage-2.outputs.parameters.stage}}"',
            "depends: choose-stage",
            "!= deny",
        ),
        (
            "[canary, deny]",
            '"{{tasks.choose-stage.outputs.parameters.stages}}"',
            "depends: choose-stage",
            "!= deny",
        ),
    ],
)
def test_an_answer_nobody_asks_for_is_found_where_one_can_say_no_and_something_goes_on(
    enum: str, value: str, depends: str, wanted: str | None
) -> None:
    text = STAGES.replace("ENUM", enum).replace("VALUE", value).replace("DEPENDS", depends)
    hints = [each.hint for each in found(text, "answer-not-asked-for")]
    path = "{{tasks.choose-stage.outputs.parameters.stage}}"
    assert hints == ([f'Add `when: "{path} {wanted}"` to deploy.'] if wanted else [])


def test_what_is_called_from_elsewhere_or_handed_on_as_a_global_is_not_judged() -> None:
    text = STAGES.replace("ENUM", "[canary, deny]").replace("VALUE", "x")
    text = text.replace("DEPENDS", "depends: choose-stage")
    assert len(found(text, "answer-not-asked-for")) == 1
    for old, new in (
        ("{name: choose-stage, template: choose}", "{name: choose-stage, template: work}"),
        ("{name: stage, enum", "{name: stage, globalName: where, enum"),
    ):
        assert found(text.replace(old, new), "answer-not-asked-for") == []


@pytest.mark.parametrize(
    ("duration", "meant"),
    [
        ('"1d"', '"24h"'),
        ('" 30m"', '"30m"'),
        ('"1w 2h"', '"170h"'),
        ('"90 s"', '"90s"'),
        ('"soon"', '"24h" or "90m"'),
        ('"30m"', None),
        ('"20"', None),
        ("20", None),
        ('"1h30m"', None),
        ('"{{inputs.parameters.wait}}"', None),
    ],
)
def test_a_duration_that_argo_cannot_read_ends_the_node(duration: str, meant: str | None) -> None:
    text = SOUND.replace("suspend: {duration: 30m}", f"suspend: {{duration: {duration}}}")
    findings = found(text, "bad-duration")
    assert [each.hint.split(":")[0] for each in findings] == ([f"Write {meant}"] if meant else [])
    assert all(each.severity is Severity.ERROR for each in findings)
    assert {each.code for each in lint(yaml.safe_load(text))} <= {"bad-duration"}


OUTPUT = 'name: answer, valueFrom: {supplied: {}, default: "NO"}'


@pytest.mark.parametrize(
    ("output", "code", "severity"),
    [
        ('enum: ["YES", "NO"], valueFrom: {supplied: {}, default: maybe}', "default-no-choice", 3),
        ('enum: ["YES", "NO"], valueFrom: {supplied: {}, default: "YES"}', "default-approves", 3),
        ("enum: [canary, full], valueFrom: {supplied: {}, default: full}", None, 0),
        ("enum: [go, stop], valueFrom: {supplied: {}, default: go}", "default-approves", 3),
        ("enum: [1, 2], valueFrom: {supplied: {}, default: 1}", None, 0),
        ("enum: [true, false], valueFrom: {supplied: {}, default: true}", "default-approves", 3),
        ('enum: ["{{inputs.parameters.a}}"], valueFrom: {supplied: {}, default: b}', None, 0),
        ('valueFrom: {supplied: {}, default: "{{inputs.parameters.a}}"}', None, 0),
    ],
)
def test_a_default_is_judged_by_the_choices_beside_it(
    output: str, code: str | None, severity: int
) -> None:
    text = SOUND.replace('enum: ["YES", "NO"]', "description: d").replace(
        'default: "NO", desc', "desc"
    )
    text = text.replace(OUTPUT, f"name: answer, {output}").replace(
        "{name: answer, description: d}", "{name: answer, value: x}"
    )
    named = ("default-no-choice", "default-approves")
    findings = [each for each in lint(yaml.safe_load(text)) if each.code in named]
    assert [(each.code, each.severity) for each in findings] == ([(code, severity)] if code else [])


def test_without_a_duration_no_default_is_taken_when_nobody_answers() -> None:
    text = SOUND.replace("suspend: {duration: 30m}", "suspend: {}")
    assert found(text.replace('default: "NO"', 'default: "YES"'), "default-approves") == []
    odd = found(
        text.replace('supplied: {}, default: "NO"', "supplied: {}, default: maybe"),
        "default-no-choice",
    )
    assert [each.severity for each in odd] == [Severity.WARNING]


def test_the_safe_default_is_named_from_the_choices() -> None:
    bare = SOUND.replace('supplied: {}, default: "NO"', "supplied: {}")
    bare = bare.replace('default: "NO", enum', "value: x, enum")
    assert [each.hint for each in found(bare, "no-default")] == [
        'Add `default: "NO"` beside `supplied: {}`, or take the duration away.'
    ]
    free = bare.replace('enum: ["YES", "NO"]', "description: d")
    assert "NO" not in found(free, "no-default")[0].hint


def test_an_input_with_choices_that_every_call_fills_needs_no_default() -> None:
    text = SOUND.replace('answer, default: "NO", enum', "answer, enum")
    assert len(found(text, "enum-without-default")) == 1
    given = "{name: ask, template: approve, arguments: {parameters: [{name: answer, value: x}]}}"
    assert (
        found(text.replace("{name: ask, template: approve}", given), "enum-without-default") == []
    )


def test_findings_say_where_they_are_and_are_told_once_of_a_gate_that_is_there_twice() -> None:
    document = yaml.safe_load(SOUND.replace("30m", "1d"))
    (one,) = lint(document)
    assert one.path == ("spec", "templates", 1, "suspend", "duration")
    document["spec"]["templates"].append(document["spec"]["templates"][1])
    assert len(lint(document)) == 2
    assert [each.code for each in lint_template(document, "approve")] == ["bad-duration"]
