"""Submit workflows: from templates and CronWorkflows, and from manifests."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from argotui.backend import names
from argotui.backend.clock import Clock
from argotui.backend.ports import Document, ObjectPort
from argotui.errors import BackendError, InvalidError, ServerError, UnreachableError
from argotui.model.kinds import (
    CLUSTER_WORKFLOW_TEMPLATE,
    CRON_WORKFLOW,
    WORKFLOW,
    WORKFLOW_TEMPLATE,
    Kind,
)
from argotui.model.submission.build import (
    SubmitOptions,
    as_created_by,
    title_of,
    with_options,
    workflow_from_cron,
    workflow_from_template,
)
from argotui.model.submission.parameters import (
    ParameterField,
    parameter_fields,
    referenced_parameters,
    template_named,
    templates_in,
    unknown_names,
    value_problems,
    values_of_run,
)
from argotui.operations.submit.checks import (
    document_problems,
    option_problems,
    require,
    shape_problems,
)

SOURCES: dict[str, Kind] = {
    **dict.fromkeys(("workflowtemplate", "workflowtemplates", "wftmpl"), WORKFLOW_TEMPLATE),
    **dict.fromkeys(
        ("clusterworkflowtemplate", "clusterworkflowtemplates", "clusterwftmpl", "cwft"),
        CLUSTER_WORKFLOW_TEMPLATE,
    ),
    **dict.fromkeys(("cronworkflow", "cronworkflows", "cronwf", "cwf"), CRON_WORKFLOW),
    # The words that `argotui lint` takes.
    "template": WORKFLOW_TEMPLATE,
    "cluster-template": CLUSTER_WORKFLOW_TEMPLATE,
    "cron": CRON_WORKFLOW,
}
"""What to submit from, by the words of `argo submit --from` and our own, in lower case."""

LOST = "It may have been created all the same: look before you submit it again."


class SubmissionLost(UnreachableError):
    """A workflow was sent, and no answer says whether it was created."""


class SubmissionSource(msgspec.Struct, frozen=True):
    """What a submission is made from, as it was read: `spec` is the workflow spec it leads to."""

    kind: Kind
    document: Document
    spec: Document
    annotations: dict[str, str]

    @property
    def name(self) -> str:
        return str(self.document["metadata"]["name"])

    @property
    def entrypoint(self) -> str:
        return str(self.spec.get("entrypoint") or "")

    @property
    def entrypoints(self) -> list[str]:
        """The names of the templates that a workflow can begin with."""
        return [str(each["name"]) for each in templates_in(self.spec) if each.get("name")]

    def fields(self, entrypoint: str = "") -> list[ParameterField]:
        """Return the parameters to fill in, for an entrypoint."""
        return parameter_fields(self.spec, self.annotations, entrypoint)


class Prepared(msgspec.Struct, frozen=True):
    """A Workflow that is built and checked, to the letter as it will be sent."""

    namespace: str
    document: Document


class Submitter:
    """Builds, checks and creates workflows in the name of the user of the ports.

    With `read_only` it refuses to create, and still lets the server try. Every method raises a
    `BackendError`; `InvalidError` says all that is wrong, one line each, before anything is sent.
    """

    def __init__(self, objects: ObjectPort, clock: Clock, *, read_only: bool = False) -> None:
        self._objects = objects
        self._clock = clock
        self._read_only = read_only

    async def read_source(self, kind: str | Kind, name: str, namespace: str) -> SubmissionSource:
        """Read what to submit from. `kind` is a word of `SOURCES`, in any case."""
        found = kind_of_source(kind)
        names.check_name(found.name, name)
        document = await self._objects.read(found, namespace if found.namespaced else None, name)
        require(shape_problems(document), f"{found.name} {name} is not as Argo reads it")
        spec = document.get("spec") or {}
        own = spec.get("workflowSpec") if found is CRON_WORKFLOW else spec
        own = own if isinstance(own, dict) else {}
        annotations = _annotations_of(document)
        # A template that names a template is none of Argo's, and could name itself.
        reference = own.get("workflowTemplateRef") if found is CRON_WORKFLOW else None
        if reference:
            cluster = bool(reference.get("clusterScope"))
            inner = CLUSTER_WORKFLOW_TEMPLATE if cluster else WORKFLOW_TEMPLATE
            behind = await self.read_source(inner, str(reference.get("name") or ""), namespace)
            annotations = {**behind.annotations, **annotations}
            own = _spec_over(behind.spec, own)
        return SubmissionSource(found, document, own, annotations)

    async def prepare_from(
        self, kind: str | Kind, name: str, namespace: str, options: SubmitOptions
    ) -> Prepared:
        """Return the workflow that `argo submit --from` would create, in our own name."""
        require(option_problems(options), "These options cannot be used")
        source = await self.read_source(kind, name, namespace)
        return await self.prepare(source, namespace, options)

    async def prepare(
        self, source: SubmissionSource, namespace: str, options: SubmitOptions
    ) -> Prepared:
        """Return the workflow of a source that was read, as `prepare_from`."""
        names.check_namespace(namespace)
        require(option_problems(options), "These options cannot be used")
        what = f"{source.kind.name} {source.name} cannot be submitted like this"
        require(iter(_spec_problems(source.spec, source.annotations, options)), what)
        if source.kind is CRON_WORKFLOW:
            built = workflow_from_cron(source.document, self._clock.now())
        else:
            cluster = source.kind is CLUSTER_WORKFLOW_TEMPLATE
            built = workflow_from_template(source.name, cluster=cluster)
        return await self._prepared(with_options(built, options), namespace, what)

    async def prepare_documents(
        self, documents: Sequence[Document], namespace: str, options: SubmitOptions
    ) -> list[Prepared]:
        """Return the workflows of manifests, all of them checked.

        A manifest without a namespace goes to `namespace`. Documents of another kind are refused.
        """
        require(option_problems(options), "These options cannot be used")
        if options.name and len(documents) > 1:
            raise InvalidError("Several workflows cannot have one name", "Give a generateName.")
        prepared = []
        for document in documents:
            what = f"{title_of(document)} cannot be submitted"
            require(iter(_kind_problems(document)), what)
            made = with_options(document, options)
            require(document_problems(made), what)
            place = str(made["metadata"].get("namespace") or namespace)
            require(iter(await self._value_problems(document, place, options)), what)
            prepared.append(await self._prepared(made, place, what))
        return prepared

    async def send(self, prepared: Prepared, *, dry_run: bool = False) -> Document:
        """Create a workflow and return it as the server has it; `dry_run` creates nothing.

        It is sent once. Raises SubmissionLost if no answer came.
        """
        if self._read_only and not dry_run:
            raise InvalidError("Read-only: the settings refuse every action that writes")
        try:
            return await self._objects.create(
                WORKFLOW, prepared.namespace, prepared.document, dry_run=dry_run
            )
        except (UnreachableError, ServerError) as error:
            if dry_run:
                raise
            raise SubmissionLost(error.title, error.detail, LOST) from error

    async def submit_from(
        self, kind: str | Kind, name: str, namespace: str, options: SubmitOptions
    ) -> Document:
        """Create a workflow from a WorkflowTemplate, ClusterWorkflowTemplate or CronWorkflow."""
        return await self.send(await self.prepare_from(kind, name, namespace, options))

    async def submit_documents(
        self, documents: Sequence[Document], namespace: str, options: SubmitOptions
    ) -> list[Document]:
        """Create the workflows of manifests, one after the other, once all of them are checked.

        The first failure ends it; those before it stay.
        """
        prepared = await self.prepare_documents(documents, namespace, options)
        return [await self.send(each) for each in prepared]

    async def values_of(self, workflow: str, namespace: str) -> dict[str, str]:
        """Return the parameters of an earlier run."""
        return values_of_run(await self._objects.read(WORKFLOW, namespace, workflow))

    async def _prepared(self, document: Document, namespace: str, what: str) -> Prepared:
        names.check_namespace(namespace)
        require(document_problems(document), what)
        who = await self._objects.whoami()
        meta = {**document["metadata"], "namespace": namespace}
        return Prepared(namespace, as_created_by({**document, "metadata": meta}, who.user))

    async def _value_problems(
        self, document: Document, namespace: str, options: SubmitOptions
    ) -> list[str]:
        """Return what is wrong with the values for a manifest, by its template if it names one."""
        spec, annotations = document["spec"], _annotations_of(document)
        if reference := spec.get("workflowTemplateRef"):
            cluster = bool(isinstance(reference, dict) and reference.get("clusterScope"))
            inner = CLUSTER_WORKFLOW_TEMPLATE if cluster else WORKFLOW_TEMPLATE
            name = str(reference.get("name") or "") if isinstance(reference, dict) else ""
            try:
                behind = await self.read_source(inner, name, namespace)
            except InvalidError:
                raise
            except BackendError as error:
                return [f"its template cannot be read: {error.title}"]
            annotations = {**behind.annotations, **annotations}
            spec = _spec_over(behind.spec, spec)
        return _spec_problems(spec, annotations, options)


def kind_of_source(kind: str | Kind) -> Kind:
    """Return the kind that a word names. Raises InvalidError for a word that names none."""
    if isinstance(kind, Kind):
        return kind
    found = SOURCES.get(kind.lower())
    if found is None:
        known = "workflowtemplate, clusterworkflowtemplate or cronwf"
        raise InvalidError(f"Nothing can be submitted from a {kind!r}", f"Give {known}.")
    return found


def _annotations_of(document: Document) -> dict[str, str]:
    notes = (document.get("metadata") or {}).get("annotations") or {}
    return {str(k): str(v) for k, v in notes.items()} if isinstance(notes, dict) else {}


def _spec_over(template: Document, own: Document) -> Document:
    """Return the spec of a template with a workflow's own over it, as Argo merges the two."""
    merged = {**template, **{k: v for k, v in own.items() if k != "workflowTemplateRef"}}
    parameters: dict[str, Document] = {}
    for spec in (template, own):
        for each in (spec.get("arguments") or {}).get("parameters") or []:
            if isinstance(each, dict) and isinstance(name := each.get("name"), str):
                parameters[name] = {**parameters.get(name, {}), **each}
    if parameters:
        arguments = merged.get("arguments") or {}
        merged["arguments"] = {**arguments, "parameters": [*parameters.values()]}
    return merged


