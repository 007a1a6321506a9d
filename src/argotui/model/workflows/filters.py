"""The filter line, which a person types after `/` to see some of the rows.

A filter is a list of terms with spaces between them; a row has to match all terms.

    etl.*prod         a regular expression, in any column a row shows as text
    name:^etl         only in the name; also message:
    -f etlprd         the letters in this order, in the name
    -l app=web,!old   a label selector as of kubectl: = == != in notin key !key
    phase:failed      the word (or its beginning) in the PHASE column, also phase:failed,denied;
                      failed includes error; active is what goes on, completed what has ended
    phase:=Failed     the phase that Argo has, that one alone; phase:=Failed,Error
    template:etl-*    the template it came from; also ns: (namespace:) and creator:; * is a wildcard
    age:<2h           created less than two hours ago; < <= > >= and s m h d w
    took:>10m         how long it ran, or runs by now
    !term             everything the term does not match

An unknown word before a colon is an error, because it would find nothing without a reason. `"…"` or
`'…'` around a pattern or value may contain spaces, and a colon that is not after a key; write a
quote of the same kind in it twice. No input raises anything but FilterError.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from argotui.model.argo import Node
from argotui.model.durations import DurationError, parse_age
from argotui.model.labels import read_selector
from argotui.model.nearest import nearest
from argotui.model.patterns import FilterError
from argotui.model.workflows.filter_terms import (
    COMPARE,
    COMPARED,
    EXACT,
    KEYED,
    PHASES,
    TIMES,
    WORDS,
    ExactPhaseTerm,
    FuzzyTerm,
    LabelTerm,
    NameTerm,
    NotTerm,
    PhaseTerm,
    Term,
    TextTerm,
    TimeTerm,
)
from argotui.model.workflows.summary import Depth, Summary

__all__ = ["WORDS", "Filter", "FilterError", "LabelTerm", "PhaseTerm", "parse_filter"]

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
    "ended": "ended",
}
"""The words before a colon, and the one that `str()` writes."""


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
        """Return whether a workflow's row matches; `now` is aware."""
        for term in self.terms:  # noqa: SIM110 - `all` costs half as much as a term
            if not term.of_summary(row, now):
                return False
        return True

    def matches_node(self, node: Node, now: datetime) -> bool:
        """Return whether a node matches; labels, namespace and creator match no node."""
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
        keyed = KEYED.match(self.text, start)
        if keyed and (key := KEYS.get(keyed[1].lower())):
            self.position = keyed.end()
            value, at = self.value()
            return _keyed_term(key, value, at)
        if keyed:
            raise FilterError(f"there is no “{keyed[1]}:”{_instead(keyed[1])}", start)
        if compared := COMPARED.match(self.text, start):
            _refuse_comparison(compared, start)
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


def _refuse_comparison(compared: re.Match[str], start: int) -> None:
    """Return how to write a comparison; without a known key it is a text to search."""
    word, sign, value = compared.groups()
    key = KEYS.get(word.lower())
    if key is None:
        return
    if key in TIMES:
        sign = sign if sign in COMPARE else "<"
        unit = "m" if value.isdecimal() else ""
        meant = f"{word}:{sign}{value}{unit}"
    else:
        meant = f"{'!' if sign.startswith('!') else ''}{word}:{value}"
    raise FilterError(f"did you mean “{meant}”? A text goes into quotes", start)


def _instead(word: str) -> str:
    """What to write for a word before a colon that is no field."""
    if word.lower() in ("label", "labels"):
        return "; labels are chosen with -l"
    if near := nearest(word, KEYS, 0.5):
        return f"; did you mean “{near}:”? A text goes into quotes"
    return f"; a text goes into quotes. There are {', '.join(dict.fromkeys(KEYS.values()))}"


def _placed(at: int, make: Callable[[str], Term], source: str) -> Term:
    """A term of a text; its errors have positions in the whole filter."""
    try:
        return make(source)
    except FilterError as error:
        raise FilterError(error.message, at + error.position) from None


def _names(key: str, value: str, at: int) -> tuple[str, ...]:
    names = tuple(name for part in value.split(",") if (name := part.strip()))
    if not names:
        before = key if key.endswith(EXACT) else f"{key}:"
        raise FilterError(f"{before} needs a value right after it", at)
    return names


def _keyed_term(key: str, value: str, at: int) -> Term:
    """The term `key:value`; `at` is where the value begins."""
    if key in TIMES:
        sign = next((sign for sign in COMPARE if value.startswith(sign)), "")
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
    if key == "phase" and value.startswith(EXACT):
        return _exact_phases(value[len(EXACT) :], at + len(EXACT))
    names = _names(key, value, at)
    if key != "phase":
        return NameTerm(key, names)
    words = tuple(name.lower() for name in names)
    for word in words:
        if not any(known.startswith(word) for known in WORDS):
            raise _no_phase(word, WORDS, value, at)
    return PhaseTerm(words)


def _exact_phases(value: str, at: int) -> Term:
    by_name = {phase.lower(): phase for phase in PHASES}
    names = _names(f"phase:{EXACT}", value, at)
    for name in names:
        if name.lower() not in by_name:
            raise _no_phase(name, PHASES, value, at)
    return ExactPhaseTerm(tuple(by_name[name.lower()] for name in names))


def _no_phase(word: str, known: Sequence[str], value: str, at: int) -> FilterError:
    near = nearest(word, known)
    said = f"did you mean “{near}”?" if near else f"there are {', '.join(known)}"
    place = max(0, value.lower().find(word.lower()))
    return FilterError(f"there is no phase “{word}”; {said}", at + place)


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
