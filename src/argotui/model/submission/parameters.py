"""The parameters that a submission asks for, and whether values fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from argotui.model.argo import text_of
from argotui.model.nearest import suggest
from argotui.model.submission.schema import SchemaError, ValueSchema

Document = dict[str, Any]

SCHEMA = "argotui.io/schema."
"""The prefix of annotations that hold the JSON Schema of a parameter."""
DESCRIPTION = "argotui.io/description"
_REFERENCE = re.compile(r"workflow\.parameters\.([-\w]+)")
_REFERENCES = {"configMapKeyRef": "ConfigMap", "secretKeyRef": "Secret"}


class ParameterField(msgspec.Struct, frozen=True):
    """A parameter to fill in.

    `choices` are the values to choose from, `several` whether more than one. `default` is the text
    it has if nothing is given, None without one. `value_from` says where else a value comes from.
    `note` says why its schema cannot be used.
    """

    name: str
    description: str = ""
    default: str | None = None
    choices: tuple[str, ...] = ()
    several: bool = False
    value_from: str = ""
    schema: ValueSchema | None = None
    note: str = ""

    @property
    def required(self) -> bool:
        return self.default is None and not self.value_from

    def problems(self, text: str) -> list[str]:
        """Return what is wrong with a value, each as a sentence; empty if nothing."""
        found: list[str] = []
        if self.choices:
            items = [text]
            if self.several and self.schema is not None:
                items = self.schema.items(text) or []
            if any(item not in self.choices for item in items):
                of = "only of" if self.several else "one of"
                found.append(f"be {of} {', '.join(self.choices)}")
        if self.schema is not None and not found:
            found += self.schema.problems(text)
        return [f"{self.name} must {each}" for each in found]


def parameter_fields(
    spec: Mapping[str, Any], annotations: Mapping[str, str], entrypoint: str = ""
) -> list[ParameterField]:
    """Return the fields of a workflow spec: its arguments, then other inputs of its entrypoint.

    `entrypoint` replaces the spec's own. Raises nothing: what is malformed is left out.
    """
    arguments = {each["name"]: each for each in _parameters(spec.get("arguments"))}
    template = template_named(spec, entrypoint or str(spec.get("entrypoint") or ""))
    inputs = {each["name"]: each for each in _parameters((template or {}).get("inputs"))}
    own = ((template or {}).get("metadata") or {}).get("annotations") if template else None
    notes = {**(own if isinstance(own, dict) else {}), **annotations}
    return [
        _field(name, arguments.get(name, {}), inputs.get(name, {}), notes)
        for name in dict.fromkeys([*arguments, *inputs])
    ]


def template_named(spec: Mapping[str, Any], name: str) -> Document | None:
    """Return the template of a name, None if the spec has none."""
    return next((each for each in templates_in(spec) if each.get("name") == name), None)


def templates_in(spec: Mapping[str, Any]) -> list[Document]:
    """Return the templates of a spec that are objects."""
    found = spec.get("templates")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def values_of_run(workflow: Mapping[str, Any]) -> dict[str, str]:
    """Return the values that a run had, by parameter: its own over those of its template."""
    status, spec = workflow.get("status") or {}, workflow.get("spec") or {}
    stored = status.get("storedWorkflowTemplateSpec") or {}
    values: dict[str, str] = {}
    for source in (stored, spec):
        for each in _parameters(source.get("arguments")):
            value = text_of_value(each.get("value"))
            if value is not None:
                values[each["name"]] = value
    return values


def referenced_parameters(spec: object) -> set[str]:
    """Return the names of the workflow's parameters that any text of a spec refers to."""
    found: set[str] = set()
    pending = [spec]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            found.update(_REFERENCE.findall(value))
        elif isinstance(value, Mapping):
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return found


def unknown_names(fields: Iterable[ParameterField], values: Iterable[str]) -> list[str]:
    """Return a sentence for each name that no field has."""
    known = [field.name for field in fields]
    return [
        f"there is no parameter {name}{suggest(name, known)}"
        for name in values
        if name not in known
    ]


def value_problems(fields: Iterable[ParameterField], values: Mapping[str, str]) -> list[str]:
    """Return what keeps values from being submitted, each as a sentence.

    A field without a value keeps its default; one without a default needs a value.
    """
    found: list[str] = []
    for field in fields:
        value = values.get(field.name)
        if value is not None:
            found += field.problems(value)
        elif field.required:
            about = f": {field.description}" if field.description else ""
            found.append(f"{field.name} needs a value{about}")
    return found


def text_of_value(value: object) -> str | None:
    """Return a value of a manifest as Argo's text, None without one."""
    if value is None or isinstance(value, str | bool | int | float):
        return text_of(value)
    return None


def _parameters(holder: object) -> Iterator[Document]:
    listed = holder.get("parameters") if isinstance(holder, Mapping) else None
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and isinstance(each.get("name"), str) and each["name"]:
            yield each


def _field(
    name: str, argument: Document, given: Document, annotations: Mapping[str, str]
) -> ParameterField:
    def first(*keys: str) -> str | None:
        for source in (argument, given):
            for key in keys:
                if (text := text_of_value(source.get(key))) is not None:
                    return text
        return None

    schema, note = None, ""
    if text := annotations.get(SCHEMA + name):
        try:
            schema = ValueSchema(str(text))
        except SchemaError as error:
            note = f"the schema of {name} is not used: {error}"
    listed = argument.get("enum") or given.get("enum") or []
    choices = tuple(
        text
        for each in (listed if isinstance(listed, list) else ())
        if (text := text_of_value(each)) is not None
    )
    several = schema is not None and schema.several
    if schema is not None and (several or not choices):
        choices = schema.choices
    described = first("description") or (schema.description if schema else "")
    source = argument.get("valueFrom") or given.get("valueFrom")
    default = first("value", "default")
    if default is None and isinstance(source, Mapping):
        default = text_of_value(source.get("default"))
    where = _source_words(source) if default is None and isinstance(source, Mapping) else ""
    return ParameterField(name, described or "", default, choices, several, where, schema, note)


def _source_words(source: Mapping[str, Any]) -> str:
    for key, kind in _REFERENCES.items():
        if isinstance(reference := source.get(key), Mapping):
            return f"{kind} {reference.get('name')}, key {reference.get('key')}"
    return next(iter(source), "")
