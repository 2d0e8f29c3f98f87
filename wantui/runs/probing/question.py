"""What checkpoints are asked: which items, how often, with which noise; and what each item is to the run."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wantui import atomic, reading
from wantui.caches import snapshot
from wantui.caches.content import text_digest
from wantui.caches.items import rows_of
from wantui.caches.model import CacheError, CacheReport, CacheState
from wantui.listing.losses import key_of
from wantui.runs.errors import PlanError
from wantui.runs.probing.results import HELD_OUT, TRAINING
from wantui.runs.training_set import TrainingSet

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from wantui.caches.items import Row
    from wantui.caches.model import CacheVerdict
    from wantui.dataset.model import Item
    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.runs.dataset_report import DatasetReport

FEWEST_DRAWS = 4
STEPS_WANTED = 64
"""Draws of all items together, where nobody says how many: as many items as there are, and each at least
`FEWEST_DRAWS` times."""


@dataclass(frozen=True, slots=True)
class ProbeQuestion:
    """What the checkpoints of one run are asked."""

    items: tuple[Item, ...]
    sets: dict[str, str]
    """By `key_of`: what the item is to the run."""
    draws: int
    seed: int
    digest: str
    """`wantui.runs.probing.results.Probed.question`."""

    @property
    def caches(self) -> dict[str, str]:
        """`key_of` each item by section and name of its latent cache files: ``0/anna_0096x0064_wan.safetensors``."""
        return {f"{item.subset}/{path.name}": key_of(item) for item in self.items for path in item.latent_caches}

    def not_current(self, look: DatasetReport) -> str | None:
        """The first cache of its items that is not current, as a sentence; None: all are."""
        verdicts = _verdicts(look, self.items)
        bad = next((each for each in verdicts if each.state is not CacheState.CURRENT), None)
        if bad is None:
            return None
        return f"{bad.path.name}: {bad.why or bad.state}; `wantui cache` encodes it"

    def make_dataset(self, look: DatasetReport, folder: Path) -> Path:
        """Make a dataset of just its items, in batches of one and without repeats; where its file is.

        Raises:
            CacheError: a cache is not current, or nothing can be linked.
        """
        chosen = replace(look.dataset, items=self.items)
        made = snapshot.take(chosen, CacheReport(_verdicts(look, self.items)), folder, look.records)
        if made is None:
            raise CacheError(f"{folder}: caches cannot be linked here (other file system, or brackets in the path)")
        document = reading.read_json(made.dataset)
        sections = {item.subset for item in self.items}
        general = {key: value for key, value in document.get("general", {}).items() if key not in _ONE_BY_ONE}
        kept = [section | _ONE_BY_ONE for at, section in enumerate(document["datasets"]) if at in sections]
        atomic.write_json(made.dataset, {"general": general, "datasets": kept})
        return made.dataset


_ONE_BY_ONE = {"batch_size": 1, "num_repeats": 1}


def to_ask(
    workspace: Workspace,
    run: Run,
    look: DatasetReport,
    wanted: Collection[str] | None,
    *,
    draws: int | None,
    seed: int,
) -> ProbeQuestion:
    """What to ask the checkpoints of `run`.

    An item counts as held out where the run has not trained on it, nor on one with the same content, whatever is held
    out now: only then does its loss tell something.

    Args:
        workspace: of the run.
        run: a training.
        look: at its dataset, now.
        wanted: `key_of` the items; None: those that are held out now.
        draws: of each item; None: by their number.
        seed: of noise, timesteps and order.

    Raises:
        PlanError: there is nothing to ask about; the message says why.
        CacheError: media cannot be noted.
    """
    sets = sets_of(workspace, run, look)
    if wanted is None:
        held = [item for item in look.dataset.items if item.key in look.held_out]
        items = [item for item in held if sets[key_of(item)] == HELD_OUT]
        if not items:
            raise PlanError(_why_nothing(run, held))
    else:
        items = [item for item in look.dataset.items if key_of(item) in wanted]
    items = [item for item in items if item.problem is None and item.caption is not None and item.latent_caches]
    if not items:
        raise PlanError("none of the items can be asked about: they are gone, or have no media or caption")
    times = max(FEWEST_DRAWS, -(-STEPS_WANTED // len(items))) if draws is None else draws
    rows = rows_of(replace(look.dataset, items=tuple(items)), look.records)
    return ProbeQuestion(
        items=tuple(items),
        sets={key_of(item): sets[key_of(item)] for item in items},
        draws=times,
        seed=seed,
        digest=_digest(rows, times, seed),
    )


def sets_of(workspace: Workspace, run: Run, look: DatasetReport) -> dict[str, str]:
    """What each item of the dataset is to `run`, by `key_of`.

    Raises:
        PlanError: the run has no training set.
        CacheError: media cannot be noted.
    """
    try:
        trained = TrainingSet.of(workspace, run).rows()
    except CacheError as error:
        raise PlanError(f"run {run.number} has not trained on anything that is known: {error}") from error
    return _sets(trained, rows_of(look.dataset, look.records))


def _sets(trained: Iterable[Row], now: Iterable[Row]) -> dict[str, str]:
    keys: set[tuple[Any, Any]] = set()
    contents = set()
    for row in trained:
        keys.add((row["subset"], row["name"]))
        contents.add(row["media_hash"])
    contents.discard(None)
    return {
        f"{row['subset']}/{row['name']}": (
            TRAINING if (row["subset"], row["name"]) in keys or row["media_hash"] in contents else HELD_OUT
        )
        for row in now
    }


def _why_nothing(run: Run, held: list[Item]) -> str:
    if held:
        trained = f"run {run.number} has trained on every item that is held out now, so their loss tells nothing new"
        return f"{trained}; a run that is started now leaves them out (`--items FILTER` asks all the same)"
    return "no item is held out: `wantui items hold-out --number 4` draws some; `--items FILTER` asks about others"


def _digest(rows: list[Row], draws: int, seed: int) -> str:
    asked = [[row[key] for key in ("subset", "name", "media_hash", "caption", "bucket", "latents")] for row in rows]
    return text_digest(json.dumps([asked, draws, seed]))


def _verdicts(look: DatasetReport, items: Iterable[Item]) -> tuple[CacheVerdict, ...]:
    wanted = {str(path) for item in items for path in (*item.latent_caches, item.text_cache)}
    return tuple(each for each in look.caches.verdicts if each.key in wanted)
