"""TLS to all servers: the API server, OPA, and OIDC issuers."""

from __future__ import annotations

import os
import ssl
import tempfile
from typing import TypeVar

_E = TypeVar("_E", bound=BaseException)


def client_tls(
    ca: str = "", certificate: tuple[str, str] | None = None, *, verify: bool = True
) -> ssl.SSLContext:
    """Return a client context that trusts `ca` (PEM; empty: the authorities of this machine).

    `certificate` is a pair of PEM texts, certificate and key. Like Go's TLS, and so kubectl, opa
    and kubelogin, the context accepts certificates that Python 3.13 calls malformed
    (VERIFY_X509_STRICT). Raises ssl.SSLError or ValueError for an invalid certificate or key.
    """
    # OpenSSL reads these from files only; they are deleted when this returns.
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


def cause_of(error: BaseException, kind: type[_E]) -> _E | None:
    """Return the first error of `kind` behind an aiohttp error, which wraps the cause."""
    seen: BaseException | None = error
    for _ in range(8):
        if seen is None:
            return None
        # Inner ones first: aiohttp's own are of ssl's classes too, but empty.
        for candidate in (
            getattr(seen, "certificate_error", None),
            getattr(seen, "os_error", None),
            seen,
        ):
            if isinstance(candidate, kind):
                return candidate
        seen = seen.__cause__ or seen.__context__
    return None


def tls_trouble(error: BaseException) -> str:
    """Return the part of certificates and TLS in a failure, in words; empty if they have none."""
    certificate = cause_of(error, ssl.SSLCertVerificationError)
    if certificate is not None:
        why = certificate.verify_message or "verification failed"
        return f"the server's certificate is not trusted: {why}"
    tls = cause_of(error, ssl.SSLError)
    if tls is not None:
        why = (tls.reason or "no reason given").replace("_", " ").lower()
        return f"TLS could not be set up: {why}"
    return ""
