"""Updates that send the changed part of a line alone.

Textual's own begin at the left edge of the widget: four times the bytes for a changed cell.
"""

from __future__ import annotations

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor


class ExactUpdate(ChopsUpdate):
    """Sends of each line what lies within its spans."""

    def render_segments(self, console: Console) -> str:
        parts: list[str] = []
        for y, left, right in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=True):
                if strip is None or x >= right or end <= left:
                    continue
                start = max(x, left)
                part = strip.crop(start - x, min(end, right) - x)
                parts += (Control.move_to(start, y).segment.text, part.render(console))
        return "".join(parts)


class ExactCompositor(Compositor):
    """A screen's compositor whose partial updates are exact."""

    def render_partial_update(self) -> ExactUpdate | None:
        update = super().render_partial_update()
        if update is None:
            return None
        return ExactUpdate(update.chops, update.spans, update.chop_ends)
