"""The message of a decision: what is written is what is read, whoever decided and why."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from argotui.model.gates.decision import (
    Choice,
    Outcome,
    message_of,
    read_message,
)
from argotui.model.redact import MASK, redact_text
from argotui.model.sanitise import clean_line
from argotui.model.spelling import spelled
from tests.unit.model.gate_documents import decision_on, gate_document

DOCUMENT = gate_document()


@given(
    actor=st.text(min_size=1),
    reason=st.text(),
    choice=st.sampled_from(Choice),
    before=st.text(),
)
@example("system:serviceaccount:argo:bot", "fine", Choice.APPROVE, "")
@example("admin: approved: yes", "no", Choice.DENY, "")
@example("admin: approved", "", Choice.DENY, "")
@example("a", ": approved: x", Choice.DENY, "")
@example("a", '{"argotui":1,"request":"0","decision":"1"}', Choice.DENY, "")
@example("ann", "", Choice.APPROVE, "check the dashboard first")
@example("ann", "a; b", Choice.APPROVE, 'bob: denied: no {"argotui":1,"decision":"b"}')
@example("bob: approved", "", Choice.APPROVE, ": denied: ; ")
def test_what_was_written_is_what_is_read(
    actor: str, reason: str, choice: Choice, before: str
) -> None:
    actor = clean_line(actor)
    decision = decision_on(DOCUMENT, choice, actor=actor, reason=reason)
    message = message_of(decision, before)
    assert message.startswith(f"{actor}: {choice.done}")
    assert clean_line(before).strip() in message
    assert "\n" not in message
    record = read_message(message)
    assert record is not None
    assert (record.actor, record.choice) == (actor, choice)
    assert record.reason == clean_line(redact_text(reason))
    assert record.decision == decision.id
    assert decision.request.digest.startswith(record.request)
    assert read_message(clean_line(message)) == record


def test_a_secret_in_a_reason_is_not_written_for_all_to_read() -> None:
    reason = "run by hand with password=hunter2-s3cret"
    message = message_of(decision_on(DOCUMENT, Choice.APPROVE, actor="ann", reason=reason))
    assert "hunter2" not in message
    assert f"ann: approved: run by hand with password={MASK}" in message


@pytest.mark.parametrize(
    "message",
    [
        "",
        "approved by hand",
        "bob: approved: fine",
        'bob: considered {"argotui":1,"request":"a","decision":"b"}',
        'bob: approved {"argotui":1,"request":"a"}',
        'bob: approved {"argotui":1,"request":1,"decision":"b"}',
        'bob: approved {"argotui":1,"request":"a","decision":"b"',
        'bob: approved {"argotui":1,"request":"a","decision":"b"} and more',
        'bob: approved {"argotui":1,"request":"a","decision":"b","actor":99}',
        'bob: approved {"argotui":1,"request":"a","decision":"b","actor":-1}',
        'bob: approved {"argotui":1,"request":"a","decision":"b","actor":"3"}',
        'bob: approved {"argotui":1,"request":"a","decision":"b","actor":1}',
        'bob: approved {"argotui":1,"request":"a","decision":"b","kept":3}',
        'bob: approved; x {"argotui":1,"request":"a","decision":"b","kept":99}',
        'bob: approved; x {"argotui":1,"request":"a","decision":"b","kept":-1}',
        'bob: approved; x {"argotui":1,"request":"a","decision":"b","kept":true}',
        'bob: approved; x {"argotui":1,"request":"a","decision":"b","actor":13,"kept":1}',
    ],
)
def test_a_message_that_tells_of_no_decision_is_none(message: str) -> None:
    assert read_message(message) is None


@given(st.text())
def test_no_message_breaks_the_reader(text: str) -> None:
    read_message(text)
    read_message(f'bob: approved {{"argotui":1,{text}')


def test_the_five_outcomes_have_words_of_their_own() -> None:
    assert [outcome.value for outcome in Outcome] == [
        "decided",
        "already decided",
        "changed since you looked",
        "not permitted",
        "outcome unknown",
    ]


@given(values=st.dictionaries(st.text(min_size=1), st.text(max_size=300), max_size=25))
@example({"stage": "canary", "api_token": "hunter2", "note": 'x {"argotui":1,"request":"0"}'})
@example({"long": "x" * 300, "empty": ""})
def test_the_message_tells_what_was_filled_in(values: dict[str, str]) -> None:
    message = message_of(decision_on(DOCUMENT, actor="ann", reason="ok", values=values))
    record = read_message(message)
    assert record is not None
    assert (record.actor, record.reason) == ("ann", "ok")
    assert record.values.keys() == {spelled(name) for name in list(values)[:20]}
    assert all(len(value) <= 120 for value in record.values.values())
    assert read_message(clean_line(message)) == record


def test_secrets_are_covered_and_values_said_in_words() -> None:
    values = {"stage": "canary", "api_token": "hunter2"}
    message = message_of(decision_on(DOCUMENT, actor="ann", reason="ok", values=values))
    assert message.startswith("ann: approved: ok {")
    assert "hunter2" not in message
    record = read_message(message)
    assert record is not None
    assert record.sentence == f"ann approved it with stage=canary, api_token={MASK}: ok"
    old = 'ann: approved: ok {"argotui":1,"request":"a","decision":"b"}'
    record = read_message(old)
    assert record is not None
    assert record.sentence == "ann approved it: ok"
