"""The run form: what the workflow's runner asks, and what would happen, before it happens."""

from __future__ import annotations

import asyncio
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import DescendantFocus
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from wantui.errors import WantuiError
from wantui.jobs.model import RunKind
from wantui.jobs.shown import shown_argv
from wantui.memory_ways import MEMORY as WAYS_TO_SPEND_MEMORY
from wantui.services.run_values import LABELS, MAIN_FLAGS, OF_AN_ITEM, flags_of, gpus_of
from wantui.services.runs import RunRequest, experts_named
from wantui.terminal.foreign_text import clean
from wantui.trainer.model import Task
from wantui.ui.copying import copy
from wantui.ui.dialogs.ask_name import AskName
from wantui.ui.dialogs.choice_field import ChoiceField
from wantui.ui.drawing.fitted import Fitted
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.plan.memory_text import MEMORY
from wantui.ui.plan.plan_form import PlanForm
from wantui.ui.plan.preset_pane import ChoosePreset, PresetList, PresetPane
from wantui.ui.plan.preview import hung, preview_text, trouble_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

    from wantui.services.annotations import NamesInUse
    from wantui.services.run_values import FormValue
    from wantui.services.values import RunPreview
    from wantui.services.workspace import Services

OF_THE_BOX = {"trainer-missing", "script-missing", "python-missing", "trainer-incomplete", "weights-missing"}
"""Codes of problems that a setup fixes."""
NUMBERS = ("epochs", "save_every")
CHOICES = {"task": ("t2v", "i2v"), "experts": ("both", "high", "low"), "memory": WAYS_TO_SPEND_MEMORY}
LONGEST_NUMBER = 9
MAY_BE_EMPTY = ("author", "gpus")
OF_A_PRESET = ("task", "experts", *NUMBERS, *MAIN_FLAGS, "memory")
"""Fields that a preset fills; what files are called, and where, is of this run."""


class FormError(Exception):
    """A field that says nothing that can be used; the message names it."""


