"""What a release is made of, and the rules by which its epochs are chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.runs.releasing.lora_file import ReleaseError
from wantui.runs.request import NOT_IN_A_FILE_NAME
from wantui.trainer.model import Expert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from wantui.runs.sampling.pairs import Pair
    from wantui.runs.sampling.pictures import SamplePicture

CARD, SUMS, SAMPLES = "README.md", "SHA256SUMS", "samples"
_ENDS = {Expert.HIGH: "high_noise", Expert.LOW: "low_noise"}
"""What files of a pair end with, as WAN2.2's own weights and the LoRAs of ComfyUI's templates do: loaders that look
for the partner of a file change one for the other."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A checkpoint that could be released."""

    expert: Expert
    epoch: int
    path: Path
    loss: float | None = None
    held_out: float | None = None
    held_out_error: float | None = None
    is_lowest: bool = False
    """Whether no other checkpoint of the expert has a lower held-out loss."""
    average: str | None = None
    """See `wantui.runs.probing.checkpoints.Checkpoint.average`."""

    @property
    def member(self) -> int | str:
        """What a pair knows it by: see `wantui.runs.sampling.pairs.Member`."""
        return self.average or self.epoch

    @property
    def mark(self) -> str:
        """What it is named by: ``40``, or ``ema-10-40``."""
        return str(self.member)

    @property
    def words(self) -> str:
        """``epoch 40``, or ``ema-10-40``."""
        return self.average or f"epoch {self.epoch}"


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """One LoRA file of a release."""

    candidate: Candidate
    why: str
    """Why this epoch, in a few words."""
    name: str
    """Of the file."""
    converts: bool
    """Whether single precision becomes half."""

    @property
    def expert(self) -> Expert:
        """Whose file it is."""
        return self.candidate.expert

    @property
    def epoch(self) -> int:
        """After which it was saved; the last one of an average."""
        return self.candidate.epoch


@dataclass(frozen=True, slots=True)
class ReleasePlan:
    """A release as it would be written."""

    run: int
    name: str
    folder: Path
    """That is made."""
    files: tuple[ReleaseFile, ...]
    task: str
    author: str
    trigger: str
    """Empty: the captions have none."""
    trainer_kind: str
    trainer: str
    """With its commit; empty where nobody noted it."""
    dataset: str
    """A digest of what was trained on, names, captions and content; empty where that is not known."""
    items: int
    settings: Mapping[str, Mapping[str, object]]
    """The flags of each expert, by its name; no paths and no secrets."""
    pictures: tuple[SamplePicture, ...]
    """What this very pair has made."""
    loras_folder: Path | None = None
    """ComfyUI's, that the files are put into as well."""

    @property
    def pair(self) -> str:
        """``high 40 + low 60``."""
        return " + ".join(f"{each.expert} {each.candidate.mark}" for each in self.files)


def file_name(name: str, expert: Expert) -> str:
    """``NAME_high_noise.safetensors``."""
    return f"{name}_{_ENDS[expert]}.safetensors"


def check_name(name: str) -> str:
    """A release's name, without blanks around it.

    Raises:
        ReleaseError: no file can be called so.
    """
    bare = name.strip()
    if not bare or bare.startswith(".") or NOT_IN_A_FILE_NAME.search(bare):
        raise ReleaseError(f"name {name!r}: files are called after it, so it has no slash and no dot in front")
    return bare


def choose(
    candidates: Sequence[Candidate], asked: Mapping[Expert, int | str | None], chosen: Pair | None
) -> tuple[tuple[Candidate, str], ...]:
    """One checkpoint of each expert that has any, and why that one, the high-noise expert first.

    The epoch that is asked for; else that of the pair a person has chosen by its pictures, where both are there; else
    the one with the lowest held-out loss; else the last.

    Args:
        candidates: of all experts.
        asked: for an epoch of an expert, or for an average by its name.
        chosen: the pair.

    Raises:
        ReleaseError: there is no such epoch, or nothing at all.
    """
    if not candidates:
        raise ReleaseError("it has no checkpoint that is there; `wantui jobs` shows how far it is")
    kept = {} if chosen is None else {expert: chosen.of(expert) for expert in Expert}
    if any(_of(candidates, expert, epoch) is None for expert, epoch in kept.items()):
        kept = {}
    found = []
    for expert in Expert:
        every = sorted((each for each in candidates if each.expert is expert), key=lambda each: each.epoch)
        mine = [each for each in every if each.average is None]
        epoch = asked.get(expert)
        if epoch is not None:
            wanted = _of(every, expert, epoch)
            if wanted is None:
                there = ", ".join(each.mark for each in every) or "none"
                what = f"checkpoint of epoch {epoch}" if isinstance(epoch, int) else epoch
                raise ReleaseError(f"{expert} has no {what}; there are {there}")
            found.append((wanted, "asked for"))
        elif mine:
            picked = _of(every, expert, kept[expert]) if kept else None
            found.append(_default(mine) if picked is None else (picked, "chosen by its pictures"))
    return tuple(found)


def _default(mine: Sequence[Candidate]) -> tuple[Candidate, str]:
    lowest = next((each for each in mine if each.is_lowest), None)
    if lowest is not None:
        return lowest, "lowest held-out loss"
    return mine[-1], "the last; no held-out loss is known"


def _of(candidates: Sequence[Candidate], expert: Expert, asked: int | str) -> Candidate | None:
    return next((each for each in candidates if (each.expert, each.mark) == (expert, str(asked))), None)
