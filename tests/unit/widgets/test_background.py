"""Workers that fail: the error is logged and shown, and the console goes on."""

from __future__ import annotations

import logging

import pytest
from textual.app import App, ComposeResult
from textual.widget import Widget

from argotui.widgets.background import background, run_in_background
from tests.support import until


class Worker(Widget):
    """A widget whose work fails with a text that may be secret."""

    @background("reading", exclusive=True)
    async def read(self, secret: str) -> None:
        raise RuntimeError(secret)

    async def look(self) -> None:
        raise LookupError("hush")


class Host(App[None]):
    """An application that keeps what it is told to show."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def compose(self) -> ComposeResult:
        yield Worker()

    def notify(self, message: str, **_: object) -> None:
        self.shown.append(message)


async def test_an_unexpected_error_is_logged_and_shown_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = Host()
    with caplog.at_level(logging.ERROR):
        async with app.run_test():
            worker = app.query_one(Worker)
            worker.read("token")
            await until(lambda: app.shown == ["Internal error (RuntimeError); see the log"])
            run_in_background(worker, worker.look(), "looking")
            await until(lambda: len(app.shown) == 2)
    assert app.shown[1] == "Internal error (LookupError); see the log"
    assert [record.message for record in caplog.records] == [
        "reading failed on an internal error",
        "looking failed on an internal error",
    ]
    assert all(record.exc_info for record in caplog.records)
