"""The trainers there are, by the names that ``[trainer] kind`` may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.trainer.model import TrainerError

if TYPE_CHECKING:
    from wantui.trainer.protocol import Trainer

KINDS = ("musubi", "rehearsal")


def trainer(kind: str) -> Trainer:
    """The trainer called `kind`; only its own modules are imported.

    Raises:
        TrainerError: there is none of that name.
    """
    if kind == "musubi":
        from wantui.trainer.musubi.trainer import MusubiTrainer  # noqa: PLC0415  imported when asked for

        return MusubiTrainer()
    if kind == "rehearsal":
        from wantui.trainer.rehearsal.trainer import RehearsalTrainer  # noqa: PLC0415  imported when asked for

        return RehearsalTrainer()
    raise TrainerError(f"there is no trainer {kind!r}; set [trainer] kind to one of: {', '.join(KINDS)}")
