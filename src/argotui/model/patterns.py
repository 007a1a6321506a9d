"""Matching text with a typed pattern: a regular expression, its inverse, or letters in order.

Python's regular expressions backtrack, so some take hours on a short text. Patterns whose effort
may explode are refused with a hint. The others search only the beginning of a text, less of it with
more open repetitions (`SEARCHED`). Plain parts joined by `.*` need no limit, because they are found
one after the other. Case counts only if the pattern has a capital letter. docs/decisions/0021 says
why this is not google-re2.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from typing import Protocol

from argotui.model.counted import counted

SEARCHED = (65_536, 4_096, 512, 160)
"""How many characters of a text are searched, by the number of open repetitions in the pattern."""

MAX_PATTERN = 500
MAX_EFFORT = 1024
"""How many ways through its choices and counted repetitions a pattern may have."""
_FREE_EFFORT = 16
"""Up to this many ways, a text is searched as far as with one."""
_OPEN_FROM = 17
"""A counted repetition this long costs as much as an open one."""

_COUNT = re.compile(r"\{([0-9]*)(,?)([0-9]*)\}")
_LOOP_ITEM = re.compile(r"(\^?[\w.\-/]*\w)(\([0-9]+(?::.*)?\)?)", re.DOTALL)
_FLAGS = re.compile(r"\(\?[aims]+\)")
_GROUP = re.compile(r"\(\?(?:P<\w*>|<[=!]|[=!:>]|[aims]*(?:-[ims]+)?:)")
_EDGE = re.compile(r"^(?:\.\*\??(?![*+?{]))+|(?<!\\)(?:\.\*\??)+$")
_CAPITAL = re.compile(r"\\.|\(\?P|([A-Z])|([^\x00-\x7f])", re.DOTALL)

_PLAIN = r"(?:[\w\-\ /:;,@%&=<>\"'~!]|\\[dwb.*+?()\[\]{}|^$/-]|\.(?![*+?{])|\[[\w\-.\ ]+\])+"
_JOINED = re.compile(rf"(\^?)({_PLAIN}(?:\.\*\??{_PLAIN})+)(\$?)")
_JOINT = re.compile(r"(?<!\\)\.\*\??")
_LITERAL = re.compile(r"[\w\- /:;,@%&=<>\"'~!]+", re.ASCII)
"""A pattern that means nothing but its own characters, within a line."""

_NESTED = (
    "a repeated group may not hold a repetition or a choice itself, because searching could take "
    "hours; write the group once, or several terms with spaces between them"
)
_MANY = "there are too many choices and optional parts in one pattern; write several terms"


class FilterError(ValueError):
    """A filter that cannot be used: `position` counts characters from 0, the message says why."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


