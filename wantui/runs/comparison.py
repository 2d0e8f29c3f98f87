"""How two runs differ in what they were told and trained on: differences alone, each value before and after."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from wantui.caches.items import ItemsDifference
from wantui.jobs.shown import shown
from wantui.runs.kept_settings import KeptSettings
from wantui.runs.run_report import compare, report_of
from wantui.runs.setting_words import MAIN_FLAGS, is_same, name_of, value_in_words
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import Expert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wantui.caches.items import Row
    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.runs.run_report import ReportDifference, RunReport
    from wantui.trainer.model import RunSettings

_FLAGS = ("training", "training_high", "training_low")
"""Settings whose differences are told flag by flag."""
_NONE = {"gpus": "any", "loaded": "none"}
"""What is said of settings that have no value."""
_TABLES = ("models", "caching_latents", "caching_text")
"""Settings that are tables, told key by key."""


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """A value that differs."""

    what: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class RunDifference:
    """How a later run differs from an earlier one."""

    settings: tuple[ChangedValue, ...] = ()
    """Those that people change most first."""
    items: ItemsDifference = field(default_factory=ItemsDifference)
    captions: tuple[ChangedValue, ...] = ()
    """Of the items that both have: name and captions."""

    def __bool__(self) -> bool:
        return bool(self.settings or self.items)

    def summary(self) -> tuple[str, ...]:
        """One part for each change, items counted: ``learning rate 3e-4 → 2e-4``, ``3 captions changed``."""
        said = [f"{each.what} {each.was} → {each.now}" for each in self.settings]
        return (*said, str(self.items)) if self.items else tuple(said)


def differences(workspace: Workspace, one: Run, other: Run) -> RunDifference:
    """How `other` differs from `one`."""
    before, after = report_of(workspace, one), report_of(workspace, other)
    found = compare(before, after)
    settings = sorted(_settings(before, after, found), key=_place)
    return RunDifference(tuple(settings), found.items, tuple(_captions(before.items, after.items)))


def _place(changed: ChangedValue) -> int:
    """What decides on the training comes first, what the files are called comes last."""
    if changed.what.partition(" of ")[0] in MAIN_FLAGS.values():
        return 0
    return 2 if changed.what in (name_of("suffix"), name_of("author"), name_of("output_directory")) else 1


def _settings(one: RunReport, other: RunReport, found: ReportDifference) -> Iterator[ChangedValue]:
    try:
        before, now = (KeptSettings.from_document(report.run.settings).settings for report in (one, other))
        yield from flag_differences(before, now)
    except ValueError:  # a run that trains nothing
        pass
    for key, values in found.settings.items():
        if key not in (*_FLAGS, *_TABLES):
            yield ChangedValue(name_of(key), *(_value(key, value) for value in values))
    was, now_is = found.settings.get("models", ({}, {}))
    yield from _table(was or {}, now_is or {}, " weights")
    if found.trainer:
        yield ChangedValue("trainer", *(said or "not known" for said in found.trainer))


def flag_differences(one: RunSettings, other: RunSettings) -> Iterator[ChangedValue]:
    """The flags by which two runs differ: of the training as the experts have them, and of the cache scripts.

    Where nobody has set one, the workflow's value stands. One line for both experts where they differ alike.
    """
    before, now = (_by_expert(each, one) for each in (one, other))
    for key in dict.fromkeys(key for side in (before, now) for flags in side.values() for key in flags):
        pairs = {expert: (before[expert].get(key), now[expert].get(key)) for expert in Expert}
        differing = {expert: pair for expert, pair in pairs.items() if not is_same(*pair)}
        high, low = pairs[Expert.HIGH], pairs[Expert.LOW]
        if len(differing) == len(pairs) and is_same(high[0], low[0]) and is_same(high[1], low[1]):
            yield _changed(key, "", high)
        else:
            for expert, pair in differing.items():
                yield _changed(key, f" of {expert}", pair)
    for script in ("latents", "text"):
        was, now_is = (getattr(settings, f"caching_{script}") for settings in (one, other))
        yield from _table(was, now_is, f" of the {script} cache")


def _by_expert(settings: RunSettings, others: RunSettings) -> dict[Expert, dict[str, Any]]:
    """The flags of each expert; what is no flag of the user's is of `others`, so that it makes no difference."""
    flags = {name: getattr(settings, name) for name in _FLAGS}
    tool = trainer(others.trainer_kind)
    return {expert: tool.training_flags(replace(others, **flags), expert) for expert in Expert}


def _table(was: dict[str, Any], now: dict[str, Any], of: str = "") -> Iterator[ChangedValue]:
    for name in dict.fromkeys((*was, *now)):
        if not is_same(was.get(name), now.get(name)):
            yield _changed(name, of, (was.get(name), now.get(name)))


def _changed(key: str, of: str, values: tuple[Any, Any]) -> ChangedValue:
    """A setting that differs, also where it is not shown how."""
    was, now = (value_in_words(shown(key, value)) for value in values)
    return ChangedValue(f"{name_of(key)}{of}", was, now)


def _value(key: str, value: Any) -> str:
    return _NONE.get(key, value_in_words(None)) if value is None else value_in_words(value)


def _captions(one: Iterable[Row], other: Iterable[Row]) -> Iterator[ChangedValue]:
    """Captions of the same items that differ, by name."""
    before = {(row["subset"], row["name"]): str(row["caption"] or "") for row in one}
    for row in sorted(other, key=lambda each: (each["subset"], each["name"])):
        was, now = before.get((row["subset"], row["name"])), str(row["caption"] or "")
        if was is not None and was != now:
            yield ChangedValue(row["name"], was, now)
