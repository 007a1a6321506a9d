"""The policy for Workflow objects: it lists who may change what, and refuses everything else.

The list of allowed changes covers the whole object: the controller acts on so many fields that a
list of forbidden changes would always miss one.
"""

from __future__ import annotations

from argotui.operations.admission.approvers import rules_of, variables_of
from argotui.operations.admission.cel import begins, listing, unchanged
from argotui.operations.admission.parameters import Parameters
from argotui.operations.admission.policy import Policy, Validation, Variable
from argotui.operations.admission.templates import memoized_gate

CREATOR = "argotui.io/creator"
ANCHORS = "audit.argotui.io/"
"""The prefix of the annotations with the head of an audit log at a decision."""

_OBJECT = (
    Variable("who", "request.userInfo.username"),
    Variable("updating", "request.operation == 'UPDATE'"),
    Variable("before", "oldObject == null ? dyn({}) : dyn(oldObject)"),
    Variable("after", "dyn(object)"),
    Variable("specBefore", "variables.before.?spec.orValue({})"),
    Variable("specAfter", "variables.after.?spec.orValue({})"),
    Variable("statusBefore", "variables.before.?status.orValue({})"),
    Variable("statusAfter", "variables.after.?status.orValue({})"),
    Variable("nodesBefore", "variables.statusBefore.?nodes.orValue({})"),
    Variable("nodesAfter", "variables.statusAfter.?nodes.orValue({})"),
    Variable("notesBefore", "variables.before.?metadata.?annotations.orValue({})"),
    Variable("notesAfter", "variables.after.?metadata.?annotations.orValue({})"),
    Variable("labelsBefore", "variables.before.?metadata.?labels.orValue({})"),
    Variable("labelsAfter", "variables.after.?metadata.?labels.orValue({})"),
)

_GATES = (
    Variable(
        "changed",
        "variables.nodesAfter.filter(id,\n"
        "  !(id in variables.nodesBefore)\n"
        "  || variables.nodesAfter[id] != variables.nodesBefore[id])",
        "The ids of the nodes that the request adds or changes.",
    ),
    Variable(
        "gates",
        "variables.changed.filter(id, id in variables.nodesBefore)\n"
        "  .map(id, [variables.nodesBefore[id]].map(n, {\n"
        "    'was': dyn(n),\n"
        "    'now': dyn(variables.nodesAfter[id]),\n"
        "    'template': dyn(n.?templateName.orValue('')),\n"
        "    'stored': dyn(has(n.templateRef)\n"
        "      ? (n.templateRef.?clusterScope.orValue(false) ? 'cluster/' : 'namespaced/')\n"
        "          + n.templateRef.name + '/' + n.templateRef.template\n"
        "      : n.?templateScope.orValue('').matches('^(namespaced|cluster)/')\n"
        "        ? n.templateScope + '/' + n.?templateName.orValue('')\n"
        "        : '')\n"
        "  })[0])",
        "Each changed node before and after, with the name of its template, or the key in "
        "status.storedTemplates for a template of a (Cluster)WorkflowTemplate.",
    ),
)

_CREATOR_LABELS = tuple(
    f"workflows.argoproj.io/creator{kind}" for kind in ("", "-email", "-preferred-username")
)

_SAME_PERSON = (
    Variable(
        "whoFolded",
        "variables.who.trim().lowerAscii()",
        "The normal form of a name, equal for different spellings of one identity. In doubt "
        "requester and approver are the same person; rights need the exact name.",
    ),
    Variable(
        "spellings",
        "[variables.whoFolded.replace('@', '.at.', 1), variables.whoFolded]\n"
        "  .map(text, text.split('').map(c, c.matches('^[a-z0-9_.-]$') ? c : '-').join(''))\n"
        "  .map(text, text.size() > 63 ? text.substring(text.size() - 63) : text)\n"
        "  .map(text, text.find('[a-z0-9](.*[a-z0-9])?')).filter(text, text != '')",
        "The name as Argo's labels spell it: '-' for characters that labels do not allow, and "
        "the last 63.",
    ),
)

_DECIDING = (
    Variable(
        "resumes",
        "variables.updating && variables.specBefore.?suspend.orValue(false)\n"
        "  && !variables.specAfter.?suspend.orValue(false)",
        "Whether the request resumes a suspended workflow.",
    ),
    Variable(
        "decides",
        "variables.updating && (variables.changed.size() > 0 || variables.resumes)",
    ),
)