class Matcher(Protocol):
    """Something that is found in a text or not; `str()` gives the filter text that makes it."""

    def matches(self, text: str) -> bool: ...

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return the matches as (start, end), without overlaps, in order."""
        ...


def wants_case(text: str) -> bool:
    """Say whether a pattern has a capital letter (escapes such as `\\S` do not count)."""
    return any(
        found[1] or (found[2] and found[2] != found[2].lower()) for found in _CAPITAL.finditer(text)
    )


class _Level:
    """What is known of one group while its pattern is read."""

    def __init__(self) -> None:
        self.open = 0
        self.effort = 1
        self.branches = 1
        self.varies = False
        self.last: _Level | None = None
        """The group that has just ended, which a quantifier would repeat."""


def _quantifier(pattern: str, position: int) -> tuple[int, int | None, int] | None:
    """The least and most repetitions a quantifier at `position` asks for, and where it ends."""
    char = pattern[position]
    if char in "*+?":
        return (char == "+", 1 if char == "?" else None, position + 1)
    counted = _COUNT.match(pattern, position) if char == "{" else None
    if counted is None or counted[0] == "{}":
        return None
    least = int(counted[1] or 0)
    if not counted[2]:
        return least, least, counted.end()
    return least, int(counted[3]) if counted[3] else None, counted.end()


def _end_of_class(pattern: str, position: int) -> int:
    """The position after the `]` of the character class that starts at `position`."""
    position += 1
    if pattern[position : position + 1] == "^":
        position += 1
    if pattern[position : position + 1] == "]":
        position += 1
    while position < len(pattern) and pattern[position] != "]":
        position += 2 if pattern[position] == "\\" else 1
    return position + 1


def _multiply(level: _Level, factor: int, position: int) -> None:
    level.effort *= factor
    if level.effort > MAX_EFFORT:
        raise FilterError(_MANY, position)


def _repeat(level: _Level, least: int, most: int | None, position: int) -> None:
    """Account for a quantifier over the last element of `level`."""
    group, level.last = level.last, None
    is_open = most is None or most >= _OPEN_FROM
    level.open += is_open
    level.varies |= least != most
    if group is not None and is_open and (group.varies or group.effort > 1):
        raise FilterError(_NESTED, position)
    if most is None or is_open:
        return
    if group is not None and most > 1:
        level.open += group.open * (most - 1)
        _multiply(level, group.effort ** (most - 1), position)
    _multiply(level, most - least + 1, position)


def _effort(pattern: str) -> tuple[int, int]:
    """How many open repetitions a pattern that compiles has, and how many ways through the rest.

    Raises FilterError if that may explode.
    """
    levels = [_Level()]
    flags = _FLAGS.match(pattern)
    position = flags.end() if flags else 0
    while position < len(pattern):
        char, level = pattern[position], levels[-1]
        if char == "\\":
            if pattern[position + 1 : position + 2] in set("123456789"):
                raise FilterError("back references are too slow for a filter", position)
            position, level.last = position + 2, None
        elif char == "[":
            position, level.last = _end_of_class(pattern, position), None
        elif char == "(":
            special = _GROUP.match(pattern, position)
            if special is None and pattern.startswith("(?", position):
                raise FilterError("this kind of group cannot be used in a filter", position)
            levels.append(_Level())
            position = special.end() if special else position + 1
        elif char == ")":
            inner = levels.pop()
            outer = levels[-1]
            outer.last = inner
            outer.open += inner.open
            outer.varies |= inner.varies
            inner.effort *= inner.branches
            _multiply(outer, inner.effort, position)
            position += 1
        elif char == "|":
            level.branches, level.last = level.branches + 1, None
            position += 1
        elif quantifier := _quantifier(pattern, position):
            least, most, end = quantifier
            _repeat(level, least, most, position)
            position = end + (pattern[end : end + 1] in ("?", "+"))
        else:
            position, level.last = position + 1, None
    _multiply(levels[0], levels[0].branches, 0)
    return levels[0].open, levels[0].effort


def _stepwise(pattern: str) -> str | None:
    """An expression that finds plain parts joined by `.*` in one pass; None for other patterns.

    The first place of each part is the best one for what follows, because its parts have a fixed
    width and stay within a line; so there is never a reason to go back.
    """
    joined = _JOINED.fullmatch(pattern)
    if joined is None:
        return None
    first, *others = _JOINT.split(joined[2])
    start = f"^{first}" if joined[1] else f"(?m:^)(?>.*?{first})"
    return start + "".join(f"(?>.*?{part})" for part in others[:-1]) + f".*?{others[-1]}{joined[3]}"


class Regex:
    """A regular expression found anywhere in a text; raises FilterError if it cannot be used.

    The name of a loop's item as Argo prints it, `shard(65:eu)`, or its beginning, is a plain text:
    as an expression it would have a group, and match something else.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        if item := _LOOP_ITEM.fullmatch(source):
            source = item[1] + re.escape(item[2])
        if len(source) > MAX_PATTERN:
            raise FilterError(f"a pattern may have at most {MAX_PATTERN} characters", MAX_PATTERN)
        flags = re.NOFLAG if wants_case(source) else re.IGNORECASE
        try:
            with warnings.catch_warnings():
                # A nested set is only a question of style, and stderr belongs to the screen.
                warnings.simplefilter("ignore", FutureWarning)
                re.compile(source, flags)
        except re.error as error:
            raise FilterError(
                f"not a regular expression: {error.msg}", min(error.pos or 0, len(source))
            ) from None
        except (RecursionError, OverflowError):
            raise FilterError("not a regular expression: it is nested too deeply") from None
        # A search needs no `.*` at its ends; without them it takes one pass instead of many.
        plain = source if "|" in source else _EDGE.sub("", source)
        repetitions, effort = _effort(plain)
        if repetitions >= len(SEARCHED):
            raise FilterError(
                f"at most {len(SEARCHED) - 1} open repetitions (* + {{n,}}) fit in one pattern; "
                "write several terms with spaces between them"
            )
        stepwise = _stepwise(plain)
        self._marked = SEARCHED[repetitions] // max(1, effort // _FREE_EFFORT)
        self.searched = SEARCHED[0] if stepwise else self._marked
        self._mark = re.compile(plain, flags)
        self._find = re.compile(stepwise, flags) if stepwise else self._mark
        self._case = not flags
        literal = _LITERAL.fullmatch(source)
        self.literal = "" if literal is None else source if self._case else source.lower()
        """The text of one line that is looked for, in lower case unless case counts; empty if
        the pattern is more than that."""

    def matches(self, text: str) -> bool:
        if self.literal:
            if self._case:
                return self.literal in text
            if text.isascii():  # other letters have more than one lower case
                return self.literal in text.lower()
        return self._find.search(text, 0, self.searched) is not None

    def spans(self, text: str) -> list[tuple[int, int]]:
        found = self._mark.finditer(text, 0, self._marked)
        return [match.span() for match in found if match.end() > match.start()]

    def __str__(self) -> str:
        return self.source


