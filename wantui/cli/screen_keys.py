"""``[keys]`` without a screen: the commands with a person's keys, or what is wrong with these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.config.errors import ConfigError, ConfigProblem
from wantui.ui.commands.command_table import table_with
from wantui.ui.commands.key_names import written as key_written

if TYPE_CHECKING:
    from wantui.config.schema import Config
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
