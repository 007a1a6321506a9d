from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.model.durations import (
    DurationError,
    format_age,
    format_took,
    parse_age,
    parse_argo_duration,
    parse_go_duration,
    parse_go_nanoseconds,
)
from tests.unit.model.fixtures import attempt


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("2m", 120),
        ("1h30m", 5400),
        ("1.5h", 5400),
        (".5s", 0.5),
        ("1.s", 1),
        ("300ms", 0.3),
        ("-1m", -60),
        ("+5s", 5),
        ("3µs", 3e-6),
        ("3μs", 3e-6),
        ("1h1m1s1ms", 3661.001),
    ],
)
def test_go_durations(text: str, seconds: float) -> None:
    assert parse_go_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "-", "10", "m", "1 m", "1d", "1.2.3s", "1h30", "٣s", "9e9s"])
def test_what_go_refuses_is_refused(text: str) -> None:
    with pytest.raises(DurationError):
        parse_go_duration(text)


def test_a_duration_beyond_go_is_refused() -> None:
    with pytest.raises(DurationError, match="292 years"):
        parse_go_duration("9999999h")
    with pytest.raises(DurationError, match="292 years"):
        parse_argo_duration("9" * 30)


def test_argo_takes_a_bare_integer_as_seconds() -> None:
    assert parse_argo_duration("20") == 20
    assert parse_argo_duration("-5") == -5
    assert parse_argo_duration("2m") == 120
    with pytest.raises(DurationError):
        parse_argo_duration("1.5")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("2h", 7200),
        ("3d", 259200),
        ("1w", 604800),
        ("1d12h", 129600),
        ("1.5d", 129600),
    ],
)
def test_ages_as_people_write_them(text: str, seconds: float) -> None:
    assert parse_age(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "2x", "h", "2 h", "-2h"])
def test_an_age_that_is_none_says_why(text: str) -> None:
    with pytest.raises(DurationError, match=r".{10}"):
        parse_age(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-50, "<10s"),
        (0, "<10s"),
        (9.9, "<10s"),
        (10, "10s"),
        (59, "50s"),
        (60, "1m"),
        (3599, "59m"),
        (3600, "1h"),
        (7199, "1h59m"),
        (2 * 3600 + 58 * 60 + 59, "2h58m"),
        (86399, "23h59m"),
        (86400, "1d"),
        (28 * 3600, "1d04h"),
        (47 * 3600, "1d23h"),
        (48 * 3600, "2d"),
        (400 * 86400, "400d"),
        (800 * 86400, "2y"),
    ],
)
def test_ages_are_coarse(seconds: float, text: str) -> None:
    assert format_age(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0s"),
        (0.4, "0s"),
        (41.9, "41s"),
        (252, "4m12s"),
        (7380, "2h03m"),
        (273_600, "3d04h"),
    ],
)
def test_how_long_it_took(seconds: float, text: str) -> None:
    assert format_took(seconds) == text


@given(
    st.text(max_size=12) | st.from_regex(r"([0-9.]{1,3}(ns|us|ms|s|m|h|d|w)){1,3}", fullmatch=True)
)
def test_any_text_is_a_duration_or_an_error(text: str) -> None:
    for parse in (parse_go_duration, parse_argo_duration, parse_age):
        seconds, error = attempt(parse, text, DurationError)
        if error is not None:
            assert str(error)
        else:
            assert seconds is not None
            assert abs(seconds) < 1e10


def test_nanoseconds_are_exact() -> None:
    expected = {
        "1ns": 1,
        "1.5h": 5_400_000_000_000,
        "0.999999999s": 999_999_999,
        "1.9999999999999999999s": 2_000_000_000,
        "-2562047h47m16.854775808s": -(2**63),
        "2562047h47m16.854775807s": 2**63 - 1,
    }
    assert {text: parse_go_nanoseconds(text) for text in expected} == expected
    with pytest.raises(DurationError, match="292 years"):
        parse_go_nanoseconds("2562047h47m16.854775808s")
