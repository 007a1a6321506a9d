"""The program of a simulated pod's main container: duration, log lines and exit.

Annotations of the pod define it; Argo copies them from the template's metadata. A pod without them
runs its shell script, limited to `echo`, `printf`, `sleep`, `exit`, `false` and `for i in ...`.
"""

from __future__ import annotations

import json
import random
import re
import shlex
from typing import Any, NamedTuple

from argotui.demo.argo.log_lines import chatter
from argotui.model.durations import parse_argo_duration

PREFIX = "demo.argotui/"
RUN_FOR = PREFIX + "run-for"
"""A duration, or a range to choose from: `20s-40s`."""
LOG = PREFIX + "log"
"""The lines to write, spread over the run; without it, lines that fit the name of the step."""
EXIT_CODE = PREFIX + "exit-code"
REASON = PREFIX + "reason"
FAIL_ATTEMPTS = PREFIX + "fail-attempts"
"""The number of attempts that fail before one succeeds."""
OUTPUTS = PREFIX + "outputs"
"""JSON: output parameters by name, and `result`."""
_FOR = re.compile(r"for\s+(\w+)\s+in\s+(.*)", re.DOTALL)


class Program(NamedTuple):
    """`lines` are (seconds since the start, text with its newline); `reason` is Kubernetes'."""

    seconds: float
    lines: list[tuple[float, str]]
    exit_code: int = 0
    reason: str = "Completed"
    parameters: dict[str, str] = {}
    result: str | None = None


def program_of(
    template: dict[str, Any], node_name: str, attempt: int, rng: random.Random
) -> Program:
    """Return the program of a node's pod in its `attempt`; 0 is the first."""
    notes = (template.get("metadata") or {}).get("annotations") or {}
    if not any(key.startswith(PREFIX) for key in notes):
        return _script(template)
    seconds = _seconds(notes.get(RUN_FOR, "10s"), rng)
    fails = attempt < int(notes[FAIL_ATTEMPTS]) if FAIL_ATTEMPTS in notes else True
    code = int(notes.get(EXIT_CODE, "0")) if fails else 0
    reason = notes.get(REASON, "Error") if code else "Completed"
    outputs = json.loads(notes.get(OUTPUTS, "{}"))
    result = outputs.pop("result", None)
    texts = notes[LOG].splitlines() if LOG in notes else chatter(node_name, seconds, code, rng)
    pace = seconds / (len(texts) + 1)
    lines = [((index + 0.5) * pace, f"{text}\n") for index, text in enumerate(texts)]
    return Program(
        seconds,
        lines,
        code,
        reason,
        {name: str(value) for name, value in outputs.items()},
        None if result is None else str(result),
    )


def _seconds(text: str, rng: random.Random) -> float:
    low, _, high = text.partition("-")
    shortest = parse_argo_duration(low)
    return rng.uniform(shortest, parse_argo_duration(high)) if high else shortest


def _script(template: dict[str, Any]) -> Program:
    container = template.get("script") or template.get("container") or {}
    words = [*(container.get("command") or []), *(container.get("args") or [])]
    source = container.get("source")
    if source is None:
        source = words[-1] if words[:1] in (["sh"], ["bash"], ["/bin/sh"]) else shlex.join(words)
    shell = _Shell()
    shell.run(source)
    text = "".join(text for _, text in shell.lines).rstrip("\n")
    return Program(
        max(shell.now, 0.2),
        shell.lines,
        shell.code,
        "Error" if shell.code else "Completed",
        result=text[-256_000:] if "script" in template else None,
    )


class _Shell:
    """An interpreter of very simple scripts; it skips commands that it does not know."""

    def __init__(self) -> None:
        self.now = 0.0
        self.lines: list[tuple[float, str]] = []
        self.code = 0
        self._variables: dict[str, str] = {}
        self._ended = False

    def run(self, source: str) -> None:
        """Run the commands of a script."""
        commands = [part.strip() for part in re.split(r"[;\n]|&&", source) if part.strip()]
        index = 0
        while index < len(commands) and not self._ended:
            loop = _FOR.match(commands[index])
            if loop is None:
                self._command(commands[index])
                index += 1
                continue
            end = next(
                (at for at in range(index, len(commands)) if commands[at] == "done"), len(commands)
            )
            body = [part.removeprefix("do ").strip() for part in commands[index + 1 : end]]
            for value in self._expand(loop.group(2)).split():
                self._variables[loop.group(1)] = value
                for command in body:
                    if not self._ended and command != "do":
                        self._command(command)
            index = end + 1

    def _expand(self, text: str) -> str:
        def count(found: re.Match[str]) -> str:
            return " ".join(str(number) for number in range(1, int(found.group(1)) + 1))

        text = re.sub(r"\$\(seq (?:1 )?(\d+)\)", count, text)
        return re.sub(r"\$\{?(\w+)\}?", lambda found: self._variables.get(found.group(1), ""), text)

    def _command(self, command: str) -> None:
        try:
            words = shlex.split(self._expand(command))
        except ValueError:
            return
        match words:
            case ["echo", *rest]:
                self.lines.append((self.now, " ".join(rest) + "\n"))
            case ["printf", text]:
                self.lines.append((self.now, text))
            case ["sleep", text]:
                self.now += parse_argo_duration(text)
            case ["exit", code]:
                self.code, self._ended = int(code), True
            case ["false"]:
                self.code = 1
