"""A gate: a node at which a workflow waits for a person, or the suspension of the workflow."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime

import msgspec

from argotui.model.argo import (
    CREATOR,
    AnyString,
    Key,
    Metadata,
    Node,
    Parameter,
    Template,
    Workflow,
    text_of,
)
from argotui.model.sanitise import clean, clean_line
from argotui.model.workflow.references import resolve

CREATOR_ANNOTATION = "argotui.io/creator"
CREATOR_EMAIL = CREATOR + "-email"
CREATOR_USERNAME = CREATOR + "-preferred-username"


class GateKind(enum.Enum):
    NODE = "node"
    """A suspend node in phase Running."""
    WORKFLOW = "workflow"
    """`spec.suspend`: no node waits, the controller schedules nothing."""


class Supplied(msgspec.Struct, frozen=True):
    """An output that the approver fills in: a parameter with `valueFrom.supplied`.

    Name, default, choices and the requested value are unchanged from the cluster, because they are
    compared and written back; `model.spelling` shows them. The description is cleaned.
    """

    name: str
    default: str | None = None
    enum: tuple[str, ...] = ()
    description: str = ""
    given: str | None = None
    """The requested value: that of the input of the same name."""

    @property
    def required(self) -> bool:
        """Whether approving without a value leaves the output unset."""
        return self.default is None


class _Computed(msgspec.Struct):
    """The fields of a parameter that the controller reads from JSON in a value."""

    enum: list[AnyString] | None = None


class Gate(msgspec.Struct, frozen=True):
    """One open gate. `node_id` is empty for a suspended workflow.

    All texts are cleaned but those of `inputs` and `supplied`, which are those of the workflow that
    the gate was made of: unchanged if it was read for a decision.
    """

    kind: GateKind
    key: Key
    uid: str
    node_id: str
    name: str
    """The node's display name; the workflow's name for a suspended workflow."""
    node_name: str
    template: str
    since: datetime | None
    inputs: tuple[Parameter, ...] = ()
    supplied: tuple[Supplied, ...] = ()
    message: str = ""
    description: str = ""
    """The question, with values in place of its `{{...}}`."""
    put_in: tuple[tuple[str, str], ...] = ()
    """Those values, by reference: the parts of the question that are not the template's text."""
    unresolved: tuple[str, ...] = ()
    """The references in the question without a known value."""
    asked_by: str = ""
    workflow_template: str = ""

    def __str__(self) -> str:
        return f"{self.key}/{self.name}" if self.node_id else str(self.key)


def computed_choices(value: str | None) -> tuple[str, ...]:
    """Return the choices in an input's value if an earlier step computed them; else ().

    Such a value is the JSON of a parameter with an `enum`, which the controller copies into the
    node with the first choice as its default (`resolveInputFieldsForSuspendNode`, operator.go).
    """
    if value is None or not value.lstrip().startswith("{"):
        return ()
    try:
        choices = msgspec.json.decode(value, type=_Computed).enum
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return ()
    return tuple(text_of(choice) or "" for choice in choices or ())


def requester_of(metadata: Metadata) -> str:
    """Return the creator of a workflow by its annotation, else by Argo's labels, else "".

    Labels hold `dnsFriendly` spellings (server/auth creator labels): "@" as ".at.".
    """
    if name := metadata.annotations.get(CREATOR_ANNOTATION, "").strip():
        return name
    if email := metadata.labels.get(CREATOR_EMAIL):
        return email.replace(".at.", "@")
    return metadata.labels.get(CREATOR_USERNAME) or metadata.labels.get(CREATOR, "")


def templates_of(workflow: Workflow) -> list[Template]:
    """Return the workflow's own templates: as stored from its WorkflowTemplate, else its spec's."""
    stored = workflow.status.stored_workflow_template_spec
    return (stored.templates if stored else None) or workflow.spec.templates or []


def template_of_node(workflow: Workflow, node: Node) -> Template | None:
    """Return the template behind a node from the three places it can be in, or None.

    By `templateRef` or a `namespaced/` or `cluster/` scope it is in `status.storedTemplates`, else
    among the workflow's own (`GetStoredTemplate` in workflow_types.go).
    """
    stored = workflow.status.stored_templates or {}
    if (key := node.template_key) and (found := stored.get(key)):
        return found
    wanted = node.template_ref.template if node.template_ref else node.template_name
    return next((t for t in templates_of(workflow) if wanted and t.name == wanted), None)


def supplied_outputs(node: Node) -> tuple[Supplied, ...]:
    """Return the outputs of a suspend node that a person may fill in.

    Choices, description and the requested value come from the input of the same name, as in Argo's
    own form (intermediate inputs). The JSON of computed choices is not a requested value, and the
    first of them is not a default that somebody wrote.
    """
    inputs = {p.name: p for p in (node.inputs.parameters if node.inputs else None) or []}
    found = []
    for output in (node.outputs.parameters if node.outputs else None) or []:
        if output.value_from is None or output.value_from.supplied is None:
            continue
        twin = inputs.get(output.name, Parameter())
        computed = computed_choices(twin.text)
        choices = tuple(text_of(choice) or "" for choice in output.enum or twin.enum or ())
        own, others = text_of(output.value_from.default), text_of(twin.default)
        if computed and others == computed[0]:
            others = None
        found.append(
            Supplied(
                name=output.name,
                default=others if own is None else own,
                enum=computed or choices,
                description=clean(text_of(output.description or twin.description) or ""),
                given=None if computed else twin.text,
            )
        )
    return tuple(found)


def gate_of_node(workflow: Workflow, node: Node) -> Gate:
    """Return the gate of a suspend node, open or closed."""
    template = template_of_node(workflow, node)
    notes = (template.metadata.annotations if template and template.metadata else None) or {}
    asks = notes.get("argotui.io/description") or notes.get("description", "")
    resolved = resolve(clean(asks), workflow, node)
    meta = workflow.metadata
    ref = workflow.spec.workflow_template_ref
    return Gate(
        kind=GateKind.NODE,
        key=workflow.key,
        uid=meta.uid,
        node_id=node.id,
        name=node.label,
        node_name=clean_line(node.name),
        template=clean_line(template.name if template else node.template_name),
        since=node.started_at,
        inputs=tuple((node.inputs.parameters if node.inputs else None) or ()),
        supplied=supplied_outputs(node),
        message=clean(node.message),
        description=resolved.text,
        put_in=resolved.put_in,
        unresolved=resolved.left,
        asked_by=clean_line(requester_of(meta)),
        workflow_template=clean_line(ref.name if ref else ""),
    )


def open_gates(workflow: Workflow) -> Iterator[Gate]:
    """Yield the gates of a workflow: its open suspend nodes, oldest first, or its suspension."""
    if workflow.completed:
        return
    waiting = [node for node in workflow.nodes.values() if node.is_gate]
    waiting.sort(key=lambda node: (node.started_at is None, node.started_at, node.id))
    for node in waiting:
        yield gate_of_node(workflow, node)
    if workflow.spec.suspend:
        meta = workflow.metadata
        ref = workflow.spec.workflow_template_ref
        yield Gate(
            kind=GateKind.WORKFLOW,
            key=workflow.key,
            uid=meta.uid,
            node_id="",
            name=meta.name,
            node_name=meta.name,
            template="",
            since=workflow.status.started_at or meta.creation_timestamp,
            asked_by=requester_of(meta),
            workflow_template=ref.name if ref else "",
        )
