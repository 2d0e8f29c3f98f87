"""How long `wantui doctor` takes: on a bare box, with a torch to import, and with an interpreter that hangs.

``WANTUI_TEST_MUSUBI_PYTHON`` names the interpreter of a trainer's environment; without it that row is left out. Five
seconds are the bound.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5
HANGS = "#!/bin/sh\nsleep 600 &\nwait\n"


def seconds(folder: Path, settings: str) -> list[float]:
    """Of each of several runs."""
    (folder / "wantui.toml").write_text(settings)
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "wantui", "doctor", "--json"], cwd=folder, check=False, stdout=subprocess.DEVNULL
        )
        taken.append(time.perf_counter() - begun)
        if done.returncode not in (0, 1):
            raise SystemExit(f"the doctor broke down with exit code {done.returncode}")
    return taken


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        hangs = folder / "hangs"
        hangs.write_text(HANGS)
        hangs.chmod(0o755)
        rows = {"bare box": ""}
        python = os.environ.get("WANTUI_TEST_MUSUBI_PYTHON")
        if python:
            rows["with torch"] = f'[trainer]\npython = "{python}"\n'
        rows["hangs"] = f'[trainer]\npython = "{hangs}"\n'
        for name, settings in rows.items():
            taken = seconds(folder, settings)
            print(f"  {name:<12} {statistics.median(taken):6.2f} s, at most {max(taken):.2f}")


if __name__ == "__main__":
    main()
