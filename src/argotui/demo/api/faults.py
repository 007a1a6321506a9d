"""Faults to inject between the embedded cluster and its clients."""

from __future__ import annotations

from collections.abc import Callable

from argotui.demo.api import status
from argotui.demo.api.status import ApiError


class _Planned:
    """A fault for the next `times` requests whose path and query contain `match`."""

    def __init__(self, times: int, match: str) -> None:
        self.times = times
        self.match = match

    def take(self, target: str) -> bool:
        if self.times <= 0 or self.match not in target:
            return False
        self.times -= 1
        return True


class Faults:
    """Switches for faults; each affects the requests that come after it is set."""

    def __init__(self) -> None:
        self._answers: list[tuple[_Planned, Callable[[], ApiError]]] = []
        self._drops: list[_Planned] = []
        self._delays: list[tuple[_Planned, float]] = []
        self._cuts: list[_Planned] = []
        self.silent = False
        """Watches and followed logs stay open and silent, like a half-open connection."""

    def answer(self, code: int, times: int = 1, match: str = "", retry_after: int = 1) -> None:
        """Refuse requests: 401, 403, 410, 429 (with Retry-After), else a server error."""

        def error() -> ApiError:
            match code:
                case 401:
                    return status.unauthorized()
                case 403:
                    return ApiError(403, "Forbidden", "forbidden: not now", {})
                case 410:
                    return status.expired("The resourceVersion for the provided watch is too old.")
                case 429:
                    return status.too_many_requests(retry_after)
                case 503:
                    return ApiError(
                        503,
                        "ServiceUnavailable",
                        "the server is currently unable to handle the request",
                        {},
                    )
            failed = status.internal()
            failed.code = failed.document["code"] = code
            return failed

        self._answers.append((_Planned(times, match), error))

    def drop(self, times: int = 1, match: str = "") -> None:
        """Close the connection without a response."""
        self._drops.append(_Planned(times, match))

    def delay(self, seconds: float, times: int = 1, match: str = "") -> None:
        """Delay the response by the cluster's clock."""
        self._delays.append((_Planned(times, match), seconds))

    def cut_line(self, times: int = 1, match: str = "") -> None:
        """Send half of the next watch event or log line, then close the connection."""
        self._cuts.append(_Planned(times, match))

    def clear(self) -> None:
        """Remove all faults."""
        self.__dict__.update(Faults().__dict__)

    def answer_for(self, target: str) -> ApiError | None:
        """Return the error planned for a request, and count the request."""
        for planned, error in self._answers:
            if planned.take(target):
                return error()
        return None

    def drops(self, target: str) -> bool:
        """Return whether a request gets no response, and count it."""
        return any(planned.take(target) for planned in self._drops)

    def delay_for(self, target: str) -> float:
        """Return the delay of a request in seconds, and count it."""
        return next((seconds for planned, seconds in self._delays if planned.take(target)), 0.0)

    def cuts(self, target: str) -> bool:
        """Return whether the next line is cut, and count it."""
        return any(planned.take(target) for planned in self._cuts)
