"""Certificates of a small authority, made anew for each run by OpenSSL."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Pair(NamedTuple):
    certificate: Path
    key: Path

    def text(self) -> tuple[str, str]:
        return self.certificate.read_text(), self.key.read_text()


class Authority(NamedTuple):
    """`issue(name, extension, days)` signs; `server(pair)` is the TLS side of a server."""

    root: Pair
    issue: Callable[[str, str, int], Pair]

    def server(self, pair: Pair, *, wants_client: bool = False) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        # As Go does, and so the API server; Python 3.13 wants more of a certificate.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.load_cert_chain(pair.certificate, pair.key)
        if wants_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.root.certificate)
        return context


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificates of these tests")
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)

    openssl(
        *("req", "-x509", *_KEY, "-keyout", "ca.key", "-out", "ca.pem"),
        *("-days", "2", "-subj", "/CN=argotui test authority"),
    )
    made = 0

    def issue(name: str, extension: str, days: int) -> Pair:
        nonlocal made
        made += 1
        base = str(made)
        (folder / f"{base}.ext").write_text(f"{extension}\n")
        openssl(
            *("req", *_KEY, "-keyout", f"{base}.key", "-out", f"{base}.csr", "-subj", f"/CN={name}")
        )
        openssl(
            *("x509", "-req", "-in", f"{base}.csr", "-CA", "ca.pem", "-CAkey", "ca.key"),
            *("-set_serial", base, "-days", str(days), "-extfile", f"{base}.ext"),
            *("-out", f"{base}.pem"),
        )
        return Pair(folder / f"{base}.pem", folder / f"{base}.key")

    return Authority(Pair(folder / "ca.pem", folder / "ca.key"), issue)
