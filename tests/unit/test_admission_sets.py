"""What is installed, and what is said of it: sets that enforce, and those that seem to."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest

from argotui.backend.admission import Document, NamespaceFacts
from argotui.backend.errors import BackendError, ConflictError, ForbiddenError, NotFoundError
from argotui.backend.ports import Access, Identity
from argotui.model.workflow import Metadata, Node, Workflow, WorkflowStatus
from argotui.operations.admission.installing import Change, install, plan, uninstall
from argotui.operations.admission.manifest import SET_LABEL, Generated, generate
from argotui.operations.admission.parameters import Parameters, Source
from argotui.operations.doctor import OK, WARN
from argotui.operations.enforcement import State, enforcement_of, installed_sets
from argotui.operations.enforcement_check import check_enforcement

LABEL = "argotui.io/gates"


class Shelf:
    """The policies of an API server in memory, as far as sets are read and written there.

    `hidden` policies are not the person's to read; `told` is what a dry run on a workflow answers.
    """

    def __init__(self, **namespaces: NamespaceFacts) -> None:
        self.kept: dict[tuple[str, str], Document] = {}
        self.places = namespaces
        self.hidden = False
        self.told: BackendError | None = None
        self.tried = 0

    def put(self, *documents: Document) -> None:
        for document in documents:
            self.kept[document["kind"], document["metadata"]["name"]] = copy.deepcopy(document)

    def _found(self, kind: str, labels: str) -> list[Document]:
        if self.hidden:
            raise ForbiddenError("Not allowed to list admission policies")
        wanted = [part.partition("=") for part in labels.split(",")]
        return [
            document
            for (own, _), document in self.kept.items()
            if own == kind
            and all(
                key in (document["metadata"].get("labels") or {})
                and (not equals or document["metadata"]["labels"][key] == value)
                for key, equals, value in wanted
            )
        ]

    async def policies(self, labels: str) -> list[Document]:
        return self._found("ValidatingAdmissionPolicy", labels)

    async def bindings(self, labels: str) -> list[Document]:
        return self._found("ValidatingAdmissionPolicyBinding", labels)

    async def find(self, kind: str, name: str) -> Document | None:
        return self.kept.get((kind, name))

    async def apply(self, document: Document, *, dry_run: bool = False) -> Document:
        if not dry_run:
            self.put(document)
        return document

    async def delete(self, kind: str, name: str) -> bool:
        return self.kept.pop((kind, name), None) is not None

    async def namespace(self, name: str) -> NamespaceFacts:
        if name not in self.places:
            raise ForbiddenError(f"Not allowed to read namespace {name}")
        return self.places[name]

    async def namespaces(self, labels: str = "") -> list[NamespaceFacts]:
        return list(self.places.values())

    async def objects(
        self, namespace: str, plural: str, *, labels: str = "", limit: int = 50
    ) -> list[Document]:
        return [{"metadata": {"name": "w"}}]

    async def try_create(self, namespace: str, plural: str, document: Document) -> None:
        raise NotFoundError("nothing is served here")

    async def try_patch(
        self,
        namespace: str,
        plural: str,
        name: str,
        patch: Document | Sequence[Document],
        *,
        subresource: str = "",
    ) -> None:
        self.tried += 1
        if self.told is not None:
            raise self.told

    async def whoami(self) -> Identity:
        return Identity("ada")

    async def can(self, verb: str, resource: str, **_: Any) -> Access:
        return Access(verb, "argoproj.io", resource, "", allowed=True)


def kept(source: Source = Source.TEMPLATES, **parts: Any) -> Generated:
    return generate(Parameters(source=source, **parts))


def shelf(generated: Generated | None = None) -> Shelf:
    found = Shelf(
        team=NamespaceFacts("team", {LABEL: "enforced"}, {"argotui.io/approvers": "group:a"}),
        free=NamespaceFacts("free", {}),
    )
    if generated:
        found.put(*generated.documents)
    return found


def workflow(approvers: str = "group:a, user:eve") -> Workflow:
    gate = Node(id="w-1", name="w.gate", type="Suspend", phase="Running")
    notes = {"argotui.io/approvers": approvers}
    return Workflow(
        metadata=Metadata(name="w", namespace="team", annotations=notes),
        status=WorkflowStatus(nodes={"w-1": gate}),
    )


async def test_a_whole_set_enforces_where_its_label_is() -> None:
    port = shelf(kept())
    [found] = await installed_sets(port)
    assert (found.name, found.problems) == ("argotui", ())
    here = await enforcement_of(port, "team", workflow=workflow(), node_id="w-1")
    assert (here.state, here.source) == (State.ENFORCED, Source.TEMPLATES)
    assert here.approvers == ("group:a", "user:eve")
    assert here.controllers == Parameters().controllers
    assert (await enforcement_of(port, "free")).state is State.ADVISORY
    assert port.tried == 0


async def test_the_namespaces_list_narrows_the_workflows() -> None:
    port = shelf(kept(Source.NAMESPACE))
    here = await enforcement_of(port, "team", workflow=workflow(), node_id="w-1")
    assert here.approvers == ("group:a",)


async def test_no_policies_at_all_advise() -> None:
    port = Shelf()
    found = await enforcement_of(port, "team")
    assert found.state is State.ADVISORY


def _drop_pods(port: Shelf) -> None:
    del port.kept["ValidatingAdmissionPolicy", "argotui-pods"]


def _unbind(port: Shelf) -> None:
    del port.kept["ValidatingAdmissionPolicyBinding", "argotui-pods"]


def _audit_only(port: Shelf) -> None:
    binding = port.kept["ValidatingAdmissionPolicyBinding", "argotui-tasksets"]
    binding["spec"]["validationActions"] = ["Audit"]


def _narrow(port: Shelf) -> None:
    binding = port.kept["ValidatingAdmissionPolicyBinding", "argotui-workflows"]
    binding["spec"]["matchResources"]["namespaceSelector"]["matchLabels"]["x"] = "y"


def _ignore(port: Shelf) -> None:
    policy = port.kept["ValidatingAdmissionPolicy", "argotui-workflows"]
    policy["spec"]["failurePolicy"] = "Ignore"


def _mix(port: Shelf) -> None:
    policy = port.kept["ValidatingAdmissionPolicy", "argotui-workflows"]
    policy["metadata"]["annotations"]["argotui.io/revision"] = "other"


@pytest.mark.parametrize("spoil", [_drop_pods, _unbind, _audit_only, _narrow, _ignore, _mix])
async def test_a_spoilt_set_is_not_taken_for_enforcement(spoil: Any) -> None:
    port = shelf(kept())
    spoil(port)
    [found] = await installed_sets(port)
    assert found.problems
    here = await enforcement_of(port, "team")
    assert here.state is State.ADVISORY
    assert found.problems[0] in here.detail
    [check] = await check_enforcement(port, "team")
    assert check.status == WARN


def refused(words: str) -> ForbiddenError:
    return ForbiddenError(
        "Not allowed",
        "x is forbidden: ValidatingAdmissionPolicy 'argotui-workflows' with binding "
        f"'argotui-workflows' denied request: {words}",
    )


async def test_who_may_not_read_policies_is_told_by_a_dry_run() -> None:
    port = shelf(kept(Source.RBAC))
    message = kept(Source.RBAC).documents[0]["spec"]["validations"][0]["message"]
    port.hidden, port.told = True, refused(message)
    here = await enforcement_of(port, "team", workflow=workflow(), node_id="w-1")
    assert (here.state, here.source) == (State.ENFORCED, Source.RBAC)
    assert here.approvers == ()  # an inline gate has no name to have a right for
    [check] = await check_enforcement(port, "team")
    assert check.detail.startswith("enforced in team; ")
    port.told = None
    assert (await enforcement_of(port, "team", workflow=workflow())).state is State.ADVISORY


@pytest.mark.parametrize(
    "told",
    [
        ForbiddenError("Not allowed", 'User "ada" cannot patch resource "workflows"'),
        refused("by some other policy"),
        NotFoundError("gone"),
    ],
    ids=["no-right", "another-policy", "gone"],
)
async def test_what_cannot_be_seen_is_unknown(told: BackendError) -> None:
    port = shelf(kept())
    port.hidden, port.told = True, told
    here = await enforcement_of(port, "team", workflow=workflow(), node_id="w-1")
    assert (here.state, here.approvers) == (State.UNKNOWN, ())
    assert "labelled" in here.detail
    [check] = await check_enforcement(port, "team")
    assert check.detail.startswith("not known")


async def test_doctor_warns_of_a_controller_among_people_and_of_a_set_without_namespace() -> None:
    port = shelf(kept(controllers=("system:serviceaccount:team:argo",)))
    kinds = [(check.status, check.id) for check in await check_enforcement(port, None)]
    assert kinds == [(OK, "enforcement-argotui"), (WARN, "enforcement-home-team")]
    port = shelf(kept(label="argotui.io/gates=elsewhere"))
    [check] = await check_enforcement(port, None)
    assert check.status == WARN
    assert "kubectl label namespace" in check.remedy


async def test_installing_says_first_what_it_does_and_leaves_the_rest_alone() -> None:
    port, generated = shelf(), kept()
    steps = await plan(port, generated)
    assert {step.change for step in steps} == {Change.CREATE}
    assert port.kept == {}
    await install(port, steps)
    again = await plan(port, generated)
    assert {step.change for step in again} == {Change.KEEP}
    other = await plan(port, kept(Source.RBAC))
    assert {step.change for step in other} == {Change.UPDATE}
    foreign = copy.deepcopy(generated.documents[0])
    foreign["metadata"]["labels"][SET_LABEL] = "theirs"
    port.put(foreign)
    with pytest.raises(ConflictError):
        await plan(port, generated)


async def test_uninstalling_takes_what_carries_the_labels_bindings_first() -> None:
    port = shelf(kept())
    port.put(*kept(name="other").documents)
    foreign = copy.deepcopy(kept().documents[0])
    foreign["metadata"] = {"name": "argotui-mine"}
    port.put(foreign)
    named = await uninstall(port, "argotui", dry_run=True)
    assert len(port.kept) == 25
    gone = await uninstall(port, "argotui")
    assert gone == named
    assert [one.partition(" ")[0] for one in gone] == (
        ["ValidatingAdmissionPolicyBinding"] * 6 + ["ValidatingAdmissionPolicy"] * 6
    )
    left = {name for _, name in port.kept}
    assert "argotui-mine" in left
    assert {name.rpartition("-")[0] for name in left} == {"other", "argotui"}
    assert len(port.kept) == 13
