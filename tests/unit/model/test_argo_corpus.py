"""Argo's own examples and the workflows in its Go tests, read from a copy of its source.

ARGO_SOURCE names the directory; without it the one below ARGOLAB_HOME is taken. Any Argo from 3.5
on will do: the counts are those of 3.5.15, which has the fewest.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from argotui.backend.kube.decode import decode_workflow
from argotui.drawing.graph import draw
from argotui.drawing.timeline import timeline_of
from argotui.drawing.tree import Tree, draw_tree
from argotui.model.argo import Workflow
from argotui.model.workflow.pod_name import pod_name
from argotui.model.workflows.summary import summarise
from tests.unit.model.fixtures import START
from tests.unit.model.test_graph import assert_sound

pytestmark = pytest.mark.cluster

_BACKQUOTED = re.compile(r"`([^`]*)`")
_LIKE_WORKFLOWS = {"Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"}


class _Loader(yaml.CSafeLoader):
    """YAML as the API server gets it: times stay text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@pytest.fixture(scope="module")
def source() -> Path:
    named = os.environ.get("ARGO_SOURCE")
    home = os.environ.get("ARGOLAB_HOME")
    path = Path(named) if named else Path(home) / "src" / "argo" if home else None
    assert path is not None, "ARGO_SOURCE must name a copy of Argo Workflows' source"
    assert (path / "examples").is_dir(), f"{path} is no copy of Argo Workflows' source"
    return path


def decode(document: dict[str, Any]) -> Workflow:
    """The object as the API server would hand it out: what must be text became text on the way."""
    metadata = document.get("metadata") or {}
    for name in ("labels", "annotations"):
        for key, value in (metadata.get(name) or {}).items():
            metadata[name][key] = str(value).lower() if isinstance(value, bool) else str(value)
    return decode_workflow(json.dumps(document).encode())


def documents(text: str) -> Iterator[dict[str, Any]]:
    """The objects in some YAML; nothing where it is none, as text in Go code often is."""
    try:
        found = list(yaml.load_all(text, _Loader))
    except yaml.YAMLError:
        return
    yield from (each for each in found if isinstance(each, dict))


def with_nodes(source: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The workflows with nodes in Go tests, each with the file it is in."""
    for path in sorted(source.rglob("*_test.go")):
        for number, text in enumerate(_BACKQUOTED.findall(path.read_text())):
            if "nodes" not in text:
                continue
            for document in documents(text):
                status = document.get("status")
                if isinstance(status, dict) and isinstance(status.get("nodes"), dict):
                    yield f"{path.relative_to(source)}#{number}", document


def odd_values(document: dict[str, Any]) -> str:
    """What must be said of an example's arguments that are no scalars.

    Up to 3.7 one example gives `[]` as a value. Argo reads it as empty text (`AnyString`), and only
    the minimal CRDs let it in.
    """
    arguments = (document["spec"].get("arguments") or {}).get("parameters") or []
    odd = [
        f"spec.arguments.parameters[{number}].value"
        for number, each in enumerate(arguments)
        if isinstance(each.get("value"), list | dict)
    ]
    return f"Left out, for being of the wrong type: {', '.join(odd)}" if odd else ""


def test_every_example_loads(source: Path) -> None:
    files = sorted((source / "examples").rglob("*.yaml"))
    assert len(files) >= 194
    loaded = 0
    for path in files:
        for document in documents(path.read_text()):
            kind = document.get("kind")
            if kind == "CronWorkflow":
                document = {"kind": kind, "spec": document["spec"]["workflowSpec"]}
            elif kind not in _LIKE_WORKFLOWS:
                continue
            wf = decode(document)
            assert wf.problem == odd_values(document), path
            assert wf.spec.entrypoint or wf.spec.templates or wf.spec.workflow_template_ref, path
            assert draw_tree(Tree(wf), Tree(wf).rows()) == []
            assert draw(wf).text() == []
            assert timeline_of(wf, START).bars == ()
            summarise(wf)
            loaded += 1
    assert loaded >= 201


def test_every_workflow_in_the_go_tests_loads_and_draws(source: Path) -> None:
    count = 0
    for where, document in with_nodes(source):
        wf = decode(document)
        assert wf.problem == "", f"{where}: {wf.problem}"
        assert len(wf.nodes) == len(document["status"]["nodes"]), where
        tree = Tree(wf)
        rows = [row.node_id for row in tree.rows(opened=tree.folds)]
        assert len(rows) == len(set(rows)), where
        assert set(rows) - (set(tree.groups) - set(wf.nodes)) | set(tree.hidden) == set(wf.nodes)
        for overview in (False, True):
            assert_sound(draw(wf, overview=overview), wf)
        timeline = timeline_of(wf, START)
        assert all(bar.end <= timeline.length for bar in timeline.bars)
        summarise(wf)
        for node in wf.nodes.values():
            assert len(pod_name(wf, node)) <= 253
        count += 1
    assert count >= 90


def test_the_tree_of_many_items_has_the_rows_of_argo_get(source: Path) -> None:
    where = "cmd/argo/commands/common/get_test.go"
    [document] = [each for path, each in with_nodes(source) if path.startswith(where)]
    wf = decode(document)
    tree = Tree(wf, fan_out=100)
    items = [
        f"sleep({number}:{word})"
        for number, word in enumerate(document["spec"]["templates"][0]["steps"][0][0]["withItems"])
    ]
    assert [row.label for row in tree.rows()] == ["many-items-z26lj", *items]
    assert [row.guides for row in tree.rows()] == ["", "└─┬─", *["  ├─"] * 11, "  └─"]