_SUBMITTING = (
    Validation(
        "creator",
        "Without a creator that the API server confirmed, nobody can tell requester from approver.",
        f"variables.updating || variables.notesAfter[?'{CREATOR}'].orValue('') == variables.who",
        tells=f"'annotation {CREATOR} must be your own name, ' + variables.who",
    ),
    Validation(
        "no-status",
        "A workflow submitted with a status could have decided gates from the start.",
        "variables.updating\n  || variables.statusAfter.all(k, k in ['startedAt', 'finishedAt'])",
        message="a workflow is submitted without status",
    ),
    Validation(
        "memoized-gate",
        "Who may write the ConfigMap of its cache could open a memoized gate.",
        f"variables.updating || !({memoized_gate('variables.specAfter')})",
        message="a gate may not be memoized: its cache, a ConfigMap, would decide it",
    ),
)

_SEALED = (
    Validation(
        "annotations",
        "Annotations name creator and approvers.",
        "!variables.updating\n  || "
        + unchanged(
            "variables.notesBefore",
            "variables.notesAfter",
            except_where=f"!{begins('k', 'argotui.io/', 'workflows.argoproj.io/')}",
        ),
        message="annotations argotui.io/* and workflows.argoproj.io/* are fixed at submission",
    ),
    Validation(
        "anchor",
        "An anchor of an audit log proves a decision: only the author of a decision here writes "
        "one.",
        "!variables.updating\n  || "
        + unchanged(
            "variables.notesBefore",
            "variables.notesAfter",
            except_where=f"!{begins('k', ANCHORS)}",
        )
        + "\n  || variables.nodesBefore.exists(id, variables.nodesBefore[id].type == 'Suspend'\n"
        "      && variables.nodesBefore[id].?message.orValue('')"
        ".startsWith(variables.who + ': '))\n"
        "  || variables.mayResume",
        tells=f"variables.who + ' has decided nothing here, and may not write {ANCHORS}*'",
    ),
    Validation(
        "labels",
        "The labels tell the controller which workflows are done, and who created them.",
        "!variables.updating\n  || "
        + unchanged(
            "variables.labelsBefore",
            "variables.labelsAfter",
            except_where="!k.startsWith('workflows.argoproj.io/')"
            " || k in ['workflows.argoproj.io/action',\n"
            "    'workflows.argoproj.io/actor', 'workflows.argoproj.io/actor-email',\n"
            "    'workflows.argoproj.io/actor-preferred-username']",
        ),
        message="labels workflows.argoproj.io/* belong to the controller",
    ),
    Validation(
        "spec",
        "With another template, argument or service account it is another workflow.",
        "!variables.updating\n  || "
        + unchanged(
            "variables.specBefore",
            "variables.specAfter",
            except_where="k in ['suspend', 'shutdown']",
        ),
        message="spec is fixed at submission; only suspend and shutdown may change",
    ),
    Validation(
        "shutdown",
        "A workflow that was stopped stays stopped.",
        "!variables.updating\n"
        "  || variables.specBefore.?shutdown.orValue('') == variables.specAfter.?shutdown"
        ".orValue('')\n"
        "  || variables.specAfter.?shutdown.orValue('') == 'Terminate'\n"
        "  || (variables.specBefore.?shutdown.orValue('') == ''\n"
        "    && variables.specAfter.?shutdown.orValue('') == 'Stop')",
        message="a workflow can be stopped or terminated, and that is not taken back",
    ),
    Validation(
        "status",
        "The controller acts on the whole status: phase, stored templates, compressed nodes. CEL "
        "cannot read compressed nodes, so their gates cannot be decided.",
        "!variables.updating\n  || "
        + unchanged("variables.statusBefore", "variables.statusAfter", except_where="k == 'nodes'"),
        message="status belongs to the controller; of it only an open gate may change, and nodes "
        "that are compressed or offloaded cannot be judged",
    ),
    Validation(
        "node-set",
        "Without the gate, or with a gate added as decided, the workflow continues.",
        "!variables.updating\n"
        "  || (variables.nodesBefore.all(id, id in variables.nodesAfter)\n"
        "    && variables.changed.all(id, id in variables.nodesBefore))",
        message="nodes may not be added or removed",
    ),
    Validation(
        "open-gate",
        "A decision changes an open gate only, and only its phase, message, time and outputs: a "
        "node of another type, template or input would be another gate.",
        "!variables.updating || variables.gates.all(g,\n"
        "  g.was.type == 'Suspend'\n"
        "  && g.was.?phase.orValue('') == 'Running'\n"
        "  && g.now.?phase.orValue('') in ['Running', 'Succeeded', 'Failed']\n"
        "  && "
        + unchanged(
            "g.was",
            "g.now",
            except_where="k in ['phase', 'message', 'finishedAt', 'outputs']",
        ).replace("\n", "\n  ")
        + ")",
        tells="'only phase, message, finishedAt and outputs of a node may change, and only of '\n"
        "  + 'an open gate: ' + variables.changed.join(', ')",
    ),
    Validation(
        "outputs",
        "The steps after a gate read its outputs: only supplied outputs may change.",
        "!variables.updating || variables.gates.all(g,\n"
        "  [{'was': dyn(g.was.?outputs.orValue({})),"
        " 'now': dyn(g.now.?outputs.orValue({}))}].all(o,\n"
        "    "
        + unchanged("o.was", "o.now", except_where="k == 'parameters'").replace("\n", "\n    ")
        + "\n"
        "    && o.was.?parameters.orValue([]).size() == o.now.?parameters.orValue([]).size()\n"
        "    && o.now.?parameters.orValue([]).all(new,\n"
        "      o.was.parameters.exists(old, new == old || (\n"
        "        new.name == old.name && has(old.valueFrom) && has(old.valueFrom.supplied)\n"
        "        && !has(new.valueFrom)\n"
        "        && "
        + unchanged("old", "new", except_where="k in ['value', 'valueFrom']").replace(
            "\n", "\n        "
        )
        + ")))))",
        message="of a gate's outputs only the values of supplied parameters may be filled in",
    ),
    Validation(
        "message",
        "The message of a node names who decided: nobody writes it in the name of another user.",
        "!variables.updating || variables.gates.all(g,\n"
        "  g.now.?message.orValue('') == g.was.?message.orValue('')\n"
        "  || g.now.?message.orValue('').startsWith(variables.who + ': '))",
        tells="'the message of a decision begins with \"' + variables.who + ': \"'",
    ),
)

