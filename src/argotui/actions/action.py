"""What an action is: one thing that a person can do, and the keys for it."""

from __future__ import annotations

from dataclasses import dataclass


class Call:
    """Name the method of a screen that does an action, and its arguments.

    `Call("sort", "name")` calls `action_sort("name")`. An action without a Call has a method named
    after its id: `list.mark-range` calls `action_list_mark_range()`.
    """

    def __init__(self, name: str, *args: object) -> None:
        self.method = f"action_{name}"
        self.args = args


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do: `keys` are Textual key names, by comma; the first one is shown.

    `scopes` are the screens (`SCOPE`) it belongs to. `danger` marks what changes the cluster: it
    is grey in read-only mode. `footer` puts it in the footer; `minor` leaves the footer first when
    there is no room. `group` is its heading in the help. `method` is the screen's method that does
    it, called with `args`.
    """

    id: str
    keys: str
    label: str
    help: str
    scopes: frozenset[str]
    danger: bool = False
    footer: bool = False
    minor: bool = False
    group: str = ""
    method: str = ""
    args: tuple[object, ...] = ()


def table(group: str, scopes: str, *rows: tuple[str | Call, ...], method: str = "") -> list[Action]:
    """Make actions of (id, keys, label, help, options).

    Options are `footer`, `minor`, `danger`, and a Call for a method not named after the id. With
    `method`, all rows call that one with the word after the dot of their id.
    """
    actions = []
    for row in rows:
        identity, keys, label, text, *flags = (each for each in row if isinstance(each, str))
        own = Call(identity.replace(".", "_").replace("-", "_"))
        if method:
            own = Call(method, identity.partition(".")[2])
        call = next((each for each in row if isinstance(each, Call)), own)
        actions.append(
            Action(
                identity,
                keys,
                label,
                text,
                frozenset(scopes.split()),
                danger="danger" in flags,
                footer="footer" in flags,
                minor="minor" in flags,
                group=group,
                method=call.method,
                args=call.args,
            )
        )
    return actions