class BoundedPattern:
    """A regular expression of a JSON Schema, found anywhere in a text; case counts.

    Raises FilterError if it is not valid, or if a search could take too long.
    """

    def __init__(self, source: str) -> None:
        if len(source) > MAX_PATTERN:
            raise FilterError(f"a pattern may have at most {MAX_PATTERN} characters", MAX_PATTERN)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)
                self._pattern = re.compile(source)
        except (re.error, RecursionError, OverflowError) as error:
            raise FilterError(f"not a regular expression: {error}") from None
        repetitions, effort = _effort(source)
        if repetitions >= len(SEARCHED):
            raise FilterError(
                f"at most {len(SEARCHED) - 1} open repetitions (* + {{n,}}) fit in it"
            )
        self.longest = SEARCHED[repetitions] // max(1, effort // _FREE_EFFORT)
        """How many characters a text may have to be searched."""

    def matches(self, text: str) -> bool:
        """Say whether it is found. Raises FilterError for a text that is too long."""
        if len(text) > self.longest:
            raise FilterError(f"its pattern checks at most {counted(self.longest, 'character')}")
        return self._pattern.search(text) is not None


class Fuzzy:
    """Characters that come in a text in the same order, with anything between them."""

    def __init__(self, source: str) -> None:
        if not source:
            raise FilterError("-f needs the letters to look for, for instance: -f etlprod")
        self.source = source
        self._case = wants_case(source)
        self._wanted = source if self._case else source.lower()

    def _places(self, text: str) -> list[int] | None:
        """Where each character is found, the shortest stretch that ends first; None if nowhere."""
        folded = text if self._case else text.lower()
        if len(folded) != len(text):
            folded = "".join(char.lower()[0] for char in text)
        end = -1
        for char in self._wanted:
            end = folded.find(char, end + 1)
            if end < 0:
                return None
        places = [end]
        for char in reversed(self._wanted[:-1]):
            places.append(folded.rfind(char, 0, places[-1]))
        return places[::-1]

    def matches(self, text: str) -> bool:
        return self._places(text) is not None

    def spans(self, text: str) -> list[tuple[int, int]]:
        spans: list[tuple[int, int]] = []
        for place in self._places(text) or []:
            if spans and spans[-1][1] == place:
                spans[-1] = (spans[-1][0], place + 1)
            else:
                spans.append((place, place + 1))
        return spans

    def __str__(self) -> str:
        return f"-f {self.source}"


class Inverse:
    """Whatever another matcher does not match; there is nothing in it to point at."""

    def __init__(self, inner: Matcher) -> None:
        self.inner = inner

    def matches(self, text: str) -> bool:
        return not self.inner.matches(text)

    def spans(self, text: str) -> list[tuple[int, int]]:
        return []

    def __str__(self) -> str:
        return f"!{self.inner}"


def parse_pattern(text: str) -> Matcher:
    """Return the matcher of a one-line text filter, as for logs: `regex`, `!regex`, `-f letters`.

    Unlike in a workflow filter the whole text is one pattern, spaces and quotes included; `\\!`
    begins a regular expression with an exclamation mark. Raises FilterError.
    """
    if text.startswith("!"):
        try:
            return Inverse(parse_pattern(text[1:]))
        except FilterError as error:
            raise FilterError(error.message, error.position + 1) from None
    if text == "-f" or text.startswith("-f "):
        letters = text[3:]
        if not letters:
            raise FilterError("-f needs the letters to look for, for instance: -f etlprod", 2)
        return Fuzzy(letters)
    if not text:
        raise FilterError("there is nothing to look for")
    return Regex(text)


def any_matches(matcher: Matcher, texts: Iterable[str]) -> bool:
    """Say whether a matcher matches one of several texts."""
    return any(matcher.matches(text) for text in texts)
