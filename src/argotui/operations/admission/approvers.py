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
        "The user in the spelling of lists of approvers.",
    ),
    Variable("storedTemplates", "variables.statusBefore.?storedTemplates.orValue({})"),
    Variable(
        "ownTemplates",
        "variables.statusBefore.?storedWorkflowTemplateSpec.?templates\n"
        "  .orValue(variables.specBefore.?templates.orValue([]))",
        "The workflow's own templates: those of its WorkflowTemplate, else of its spec.",
    ),
)


def _named_rules(asked: str) -> tuple[Variable, ...]:
    return (
        Variable(
            "found",
            _FOUND,
            "Each changed gate with its template: a list of one, or empty if it is not found. An "
            "inline template cannot be found; it counts as one that names nobody.",
        ),
        Variable(
            "asked",
            asked,
            "The same with the names that may decide it: those of the template, else of the "
            "workflow. Without a found template nobody may.",
        ),
        Variable(
            "refused",
            "variables.asked.filter(a, !a.approvers.exists(name, name in variables.me))",
            "The gates whose approvers do not include the user.",
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
        Variable("workflowList", _WORKFLOW_LIST, "The names that the workflow lists."),
        *_named_rules(_asked()),
        Variable(
            "mayResume",
            "variables.workflowList.exists(name, name in variables.me)",
            "Whether the user may resume a suspended workflow.",
        ),
    )


def _from_namespace() -> tuple[Variable, ...]:
    return (
        *_LISTED,
        Variable(
            "allowed",
            names_in(f"namespaceObject.metadata.?annotations[?'{APPROVERS}'].orValue('')"),
            "The names that the namespace lists; no others count.",
        ),
        Variable(
            "workflowList",
            f"'{APPROVERS}' in variables.notesBefore\n"
            f"  ? {_WORKFLOW_LIST}.filter(name, name in variables.allowed)\n"
            "  : variables.allowed",
            "The names that the workflow lists, else all that the namespace lists.",
        ),
        *_named_rules(_asked("variables.allowed")),
        Variable(
            "mayResume",
            "variables.workflowList.exists(name, name in variables.me)",
            "Whether the user may resume a suspended workflow.",
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
            "Each changed gate with the name of the template that the right has to name.",
        ),
        Variable(
            "refused",
            "variables.asked.filter(a, a.approvers[0] == ''\n"
            f"  || !{right}\n"
            "    .name(string(a.approvers[0])).check('approve').allowed())",
            "The gates that the user has no right for. One request may decide two gates: a check "
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
            "Whether the user may resume a suspended workflow: the right for all gates.",
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
            "The submitter would choose the approvers: only names that the namespace lists "
            "count, and the server refuses a workflow that names others.",
            f"variables.updating || ({named})\n"
            f"  .all(list, {names_in('list')}.all(name, name in variables.allowed))",
            tells=(
                "'approvers can only be ' + (variables.allowed.size() == 0 ? 'nobody'\n"
                "  : variables.allowed.join(', '))\n"
                f"  + ': the annotation {APPROVERS} of namespace ' + request.namespace"
            ),
        ),
    )
