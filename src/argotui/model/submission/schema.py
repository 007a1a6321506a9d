"""A JSON Schema for the value of a parameter, from an annotation of its template."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from argotui.model.patterns import BoundedPattern, FilterError

if TYPE_CHECKING:
    import jsonschema

COMMA = "comma-separated"
"""The `format` of an array that is written as `a,b` and not as a JSON list."""
_KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a JSON list",
    "object": "a JSON object",
    "null": "null",
    "string": "a text",
}
_LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minLength": "at least {} characters long",
    "maxLength": "at most {} characters long",
}


class SchemaError(ValueError):
    """A schema that cannot be used; the message says why."""


class ValueSchema:
    """Checks the text of a value. Raises SchemaError for a text that is no usable JSON Schema.

    A value is text: it is read as JSON unless its type may be `string`. References to other
    documents are never fetched, and patterns take bounded effort (docs/decisions/0021).
    """

    def __init__(self, text: str) -> None:
        self._document = _document_of(text)
        kinds = self._document.get("type", "string")
        self.kinds: tuple[str, ...] = tuple(kinds) if isinstance(kinds, list) else (str(kinds),)
        self._validator = _validator_of(self._document)

    @property
    def several(self) -> bool:
        """Whether a value is a list."""
        return self.kinds == ("array",)

    @property
    def comma(self) -> bool:
        """Whether a list is written with commas."""
        return self.several and self._document.get("format") == COMMA

    @property
    def choices(self) -> tuple[str, ...]:
        """The values to choose from, as text; empty if the schema lists none."""
        holder = self._document.get("items") if self.several else self._document
        listed = holder.get("enum") if isinstance(holder, Mapping) else None
        return tuple(_text_of(each) for each in listed) if isinstance(listed, list) else ()

    @property
    def description(self) -> str:
        """The schema's own description, else its title."""
        return str(self._document.get("description") or self._document.get("title") or "")

    def problems(self, text: str) -> list[str]:
        """Return what is wrong with a value, each as the end of `NAME must …`; empty if nothing."""
        tried: list[list[str]] = []
        for value in self._readings(text):
            found = list(dict.fromkeys(self._complaints(value)))
            if not found:
                return []
            tried.append(found)
        return tried[0] if tried else [f"be {' or '.join(map(_kind_words, self.kinds))}"]

    def items(self, text: str) -> list[str] | None:
        """Return the items of a list as texts, None if it is no list."""
        if self.comma:
            return [item.strip() for item in text.split(",")] if text.strip() else []
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return [_text_of(item) for item in value] if isinstance(value, list) else None

    def joined(self, items: list[str]) -> str:
        """Return the text of a list of chosen items."""
        if self.comma:
            return ",".join(items)
        return json.dumps([self._item(item) for item in items], ensure_ascii=False)

    def _item(self, text: str) -> Any:
        holder = self._document.get("items")
        listed = holder.get("enum") if isinstance(holder, Mapping) else None
        for each in listed if isinstance(listed, list) else ():
            if _text_of(each) == text:
                return each
        return text

    def _readings(self, text: str) -> Iterator[Any]:
        if "string" in self.kinds:
            yield text
        if self.comma:
            yield [self._item(item) for item in self.items(text) or []]
        elif set(self.kinds) - {"string"}:
            try:
                yield json.loads(text)
            except (ValueError, RecursionError):
                return

    def _complaints(self, value: Any) -> Iterator[str]:
        from referencing.exceptions import Unresolvable

        try:
            for error in self._validator.iter_errors(value):
                yield _words(error)
        except FilterError as error:
            yield f"be short: {error.message}"
        except RecursionError:
            yield "be checked by hand: its schema refers to itself without an end"
        except Unresolvable as error:
            yield f"be checked by hand: its schema refers to {error.ref}, which is not in it"


def _document_of(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"it is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise SchemaError("it is not a JSON object")
    return document


def _validator_of(document: dict[str, Any]) -> jsonschema.protocols.Validator:
    # Imported here: it takes 80 ms, and most templates have no schema.
    import jsonschema
    import referencing

    patterns: dict[str, BoundedPattern] = {}

    def pattern(
        validator: Any, source: str, value: Any, schema: Any
    ) -> Iterator[jsonschema.ValidationError]:
        if isinstance(value, str):
            if source not in patterns:
                patterns[source] = BoundedPattern(source)
            if not patterns[source].matches(value):
                yield jsonschema.ValidationError(f"match {source}")

    def refused(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        raise FilterError("argotui does not apply patternProperties")

    checked = jsonschema.Draft202012Validator
    try:
        checked.check_schema(document)
        for source in _patterns_in(document):
            patterns[source] = BoundedPattern(source)
    except jsonschema.SchemaError as error:
        raise SchemaError(f"it is not a JSON Schema: {error.message}") from None
    except FilterError as error:
        raise SchemaError(f"its pattern cannot be used: {error.message}") from None
    except RecursionError:
        raise SchemaError("it is nested too deeply") from None
    extend: Any = jsonschema.validators.extend  # which has no types
    own = extend(checked, {"pattern": pattern, "patternProperties": refused})
    return own(  # type: ignore[no-any-return]
        document,
        registry=referencing.Registry(),  # an empty one: nothing is fetched
        format_checker=checked.FORMAT_CHECKER,
    )


def _patterns_in(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "pattern" and isinstance(inner, str):
                yield inner
            yield from _patterns_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _patterns_in(inner)


def _kind_words(kind: str) -> str:
    return _KINDS.get(kind, kind)


def _words(error: jsonschema.ValidationError) -> str:
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.path)
    wanted: Any = error.validator_value
    at = f"have at {where.lstrip('.')} a value that must " if where else ""
    match error.validator:
        case "type":
            kinds = wanted if isinstance(wanted, list) else [wanted]
            return f"{at}be {' or '.join(_kind_words(str(kind)) for kind in kinds)}"
        case "enum":
            return f"{at}be one of {', '.join(map(_text_of, wanted))}"
        case "const":
            return f"{at}be {_text_of(wanted)}"
        case "pattern":
            return f"{at}match {wanted}"
        case "format":
            return f"{at}be a valid {wanted}"
        case "minItems":
            return f"{at}have at least {wanted} of the values"
        case "maxItems":
            return f"{at}have at most {wanted} of the values"
        case "uniqueItems":
            return f"{at}have no value twice"
        case "required":
            return f"{at}be complete: {error.message}"
        case str(limit) if limit in _LIMITS:
            return f"{at}be {_LIMITS[limit].format(wanted)}"
        case _:
            return f"{at}fit its schema: {error.message}"


def _text_of(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