class RunForm(PlanForm[RunRequest | None]):
    """Comes back with the run to start, or with None."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-roomy"), (120, "-wide")]  # noqa: RUF012  Textual's way
    VERTICAL_BREAKPOINTS = [(0, "-low"), (40, "-high")]  # noqa: RUF012  the same
    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("f2", "save_as", "Keep as a preset", show=False),
        Binding("f3", "take_free_suffix", "Take the suffix that is free", show=False),
        Binding("ctrl+y", "copy_plan", "Copy the command lines of the plan", show=False),
        Binding("f4", "replace", "Replace files that exist", show=False),
        Binding("f5", "presets", "Choose a preset", show=False),
    ]

    def __init__(
        self,
        services: Services,
        values: Mapping[str, FormValue],
        presets: tuple[str, ...] = (),
        *,
        like: int | None = None,
        is_rehearsal: bool = False,
    ) -> None:
        """Prepare.

        Args:
            services: is asked for plans.
            values: what the fields begin with.
            presets: the named ones that can be applied.
            like: the run whose settings count where there is no field; None: those of ``wantui.toml`` do.
            is_rehearsal: whether nothing here is the real trainer.
        """
        super().__init__()
        self._like = like
        self._presets = presets
        self._services = services
        self._values = values
        """What the fields are with the preset that is applied, before anything is typed."""
        self._loaded: str | None = None
        """The preset that is applied."""
        self._is_rehearsal = is_rehearsal
        self._preview: RunPreview | None = None
        self._wanted: RunRequest | None = None
        self._previewed: RunRequest | None = None
        self._may_replace: NamesInUse | None = None
        """The files that a person has said may be replaced: these and no others."""
        self._plan = Text()

    def compose(self) -> ComposeResult:
        """Fields on the left, presets and plan on the right or below."""
        kind = "   REHEARSAL: nothing here is the real trainer" if self._is_rehearsal else ""
        presets = "f5 presets  " if self._presets else ""
        with Vertical(id="form", classes="dialog") as box:
            box.border_title = f"Train{'' if self._like is None else f' like run {self._like}'}{kind}"
            box.border_subtitle = key_hints(f"enter start  {presets}f2 save as preset  tab next field  esc close")
            with Horizontal(id="form-body"):
                with Vertical(id="asked"):
                    with VerticalScroll(id="fields", can_focus=False):
                        for name, label in LABELS.items():
                            with Horizontal(classes="field"):
                                yield Static(label, classes="label", markup=False)
                                yield self._field(name)
                                yield Static("", id=f"hint-{name}", classes="hint", markup=False)
                    yield Static("", id="verdict", markup=False)
                with Vertical(id="told"):
                    if self._presets:
                        yield self._preset_pane()
                    with VerticalScroll(id="plan", can_focus=False):
                        yield Static("", id="plan-text", markup=False)

    def _field(self, name: str) -> Input | ChoiceField:
        text = self._values[name].text
        if name in CHOICES:
            return ChoiceField(CHOICES[name], text, id=name)
        kind: Literal["integer", "text"] = "integer" if name in NUMBERS else "text"
        return Input(text, id=name, type=kind, compact=True)

    def _preset_pane(self) -> PresetPane:
        return PresetPane(self._services.runs, self._presets, self._like, self._loaded)

    def on_mount(self) -> None:
        """Begin with the suffix, and with the plan of what the fields say."""
        for field in self.query(Input):
            field.cursor_blink = False
        self.query_one("#suffix", Input).focus()
        for name in LABELS:
            self._show_hint(name)
        self.ask_plan()

    def request(self) -> RunRequest:
        """What the fields say.

        Raises:
            FormError: a field says nothing that can be used.
        """
        for name in LABELS:
            if (wrong := self._wrong(name)) is not None:
                raise FormError(f"{LABELS[name]}: {wrong}")
        texts = {name: self._text(name) for name in LABELS}
        typed = [flags_of(name, texts[name]) for name in MAIN_FLAGS if texts[name] != self._values[name].text]
        return RunRequest(
            RunKind.TRAIN, suffix=texts["suffix"], author=texts["author"],
            dataset=self._services.root / Path(texts["dataset"]).expanduser(), task=Task(texts["task"]),
            experts=experts_named(texts["experts"]), epochs=int(texts["epochs"]), save_every=int(texts["save_every"]),
            memory=texts["memory"], training={key: value for flags in typed for key, value in flags.items()},
            gpus=gpus_of(texts["gpus"]), loaded=self._loaded, like=self._like,
        )  # fmt: skip

    def _text(self, name: str) -> str:
        field = self.query_one(f"#{name}")
        return field.value.strip() if isinstance(field, Input | ChoiceField) else ""

    def _wrong(self, name: str) -> str | None:
        """What is wrong with a field; None: nothing."""
        text = self._text(name)
        if not text and name not in MAY_BE_EMPTY:
            return "give one"
        if name in NUMBERS and (not text.isdecimal() or not int(text[:LONGEST_NUMBER]) > 0):
            return "a whole number from 1"
        try:
            if name in MAIN_FLAGS and text != self._values[name].text:
                flags_of(name, text)
            elif name == "gpus":
                gpus_of(text)
        except WantuiError as error:
            return str(error)
        return None

    def _show_hint(self, name: str) -> None:
        """Say beside a field what is wrong with it, or where its value is from and what it would be otherwise."""
        hint, value, wrong = self.query_one(f"#hint-{name}", Static), self._values[name], self._wrong(name)
        if wrong is not None:
            said = wrong
        elif self._text(name) != value.text:
            said = f"typed, was {value.text}"
        else:
            said = value.source if value.usual is None else f"{value.source}, else {value.usual}"
        hint.update(clean(said))
        hint.set_class(wrong is not None, "-bad")
        hint.set_class(self._text(name) != value.text or value.usual is not None, "-changed")

    @on(Input.Changed)
    @on(ChoiceField.Changed)
    def _field_changed(self, message: Input.Changed | ChoiceField.Changed) -> None:
        field = message.input if isinstance(message, Input.Changed) else message.field
        if field.id in LABELS:
            self._show_hint(field.id)

    @work(exclusive=True, group="choose preset", exit_on_error=False)
    async def action_presets(self) -> None:
        """Go to the presets: beside the form, or over it where it is narrow."""
        if not self._presets:
            self.app.bell()
        elif self.has_class("-wide"):
            self.query_one(PresetList).focus()
        else:
            chosen = await self.app.push_screen_wait(ChoosePreset(self._preset_pane()))
            if chosen is not None:
                self._apply(chosen.name)

    def on_preset_pane_applied(self, message: PresetPane.Applied) -> None:
        """Apply what was chosen beside the form."""
        message.stop()
        self._apply(message.name)

    @work(exclusive=True, group="load", exit_on_error=False)
    async def _apply(self, name: str | None) -> None:
        """Fill the fields with what a preset says."""
        try:
            values = await asyncio.to_thread(self._services.runs.form_values, name, self._like)
        except WantuiError as error:
            self._have_no_plan(str(error))
            return
        if not self.is_mounted:
            return
        self._values, self._loaded = values, name
        for pane in self.query(PresetPane):
            pane.mark(name)
        for field in OF_A_PRESET:
            widget = self.query_one(f"#{field}")
            if isinstance(widget, Input | ChoiceField):
                widget.value = values[field].text
        for field in LABELS:
            self._show_hint(field)
        self._changed()

    @work(exclusive=True, group="save", exit_on_error=False)
    async def action_save_as(self) -> None:
        """Keep what the fields say under a name; a start that waits for its plan is called off."""
        self._starts_when_known = False
        try:
            request = self.request()
        except FormError as error:
            self._have_no_plan(str(error))
            return
        said = "Kept with the flags of [training] and [caching]. A name for it:"
        name = await self.app.push_screen_wait(AskName("Keep as a preset", said))
        if name is None:
            return
        try:
            where = await asyncio.to_thread(self._services.presets.save_request, name, request)
        except WantuiError as error:
            self._say(str(error), "bad")
            return
        self._say(f"kept as {where}", "good")

    def action_copy_plan(self) -> None:
        """Copy the command lines of the plan, one a line."""
        jobs = () if self._preview is None else self._preview.jobs
        copy(self, "\n".join(shlex.join(shown_argv(job.argv)) for job in jobs), "the command lines")

    def ask_plan(self) -> None:
        """Ask for a preview of the run."""
        try:
            request = self.request()
        except FormError as error:
            self._have_no_plan(str(error))
            return
        self._wanted = request
        if request != self._previewed:
            self._preview = None
            self._say("checking dataset and caches", "dim")
            self._find_preview(request)

    @work(thread=True, exclusive=True, group="preview", exit_on_error=False)
    def _find_preview(self, request: RunRequest) -> None:
        worker = get_current_worker()
        try:
            preview: RunPreview | str = self._services.runs.preview(request)
        except WantuiError as error:
            preview = str(error)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._previewed_as, request, preview)

    def _previewed_as(self, request: RunRequest, preview: RunPreview | str) -> None:
        if not self.is_mounted or request != self._wanted:
            return
        styles = text_styles_of(self)
        plan = self.query_one("#plan-text", Static)
        self._previewed = request
        if isinstance(preview, str):
            self._preview = None
            plan.update(trouble_text(preview, styles))
            self._refuse("It cannot start like this.")
            return
        self._preview = preview
        self._plan = preview_text(preview, styles)
        plan.update(Fitted(self._laid_out))
        self.call_after_refresh(self._show_memory)
        why_not = self._why_not(preview)
        if why_not is not None:
            self._refuse(why_not)
        elif self._starts_when_known:
            self._start(request, preview)
        else:
            self._say("enter starts it, and replaces the files" if preview.in_use else "enter starts it", "good")

    def _why_not(self, preview: RunPreview) -> str | None:
        """What keeps a planned run from starting, and the key that helps; None: nothing."""
        if not preview.may_start:
            codes = {problem.code for problem in preview.problems if problem.severity.value == "error"}
            cure = "press esc, then p to fix the dataset" if codes & OF_AN_ITEM else "fix the errors first"
            if codes & OF_THE_BOX:
                cure = "press esc, then U to set up this machine"
            return f"It cannot start: {cure}."
        found = preview.in_use
        if found is None or (found == self._may_replace and not found.writers):
            return None
        if found.writers:
            return f"{' and '.join(found.writers)} will write these names. f3 takes {found.free_suffix}."
        return f"Files of these names exist. f3 takes {found.free_suffix}, f4 replaces them."

    def _start(self, request: RunRequest, preview: RunPreview) -> None:
        self.dismiss(replace(request, replaces=preview.in_use is not None))

    def action_take_free_suffix(self) -> None:
        """Where the suffix is in use, take the next one that is not."""
        if self._preview is None or self._preview.in_use is None:
            self.app.bell()
            return
        self.query_one("#suffix", Input).value = self._preview.in_use.free_suffix

    def action_replace(self) -> None:
        """Say that the files that are shown may be replaced; once more takes it back."""
        preview = self._preview
        if preview is None or self._wanted is None or preview.in_use is None or preview.in_use.writers:
            self.app.bell()
            return
        self._may_replace = None if preview.in_use == self._may_replace else preview.in_use
        self._starts_when_known = False
        self._previewed_as(self._wanted, preview)

    def _laid_out(self, width: int) -> Text:
        """The plan in lines of at most so many cells."""
        return hung(self._plan, width, self.app.console)

    @on(DescendantFocus, "#memory")
    def _show_memory(self) -> None:
        """Let the plan show what the field of the memory changes, down to the chosen way, while it has the keys."""
        plan = self.query_one("#plan", VerticalScroll)
        lines = self._laid_out(plan.scrollable_content_region.width).plain.splitlines()
        first = next((at for at, line in enumerate(lines) if line.startswith(MEMORY)), None)
        if self.focused is None or self.focused.id != "memory" or first is None:
            return
        chosen = next((at for at in range(first, len(lines)) if lines[at].lstrip().startswith(GLYPHS.cursor)), first)
        plan.scroll_to(y=max(first, chosen + 1 - plan.scrollable_content_region.height), animate=False)

    def _have_no_plan(self, why: str) -> None:
        """A field says nothing that can be used: what has been said of other values does not hold any more."""
        self._stop_waiting()
        self._wanted = self._previewed = self._preview = None
        self.query_one("#plan-text", Static).update("")
        self._refuse(why)

    def _refuse(self, why: str) -> None:
        self._starts_when_known = False
        self._say(why, "bad")

    def action_start(self) -> None:
        """Start, as soon as the plan is known and nothing forbids it."""
        try:
            request = self.request()
        except FormError as error:
            self._have_no_plan(str(error))
            return
        if request == self._previewed:
            if self._preview is not None and self._why_not(self._preview) is None:
                self._start(request, self._preview)
            else:
                self.app.bell()
            return
        self._stop_waiting()
        self._starts_when_known = True
        self.ask_plan()
        self._starts_when_known = True
