from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.model.argo import Key, Node
from argotui.model.gates.filter import parse_gate_filter
from argotui.model.labels import read_selector
from argotui.model.workflows.filters import FilterError, parse_filter
from argotui.model.workflows.summary import Depth, Summary
from argotui.model.workflows.why import RowReason, RowReasonKind
from tests.unit.model.fixtures import START, at, attempt, node

NOW = at(7200)


def summary(name: str = "etl-prod-x7", **values: object) -> Summary:
    fields: dict[str, object] = {
        "key": Key("argo", name),
        "depth": Depth.FULL,
        "phase": "Running",
        "created": START,
        "started": at(600),
        "template": "nightly-etl",
        "creator": "data-team",
        "message": "step 3: exit code 137",
        "labels": {"app": "web", "env": "prod"},
    }
    return Summary(**(fields | values))  # type: ignore[arg-type]  # fields of Summary


GATED = summary(gates=1, gate="approve-report", message="")
FAILED = summary(phase="Failed", completed=True, finished=at(1200))
WAITING = summary(gates=1)
SUSPENDED = summary(suspended=True)


def found(text: str, row: Summary | None = None) -> bool:
    return parse_filter(text).matches(row or summary(), NOW)


@pytest.mark.parametrize(
    "text",
    [
        *('!"age<1h"', "!x=y", "!5>3", "!app<1"),
        *("", "etl.*x7$", "^argo/etl", "nightly", "exit.code", '"exit code"', "running"),
        *("name:^etl", "message:137", "-f epx", "-l app=web", "-l app", "-l !old", "-l env!=dev"),
        *("-l env in (dev, prod),app==web", "-l env notin (dev)", "phase:running", "phase:run"),
        *("phase:failed,running", "status:Running", "phase:active", "template:nightly-etl"),
        *("template:night*", "template:x,nightly-???", "ns:argo", "namespace:a*", "creator:data-*"),
        *("age:<3h", "age:>1h", "age:>=2h", "age:<=2h", "took:>1h", "took:<2h", "!foo", "!ns:x"),
        *("etl phase:running age:<1d !-l old", "!!etl", "!phase:failed", "!-f zzz", "!-l app=db"),
    ],
)
def test_what_matches(text: str) -> None:
    assert found(text)


def test_what_is_told_of_a_gate_is_found_as_a_message() -> None:
    assert found("approve-report", GATED)
    assert found("message:^gate", GATED)
    assert not found("message:deny", GATED)
    assert not found("approve-report", summary(gates=1, gate="approve-report", completed=True))


@pytest.mark.parametrize(
    "text",
    [
        *("Etl", "prod$", "name:exit", "-f xp", "-l app=db", "-l !app", "-l env in (dev)", "!etl"),
        *("phase:failed", "phase:completed", "template:nightly", "ns:arg", "creator:team"),
        *("age:<1h", "age:>2h", "took:>2h", "etl nope", "!phase:running", "!!nope"),
    ],
)
def test_what_does_not(text: str) -> None:
    assert not found(text)


def test_the_phase_is_the_word_that_is_shown() -> None:
    assert found("phase:waiting", WAITING)
    assert found("phase:waiting", SUSPENDED)
    assert found("phase:suspended", SUSPENDED)
    assert not found("phase:suspended", WAITING)
    assert not found("phase:running", WAITING)
    assert found("phase:failed", FAILED)
    assert found("phase:completed", FAILED)
    assert not found("phase:active", FAILED)
    assert not found("phase:waiting", summary(gates=1, completed=True, phase="Failed"))


ERRED = summary(phase="Error", completed=True)
STUCK = summary(
    why=RowReason(RowReasonKind.STUCK, "ImagePullBackOff: x", "scan", others=("Unschedulable: y",))
)
DENIED = summary(
    phase="Failed", completed=True, why=RowReason(RowReasonKind.DENIED, "denied by bo", "deploy")
)


def test_failed_is_what_failed_and_what_ended_in_error() -> None:
    assert [found("phase:failed", row) for row in (FAILED, ERRED, DENIED)] == [True, True, False]
    assert [found("phase:error", row) for row in (FAILED, ERRED)] == [False, True]
    assert found("failed", ERRED)
    assert found("!phase:failed", STUCK)


def test_the_phase_of_argo_is_meant_where_an_equals_sign_says_so() -> None:
    assert [found("phase:=Failed", row) for row in (FAILED, ERRED, DENIED)] == [True, False, True]
    assert found("phase:=failed,error", ERRED)
    assert found("status:=Running", WAITING)
    assert not found("phase:=Pending", STUCK)
    assert str(parse_filter("phase:=failed,Error")) == "phase:=Failed,Error"


