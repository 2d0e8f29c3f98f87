"""Makes docs/screen.png, the demo in mid-run, and docs/resume.png, the form for going on.

Needs cairosvg or rsvg-convert.

python docs/screenshot.py
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from docs.cell_picture import svg_of
from wantui import config
from wantui.demo.workspace import create_demo_workspace
from wantui.jobs.model import RunKind
from wantui.paths import Workspace
from wantui.runs.plan import plan_run, start
from wantui.runs.request import RunRequest
from wantui.supervisor import client
from wantui.ui.app import WantuiApp
from wantui.ui.work.lazy_services import lazy_services

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).parent
PATIENCE_S = 180.0


async def photograph(workspace: Workspace, size: tuple[int, int], keys: Sequence[str], seconds: float) -> str:
    """Open the screen, press keys, wait, and return what it shows as SVG."""
    app = WantuiApp(lazy_services(workspace))
    async with app.run_test(size=size) as pilot:
        await asyncio.sleep(1)
        for key in keys:
            await pilot.press(key)
            await asyncio.sleep(0.3)
        await asyncio.sleep(seconds)
        return svg_of(app, "wantui")


def keep(svg: str, name: str, width: int) -> None:
    """Keep a picture as PNG, so many pixels wide."""
    with tempfile.NamedTemporaryFile("w", suffix=".svg", encoding="utf-8") as file:
        file.write(svg)
        file.flush()
        if shutil.which("rsvg-convert"):
            subprocess.run(["rsvg-convert", "-w", str(width), "-o", FOLDER / name, file.name], check=True)
        else:
            import cairosvg  # noqa: PLC0415  only where the other is not there

            cairosvg.svg2png(url=file.name, write_to=str(FOLDER / name), output_width=width)


def saved(folder: Path) -> None:
    """Wait until both experts have saved something.

    Raises:
        SystemExit: they do not.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not all(any(folder.rglob(f"WAN2.2-{noise}Noise*.safetensors")) for noise in ("High", "Low")):
        if time.monotonic() > deadline:
            raise SystemExit("no expert has saved anything")
        time.sleep(0.2)


def main() -> None:
    """Run the demo and photograph it."""
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    with tempfile.TemporaryDirectory(prefix="loras-", dir="/tmp") as temporary:
        folder = Path(temporary) / "anna"
        create_demo_workspace(folder)
        workspace = Workspace(folder)
        start(workspace, plan_run(workspace, config.load(workspace), RunRequest(RunKind.TRAIN, epochs=14)))
        saved(folder)
        keep(asyncio.run(photograph(workspace, (200, 50), "jjj", 3)), "screen.png", 1800)
        client.stop(workspace, "1")
        time.sleep(8)
        keep(asyncio.run(photograph(workspace, (100, 30), [*"4gjjC", "ctrl+u", *"50"], 3)), "resume.png", 1100)
        client.shut_down(workspace)


if __name__ == "__main__":
    main()
