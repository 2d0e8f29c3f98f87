"""Makes docs/screen.png: the demo in mid-run, at 200x50, as it is. Needs cairosvg or rsvg-convert.

python docs/screenshot.py
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from wantui import config
from wantui.demo.workspace import create_demo_workspace
from wantui.jobs.model import RunKind
from wantui.paths import Workspace
from wantui.runs.plan import plan_run, start
from wantui.runs.request import RunRequest
from wantui.supervisor import client
from wantui.ui.app import WantuiApp
from wantui.ui.work.lazy_services import lazy_services

FONT = "DejaVu Sans Mono"
BRAILLE_FONT = "DejaVu Sans"
"""The monospaced one has no braille."""
PICTURE = Path(__file__).with_name("screen.png")


async def photograph(workspace: Workspace, svg: Path) -> None:
    """Open the screen while both experts train, and keep what it shows."""
    app = WantuiApp(lazy_services(workspace))
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("j", "j", "j")
        await asyncio.sleep(26)
        picture = app.export_screenshot(title="wantui").replace("Fira Code", FONT)
        picture = re.sub(
            "<text (?=[^>]*>[^<]*[\u2801-\u28ff])", f'<text style="font-family:{BRAILLE_FONT}" ', picture
        )
        svg.write_text(picture, encoding="utf-8")  # noqa: ASYNC240  nothing else runs by then


def main() -> None:
    """Run the demo and photograph it."""
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    with tempfile.TemporaryDirectory(prefix="loras-", dir="/tmp") as temporary:
        folder = Path(temporary) / "anna"
        create_demo_workspace(folder)
        workspace = Workspace(folder)
        start(workspace, plan_run(workspace, config.load(workspace), RunRequest(RunKind.TRAIN, epochs=14)))
        svg = Path(temporary) / "screen.svg"
        asyncio.run(photograph(workspace, svg))
        client.stop(workspace, "1")
        client.shut_down(workspace)
        if shutil.which("rsvg-convert"):
            subprocess.run(["rsvg-convert", "-w", "1800", "-o", PICTURE, svg], check=True)
        else:
            import cairosvg  # noqa: PLC0415  only where the other is not there

            cairosvg.svg2png(url=str(svg), write_to=str(PICTURE), output_width=1800)


if __name__ == "__main__":
    main()
