"""Actions of the screens of templates and of a submission."""

from __future__ import annotations

from argotui.actions.action import Action, Call, table

TEMPLATES: list[Action] = [
    *table(
        "Templates",
        "templates",
        (
            "templates.open",
            "enter",
            "open",
            "All about the template under the cursor",
            "footer",
            Call("open_object"),
        ),
        (
            "templates.submit",
            "s",
            "submit",
            "Fill in the form for a new workflow from it",
            "footer",
            "danger",
        ),
        ("templates.runs", "w", "runs", "The workflows that were made from it", "footer"),
        ("templates.group", "b", "group", "Group by a label", "footer", "minor"),
        ("templates.copy", "c", "copy name", "Copy the name (OSC 52)"),
        ("templates.refresh", "ctrl+r", "refresh", "Read everything again now"),
    ),
    *table(
        "Template",
        "template",
        (
            "template.submit",
            "s",
            "submit",
            "Fill in the form for a new workflow from it",
            "footer",
            "danger",
        ),
        ("template.runs", "w", "runs", "The workflows that were made from it", "footer"),
        (
            "template.open",
            "enter",
            "open",
            "Open the run under the cursor, or unfold a long value",
            "footer",
            Call("open_fact"),
        ),
        ("template.copy", "c", "copy", "Copy the value, or the block under the cursor"),
        ("template.left", "left,h", "left", "In the graph: the box left"),
        ("template.right", "right", "right", "In the graph: the box right"),
        ("template.refresh", "ctrl+r", "refresh", "Read everything again now"),
    ),
    *table(
        "Views of a template",
        "template",
        ("template.facts", "1", "facts", "Parameters, entrypoints, findings and recent runs"),
        ("template.graph", "2", "graph", "The steps as boxes and lines, from the template"),
        ("template.yaml", "3,y", "yaml", "The whole object as YAML"),
        method="template_view",
    ),
    *table(
        "Form of a submission",
        "submit",
        ("submit.next", "tab", "next", "To the next field", "footer", Call("submit_step", 1)),
        (
            "submit.previous",
            "shift+tab",
            "previous",
            "To the field before",
            Call("submit_step", -1),
        ),
        (
            "submit.try",
            "ctrl+s",
            "try",
            "Let the server try it, and show what it would create",
            "footer",
        ),
        ("submit.earlier", "ctrl+e", "earlier run", "Take the values of an earlier run", "footer"),
        ("submit.default", "ctrl+d", "default", "Take the default again", "footer", "minor"),
    ),
    *table(
        "Manifest of a submission",
        "preview",
        ("preview.send", "S,shift+s", "submit", "Create the workflow", "footer", "danger"),
        ("preview.copy", "c", "copy", "Copy the manifest as YAML (OSC 52)", "footer"),
    ),
]
