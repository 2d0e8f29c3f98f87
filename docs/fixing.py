"""Makes docs/fixing.md: 200 captioned pictures with 30 problems, fixed in a real terminal with the keyboard alone.

    python docs/fixing.py

Every key press is counted, and the screen is taken down as text at the moments that matter.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pexpect
import pyte
from PIL import Image

HERE = Path(__file__).parent
COLUMNS, LINES = 80, 24
PATIENCE_S = 60.0
COUNT = 200
UNWRITTEN = 12
"""Captions that a person has to write."""
MENDABLE = (
    "caption-not-utf8", "mixed-case-suffix", "caption-byte-order-mark", "trigger-missing", "misspelt-tag",
    "caption-without-media",
)  # fmt: skip
SETTINGS = '[trainer]\nkind = "rehearsal"\n[gpus]\nprovider = "simulated"\n[watch]\nenabled = false\n'
DATASET = """\
[general]
resolution = [256, 256]
caption_extension = ".txt"
enable_bucket = true

[[datasets]]
image_directory = "images"
cache_directory = "cache"
"""
KEYS = {"enter": "\r", "escape": "\x1b", "space": " ", "tab": "\t", "ctrl+n": "\x0e", "ctrl+s": "\x13"}
SUBJECTS = (
    "portrait",
    "standing",
    "sitting on a rock",
    "walking",
    "close-up",
    "in the rain",
    "by a window",
    "laughing",
)
PLACES = ("on a beach", "in a forest", "in a city at night", "at a market", "on a bridge", "in snow", "by a fire")
LIGHTS = ("soft light", "low sun", "rim light", "film grain", "fog", "blue hour")


def make(folder: Path) -> None:
    """Two hundred small pictures that differ, with captions; thirty things are wrong with them."""
    random.seed(7)
    images = folder / "dataset" / "images"
    images.mkdir(parents=True)
    (folder / "wantui.toml").write_text(SETTINGS)
    (folder / "dataset" / "dataset.toml").write_text(DATASET)
    for number in range(COUNT):
        path = images / f"anna_{number:03}.png"
        Image.frombytes("RGB", (8, 8), random.randbytes(192)).resize((256, 256), Image.Resampling.BICUBIC).save(path)
        words = (random.choice(SUBJECTS), random.choice(PLACES), random.choice(LIGHTS), f"take {number}")
        path.with_suffix(".txt").write_text(f"ohwx, {', '.join(words)}\n")
    spoil(images)


def spoil(images: Path) -> None:
    """Thirty problems of eight kinds."""
    captions = sorted(images.glob("*.txt"))
    for caption in captions[3:11]:  # 8 without a caption
        caption.unlink()
    for caption in captions[20:24]:  # 4 empty ones
        caption.write_text(" \n")
    for caption in captions[40:46]:  # 6 without the trigger
        caption.write_text(caption.read_text().removeprefix("ohwx, "))
    for caption in captions[60:62]:  # 2 misspelt tags
        caption.write_text(caption.read_text().rstrip() + ", film grian\n")
    for caption in captions[80:83]:  # 3 with a byte order mark
        caption.write_bytes(b"\xef\xbb\xbf" + caption.read_bytes())
    for caption in captions[100:102]:  # 2 in another encoding
        caption.write_bytes(f"ohwx, portrait, in a café, {caption.stem}\n".encode("cp1252"))
    for caption in captions[120:123]:  # 3 suffixes in mixed case
        caption.with_suffix(".png").rename(caption.with_suffix(".Png"))
    for caption in captions[140:142]:  # 2 captions of nothing
        (images / f"old_{caption.stem}.txt").write_text("ohwx, nobody\n")


class Session:
    """``wantui`` in a terminal, with every key counted."""

    def __init__(self, folder: Path) -> None:
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)
        clean = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
        environment = {**clean, "TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": str(folder.parent)}
        self._program = pexpect.spawn(
            sys.executable, ["-m", "wantui", "--workspace", str(folder)], dimensions=(LINES, COLUMNS), env=environment
        )
        self._program.delaybeforesend = None
        self.presses = 0
        self.text: list[str] = []

    def shown(self) -> str:
        """The screen as text."""
        with contextlib.suppress(pexpect.TIMEOUT):
            self._stream.feed(self._program.read_nonblocking(1 << 16, timeout=0.05))
        return "\n".join(line.rstrip() for line in self._screen.display)

    def until(self, text: str, *, gone: bool = False) -> None:
        """Wait until `text` is on the screen, or no longer is."""
        deadline = time.monotonic() + PATIENCE_S
        while (text in self.shown()) is gone:
            if time.monotonic() > deadline:
                raise SystemExit(f"{text!r} {'stays' if gone else 'never comes'}:\n{self.shown()}")

    def press(self, *keys: str) -> None:
        """Press keys by their names, or a character each."""
        for key in keys:
            self._program.send(KEYS.get(key, key))
            self.presses += 1
            self.shown()

    def type(self, text: str) -> None:
        """Type a text, a press for each character."""
        self.press(*text)

    def say(self, text: str) -> None:
        """A paragraph of the recording."""
        self.text += ["", text]

    def take(self) -> None:
        """The screen as it is, into the recording."""
        self.text += ["", "```", self.shown().rstrip("\n"), "```"]

    def end(self) -> None:
        """Leave."""
        self.press("q")
        self._program.expect(pexpect.EOF, timeout=PATIENCE_S)


def problems(folder: Path) -> int:
    """How many problems ``wantui check`` counts."""
    words = [sys.executable, "-m", "wantui", "--workspace", str(folder), "check", "--json"]
    done = subprocess.run(words, capture_output=True, check=False)
    found = json.loads(done.stdout)["problems"]
    return len(found)


def work(session: Session) -> None:
    """Fix everything."""
    session.until("problems")
    session.say("`wantui` opens on the dataset. The border counts what is wrong.")
    session.take()
    session.press("p")
    session.until("missing-caption")
    session.say("`p`: every problem, in groups. `→` says what one key would do about it.")
    session.take()
    for code in MENDABLE:
        mend_group(session, code)
    session.say("`n` to the next kind, `M`, `enter`: six kinds are fixed. Twelve captions need a person.")
    session.take()
    session.press("escape")
    session.until("filter")
    session.press("/")
    session.type("status:uncap")
    session.press("enter")
    session.until("12 shown")
    session.press("e")
    for number in range(UNWRITTEN):
        session.until("0 words")
        session.type(f"ohwx, {SUBJECTS[number % len(SUBJECTS)][:4]}")
        session.until("tab ")
        session.press("tab")
        session.type(f", {PLACES[number % len(PLACES)][:6]}")
        session.until("tab ")
        session.press("tab")
        if number == 1:
            session.say("`/status:uncap`, `enter`, `e`: the captions one after the other; `tab` completes from the")
            session.text.append("dataset's own tags, `ctrl+n` saves and goes on.")
            session.take()
        session.press("ctrl+n" if number < UNWRITTEN - 1 else "ctrl+s")
    session.until("Nothing matches")
    session.press("escape")
    session.until("Nothing matches", gone=True)
    session.say("Nothing is left; `u` undoes any of it step by step, also tomorrow.")
    session.take()


def cursor_line(session: Session) -> str:
    """The row of the list of problems that the cursor is on."""
    return next((each for each in session.shown().splitlines() if "▌" in each), "")


def mend_group(session: Session, code: str) -> None:
    """Go to the heading of a kind, and fix all of it."""
    while f" {code} " not in (before := cursor_line(session)):
        session.press("n")
        deadline = time.monotonic() + PATIENCE_S
        while cursor_line(session) == before:
            if time.monotonic() > deadline:
                raise SystemExit(f"there is no {code}:\n{session.shown()}")
    session.press("M")
    session.until("This will be done")
    session.press("enter")
    session.until("This will be done", gone=True)
    session.until(f" {code} ", gone=True)
    session.until("▌")
    session.press("g")


def main() -> None:
    """Make the dataset, fix it, and write the recording."""
    with tempfile.TemporaryDirectory(prefix="wantui-session-") as name:
        folder = Path(name) / "anna"
        make(folder)
        before = problems(folder)
        session = Session(folder)
        begun = time.monotonic()
        work(session)
        seconds = time.monotonic() - begun
        session.end()
        after = problems(folder)
        subprocess.run(
            [sys.executable, "-m", "wantui", "--workspace", str(folder), "supervisor", "stop"], check=False
        )
    said = (
        f"A recording of the program in a terminal of {COLUMNS}x{LINES}, made by `python docs/fixing.py`: "
        f"**{session.presses} key presses**. Most are letters of the {UNWRITTEN} captions that had to be written. "
        f"`wantui check` finds {before} problems in the dataset before, {after} after."
    )
    head = ["# A dataset of two hundred pictures, fixed with the keyboard alone", "", said]
    (HERE / "fixing.md").write_text("\n".join([*head, *session.text, ""]), encoding="utf-8")
    print(f"{session.presses} key presses, {seconds:.0f} s; {before} problems before, {after} after")


if __name__ == "__main__":
    main()
