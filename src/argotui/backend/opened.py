"""The namespaces that were opened before, saved for the next run."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
import threading
from pathlib import Path

import msgspec
import platformdirs

from argotui.backend.names import is_namespace

log = logging.getLogger(__name__)

PLACES = 50
"""How many contexts are remembered."""
NAMESPACES = 30
"""How many namespaces of a context are remembered, those opened last."""


class _Place(msgspec.Struct):
    """A context by its name and its server: two kubeconfigs may use one name for two clusters."""

    context: str
    server: str
    namespaces: list[str] = []


class _File(msgspec.Struct):
    version: int = 1
    places: list[_Place] = []


def default_path() -> Path:
    """Return where the file is."""
    return platformdirs.user_state_path("argotui") / "namespaces.json"


class OpenedNamespaces:
    """The opened namespaces by context, the last one first; without a path, only in this process.

    A file that cannot be read or written is not an error: it only holds hints where to look.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._places: list[_Place] = []
        self._adding = threading.Lock()

    def of(self, context: str, server: str) -> list[str]:
        """Return the namespaces opened in a context."""
        found = _find(self._read(), context, server)
        return list(found.namespaces) if found else []

    def add(self, context: str, server: str, namespace: str) -> None:
        """Add a namespace that was opened and could be read; may be called on any thread."""
        with self._adding:  # two that read the file before either writes it lose one namespace
            places = self._read()
            place = _find(places, context, server) or _Place(context, server)
            if place.namespaces[:1] == [namespace]:
                return
            others = [name for name in place.namespaces if name != namespace]
            first = _Place(context, server, [namespace, *others][:NAMESPACES])
            rest = [each for each in places if each is not place]
            self._places = [first, *rest][:PLACES]
            self._write()

    def _read(self) -> list[_Place]:
        if self._path is None:
            return self._places
        try:
            places = msgspec.json.decode(self._path.read_bytes(), type=_File).places
        except FileNotFoundError:
            return self._places
        except (OSError, msgspec.DecodeError) as error:
            log.info("what was opened before is not known: %s", type(error).__name__)
            return self._places
        for place in places:
            place.namespaces = [name for name in place.namespaces if is_namespace(name)]
        return places

    def _write(self) -> None:
        if self._path is None:
            return
        name = ""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Replace the file, so that a concurrent reader reads the old or the new one.
            file, name = tempfile.mkstemp(dir=self._path.parent, prefix=".namespaces-")
            with open(file, "wb") as out:
                out.write(msgspec.json.encode(_File(places=self._places)))
            os.replace(name, self._path)
        except OSError as error:
            log.info("what was opened is not kept: %s", error.strerror)
            with contextlib.suppress(OSError):
                os.unlink(name)


def _find(places: list[_Place], context: str, server: str) -> _Place | None:
    return next((each for each in places if (each.context, each.server) == (context, server)), None)
