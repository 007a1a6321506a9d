"""The form of a submission: what is filled in, what is wrong with it, and the options it gives."""

from __future__ import annotations

from collections.abc import Mapping

from argotui.model.labels import label_problem
from argotui.model.submission.build import SubmitOptions
from argotui.model.submission.parameters import ParameterField
from argotui.operations.submit.checks import option_problems
from argotui.operations.submit.submitter import SubmissionSource


class SubmitForm:
    """Holds texts by field. A parameter is sent only if its text is not its default.

    The fields beside parameters are `name`, `generate_name`, `labels` (`K=V,...`),
    `service_account` and `priority`; empty ones change nothing.
    """

    def __init__(self, source: SubmissionSource, values: Mapping[str, str] | None = None) -> None:
        self.source = source
        self.entrypoint = source.entrypoint
        self.fields = source.fields()
        self.settings = dict.fromkeys(
            ("name", "generate_name", "labels", "service_account", "priority"), ""
        )
        self._values: dict[str, str] = {}
        if values:
            self.take(values)

    def set_entrypoint(self, entrypoint: str) -> None:
        """Begin with another template; values of parameters that both have stay."""
        self.entrypoint = entrypoint
        self.fields = self.source.fields(entrypoint)

    def take(self, values: Mapping[str, str]) -> list[str]:
        """Take the values of an earlier run; return the names that no field has any more."""
        known = {field.name for field in self.fields}
        self._values |= {name: value for name, value in values.items() if name in known}
        return [name for name in values if name not in known]

    def text(self, field: ParameterField) -> str:
        """Return what a field shows: what was filled in, else its default."""
        return self._values.get(field.name, field.default or "")

    def fill(self, name: str, text: str) -> None:
        """Fill in a parameter."""
        self._values[name] = text

    def reset(self, name: str) -> None:
        """Take the default of a parameter again."""
        self._values.pop(name, None)

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters to send."""
        given = {}
        for field in self.fields:
            text = self._values.get(field.name)
            if text is None or text == field.default or (not text and field.default is None):
                continue
            given[field.name] = text
        return given

    def problems(self) -> dict[str, str]:
        """Return by field what is wrong with it, one sentence each."""
        found: dict[str, str] = {}
        for field in self.fields:
            text = self.text(field)
            if not text and field.default is None:
                if field.required:
                    found[field.name] = "needs a value"
            elif problems := field.problems(text):
                found[field.name] = problems[0].removeprefix(f"{field.name} ")
        return found | self._setting_problems()

    def options(self) -> SubmitOptions:
        """Return the options that are filled in; raises ValueError while there are problems."""
        priority = self.settings["priority"].strip()
        entrypoint = self.entrypoint if self.entrypoint != self.source.entrypoint else ""
        return SubmitOptions(
            name=self.settings["name"].strip(),
            generate_name=self.settings["generate_name"].strip(),
            entrypoint=entrypoint,
            service_account=self.settings["service_account"].strip(),
            priority=int(priority) if priority else None,
            labels=_pairs(self.settings["labels"]),
            parameters=self.parameters,
        )

    def _setting_problems(self) -> dict[str, str]:
        found: dict[str, str] = {}
        priority = self.settings["priority"].strip()
        try:
            number = int(priority) if priority else None
        except ValueError:
            number, found["priority"] = None, "must be a whole number"
        try:
            for key, value in _pairs(self.settings["labels"]).items():
                if problem := label_problem(key, value):
                    found["labels"] = problem
        except ValueError as error:
            found["labels"] = str(error)
        text = {name: value.strip() for name, value in self.settings.items()}
        for name, own in (
            ("name", SubmitOptions(name=text["name"])),
            ("generate_name", SubmitOptions(generate_name=text["generate_name"])),
            ("service_account", SubmitOptions(service_account=text["service_account"])),
            ("priority", SubmitOptions(priority=number)),
        ):
            if problem := next(option_problems(own), ""):
                found[name] = problem
        return found


def _pairs(text: str) -> dict[str, str]:
    """Return `K=V,K=V` as a mapping. Raises ValueError for anything else."""
    found = {}
    for pair in text.split(","):
        if not pair.strip():
            continue
        name, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"{pair.strip()!r} is not NAME=VALUE")
        found[name.strip()] = value.strip()
    return found
