"""What recent runs say of a template."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from argotui.model.argo import CLUSTER_WORKFLOW_TEMPLATE, CRON_WORKFLOW, WORKFLOW_TEMPLATE, Key
from argotui.model.kinds import CLUSTER_WORKFLOW_TEMPLATE as CLUSTER_KIND
from argotui.model.kinds import CRON_WORKFLOW as CRON_KIND
from argotui.model.kinds import WORKFLOW_TEMPLATE as TEMPLATE_KIND
from argotui.model.workflows.runs import (
    MEASURED,
    runs_by_template,
    seconds_left,
    usual_of_like,
)
from argotui.model.workflows.summary import Depth, Summary
from tests.support import EPOCH


def run(name: str, phase: str = "Succeeded", *, age: float = 0, took: float = 60) -> Summary:
    started = EPOCH - timedelta(seconds=age)
    ended = phase in ("Succeeded", "Failed", "Error")
    return Summary(
        key=Key("argo", name),
        depth=Depth.FULL,
        phase=phase,
        created=started,
        started=started,
        finished=started + timedelta(seconds=took) if ended else None,
        completed=ended,
    )


def test_runs_are_found_by_the_labels_of_argo() -> None:
    one = run("a")
    labelled = [
        Summary(key=Key("argo", "t"), depth=Depth.FULL, labels={WORKFLOW_TEMPLATE: "x"}),
        Summary(key=Key("data", "t"), depth=Depth.FULL, labels={WORKFLOW_TEMPLATE: "x"}),
        Summary(key=Key("argo", "c"), depth=Depth.FULL, labels={CLUSTER_WORKFLOW_TEMPLATE: "x"}),
        Summary(key=Key("argo", "n"), depth=Depth.FULL, labels={CRON_WORKFLOW: "x"}),
    ]
    found = runs_by_template([one, *labelled])
    assert set(found) == {
        (TEMPLATE_KIND, Key("argo", "x")),
        (TEMPLATE_KIND, Key("data", "x")),
        (CLUSTER_KIND, Key("", "x")),
        (CRON_KIND, Key("argo", "x")),
    }


def test_rate_and_duration_are_those_of_the_latest_runs_that_ended() -> None:
    rows = [run(f"r{n}", age=n * 100, took=n) for n in range(1, 4)]
    rows += [run("bad", "Failed", age=50, took=1000), run("runs", "Running", age=10)]
    labels = {WORKFLOW_TEMPLATE: "x"}
    rows = [msgspec.structs.replace(each, labels=labels) for each in rows]
    (found,) = runs_by_template(rows).values()
    assert [each.key.name for each in found.runs] == ["runs", "bad", "r1", "r2", "r3"]
    assert found.success_rate == 0.75
    assert found.usual_seconds == 2
    assert found.last is found.runs[0]
    many = [
        Summary(key=Key("argo", f"m{n}"), depth=Depth.FULL, labels={WORKFLOW_TEMPLATE: "y"})
        for n in range(100)
    ]
    (found,) = runs_by_template(many).values()
    assert len(found.runs) == MEASURED
    assert (found.success_rate, found.usual_seconds) == (None, None)


def test_what_is_left_of_a_run_is_the_usual_duration_less_what_passed() -> None:
    running = run("a", "Running", age=100)
    assert seconds_left(running, 160, EPOCH) == 60
    assert seconds_left(running, 40, EPOCH) == 0
    assert seconds_left(running, None, EPOCH) is None
    assert seconds_left(run("b", age=100), 160, EPOCH) is None
    suspended = Summary(key=Key("argo", "s"), depth=Depth.FULL, started=EPOCH, suspended=True)
    assert seconds_left(suspended, 160, EPOCH) is None


def test_the_usual_duration_is_that_of_what_was_made_from_the_same() -> None:
    rows = [
        msgspec.structs.replace(run(f"r{n}", took=n), labels={WORKFLOW_TEMPLATE: "x"})
        for n in (10, 20, 30)
    ]
    elsewhere = msgspec.structs.replace(rows[0], key=Key("data", "r"), finished=EPOCH)
    assert usual_of_like("argo", {WORKFLOW_TEMPLATE: "x"}, [*rows, elsewhere]) == 20
    assert usual_of_like("argo", {WORKFLOW_TEMPLATE: "y"}, rows) is None
    assert usual_of_like("argo", {"app": "x"}, rows) is None
