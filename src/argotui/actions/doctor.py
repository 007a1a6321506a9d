"""Actions of the doctor screen."""

from __future__ import annotations

from argotui.actions.action import Action, table

DOCTOR: list[Action] = [
    *table(
        "Doctor",
        "doctor",
        ("doctor.refresh", "ctrl+r", "check again", "Examine everything again now", "footer"),
        ("doctor.copy", "c", "copy all", "Copy the whole report (OSC 52)", "footer"),
    ),
]
