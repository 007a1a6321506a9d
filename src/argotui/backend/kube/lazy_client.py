"""The few modules of kubernetes-asyncio that argotui needs, without the 1,200 that come with them.

Importing the package imports every API and model class. The modules used here do not need them, so
empty package modules with the real search paths stand in for the three packages on the way to them.
Whatever else is imported by its full name (`kubernetes_asyncio.watch`) is still found; names that
the packages' own code would have exported (`client.CoreV1Api`) are not there.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import logging
import os
import sys
import threading
from types import ModuleType
from typing import Any

_ROOT = "kubernetes_asyncio"
_PACKAGES = (_ROOT, f"{_ROOT}.client", f"{_ROOT}.client.models")
_lock = threading.Lock()


def new_configuration() -> Any:
    """Return a fresh `kubernetes_asyncio.client.Configuration`."""
    return _load(f"{_ROOT}.client.configuration").Configuration()


def in_cluster_loader(token_file: str, ca_file: str) -> Any:
    """Return an `InClusterConfigLoader` for the files of a service account."""
    configuration = _load(f"{_ROOT}.client.configuration")
    api_client = _load(f"{_ROOT}.client.api_client")
    client = sys.modules[f"{_ROOT}.client"]
    for name, module in (("Configuration", configuration), ("ApiClient", api_client)):
        if not hasattr(client, name):
            setattr(client, name, getattr(module, name))
    loader = _load(f"{_ROOT}.config.incluster_config")
    return loader.InClusterConfigLoader(
        token_filename=token_file, cert_filename=ca_file, try_refresh_token=False
    )


def _load(name: str) -> ModuleType:
    with _lock:
        # It logs whole response bodies at DEBUG: Secrets, tokens, parameters.
        logging.getLogger(_ROOT).setLevel(logging.WARNING)
        if _ROOT not in sys.modules:
            _lay_packages()
        return importlib.import_module(name)


def _lay_packages() -> None:
    spec = importlib.util.find_spec(_ROOT)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"No module named {_ROOT!r}", name=_ROOT)
    base = spec.submodule_search_locations[0]
    for name in _PACKAGES:
        parent, _, own = name.rpartition(".")
        package = ModuleType(name)
        package.__path__ = [os.path.join(base, *name.split(".")[1:])]
        package.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
        package.__spec__.submodule_search_locations = package.__path__
        package.__package__ = name
        sys.modules[name] = package
        if parent:
            setattr(sys.modules[parent], own, package)
