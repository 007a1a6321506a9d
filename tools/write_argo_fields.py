"""Write the fields of Argo's kinds from a copy of its source: `python -m tools.write_argo_fields`.

`ARGO_SOURCE` names the copy. Run it for each new version of Argo Workflows.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from argotui.model.kinds import KINDS
from tools.write_docs import ROOT

FILE = ROOT / "src" / "argotui" / "backend" / "argo_fields.json"
_ARGO = "io.argoproj.workflow.v1alpha1."


def fields_of(schema: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return types and their fields: `name`, `[]name` or `{}name` of a type, or a scalar's word."""
    definitions = schema["definitions"]
    short: dict[str, str] = {}
    types: dict[str, dict[str, str]] = {}

    def name_of(full: str) -> str:
        definition = definitions[full]
        if not definition.get("properties"):
            if definition.get("type") == "array":
                return form_of(definition)
            return "any" if definition.get("type", "object") == "object" else definition["type"]
        name = full.rpartition(".")[2]
        if not full.startswith(_ARGO):
            name = f"k8s.{name}"
        if short.setdefault(name, full) != full:
            raise SystemExit(f"two types are called {name}: {short[name]} and {full}")
        if name not in types:
            types[name] = {}
            types[name] = {
                field: form_of(value) for field, value in sorted(definition["properties"].items())
            }
        return name

    def form_of(value: dict[str, Any]) -> str:
        if reference := value.get("$ref"):
            return name_of(reference.rpartition("/")[2])
        match value.get("type"):
            case "array":
                return f"[]{form_of(value['items'])}"
            case "object" if "additionalProperties" in value:
                return f"{{}}{form_of(value['additionalProperties'])}"
            case None | "object":
                return "any"
            case word:
                return str(word)

    for kind in KINDS:
        name_of(_ARGO + kind)
    return dict(sorted(types.items()))


def main() -> None:
    """Write the file."""
    source = Path(os.environ["ARGO_SOURCE"])
    schema = json.loads((source / "api" / "jsonschema" / "schema.json").read_text("utf-8"))
    types = fields_of(schema)
    lines = [f"  {json.dumps(name)}: {json.dumps(fields)}" for name, fields in types.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    sys.stdout.write(f"{len(types)} types\n")


if __name__ == "__main__":
    main()
