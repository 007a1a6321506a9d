"""The server's table becomes rows, by the names of its columns."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from argotui.backend.kube.table import created_from_age, decode_table
from argotui.errors import ProtocolError
from argotui.model.argo import Key
from argotui.model.workflows.summary import Depth
from tests.support import EPOCH


def table(*rows: object, columns: tuple[str, ...] = ("Name", "Status", "Age", "Message")) -> bytes:
    return json.dumps(
        {
            "kind": "Table",
            "metadata": {"resourceVersion": "12"},
            "columnDefinitions": [{"name": name, "type": "string"} for name in columns],
            "rows": list(rows),
        }
    ).encode()


def test_rows_without_objects_are_in_the_namespace_that_was_asked_for() -> None:
    body = table(
        {"cells": ["a", "Running", "5m", None], "object": None},
        {"cells": ["b", None, None, "x\u001b[31m"]},
        {"cells": [None, "Running"]},
    )

    (first, second), version = decode_table(body, "argo", EPOCH)

    assert version == "12"
    assert first.key == Key("argo", "a")
    assert first.depth is Depth.TABLE
    assert (first.phase, first.message, first.completed) == ("Running", "", False)
    assert first.created == EPOCH - timedelta(minutes=5)
    assert (second.phase, second.message, second.created) == ("", "x", None)


def test_columns_are_found_by_name() -> None:
    body = table({"cells": ["1h", "a", "Failed"]}, columns=("Age", "Name", "Status"))

    (row,), _ = decode_table(body, "argo", EPOCH)

    assert (row.key.name, row.phase, row.completed, row.message) == ("a", "Failed", True, "")


def test_rows_with_metadata_know_their_own_namespace() -> None:
    meta = {"name": "a", "namespace": "other", "uid": "u", "creationTimestamp": EPOCH.isoformat()}
    body = table({"cells": ["a", "Error", "3d", "boom"], "object": {"metadata": meta}})

    (row,), _ = decode_table(body, "", EPOCH)

    assert row.key == Key("other", "a")
    assert (row.depth, row.uid, row.created) == (Depth.TABLE, "u", EPOCH)
    assert (row.phase, row.message, row.completed) == ("Error", "boom", True)


@pytest.mark.parametrize(
    "body", [b'{"kind":"WorkflowList","items":[]}', table(columns=("Status",)), b"[]", b"x"]
)
def test_another_answer_is_refused(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_table(body, "argo", EPOCH)


@pytest.mark.parametrize(
    ("age", "seconds"),
    [
        ("0s", 0),
        ("59s", 59),
        ("2m5s", 125),
        ("3h20m", 12000),
        ("2d4h", 187200),
        ("2y10d", 63936000),
        ("<unknown>", None),
        ("<invalid>", None),
        ("", None),
        ("5 minutes", None),
        ("999999999y", None),
    ],
)
def test_printed_ages_are_counted_back(age: str, seconds: int | None) -> None:
    expected = None if seconds is None else EPOCH - timedelta(seconds=seconds)

    assert created_from_age(age, EPOCH) == expected