def test_what_is_stuck_or_denied_is_found_by_its_word_and_by_what_its_nodes_say() -> None:
    for text in ("phase:stuck", "stuck", "ImagePull", "message:unsched", "scan", "phase:active"):
        assert found(text, STUCK), text
    assert not found("phase:running", STUCK)
    assert found("phase:denied", DENIED)
    assert found("denied", DENIED)
    assert found("phase:completed", DENIED)


def test_a_suspended_workflow_is_found_also_while_a_gate_in_it_is_open() -> None:
    both = summary(suspended=True, gates=1)
    assert found("phase:suspended", both)
    assert found("phase:waiting", both)


def test_what_is_being_deleted_keeps_its_state() -> None:
    going = summary(phase="Error", completed=True, deleting=True)
    for text in ("phase:deleting", "phase:failed", "phase:error", "deleting"):
        assert found(text, going), text


def test_a_row_of_the_table_that_has_ended_is_not_active() -> None:
    shallow = summary(depth=Depth.TABLE, phase="Succeeded")
    assert found("phase:completed", shallow)
    assert not found("phase:active", shallow)


def test_what_ended_took_until_its_end() -> None:
    assert found("took:<=10m", FAILED)
    assert not found("took:>10m", FAILED)
    assert found("ended:>1s", FAILED)
    assert found("ended:<9w", FAILED)
    assert not found("ended:>9w", FAILED)


def test_what_runs_has_not_ended_at_any_time() -> None:
    assert not found("ended:>1s")
    assert not found("ended:<9w")


def test_what_is_unknown_matches_no_bound() -> None:
    shallow = summary(created=None, started=None)
    assert not found("age:<9w", shallow)
    assert not found("took:<9w", shallow)
    assert found("!age:<9w", shallow)


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("", Depth.TABLE),
        ("etl", Depth.TABLE),
        ("-f etl ns:argo", Depth.TABLE),
        ("phase:failed", Depth.FULL),
        ("phase:failed,denied", Depth.METADATA),
        ("phase:=Failed", Depth.METADATA),
        ("phase:running", Depth.METADATA),
        ("-l app age:<1h template:x creator:y", Depth.METADATA),
        ("took:>1m", Depth.FULL),
        ("etl !took:>1m", Depth.FULL),
        ("message:oom", Depth.FULL),
    ],
)
def test_how_deep_a_filter_has_to_read(text: str, depth: Depth) -> None:
    assert parse_filter(text).needs is depth


def test_some_filters_change_with_time() -> None:
    assert parse_filter("!age:<1h").moves
    assert not parse_filter("etl phase:failed").moves
    young = parse_filter("age:<2h")
    assert young.matches(summary(), NOW - timedelta(seconds=1))
    assert not young.matches(summary(), NOW)


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("etl phse:failed", 4, "did you mean “phase:”"),
        ("etl label:x", 4, "labels are chosen with -l"),
        ("image:v2", 0, "quotes"),
        ("zzzz:v2", 0, "There are name, message"),
        ("!tmplate:x", 1, "did you mean “template:”"),
        ("phase:bogus", 6, "there are active"),
        ("phase:=Runing", 7, "did you mean “Running”"),
        ("phase:=", 7, "needs a value"),
        ("phase:=stuck", 7, "there are Pending"),
        ("etl phase=failed", 4, "did you mean “phase:failed”"),
        ("phase!=failed", 0, "did you mean “!phase:failed”"),
        ("Status==Error", 0, "did you mean “Status:Error”"),
        ("took>10", 0, "did you mean “took:>10m”"),
        ("age<1h", 0, "did you mean “age:<1h”"),
        ("!age>=2d", 1, "did you mean “age:>=2d”"),
        ("phase:runing", 6, "did you mean “running”"),
        ("phase:failed,Suceeded", 13, "did you mean “succeeded”"),
        ("age:2h", 4, "< or >"),
        ("age:<2", 5, "needs a unit"),
        ("took:>2x", 6, "unit"),
        ("etl (x", 4, "regular expression"),
        ('a "(x"', 3, "regular expression"),
        ('a "x', 2, "not closed"),
        ('"a"b', 3, "space"),
        ("!", 0, "needs a term"),
        ("-l", 2, "label"),
        ("-l =x", 3, "label"),
        ("-l app=web)", 10, "cannot follow"),
        ("-l a in (x", 10, "ends with"),
        ("-f", 2, "letters"),
        ("ns:", 3, "value"),
        ("name:", 5, "pattern"),
    ],
)
def test_a_bad_filter_says_where_and_why(text: str, position: int, says: str) -> None:
    with pytest.raises(FilterError, match=says) as caught:
        parse_filter(text)
    assert caught.value.position == position


def test_words_with_a_colon_are_text_in_quotes() -> None:
    assert found('"image:v2"', summary(message="cannot pull image:v2"))


