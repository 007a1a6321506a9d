"""The environment variables of the `argo` command, with its meaning of them.

`cmd/argo/commands/client/conn.go` compares with the exact words `true` and `false`. ARGO_TOKEN is
no setting: it is read when a connection is opened, so that no list of settings shows it. ARGO_HTTP1
needs no setting: argotui always speaks HTTP/1.1 to an Argo server.
"""

from __future__ import annotations

from collections.abc import Mapping

OF_ARGO = {
    "argo_server": "ARGO_SERVER",
    "argo_base_href": "ARGO_BASE_HREF",
    "argo_secure": "ARGO_SECURE",
    "argo_insecure_skip_verify": "ARGO_INSECURE_SKIP_VERIFY",
    "namespace": "ARGO_NAMESPACE",
}
"""The variable of each setting that has one."""


def variables_of_argo(environ: Mapping[str, str], *, through_server: bool) -> dict[str, object]:
    """Return the settings that the variables of `argo` give.

    ARGO_NAMESPACE counts only with an Argo server: without one, the kubeconfig has the namespace.
    """
    found: dict[str, object] = {}
    for key, variable in OF_ARGO.items():
        text = environ.get(variable, "")
        if not text or (key == "namespace" and not through_server):
            continue
        match key:
            case "argo_secure":
                found[key] = text != "false"
            case "argo_insecure_skip_verify":
                found[key] = text == "true"
            case _:
                found[key] = text
    return found
