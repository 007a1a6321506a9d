"""The terms of a filter line, for workflows and for nodes.

`str()` of a term is its filter text; `argotui.model.workflows.filters` has the grammar.
"""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from argotui.model import phases
from argotui.model.argo import Node
from argotui.model.labels import Selector
from argotui.model.patterns import Fuzzy, Regex, any_matches
from argotui.model.phases import DELETING, words_of_node, words_of_workflow
from argotui.model.workflows.row_texts import message_text
from argotui.model.workflows.summary import Depth, Summary
from argotui.model.workflows.why import RowReasonKind

WORDS = tuple(
    sorted(
        {look.word for look in vars(phases).values() if isinstance(look, phases.PhaseLook)}
        | {"active", "completed", DELETING}
    )
)
"""What `phase:` knows."""

EXACT = "="
"""The prefix of phase names that are exactly Argo's."""

PHASES = ("Pending", "Running", "Succeeded", "Failed", "Error", "Skipped", "Omitted")
"""The phases of Argo's workflows and nodes (`WorkflowPhase`, `NodePhase`)."""

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
KEYED = re.compile(r"([A-Za-z]+):")
COMPARED = re.compile(r"([A-Za-z]+)(!?=+|[<>]=?)(\S*)")
"""A comparison as other tools write it: `phase=failed`, `age<1h`; here that is a slip or a text."""
_MOST_KNOWN = 1024
"""The size of the cache of answers about texts."""

_BARE = re.compile(r"[^\s\"']+")
_BARE_TEXT = re.compile(r"(?!(?:in|notin)$)[^\s\"'!=,-][^\s\"']*")
"""A text that means the same without quotes, even after a label selector."""


def _quoted(text: str) -> str:
    quote = "'" if '"' in text and "'" not in text else '"'
    return quote + text.replace(quote, quote * 2) + quote


def _written(text: str) -> str:
    """A value as typed: quoted only if necessary."""
    if _BARE.fullmatch(text):
        return text
    return _quoted(text)


class Term(Protocol):
    """One condition; `needs` is how deep a workflow must have been read to decide it."""

    needs: Depth

    def of_summary(self, row: Summary, now: datetime) -> bool: ...

    def of_node(self, node: Node, now: datetime) -> bool: ...


class TextTerm:
    """A regular expression in one text of the row, or in any of them (`field` empty)."""

    def __init__(self, source: str, field: str = "") -> None:
        self.field = field
        self.regex = Regex(source)
        self._known: dict[str | tuple[str, ...], bool] = {}
        """What was found of texts that many rows have: thousands are looked at per key."""
        self.needs = Depth.FULL if field == "message" else Depth.TABLE

    def of_summary(self, row: Summary, now: datetime) -> bool:
        matches = self.regex.matches
        if self.field == "name":
            return matches(row.key.name)
        if self.field == "message":
            return self._of_message(row, now)
        key = row.key
        whole = f"{key.namespace}/{key.name}"
        if self.regex.literal:
            # What stands within a line is found in several lines as it is in each of them.
            found = matches(f"{whole}\n{row.template}\n{row.message}")
        else:
            found = (
                matches(key.name)
                or self._of_repeated(row.template)
                or matches(whole)
                or self._of_repeated(row.message)
            )
        return found or self._of_told(row, now) or self._of_words(words_of_workflow(row))

    def _of_message(self, row: Summary, now: datetime) -> bool:
        """Whether it is in the row's message, or in Argo's message of the workflow."""
        return self._of_repeated(row.message) or self._of_told(row, now)

    def _of_told(self, row: Summary, now: datetime) -> bool:
        """Whether it is in argotui's reason why a workflow waits, is stuck or failed."""
        matches, why = self.regex.matches, row.why
        if (row.gates or row.suspended) and row.waits and matches(message_text(row, now)):
            return True
        if why is None or why.kind is RowReasonKind.SILENT:
            return False
        return matches(str(why)) or any_matches(self.regex, why.others)

    def _of_words(self, words: tuple[str, ...]) -> bool:
        found = self._known.get(words)
        if found is None:
            found = self._known[words] = any_matches(self.regex, words)
        return found

    def _of_repeated(self, text: str) -> bool:
        """Whether it is in a text that many rows have."""
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[text] = self.regex.matches(text)
        return found

    def of_node(self, node: Node, now: datetime) -> bool:
        if self.field == "name":
            return self.regex.matches(node.label)
        if self.field == "message":
            return self.regex.matches(node.message)
        texts = (node.display_name, node.name, _template_of(node), node.message)
        return any_matches(self.regex, (*texts, *words_of_node(node, now)))

    def __str__(self) -> str:
        if self.field:
            return f"{self.field}:{_written(self.regex.source)}"
        source = self.regex.source
        keyed = KEYED.match(source) or COMPARED.match(source)
        bare = _BARE_TEXT.fullmatch(source) and not keyed
        return source if bare else _quoted(source)


