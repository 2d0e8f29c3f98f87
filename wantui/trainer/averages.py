"""The seam's values for averaging checkpoints of one training: a post-hoc EMA (exponential moving average)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.errors import BadInputError

if TYPE_CHECKING:
    from pathlib import Path

USUAL_SIGMA = 0.2
"""Where nothing else is asked for: what the trainer's ``docs/tools.md`` begins with, over all epochs. A fixed beta
gives the first checkpoint by far the most weight."""
LEAST_SIGMA, MOST_SIGMA = 0.01, 0.288
"""From 1/√12 = 0.2887 on the trainer's equation has no solution, and its script fails."""


@dataclass(frozen=True, slots=True)
class Decay:
    """How fast an average forgets: by a fixed share, or by one that grows with each checkpoint."""

    beta: float | None = None
    """The share of the average so far, when the next checkpoint is added to it."""
    sigma_rel: float | None = None
    """The width of the average as a share of the training: the power function EMA of arXiv 2312.02696."""

    @classmethod
    def of(cls, beta: float | None, sigma_rel: float | None) -> Decay:
        """What a person asks for; `USUAL_SIGMA` where that is nothing.

        Raises:
            BadInputError: the trainer cannot reckon with it.
        """
        if beta is not None and sigma_rel is not None:
            raise BadInputError("beta and sigma are two ways of saying how fast it forgets: give one of them")
        if beta is not None and not 0 < beta < 1:
            raise BadInputError(f"beta {beta:g}: it lies between 0 and 1, such as 0.9")
        if sigma_rel is not None and not LEAST_SIGMA <= sigma_rel <= MOST_SIGMA:
            why = "the trainer's equation has no solution beyond"
            raise BadInputError(f"sigma {sigma_rel:g}: it lies between {LEAST_SIGMA} and {MOST_SIGMA}; {why}")
        return cls(None, USUAL_SIGMA) if beta is None and sigma_rel is None else cls(beta, sigma_rel)

    @property
    def fewest(self) -> int:
        """Checkpoints that make an average: by sigma the first one gets no weight at all."""
        return 2 if self.sigma_rel is None else 3

    def __str__(self) -> str:
        return f"beta {self.beta:g}" if self.sigma_rel is None else f"sigma {self.sigma_rel:g}"

    @property
    def suffix(self) -> str:
        """What names end with where it is not the usual one: ``-beta0.9``."""
        return "" if self == Decay(None, USUAL_SIGMA) else f"-{str(self).replace(' ', '')}"

    def betas(self, count: int) -> tuple[float, ...]:
        """The share that the average so far keeps, at each of `count` checkpoints but the first."""
        if self.sigma_rel is None:
            return (self.beta or 0.0,) * (count - 1)
        power = _gamma(self.sigma_rel) + 1
        return tuple((1 - 1 / number) ** power for number in range(1, count))

    def weights(self, count: int) -> tuple[float, ...]:
        """The share of each of `count` checkpoints in the average, the oldest first; 1 together."""
        shares = [1.0]
        for beta in self.betas(count):
            shares = [*(share * beta for share in shares), 1 - beta]
        return tuple(shares)


def _gamma(sigma_rel: float) -> float:
    """The positive root of x³ + 7x² + (16 - t)x + 12 - t with t = 1 / sigma_rel², as in the trainer's script.

    By halving: there is one root alone, since the signs of its coefficients change once where t is above 12.
    """
    t = sigma_rel**-2
    low, high = 0.0, t
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if ((middle + 7) * middle + 16 - t) * middle + 12 - t < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


@dataclass(frozen=True, slots=True)
class AverageTask:
    """One average that is made."""

    checkpoints: tuple[Path, ...]
    """LoRA files of one training, by epoch: this order counts, whatever the times of the files."""
    decay: Decay
    target: Path
    """The LoRA file that is written."""
