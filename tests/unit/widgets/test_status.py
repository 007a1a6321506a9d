"""The line above the keys: the filter stays in view."""

from __future__ import annotations

import pytest

from argotui.widgets.status import Parts, StatusLine
from tests.driven import settled
from tests.unit.widgets.support import Harness

FILTER: Parts = (("/phase:failed", "strong"),)
COUNT: Parts = (("2 of 16 shown", "chrome"),)


@pytest.mark.parametrize(
    ("left", "answer", "line"),
    [
        ((), "copied etl-1", " copied etl-1              2 of 16 shown"),
        ((("by age", "chrome"),), "copied", " copied                    2 of 16 shown"),
        (FILTER, "copied", " /phase:failed   copied    2 of 16 shown"),
        (
            (*FILTER, ("  new order", "chrome")),
            "copied",
            " /phase:failed   copied    2 of 16 shown",
        ),
        (FILTER, "copied etl-1", " /phase:fa…   copied etl-1 2 of 16 shown"),
        (FILTER, "a long answer to a key", " /phase:…   a long answer… 2 of 16 shown"),
    ],
)
async def test_an_answer_leaves_the_filter_in_view(left: Parts, answer: str, line: str) -> None:
    status = StatusLine()
    app = Harness(status)
    async with app.run_test(size=(41, 3)):
        status.show(left, COUNT)
        status.answer(answer)
        await settled(app)
        assert app.screen_lines()[0] == line
        status.answer("")
        await settled(app)
        assert app.screen_lines()[0].startswith(" " + "".join(text for text, _ in left))
