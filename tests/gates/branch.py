"""A namespace of its own on a real cluster, with people who have exactly the rights they get."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from argotui.backend.kube.gates import KubeGates
from tests.gates.lab import Lab
from tests.support import until_answer

Rule = dict[str, list[str]]
READ: Rule = {"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": ["get", "list"]}
PATCH: Rule = {"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": ["patch"]}
UPDATE: Rule = {"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": ["update"]}
OVERRIDE: Rule = {
    "apiGroups": ["argotui.io"],
    "resources": ["gates"],
    "resourceNames": ["gate"],
    "verbs": ["override"],
}


class Branch(Lab):
    """The lab's people and others, at work in a namespace that is gone after the test."""

    def __init__(self, folder: Path, url: str, namespace: str) -> None:
        super().__init__(folder, url)
        self.namespace = namespace
        self._folder_of_people = folder
        lab_people = self._kubeconfig

        def kubeconfig(user: str) -> Path:
            own = folder / f"{user}.kubeconfig"
            return own if own.exists() else lab_people(user)

        self._kubeconfig = kubeconfig

    async def _send(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        transport = (await self.cluster("admin")).transport
        data = None if body is None else json.dumps(body).encode()
        answer = await transport.request(method, path, doing=f"{method} {path}", body=data)
        found: dict[str, Any] = json.loads(answer.body)
        return found

    def _path(self, plural: str, name: str = "") -> str:
        rbac = "apis/rbac.authorization.k8s.io/v1" if plural.startswith("role") else "api/v1"
        return f"/{rbac}/namespaces/{self.namespace}/{plural}" + (f"/{name}" if name else "")

    async def open(self) -> None:
        await self._send("POST", "/api/v1/namespaces", {"metadata": {"name": self.namespace}})

    async def end(self) -> None:
        await self._send("DELETE", f"/api/v1/namespaces/{self.namespace}")
        await self.close()

    def called(self, name: str) -> str:
        """Return what the API server calls somebody who was hired."""
        return f"system:serviceaccount:{self.namespace}:{name}"

    async def hire(self, name: str, *rules: Rule) -> None:
        """Let somebody act under a name, with these rights in the namespace."""
        account = {"metadata": {"name": name}}
        await self._send("POST", self._path("serviceaccounts"), account)
        await self._send("POST", self._path("roles"), {**account, "rules": list(rules)})
        ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
        subject = {"kind": "ServiceAccount", "name": name, "namespace": self.namespace}
        binding = {**account, "roleRef": ref, "subjects": [subject]}
        await self._send("POST", self._path("rolebindings"), binding)
        asked = {"spec": {"expirationSeconds": 3600}}
        made = await self._send("POST", self._path("serviceaccounts", f"{name}/token"), asked)
        config = yaml.safe_load(self._kubeconfig("admin").read_text())
        config["users"][0]["user"] = {"token": made["status"]["token"]}
        self._write(name, config)
        for rule in rules:
            verb, kind = rule["verbs"][0], rule["resources"][0]
            await self.until_may(name, verb, kind, rule["apiGroups"][0], allowed=True)

    async def dismiss(self, name: str) -> None:
        """Take somebody's rights away, and wait until the API server knows."""
        await self._send("DELETE", self._path("rolebindings", name))
        await self.until_may(name, "patch", "workflows", "argoproj.io", allowed=False)

    async def until_may(
        self, name: str, verb: str, kind: str, group: str, *, allowed: bool
    ) -> None:
        gates = KubeGates(await self.cluster(name))

        async def known() -> bool:
            found = await gates.can(verb, kind, group=group, namespace=self.namespace, name="gate")
            return found.allowed is allowed

        await until_answer(known, f"{name} {'may' if allowed else 'may not'} {verb} {kind}")

    def _write(self, name: str, config: dict[str, Any]) -> None:
        path = self._folder_of_people / f"{name}.kubeconfig"
        path.write_text(yaml.safe_dump(config))
        path.chmod(0o600)
