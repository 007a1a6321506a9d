"""The canonical form of JSON, by the RFC's own examples, and digests as the document has them."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.model.canonical import canonical_json, write_canonical
from argotui.model.gates.request import RESUMED, digest_of
from tests.support import PATIENCE
from tests.unit.model.gate_documents import GATE, Document, gate_document

PAGE = Path(__file__).parents[3] / "docs" / "digest.md"
NODE = shutil.which("node")

# RFC 8785, appendix B.
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_numbers_are_written_as_the_rfc_says(bits: str, text: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical_json(value).decode() == text


def test_members_and_texts_are_written_as_the_rfc_says() -> None:
    # RFC 8785, 3.2.2 and 3.2.3.
    given_one = r"""{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""
    assert canonical_json(json.loads(given_one)).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        r'"string":"€$\u000f\nA' + r"""'B\"\\\\\"/"}"""
    )
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = list(json.loads(canonical_json(dict.fromkeys(names, 0))))
    assert written == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_what_the_rfc_has_no_form_for_is_kept_apart() -> None:
    odd = [2**53, 2**53 + 1, 10**21, 10**21 + 1, 10**400, -(10**400), float("inf"), str(2**53 + 1)]
    odd += [33402872136957950, 33402872136957952]  # one double
    assert len({canonical_json(value) for value in odd}) == len(odd)
    assert canonical_json(2**53 + 1) == b"9007199254740993"
    assert canonical_json({"a\ud800": "\udc00b"}) == '{"a\ufffd":"\ufffdb"}'.encode()


def test_depth_does_not_matter() -> None:
    value: object = 1
    for _ in range(50_000):
        value = [value]
    assert canonical_json(value) == b"[" * 50_000 + b"1" + b"]" * 50_000


def written(value: Any) -> str:
    """RFC 8785 once more, from the document alone, for what workflows hold."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: list(memoryview(name.encode("utf-16-be")).cast("B")))
        return (
            "{"
            + ",".join(f"{json.dumps(n, ensure_ascii=False)}:{written(value[n])}" for n in names)
            + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def recomputed(workflow: Document, node_id: str) -> str:
    """The digest, from the document alone."""
    meta, spec, status = workflow["metadata"], dict(workflow["spec"]), workflow["status"]
    node, stored = (
        status["nodes"].get(node_id, {}),
        dict(status.get("storedWorkflowTemplateSpec", {})),
    )
    spec.pop("suspend", None), stored.pop("suspend", None)
    name = f"{node.get('templateScope')}/{node.get('templateName')}"
    if ref := node.get("templateRef"):
        scope = "cluster" if ref.get("clusterScope") else "namespaced"
        name = f"{scope}/{ref['name']}/{ref['template']}"
    row = next(line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `node`"))
    told: dict[str, Any] = {"uid": meta["uid"], "spec": spec, "storedSpec": stored}
    told["creator"] = {
        k: v for k, v in meta["labels"].items() if k.startswith("workflows.argoproj.io/creator")
    }
    told["annotations"] = {
        k: v for k, v in meta["annotations"].items() if k.startswith("argotui.io/")
    }
    told["storedTemplate"] = status["storedTemplates"].get(name)
    told["node"] = {field: node.get(field) for field in re.findall(r"`(\w+)`", row)[1:-1]}
    if not node_id:
        told["resumed"] = meta["annotations"].get("audit.argotui.io/resumed")
    return hashlib.sha256(written(told).encode()).hexdigest()


def requests() -> Iterable[tuple[Document, str]]:
    """Workflows that differ in each of the ways the document tells of."""
    plain, templated, called, held = (gate_document() for _ in range(4))
    yield plain, GATE
    templated["status"]["storedWorkflowTemplateSpec"] = {"suspend": True, "entrypoint": "x"}
    templated["spec"] = {"suspend": False, "priority": 7, "😀": 1, "ﬀ": 2, "é": "\u2028 <&> \x07"}
    yield templated, GATE
    for scope in (False, True):
        called = gate_document()
        called["status"]["nodes"][GATE]["templateRef"] = {"name": "base", "template": "gate"}
        called["status"]["nodes"][GATE]["templateRef"]["clusterScope"] = scope
        called["status"]["storedTemplates"]["cluster/base/gate"] = {"name": "other"}
        yield called, GATE
    held["spec"]["suspend"] = True
    yield held, ""
    held["metadata"]["annotations"][RESUMED] = "ada: approved"
    yield held, ""


def test_a_digest_is_recomputed_from_the_document_alone() -> None:
    found = [digest_of(workflow, node_id) for workflow, node_id in requests()]
    assert found == [recomputed(workflow, node_id) for workflow, node_id in requests()]
    assert len(set(found)) == len(found)


@pytest.mark.skipif(NODE is None, reason="there is no node on PATH")
def test_the_ten_lines_of_the_document_say_the_same(tmp_path: Path) -> None:
    (script,) = re.findall(r"```js\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(script.splitlines()) <= 10
    (tmp_path / "digest.js").write_text(script)
    for workflow, node_id in requests():
        (tmp_path / "wf.json").write_text(json.dumps(workflow))
        done = subprocess.run(
            [str(NODE), "digest.js", "wf.json", *([node_id] if node_id else [])],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.stdout.strip() == digest_of(workflow, node_id), done.stderr


odd_texts = st.text('\ue000\U0001f600a"\\:1.e', max_size=4)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(-(2.0**53), 2.0**53)
    | st.text()
    | odd_texts,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | odd_texts, inner, max_size=4)
    ),
)


@given(values)
def test_the_form_is_the_value_and_its_own_form_whichever_way_it_is_written(value: object) -> None:
    text = canonical_json(value)
    again = json.loads(text)
    assert again == value
    assert canonical_json(again) == text == write_canonical(value)
