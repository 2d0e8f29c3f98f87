"""Lists the weight files of a task, and reads them to see whether they are still what the Hub says."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wantui.weights.catalogue import weights_for
from wantui.weights.digests import sha256_of
from wantui.weights.errors import HubError, ModelsError, TransientError
from wantui.weights.hash_cache import HashCache
from wantui.weights.state import WeightPlace, WeightStatus, place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wantui.config import ModelsConfig
    from wantui.paths import Workspace
    from wantui.weights.catalogue import Task, Weight
    from wantui.weights.hub import Hub
    from wantui.weights.remote import Remote


@dataclass(frozen=True, slots=True)
class Listing:
    """The weight files of a task, as they are here."""

    places: tuple[WeightPlace, ...]
    silence: str | None
    """Why the Hub has not said what it has, so that what it said before counts; None where it has."""


@dataclass(frozen=True, slots=True)
class WeightVerdict:
    """What reading one file has shown."""

    weight: Weight
    path: str
    is_good: bool
    message: str
    fix: str | None = None
    """An imperative sentence; None where nothing is to be done."""


@dataclass(slots=True)
class Checker:
    """Looks at the weight files of a workspace."""

    workspace: Workspace
    models: ModelsConfig
    hub: Hub
    stopped: threading.Event = field(default_factory=threading.Event)

    def list(self, task: Task) -> Listing:
        """Every file of a task, with what the Hub says of it, asked once and all at once."""
        weights = weights_for(task)
        with ThreadPoolExecutor(len(weights)) as pool:
            answers = list(pool.map(self._ask, weights))
        hash_cache, targets = HashCache(self.workspace), self.models.by_key()
        places = [
            place(
                weight,
                targets[weight.key],
                answer if not isinstance(answer, str) else hash_cache.remote(weight),
                hash_cache,
            )
            for weight, answer in zip(weights, answers, strict=True)
        ]
        silences = [answer for answer in answers if isinstance(answer, str)]
        return Listing(tuple(places), silences[0] if silences else None)

    def verify(
        self,
        task: Task,
        told: Callable[[WeightPlace], None] = lambda _: None,
        read: Callable[[int], None] = lambda _: None,
    ) -> Iterator[WeightVerdict]:
        """Read every file of a task to its end, whatever is remembered of it.

        Args:
            task: whose files.
            told: is given each file before it is read.
            read: is given the number of bytes after each piece of it.
        """
        for each in self.list(task).places:
            told(each)
            yield self._verdict(each, f"wantui models download --task {task}", read)

    def _ask(self, weight: Weight) -> Remote | str:
        """What the Hub says of a file, or why it does not."""
        try:
            remote = self.hub.remote(weight)
        except (TransientError, HubError) as error:
            return str(error)
        with suppress(ModelsError):  # a workspace that cannot be written can be looked at all the same
            HashCache(self.workspace).remember_remote(weight, remote)
        return remote

    def _verdict(self, each: WeightPlace, load: str, read: Callable[[int], None]) -> WeightVerdict:
        """What can be said of a file; `load` is the command that brings the files of its task here."""
        weight, path = each.weight, str(each.target)
        if each.standing in {WeightStatus.MISSING, WeightStatus.PART}:
            message = "incomplete" if each.here else "missing"
            return WeightVerdict(weight, path, False, message, f"run `{load}`")
        if each.remote is None:
            fix = "run it again while the Hub can be reached"
            return WeightVerdict(weight, path, False, "its sha256 is not known: the Hub was not asked yet", fix)
        try:
            found, identity = sha256_of(each.target, self.stopped, read)
        except ModelsError as error:
            return WeightVerdict(weight, path, False, str(error), "correct its permissions, or load it anew")
        with suppress(ModelsError):  # a workspace that cannot be written can be looked at all the same
            HashCache(self.workspace).remember(each.target, found, identity)
        return self._judged(each, each.remote, found, load)

    def _judged(self, each: WeightPlace, remote: Remote, found: str, load: str) -> WeightVerdict:
        """What the sha256 of a file shows."""
        weight, path = each.weight, str(each.target)
        if found == remote.sha256:
            return WeightVerdict(weight, path, True, "complete: its sha256 is the Hub's")
        if found in HashCache(self.workspace).earlier(weight):
            return WeightVerdict(weight, path, True, "complete: its sha256 is that of an earlier file of the Hub's")
        if each.target.name != weight.name:
            return WeightVerdict(weight, path, True, "a file of your own, which the Hub knows nothing of")
        what = f"{each.here} bytes, and the Hub's has {remote.size}"
        if each.here == remote.size:
            what = f"its sha256 is {found}, and the Hub's is {remote.sha256}"
        return WeightVerdict(weight, path, False, f"damaged: {what}", f"run `{load} --replace`")
