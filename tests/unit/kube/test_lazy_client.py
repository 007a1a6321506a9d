"""kubernetes-asyncio is loaded in part, and without its talkative logger."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def run(code: str) -> Any:
    """Return what a fresh interpreter prints as JSON."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


REPORT = """
import json, logging, sys
models = [name for name in sys.modules if name.startswith("kubernetes_asyncio.client.models.")]
apis = [name for name in sys.modules if name.startswith("kubernetes_asyncio.client.api.")]
logger = logging.getLogger("kubernetes_asyncio.client.rest")
print(json.dumps([len(models), len(apis), len(sys.modules), logger.isEnabledFor(logging.DEBUG)]))
"""


def test_the_loader_for_pods_needs_no_models_either() -> None:
    models, apis, modules, debug = run(
        "import logging\n"
        "logging.basicConfig(level=logging.DEBUG)\n"
        "from argotui.backend.kube import lazy_client\n"
        "lazy_client.in_cluster_loader('token', 'ca')\n" + REPORT
    )

    assert (models, apis) == (0, 0)
    assert modules < 600
    assert not debug


def test_a_package_that_is_loaded_already_is_used_as_it_is() -> None:
    same, classes = run(
        "import json\n"
        "import kubernetes_asyncio.client\n"
        "from argotui.backend.kube import lazy_client\n"
        "made = lazy_client.new_configuration()\n"
        "lazy_client.in_cluster_loader('token', 'ca')\n"
        "print(json.dumps([type(made) is kubernetes_asyncio.client.Configuration,\n"
        "    hasattr(kubernetes_asyncio.client, 'CoreV1Api')]))\n"
    )

    assert same
    assert classes


def test_importing_the_cluster_module_loads_nothing_of_it() -> None:
    names = run(
        "import argotui.backend.kube.cluster, json, sys\n"
        "print(json.dumps([name for name in sys.modules if name.startswith('kubernetes_asyncio')]))"
    )

    assert names == []
