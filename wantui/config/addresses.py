"""Addresses of people to tell, as apprise writes them (``ntfys://ntfy.sh/topic``), and what may be shown of them."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from wantui import reading
from wantui.config.errors import ConfigError, ConfigProblem

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_FILE = 1 << 16
"""Bytes of a file of addresses."""
_HIDDEN = "..."
_SHORTEST_SECRET = 4
"""Characters; shorter pieces of an address are words such as "me"."""
_WITH_HOST = frozenset(
    f"{name}{end}"
    for name in ("http", "json", "xml", "form", "apprise", "ntfy", "gotify", "mailto", "matrix", "mmost", "rocket")
    for end in ("", "s")
)
"""The schemes of which the part behind ``://`` is a server, if it looks like one. With others it is a token."""


def is_address(text: str) -> bool:
    """Whether a text can be an address: which schemes there are is known to apprise alone."""
    scheme, separator, rest = text.partition("://")
    return bool(scheme and separator and rest) and text.isprintable() and not set(text) & set(" \t")


def masked(address: str) -> str:
    """An address as it may be shown: its scheme, and its server where it has one."""
    scheme = address.partition("://")[0]
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        host = ""
    shown = f"{host}/" if scheme.lower() in _WITH_HOST and _is_server(host) else ""
    return f"{scheme}://{shown}{_HIDDEN}"


def without_secrets(text: str, address: str) -> str:
    """What a program says about an address, without any piece of it that is not shown."""
    shown = masked(address)
    rest = address.partition("://")[2]
    pieces = {rest, unquote(rest)}
    for mark in "/@:?&=,":
        pieces |= {part for piece in pieces for part in piece.split(mark)}
    pieces |= {unquote(piece) for piece in pieces}
    for piece in sorted(pieces, key=len, reverse=True):
        if len(piece) >= _SHORTEST_SECRET and piece not in shown:
            text = text.replace(piece, _HIDDEN)
    return text


def addresses(urls: tuple[str, ...], urls_file: Path | None) -> tuple[str, ...]:
    """Every address of ``[notify]``, each once: those in ``wantui.toml``, then those of ``urls_file``.

    Args:
        urls: of the section.
        urls_file: of the section.

    Raises:
        ConfigError: the file cannot be read, or a line of it is no address; the message does not repeat it.
    """
    found = [*urls, *([] if urls_file is None else _of_file(urls_file))]
    return tuple(dict.fromkeys(found))


def _of_file(file: Path) -> list[str]:
    try:
        lines = reading.read_bytes(file, LARGEST_FILE).decode("utf-8-sig").splitlines()
    except OSError as error:
        message = f"cannot be read ({error.strerror}); notify.urls_file names it"
        raise ConfigError(file, [ConfigProblem(None, message)]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(file, [ConfigProblem(None, "is not UTF-8; save the file in UTF-8")]) from error
    told = [(number, line.strip()) for number, line in enumerate(lines, start=1)]
    told = [(number, line) for number, line in told if line and not line.startswith("#")]
    wrong = [
        ConfigProblem(number, "is no address such as ntfys://ntfy.sh/topic; one a line, # begins a remark")
        for number, line in told
        if not is_address(line)
    ]
    if wrong:
        raise ConfigError(file, wrong)
    return [line for _, line in told]


def _is_server(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host.strip(".")
    return True
