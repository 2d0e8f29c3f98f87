"""The application: themes, style sheets, the work screen."""

from __future__ import annotations

import asyncio
import gc
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.binding import Binding

from wantui.errors import WantuiError
from wantui.paths import CONFIG_NAME
from wantui.services.screen_settings import StartSettings
from wantui.terminal.capability_query import LateAnswers
from wantui.ui.commands.command_table import table_with
from wantui.ui.drawing.beside import send
from wantui.ui.drawing.contrast import with_readable_inks
from wantui.ui.drawing.glyphs import ASCII, GLYPHS
from wantui.ui.drawing.line_pace import LinePace, send_rest
from wantui.ui.drawing.sent_cells import SentCells
from wantui.ui.drawing.stylesheets import sheets
from wantui.ui.drawing.themes import DARK, LIGHT, SHORT_NAMES, SIXTEEN, own_variables, themes_for
from wantui.ui.preview.viewer import Viewer
from wantui.ui.typed_ahead import TypedAheadApp
from wantui.ui.work.work import WorkScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import RenderableType
    from textual.app import SystemCommand
    from textual.command import Provider
    from textual.screen import Screen

    from wantui.services.workspace import Services
    from wantui.terminal.capability_query import Answers
    from wantui.ui.drawing.user_themes import UserThemes


WARNED_S = 30.0
"""How long it is said that a setting is wrong."""
ANSWER_S = 1.0
"""How long leaving waits for a terminal's answer."""


def _command_provider() -> type[Provider]:
    from wantui.ui.work.palette import CommandProvider  # noqa: PLC0415  opened when asked for

    return CommandProvider


