"""The API server behind the Argo server, asked with the user's own token (auth mode `client`)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp

from argotui.demo.argo_server.refusals import (
    FORBIDDEN,
    UNAUTHENTICATED,
    Refused,
    from_kubernetes,
)

Document = dict[str, Any]
ARGO = "/apis/argoproj.io/v1alpha1"
MERGE_PATCH = "application/merge-patch+json"


class Kubernetes:
    """Requests of one user; every refusal is raised as `Refused`."""

    def __init__(self, session: aiohttp.ClientSession, url: str, authorization: str) -> None:
        self._session = session
        self._url = url
        self.authorization = authorization

    async def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        params: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Document:
        headers = self._headers()
        data = None
        if body is not None:
            headers["Content-Type"], data = content_type, json.dumps(body).encode()
        async with self._session.request(
            method, self._url + path, params=params, data=data, headers=headers
        ) as response:
            text = await response.read()
            if response.status >= 300:
                raise _refused(response.status, text)
            document: Document = json.loads(text)
            return document

    async def lines(self, path: str, params: Mapping[str, str]) -> AsyncIterator[bytes]:
        """Yield the lines of a watch or a log."""
        async with self._session.get(
            self._url + path, params=params, headers=self._headers()
        ) as response:
            if response.status >= 300:
                raise _refused(response.status, await response.read())
            while line := await response.content.readline():
                yield line

    async def may(self, verb: str, namespace: str, name: str = "") -> bool:
        """Say whether the user has a right on workflows."""
        attributes = {
            "verb": verb,
            "group": "argoproj.io",
            "resource": "workflows",
            "namespace": namespace,
            "name": name,
        }
        review = await self.request(
            "POST",
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": {k: v for k, v in attributes.items() if v}},
            },
        )
        return bool(review["status"]["allowed"])

    async def need_list(self, namespace: str) -> None:
        """Raise the refusal of a list if the user may not list workflows."""
        if not await self.may("list", namespace):
            raise Refused(
                FORBIDDEN,
                "Permission denied, you are not allowed to list workflows in namespace "
                f'"{namespace}". Maybe you want to specify a namespace with query parameter '
                f"`.namespace={namespace}`?",
            )

    async def check_token(self) -> None:
        """Raise the refusal of a token that the API server does not know."""
        if not self.authorization.startswith(("Bearer ", "Basic ")):
            said = "token not valid. see https://argo-workflows.readthedocs.io/en/latest/faq/"
            raise Refused(UNAUTHENTICATED, said)
        group = "authentication.k8s.io/v1"
        try:
            await self.request(
                "POST",
                f"/apis/{group}/selfsubjectreviews",
                {"apiVersion": group, "kind": "SelfSubjectReview"},
            )
        except Refused as refused:
            raise Refused(UNAUTHENTICATED, f"token not valid: {refused.message}") from None

    def _headers(self) -> dict[str, str]:
        return {"Accept": "application/json", "Authorization": self.authorization}


def _refused(status: int, body: bytes) -> Refused:
    try:
        return from_kubernetes(status, str(json.loads(body)["message"]))
    except (ValueError, KeyError, TypeError):
        return from_kubernetes(status, body.decode("utf-8", "replace").strip())


def workflows(namespace: str, name: str = "") -> str:
    """Return the path of workflows; an empty namespace means all of them."""
    return collection("workflows", namespace, name)


def collection(plural: str, namespace: str, name: str = "") -> str:
    """Return the path of objects of argoproj.io."""
    place = f"{ARGO}/namespaces/{namespace}" if namespace else ARGO
    return f"{place}/{plural}/{name}" if name else f"{place}/{plural}"
