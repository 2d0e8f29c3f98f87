"""``presets``: settings of a run under a name: saved, shown, compared, given away."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from wantui import atomic
from wantui.cli import show
from wantui.cli.errors import BAD_USAGE, DONE, complain
from wantui.config.errors import ConfigError
from wantui.services.presets import Presets

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from wantui.paths import Workspace
    from wantui.services.annotations import NamedPreset


def presets(workspace: Workspace, options: argparse.Namespace) -> int:
    """Do what ``wantui presets ACTION`` says."""
    act: Callable[[Presets, argparse.Namespace], int] = {
        "list": _list,
        "show": _show,
        "save": _save,
        "diff": _diff,
        "export": _export,
        "import": _import,
        "remove": _remove,
    }[options.action]
    return act(Presets(workspace), options)


def _list(service: Presets, options: argparse.Namespace) -> int:
    """One that cannot be used is told of and keeps the others from nothing."""
    usable: list[NamedPreset] = []
    code = DONE
    for name in service.names():
        try:
            usable.append(service.load(name))
        except ConfigError as error:
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


def _show(service: Presets, options: argparse.Namespace) -> int:
    if options.json:
        show.document(_document(service.load(options.name)))
    else:
        print(service.text(options.name), end="")
    return DONE


def _save(service: Presets, options: argparse.Namespace) -> int:
    if options.run is None:
        preset, origin = service.current(options.name), "wantui.toml"
    else:
        preset, origin = service.of_run(options.run, options.name), f"run {options.run}"
    file = service.keep(preset, origin, replaces=options.replace)
    print(f"{file}: `wantui train --load {shlex.quote(preset.name)}` trains with it")
    return DONE


def _diff(service: Presets, options: argparse.Namespace) -> int:
    one = _side(service, options.one)
    other = service.current("wantui.toml") if options.other is None else _side(service, options.other)
    found = service.differences(one, other)
    if options.json:
        show.document({key: [_plain(was), _plain(now)] for key, (was, now) in found.items()})
    elif not found:
        print(f"{one.name} and {other.name} are the same")
    else:
        rows = [[key, _word(was), _word(now)] for key, (was, now) in found.items()]
        show.table([["", one.name, other.name], *rows])
    return DONE


def _export(service: Presets, options: argparse.Namespace) -> int:
    text = service.text(options.name)
    if options.to is None:
        print(text, end="")
        return DONE
    if options.to.exists():
        complain(f"{options.to}: already exists; give another name")
        return BAD_USAGE
    try:
        atomic.write_text(options.to, text)
    except OSError as error:
        complain(f"{options.to}: cannot be written ({error.strerror})")
        return BAD_USAGE
    print(options.to)
    return DONE


def _import(service: Presets, options: argparse.Namespace) -> int:
    if not options.file.is_file():
        there = options.file.exists()
        complain(
            f"{options.file}: {'is no regular file' if there else 'there is no such file'}; name a preset's file"
        )
        return BAD_USAGE
    preset = service.read(options.file, options.name or options.file.stem)
    file = service.keep(preset, options.file.name, replaces=options.replace)
    print(f"{file}: `wantui train --load {shlex.quote(preset.name)}` trains with it")
    return DONE


def _remove(service: Presets, options: argparse.Namespace) -> int:
    print(f"moved to {service.remove(options.name)}")
    return DONE


def _side(service: Presets, name: str) -> NamedPreset:
    return service.of_run(int(name), f"run {name}") if name.isdecimal() else service.load(name)


def _document(preset: NamedPreset) -> dict[str, Any]:
    return {"name": preset.name, "values": {key: _plain(value) for key, value in preset.values().items()}}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "-" if value is None else " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
