"""The form of ``dataset.toml``: one section at a time, with what each key inherits, and what the whole comes to."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from wantui.dataset.dataset_file import DatasetFile, DatasetFileError
from wantui.dataset.errors import SettingsError
from wantui.errors import WantuiError
from wantui.formatting import plural
from wantui.terminal.foreign_text import clean
from wantui.ui.dataset.dataset_fields import Field, fields_of, section_names, typed
from wantui.ui.dialogs.choice_field import ChoiceField
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.stylesheets import dialogs_sheet

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.timer import Timer

    from wantui.dataset.dataset_file import Section
    from wantui.dataset.model import DatasetError
    from wantui.services.dataset_settings import Consequence, DatasetSettings

DEBOUNCE_S = 0.25
"""What is being typed is waited for before the media are looked at."""
KEYS = "ctrl+s save  ctrl+n next  ctrl+o folder  ctrl+r drop  ctrl+g edit  esc"


class DatasetForm(Dialog[bool]):
    """Comes back with whether the file was written."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape", "leave", "Leave", show=False),
        Binding("ctrl+s", "save", "Save", show=False),
        Binding("ctrl+n", "step_section(1)", "Next section", show=False),
        Binding("ctrl+p", "step_section(-1)", "Previous section", show=False),
        Binding("ctrl+o", "add_folder", "Add a folder", show=False),
        Binding("ctrl+r", "remove_section", "Remove the section", show=False),
        Binding("ctrl+g", "open_editor", "Open the editor", show=False),
        Binding("down", "app.focus_next", "Go to the next field", show=False),
        Binding("up", "app.focus_previous", "Go to the field before", show=False),
    ]

    def __init__(self, settings: DatasetSettings, file: DatasetFile, before: DatasetFile | None, base: Path) -> None:
        super().__init__()
        self._settings = settings
        self._before = before
        self._base = base
        self._section: Section = 0 if file.sections else None
        self._timer: Timer | None = None
        self._was_edited = False
        self._looking = threading.Lock()
        """One look at the media at a time: a large dataset takes seconds, and only the last one asked for counts."""
        self._ground = file
        self._edits: dict[tuple[Section, str], str] = {}
        """What has been typed into fields: made to `_ground` anew with every key press, so that a key that is emptied
        and typed again keeps its place and its comment."""
        self.file = file
        """The file with every change made so far."""

    def compose(self) -> ComposeResult:
        """The sections, the keys of one, what it comes to."""
        with Vertical(id="dataset-form", classes="dialog") as box:
            box.border_title = Content(clean(self.file.path.name) + ("" if self._before else "   not saved yet"))
            box.border_subtitle = key_hints(KEYS)
            yield Horizontal(id="sections")
            yield VerticalScroll(id="settings", can_focus=False)
            yield Static("", id="consequence", markup=False)
            yield Static("", id="verdict", markup=False)

    async def on_mount(self) -> None:
        """Begin with the first section of media."""
        await self._show_section()
        self._look()

    async def _show_section(self) -> None:
        """The sections, and fields for the keys of one of them."""
        names = section_names(self.file)
        at = 0 if self._section is None else self._section + 1
        tabs = self.query_one("#sections")
        await tabs.remove_children()
        await tabs.mount(ChoiceField(names, names[at], id="section"))
        box = self.query_one("#settings")
        await box.remove_children()
        rows = [
            Horizontal(
                Static(field.key, classes="label", markup=False),
                Input(field.text, placeholder=field.inherited, id=field.key, compact=True, select_on_focus=False),
                Static(clean(field.note), classes="note", id=f"note-{field.key}", markup=False),
                classes="field",
            )
            for field in self._fields()
        ]
        await box.mount(*rows)
        inputs = self.query(Input)
        for each in inputs:
            each.cursor_blink = False
        inputs.first().focus()
        self._judge()

    def _fields(self) -> list[Field]:
        return fields_of(self.file, self._section)

    @on(ChoiceField.Changed)
    async def _other_section(self, message: ChoiceField.Changed) -> None:
        at = section_names(self.file).index(message.field.value)
        section = None if at == 0 else at - 1
        if section != self._section:
            self._section = section
            await self._show_section()

    @on(ChoiceField.Submitted)
    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_save()

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        key = message.input.id
        if key is None:
            return
        edits = self._edits | {(self._section, key): message.value}
        try:
            self.file = self._with(edits)
        except DatasetFileError as error:
            self._say(str(error), "bad")
            return
        self._edits = edits
        self._judge()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(DEBOUNCE_S, self._look)

    def _with(self, edits: dict[tuple[Section, str], str]) -> DatasetFile:
        """The file with what has been typed.

        Raises:
            DatasetFileError: it is written in a way that only a person can change.
        """
        file = self._ground
        for (section, key), text in edits.items():
            file = typed(file, section, key, text)
        return file

    def _judge(self) -> None:
        """Say beside the keys what the trainer would refuse."""
        trouble = self.file.trouble
        for field in self._fields():
            if not self.query(f"#note-{field.key}"):
                continue  # without its media key a section is of neither kind: its fields stay
            note = self.query_one(f"#note-{field.key}", Static)
            is_wrong = isinstance(trouble, SettingsError) and self._is_about(trouble, field.key)
            note.update(clean(trouble.says if is_wrong and isinstance(trouble, SettingsError) else field.note))
            note.set_class(is_wrong, "-bad")
            self.query_one(f"#{field.key}", Input).placeholder = field.inherited
        if trouble is not None:
            self._tell_consequence("")
            self._refuse(trouble)
        elif self._before is not None and self.file.text == self._before.text:
            self._say("no changes", "dim")
        else:
            self._say("ctrl+s saves it", "good")

    def _is_about(self, trouble: SettingsError, key: str) -> bool:
        place = ("general",) if self._section is None else ("datasets", self._section)
        return trouble.where[-1:] == (key,) and trouble.where[: len(place)] == place

    def _refuse(self, trouble: DatasetError) -> None:
        if isinstance(trouble, SettingsError):
            place = trouble.where[:2]
            where = f"{place[1] + 1}: " if len(place) > 1 and isinstance(place[1], int) else ""
            self._say(f"{where}{trouble.says}", "bad")
        else:
            self._say(str(trouble), "bad")

    def _say(self, text: str, tone: str) -> None:
        verdict = self.query_one("#verdict", Static)
        verdict.update(clean(text))
        verdict.set_classes(f"-{tone}")

    # What it comes to

    def _look(self) -> None:
        if self.file.trouble is not None:
            self._tell_consequence("")
        else:
            self._tell_consequence("reading the media")
            self._find_consequence(self.file)

    @work(thread=True, exclusive=True, group="consequence", exit_on_error=False)
    def _find_consequence(self, file: DatasetFile) -> None:
        worker = get_current_worker()
        with self._looking:
            if worker.is_cancelled:
                return
            try:
                said = _consequence_said(self._settings.consequence(file))
            except WantuiError as error:
                said = str(error)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._found, file, said)

    def _found(self, file: DatasetFile, said: str) -> None:
        if self.is_mounted and file == self.file:
            self._tell_consequence(said)

    def _tell_consequence(self, said: str) -> None:
        self.query_one("#consequence", Static).update(clean(said))

    # What can be done

    async def action_step_section(self, step: int) -> None:
        """Go to the neighbour."""
        self.query_one("#section", ChoiceField).action_step(step)

    def action_save(self) -> None:
        """Write the file, if the trainer takes it."""
        if self.file.trouble is not None:
            self.app.bell()
        elif self._before is not None and self.file.text == self._before.text:
            self.dismiss(self._was_edited)
        else:
            self._save()

    @work(exclusive=True, group="save", exit_on_error=False)
    async def _save(self) -> None:
        try:
            await asyncio.to_thread(self._settings.save, self._before, self.file)
        except WantuiError as error:
            self._say(str(error), "bad")
        else:
            self.dismiss(True)

    @work(exclusive=True, group="ask", exit_on_error=False)
    async def action_add_folder(self) -> None:
        """Add a section for another folder."""
        from wantui.ui.dialogs.ask_path import AskPath  # noqa: PLC0415  opened when asked for

        folder = await self.app.push_screen_wait(
            AskPath("Add a folder", "Which folder are the images or clips in?", self._base)
        )
        if folder is None:
            return
        try:
            changed = await asyncio.to_thread(self._settings.with_folder, self.file, folder)
        except WantuiError as error:
            self._say(str(error), "bad")
            return
        self._section = len(self.file.sections)
        await self._take(changed)

    @work(exclusive=True, group="ask", exit_on_error=False)
    async def action_remove_section(self) -> None:
        """Remove the section that is shown, after asking."""
        if self._section is None:
            self._say("[general] stays; empty its keys to remove them", "bad")
            return
        name = section_names(self.file)[self._section + 1]
        answer = await self.app.push_screen_wait(
            Confirm(
                f"Remove section {name}?\nIts media, captions and caches stay where they are.",
                Answer(("enter", "y"), "remove it", "remove"),
            )
        )
        if answer == CANCEL:
            return
        try:
            changed = self.file.remove(self._section)
        except DatasetFileError as error:
            self._say(str(error), "bad")
            return
        self._section = None
        await self._take(changed)

    @work(exclusive=True, group="ask", exit_on_error=False)
    async def action_open_editor(self) -> None:
        """Open the file in the person's own editor, and go on with what that has made of it."""
        from wantui.ui.dialogs.outside_editor import open_outside  # noqa: PLC0415  opened when asked for

        if self._before is None or self.file.text != self._before.text:
            self._say("save the changes first: ctrl+s", "bad")
            return
        try:
            open_outside(self.app, self.file.path)
            found = await asyncio.to_thread(self._settings.read)
        except WantuiError as error:
            self._say(str(error), "bad")
            return
        if found is not None:
            self._was_edited = self._was_edited or found.text != self._before.text
            self._before = found
            self._section = None
            await self._take(found)

    async def _take(self, changed: DatasetFile) -> None:
        self._ground = self.file = changed
        self._edits = {}
        await self._show_section()
        self._look()

    @work(exclusive=True, group="ask", exit_on_error=False)
    async def action_leave(self) -> None:
        """Leave; what is not written is asked about."""
        if self._before is None or self.file.text != self._before.text:
            answer = await self.app.push_screen_wait(
                Confirm(
                    f"{self.file.path.name} has unsaved changes.",
                    Answer(("d",), "discard them", "discard"),
                    stay="keep editing",
                )
            )
            if answer == CANCEL:
                return
        self.dismiss(self._was_edited)


def _consequence_said(found: Consequence) -> str:
    """``24 items in 2 buckets, 24 steps an epoch``."""
    said = f"{plural(found.items, 'item')} in {plural(found.buckets, 'bucket')}"
    said += f", {plural(found.batches, 'step')} an epoch"
    if found.without_caption:
        said += f", {found.without_caption} without a caption"
    return f"{said}; {found.problem}" if found.problem else said
