from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from argotui.model.argo import Key
from argotui.model.cron.summary import LAST_SCHEDULE, CronCondition, summarise_cron

NOW = datetime(2024, 5, 1, 10, 30, tzinfo=UTC)


def cron(status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    spec = {"schedules": ["0 * * * *"], "workflowSpec": {"entrypoint": "main"}} | spec
    zone = f"CRON_TZ={spec['timezone']} " if spec.get("timezone") else ""
    used = ",".join(zone + text for text in spec["schedules"])
    return {
        "metadata": {
            "namespace": "argo",
            "name": "hourly",
            "uid": "u1",
            "resourceVersion": "7",
            "creationTimestamp": "2024-04-01T00:00:00Z",
            "annotations": {LAST_SCHEDULE: used},
        },
        "spec": spec,
        "status": status or {},
    }


def last(text: str, **more: Any) -> dict[str, Any]:
    return {"lastScheduledTime": f"2024-05-01T{text}:00Z", **more}


def test_a_row() -> None:
    status = last(
        "10:00",
        active=[{"name": "hourly-1"}, {"name": "hourly-2\x1b[31m"}],
        succeeded=4,
        failed=2,
        conditions=[
            {"type": "SubmissionError", "status": "True", "message": "Failed\nto submit"},
            {"type": "SpecError", "status": "False", "message": "once"},
        ],
    )
    row = summarise_cron(
        cron(
            status,
            timezone="Europe/Berlin",
            concurrencyPolicy="Forbid",
            startingDeadlineSeconds=0,
            successfulJobsHistoryLimit=-1,
            failedJobsHistoryLimit=0,
            when="{{= true }}",
            stopStrategy={"expression": "cronworkflow.failed >= 3"},
            workflowSpec={"workflowTemplateRef": {"name": "etl"}},
        )
    )
    assert row.key == Key("argo", "hourly")
    assert (row.uid, row.resource_version) == ("u1", "7")
    assert (row.schedule_text, row.zone_name) == ("0 * * * *", "Europe/Berlin")
    assert row.active == ("hourly-1", "hourly-2")
    assert (row.succeeded, row.failed, row.concurrency, row.deadline) == (4, 2, "Forbid", 0)
    assert (row.keep_successful, row.keep_failed) == (3, 0)
    assert (row.when, row.stop_expression) == ("{{= true }}", "cronworkflow.failed >= 3")
    assert row.template == "etl"
    assert row.conditions == (CronCondition("SubmissionError", "Failed\nto submit"),)
    assert row.error == "SubmissionError: Failed to submit"
    assert (row.state, row.rescheduled) == ("", False)


def test_the_next_runs_are_in_the_zone() -> None:
    row = summarise_cron(cron(schedules=["0 8 * * *"], timezone="America/New_York"))
    assert row.next_runs(NOW, 2) == [NOW.replace(hour=12, minute=0), NOW.replace(2024, 5, 2, 12, 0)]


def test_what_runs_nothing_has_no_next_run_and_says_why() -> None:
    for document, state, words in (
        (cron(suspend=True), "suspended", ""),
        (cron({"phase": "Stopped"}), "stopped", ""),
        (cron(schedules=["0 0 * * 7"]), "refused", "above maximum"),
        (cron(timezone="Europe/Belin"), "refused", "did you mean Europe/Berlin"),
        (cron(schedules=["TZ=UTC @daily"], timezone="UTC"), "refused", "`timezone` is set too"),
        (cron(schedules=[]), "refused", "no schedule"),
        (cron(concurrencyPolicy="Queue"), "refused", "concurrencyPolicy"),
        (cron(startingDeadlineSeconds=-1), "refused", "negative"),
    ):
        row = summarise_cron(document)
        assert row.state == state
        assert row.next_run(NOW) is None
        assert words in row.error
    long = cron()
    long["metadata"]["name"] = "n" * 53
    assert "53 characters" in summarise_cron(long).error


def test_missed_runs() -> None:
    row = summarise_cron(cron(last("07:00")))
    missed = row.missed(NOW)
    assert missed is not None
    assert (missed.count, missed.words, missed.until) == (3, "3", None)
    assert missed.last == NOW.replace(minute=0)

    in_time = summarise_cron(cron(last("07:00"), startingDeadlineSeconds=3600)).missed(NOW)
    assert in_time is not None
    assert in_time.until == NOW.replace(hour=11, minute=0)

    too_late = summarise_cron(cron(last("07:00"), startingDeadlineSeconds=60)).missed(NOW)
    assert too_late is not None
    assert too_late.until is None

    many = summarise_cron(cron(last("00:00"), schedules=["* * * * *"])).missed(NOW)
    assert many is not None
    assert many.words == "99+"


def test_what_is_not_missed() -> None:
    assert summarise_cron(cron(last("10:00"))).missed(NOW) is None
    just_due = NOW.replace(minute=0) + timedelta(seconds=20)
    assert summarise_cron(cron(last("09:00"))).missed(just_due) is None
    assert summarise_cron(cron()).missed(NOW) is None, "it never ran"
    assert summarise_cron(cron(last("07:00"), suspend=True)).missed(NOW) is None
    assert summarise_cron(cron(last("07:00"), schedules=["@every 10m"])).missed(NOW) is None
    changed = cron(last("07:00"))
    changed["spec"]["schedules"] = ["30 * * * *"]
    assert summarise_cron(changed).rescheduled
    assert summarise_cron(changed).missed(NOW) is None


def test_every_counts_from_the_last_run() -> None:
    row = summarise_cron(cron(last("10:20"), schedules=["@every 15m"]))
    assert row.next_run(NOW) == NOW.replace(minute=35)


def test_an_every_that_is_longer_than_the_controller_waits_never_runs() -> None:
    row = summarise_cron(cron(schedules=["@every 20m"]))
    assert row.next_run(NOW) is None
    assert "it never runs" in row.error
    both = summarise_cron(cron(schedules=["@every 1h", "0 12 * * *"]))
    assert both.next_run(NOW) is not None
    assert both.error == ""


def test_parts_of_a_wrong_shape_count_as_missing() -> None:
    for broken in (
        {},
        {"metadata": [], "spec": "x", "status": 4},
        {"metadata": {"name": 3, "labels": [1]}, "spec": {"schedules": "x", "suspend": "yes"}},
        {"spec": {"schedules": [None, 5]}, "status": {"conditions": [3], "active": {"a": 1}}},
        {"status": {"lastScheduledTime": "yesterday", "succeeded": "many"}},
    ):
        assert summarise_cron(broken).state == "refused"
    old = cron()
    old["spec"]["schedule"] = old["spec"].pop("schedules")[0]
    assert summarise_cron(old).schedules == ("0 * * * *",)
