from __future__ import annotations

from datetime import UTC, datetime

import pytest

from argotui.model.workflow.rerun_options import ResubmitOptions
from argotui.model.workflow.resubmit import resubmitted
from argotui.model.workflow.run_again import CannotRunAgain

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
LABEL = "workflows.argoproj.io/"
EARLIER = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Workflow",
    "metadata": {
        "name": "release-x7k2p",
        "namespace": "shop",
        "uid": "1",
        "resourceVersion": "7",
        "labels": {
            "team": "shop",
            LABEL + "creator": "ana",
            LABEL + "actor": "boris",
            LABEL + "actor-email": "boris.at.example.com",
            LABEL + "action": "Resume",
            LABEL + "phase": "Failed",
        },
        "annotations": {
            "argotui.io/creator": "ana",
            "argotui.io/approvers": "group:release",
            "audit.argotui.io/head": "abc",
        },
    },
    "spec": {"entrypoint": "main", "shutdown": "Stop", "unknownToArgotui": {"kept": 1}},
    "status": {"phase": "Succeeded"},
}


def test_nothing_of_who_acted_on_the_earlier_one_is_carried_over() -> None:
    metadata = resubmitted(EARLIER, ResubmitOptions(), NOW, "")["metadata"]
    assert metadata == {
        "generateName": "release-x7k2p-",
        "namespace": "shop",
        "labels": {"team": "shop", LABEL + "resubmitted-from-workflow": "release-x7k2p"},
        "annotations": {"argotui.io/approvers": "group:release"},
    }


def test_the_spec_is_carried_over_to_the_letter_with_the_priority_that_is_asked_for() -> None:
    new = resubmitted(EARLIER, ResubmitOptions(parameters={"a": "1"}, priority=5), NOW, "")
    assert new["spec"] == {
        "entrypoint": "main",
        "unknownToArgotui": {"kept": 1},
        "arguments": {"parameters": [{"name": "a", "value": "1"}]},
        "priority": 5,
    }
    assert "status" not in new


def test_only_a_failed_one_can_be_memoized() -> None:
    with pytest.raises(CannotRunAgain, match="failed"):
        resubmitted(EARLIER, ResubmitOptions(memoized=True), NOW, "abcde")