class WantuiApp(TypedAheadApp):
    """wantui's screen on one workspace."""

    TITLE = "wantui"
    CSS_PATH = [*sheets()]  # noqa: RUF012  Textual's way
    COMMANDS = {_command_provider}  # noqa: RUF012  Textual's way
    BINDINGS: ClassVar = [
        # The editor has a use of its own for this key, so it must not have priority as Textual's own binding has.
        Binding("ctrl+p", "command_palette", "Find any command by its name", show=False),
        # Textual leaves at once; ours says first that jobs go on.
        Binding("ctrl+q", "screen.leave", "Leave", show=False, priority=False),
    ]
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        services: Services,
        *,
        on_terminal_taken: Callable[[], None] | None = None,
        on_broken: Callable[[], None] | None = None,
        answers: Answers | None = None,
        start: StartSettings | None = None,
    ) -> None:
        """Make the application.

        Args:
            services: what the screen shows and asks.
            on_terminal_taken: told when the terminal is the application's, and that it will be brought back.
            on_broken: told before an error is printed.
            answers: what the terminal has told of itself; None: it was not asked.
            start: keys and theme; None: those that the program comes with.
        """
        super().__init__()
        self.services = services
        self.start = StartSettings() if start is None else start
        self.command_table, self._wrong_keys = table_with(self.start.keys)
        """The commands, with a person's keys."""
        if keymap := self.command_table.keymap:
            self.set_keymap(keymap)
        self.viewer = Viewer(services, answers)
        self.pace = LinePace(partial(send, self), lambda: not self.is_headless)
        """How fast pictures may follow each other."""
        self.sent = SentCells(lambda: self.pace.is_slow)
        """What stands on the terminal."""
        self._rest: asyncio.Task[None] | None = None
        """Sends what is kept back."""
        self._leaving: asyncio.Task[None] | None = None
        """Waits for the terminal's last answer."""
        is_due = answers is not None and answers.are_due
        self._late = LateAnswers(due=is_due, now=time.monotonic()) if is_due else None
        self._on_terminal_taken = on_terminal_taken
        self._on_broken = on_broken
        if GLYPHS is ASCII:
            from wantui.ui.drawing.plain_text import PlainText  # noqa: PLC0415  few terminals need it

            self._filters.append(PlainText())
        for theme in themes_for(self.console.color_system):
            self.register_theme(theme)
        self._own_themes = self._read_own_themes()
        # Set before the first style sheet is read: changing it later would read them all again.
        self.set_reactive(App.theme, self._first_theme())
        self._shown_theme = self.theme
        self.stylesheet.set_variables(self.get_css_variables())

    def _read_own_themes(self) -> UserThemes | None:
        """The themes of this user's files; None: there is no folder of them."""
        folder = self.start.themes
        if folder is None or not folder.is_dir():
            return None
        from wantui.ui.drawing.user_themes import read_themes  # noqa: PLC0415  few have themes of their own

        found = read_themes(folder)
        for theme in found.themes:
            self.register_theme(theme)
        return found

    def _first_theme(self) -> str:
        """What ``[screen] theme`` names, else what was chosen last, else our dark one."""
        wanted = (SHORT_NAMES.get(name, name) for name in (self.start.theme, self.start.chosen) if name)
        return next((name for name in wanted if name in self.available_themes), DARK.name)

    def _warn_of_themes(self) -> None:
        """Say what is wrong with theme files and ``[screen] theme``, and which text of the theme is pale."""
        own = self._own_themes
        if own is not None and own.problems:
            self._warn("A theme cannot be used", own.said)
        if self.start.theme and SHORT_NAMES.get(self.start.theme, self.start.theme) not in self.available_themes:
            from wantui.ui.drawing.user_themes import UserThemes, why_unknown  # noqa: PLC0415  seldom

            said = why_unknown(self.start.theme, own or UserThemes())
            self._warn("The theme is not used", f"{self.start.theme_source}: {said}")
        self._warn_of_pale()

    def _warn_of_pale(self) -> None:
        """A theme that a person has written may have text that can hardly be read."""
        if self._own_themes is None or self.current_theme not in self._own_themes.themes:
            return
        from wantui.ui.drawing.user_themes import pale_said  # noqa: PLC0415  few have themes of their own

        if (said := pale_said(self.current_theme)) is not None:
            self.notify(said, severity="warning", timeout=10, markup=False)

    def watch_theme(self, name: str) -> None:
        """A theme that is chosen here is kept for the next start."""
        if name == self._shown_theme:
            return
        self._shown_theme = name
        if self.is_running:
            self._warn_of_pale()
            self.run_worker(partial(self._keep_theme, name), thread=True, group="theme", exit_on_error=False)

    def _keep_theme(self, name: str) -> None:
        """In a thread: keep it, and say until when it holds."""
        try:
            self.services.screen_settings.keep_theme(name)
        except WantuiError as error:
            said, severity = str(error), "error"
        else:
            said, severity = f"Theme {name}, kept for the next start.", "information"
        if severity == "information" and self.start.theme:
            said = f'Theme {name} until you leave: {self.start.theme_source} has theme = "{self.start.theme}".'
        self.call_from_thread(self.notify, said, severity=severity, timeout=6, markup=False)

    def action_change_theme(self) -> None:
        """Choose a theme by its name."""
        from wantui.ui.work.palette import PaletteInOrder, Themes  # noqa: PLC0415  opened when asked for

        if not isinstance(self.screen, PaletteInOrder):
            self.push_screen(PaletteInOrder(providers=[Themes], placeholder="Choose a theme"))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Themes that know nothing of wantui get its own variables."""
        return own_variables(dark=self.current_theme.dark)

    def get_css_variables(self) -> dict[str, str]:
        """Text can be read in every theme; sixteen colours have to arrive as they are."""
        variables = super().get_css_variables()
        return variables if self.console.color_system in SIXTEEN else with_readable_inks(variables)

    async def on_event(self, event: events.Event) -> None:
        """Keys that are the terminal's late answer are nobody's."""
        if self._late is not None and isinstance(event, events.Key):  # noqa: SIM102  two questions
            if self._late.takes(event.character, time.monotonic()):
                return
        if isinstance(event, events.Resize):  # it also comes when the terminal is ours again
            self.sent.forget()
        if isinstance(event, events.CursorPosition):
            self.pace.answered()
        await super().on_event(event)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Send the terminal what differs from what stands there."""
        is_sent = self._running and not self._closed and not self._batch_count and self._driver is not None
        if is_sent and isinstance(renderable, ChopsUpdate | LayoutUpdate):
            changed = self.sent.changed(renderable)
            has_moved = self.cursor_position != self._previous_cursor_position
            super()._display(screen, cast("RenderableType", changed) if changed.pieces or has_moved else None)
            if self.sent.has_rest and (self._rest is None or self._rest.done()):
                self._rest = asyncio.create_task(send_rest(self.sent, self.pace, self.console, partial(send, self)))
        else:
            super()._display(screen, renderable)

    def action_draw_again(self) -> None:
        """Something else has written on the terminal."""
        self.sent.forget()
        self.screen.refresh()

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Leave, when the terminal has answered what it was asked: a shell would take the answer for keys."""
        if self._rest is not None:
            self._rest.cancel()
        if self.pace.is_slow and self.pace.is_waiting:
            self._leaving = asyncio.create_task(self._exit_answered(result, return_code, message))
        else:
            super().exit(result, return_code, message)

    async def _exit_answered(self, result: None, return_code: int, message: RenderableType | None) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.pace.room(), ANSWER_S)
        super().exit(result, return_code, message)

    def get_default_screen(self) -> Screen[None]:
        """The work screen, at once: nothing is drawn before it."""
        return WorkScreen(self.services)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:  # noqa: ARG002  Textual's
        """None of Textual's own commands: there are better ones here."""
        return ()

    def action_command_palette(self) -> None:
        """Find a command by its name."""
        from wantui.ui.work.palette import PaletteInOrder  # noqa: PLC0415  opened when asked for

        if not isinstance(self.screen, PaletteInOrder):
            self.push_screen(PaletteInOrder(id="--command-palette"))

    def action_suspend_process(self) -> None:
        """Stop, and go on when the shell says so; the terminal is the shell's meanwhile."""
        from wantui.ui.suspending import has_job_control, stop_group  # noqa: PLC0415  when it is asked for

        if self._driver is None or not self._driver.can_suspend or not has_job_control():
            said = "No shell to go back to from here: wantui was not started from one."
            self.notify(said, severity="warning", timeout=6, markup=False)
            return
        self.app_suspend_signal.publish(self)
        stop_group()

    def action_help_here(self) -> None:
        """The keys of what is in front."""
        from wantui.ui.dialogs.confirm import Confirm  # noqa: PLC0415  opened when asked for
        from wantui.ui.dialogs.help import HelpEntry, HelpScreen, HelpSection, sections_of  # noqa: PLC0415  the same

        screen = self.screen
        if isinstance(screen, Confirm):
            entries = tuple(HelpEntry(*each) for each in screen.answers)
            found: tuple[HelpSection, ...] = (HelpSection("Answers", entries),)
        else:
            found = sections_of(screen)
        self.push_screen(HelpScreen("Keys", lambda _styles: found))

    def action_other_theme(self) -> None:
        """Change between dark and light."""
        self.theme = LIGHT.name if self.current_theme.dark else DARK.name

    def on_mount(self) -> None:
        """The terminal is ours."""
        if self._on_terminal_taken is not None:
            self._on_terminal_taken()
        self.pace.sent()  # how long the answer takes tells whether the line is slow
        self.app_resume_signal.subscribe(self, lambda _app: self.action_draw_again())
        self.screen.call_after_refresh(self._warn_of_settings)  # nothing can be told before the first frame
        self.call_after_refresh(self._collect_garbage_again)

    def _warn_of_settings(self) -> None:
        """Say what is wrong with keys and themes."""
        if self._wrong_keys:
            said = "\n".join(f"{CONFIG_NAME}:{wrong.line}: {wrong.message}" for wrong in self._wrong_keys)
            self._warn("[keys] is not used", f"{said}\nUntil then every key is the built-in one.")
        self._warn_of_themes()

    def _warn(self, title: str, said: str) -> None:
        """Say that a setting is wrong; the program goes on without it."""
        self.notify(said, title=title, severity="error", timeout=WARNED_S, markup=False)

    def _collect_garbage_again(self) -> None:
        """The first frame is drawn: what has been imported stays for good."""
        gc.freeze()
        gc.enable()

    def _print_error_renderables(self) -> None:
        """An error is printed where it can be seen: on the terminal as it was."""
        if self._on_broken is not None:
            self._on_broken()
        super()._print_error_renderables()

    def on_unmount(self) -> None:
        """Let go of drivers."""
        self.services.close()