def test_filters_serve_nodes_too() -> None:
    failed: Node = node("wf.scan", phase="Failed", start=10, end=25, template="scan", message="oom")
    for text in ("phase:failed", "took:>10s", "template:sc*", "oom", "-f scn", "name:scan", "!x"):
        assert parse_filter(text).matches_node(failed, NOW)
    for text in ("phase:running", "took:<10s", "ns:argo", "-l app", "creator:x", "message:x"):
        assert not parse_filter(text).matches_node(failed, NOW)


PIECES = st.sampled_from(
    [
        *("etl", "a.*b", '"x y"', "'it''s'", "-l", "-f", "-l a=b,!c", "-l a in (b,c)", "!", "!!"),
        *("phase:", "phase:failed,run", "age:<2h", "took:>=1d", "ns:a*,b", 'template:"a b"', "in"),
        *("name:^x", 'message:"a b"', "(", ")", "[", "*", '"', "=x", "!=x", ",", "-", "a:b", "\\"),
        *("creator:x", "-l x,app=", "(a)", "notin", "-l x", "\t", "\u3000"),
    ]
)
ANYTHING = st.lists(PIECES, max_size=5).map(" ".join) | st.lists(PIECES).map("".join) | st.text()


@given(ANYTHING)
def test_any_line_is_a_filter_or_an_error_with_a_place(text: str) -> None:
    parsed, error = attempt(parse_filter, text, FilterError)
    if parsed is None:
        assert error is not None
        assert error.message
        assert 0 <= error.position <= len(text)
        return
    again = parse_filter(str(parsed))
    assert str(again) == str(parsed)
    assert again.needs is parsed.needs
    assert len(again.terms) == len(parsed.terms)
    for row in (summary(), FAILED, WAITING, SUSPENDED, summary("a b", labels={"x": "", "a": "b"})):
        assert again.matches(row, NOW) is parsed.matches(row, NOW)


@pytest.mark.parametrize("expression", [False, True])
@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("argo/", "etl gated failed erred stuck denied"),
        ("nightly", "etl gated failed erred stuck denied"),
        ("exit code 137", "etl failed erred stuck denied"),
        ("approve-report", "gated"),
        ("scan: image", "stuck"),
        ("unschedulable", "stuck"),
        ("denied", "denied"),
        ("failed", "failed erred"),
        ("error", "erred"),
        ("waiting", "gated"),
        ("x7 nightly", ""),
        ("137 running", ""),
    ],
)
def test_a_word_is_looked_for_in_each_text_of_a_row(text: str, rows: str, expression: bool) -> None:
    """Nowhere else, and the same as a plain word and as an expression."""
    wanted = parse_filter(f'"({text})"' if expression else f'"{text}"')
    given = {
        "etl": summary(),
        "gated": GATED,
        "failed": FAILED,
        "erred": ERRED,
        "stuck": STUCK,
        "denied": DENIED,
    }
    for _ in range(2):  # also where an answer is remembered
        assert [name for name, row in given.items() if wanted.matches(row, NOW)] == rows.split()


@given(PIECES)
def test_the_inverse_of_a_term_is_its_complement(piece: str) -> None:
    try:
        parsed, inverse = parse_filter(piece), parse_filter(f"!{piece}")
    except FilterError:
        return
    if len(parsed.terms) != 1:
        return
    for row in (summary(), FAILED, WAITING, SUSPENDED):
        assert parsed.matches(row, NOW) is not inverse.matches(row, NOW)
    assert parsed.matches_node(node("wf.a"), NOW) is not inverse.matches_node(node("wf.a"), NOW)


@given(st.text("ab=!,() in", max_size=16))
def test_any_text_begins_with_a_selector_or_is_an_error(text: str) -> None:
    found, error = attempt(read_selector, text, FilterError)
    if found is None:
        assert error is not None
        assert 0 <= error.position <= len(text)
        return
    selector, end = found
    assert 0 < end <= len(text)
    assert read_selector(str(selector)) == (selector, len(str(selector)))
    selector.matches({"a": "b", "in": ""})


def test_nodes_have_the_words_of_workflows() -> None:
    erred, pulls = (
        node("wf.a", phase="Error"),
        node("wf.b", phase="Pending", message="ErrImagePull"),
    )
    assert parse_filter("phase:failed").matches_node(erred, NOW)
    assert not parse_filter("phase:=Failed").matches_node(erred, NOW)
    assert parse_filter("phase:stuck").matches_node(pulls, NOW)
    assert parse_filter("phase:=pending").matches_node(pulls, NOW)


@pytest.mark.parametrize("text", ["phase:failed", "phase:=Failed", "!phase:=Running"])
def test_a_gate_has_no_phase(text: str) -> None:
    with pytest.raises(FilterError, match="a gate waits"):
        parse_gate_filter(text)
