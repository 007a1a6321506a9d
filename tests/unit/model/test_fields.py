"""Fields that a kind does not have, by the types of Argo 4.1."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from argotui.backend.argo_fields import argo_fields
from argotui.model.fields import FieldTypes, UnknownField, WrongShape, path_text
from argotui.model.kinds import KINDS

FOLDER = Path(__file__).parents[3] / "workflows"


def problems(kind: str, spec: object) -> list[str]:
    document = {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "spec": spec}
    return [path_text(each.path) for each in argo_fields().problems(kind, document)]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: str(file.stem))
def test_the_shipped_workflows_have_no_unknown_field(file: Path) -> None:
    for document in yaml.safe_load_all(file.read_text("utf-8")):
        assert document["kind"] in KINDS
        assert list(argo_fields().problems(document["kind"], document)) == []


def test_fields_of_argo_41_are_known() -> None:
    template = {
        "name": "a",
        "pendingTimeout": "5m",
        "podResources": {"limits": {"cpu": 1}},
        "resourceClaims": [{"name": "gpu"}],
    }
    assert problems("Workflow", {"executorPlugins": [], "templates": [template]}) == []


@pytest.mark.parametrize(
    ("kind", "spec", "path"),
    [
        ("Workflow", {"backoffLimit": 3}, "spec.backoffLimit"),
        ("CronWorkflow", {"schedule": "* * * * *"}, "spec.schedule"),
        ("CronWorkflow", {"workflowSpec": {"entrypont": "a"}}, "spec.workflowSpec.entrypont"),
        (
            "WorkflowTemplate",
            {"templates": [{}, {"steps": [[{"name": "a", "tmplate": "b"}]]}]},
            "spec.templates[1].steps[0][0].tmplate",
        ),
        (
            "ClusterWorkflowTemplate",
            {"templates": [{"container": {"envs": []}}]},
            "spec.templates[0].container.envs",
        ),
        ("Workflow", {"templates": {"name": "a"}}, "spec.templates"),
        ("Workflow", {"entrypoint": ["a"]}, "spec.entrypoint"),
        ("Workflow", [], "spec"),
        ("Workflow", {"hooks": {"exit": {"tmpl": "a"}}}, "spec.hooks.exit.tmpl"),
    ],
)
def test_each_problem_is_found_at_its_path(kind: str, spec: object, path: str) -> None:
    assert problems(kind, spec) == [path]


def test_what_may_hold_anything_is_not_looked_into() -> None:
    dag = {"tasks": [{"name": "a", "withItems": [1, {"x": [2]}]}]}
    templates = [{"plugin": {"hello": {"x": 1}}}, {"dag": dag}]
    assert problems("Workflow", {"templates": templates, "entrypoint": None}) == []


def test_another_kind_is_not_judged() -> None:
    assert list(argo_fields().problems("Pod", {"bogus": 1})) == []


def test_a_problem_says_what_is_known_or_wanted() -> None:
    types = FieldTypes({"A": {"one": "[]B", "two": "{}string"}, "B": {"three": "any"}})
    document = {"one": [{"four": 1}], "two": []}
    assert list(types.problems("A", document)) == [
        UnknownField(("one", 0, "four"), "B", ("three",)),
        WrongShape(("two",), "an object"),
    ]
