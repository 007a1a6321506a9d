"""The filter line: what a person types after `/` to see only some of the rows.

A filter is a list of terms with spaces between them; a row has to match all of them.

    etl.*prod         a regular expression, in any column a row shows as text
    name:^etl         only in the name; also message:
    -f etlprd         the letters in this order, in the name
    -l app=web,!old   a label selector as of kubectl: = == != in notin key !key
    phase:failed      the word (or its beginning) in the PHASE column; phase:failed,error;
                      phase:active and phase:completed for what goes on and what has ended
    template:etl-*    the template it came from; also ns: (namespace:) and creator:; * is a wildcard
    age:<2h           created less than two hours ago; < <= > >= and s m h d w
    took:>10m         how long it ran, or runs by now
    !term             everything the term does not match

`"…"` or `'…'` around a text or a value keeps spaces in it and takes it literally as a text; a quote
of the same kind in it is written twice. Nothing but FilterError is raised, for any input.
"""

from __future__ import annotations

import difflib
import fnmatch
import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from argotui.model import phases
from argotui.model.durations import DurationError, parse_age
from argotui.model.labels import Selector, read_selector
from argotui.model.patterns import FilterError, Fuzzy, Regex, any_matches
from argotui.model.phases import look_of_node, look_of_workflow
from argotui.model.summary import Depth, Summary
from argotui.model.workflow import Node

__all__ = ["Filter", "FilterError", "parse_filter"]

KEYS = {
    "name": "name",
    "message": "message",
    "phase": "phase",
    "status": "phase",
    "template": "template",
    "ns": "ns",
    "namespace": "ns",
    "creator": "creator",
    "age": "age",
    "took": "took",
}
"""The words that may stand before a colon, and the one that `str()` writes."""

WORDS = tuple(
    sorted(
        {look.word for look in vars(phases).values() if isinstance(look, phases.Look)}
        | {"active", "completed"}
    )
)
"""What `phase:` knows."""

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_KEYED = re.compile(r"([A-Za-z]+):")
_BARE = re.compile(r"[^\s\"']+")
_BARE_TEXT = re.compile(r"(?!(?:in|notin)$)[^\s\"'!=,-][^\s\"']*")
"""A text that means the same without quotes, even after a label selector."""


def _quoted(text: str) -> str:
    quote = "'" if '"' in text and "'" not in text else '"'
    return quote + text.replace(quote, quote * 2) + quote


def _written(text: str) -> str:
    """A value as it is typed: quoted only where it has to be."""
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
        self.needs = Depth.FULL if field == "message" else Depth.TABLE

    def of_summary(self, row: Summary, now: datetime) -> bool:
        matches = self.regex.matches
        if self.field == "name":
            return matches(row.key.name)
        if self.field == "message":
            return matches(row.message)
        return (
            matches(row.key.name)
            or matches(row.template)
            or matches(row.message)
            or matches(str(row.key))
            or matches(look_of_workflow(row).word)
        )

    def of_node(self, node: Node, now: datetime) -> bool:
        if self.field == "name":
            return self.regex.matches(node.display_name or node.name)
        if self.field == "message":
            return self.regex.matches(node.message)
        texts = (node.display_name, node.name, _template_of(node), node.message)
        return any_matches(self.regex, texts) or self.regex.matches(look_of_node(node).word)

    def __str__(self) -> str:
        if self.field:
            return f"{self.field}:{_written(self.regex.source)}"
        source = self.regex.source
        bare = _BARE_TEXT.fullmatch(source) and not _KEYED.match(source)
        return source if bare else _quoted(source)


class FuzzyTerm:
    """Letters in their order in the name."""

    needs = Depth.TABLE

    def __init__(self, source: str) -> None:
        self.fuzzy = Fuzzy(source)

    def of_summary(self, row: Summary, now: datetime) -> bool:
        return self.fuzzy.matches(row.key.name)

    def of_node(self, node: Node, now: datetime) -> bool:
        return self.fuzzy.matches(node.display_name or node.name)

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
    """The word of the PHASE column begins with one of those given.

    `waiting` also finds workflows suspended as a whole, for they wait too. A reading of the
    metadata decides it: what has not ended is always read in full, and what has never waits.
    """

    needs = Depth.METADATA

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        self._known = frozenset(
            known for known in WORDS if any(known.startswith(word) for word in words)
        )

    def of_summary(self, row: Summary, now: datetime) -> bool:
        return (
            look_of_workflow(row).word in self._known
            or ("waiting" in self._known and row.waits)
            or ("completed" if row.completed else "active") in self._known
        )

    def of_node(self, node: Node, now: datetime) -> bool:
        return (
            look_of_node(node).word in self._known
            or ("completed" if node.fulfilled else "active") in self._known
        )

    def __str__(self) -> str:
        return f"phase:{','.join(self.words)}"


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


class TimeTerm:
    """How long ago a row was created, or how long it took, against a bound; `limit` in seconds."""

    def __init__(self, field: str, sign: str, written: str, limit: float) -> None:
        self.field = field
        self.sign = sign
        self.written = written
        self.limit = limit
        self.needs = Depth.METADATA if field == "age" else Depth.FULL

    def _compare(self, since: datetime | None, until: datetime) -> bool:
        if since is None:
            return False
        return _COMPARE[self.sign]((until - since).total_seconds(), self.limit)

    def of_summary(self, row: Summary, now: datetime) -> bool:
        if self.field == "age":
            return self._compare(row.created, now)
        return self._compare(row.started, row.finished or now)

    def of_node(self, node: Node, now: datetime) -> bool:
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


