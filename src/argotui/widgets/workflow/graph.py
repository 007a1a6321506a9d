"""The nodes of a workflow as boxes and lines, through a window that goes with the cursor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from argotui.drawing.graph import Basis, Drawing, Rect
from argotui.model.argo import Node, Workflow
from argotui.model.workflow.cause import why_no_nodes
from argotui.themes import ROLES
from argotui.widgets.cells import sentence, strip_of
from argotui.widgets.line_view import LAYING_OUT
from argotui.widgets.workflow.graph_painter import MARGIN, GraphPainter

Keep = Callable[[Node], bool]
PAN_X, PAN_Y = 12, 4
"""How far a key moves the window, in cells."""


@dataclass
class _OfGraph(Message):
    view: GraphView

    @property
    def control(self) -> GraphView:
        return self.view


class GraphView(ScrollView, can_focus=True, inherit_bindings=False):
    """Boxes by phase: what is finished is dim, what runs bright, what failed in its colour."""

    DEFAULT_CSS = """
    GraphView {
        background: $background;
        color: $foreground;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
        overflow: auto;

        & > .graph--cursor { background: $cursor; color: $cursor-text; text-style: bold; }
        & > .graph--blurred { background: $rule; }
        & > .graph--dim { color: $faint; }
        & > .graph--words { color: $chrome; }
        & > .box--waiting { color: $phase-waiting; text-style: bold; }
        & > .box--failed { color: $phase-failed; text-style: bold; }
        & > .box--running { color: $phase-running; text-style: bold; }
        & > .box--pending { color: $foreground; }
        & > .box--succeeded { color: $phase-succeeded; }
        & > .box--skipped { color: $phase-skipped; }
        & > .frame--waiting, & > .line--waiting { color: $phase-waiting; }
        & > .frame--failed, & > .line--failed { color: $phase-failed; }
        & > .frame--running, & > .line--running { color: $phase-running; }
        & > .frame--pending, & > .line--pending { color: $chrome; }
        & > .frame--succeeded, & > .line--succeeded { color: $chrome; text-style: dim; }
        & > .frame--skipped, & > .line--skipped { color: $phase-skipped; text-style: dim; }
    }
    """

    ALLOW_SELECT = False
    FOLDS = True
    COMPONENT_CLASSES = {
        "graph--cursor",
        "graph--blurred",
        "graph--dim",
        "graph--words",
        *(f"{part}--{role}" for part in ("box", "frame", "line") for role in ROLES),
    }

    class Moved(_OfGraph):
        """Another box is selected."""

    class Chosen(_OfGraph):
        """The selected box was clicked."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now
        self._empty = LAYING_OUT
        """The text shown when there are no boxes."""
        self.drawing: Drawing | None = None
        self.following = False
        self.moved = False
        """Whether a box was selected by hand since the owner last looked (and set it back)."""
        self.folded: bool | None = None
        """Whether fan-outs are folded: None where their number decides."""
        self._workflow: Workflow | None = None
        self._box = ""
        self._opened: dict[str, frozenset[str]] = {}
        """Groups that were opened, with the nodes they stood for."""
        self._unseen = False
        """Whether the selected box is yet to be brought into view: there was no place to do so."""
        self._keep: Keep | None = None
        self._painter = GraphPainter(self._style, self._matches)
        self._dragged_from: tuple[int, int] | None = None
        self._dragged = False

    # What is shown.

    def prepare(self, workflow: Workflow) -> Callable[[], object]:
        """Return what takes long of showing a reading, to be done on another thread."""
        basis = Basis(self.folded, frozenset(self._opened), self.drawing)
        return lambda: (basis, basis.drawing(workflow))

    def show_workflow(self, workflow: Workflow, prepared: object = None) -> None:
        """Show a new reading; what is in view stays where it is."""
        self._workflow = workflow
        before = self.drawing
        basis = Basis(self.folded, frozenset(self._opened), before)
        drawing = basis.drawing(workflow, prepared)
        self.drawing = drawing
        if not drawing.boxes and self._empty != (why := why_no_nodes(workflow, self._now())):
            self._empty = why
            self.refresh()
        if self._box not in drawing.boxes:
            self._box = drawing.box_of(self._box) or drawing.first_to_look_at()
        if before is not None and before.layout is drawing.layout:
            self._repaint_changed(drawing)
        else:
            self._show_geometry(before, drawing)
        if self.following:
            self._go_to_running()

    def _show_geometry(self, before: Drawing | None, drawing: Drawing) -> None:
        anchor = self._anchor(before, drawing)
        self.virtual_size = Size(drawing.width + 2 * MARGIN, drawing.height)
        if before is None:
            self._unseen = True
        elif anchor:
            old, new = before.boxes[anchor], drawing.boxes[anchor]
            x, y = self.scroll_offset
            self._scroll(x + new.x - old.x, y + new.y - old.y)
        self._painter.forget()
        self.refresh()
        self.call_after_refresh(self._show_unseen)

    def on_resize(self) -> None:
        self._show_unseen()

    def _show_unseen(self) -> None:
        drawing = self.drawing
        if self._unseen and drawing is not None and self._box in drawing.boxes and self.size:
            self._unseen = False
            self._bring_into_view(drawing.boxes[self._box], center=True)

    def _anchor(self, before: Drawing | None, drawing: Drawing) -> str:
        """The box to keep in its place: the selected one if that is in view, else the first."""
        if before is None:
            return ""
        both = [key for key in before.boxes if key in drawing.boxes]
        in_view = [key for key in both if self._is_in_view(before.boxes[key])]
        return self._box if self._box in in_view else next(iter(in_view), "")

    def _is_in_view(self, rect: Rect) -> bool:
        x, y = self.scroll_offset
        width, height = self.size
        return x <= rect.x + MARGIN < x + width and y <= rect.y < y + height

    def _repaint_changed(self, drawing: Drawing) -> None:
        for row in self._painter.changed_rows(drawing, self.scroll_offset.x, self.size.width):
            self.refresh_line(row)

    def set_filter(self, keep: Keep | None, empty: str = "") -> None:
        """Dim the boxes that hold no node `keep` says yes to; None dims none."""
        self._keep = keep
        self.refresh()

    def _matches(self, key: str) -> bool:
        drawing, keep = self.drawing, self._keep
        if keep is None or drawing is None:
            return True
        members = drawing.groups.get(key, (key,))
        return any(keep(drawing.nodes[member]) for member in members)

    @property
    def matching(self) -> int:
        """How many boxes are not dimmed."""
        return sum(map(self._matches, self.drawing.boxes)) if self.drawing else 0

    # Selecting.

    @property
    def selected_id(self) -> str:
        """The id of the selected node; of a group, its first."""
        drawing = self.drawing
        if drawing is None or not self._box:
            return ""
        if self._box in drawing.nodes:
            return self._box
        return drawing.groups[self._box][0]

    @property
    def selected_group(self) -> tuple[str, tuple[str, ...]] | None:
        """Name and nodes of the selected group; None if a node is selected."""
        drawing = self.drawing
        if drawing is None or self._box not in drawing.groups:
            return None
        return drawing.shape.labels[self._box], drawing.groups[self._box]

    def select(self, node_id: str, *, reveal: bool = False) -> bool:
        """Select the box of a node and bring it into view; say whether there is one."""
        drawing = self.drawing
        box = drawing.box_of(node_id) if drawing else ""
        if not box:
            return False
        if self._workflow is not None and node_id == self._workflow.key.name:
            box = self._box  # the whole is no box; any of its boxes stands for it
        if reveal and drawing is not None and box in drawing.groups and box != node_id:
            self._open_group(box)
            box = self.drawing.box_of(node_id) if self.drawing else ""
        self._select_box(box, announce=False)
        return True

    def _select_box(self, box: str, *, announce: bool = True) -> None:
        drawing = self.drawing
        if drawing is None or box not in drawing.boxes:
            return
        before, self._box = self._box, box
        for key in {before, box}:
            if key in drawing.boxes:
                self.refresh_line(drawing.boxes[key].y)
        self._bring_into_view(drawing.boxes[box])
        if announce and before != box:
            self.moved = True
            self.post_message(self.Moved(self))

    def _bring_into_view(self, rect: Rect, *, center: bool = False) -> None:
        x, y = self.scroll_offset
        width, height = self.size
        if width <= 0 or height <= 0:
            self._unseen = True
            return
        left, right = rect.x, rect.x + rect.width + 2 * MARGIN
        if center or left < x or right > x + width:
            far = center or right < x or left > x + width
            x = (left + right - width) // 2 if far else left if left < x else right - width
        top, bottom = rect.y - 1, rect.y + 2
        if center or top < y or bottom > y + height:
            far = center or bottom < y or top > y + height
            y = (top + bottom - height) // 2 if far else top if top < y else bottom - height
        self._scroll(x, y)

    def _scroll(self, x: int, y: int) -> None:
        self.scroll_to(max(0, x), max(0, y), animate=False, force=True)

    def step(self, step: int) -> None:
        """Select the next or previous box, from left to right and top to bottom, round the end."""
        if self.drawing is None or not self.drawing.boxes:
            return
        self.following = False
        boxes = self.drawing.in_order()
        place = boxes.index(self._box) if self._box in boxes else -step
        self._select_box(boxes[(place + step) % len(boxes)])

    def step_to(self, wanted: Keep, *, backwards: bool = False) -> bool:
        """Select the next box that shows a wanted node, round the end."""
        drawing = self.drawing
        if drawing is None:
            return False
        boxes = drawing.in_order()
        places = [
            index
            for index, key in enumerate(boxes)
            if self._matches(key)
            and any(wanted(drawing.nodes[node]) for node in drawing.groups.get(key, (key,)))
        ]
        if not places:
            return False
        self.following = False
        here = boxes.index(self._box) if self._box in boxes else 0
        sign = -1 if backwards else 1
        nearest = min(places, key=lambda index: (sign * (index - here) - 1) % len(boxes))
        self._select_box(boxes[nearest])
        return True

    def follow(self) -> bool:
        """Keep what runs selected and in the middle, or stop that; return whether it is on."""
        self.following = not self.following
        if self.following:
            self._go_to_running()
        return self.following

    def _go_to_running(self) -> None:
        drawing = self.drawing
        if drawing is None:
            return
        boxes = drawing.in_order()
        running = [key for key in boxes if drawing.look(key).role == "running"]
        running = running or [key for key in boxes if drawing.look(key).role == "waiting"]
        if running and self._box not in running:
            self._select_box(running[0])
        if running:
            self._bring_into_view(drawing.boxes[self._box], center=True)

    # What keys do.

    def _towards(self, dx: int, dy: int) -> None:
        """Select the neighbour on one side; pan if there is none."""
        self.following = False
        if self.drawing is None or self._box not in self.drawing.boxes:
            return
        box = self.drawing.neighbour(self._box, dx, dy)
        if box == self._box:
            self.pan(dx * PAN_X, dy * PAN_Y)
        else:
            self._select_box(box)

    def pan(self, columns: int, rows: int = 0) -> None:
        """Move the window."""
        self.following = False
        x, y = self.scroll_offset
        self._scroll(x + columns, y + rows)

    def cursor_up(self) -> None:
        self._towards(0, -1)

    def cursor_down(self) -> None:
        self._towards(0, 1)

    def close_row(self) -> None:
        self._towards(-1, 0)

    def open_row(self) -> None:
        self._towards(1, 0)

    def page_up(self) -> None:
        self.pan(0, -max(1, self.size.height - 2))

    def page_down(self) -> None:
        self.pan(0, max(1, self.size.height - 2))

    def cursor_home(self) -> None:
        self._select_end(0)

    def cursor_end(self) -> None:
        self._select_end(-1)

    def _select_end(self, place: int) -> None:
        self.following = False
        if self.drawing is not None and self.drawing.boxes:
            self._select_box(self.drawing.in_order()[place])

    @property
    def can_fold(self) -> bool:
        """Whether the selected box is a group, or came from one."""
        groups = self.drawing.groups if self.drawing is not None else ()
        return self._box in groups or any(
            self.selected_id in nodes for nodes in self._opened.values()
        )

    def toggle_row(self) -> None:
        """Open the selected group, or close the one the selected box came from."""
        if self.drawing is None:
            return
        if self._box in self.drawing.groups:
            self._open_group(self._box)
            return
        for key in reversed(self._opened):
            if self.selected_id in self._opened[key]:
                del self._opened[key]
                self._redraw()
                return

    def _open_group(self, key: str) -> None:
        if self.drawing is not None:
            self._opened[key] = frozenset(self.drawing.groups[key])
            first = self.selected_id
            self._redraw()
            self.select(first)

    def toggle_all_rows(self) -> None:
        """Draw every node, or fold fan-outs and nested templates."""
        self.folded = not (self.drawing.groups if self.drawing else ())
        self._opened.clear()
        self._redraw()

    def _redraw(self) -> None:
        if self._workflow is not None:
            selected = self.selected_id
            self.show_workflow(self._workflow)
            self.select(selected)

    # The mouse.

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._dragged_from = (event.screen_x, event.screen_y)
        self._dragged = False
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragged_from is None:
            return
        x, y = self._dragged_from
        if (x, y) != (event.screen_x, event.screen_y):
            self.pan(x - event.screen_x, y - event.screen_y)
            self._dragged_from = (event.screen_x, event.screen_y)
            self._dragged = True

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self._dragged_from = None
        self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        if self.drawing is None or self._dragged:
            return
        x, y = self.scroll_offset
        box = self.drawing.node_at(event.x + x - MARGIN, event.y + y)
        if not box:
            return
        self.following = False
        if box == self._box:
            self.post_message(self.Chosen(self))
        else:
            self._select_box(box)

    def on_focus(self) -> None:
        self._refresh_cursor()

    def on_blur(self) -> None:
        self._refresh_cursor()

    def _refresh_cursor(self) -> None:
        if self.drawing is not None and self._box in self.drawing.boxes:
            self.refresh_line(self.drawing.boxes[self._box].y)

    # Painting.

    def render_line(self, y: int) -> Strip:
        width, base, drawing = self.size.width, self.rich_style, self.drawing
        left, top = self.scroll_offset
        self._painter.keep_rows(top, self.size.height)
        if drawing is None or not drawing.boxes:
            strip = strip_of(sentence(self._empty, top + y, width, self._style("graph--words")))
            return strip.apply_style(base).adjust_cell_length(width, base)
        if top + y >= drawing.height:
            return Strip.blank(width, base)
        cursor = (self._box, "graph--cursor" if self.has_focus else "graph--blurred")
        return self._painter.line(drawing, top + y, (left, width), base, cursor)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name, partial=True)
