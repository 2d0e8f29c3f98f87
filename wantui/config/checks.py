"""What a key of ``wantui.toml`` may hold. A check turns what was read into what was meant or says what is allowed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from wantui.config.addresses import is_address

Check: TypeAlias = Callable[[object], Any]
"""Takes what the file holds; answers with the value meant, or raises `NotAllowedError`."""

MEDIA_PLACE = "{media}"
"""Stands for the file to caption in `[captions] command`."""

_MOST_MONEY = 1e6
_DAY_S = 86_400
_NAME_PART_BYTES = 200
"""File systems take 255 bytes; the trainer puts a prefix, an epoch and an ending around the part."""


class NotAllowedError(Exception):
    """A value that a key may not have; the message completes "allowed: ..."."""


def text(value: object) -> str:
    """Any text."""
    if isinstance(value, str) and "\0" not in value:
        return value
    raise NotAllowedError('text in quotes, such as "like this"')


def name(value: object) -> str:
    """A name of something."""
    if isinstance(value, str) and value.strip() and value.isprintable():
        return value.strip()
    raise NotAllowedError('a name in quotes, such as "dark"')


def file_name_part(value: object) -> str:
    """Text that can be a part of a file's name."""
    if isinstance(value, str) and value.strip() and value.isprintable() and "/" not in value:  # noqa: SIM102
        if len(value.encode(errors="surrogateescape")) <= _NAME_PART_BYTES:
            return value
    raise NotAllowedError("text in quotes without slashes, neither empty nor long: it becomes a part of file names")


def choice(*allowed: str) -> Check:
    """One of a few words."""

    def check(value: object) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        raise NotAllowedError(" or ".join(json.dumps(word) for word in allowed))

    return check


