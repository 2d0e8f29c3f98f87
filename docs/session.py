"""Makes docs/session.md: from a folder of photos to two LoRA files, in a real terminal, with the rehearsal trainer.

    python -m docs.session

Every key press is counted, and the screen is taken down as text at the moments that matter.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from docs.fixing import COLUMNS, LIGHTS, LINES, PLACES, SETTINGS, SUBJECTS, Session

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
COUNT = 12
EXPERTS = 2
TRAINING_S = 600.0
"""Longer than the training takes anywhere."""


def make(folder: Path) -> None:
    """A dozen photos with their captions, and the rehearsal trainer chosen: nothing else is there."""
    random.seed(7)
    photos = folder / "photos"
    photos.mkdir(parents=True)
    (folder / "wantui.toml").write_text(SETTINGS)
    for number in range(COUNT):
        path = photos / f"anna_{number:03}.png"
        small = Image.frombytes("RGB", (8, 8), random.randbytes(192))
        small.resize((960, 544), Image.Resampling.BICUBIC).save(path)
        words = (random.choice(SUBJECTS), random.choice(PLACES), random.choice(LIGHTS), f"take {number}")
        path.with_suffix(".txt").write_text(f"ohwx, {', '.join(words)}\n")


def loras(folder: Path) -> list[Path]:
    """The last LoRA file of each expert, where it is there."""
    return sorted((folder / "output").glob("WAN2.2-*Noise_mylora.safetensors"))


def is_trained(session: Session, folder: Path) -> bool:
    """Whether both files are there and the screen says that the run has ended."""
    shown = session.shown()
    return len(loras(folder)) == EXPERTS and "✓ 1 " in shown and "▶" not in shown


def work(session: Session, folder: Path) -> None:
    """Train."""
    session.until("✓ 1  Set up this machine")
    session.until("found ~/anna/photos")
    session.say(
        f"A folder with {COUNT} photos and their captions, and a `wantui.toml` that chooses the rehearsal trainer.\n"
        "`wantui` opens on three steps, and the cursor is on the first that is not done."
    )
    session.take()
    session.press("enter")
    session.until("steps an epoch")
    session.say("`enter`: the photos were found. This is the `dataset.toml` to be written.")
    session.take()
    session.press("ctrl+s")
    session.until("✓ 2  Add images or clips")
    session.until("steps each")
    session.say("`ctrl+s` writes it, and the second step is ticked.")
    session.take()
    session.press("enter")
    session.until("files    high")
    session.say("`enter`: the run form, and what the run would do.")
    session.take()
    session.press("enter")
    session.until("Run 1 started")
    presses = session.presses
    session.press("4")
    session.until("1.high")
    session.until("1.low")
    wait_for(session, lambda: sum("/1,200" in line for line in session.shown().splitlines()) == EXPERTS)
    session.say(f"`enter` starts it: {presses} keys from the start of the program. `4`: the jobs.")
    session.take()
    wait_for(session, lambda: is_trained(session, folder))
    session.press("i")
    session.until("checkpoint")
    session.say("Both experts are trained. `i`: the run, its result first.")
    session.take()
    session.press("escape")
    session.until("─ 4 Jobs")


def wait_for(session: Session, holds: Callable[[], bool]) -> None:
    """Look at the screen until something holds."""
    deadline = time.monotonic() + TRAINING_S
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit(f"it does not come:\n{session.shown()}")


def main() -> None:
    """Make the folder, train, and write the recording."""
    with tempfile.TemporaryDirectory(prefix="loras-") as name:
        folder = Path(name) / "anna"
        make(folder)
        session = Session(folder)
        try:
            work(session, folder)
            session.end()
        finally:
            subprocess.run(
                [sys.executable, "-m", "wantui", "--workspace", str(folder), "supervisor", "stop"], check=False
            )
        files = [f"    {path.relative_to(folder)}" for path in loras(folder)]
    said = (
        f"A recording of the program in a terminal of {COLUMNS}x{LINES}, made by `python -m docs.session`: "
        f"**{session.presses} key presses** from a folder of photos to two LoRA files, "
        "the one that leaves among them. Rehearsed: jobs, caches, logs and files are as in a real training, "
        "and nothing is learned."
    )
    head = ["# From a folder of photos to two LoRA files", "", said]
    end = ["", "What is there now:", "", *files, ""]
    (HERE / "session.md").write_text("\n".join([*head, *session.text, *end]), encoding="utf-8")
    print(f"{session.presses} key presses; {', '.join(files)}")


if __name__ == "__main__":
    main()
