"""The table of actions, and the keys made from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from argotui.actions import ACTIONS, CONSOLE, RENAMED, actions_for
from argotui.actions.action import Action
from argotui.errors import ConfigError
from argotui.keymap import (
    keys_markdown,
    keys_of,
    parse_key,
    read_keymap,
    show_key,
)
from argotui.screens.audit.decision import DecisionScreen
from argotui.screens.audit.screen import AuditScreen
from argotui.screens.crons.backfill import BackfillScreen
from argotui.screens.dialogs.dialog import Dialog
from argotui.screens.dialogs.picker import PickerScreen
from argotui.screens.dialogs.question import QuestionScreen
from argotui.screens.gates.gate import GateScreen
from argotui.screens.gates.inbox import GatesScreen
from argotui.screens.gates.several import DecisionsScreen
from argotui.screens.operations.dialog import OperationScreen
from argotui.screens.operations.resubmit import ResubmitScreen
from argotui.screens.operations.retry import RetryScreen
from argotui.screens.templates.preview import PreviewScreen
from argotui.screens.templates.screen import TemplatesScreen
from argotui.screens.templates.submit import SubmitScreen
from argotui.screens.templates.template import TemplateScreen
from argotui.screens.workflow.screen import WorkflowScreen
from argotui.screens.workflows.screen import WorkflowsScreen

SCREENS = {
    "workflows": WorkflowsScreen,
    "workflow": WorkflowScreen,
    "gates": GatesScreen,
    "gate": GateScreen,
    "decisions": DecisionsScreen,
    "templates": TemplatesScreen,
    "template": TemplateScreen,
    "submit": SubmitScreen,
    "preview": PreviewScreen,
    "audit": AuditScreen,
    "decision": DecisionScreen,
    "dialog": Dialog,
    "picker": PickerScreen,
    "confirmation": OperationScreen,
    "retry": RetryScreen,
    "resubmit": ResubmitScreen,
    "backfill": BackfillScreen,
    "question": QuestionScreen,
}


def owned() -> Iterator[tuple[str, Action]]:
    for scope in SCREENS:
        for action in actions_for(scope):
            yield scope, action


@pytest.mark.parametrize(
    ("scope", "action"), owned(), ids=lambda value: getattr(value, "id", value)
)
def test_each_action_has_its_method_on_each_of_its_screens(scope: str, action: Action) -> None:
    assert callable(getattr(SCREENS[scope], action.method, None))


@pytest.mark.parametrize("scope", sorted({s for a in ACTIONS.values() for s in a.scopes}))
def test_no_key_means_two_things_on_one_screen(scope: str) -> None:
    owners: dict[str, str] = {}
    for action in actions_for(scope):
        for key in action.keys.split(","):
            assert owners.setdefault(key, action.id) == action.id


def test_shifted_letters_are_bound_in_both_spellings() -> None:
    for action in ACTIONS.values():
        keys = action.keys.split(",")
        for key in keys:
            if len(key) == 1 and key.isupper():
                assert f"shift+{key.lower()}" in keys, action.id


@pytest.mark.parametrize(
    ("written", "name", "shown"),
    [
        ("?", "question_mark", "?"),
        ("shift-←", "shift+left", "shift-←"),
        ("/", "slash", "/"),
        (":", "colon", ":"),
        ("ctrl-r", "ctrl+r", "ctrl-r"),
        ("ctrl+r", "ctrl+r", "ctrl-r"),
        ("esc", "escape", "esc"),
        ("N", "N,shift+n", "N"),
        ("n", "n", "n"),
        ("f5", "f5", "f5"),
        ("space", "space", "space"),
        (";", "semicolon", ";"),
    ],
)
def test_keys_are_read_and_shown_as_people_write_them(written: str, name: str, shown: str) -> None:
    assert parse_key(written) == name
    assert show_key(name.partition(",")[0]) == shown


def test_every_key_that_is_shown_can_be_written_back() -> None:
    for action in ACTIONS.values():
        assert keys_of(action), action.id
        for key in keys_of(action):
            assert show_key(parse_key(key).partition(",")[0]) == key


def test_a_former_id_of_an_action_still_gives_it_a_key() -> None:
    assert read_keymap({"gates.mark": "f3"}) == {"list.mark": "f3"}
    assert read_keymap({"gates.mark": "f3", "list.mark": "f4"}) == {"list.mark": "f4"}
    assert read_keymap({"list.mark": "f4", "gates.mark": "f3"}) == {"list.mark": "f4"}
    assert not set(RENAMED) & set(ACTIONS)
    assert set(RENAMED.values()) <= set(ACTIONS)


def test_a_keymap_names_actions_and_keys() -> None:
    keymap = read_keymap({"list.logs": "f3", "move.down": ["f4", "ctrl-n"]})
    assert keymap == {"list.logs": "f3", "move.down": "f4,ctrl+n"}
    assert keys_of(ACTIONS["list.logs"], keymap) == ["f3"]


def test_an_unknown_action_names_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        read_keymap({"list.opne": "f3"})
    assert "list.opne" in caught.value.title
    assert "list.open" in caught.value.hint


def test_a_key_given_to_two_actions_of_one_screen_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"list\.yaml"):
        read_keymap({"list.logs": "y"})
    assert read_keymap({"list.logs": "y", "list.yaml": "f4"})["list.yaml"] == "f4"


def test_no_key_at_all_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"list\.logs"):
        read_keymap({"list.logs": ""})


def test_the_documented_table_holds_every_action_and_key() -> None:
    table = keys_markdown()
    for action in ACTIONS.values():
        assert f"`{action.id}`" in table
        for key in keys_of(action):
            assert f"`{key}`" in table
    assert "### Everywhere" in table


def test_what_is_common_to_all_screens_is_in_the_scope_of_each() -> None:
    common = {action.id for action in ACTIONS.values() if CONSOLE in action.scopes}
    assert common <= {action.id for action in actions_for("workflows")}
    assert not common & {action.id for action in actions_for("dialog")}
