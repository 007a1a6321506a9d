"""Write the archive and the manifest for krew to dist/: `python -m tools.write_krew [URI]`."""

from __future__ import annotations

import gzip
import hashlib
import io
import sys
import tarfile
from pathlib import Path

from argotui import __version__

ROOT = Path(__file__).parent.parent
LAUNCHER = ROOT / "plugins" / "krew" / "kubectl-argotui"
TEMPLATE = ROOT / "plugins" / "krew" / "argotui.yaml"
ARCHIVE = "kubectl-argotui.tar.gz"


def archive() -> bytes:
    """Return the archive: the launcher and the license, the same bytes for the same files."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for path, mode in ((LAUNCHER, 0o755), (ROOT / "LICENSE", 0o644)):
            info = tarfile.TarInfo(path.name)
            info.size, info.mode = path.stat().st_size, mode
            tar.addfile(info, io.BytesIO(path.read_bytes()))
    return gzip.compress(plain.getvalue(), mtime=0)


def manifest(content: bytes, uri: str) -> str:
    """Return the manifest for an archive that is to be fetched from `uri`."""
    text = TEMPLATE.read_text("utf-8")
    _, _, text = text.partition("\napiVersion:")
    filled = {
        "@VERSION@": __version__,
        "@URI@": uri,
        "@SHA256@": hashlib.sha256(content).hexdigest(),
    }
    for word, value in filled.items():
        text = text.replace(word, value)
    return f"apiVersion:{text}"


def write(folder: Path, uri: str = "") -> tuple[Path, Path]:
    """Write archive and manifest, and return where they are; without `uri` it is the file's own."""
    folder.mkdir(parents=True, exist_ok=True)
    packed, described = folder / ARCHIVE, folder / "argotui.yaml"
    packed.write_bytes(archive())
    described.write_text(manifest(archive(), uri or packed.resolve().as_uri()), "utf-8")
    return packed, described


if __name__ == "__main__":
    for path in write(ROOT / "dist", *sys.argv[1:2]):
        sys.stdout.write(f"{path}\n")
