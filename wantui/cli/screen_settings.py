"""``[keys]`` and ``[screen] theme`` without a screen: what they come to, or what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.config.errors import ConfigError, ConfigProblem
from wantui.ui.commands.command_table import table_with
from wantui.ui.commands.key_names import written as key_written

BUILT_IN = ("dark", "light", "wantui-dark", "wantui-light")
"""Themes that are known without Textual, which takes a third of a second to import."""

if TYPE_CHECKING:
    from wantui.config.schema import Config
    from wantui.services.screen_settings import StartSettings
    from wantui.ui.commands.catalogue import Command
    from wantui.ui.commands.command_table import CommandTable


def command_table(config: Config) -> CommandTable:
    """The commands of the screen with their keys.

    Raises:
        ConfigError: ``[keys]`` names commands or keys that there are not, or one key twice.
    """
    table, problems = table_with(config.keys)
    if problems:
        raise ConfigError(config.file, [ConfigProblem(each.line, each.message) for each in problems])
    return table


def written(command: Command) -> tuple[str, ...]:
    """The keys of a command, each as ``[keys]`` takes it."""
    return tuple(key_written(key) for key in command.keys.split(",") if key)


def check_themes(config: Config, start: StartSettings) -> tuple[str, ...]:
    """What is to be said of this user's theme files and of the theme in force; nothing where all is well.

    Raises:
        ConfigError: ``[screen] theme`` names none.
    """
    wanted = start.theme or start.chosen
    has_files = start.themes is not None and any(start.themes.glob("*.toml"))
    if not has_files and wanted in (None, *BUILT_IN):
        return ()
    from wantui.ui.drawing.user_themes import (  # noqa: PLC0415  it imports Textual
        known_themes,
        pale_said,
        read_themes,
        why_unknown,
    )

    own = read_themes(start.themes)
    if start.theme is not None and start.theme not in known_themes(own):
        line = int(start.theme_source.rpartition(":")[2])
        raise ConfigError(config.file, [ConfigProblem(line, f"screen.theme: {why_unknown(start.theme, own)}")])
    said = [line for lines in own.problems.values() for line in lines]
    said += [warning for theme in own.themes if (warning := pale_said(theme)) is not None]
    return tuple(said)