_JUDGED = (
    Validation(
        "separation",
        "The requester does not decide. Without a recorded requester, nobody does.",
        "!variables.decides || (\n"
        f"  !(variables.notesBefore[?'{CREATOR}'].orValue('').trim().lowerAscii()\n"
        "    in ['', variables.whoFolded])\n"
        f"  && {listing(_CREATOR_LABELS)}.all(label,\n"
        "    !(variables.labelsBefore[?label].orValue('').lowerAscii() in variables.spellings)))",
        tells=f"'{CREATOR}' in variables.notesBefore\n"
        "  ? variables.who + ' created this workflow and may not decide its gates'\n"
        f"  : 'who created this workflow is not recorded ({CREATOR}), so nobody may decide '\n"
        "    + 'its gates'",
    ),
    Validation(
        "approvers",
        "The right to patch workflows is not the right to decide this gate.",
        "variables.refused.size() == 0",
        tells="variables.who + ' may not decide ' + variables.refusedWords",
    ),
    Validation(
        "resume",
        "To resume a suspended workflow is a decision about all of it.",
        "!variables.resumes || variables.mayResume",
        tells="variables.who + ' may not let this suspended workflow go on'",
    ),
)

_DECISION = """!variables.decides ? '' :
  (request.dryRun ? 'dry run; ' : '')
  + 'uid=' + string(object.metadata.uid)
  + ' resourceVersion=' + string(oldObject.metadata.resourceVersion)
  + ' by=' + strings.quote(variables.who)
  + variables.asked.map(a, ' ' + a.gate + '=' + a.to
      + ' for [' + a.approvers.join(',') + ']').join('')
  + (variables.resumes ? ' resumes' : '')
  + variables.gates.map(g, g.now.?outputs.?parameters.orValue([]).map(p,
      ' ' + p.name + '=' + strings.quote(string(p.?value.orValue('')))).join('')).join('')"""


def workflow_policy(parameters: Parameters) -> Policy:
    """Return the policy for Workflow objects."""
    return Policy(
        kind="workflows",
        about="Who may change what of a Workflow: approvers decide gates, and only the "
        "controller changes the other fields on which it acts.",
        resources=("workflows", "workflows/status"),
        exempt=parameters.controllers,
        variables=(*_OBJECT, *_GATES, *variables_of(parameters.source), *_SAME_PERSON, *_DECIDING),
        rules=(
            *_SUBMITTING,
            *rules_of(parameters.source),
            *_SEALED,
            *_JUDGED,
        ),
        decision=_DECISION,
    )
