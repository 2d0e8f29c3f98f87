"""What the first frame may cost."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, cast

from tests.ui.driving import settled
from wantui.ui.app import WantuiApp

if TYPE_CHECKING:
    from tests.ui.fake import FakeServices
    from wantui.services.workspace import Services


class Watched:
    """Services that notes what the thread of the screen itself asks of it."""

    def __init__(self, services: FakeServices) -> None:
        self._services = services
        self.asked: set[str] = set()
        self.asked_elsewhere: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        is_screens = threading.current_thread() is threading.main_thread()
        (self.asked if is_screens else self.asked_elsewhere).add(name)
        return getattr(self._services, name)


READY = """
import sys
from wantui.ui.work import watchers
before = sorted({*watchers.COMES_NEXT} & {*sys.modules})
watchers._make_ready(lambda: True)
assert not {*watchers.COMES_NEXT} & {*sys.modules}, "imported though the screen is gone"
watchers._make_ready(lambda: False)
print(before, {*watchers.COMES_NEXT} <= {*sys.modules})
"""


def test_what_opens_next_is_imported_behind_the_first_screen() -> None:
    """In a process of its own, where nothing has been imported yet."""
    done = subprocess.run([sys.executable, "-c", READY], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[] True\n", "")


async def test_the_first_frame_waits_for_nothing_of_the_rooms_below(services: FakeServices) -> None:
    """Any other attribute makes `LazyServices` import every room, in front of a person who waits."""
    watched = Watched(services)
    async with WantuiApp(cast("Services", watched)).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        assert watched.asked <= {"root", "has_runs"}
        assert {"dataset", "runs", "machine"} <= watched.asked_elsewhere
