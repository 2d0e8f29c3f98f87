"""The real trainer with tiny models: what proves the whole chain before the big download.

`FOLDER` goes first on ``PYTHONPATH`` of the trainer's processes; see ``sitecustomize.py`` there.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
"""Holds ``sitecustomize.py``, which Python imports before anything else."""
MAKE_WEIGHTS = FOLDER / "make_weights.py"


def weight_files(folder: Path, task: str) -> dict[str, Path]:
    """The files that ``make_weights.py`` writes, by the keys of ``[models]``.

    Args:
        folder: where it wrote them.
        task: ``t2v`` or ``i2v``.
    """
    experts = {f"{task}_{noise}": folder / f"{task}_{noise}.safetensors" for noise in ("high", "low")}
    return {"t5": folder / "t5.pth", "vae": folder / "vae.safetensors"} | experts
