"""The steps of a run as comma-separated values."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wantui.history.model import TrainingPoint

COLUMNS = ("expert", "step", "epoch", "attempt", "time", "loss", "smoothed_loss", "learning_rate", "grad_norm")


def steps_table(points: Mapping[str, Sequence[TrainingPoint]]) -> str:
    """`COLUMNS`, and a line for each step; what is not known is empty.

    Args:
        points: the steps by expert.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for expert, told in points.items():
        writer.writerows({"expert": expert, **point.document()} for point in told)
    return text.getvalue()
