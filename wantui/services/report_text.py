"""What a run was, put into words: trainer, settings, items, and how it differs from the training before it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from wantui.formatting import in_words
from wantui.jobs.store import RunStore
from wantui.runs.run_report import compare, report_of, training_before
from wantui.services.values import RunReportText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.paths import Workspace
    from wantui.runs.run_report import ReportDifference

_SAID = {
    "added": "items added",
    "removed": "items removed",
    "recaptioned": "other captions",
    "repixelled": "other pixels",
    "resized": "other size or length",
}


def tell(workspace: Workspace, number: int) -> RunReportText:
    """The report of a run.

    Raises:
        JobError: there is no such run.
    """
    store = RunStore(workspace)
    run = store.get(number)
    report = report_of(workspace, run)
    before = training_before(store, run)
    differs = () if before is None else tuple(_differences(compare(report_of(workspace, before), report)))
    memory = ((f"memory, {kind}", said) for kind, said in report.memory.items())
    return RunReportText(
        run=number,
        kind=str(run.kind),
        trainer=report.trainer,
        settings=(
            *memory,
            *((f"attempts, {kind}", "\n".join(ends)) for kind, ends in report.attempts.items()),
            *((key, in_words(value, "\n")) for key, value in report.told_settings.items()),
        ),
        items=tuple((row["name"], row["caption"] or "") for row in report.items),
        before=None if before is None else before.number,
        differs=differs,
    )


def _differences(found: ReportDifference) -> Iterator[tuple[str, str]]:
    if found.trainer:
        yield "trainer", f"{found.trainer[0] or 'not known'} → {found.trainer[1] or 'not known'}"
    for key, (was, now) in found.settings.items():
        yield key, f"{in_words(was)} → {in_words(now)}"
    for what, names in asdict(found.items).items():
        if names:
            yield _SAID.get(what, what), ", ".join(names)
