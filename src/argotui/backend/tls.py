"""TLS to every server alike: the API server, OPA, and OIDC issuers."""

from __future__ import annotations

import os
import ssl
import tempfile


def client_tls(
    ca: str = "", certificate: tuple[str, str] | None = None, *, verify: bool = True
) -> ssl.SSLContext:
    """Return how to speak TLS: whom to trust (PEM; empty: whom this machine trusts), and as whom.

    `certificate` is a pair of PEM texts, certificate and key. Go's TLS, and so kubectl, opa and
    kubelogin, accepts the certificates that Python 3.13 calls malformed (VERIFY_X509_STRICT): so
    does this. Raises ssl.SSLError or ValueError for what is no certificate or no key to it.
    """
    # OpenSSL reads these from files alone; they are gone again when this returns.
    with tempfile.TemporaryDirectory(prefix="argotui-") as directory:

        def kept(name: str, text: str) -> str:
            path = os.path.join(directory, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            return path

        context = ssl.create_default_context(cafile=kept("ca.pem", ca) if ca else None)
        if certificate is not None:
            context.load_cert_chain(
                kept("client.pem", certificate[0]), kept("client.key", certificate[1])
            )
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
