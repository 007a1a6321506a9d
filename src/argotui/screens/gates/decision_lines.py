"""The lines above the footer of a screen that decides: question, strip and status."""

from __future__ import annotations

from collections.abc import Callable

from argotui.screens.gates.decision_texts import StripTexts
from argotui.widgets.ask_line import AskLine
from argotui.widgets.gates.decision_strip import DecisionStrip


class DecisionLines:
    """The widgets that ask for a line and say what is sent.

    `show_status` shows or hides the status line: they take its place, so that nothing else moves.
    `focus` gives the keys back to the screen's main widget.
    """

    def __init__(self, show_status: Callable[[bool], None], focus: Callable[[], None]) -> None:
        self.ask_line = AskLine()
        self.strip = DecisionStrip()
        self.show_status = show_status
        self._focus = focus

    def ask(
        self,
        question: str,
        answered: Callable[[str], bool],
        given_up: Callable[[], None],
        *,
        text: str = "",
        secret: bool = False,
        typed: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Ask for one line, as `AskLine.ask`; the screen has the keys again after it."""

        def take(line: str) -> bool:
            done = answered(line)
            if done:
                self._focus()
            return done

        def give_up() -> None:
            self._focus()
            given_up()

        self.ask_line.ask(question, take, give_up, text=text, secret=secret, typed=typed)
        self.show_status(False)

    def stop_asking(self) -> None:
        """Close the question, if one is open."""
        if self.ask_line.asking:
            self.ask_line.close()
            self._focus()
            self.show_status(True)

    def show(self, texts: StripTexts) -> None:
        """Show the strip."""
        self.strip.show(*texts)
