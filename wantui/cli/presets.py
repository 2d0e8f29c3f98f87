"""``presets``: settings of a run under a name: saved, shown, compared, given away."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from wantui import atomic
from wantui import config as configuration
from wantui.cli import show
from wantui.cli.errors import BAD_USAGE, DONE, complain
from wantui.config import named
from wantui.config.load import read_text
from wantui.runs.kept_runs import preset_of_run

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from wantui.config.named import NamedPreset
    from wantui.paths import Workspace


def presets(workspace: Workspace, options: argparse.Namespace) -> int:
    """Do what ``wantui presets ACTION`` says."""
    act: Callable[[Workspace, argparse.Namespace], int] = {
        "list": _list,
        "show": _show,
        "save": _save,
        "diff": _diff,
        "export": _export,
        "import": _import,
        "remove": _remove,
    }[options.action]
    return act(workspace, options)


def _list(workspace: Workspace, options: argparse.Namespace) -> int:
    """One that cannot be used is told of and keeps the others from nothing."""
    usable: list[NamedPreset] = []
    code = DONE
    for name in named.names(workspace):
        try:
            usable.append(named.load_preset(workspace, name))
        except configuration.ConfigError as error:
            complain(str(error))
            code = BAD_USAGE
    if options.json:
        show.document([_document(preset) for preset in usable])
    elif not usable and code == DONE:
        print("no presets yet; `wantui presets save NAME` keeps the settings of wantui.toml")
    else:
        show.table([[preset.name, _in_a_line(preset)] for preset in usable])
    return code


def _in_a_line(preset: NamedPreset) -> str:
    return ", ".join(f"{key.partition('.')[2]}={_word(value)}" for key, value in preset.values().items())


def _show(workspace: Workspace, options: argparse.Namespace) -> int:
    preset = named.load_preset(workspace, options.name)
    if options.json:
        show.document(_document(preset))
    else:
        print(read_text(named.file_of(workspace, options.name)), end="")
    return DONE


def _save(workspace: Workspace, options: argparse.Namespace) -> int:
    if options.run is None:
        preset = named.NamedPreset.of(options.name, configuration.load(workspace))
        origin = "wantui.toml"
    else:
        preset, origin = preset_of_run(workspace, options.run, options.name), f"run {options.run}"
    file = named.save_preset(workspace, preset, origin=origin, replaces=options.replace)
    print(f"{file}: `wantui train --load {shlex.quote(preset.name)}` trains with it")
    return DONE


def _diff(workspace: Workspace, options: argparse.Namespace) -> int:
    one = _side(workspace, options.one)
    if options.other is None:
        other = named.NamedPreset.of("wantui.toml", configuration.load(workspace))
    else:
        other = _side(workspace, options.other)
    found = named.differences(one.values(), other.values())
    if options.json:
        show.document({key: [_plain(was), _plain(now)] for key, (was, now) in found.items()})
    elif not found:
        print(f"{one.name} and {other.name} are the same")
    else:
        rows = [[key, _word(was), _word(now)] for key, (was, now) in found.items()]
        show.table([["", one.name, other.name], *rows])
    return DONE


def _export(workspace: Workspace, options: argparse.Namespace) -> int:
    named.load_preset(workspace, options.name)
    text = read_text(named.file_of(workspace, options.name))
    if options.to is None:
        print(text, end="")
        return DONE
    if options.to.exists():
        complain(f"{options.to}: is there already; give another name")
        return BAD_USAGE
    try:
        atomic.write_text(options.to, text)
    except OSError as error:
        complain(f"{options.to}: cannot be written ({error.strerror})")
        return BAD_USAGE
    print(options.to)
    return DONE


def _import(workspace: Workspace, options: argparse.Namespace) -> int:
    if not options.file.is_file():
        there = options.file.exists()
        complain(
            f"{options.file}: {'is no regular file' if there else 'there is no such file'}; name a preset's file"
        )
        return BAD_USAGE
    name = named.check_name(options.name or options.file.stem)
    preset = named.read_preset(options.file, name)
    file = named.save_preset(workspace, preset, origin=options.file.name, replaces=options.replace)
    print(f"{file}: `wantui train --load {shlex.quote(name)}` trains with it")
    return DONE


def _remove(workspace: Workspace, options: argparse.Namespace) -> int:
    print(f"moved to {named.remove_preset(workspace, options.name)}")
    return DONE


def _side(workspace: Workspace, name: str) -> NamedPreset:
    return (
        preset_of_run(workspace, int(name), f"run {name}") if name.isdecimal() else named.load_preset(workspace, name)
    )


def _document(preset: NamedPreset) -> dict[str, Any]:
    return {"name": preset.name, "values": {key: _plain(value) for key, value in preset.values().items()}}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "-" if value is None else " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
