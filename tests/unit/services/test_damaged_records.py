"""The view of a run, and two runs compared, whatever lies in a run's folder: an answer, or an error with the file."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.finished_run import finished_run
from wantui.errors import WantuiError
from wantui.runs.probing.results import HELD_OUT, ItemLoss, Probed, Results
from wantui.services.comparing import compare_runs
from wantui.services.run_view import run_view

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.paths import Workspace
    from wantui.services.comparing import RunsCompared

WRONG: tuple[Any, ...] = (None, 10**400, "x", [], {"a": {"b": [1]}})


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Two runs, the second of which has been asked for its losses."""
    folder: Path = tmp_path_factory.mktemp("damaged")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANTUI_RUNTIME_DIR", str(folder / "runtime"))
        made = finished_run(folder / "w")
        second = made.runs / "2"
        shutil.copytree(made.runs / "1", second)
        record = (second / "run.json").read_text()
        record = re.sub(r'"(number|run)": 1\b', r'"\1": 2', record)
        (second / "run.json").write_text(re.sub(r'"1\.(\w+)"', r'"2.\1"', record))
        for epoch in (2, 4):
            losses = tuple(ItemLoss(key, HELD_OUT, (0.1, 0.2)) for key in ("0/a", "0/b"))
            Results(made, 2).keep(Probed("high", epoch, "question", "x", (1, 2), 3.0, losses))
        yield made


def places(document: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a document, of lists the first only."""
    yield at
    first = enumerate(document[:1]) if isinstance(document, list) else ()
    inner = document.items() if isinstance(document, dict) else first
    for key, value in inner:
        yield from places(value, (*at, key))


def with_other(document: Any, at: tuple[str | int, ...], value: object) -> Any:
    if not at:
        return value
    changed = json.loads(json.dumps(document))
    here = changed
    for key in at[:-1]:
        here = here[key]
    here[at[-1]] = value
    return changed


def looked(workspace: Workspace) -> RunsCompared | None:
    try:
        return compare_runs(workspace, 1, 2)
    except WantuiError:
        return None


@pytest.mark.parametrize("name", ["probe.json", "caches-1-items.json", "high.saved.json", "run.json"])
def test_any_value_in_any_place_is_told_or_passed_over(workspace: Workspace, name: str) -> None:
    file = workspace.runs / "2" / name
    whole = file.read_text()
    document = json.loads(whole)
    settings = document["settings"] if name == "run.json" else None
    try:
        for at in places(document if settings is None else settings):
            for value in WRONG:
                changed = with_other(document, at if settings is None else ("settings", *at), value)
                file.write_text(json.dumps(changed))
                looked(workspace)
    finally:
        file.write_text(whole)
    assert looked(workspace) is not None


def test_of_a_record_with_a_broken_table_the_rest_is_shown(workspace: Workspace) -> None:
    file = workspace.runs / "2" / "run.json"
    whole = file.read_text()
    try:
        file.write_text(json.dumps(with_other(json.loads(whole), ("settings", "run", "models"), "x")))
        assert dict(run_view(workspace, 2).settings)["epochs"] == "6"
    finally:
        file.write_text(whole)
