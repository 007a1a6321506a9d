"""What `doctor` asks beside the reads of a cluster."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class DoctorPort(Protocol):
    """What `doctor` asks beside the reads of a cluster; None if the server does not answer."""

    async def server_time(self) -> datetime | None:
        """Return the API server's clock, in whole seconds."""
        ...

    async def access(self) -> str | None:
        """Return the auth mode of the Argo server in between, and as whom it acts.

        None without an Argo server. Raises a `BackendError`.
        """
        ...

    async def controller(self) -> str | None:
        """Return where Argo's controller is deployed, and its version."""
        ...
