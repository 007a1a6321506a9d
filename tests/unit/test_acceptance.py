"""Every acceptance of gates has its test, to be found by its number: `test_NN_...`."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
ACCEPTANCE = {
    1: "two consoles, or a console and the command line, on one gate make one decision",
    2: "a workflow made anew under its name is refused",
    3: "what was edited between view and key is refused, with the difference",
    4: "another open gate of the workflow is not touched",
    5: "nothing but an explicit, well-formed ALLOW allows",
    6: "a confidence is a number from 0 to 1, or none",
    7: "a write whose answer was lost is shown as decided after reading again",
    8: "before its expiry a gate is decided and after it not, with a clock that is off",
    9: "who asked does not decide",
    10: "a missing right is told before, and a refusal after",
    11: "nothing of a hostile text but text reaches the terminal, and clicking it runs nothing",
    12: "the audit log tells of an edit, a removal, a swap and, with an anchor, a truncation",
    13: "faults of the line are got over without loss or haste",
    15: "lint finds the traps of gates",
}
OF_THE_API_SERVER = {1, 2, 3, 4, 7, 8, 9, 10, 13}
"""Those that are tried on a real cluster too."""
ON_CLUSTER = ("pytest.mark.cluster", "pytestmark = ON_CLUSTER")


def numbers_in(*, cluster: bool) -> set[int]:
    found: set[int] = set()
    for path in TESTS.rglob("test_*.py"):
        text = path.read_text("utf-8")
        if path != Path(__file__) and any(mark in text for mark in ON_CLUSTER) is cluster:
            found |= {int(number) for number in re.findall(r"\bdef test_(\d\d)_", text)}
    return found


def test_each_acceptance_is_tried_on_the_embedded_cluster() -> None:
    assert numbers_in(cluster=False) == set(ACCEPTANCE)


def test_each_acceptance_of_the_api_server_is_tried_on_a_real_one() -> None:
    assert numbers_in(cluster=True) == OF_THE_API_SERVER
