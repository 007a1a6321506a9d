"""The form for a new workflow from a template or a CronWorkflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Input

from argotui.actions.action import Action
from argotui.errors import BackendError
from argotui.model.argo import Key
from argotui.model.counted import counted
from argotui.model.durations import format_age
from argotui.model.kinds import Kind
from argotui.model.phases import look_of_workflow
from argotui.model.redact import is_secret_name
from argotui.model.sanitise import clean_line
from argotui.model.submission.facts import parameter_words
from argotui.model.submission.parameters import ParameterField
from argotui.model.workflows.runs import runs_by_template
from argotui.operations.submit.form import SubmitForm
from argotui.operations.submit.submitter import Prepared, Submitter
from argotui.screens.base import ConsoleScreen
from argotui.screens.bindings import bindings_for
from argotui.screens.dialogs.picker import PickerItem, PickerScreen
from argotui.screens.messages import key as key_name
from argotui.widgets.background import background
from argotui.widgets.notice import Message, Notice
from argotui.widgets.templates.fields import FieldChanged, FormField

if TYPE_CHECKING:
    from argotui.widgets.status import Parts

ENTRYPOINT = "\x00entrypoint"
_SETTINGS = (
    ("name", "name", "the name; empty: the server completes the prefix"),
    ("generate_name", "name prefix", ""),
    ("labels", "labels", "K=V,K=V"),
    ("service_account", "service account", "empty: that of the template"),
    ("priority", "priority", "a whole number; the greatest starts first"),
)
"""The fields beside parameters: name, label and placeholder."""
_SETTING = "\x00setting:"
_WHILE_TYPING = frozenset(
    {
        "submit.next",
        "submit.previous",
        "submit.try",
        "submit.earlier",
        "submit.default",
        "go.back",
        "go.quit",
        "go.redraw",
        "go.palette",
    }
)
"""Actions whose keys type nothing: they work in a line of text, too."""


class SubmitScreen(ConsoleScreen):
    """Fields for what `key` names, with what is wrong under each, as it is typed.

    `values` are those of an earlier run.
    """

    SCOPE = "submit"
    BINDINGS = bindings_for(SCOPE)
    CSS: ClassVar[str] = """
    SubmitScreen {
        layout: vertical;
        & > VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; }
    }
    """

    def __init__(self, kind: Kind, key: Key, values: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.kind = kind
        self.key = key
        self.form: SubmitForm | None = None
        self._values = dict(values or {})
        self._notice = Notice()
        self._list = VerticalScroll(can_focus=False)
        self._refusal = ""
        self._trying = False

    def compose_body(self) -> ComposeResult:
        yield self._notice
        yield self._list

    def on_mount(self) -> None:
        self._notice.show(Message("loading", f"Reading {self.kind.name} {self._title_name} …"))
        self._read()

    @property
    def _title_name(self) -> str:
        return clean_line(self.key.name)

    @property
    def submitter(self) -> Submitter:
        """What builds and sends, with the rights of the session."""
        session = self.session
        return Submitter(session.backend.objects, session.clock, read_only=session.read_only)

    @background("form", exclusive=True)
    async def _read(self) -> None:
        namespace = self.key.namespace
        try:
            source = await self.submitter.read_source(self.kind, self.key.name, namespace)
            access = await self.session.backend.objects.can(
                "create", "workflows", namespace=namespace
            )
        except BackendError as error:
            back = f"{key_name('go.back', self.console.keymap)}  back to where you came from"
            self._notice.show(Message("broken", error.title, error.detail, (error.hint, back)))
            return
        if not access.allowed:
            self._refusal = f"you may not create workflows in {namespace}"
        self.form = SubmitForm(source, self._values)
        self._notice.show(None)
        await self._build()

    async def _build(self, focus: str = "") -> None:
        """Make the fields of the form, and give the keys to one of them."""
        form = self.form
        if form is None:
            return
        step = self.action_submit_step
        fields: list[FormField] = []
        entrypoints = form.source.entrypoints
        if len(entrypoints) > 1:
            chosen = [form.entrypoint]
            fields.append(
                FormField(
                    ENTRYPOINT, "", step, label="entrypoint", choices=entrypoints, chosen=chosen
                )
            )
        fields += [self._parameter(form, field) for field in form.fields]
        for name, label, placeholder in _SETTINGS:
            hint = placeholder or f"{form.source.name}-"
            text = form.settings[name]
            fields.append(FormField(_SETTING + name, text, step, label=label, placeholder=hint))
        await self._list.remove_children()
        await self._list.mount_all(fields)
        self._show_problems()
        first = next((each for each in fields if each.field_name == focus), fields[0])
        self.set_focus(first.entry)

    def _parameter(self, form: SubmitForm, field: ParameterField) -> FormField:
        text = form.text(field)
        words = [clean_line(field.description)] if field.description else []
        words += [said] if (said := parameter_words(field, need=False)) else []
        words += [clean_line(field.note)] if field.note else []
        chosen = [text]
        if field.several and field.schema is not None:
            chosen = field.schema.items(text) or []
        return FormField(
            field.name,
            text,
            self.action_submit_step,
            note=" · ".join(words),
            choices=field.choices,
            chosen=chosen,
            several=field.several,
            placeholder=field.value_from,
            secret=is_secret_name(field.name),
        )

    def main_widget(self) -> Widget | None:
        fields = self._fields
        focused = self.focused
        return focused if focused is not None else fields[0].entry if fields else None

    @property
    def _fields(self) -> list[FormField]:
        return list(self._list.query(FormField))

    @property
    def _current(self) -> FormField | None:
        return next((each for each in self._fields if each.entry is self.focused), None)

    # What is filled in.

    @on(FieldChanged)
    async def _field_changed(self, message: FieldChanged) -> None:
        message.stop()
        form = self.form
        if form is None:
            return
        self._collect(form)
        field = next((each for each in self._fields if each.field_name == ENTRYPOINT), None)
        if field is not None and field.text != form.entrypoint:
            form.set_entrypoint(field.text)
            await self._build(ENTRYPOINT)
        self._show_problems()

    def _collect(self, form: SubmitForm) -> None:
        """Fill in what the fields show by now; a message about a field may still be on its way."""
        parameters = {each.name: each for each in form.fields}
        for field in self._fields:
            if field.field_name.startswith(_SETTING):
                form.settings[field.field_name.removeprefix(_SETTING)] = field.text
            elif (own := parameters.get(field.field_name)) is not None:
                text = field.text
                if own.several and own.schema is not None and field.row is not None:
                    text = own.schema.joined(field.chosen)
                if text != form.text(own):
                    form.fill(own.name, text)

    def _show_problems(self) -> None:
        problems = self.form.problems() if self.form is not None else {}
        for field in self._fields:
            field.show_problem(problems.get(field.field_name.removeprefix(_SETTING), ""))
        self.refresh_chrome()

    def on_descendant_focus(self) -> None:
        self.refresh_chrome()

    def status_parts(self) -> tuple[Parts, Parts]:
        left: Parts = ((f"new workflow from {self.kind.name} {self._title_name}", "strong"),)
        left = (*left, (f"   in {self.key.namespace}", "chrome"))
        problems = self.form.problems() if self.form is not None else {}
        if self._trying:
            return left, (("asking the server …", "chrome"),)
        if problems:
            return left, ((f"{counted(len(problems), 'field')} to mend", "problem"),)
        if self.form is None:
            return left, ()
        sent = counted(len(self.form.parameters), "parameter")
        return left, ((f"sets {sent}", "chrome"),)

    def reason_against(self, action_id: str) -> str | None:
        if not action_id.startswith("submit."):
            return None
        if self.form is None:
            return "the template is not read yet"
        if action_id == "submit.try":
            self._collect(self.form)
            if self._refusal:
                return self._refusal
            if self._trying:
                return "the server is being asked"
            if problems := self.form.problems():
                name, said = next(iter(problems.items()))
                return f"{clean_line(name.replace('_', ' '))} {clean_line(said)}"
        if action_id == "submit.earlier" and not self._runs():
            return "no earlier run of it is in the list"
        return None

    def footer_label(self, action: Action) -> str:
        typing = isinstance(self.focused, Input)
        return "" if typing and action.id not in _WHILE_TYPING else super().footer_label(action)

    async def action_perform(self, action_id: str) -> None:
        if isinstance(self.focused, Input) and action_id not in _WHILE_TYPING:
            raise SkipAction
        await self.perform(action_id)

    # What can be done.

    def action_move(self, way: str) -> None:
        self.action_submit_step({"down": 1, "up": -1}.get(way, 0))

    def action_submit_step(self, step: int) -> None:
        fields = self._fields
        current = self._current
        if not fields or current is None:
            return
        place = (fields.index(current) + step) % len(fields)
        self.set_focus(fields[place].entry)
        fields[place].scroll_visible(animate=False)

    async def action_submit_default(self) -> None:
        current = self._current
        if current is not None and self.form is not None:
            self.form.reset(current.field_name)
            await self._build(current.field_name)

    def _runs(self) -> list[PickerItem]:
        session = self.session
        namespace = self.key.namespace if self.kind.namespaced else ""
        found = runs_by_template(session.store.summaries()).get(
            (self.kind, Key(namespace, self.key.name))
        )
        now = session.clock.now()
        items = []
        for run in found.runs if found else ():
            look = look_of_workflow(run)
            age = format_age((now - run.created).total_seconds()) if run.created else ""
            note = f"{look.glyph} {look.word}  {age}"
            items.append(PickerItem(str(run.key), run.key.name, note))
        return items

    def action_submit_earlier(self) -> None:
        def picked(value: str | None) -> None:
            if value is not None:
                namespace, _, name = value.partition("/")
                self._take_values(Key(namespace, name))

        self.app.push_screen(PickerScreen("Take the values of", self._runs()), picked)

    @background("earlier", exclusive=True)
    async def _take_values(self, key: Key) -> None:
        try:
            values = await self.submitter.values_of(key.name, key.namespace)
        except BackendError as error:
            self.say(error.title, problem=True)
            return
        if self.form is None:
            return
        gone = self.form.take(values)
        await self._build()
        said = f"took the values of {key.name}"
        if gone:
            said += f"; gone since: {', '.join(map(clean_line, gone))}"
        self.say(said)

    def action_submit_try(self) -> None:
        if self.form is not None:
            self._trying = True
            self._try(self.form)

    @background("try", exclusive=True)
    async def _try(self, form: SubmitForm) -> None:
        from argotui.screens.templates.preview import PreviewScreen

        submitter = self.submitter
        refusal: BackendError | None = None
        shown = None
        try:
            prepared: Prepared = await submitter.prepare(
                form.source, self.key.namespace, form.options()
            )
        except BackendError as error:
            self._trying = False
            self.refresh_chrome()
            self.console.show_error(error)
            return
        try:
            shown = await submitter.send(prepared, dry_run=True)
        except BackendError as error:
            refusal = error
        self._trying = False
        self.refresh_chrome()
        self.app.push_screen(PreviewScreen(submitter, prepared, shown, refusal, self._created))

    def _created(self, key: Key) -> None:
        """Show the new workflow in the place of the form and of what lies over it."""
        while self in self.app.screen_stack:
            self.app.pop_screen()
        self.console.open_workflow(key)