def whole(minimum: int, maximum: int | None = None) -> Check:
    """A whole number within bounds."""

    def check(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and value >= minimum:  # noqa: SIM102
            if maximum is None or value <= maximum:
                return value
        bounds = f"{minimum} or more" if maximum is None else f"from {minimum} to {maximum}"
        raise NotAllowedError(f"a whole number, {bounds}")

    return check


def seconds(value: object) -> float:
    """A length of time, fractions allowed."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _DAY_S:
        return float(value)
    raise NotAllowedError(f"a number of seconds, from 0 to {_DAY_S}")


def price(value: object) -> float:
    """An amount of money."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _MOST_MONEY:
        return float(value)
    raise NotAllowedError("a price as a number, 0 or more, such as 0.79")


def switch(value: object) -> bool:
    """Yes or no."""
    if isinstance(value, bool):
        return value
    raise NotAllowedError("true or false")


def path_from(folder: Path) -> Check:
    """A path; a relative one starts at `folder`, and ``~`` is a home folder."""

    def check(value: object) -> Path:
        if not isinstance(value, str) or not value or "\0" in value:
            raise NotAllowedError("a path in quotes")
        try:
            return folder / Path(value).expanduser()
        except RuntimeError as error:
            raise NotAllowedError("a path in quotes; there is no such user's home folder") from error

    return check


def paths_from(folder: Path) -> Check:
    """Several paths; see `path_from`."""
    check = path_from(folder)

    def check_all(value: object) -> tuple[Path, ...]:
        try:
            if isinstance(value, list):
                return tuple(check(each) for each in value)
        except NotAllowedError:
            pass
        raise NotAllowedError('a list of paths, such as ["/data/models"]')

    return check_all


def web_address(value: object) -> str:
    """Where a server is, without anything behind it that would not be part of every request."""
    if isinstance(value, str) and value.isprintable() and " " not in value:
        scheme, separator, rest = value.partition("://")
        if scheme in {"http", "https"} and separator and rest.strip("/") and not set(rest) & set("?#@"):
            return value.rstrip("/")
    raise NotAllowedError('an address without user and password, such as "https://huggingface.co"')


def notify_addresses(value: object) -> tuple[str, ...]:
    """Addresses of people to tell."""
    if isinstance(value, list) and all(isinstance(each, str) and is_address(each) for each in value):
        return tuple(value)
    raise NotAllowedError('a list of addresses, such as ["ntfys://ntfy.sh/topic"]')


def words(*allowed: str) -> Check:
    """Some of a few words, each once."""

    def check(value: object) -> tuple[str, ...]:
        if isinstance(value, list) and len(value) == len(set(map(str, value))):
            chosen = tuple(each for each in value if isinstance(each, str) and each in allowed)
            if len(chosen) == len(value):
                return chosen
        raise NotAllowedError(f"a list of {' or '.join(json.dumps(word) for word in allowed)}, each once")

    return check


def environment(value: object) -> dict[str, str]:
    """Variables of an environment."""
    if isinstance(value, dict) and all(_is_variable(name, content) for name, content in value.items()):
        return dict(value)
    raise NotAllowedError('a table of names and texts, such as { HF_HOME = "/data/hf" }')


def command(value: object) -> tuple[str, ...]:
    """A program and its arguments."""
    if isinstance(value, list) and value and all(isinstance(word, str) and "\0" not in word for word in value):
        words: tuple[str, ...] = tuple(value)
        if words[0]:
            return words
    raise NotAllowedError('words, such as ["vastai", "stop", "instance", "12345"]')


def caption_command(value: object) -> tuple[str, ...]:
    """A program and its arguments, one of which names the file to caption."""
    if isinstance(value, list) and value and all(isinstance(word, str) and "\0" not in word for word in value):
        words: tuple[str, ...] = tuple(value)
        if words[0] and any(MEDIA_PLACE in word for word in words[1:]):
            return words
    raise NotAllowedError(f'words, one with {MEDIA_PLACE}, such as ["python", "caption.py", "{MEDIA_PLACE}"]')


def _is_variable(name: str, content: object) -> bool:
    return bool(name) and not set(name) & set("=\0") and isinstance(content, str) and "\0" not in content


def gpu_indices(value: object) -> tuple[int, ...]:
    """Which GPUs, each once."""
    if isinstance(value, list) and value and all(_is_index(element) for element in value):
        indices: tuple[int, ...] = tuple(value)
        if len(set(indices)) == len(indices):
            return indices
    raise NotAllowedError("a list of GPU numbers, each once, such as [0, 1]; leave the key out for all GPUs")


def _is_index(element: object) -> bool:
    return isinstance(element, int) and not isinstance(element, bool) and element >= 0


def slurm_name(value: object) -> str:
    """The name of something of a cluster: a partition, an account, a type of GPU, a node."""
    if isinstance(value, str) and _CLUSTER_NAME.fullmatch(value):
        return value
    raise NotAllowedError('a name as Slurm has it, such as "gpu": letters, digits and . _ + - , [ ]')


def slurm_names(value: object) -> tuple[str, ...]:
    """Several names of a cluster; see `slurm_name`."""
    if isinstance(value, list) and all(isinstance(each, str) and _CLUSTER_NAME.fullmatch(each) for each in value):
        return tuple(value)
    raise NotAllowedError('a list of names, such as ["node3", "node[7-9]"]')


def slurm_time(value: object) -> str:
    """A time limit in one of the forms of ``sbatch --time``, or minutes as a number."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    if isinstance(value, str) and _TIME_LIMIT.fullmatch(value) and set(value) & set("123456789"):
        return value
    raise NotAllowedError('a time limit as sbatch takes it: "8:00:00", "2-00:00:00" for two days, or minutes')


def slurm_size(value: object) -> str:
    """An amount of memory as ``sbatch --mem`` takes it, with its unit."""
    if isinstance(value, str) and _MEMORY_SIZE.fullmatch(value):
        return value
    raise NotAllowedError('an amount of memory with its unit, M, G or T, such as "80G"')


def slurm_options(value: object) -> tuple[str, ...]:
    """Options of ``sbatch`` in one word each, but for those that wantui has to set itself."""
    if isinstance(value, list) and all(isinstance(word, str) and _OPTION.fullmatch(word) for word in value):
        own = next((word for word in value if word.partition("=")[0] in OWN_SLURM_OPTIONS), None)
        if own is None:
            return tuple(value)
        raise NotAllowedError(f"any option but {own.partition('=')[0]}, which wantui sets itself")
    raise NotAllowedError('a list of options, each one word with two dashes, such as ["--qos=high"]')


_OWN_OPTIONS = """
--array --chdir --comment --error --help --input --job-name --no-requeue --nodes --ntasks --open-mode --output
--parsable --requeue --signal --test-only --uid --usage --version --wait --wrap
"""
OWN_SLURM_OPTIONS = frozenset(_OWN_OPTIONS.split())
"""Options of ``sbatch`` by which a job is submitted and found again."""
_CLUSTER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+,\[\]-]{0,199}")
_TIME_LIMIT = re.compile(r"\d{1,6}(:\d{1,2}){0,2}|\d{1,4}-\d{1,2}(:\d{1,2}){0,2}")
_MEMORY_SIZE = re.compile(r"[1-9]\d{0,8}[MGT]")
_OPTION = re.compile(r"--[a-z][a-z-]*(=[^\0\n]*)?")
