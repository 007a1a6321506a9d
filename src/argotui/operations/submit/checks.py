"""Checks of what is to be submitted, before a URL or a selector is built of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from argotui.backend import names
from argotui.backend.argo_fields import argo_fields
from argotui.errors import InvalidError
from argotui.model.counted import counted
from argotui.model.fields import WrongShape, path_text
from argotui.model.labels import key_problem, label_problem
from argotui.model.submission.build import SubmitOptions

LONGEST_NAME = 63
"""Characters of a workflow's name: Argo writes it into a label of its pods (validate.go)."""
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9.]*)?")
_PARAMETER = re.compile(r"[-a-zA-Z0-9_]+")
"""The names that Argo accepts (`paramOrArtifactNameRegex`, workflow/validate/validate.go)."""
PRIORITIES = range(-(1 << 31), 1 << 31)


def require(problems: Iterator[str], what: str) -> None:
    """Raise InvalidError with all problems if there is one."""
    if found := list(problems):
        raise InvalidError(what, "\n".join(found))


def option_problems(options: SubmitOptions) -> Iterator[str]:
    """Yield what is wrong with the options themselves."""
    if options.name:
        yield from _name_problems(options.name)
    if options.generate_name and not _PREFIX.fullmatch(options.generate_name):
        yield (
            f"{options.generate_name!r} cannot begin a name: lower-case letters, digits, '-' and "
            "'.', a letter or digit first"
        )
    for name in options.parameters:
        if not _PARAMETER.fullmatch(name):
            yield f"{name!r} is no name of a parameter: letters, digits, '-' and '_'"
    for key, value in options.labels.items():
        if problem := label_problem(key, value):
            yield problem
    for key in options.annotations:
        if problem := key_problem(key):
            yield problem
    if options.service_account:
        try:
            names.check_name("ServiceAccount", options.service_account)
        except InvalidError as error:
            yield error.title
    if options.priority is not None and options.priority not in PRIORITIES:
        yield f"{options.priority} is no priority: a whole number of 32 bits"
    if options.scheduled_time and not _is_rfc3339(options.scheduled_time):
        yield (
            f"{options.scheduled_time!r} is no time in RFC 3339, for instance 2026-01-31T06:00:00Z"
        )


def shape_problems(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield each value of an object that is a list or an object where Argo has another."""
    for problem in argo_fields().problems(str(document.get("kind")), document):
        if isinstance(problem, WrongShape):
            yield f"{path_text(problem.path)} must be {problem.wanted}"


def document_problems(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the metadata of a Workflow that is to be created."""
    meta = document.get("metadata")
    if not isinstance(meta, dict):
        yield "it has no metadata"
        return
    name, prefix = meta.get("name") or "", meta.get("generateName") or ""
    if not name and not prefix:
        yield "it has neither metadata.name nor metadata.generateName"
    if name:
        yield from _name_problems(str(name))
    elif prefix and not _PREFIX.fullmatch(str(prefix)):
        yield f"metadata.generateName: {prefix!r} cannot begin a name"
    labels = meta.get("labels") or {}
    for key, value in labels.items() if isinstance(labels, dict) else ():
        if not isinstance(value, str):
            yield f"metadata.labels: the value of {key} must be a text: put it in quotes"
        elif problem := label_problem(str(key), value):
            yield f"metadata.labels: {problem}"


def _name_problems(name: str) -> Iterator[str]:
    try:
        names.check_name("workflow", name)
    except InvalidError as error:
        yield f"{error.title}: {error.hint}"
        return
    if len(name) > LONGEST_NAME:
        length = counted(len(name), "character")
        yield f"the name {name} has {length}; a workflow's has at most {LONGEST_NAME}"


def _is_rfc3339(text: str) -> bool:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is not None and "T" in text