def _kind_problems(document: Document) -> list[str]:
    kind, version = document.get("kind"), document.get("apiVersion")
    if kind != WORKFLOW.name:
        return ["only a Workflow is submitted"]
    if version != "argoproj.io/v1alpha1":
        return [f"its apiVersion is {version!r}, not 'argoproj.io/v1alpha1'"]
    if not isinstance(document.get("spec"), dict):
        return ["it has no spec"]
    if not isinstance(document.get("metadata"), dict):
        return ["it has no metadata"]
    return list(shape_problems(document))


def _spec_problems(
    spec: Document, annotations: dict[str, str], options: SubmitOptions
) -> list[str]:
    """Return what the controller would refuse, and values that do not fit."""
    entrypoint = options.entrypoint or str(spec.get("entrypoint") or "")
    if not entrypoint:
        return ["it has no entrypoint: give one"]
    if template_named(spec, entrypoint) is None:
        known = ", ".join(str(each.get("name")) for each in templates_in(spec)[:20])
        return [f"there is no template {entrypoint} to begin with; there are: {known}"]
    fields = parameter_fields(spec, annotations, entrypoint)
    given = options.parameters
    if options.strict:
        used = referenced_parameters(spec)
        unknown = unknown_names(fields, (name for name in given if name not in used))
        return unknown + value_problems(fields, given)
    missing = [each.name for each in fields if each.required and each.name not in given]
    return [f"{name} needs a value" for name in missing]
