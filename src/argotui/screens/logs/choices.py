"""What can be read instead: all workflows, one of them, a node, another container."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from argotui.model.counted import counted
from argotui.operations.logs.reader import LogReader
from argotui.operations.logs.targets import CHOICES, LogTarget, wanted_nodes
from argotui.operations.logs.together import names_of


class LogChoice(NamedTuple):
    """One choice: its targets, and how the picker calls them."""

    targets: tuple[LogTarget, ...]
    name: str
    note: str = ""
    current: bool = False


def log_choices(reader: LogReader) -> list[LogChoice]:
    """Return all workflows, each of them, the nodes of the one that is read, containers."""
    container, single, keys = reader.container, reader.target, reader.keys
    choices: list[LogChoice] = []
    if len(keys) > 1:
        every = tuple(LogTarget(key, container=container) for key in keys)
        name = f"all {counted(len(every), 'workflow')}"
        choices.append(LogChoice(every, name, current=single is None))
    names = names_of(keys)
    for key in keys:
        whole = LogTarget(key, container=container)
        mine = single is not None and single.key == key
        workflow = reader.workflow_of(key)
        phase = workflow.status.phase.lower() if workflow is not None else ""
        name, note = (names[key], phase) if len(keys) > 1 else ("the whole workflow", "")
        choices.append(LogChoice((whole,), name, note, mine and single == whole))
        for node in wanted_nodes(workflow, whole) if mine and workflow is not None else ():
            target = msgspec.structs.replace(whole, node_id=node.id)
            choices.append(LogChoice((target,), node.label, node.phase.lower(), target == single))
    known = reader.reading.containers if reader.reading is not None else []
    for name in dict.fromkeys([*CHOICES, *known]):
        targets = reader.in_container(name)
        choices.append(LogChoice(targets, f"container {name}", "", name == container))
    return choices
