"""Which pair a person has chosen, and what blind comparisons have come to; kept beside the pictures.

In a comparison a person sees what two pairs made of one prompt, without their names, and says which is better.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wantui import atomic, locks, reading
from wantui.formatting import plain_plural
from wantui.jobs.fields import FieldError, Fields
from wantui.jobs.model import JobError
from wantui.jobs.store import run_folder
from wantui.runs.sampling.pairs import Pair

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

    from wantui.paths import Workspace
    from wantui.runs.sampling.pictures import SamplePicture

_VERSION = 1
_TWO = 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """One answer."""

    prompt: str
    """The prompt's line."""
    better: Pair
    worse: Pair
    is_tie: bool = False
    """Neither was: `better` and `worse` are only the two."""
    when: float = 0.0
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How often a pair was the better one."""

    pair: Pair
    won: int
    lost: int
    tied: int

    def __str__(self) -> str:
        ties = f", {plain_plural(self.tied, 'tie')}" if self.tied else ""
        return f"{self.pair}: {self.won} won, {self.lost} lost{ties}"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person has said of a run's pairs."""

    chosen: Pair | None = None
    comparisons: tuple[Comparison, ...] = field(default=())

    @property
    def standings(self) -> tuple[Standing, ...]:
        """Every pair that was compared, the best first."""
        pairs = sorted({pair for each in self.comparisons for pair in (each.better, each.worse)})
        found = [self._standing(pair) for pair in pairs]
        return tuple(sorted(found, key=lambda each: (each.lost - each.won, -each.won)))

    @property
    def ahead(self) -> str:
        """Which pair is ahead, and why, as a sentence; empty where nothing was compared."""
        standings = self.standings
        if not standings:
            return ""
        first, second = standings[0], standings[1]
        total = plain_plural(len(self.comparisons), "comparison")
        if first.won - first.lost == second.won - second.lost:
            return f"none is ahead after {total}: {first}; {second}"
        between = [each for each in self.comparisons if {each.better, each.worse} == {first.pair, second.pair}]
        direct = sum(not each.is_tie and each.better == first.pair for each in between)
        against = f", {direct} of {len(between)} against {second.pair}" if between else ""
        lost = f" and lost {first.lost}" if first.lost else " and lost none"
        return f"{first.pair} is ahead after {total}: it won {first.won}{lost}{against}"

    def _standing(self, pair: Pair) -> Standing:
        mine = [each for each in self.comparisons if pair in (each.better, each.worse)]
        tied = sum(each.is_tie for each in mine)
        won = sum(not each.is_tie and each.better == pair for each in mine)
        return Standing(pair, won, len(mine) - tied - won, tied)


class Judgements:
    """What is kept of one run, in ``.wantui/runs/N/samples/judged.json``."""

    def __init__(self, workspace: Workspace, number: int) -> None:
        self._workspace = workspace
        self._number = number
        self.file = run_folder(workspace, number) / "samples" / "judged.json"

    def read(self) -> Judged:
        """What was said so far.

        Raises:
            JobError: the file is broken.
        """
        try:
            fields = Fields(reading.read_json(self.file), "judged.json")
            chosen = fields.inner_or_none("chosen")
            comparisons = tuple(_comparison(each) for each in fields.objects("comparisons"))
            return Judged(None if chosen is None else Pair.from_fields(chosen), comparisons)
        except FileNotFoundError:
            return Judged()
        except (OSError, ValueError) as error:
            raise JobError(f"{self.file}: cannot be read ({error}); move it away to start over") from error

    def choose(self, pair: Pair | None) -> Judged:
        """Keep which pair is chosen; None: none is. Raises as `compare`."""
        with self._lock():
            return self._write(Judged(pair, self.read().comparisons))

    def compare(self, prompt: str, better: Pair, worse: Pair, *, is_tie: bool = False) -> Judged:
        """Keep an answer.

        Raises:
            JobError: the file is broken.
            OSError: it cannot be written.
        """
        with self._lock():
            kept = self.read()
            told = Comparison(prompt, better, worse, is_tie, time.time())
            return self._write(Judged(kept.chosen, (*kept.comparisons, told)))

    def _lock(self) -> Any:
        return locks.held(self._workspace.runtime / f"samples-{self._number}.lock")

    def _write(self, judged: Judged) -> Judged:
        self.file.parent.mkdir(exist_ok=True)
        document = {
            "version": _VERSION,
            "chosen": None if judged.chosen is None else judged.chosen.to_document(),
            "comparisons": [
                {
                    "prompt": each.prompt,
                    "better": each.better.to_document(),
                    "worse": each.worse.to_document(),
                    "tie": each.is_tie,
                    "when": each.when,
                }
                for each in judged.comparisons
            ],
        }
        atomic.write_json(self.file, document)
        return judged


def next_comparison(
    pictures: Iterable[SamplePicture], judged: Judged, drawn: random.Random
) -> tuple[SamplePicture, SamplePicture] | None:
    """Two pictures of one prompt by different pairs, of those compared least often; None where there are none.

    Args:
        pictures: to choose from.
        judged: what was compared already.
        drawn: decides among equals, and which of the two comes first.
    """
    by_prompt: dict[str, list[SamplePicture]] = {}
    for picture in pictures:
        by_prompt.setdefault(picture.prompt.line(), []).append(picture)
    done = [(each.prompt, frozenset((each.better, each.worse))) for each in judged.comparisons]
    pairs_done = [pairs for _, pairs in done]
    found: list[tuple[tuple[int, int, float], tuple[SamplePicture, SamplePicture]]] = []
    for line, same in by_prompt.items():
        for at, one in enumerate(same):
            for other in same[at + 1 :]:
                pairs = frozenset((one.pair, other.pair))
                if len(pairs) == _TWO:
                    rank = (done.count((line, pairs)), pairs_done.count(pairs), drawn.random())
                    found.append((rank, (one, other)))
    if not found:
        return None
    one, other = min(found, key=lambda each: each[0])[1]
    return (one, other) if drawn.random() < 1 / 2 else (other, one)


def _comparison(fields: Fields) -> Comparison:
    better, worse = Pair.from_fields(fields.inner("better")), Pair.from_fields(fields.inner("worse"))
    if better == worse:
        raise FieldError(f"comparisons: {better} is compared with itself")
    return Comparison(
        fields.text("prompt"),
        better,
        worse,
        fields.flag("tie"),
        fields.number("when"),
    )
