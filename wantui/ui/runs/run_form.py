"""The run form: what the workflow's runner asks, and what would happen, before it happens."""

from __future__ import annotations

import asyncio
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

from wantui.config.schema import MEMORY as WAYS_TO_SPEND_MEMORY
from wantui.errors import WantuiError
from wantui.jobs.model import RunKind
from wantui.services.runs import RunRequest, experts_named
from wantui.trainer.model import Task
from wantui.ui.dialogs.ask_name import AskName
from wantui.ui.dialogs.choice_field import ChoiceField
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.runs.memory_text import MEMORY
from wantui.ui.runs.plan_form import PlanForm
from wantui.ui.runs.run_preview import hung, preview_text, trouble_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult

    from wantui.services.annotations import NamesInUse
    from wantui.services.values import Defaults, RunPreview
    from wantui.services.workspace import Services

LABELS = {
    "suffix": "suffix", "author": "author", "dataset": "dataset", "task": "task", "experts": "experts",
    "epochs": "epochs", "save_every": "save every", "memory": "memory",
}  # fmt: skip


OF_THE_BOX = {"trainer-missing", "script-missing", "python-missing", "trainer-incomplete", "weights-missing"}
"""Codes of problems that a setup fixes."""
NUMBERS = ("epochs", "save_every")
NOTHING = "wantui.toml alone"
"""The choice that loads no named preset."""


class FormError(Exception):
    """A field that says nothing that can be used; the message names it."""


class RunForm(PlanForm[RunRequest | None]):
    """Comes back with the run to start, or with None."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-roomy")]  # noqa: RUF012  Textual's way
    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("f2", "save_as", "Keep as a preset", show=False),
        Binding("f3", "take_free_suffix", "Take the suffix that is free", show=False),
        Binding("f4", "replace", "Replace files that exist", show=False),
    ]

    def __init__(
        self, services: Services, defaults: Defaults, presets: tuple[str, ...] = (), *, like: int | None = None
    ) -> None:
        """Prepare.

        Args:
            services: is asked for plans.
            defaults: what the fields begin with.
            presets: the named ones that can be loaded.
            like: the run whose settings count where there is no field; None: those of ``wantui.toml`` do.
        """
        super().__init__()
        self._like = like
        self._nothing = NOTHING if like is None else f"run {like} alone"
        self._presets = presets
        self._services = services
        self._defaults = defaults
        self._preview: RunPreview | None = None
        self._wanted: RunRequest | None = None
        self._previewed: RunRequest | None = None
        self._may_replace: NamesInUse | None = None
        """The files that a person has said may be replaced: these and no others."""
        self._plan = self._laid_out = Text()

    def compose(self) -> ComposeResult:
        """Fields on the left, the plan on the right or below."""
        kind = "   REHEARSAL: nothing here is the real trainer" if self._defaults.is_rehearsal else ""
        with Vertical(id="form", classes="dialog") as box:
            box.border_title = f"Train{'' if self._like is None else f' like run {self._like}'}{kind}"
            box.border_subtitle = key_hints("enter start  f2 save as preset  tab next field  esc close")
            with Horizontal(id="form-body"):
                with Vertical(id="fields"):
                    if self._presets:
                        with Horizontal(classes="field"):
                            yield Static("load", classes="label", markup=False)
                            yield ChoiceField((self._nothing, *self._presets), self._nothing, id="loaded")
                    for name, label in LABELS.items():
                        with Horizontal(classes="field"):
                            yield Static(label, classes="label", markup=False)
                            yield from self._field(name)
                    yield Static("", id="verdict", markup=False)
                with VerticalScroll(id="plan", can_focus=False):
                    yield Static("", id="plan-text", markup=False)

    def _field(self, name: str) -> Iterator[Input | ChoiceField]:
        defaults = self._defaults
        match name:
            case "task":
                yield ChoiceField(("t2v", "i2v"), defaults.task, id=name)
            case "experts":
                yield ChoiceField(("both", "high", "low"), defaults.experts, id=name)
            case "memory":
                yield ChoiceField(WAYS_TO_SPEND_MEMORY, defaults.memory, id=name)
            case _:
                kind: Literal["integer", "text"] = "integer" if name in NUMBERS else "text"
                yield Input(str(getattr(defaults, name)), id=name, type=kind, compact=True)

    def on_mount(self) -> None:
        """Begin with the suffix, and with the plan of the defaults."""
        for field in self.query(Input):
            field.cursor_blink = False
        self.query_one("#suffix", Input).focus()
        self.ask_plan()

    def request(self) -> RunRequest:
        """What the fields say.

        Raises:
            FormError: a field says nothing that can be used.
        """
        return RunRequest(
            RunKind.TRAIN, suffix=self._text("suffix"), author=self.query_one("#author", Input).value.strip(),
            dataset=self._services.root / Path(self._text("dataset")).expanduser(),
            task=Task(self.query_one("#task", ChoiceField).value),
            experts=experts_named(self.query_one("#experts", ChoiceField).value),
            epochs=self._number("epochs"), save_every=self._number("save_every"),
            memory=self.query_one("#memory", ChoiceField).value, loaded=self._loaded, like=self._like,
        )  # fmt: skip

    @property
    def _loaded(self) -> str | None:
        """The named preset; None where none is chosen."""
        field = self.query_one("#loaded", ChoiceField) if self._presets else None
        return None if field is None or field.value == self._nothing else field.value

    @on(ChoiceField.Changed)
    def _load(self, message: ChoiceField.Changed) -> None:
        if message.field.id == "loaded":
            message.stop()
            self._find_values(self._loaded)

    @work(exclusive=True, group="load", exit_on_error=False)
    async def _find_values(self, name: str | None) -> None:
        """Fill the fields with what a preset says."""
        try:
            values = await asyncio.to_thread(self._services.presets.values, name, self._like)
        except WantuiError as error:
            self._have_no_plan(str(error))
            return
        for field, value in values.items():
            if field in NUMBERS:
                self.query_one(f"#{field}", Input).value = str(value)
            else:
                self.query_one(f"#{field}", ChoiceField).value = str(value)
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

    def _text(self, name: str) -> str:
        text = self.query_one(f"#{name}", Input).value.strip()
        if not text:
            raise FormError(f"{LABELS[name]}: give one")
        return text

    def _number(self, name: str) -> int:
        text = self.query_one(f"#{name}", Input).value.strip()
        if not text.isdecimal() or int(text) < 1:
            raise FormError(f"{LABELS[name]}: a whole number from 1")
        return int(text)

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
            self._say("looking at dataset and caches", "dim")
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
        self._lay_out()
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
            lacks = OF_THE_BOX & {problem.code for problem in preview.problems}
            cure = "press esc, then U to set up this machine" if lacks else "fix the errors first"
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

    def on_resize(self) -> None:
        """Another width breaks the plan's lines elsewhere."""
        if self._preview is not None:
            self._lay_out()

    def _lay_out(self) -> None:
        width = self.query_one("#plan", VerticalScroll).scrollable_content_region.width
        self._laid_out = hung(self._plan, width, self.app.console)
        self.query_one("#plan-text", Static).update(self._laid_out)
        self.call_after_refresh(self._show_memory)

    @on(DescendantFocus, "#preset")
    def _show_memory(self) -> None:
        """Let the plan show what the field of the memory changes, down to the chosen way, while it has the keys."""
        lines = self._laid_out.plain.splitlines()
        first = next((at for at, line in enumerate(lines) if line.startswith(MEMORY)), None)
        if self.focused is None or self.focused.id != "memory" or first is None:
            return
        plan = self.query_one("#plan", VerticalScroll)
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