class Filter:
    """What `parse_filter` gives; a filter without terms matches everything."""

    def __init__(self, terms: tuple[Term, ...] = ()) -> None:
        self.terms = terms

    @property
    def needs(self) -> Depth:
        """How deep workflows must have been read for the filter to be right about them."""
        return max((term.needs for term in self.terms), default=Depth.TABLE)

    @property
    def moves(self) -> bool:
        """Whether a row may begin or cease to match merely because time passes."""
        inner = (term.inner if isinstance(term, NotTerm) else term for term in self.terms)
        return any(isinstance(term, TimeTerm) for term in inner)

    def matches(self, row: Summary, now: datetime) -> bool:
        """Say whether a workflow's row is to be seen; `now` is aware."""
        return all(term.of_summary(row, now) for term in self.terms)

    def matches_node(self, node: Node, now: datetime) -> bool:
        """Say whether a node is to be seen; labels, namespace and creator match no node."""
        return all(term.of_node(node, now) for term in self.terms)

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __str__(self) -> str:
        return " ".join(map(str, self.terms))


class _Reader:
    """Reads terms off the text of a filter."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def skip(self) -> None:
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1

    def _at(self, word: str) -> bool:
        """Whether an option such as `-l` stands here, followed by a space or nothing."""
        end = self.position + len(word)
        return self.text.startswith(word, self.position) and not self.text[end : end + 1].strip()

    def value(self) -> tuple[str, int]:
        """The next word or quoted text, and where it begins."""
        start = self.position
        quote = self.text[start : start + 1]
        if quote not in ("'", '"'):
            while self.position < len(self.text) and not self.text[self.position].isspace():
                self.position += 1
            return self.text[start : self.position], start
        parts: list[str] = []
        while True:
            end = self.text.find(quote, self.position + 1)
            if end < 0:
                raise FilterError(f"the quote {quote} is not closed", start)
            parts.append(self.text[self.position + 1 : end])
            self.position = end + 1
            if self.text[self.position : self.position + 1] != quote:
                break
        if self.text[self.position : self.position + 1].strip():
            raise FilterError("after a closing quote a space is needed", self.position)
        return quote.join(parts), start + 1

    def term(self) -> Term:
        """The term that begins here."""
        start = self.position
        if self.text.startswith("!", start):
            return self._inverse(start)
        if self._at("-l"):
            self.position += 2
            selector, self.position = read_selector(self.text, self.position)
            if self.text[self.position : self.position + 1].strip():
                raise FilterError("this cannot follow in a label selector", self.position)
            return LabelTerm(selector)
        if self._at("-f"):
            self.position += 2
            self.skip()
            letters, at = self.value()
            return _placed(at, FuzzyTerm, letters)
        keyed = _KEYED.match(self.text, start)
        if keyed and (key := KEYS.get(keyed[1].lower())):
            self.position = keyed.end()
            value, at = self.value()
            return _keyed_term(key, value, at)
        if keyed and (close := difflib.get_close_matches(keyed[1].lower(), KEYS, 1, 0.8)):
            raise FilterError(
                f"there is no “{keyed[1]}:”; did you mean “{close[0]}:”? "
                "Put quotes around it to look for the text",
                start,
            )
        source, at = self.value()
        return _placed(at, TextTerm, source)

    def _inverse(self, start: int) -> Term:
        count = 0
        while self.text.startswith("!", self.position):
            self.position += 1
            count += 1
        if not self.text[self.position : self.position + 1].strip():
            raise FilterError("! needs a term right after it", start)
        term = self.term()
        return NotTerm(term) if count % 2 else term


def _placed(at: int, make: Callable[[str], Term], source: str) -> Term:
    """A term of a text, its errors told by their place in the whole filter."""
    try:
        return make(source)
    except FilterError as error:
        raise FilterError(error.message, at + error.position) from None


def _names(key: str, value: str, at: int) -> tuple[str, ...]:
    names = tuple(name for part in value.split(",") if (name := part.strip()))
    if not names:
        raise FilterError(f"{key}: needs a value right after the colon", at)
    return names


def _keyed_term(key: str, value: str, at: int) -> Term:
    """The term `key:value`; `at` is where the value begins."""
    if key in ("age", "took"):
        sign = next((sign for sign in _COMPARE if value.startswith(sign)), "")
        if not sign:
            raise FilterError(f"{key}: needs < or > first, for instance {key}:<2h", at)
        try:
            return TimeTerm(key, sign, value[len(sign) :], parse_age(value[len(sign) :]))
        except DurationError as error:
            raise FilterError(str(error), at + len(sign)) from None
    if key in ("name", "message"):
        if not value:
            raise FilterError(f"{key}: needs a pattern right after the colon", at)
        return _placed(at, lambda source: TextTerm(source, key), value)
    names = _names(key, value, at)
    if key != "phase":
        return NameTerm(key, names)
    words = tuple(name.lower() for name in names)
    for word in words:
        if not any(known.startswith(word) for known in WORDS):
            raise FilterError(f"there is no phase “{word}”; there are {', '.join(WORDS)}", at)
    return PhaseTerm(words)


def parse_filter(text: str) -> Filter:
    """Return the filter of a line; an empty line gives the one that matches everything.

    Raises FilterError, whose `position` is an index into `text`.
    """
    reader = _Reader(text)
    terms: list[Term] = []
    reader.skip()
    while reader.position < len(text):
        terms.append(reader.term())
        reader.skip()
    return Filter(tuple(terms))
