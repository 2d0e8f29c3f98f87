"""Lists the weight files of a task, and reads them to see whether they are still what the Hub says."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wantui.models.catalogue import weights_for
from wantui.models.digests import sha256_of
from wantui.models.errors import Fault, HubError, ModelsError
from wantui.models.ledger import Ledger
from wantui.models.state import Place, Standing, place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wantui.config import ModelsConfig
    from wantui.models.catalogue import Task, Weight
    from wantui.models.hub import Hub, Remote
    from wantui.paths import Workspace


@dataclass(frozen=True, slots=True)
class Listing:
    """The weight files of a task, as they are here."""

    places: tuple[Place, ...]
    silence: str | None
    """Why the Hub has not said what it has, so that what it said before counts; None where it has."""


@dataclass(frozen=True, slots=True)
class Verdict:
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
        ledger, targets = Ledger(self.workspace), self.models.by_key()
        places = [
            place(
                weight, targets[weight.key], answer if not isinstance(answer, str) else ledger.remote(weight), ledger
            )
            for weight, answer in zip(weights, answers, strict=True)
        ]
        silences = [answer for answer in answers if isinstance(answer, str)]
        return Listing(tuple(places), silences[0] if silences else None)

    def verify(self, task: Task, told: Callable[[Place], None] = lambda _: None) -> Iterator[Verdict]:
        """Read every file of a task to its end, whatever is remembered of it.

        Args:
            task: whose files.
            told: is given each file before it is read.
        """
        for each in self.list(task).places:
            told(each)
            yield self._verdict(each)

    def _ask(self, weight: Weight) -> Remote | str:
        """What the Hub says of a file, or why it does not."""
        try:
            remote = self.hub.remote(weight)
        except (Fault, HubError) as error:
            return str(error)
        Ledger(self.workspace).remember_remote(weight, remote)
        return remote

    def _verdict(self, each: Place) -> Verdict:
        weight, path, load = each.weight, str(each.target), "run `wantui models download`"
        if each.standing in {Standing.MISSING, Standing.PART}:
            return Verdict(weight, path, False, "missing" if not each.here else "not all of it is here", load)
        if each.remote is None:
            fix = "run it again while the Hub can be reached"
            return Verdict(weight, path, False, "the Hub was never asked what it must be", fix)
        try:
            found = sha256_of(each.target, self.stopped, lambda _: None)
        except ModelsError as error:
            return Verdict(weight, path, False, str(error), "correct its permissions, or load it anew")
        Ledger(self.workspace).remember(each.target, found)
        if found == each.remote.sha256:
            return Verdict(weight, path, True, "whole: its sha256 is the Hub's")
        if each.target.name != weight.name:
            return Verdict(weight, path, True, "a file of your own, which the Hub knows nothing of")
        size = each.target.stat().st_size
        what = f"{size} bytes, and the Hub's has {each.remote.size}"
        if size == each.remote.size:
            what = f"its sha256 is {found}, and the Hub's is {each.remote.sha256}"
        return Verdict(weight, path, False, f"damaged: {what}", "run `wantui models download --replace`")
