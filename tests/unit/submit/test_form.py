"""The form of a submission without a screen."""

from __future__ import annotations

from typing import Any

import pytest

from argotui.model.kinds import WORKFLOW_TEMPLATE
from argotui.operations.submit.form import SubmitForm
from argotui.operations.submit.submitter import SubmissionSource

SPEC: dict[str, Any] = {
    "entrypoint": "main",
    "arguments": {
        "parameters": [
            {"name": "version"},
            {"name": "mode", "value": "safe", "enum": ["safe", "fast"]},
            {"name": "note", "value": "x"},
        ]
    },
    "templates": [
        {"name": "main", "suspend": {}},
        {"name": "other", "suspend": {}, "inputs": {"parameters": [{"name": "why"}]}},
    ],
}


@pytest.fixture
def form() -> SubmitForm:
    document = {"metadata": {"name": "release"}, "spec": SPEC}
    return SubmitForm(SubmissionSource(WORKFLOW_TEMPLATE, document, SPEC, {}))


def test_only_what_differs_from_the_template_is_sent(form: SubmitForm) -> None:
    assert form.problems() == {"version": "needs a value"}
    form.fill("version", "v2")
    form.fill("mode", "safe")
    form.fill("note", "")
    assert form.problems() == {}
    assert form.options().parameters == {"version": "v2", "note": ""}
    form.reset("note")
    assert form.parameters == {"version": "v2"}


def test_problems_are_those_of_each_field(form: SubmitForm) -> None:
    form.fill("version", "v2")
    form.fill("mode", "slow")
    form.settings |= {
        "name": "No",
        "generate_name": "-",
        "labels": "a",
        "service_account": "A",
        "priority": "high",
    }
    found = form.problems()
    assert found["mode"] == "must be one of safe, fast"
    assert found["labels"] == "'a' is not NAME=VALUE"
    assert found["priority"] == "must be a whole number"
    assert set(found) == {"mode", "name", "generate_name", "labels", "service_account", "priority"}
    form.settings["labels"] = "a=b c"
    assert "is no value for the label a" in form.problems()["labels"]
    form.settings["priority"] = str(1 << 40)
    assert "is no priority" in form.problems()["priority"]


def test_options_hold_what_is_filled_in(form: SubmitForm) -> None:
    form.fill("version", "v2")
    form.settings |= {"name": " one ", "labels": "a=b, c=d,", "priority": " 3 "}
    options = form.options()
    assert (options.name, options.labels, options.priority) == ("one", {"a": "b", "c": "d"}, 3)
    assert (options.entrypoint, options.service_account) == ("", "")


def test_another_entrypoint_keeps_values_and_is_sent(form: SubmitForm) -> None:
    form.fill("version", "v2")
    form.set_entrypoint("other")
    assert form.problems() == {"why": "needs a value"}
    form.fill("why", "because")
    options = form.options()
    assert options.entrypoint == "other"
    assert options.parameters == {"version": "v2", "why": "because"}
    form.set_entrypoint("main")
    assert form.options().parameters == {"version": "v2"}


def test_values_of_a_run_are_taken_as_far_as_there_are_fields(form: SubmitForm) -> None:
    assert form.take({"version": "v1", "gone": "x", "mode": "safe"}) == ["gone"]
    assert form.parameters == {"version": "v1"}
