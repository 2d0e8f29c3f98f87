"""Records and requests of any form: a run, or a sentence; never anything else."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.gpus.leases import Leases
from wantui.gpus.simulated import SimulatedProvider
from wantui.jobs.codec import run_from_document, run_to_document, spec_from_document
from wantui.jobs.fields import FieldError, Fields
from wantui.jobs.hook import HookResult
from wantui.jobs.model import Job, JobError, JobKind, JobSpec, JobState, Run, RunKind
from wantui.jobs.process import ProcessIdentity
from wantui.jobs.store import RunStore, job_files, read_exit, run_folder
from wantui.paths import Workspace
from wantui.runs.summary import read_summary
from wantui.runs.watch.state import read_state
from wantui.supervisor.engine import Engine
from wantui.supervisor.local import LocalMachine
from wantui.supervisor.requests import OPERATIONS, answer
from wantui.supervisor.spawn import read_started

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def a_run(number: int = 7) -> Run:
    spec = JobSpec(
        kind=JobKind.HIGH, argv=("python", "train.py"), cwd=Path("/w"), env={"A": "b"},
        needs=(), prepare=("gate",), verify=("gate", "verify"),
    )  # fmt: skip
    job = Job(
        f"{number}.high", number, spec, JobState.RUNNING, 1.5, gpu=0, gpu_uuid="GPU-0", pid=4,
        shim=ProcessIdentity(3, 5, "boot"), argv=spec.argv, env={"A": "b"}, started=2.5,
    )  # fmt: skip
    return Run(number, RunKind.TRAIN, 1.0, {"epochs": 4}, (job,))


def test_a_run_comes_back_as_it_was() -> None:
    assert run_from_document(json.loads(json.dumps(run_to_document(a_run()))), 7) == a_run()


def test_what_the_queue_knows_of_a_run_comes_back_and_is_not_wanted_of_old_records() -> None:
    run = replace(a_run(), order=2.5, held=True, after=(3, 5))
    document = run_to_document(run)
    assert run_from_document(json.loads(json.dumps(document)), 7) == run
    for name in ("order", "held", "after"):
        del document[name]
    assert run_from_document(document, 7) == a_run()


@pytest.mark.parametrize("after", [[7], [8], [0], [-1], [1.5], ["3"], 3])
def test_a_run_is_after_runs_with_lower_numbers_alone(after: object) -> None:
    with pytest.raises(FieldError):
        run_from_document(run_to_document(a_run()) | {"after": after}, 7)


@st.composite
def spoilt(draw: st.DrawFn) -> Any:
    """A record in which one field, wherever it lies, is something else or gone."""
    document = json.loads(json.dumps(run_to_document(a_run())))
    place: Any = document
    while True:
        keys: list[Any] = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if isinstance(inner, (dict, list)) and inner and draw(st.booleans()):
            place = inner
            continue
        if draw(st.booleans()):
            place[key] = draw(ANYTHING)
        else:
            del place[key]
        return document


@given(spoilt())
def test_a_spoilt_run_is_a_run_that_can_be_written_again_or_an_error(document: Any) -> None:
    try:
        run = run_from_document(document, 7)
    except FieldError:
        return
    text = json.dumps(run_to_document(run))
    assert json.dumps(run_to_document(run_from_document(json.loads(text), 7))) == text  # NaN is equal to nothing


@given(ANYTHING)
def test_no_document_is_more_than_an_error(document: Any) -> None:
    for read in (run_from_document, spec_from_document, lambda each: Fields(each, "x").integer("n")):
        with pytest.raises(FieldError):
            read(document)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"number": 8}, "it says that it is run 8"),
        ({"version": 2}, "version 2"),
        ({"created": float("inf")}, "created: a number is wanted"),
        ({"settings": None}, "settings: an object is wanted"),
        ({"jobs": []}, "one job of a kind"),
        ({"jobs": [1]}, r"jobs\[0\]: an object is wanted, not 1"),
        ({"kind": "sing"}, "'sing' is none of train"),
    ],
)
def test_an_error_says_which_field_and_what_is_wanted(change: dict[str, Any], says: str) -> None:
    with pytest.raises(FieldError, match=says):
        run_from_document({**run_to_document(a_run()), **change}, 7)


@given(st.binary(max_size=200) | ANYTHING.map(lambda each: json.dumps(each).encode()))
def test_small_records_of_any_content(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    workspace = Workspace(tmp_path_factory.mktemp("records"))
    workspace.create_state()
    run_folder(workspace, 7).mkdir()
    files = job_files(workspace, a_run().jobs[0])
    for path in (files.exit, files.started, files.progress, workspace.state / "watch.json"):
        path.write_bytes(content)
    (workspace.runs / "7/run.json").write_bytes(content)
    gpus = workspace.root / "gpus"
    gpus.mkdir()
    (gpus / "GPU-0.json").write_bytes(content)
    with suppress(JobError):
        read_exit(files.exit)
    read_started(files)
    read_summary(files)
    read_state(workspace)
    store = RunStore(workspace)
    assert store.runs() == ()
    assert len(store.broken) == 1
    assert Leases(gpus, lambda *_: True).holders().keys() <= {"GPU-0"}
    assert len(SimulatedProvider(2, state_file=gpus / "GPU-0.json").snapshot()) == 2
    with suppress(JobError):
        HookResult.from_json(content.decode("utf-8", errors="replace"))


@given(
    st.sampled_from([*OPERATIONS, "sing"]),
    st.dictionaries(st.sampled_from(["name", "kind", "settings", "jobs"]), ANYTHING),
)
def test_any_request_is_answered(
    tmp_path_factory: pytest.TempPathFactory, operation: str, request: dict[str, Any]
) -> None:
    workspace = Workspace(tmp_path_factory.mktemp("requests"))
    workspace.create_state()
    reply = answer(Engine(workspace, LocalMachine(workspace)), operation, Fields(request, "request"))
    json.dumps(reply)
    if operation in ("submit", "stop", "retry", "sing"):
        assert reply["error"]


def test_a_folder_whose_name_is_no_number_of_a_run_is_none(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.create_state()
    for name in ("1", "٣", "007", "0", "1" * 200, "-1", "x"):
        (workspace.runs / name).mkdir()
    assert RunStore(workspace).numbers() == [1]


@pytest.mark.parametrize("value", [10**400, math.inf, math.nan, True, "1", None])
def test_what_is_no_finite_number_is_refused_whatever_it_is(value: object) -> None:
    with pytest.raises(FieldError, match=r"x: n: a number is wanted, not "):
        Fields({"n": value}, "x").number("n")