class FuzzyTerm:
    """Letters in their order in the name."""

    needs = Depth.TABLE

    def __init__(self, source: str) -> None:
        self.fuzzy = Fuzzy(source)

    def of_summary(self, row: Summary, now: datetime) -> bool:
        return self.fuzzy.matches(row.key.name)

    def of_node(self, node: Node, now: datetime) -> bool:
        return self.fuzzy.matches(node.label)

    def __str__(self) -> str:
        return f"-f {_written(self.fuzzy.source)}"


class LabelTerm:
    """A label selector; nodes have no labels, so it never matches one."""

    needs = Depth.METADATA

    def __init__(self, selector: Selector) -> None:
        self.selector = selector

    def of_summary(self, row: Summary, now: datetime) -> bool:
        return self.selector.matches(row.labels)

    def of_node(self, node: Node, now: datetime) -> bool:
        return False

    def __str__(self) -> str:
        return f"-l {self.selector}"


class PhaseTerm:
    """A word of the state begins with one of the given words (`words_of_workflow`).

    Metadata is enough for it, because unfinished workflows are always read in full, except for
    whether a denied gate made a workflow fail.
    """

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        self.known = frozenset(
            known for known in WORDS if any(known.startswith(word) for word in words)
        )
        by_nodes = (phases.FAILED.word in self.known) != (phases.DENIED.word in self.known)
        self.needs = Depth.FULL if by_nodes else Depth.METADATA

    def of_summary(self, row: Summary, now: datetime) -> bool:
        known = self.known
        return ("completed" if row.ended else "active") in known or not known.isdisjoint(
            words_of_workflow(row)
        )

    def of_node(self, node: Node, now: datetime) -> bool:
        known = self.known
        return ("completed" if node.fulfilled else "active") in known or not known.isdisjoint(
            words_of_node(node, now)
        )

    def __str__(self) -> str:
        return f"phase:{','.join(self.words)}"


class ExactPhaseTerm:
    """The phase is one of those given, as Argo has it: what waits for a person is Running."""

    needs = Depth.METADATA

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def of_summary(self, row: Summary, now: datetime) -> bool:
        return row.phase in self.names

    def of_node(self, node: Node, now: datetime) -> bool:
        return node.phase in self.names

    def __str__(self) -> str:
        return f"phase:{EXACT}{','.join(self.names)}"


class NameTerm:
    """A namespace, template or creator is one of those given, `*` and `?` being wildcards."""

    def __init__(self, field: str, values: tuple[str, ...]) -> None:
        self.field = field
        self.values = values
        self.needs = Depth.TABLE if field == "ns" else Depth.METADATA
        # In a Kubernetes name a bracket is just a character, not a set as in a shell.
        patterns = (fnmatch.translate(value.replace("[", "[[]")) for value in values)
        self._match = re.compile("|".join(patterns)).match

    def of_summary(self, row: Summary, now: datetime) -> bool:
        match self.field:
            case "ns":
                text = row.key.namespace
            case "template":
                text = row.template
            case _:
                text = row.creator
        return self._match(text) is not None

    def of_node(self, node: Node, now: datetime) -> bool:
        return self.field == "template" and self._match(_template_of(node)) is not None

    def __str__(self) -> str:
        return f"{self.field}:{_written(','.join(self.values))}"


TIMES = ("age", "took", "ended")
"""The fields of `TimeTerm`."""


class TimeTerm:
    """How long ago a row was created or ended, or how long it took, against a bound.

    `limit` is in seconds. What has not ended matches no bound of `ended`.
    """

    def __init__(self, field: str, sign: str, written: str, limit: float) -> None:
        self.field = field
        self.sign = sign
        self.written = written
        self.limit = limit
        self.needs = Depth.METADATA if field == "age" else Depth.FULL

    def _compare(self, since: datetime | None, until: datetime) -> bool:
        if since is None:
            return False
        return COMPARE[self.sign]((until - since).total_seconds(), self.limit)

    def of_summary(self, row: Summary, now: datetime) -> bool:
        if self.field == "age":
            return self._compare(row.created, now)
        if self.field == "ended":
            return self._compare(row.finished, now)
        return self._compare(row.started, row.finished or now)

    def of_node(self, node: Node, now: datetime) -> bool:
        if self.field == "ended":
            return self._compare(node.finished_at, now)
        until = now if self.field == "age" else node.finished_at or now
        return self._compare(node.started_at, until)

    def __str__(self) -> str:
        return f"{self.field}:{self.sign}{self.written}"


class NotTerm:
    """What another term does not match."""

    def __init__(self, inner: Term) -> None:
        self.inner = inner
        self.needs = inner.needs

    def of_summary(self, row: Summary, now: datetime) -> bool:
        return not self.inner.of_summary(row, now)

    def of_node(self, node: Node, now: datetime) -> bool:
        return not self.inner.of_node(node, now)

    def __str__(self) -> str:
        return f"!{self.inner}"


def _template_of(node: Node) -> str:
    return node.template_name or (node.template_ref.template if node.template_ref else "")
