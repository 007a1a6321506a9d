"""The fields of Argo's kinds, as Argo Workflows 4.1 has them."""

from __future__ import annotations

import functools
import json
from importlib import resources

from argotui.model.fields import FieldTypes


@functools.cache
def argo_fields() -> FieldTypes:
    """Return the types by name, from the file that `tools/write_argo_fields.py` writes."""
    text = (resources.files(__package__) / "argo_fields.json").read_text("utf-8")
    return FieldTypes(json.loads(text))
