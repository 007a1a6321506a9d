"""The context and namespace of a target, with and without a connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from argotui.backend.ports import ContextInfo
from argotui.config.loading import Loaded
from argotui.errors import BackendError
from argotui.target import ALL_NAMESPACES, Target, as_asked


def namespace_in(
    context: str, default: str, target: Target, first: Target, loaded: Loaded
) -> str | None:
    """Return the namespace to show in a context, None for all of them.

    At the start it is that of the settings; later it is the one that the user chose, else the
    context's own.
    """
    own = loaded.for_context(context).settings
    namespace: str | None
    if target == first:
        namespace, everywhere = own.namespace, own.all_namespaces
    else:
        in_context = own.contexts.get(context)
        namespace = target.namespace or (in_context.namespace if in_context else None)
        everywhere = target.all_namespaces
    return None if everywhere else namespace or default


def locate(
    target: Target, first: Target, loaded: Loaded, contexts: Callable[[], Sequence[ContextInfo]]
) -> tuple[str, str]:
    """Return the context and namespace of a target; `contexts` lists the available contexts."""
    try:
        found_contexts = contexts()
    except BackendError:
        return as_asked(target)
    wanted = (
        info
        for info in found_contexts
        if info.name == target.context or (not target.context and info.current)
    )
    if (found := next(wanted, None)) is None:
        return as_asked(target)
    namespace = namespace_in(found.name, found.namespace, target, first, loaded)
    return found.name, namespace or ALL_NAMESPACES
