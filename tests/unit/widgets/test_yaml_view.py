from __future__ import annotations

import pytest

from argotui.model.patterns import FilterError
from argotui.model.yaml_text import dump_yaml, structure
from argotui.widgets.yaml_view import YamlView
from tests.driven import settled
from tests.unit.widgets.support import Harness, painting

DOCUMENT: dict[str, object] = {
    "kind": "Workflow",
    "metadata": {
        "name": "[/x]",
        "managedFields": [{"manager": "argo"}, {"manager": "kubectl"}],
        "labels": {"a": "1", "b": "two"},
    },
    "spec": {
        "script": "set -e\nneedle: here\n",
        "retries": 3,
        "suspend": True,
        "steps": [{"name": "one"}, {"name": "needle"}],
    },
}


def large(count: int) -> dict[str, object]:
    nodes = {f"n-{i}": {"id": f"n-{i}", "phase": "Succeeded"} for i in range(count)}
    return {"status": {"nodes": nodes}}


async def shown(app: Harness) -> list[str]:
    await settled(app)
    return [line.strip("▾▸ ") for line in app.screen_lines() if line.strip()]


async def test_managed_fields_are_folded_until_they_are_opened() -> None:
    view = YamlView()
    app = Harness(view)
    async with app.run_test(size=(80, 40)):
        view.set_document(structure(dump_yaml(DOCUMENT)))
        lines = await shown(app)
        assert "managedFields: … 2 lines" in lines
        assert "- manager: argo" not in lines

        view.set_document(structure(dump_yaml({"metadata": {"annotations": {"a": "b"}}})))
        view.fold(1)
        assert "annotations: … 1 line" in await shown(app)
        view.set_document(structure(dump_yaml(DOCUMENT)))

        view.go_to(view.text.lines.index("  - manager: argo"))
        assert "- manager: argo" in await shown(app)

        view.set_document(structure(dump_yaml({**DOCUMENT, "new": 1})))
        assert "- manager: argo" in await shown(app)


async def test_a_block_folds_and_unfolds_with_the_cursor_on_its_head() -> None:
    view = YamlView()
    app = Harness(view)
    async with app.run_test(size=(80, 40)):
        view.set_document(structure(dump_yaml(DOCUMENT)))
        view.go_to(view.text.lines.index("    b: two"))
        view.close_row()
        assert view.text.lines[view.line] == "  labels:"
        view.close_row()
        assert view.line in view.folded
        assert "b: two" not in await shown(app)
        view.open_row()
        assert "b: two" in await shown(app)


async def test_search_goes_from_match_to_match_and_opens_what_hides_one() -> None:
    view = YamlView()
    app = Harness(view)
    async with app.run_test(size=(80, 40)):
        view.set_document(structure(dump_yaml(DOCUMENT)))
        view.fold(view.text.lines.index("spec:"))

        assert view.search("needle") == 2
        assert view.text.lines[view.line].strip() == "needle: here"
        assert view.step_match(1) == 2
        assert view.text.lines[view.line].strip() == "- name: needle"
        assert view.step_match(1) == 1
        assert view.step_match(-1) == 2
        with pytest.raises(FilterError):
            view.search("(")


async def test_copying_gives_the_block_without_its_indentation() -> None:
    view = YamlView()
    app = Harness(view)
    async with app.run_test(size=(80, 40)):
        view.set_document(structure(dump_yaml(DOCUMENT)))
        view.go_to(view.text.lines.index("  labels:"))
        assert view.block(view.line) == "labels:\n  a: '1'\n  b: two"
        assert view.whole == dump_yaml(DOCUMENT)


async def test_painting_a_line_keeps_every_character() -> None:
    view = YamlView()
    app = Harness(view)
    async with app.run_test(size=(80, 40)):
        for line in (
            "  - name: 'a: b'", "- - 5", "image: docker.io/x:latest", "plain", "", "-", "- -5",
            "a: {}", "# note", "http://host:80/", "key with spaces: true", "  [/x]: '[@click=a]'",
        ):  # fmt: skip
            assert "".join(text for text, _ in view.paint(line)) == line


async def test_a_document_of_five_thousand_nodes_is_painted_by_the_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = YamlView()
    app = Harness(view)
    async with app.run_test(size=(80, 24)):
        with painting(view, monkeypatch) as painted:
            view.set_document(structure(dump_yaml(large(5000))))
            await settled(app)
            assert 0 < len(painted) <= 60
        with painting(view, monkeypatch) as painted:
            view.cursor_end()
            await settled(app)
            assert 0 < len(painted) <= 24
        with painting(view, monkeypatch) as painted:
            view.cursor_up()
            await settled(app)
            assert len(painted) == 2
