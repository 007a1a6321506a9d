"""The approvers of a gate in CEL, for each source of approvers."""

from __future__ import annotations

from argotui.model.gates.approvers import APPROVERS
from argotui.operations.admission.cel import names_in
from argotui.operations.admission.parameters import ApproverSource
from argotui.operations.admission.policy import Validation, Variable

RIGHTS_GROUP = "argotui.io"

_WORKFLOW_LIST = names_in(f"variables.notesBefore[?'{APPROVERS}'].orValue('')")

_FOUND = """variables.gates.map(g, {
  'gate': dyn(g.was.name),
  'to': dyn(g.now.?phase.orValue('')),
  'templates': dyn(
    g.stored != '' ? (g.stored in variables.storedTemplates
      ? [variables.storedTemplates[g.stored]] : [])
    : g.template != '' ? variables.ownTemplates.filter(t, t.?name.orValue('') == g.template)
    : [{}])
})"""


def _asked(allowed: str = "") -> str:
    names = names_in("list.value()")
    if allowed:
        names += f"\n          .filter(name, name in {allowed})"
    return f"""variables.found.map(f, {{
  'gate': f.gate,
  'to': f.to,
  'approvers': dyn(f.templates.size() != 1 ? []
    : (f.templates.map(t, t.?metadata.?annotations[?'{APPROVERS}'])
        .filter(list, list.hasValue())
        .map(list, {names})
      + [variables.workflowList])[0])
}})"""


_LISTED = (
    Variable(
        "me",
        "['user:' + request.userInfo.username] + request.userInfo.groups.map(g, 'group:' + g)",
        "The requester as lists of approvers spell it.",
    ),
    Variable("storedTemplates", "variables.statusBefore.?storedTemplates.orValue({})"),
    Variable(
        "ownTemplates",
        "variables.statusBefore.?storedWorkflowTemplateSpec.?templates\n"
        "  .orValue(variables.specBefore.?templates.orValue([]))",
        "The workflow's own templates: of the WorkflowTemplate it was made from, else its own.",
    ),
)


def _named_rules(asked: str) -> tuple[Variable, ...]:
    return (
        Variable(
            "found",
            _FOUND,
            "Every gate that changes with its template: one, or none where it is not to be found. "
            "An inline template cannot be; it is taken for one that names nobody.",
        ),
        Variable(
            "asked",
            asked,
            "The same with the names that may decide it: the template's, else the workflow's. "
            "Where the template is not to be found nobody may.",
        ),
        Variable(
            "refused",
            "variables.asked.filter(a, !a.approvers.exists(name, name in variables.me))",
            "Those that the requester is not named for.",
        ),
        Variable(
            "refusedWords",
            "variables.refused.map(a, a.gate + ' (for '\n"
            "  + (a.approvers.size() == 0 ? 'nobody' : a.approvers.join(', ')) + ')').join('; ')",
        ),
    )


def _from_templates() -> tuple[Variable, ...]:
    return (
        *_LISTED,
        Variable("workflowList", _WORKFLOW_LIST, "Who the workflow itself names."),
        *_named_rules(_asked()),
        Variable(
            "mayResume",
            "variables.workflowList.exists(name, name in variables.me)",
            "Whether the requester may let a suspended workflow go on.",
        ),
    )


def _from_namespace() -> tuple[Variable, ...]:
    return (
        *_LISTED,
        Variable(
            "allowed",
            names_in(f"namespaceObject.metadata.?annotations[?'{APPROVERS}'].orValue('')"),
            "Who may be named at all: what the namespace lists.",
        ),
        Variable(
            "workflowList",
            f"'{APPROVERS}' in variables.notesBefore\n"
            f"  ? {_WORKFLOW_LIST}.filter(name, name in variables.allowed)\n"
            "  : variables.allowed",
            "Who the workflow itself names, else everybody the namespace lists.",
        ),
        *_named_rules(_asked("variables.allowed")),
        Variable(
            "mayResume",
            "variables.workflowList.exists(name, name in variables.me)",
            "Whether the requester may let a suspended workflow go on.",
        ),
    )


def _from_rights() -> tuple[Variable, ...]:
    right = f"authorizer.group('{RIGHTS_GROUP}').resource('gates').namespace(request.namespace)"
    return (
        Variable(
            "asked",
            "variables.gates.map(g, {\n"
            "  'gate': dyn(g.was.name),\n"
            "  'to': dyn(g.now.?phase.orValue('')),\n"
            "  'approvers': dyn([g.was.?templateRef.?template.orValue(g.template)])\n"
            "})",
            "Every gate that changes with the template whose name the right has to be for.",
        ),
        Variable(
            "refused",
            "variables.asked.filter(a, a.approvers[0] == ''\n"
            f"  || !{right}\n"
            "    .name(string(a.approvers[0])).check('approve').allowed())",
            "Those the requester has no right for. One request may ask about two gates: a check "
            "costs 350,000 of the 1,000,000 that an expression may cost.",
        ),
        Variable(
            "refusedWords",
            "variables.refused.map(a, a.gate + ' (takes the right to approve gates.argotui.io '\n"
            "  + (a.approvers[0] == '' ? 'and a template with a name' : a.approvers[0])\n"
            "  + ')').join('; ')",
        ),
        Variable(
            "mayResume",
            f"{right}.check('approve').allowed()",
            "Whether the requester may let a suspended workflow go on: the right for every gate.",
        ),
    )


def variables_of(source: ApproverSource) -> tuple[Variable, ...]:
    """Return `asked`, `refused`, `refusedWords` and `mayResume` for an approver source."""
    return {
        ApproverSource.TEMPLATES: _from_templates,
        ApproverSource.NAMESPACE: _from_namespace,
        ApproverSource.RBAC: _from_rights,
    }[source]()


def rules_of(source: ApproverSource) -> tuple[Validation, ...]:
    """Return the rules that apply to this approver source only."""
    if source is not ApproverSource.NAMESPACE:
        return ()
    named = (
        f"[dyn(variables.notesAfter[?'{APPROVERS}'].orValue(''))]\n"
        "  + variables.specAfter.?templates.orValue([])\n"
        f"      .map(t, t.?metadata.?annotations[?'{APPROVERS}'].orValue(''))"
    )
    return (
        Validation(
            "named-approvers",
            "Whoever submits would choose who decides: only names that the namespace lists count, "
            "and a workflow that names others is refused at once.",
            f"variables.updating || ({named})\n"
            f"  .all(list, {names_in('list')}.all(name, name in variables.allowed))",
            tells=(
                "'approvers can only be ' + (variables.allowed.size() == 0 ? 'nobody'\n"
                "  : variables.allowed.join(', '))\n"
                f"  + ': the annotation {APPROVERS} of namespace ' + request.namespace"
            ),
        ),
    )
