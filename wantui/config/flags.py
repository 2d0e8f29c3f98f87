"""Flags of the trainer, from ``[training]``, ``[caching]`` and ``--set``: free in name, checked in type."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wantui.config.checks import NotAllowedError
from wantui.config.errors import ConfigError, ConfigProblem
from wantui.config.keys import FREE_SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.config.schema import Config, FlagValue

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_MOST_BITS = 63
"""Of a whole number beside its sign; Python's reader of TOML takes longer ones, which cannot even be shown."""
_SECTION_OF = {part: section for section, parts in FREE_SECTIONS.items() for part in parts}


def check_flag_name(name: str) -> str | None:
    """What is wrong with the name of a flag, or None."""
    if name.startswith("-") and _NAME.fullmatch(name.lstrip("-")):
        return f"write the flag without its dashes: {name.lstrip('-')}"
    if not _NAME.fullmatch(name):
        return f'"{name}" is no name of a flag: use letters, digits and underscores'
    return None


def check_flag_value(value: object) -> FlagValue:
    """The value of a flag.

    Raises:
        NotAllowedError: it is neither a scalar nor a list of scalars, or a number that is none.
    """
    elements: list[Any] = value if isinstance(value, list) else [value]
    if any(isinstance(element, int) and element.bit_length() > _MOST_BITS for element in elements):
        raise NotAllowedError(f"a number of {_MOST_BITS} bits at most, as TOML has it")
    if any(isinstance(element, float) and not math.isfinite(element) for element in elements):
        raise NotAllowedError("a finite number: with nan or inf a training learns nothing")
    if all(isinstance(element, (str, int, float, bool)) for element in elements):
        return tuple(elements) if isinstance(value, list) else elements[0]
    raise NotAllowedError("text, a number, true (a bare flag), false (left out), or a list of texts and numbers")


def parse_set(text: str) -> tuple[str, FlagValue]:
    """Read what ``--set KEY=VALUE`` was given.

    The value is TOML where it reads as TOML (``3e-4``, ``true``, ``["a", "b"]``), else it is text as it stands
    (``weight_decay=0.1``).

    Returns:
        The key, which may begin with ``high.``, ``low.``, ``latents.`` or ``text.``, and the value.

    Raises:
        ConfigError: there is no key or no value, or the value is of no kind that a flag can have.
    """
    key, equals, written = (part.strip() for part in text.partition("="))
    if not equals:
        raise _set_error(text, f"write KEY=VALUE; a flag without a value is {key or 'KEY'}=true")
    prefix, dot, name = key.partition(".")
    if dot and prefix not in _SECTION_OF:
        raise _set_error(text, f'"{prefix}." is no prefix; {_nearest(prefix, list(_SECTION_OF))}')
    wrong = check_flag_name(name if dot else key) if key else "the key before = is missing"
    if wrong:
        raise _set_error(text, wrong)
    if not written.isprintable():
        raise _set_error(ascii(text), "the value has line ends or bytes that are no text")
    if not written:
        raise _set_error(text, f'the value is missing; {key}=false leaves the flag out, {key}="" is empty text')
    try:
        return key, check_flag_value(_toml_or_text(written))
    except NotAllowedError as error:
        raise _set_error(text, f"allowed: {error}") from error
    except ValueError as error:
        raise _set_error(text, f"the value begins like TOML but is none: {error}") from error


def apply_sets(config: Config, sets: Iterable[str]) -> Config:
    """The configuration with every ``--set`` on top, the last one winning.

    A flag without prefix is a training flag of both experts. It wins over ``[training.high]`` and ``[training.low]``
    too: what was typed last and for all is meant for all.

    Raises:
        ConfigError: see `parse_set`.
    """
    return apply_flags(config, (parse_set(text) for text in sets), "--set")


def apply_flags(config: Config, given: Iterable[tuple[str, FlagValue]], source: str) -> Config:
    """The configuration with flags on top, as `apply_sets`; keys as `parse_set` has them.

    Args:
        config: below.
        given: keys and values, in their order.
        source: where they are from, as in `Config.sources`.
    """
    for key, value in given:
        prefix, dot, name = key.partition(".")
        if dot:
            section = _SECTION_OF[prefix]
            config = _with_flag(config, (section, prefix, name), value, source)
        else:
            config = _without_flag(config, "training", FREE_SECTIONS["training"], key)
            config = _with_flag(config, ("training", "flags", key), value, source)
    return config


def _with_flag(config: Config, place: tuple[str, str, str], value: FlagValue, source: str) -> Config:
    section, part, name = place
    record = getattr(config, section)
    changed = replace(record, **{part: getattr(record, part) | {name: value}})
    return _with_section(config, section, changed, config.sources | {_dotted(section, part, name): source})


def _without_flag(config: Config, section: str, parts: tuple[str, ...], name: str) -> Config:
    record = getattr(config, section)
    kept = {part: {key: held for key, held in getattr(record, part).items() if key != name} for part in parts}
    gone = {_dotted(section, part, name) for part in parts}
    sources = {key: source for key, source in config.sources.items() if key not in gone}
    return _with_section(config, section, replace(record, **kept), sources)


def _with_section(config: Config, section: str, record: Any, sources: dict[str, str]) -> Config:
    changes: dict[str, Any] = {section: record, "sources": sources}
    return replace(config, **changes)


def _dotted(section: str, part: str, name: str) -> str:
    return f"{section}.{name}" if part == "flags" else f"{section}.{part}.{name}"


def _toml_or_text(written: str) -> object:
    """A value of the command line, as TOML if all of it is exactly one TOML value of a kind that flags have."""
    try:
        document = tomllib.loads(f"value = {written}")
        alone = tomllib.loads(f"value = [{written}]")["value"]  # fails where a comment or a line end would be lost
    except (tomllib.TOMLDecodeError, RecursionError):
        if written[0] in "[{\"'":
            tomllib.loads(f"value = {written}")
        return written
    if len(document) != 1 or len(alone) != 1:
        return written
    value = document["value"]
    return value if isinstance(value, (str, int, float, bool, list, dict)) else written


def _nearest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f'did you mean "{close[0]}."?' if close else f"known are {', '.join(f'{each}.' for each in known)}"


def _set_error(text: str, message: str) -> ConfigError:
    return ConfigError(f"--set {text}", [ConfigProblem(None, message)])
