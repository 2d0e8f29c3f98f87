"""The report of a run: its figures, its charts and its page, from what was kept."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.attempts import KILLED, second_attempt
from wantui import atomic
from wantui.errors import ConflictError
from wantui.history.model import Batch, Event, EventSeverity, KeptGpuReading, TrainingPoint
from wantui.history.store import HistoryStore
from wantui.jobs.model import JobState
from wantui.paths import Workspace
from wantui.runs.report import chart, words
from wantui.runs.report.chart import Curve
from wantui.runs.report.facts import gather
from wantui.runs.report.page import page
from wantui.services.reports import Reports

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.runs.report.facts import RunFacts


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """One expert: an attempt of 900 s that was killed, and one of 1000 s that has succeeded; GPU 0 took 500 W."""
    made = Workspace(tmp_path)
    made.create_state()
    second_attempt(made, JobState.SUCCEEDED)
    readings = [KeptGpuReading(second, "GPU-a", 0, "RTX", 98, power_w=500, job="1.high") for second in (1500, 2500)]
    other = KeptGpuReading(2500, "GPU-b", 1, "RTX", 98, power_w=300, job="2.high")
    events = [
        Event(1900.0, EventSeverity.WARNING, "tried-again", "1.high", "1.high is retried automatically: <b>"),
        Event(2500.0, EventSeverity.ERROR, "disk", None, "the disk is nearly full"),
        Event(2500.0, EventSeverity.INFO, "job-started", "11.high", "11.high has started"),
        Event(3500.0, EventSeverity.ERROR, "disk", None, "the disk is full, afterwards"),
    ]
    HistoryStore(made).write(Batch(gpus=[*readings, other], events=events))
    return made


@pytest.fixture
def facts(workspace: Workspace) -> RunFacts:
    return gather(workspace, 1, price_per_hour=0.72)


def test_time_energy_and_cost(facts: RunFacts) -> None:
    assert (facts.seconds, facts.gpu_seconds) == (1900.0, 1900.0)
    assert (facts.started, facts.ended) == (1000.0, 3000.0)
    assert facts.energy_wh == pytest.approx(500 * 1900 / 3600)
    assert facts.cost == pytest.approx(0.38)
    assert dict(words.figures(facts)) == {"time": "31:40", "GPU hours": "0.53", "energy": "264 Wh", "cost": "0.38"}


def test_what_is_not_known_is_left_out(workspace: Workspace) -> None:
    (workspace.state / "history.sqlite").unlink()
    facts = gather(workspace, 1)
    assert dict(words.figures(facts)).keys() == {"time", "GPU hours"}
    assert facts.events == ()
    assert facts.points.keys() == {"high"}  # read from the logs


def test_events_are_those_of_the_run_and_of_the_machine_meanwhile(facts: RunFacts) -> None:
    assert [event.time for event in facts.events] == [1900.0, 2500.0]


def test_steps_count_from_the_first_attempt(facts: RunFacts) -> None:
    assert [point.step for point in facts.points["high"]] == list(range(1, 17))


def test_a_few_lines_say_what_has_come_of_it(workspace: Workspace) -> None:
    said = Reports(workspace).text(1).splitlines()
    assert said[0] == "Run 1: 1 expert trained"
    assert said[1] == "time 31:40, GPU hours 0.53, energy 264 Wh"
    assert said[2].startswith("high: succeeded, epoch 6 of 6, loss 0.07")
    assert said[3:] == ["warning: 1.high is retried automatically: <b>", "error: the disk is nearly full"]


class _Tags(HTMLParser):
    """Counts what is open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "img", "line", "polyline"):
            self.open.append(tag)
        self.outside += [value for name, value in attrs if name in ("src", "href") and value and "data:" not in value]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_else(facts: RunFacts) -> None:
    text = page(facts)
    tags = _Tags()
    tags.feed(text.replace("/>", ">"))
    assert (tags.open, tags.outside) == ([], [])
    assert "http" not in text
    assert "<b>" not in text
    assert "&lt;b&gt;" in text
    assert KILLED in text
    assert text.count("<polyline") == 1  # there are no losses of single steps in the log


def test_pictures_are_inside_and_what_is_large_is_named(facts: RunFacts, tmp_path: Path) -> None:
    picture, clip = tmp_path / "a_e000002_00_20260101000000_1_000.png", tmp_path / "b.mp4"
    picture.write_bytes(b"\x89PNG")
    clip.write_bytes(b"film")
    text = page(replace(facts, samples=(picture, clip, tmp_path / "gone.png")))
    assert 'src="data:image/png;base64,iVBORw=="' in text
    assert f"<p>{clip}</p>" in text
    assert f"<p>{tmp_path / 'gone.png'}</p>" in text


def test_files_that_exist_are_not_replaced_unasked(workspace: Workspace, tmp_path: Path) -> None:
    reports, file = Reports(workspace), tmp_path / "night.html"
    assert reports.write(1).parent == workspace.runs / "1"
    reports.write(1)  # the one beside the record is the program's own
    atomic.write_text(tmp_path / "night.csv", "mine")
    with pytest.raises(ConflictError, match=r"night\.csv exists"):
        reports.write(1, file)
    assert not file.exists()
    reports.write(1, file, replace=True)
    rows = list(csv.DictReader((tmp_path / "night.csv").read_text().splitlines()))
    assert [row["step"] for row in rows] == [str(step) for step in range(1, 17)]
    assert {row["expert"] for row in rows} == {"high"}


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1, max_size=3000),
    st.integers(1, 1_000_000),
)
def test_a_chart_stays_within_its_frame(values: list[float], last: int) -> None:
    steps = sorted({1 + number * last // len(values) for number in range(len(values))})
    line = list(zip(steps, values, strict=False))
    drawn = chart.draw([Curve("high", line)], {"high": [line[-1][0]]})
    (points,) = re.findall(r' points="([^"]+)"', drawn)
    places = [tuple(map(float, point.split(","))) for point in points.split()]
    assert len(places) <= 2 * chart.COLUMNS + 2
    assert all(0 <= x <= chart.WIDTH and 0 <= y <= chart.HEIGHT for x, y in places)
    assert [x for x, _ in places] == sorted(x for x, _ in places)


def test_the_greatest_and_the_least_of_a_column_stay() -> None:
    line = [(step, 1.0) for step in range(1, 10_001)]
    line[5000] = (5001, 1.5)
    line[7000] = (7001, 0.5)
    kept = chart._reduced(line, 10_000)
    assert {(5001, 1.5), (7001, 0.5), (1, 1.0)} <= set(kept)


def test_curves_leave_out_what_is_no_number() -> None:
    points = [
        TrainingPoint(1, "low", step, 1, 0.0, 1, loss) for step, loss in enumerate((0.5, math.nan, None, 0.25), 1)
    ]
    (raw,) = chart.loss_curves({"low": points})
    assert (raw.line, raw.is_faint) == ([(1, 0.5), (4, 0.25)], True)
    assert chart.learning_rates({"low": points}) == []
    assert chart.draw([], {}) == ""
