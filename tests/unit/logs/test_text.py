"""Log lines as text and colours, whatever is in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.model.logs.text import (
    PLAIN,
    TextLook,
    TextPiece,
    log_pieces,
    log_text,
)
from argotui.model.sanitise import clean

HOSTILE = [
    b"\x1b]52;c;QUJD\x07copied",
    b"\x1b]0;title\x1b\\x",
    b"\x1b[2J\x1b[Hgone",
    b"\xc2\x9b31mred",
    b"\x9b31mred",
    "abc\u202egnp.exe".encode(),
    b"[/x] [@click=app.quit]press[/]",
    b"\x1b\x1b[0m[31m",
    b"\x1b]52;c;\x1b[0mQUJD\x07",
    b"a\rb\x08\x7f\x00",
]


@pytest.mark.parametrize("raw", HOSTILE)
def test_nothing_but_text_is_left_of_a_hostile_line(raw: bytes) -> None:
    text = log_text(raw)
    assert text == clean(text)
    assert "\n" not in text
    assert "\x1b" not in text
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in text)
    assert "".join(piece.text for piece in log_pieces(raw)) == text


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [b"\x1b", b"\x1b[", b"31m", b"\x1b[0m", b"\x1b[38;5;9m", b"\x1b]52;c;"]
            ),
            st.binary(max_size=6),
            st.text(max_size=6).map(lambda text: text.encode("utf-8", "surrogatepass")),
        ),
        max_size=12,
    ).map(b"".join)
)
def test_any_bytes_become_clean_text(raw: bytes) -> None:
    text = log_text(raw)
    assert clean(text) == text
    assert "\n" not in text
    assert "".join(piece.text for piece in log_pieces(raw)) == text


def test_colours_become_looks() -> None:
    raw = b"\x1b[1;31mbad\x1b[0m ok \x1b[38;5;200;48;2;1;2;3mx\x1b[39;22;49my\x1b[97;4mz"
    bright = TextLook(frozenset({"underline"}), 15)
    assert log_pieces(raw) == [
        TextPiece("bad", TextLook(frozenset({"bold"}), 1)),
        TextPiece(" ok ", PLAIN),
        TextPiece("x", TextLook(foreground=200, background=(1, 2, 3))),
        TextPiece("y", PLAIN),
        TextPiece("z", bright),
    ]


@pytest.mark.parametrize(
    ("code", "look"),
    [
        (b"", PLAIN),
        (b"38:2::10:20:30", TextLook(foreground=(10, 20, 30))),
        (b"38:5:7", TextLook(foreground=7)),
        (b"48;5;300", PLAIN),
        (b"38;2;1;2", PLAIN),
        (b"38", PLAIN),
        (b"102", TextLook(background=10)),
        (b"4:0", PLAIN),
        (b"999999999999", PLAIN),
        (b"38;9;1", TextLook(frozenset({"bold"}))),
    ],
)
def test_odd_colours_do_no_harm(code: bytes, look: TextLook) -> None:
    assert log_pieces(b"\x1b[" + code + b"mx") == [TextPiece("x", look)]


def test_a_carriage_return_inside_a_line_is_shown_and_at_its_end_is_not() -> None:
    assert log_text(b"10%\r20%\r\n") == "10%␍20%"
    assert log_text(b"a\tb") == "a\tb"
    assert log_text(b"") == ""
    assert log_pieces(b"") == [TextPiece("", PLAIN)]
