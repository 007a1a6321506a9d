from __future__ import annotations

from typing import Any

from argotui.model.cron.edit import changed_lines, merged, own_part
from argotui.model.cron.summary import LAST_SCHEDULE
from argotui.model.workflow.actor import ACTION, ACTOR


def document(version: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "CronWorkflow",
        "metadata": {
            "name": "nightly",
            "namespace": "argo",
            "uid": "u1",
            "resourceVersion": version,
            "labels": {"team": "data", ACTOR: "ada", ACTION: "Update"},
            "annotations": {LAST_SCHEDULE: "0 2 * * *", "note": "x"},
        },
        "spec": {"schedules": ["0 2 * * *"]} | spec,
        "status": {"phase": "Active"},
    }


def test_what_a_server_or_the_controller_keeps_is_nobodys_own() -> None:
    assert own_part(document("1")) == own_part(document("2"))
    assert own_part(document("1"))["metadata"] == {
        "name": "nightly",
        "namespace": "argo",
        "labels": {"team": "data"},
        "annotations": {"note": "x"},
    }


def test_an_edit_goes_over_the_newest_version() -> None:
    edited = own_part(document("1", suspend=True))
    made = merged(document("2"), edited)
    assert made["metadata"]["resourceVersion"] == "2"
    assert made["metadata"]["annotations"] == {LAST_SCHEDULE: "0 2 * * *", "note": "x"}
    assert made["metadata"]["labels"] == {"team": "data"}
    assert made["spec"] == {"schedules": ["0 2 * * *"], "suspend": True}
    assert made["status"] == {"phase": "Active"}


def test_a_change_is_shown_as_lines() -> None:
    lines = changed_lines(document("1"), document("2", timezone="Europe/Rome\x1b[31m"))
    assert any("Europe/Rome" in line for line in lines)
    assert not any("\x1b" in line for line in lines)
