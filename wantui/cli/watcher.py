"""``watch``: whether changes on disk lead to cache runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.cli import show
from wantui.cli.errors import DONE, FAILED
from wantui.services.watching import Watch

if TYPE_CHECKING:
    import argparse

    from wantui.paths import Workspace


def watch(workspace: Workspace, options: argparse.Namespace) -> int:
    """Pause the watcher, let it go on, or say what it is at."""
    service = Watch(workspace)
    if options.action == "pause":
        service.pause()
        print("paused: changes on disk lead to nothing until `wantui watch resume`")
        return DONE
    if options.action == "resume":
        service.resume()
        print("watching: what changed meanwhile is encoded too")
        return DONE
    found = service.status()
    state = found.now
    if options.json:
        note = None if found.said is None else found.said.note
        show.document({"watching": None if state is None else str(state.watching), "note": note})
        return DONE
    if state is None:
        print("not watching: no supervisor is running; it starts with the first run, or `wantui supervisor start`")
        return FAILED
    print(state.watching if state.note is None else f"{state.watching}: {state.note}")
    return FAILED if found.has_trouble else DONE
