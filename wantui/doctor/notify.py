"""Whether anybody is told when a run ends or something goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.config.addresses import addresses
from wantui.config.errors import ConfigError
from wantui.doctor.model import Finding, bad, caution, good
from wantui.formatting import plain_plural
from wantui.runs.notify.sender import PACKAGE, install_command, missing_package

if TYPE_CHECKING:
    from wantui.config import Config


def addresses_told(config: Config) -> Finding:
    """The addresses of ``[notify]``, and what sends to them."""
    try:
        found = addresses(config.notify.urls, config.notify.urls_file)
    except ConfigError as error:
        return bad("notify", str(error), "correct [notify] in wantui.toml")
    if not found:
        return good("notify", "no address in [notify]: nobody is told when a run ends")
    if missing_package() is not None:
        seen = f"{plain_plural(len(found), 'address', 'addresses')}, but {PACKAGE}, which sends, is not installed"
        return caution("notify", seen, f"run `{install_command()}`")
    return good("notify", f"{plain_plural(len(found), 'address', 'addresses')}; `wantui notify --test` tries them")
