"""The process that evaluates Rego: one JSON line in, one out, until its input ends.

regopy runs native code that can abort, which must cost a verdict and not the console. It writes
strings into its JSON without escaping them: a parameter that a rule quotes could close its string
and forge `"allow": true`. So its JSON is never read; values are taken node by node.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from regopy import Interpreter, LogLevel, Node, NodeKind, Output, RegoError
from regopy.rego_shared import rego_node_get, rego_node_size, rego_query

QUERY = "data.argotui.gate.decision"


class Failed(Exception):
    """There is no decision; the text says why."""


class RawOutput(Output):  # type: ignore[misc]  # the package has no types
    """An output whose JSON regopy does not parse."""

    def __init__(self, impl: Any) -> None:
        self._impl = impl
        self.results: list[Any] = []


def load(sources: dict[str, str], data: dict[str, Any]) -> Any:
    """Return an interpreter with these modules and data; raises `Failed`."""
    made = Interpreter()
    # It would write parse errors to the terminal.
    made.log_level = LogLevel.NONE
    # Without it a builtin that it lacks is undefined, and `not undefined` holds.
    made.strict_built_in_errors = True
    try:
        for name, source in sources.items():
            made.add_module(name, source)
        made.add_data(data)
    except RegoError as error:
        raise Failed(f"a policy cannot be parsed: {error}") from error
    return made


def evaluate(made: Any, question: dict[str, object]) -> object:
    """Return the decision document for an input; raises `Failed`."""
    try:
        made.set_input(question)
        output = RawOutput(rego_query(made._impl, QUERY))
        if not output.ok():
            raise Failed("an error in a rule")
        terms = list(_values(output.node()))
    except (RegoError, ValueError, AssertionError, RecursionError) as error:
        raise Failed(f"the policy engine failed ({type(error).__name__})") from error
    if len(terms) != 1:
        raise Failed("the decision is undefined: is the policy loaded?")
    return terms[0]


def _values(node: Any) -> Iterator[object]:
    """Yield the values of the query's expressions."""
    if node.kind in (NodeKind.Results, NodeKind.Result):
        for child in _children(node):
            yield from _values(child)
    elif node.kind == NodeKind.Terms:
        for child in _children(node):
            yield _value(child)


def _children(node: Any) -> Iterator[Any]:
    for index in range(rego_node_size(node._impl)):
        yield Node(rego_node_get(node._impl, index))


def _value(node: Any) -> object:
    kind = node.kind
    if kind in Node.ValueKinds:
        value: object = node.value
        return value
    children = list(_children(node))
    if kind in (NodeKind.Term, NodeKind.Scalar):
        return _value(children[0])
    if kind in (NodeKind.Array, NodeKind.Set):
        return [_value(child) for child in children]
    if kind == NodeKind.Object:
        pairs = [list(_children(child)) for child in children]
        found = {str(_value(name)): _value(value) for name, value in pairs}
        if len(found) != len(pairs):
            raise ValueError("a key twice")
        return found
    raise ValueError("a value of an unknown kind")


def main() -> None:
    """Serve `{"sources", "data"}` (load) and `{"input"}` (evaluate) lines."""
    made: Any = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "sources" in request:
                made = load(request["sources"], request["data"])
                answer: dict[str, object] = {"loaded": True}
            else:
                answer = {"document": evaluate(made, request["input"])}
        except Failed as failed:
            answer = {"failed": str(failed)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
