"""The embedded cluster: an API server and a workflow controller in this process."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

from argotui.backend.clock import Clock, SystemClock
from argotui.demo.api.faults import Faults
from argotui.demo.api.http import ApiServer
from argotui.demo.api.kinds import CONFIG_MAPS, NAMESPACES, SECRETS
from argotui.demo.api.log_store import LogStore
from argotui.demo.api.objects import ObjectStore
from argotui.demo.api.users import USERS, Directory
from argotui.demo.argo.agenda import BackdatedClock
from argotui.demo.argo.controller import Controller
from argotui.demo.scenarios.director import Director
from argotui.model.yaml_text import dump_yaml

CONTEXT = "demo"
_NAMESPACES = ("argo", "data", "default")
_REPOSITORY = """\
archiveLogs: true
s3:
  bucket: artifacts
  endpoint: minio.argo:9000
  insecure: true
  accessKeySecret: {name: s3-credentials, key: accesskey}
  secretKeySecret: {name: s3-credentials, key: secretkey}
"""


class EmbeddedCluster:
    """A Kubernetes API with Argo Workflows, on a loopback port of this process.

    With `scenarios` it has a past with `workflows` completed workflows, and new ones keep starting.
    `speed` divides how long steps take, not how long gates wait. Without `controller` it is only an
    API server. `history` is the number of changes that a watch can go back. The same `seed` gives
    the same objects.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        seed: int = 1,
        speed: float = 1.0,
        workflows: int = 0,
        scenarios: bool = False,
        controller: bool = True,
        history: int = 2000,
    ) -> None:
        self.clock = BackdatedClock(clock or SystemClock())
        self.objects = ObjectStore(self.clock, random.Random(seed + 1), history=history)
        self.logs = LogStore()
        self.directory = Directory()
        self.server = ApiServer(
            self.objects, self.directory, self.logs, self.clock, random.Random(seed + 2)
        )
        self.controller: Controller | None = None
        """Runs the workflows; None without a controller."""
        if controller:
            self.controller = Controller(
                self.objects, self.logs, random.Random(seed + 3), speed=speed
            )
        self._furnish()
        if scenarios and self.controller is not None:
            Director(
                self.objects,
                self.controller,
                self.clock,
                random.Random(seed),
                workflows=workflows,
                speed=speed,
            ).prepare()

    @property
    def url(self) -> str:
        """The URL of the API server, after `start`."""
        return self.server.url

    @property
    def faults(self) -> Faults:
        """The faults to inject."""
        return self.server.faults

    async def start(self, port: int = 0) -> None:
        """Listen on `port`; 0 selects a free one."""
        await self.server.start(port)
        if self.controller is not None:
            await self.controller.start()

    async def stop(self) -> None:
        """Stop listening."""
        if self.controller is not None:
            await self.controller.stop()
        await self.server.stop()

    def token(self, user: str = "admin") -> str:
        """Return the bearer token of a user of `users.USERS`."""
        return self.directory.tokens[user]

    def kubeconfig(self, user: str = "admin") -> dict[str, Any]:
        """Return a kubeconfig for a user; its only context is `demo`."""
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": CONTEXT,
            "clusters": [{"name": CONTEXT, "cluster": {"server": self.url}}],
            "users": [{"name": USERS[user].name, "user": {"token": self.token(user)}}],
            "contexts": [
                {
                    "name": CONTEXT,
                    "context": {
                        "cluster": CONTEXT,
                        "user": USERS[user].name,
                        "namespace": "data" if user == "data" else "argo",
                    },
                }
            ],
        }

    def write_kubeconfig(self, path: str | Path, user: str = "admin") -> Path:
        """Write a user's kubeconfig, readable by its owner only. Return its path."""
        target = Path(path)
        target.unlink(missing_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(dump_yaml(self.kubeconfig(user)))
        return target

    def _furnish(self) -> None:
        for name in _NAMESPACES:
            self.objects.create(
                NAMESPACES,
                {
                    "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
                    "spec": {"finalizers": ["kubernetes"]},
                    "status": {"phase": "Active"},
                },
            )
        for namespace in ("argo", "data"):
            self.objects.create(
                CONFIG_MAPS,
                {
                    "metadata": {
                        "name": "artifact-repositories",
                        "namespace": namespace,
                        "annotations": {
                            "workflows.argoproj.io/default-artifact-repository": "default-v1"
                        },
                    },
                    "data": {"default-v1": _REPOSITORY},
                },
            )
            self.objects.create(
                SECRETS,
                {
                    "metadata": {"name": "s3-credentials", "namespace": namespace},
                    "type": "Opaque",
                    "data": {"accesskey": "YWRtaW4=", "secretkey": "cGFzc3dvcmQ="},
                },
            )
