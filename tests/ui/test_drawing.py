from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.app import App
from textual.color import Color
from textual.widgets import Static

from tests.ui.driving import settled, shown, until
from tests.ui.fake import NOON, make_job, make_jobs, make_view, paint_sunset, rows_in
from wantui import formatting
from wantui.axes import axis_top, nice_top
from wantui.dataset.trigger import trigger_of
from wantui.jobs.model import JobKind, JobState
from wantui.listing.rows import ItemStatus, counts
from wantui.runs.board import JobView
from wantui.runs.curves import LossLog
from wantui.terminal.foreign_text import clean
from wantui.trainer.model import Progress
from wantui.trainer.musubi.curve import MusubiCurve
from wantui.ui.app import WantuiApp
from wantui.ui.captions.caption_view import wrapped
from wantui.ui.dialogs.line_edit import LineEdit
from wantui.ui.drawing.bars import bar, sparkline
from wantui.ui.drawing.braille import Canvas
from wantui.ui.drawing.fitted import Fitted
from wantui.ui.drawing.glyphs import ASCII, UNICODE, glyphs_for
from wantui.ui.drawing.plain_text import PlainText, plain
from wantui.ui.drawing.styles import fit
from wantui.ui.drawing.themes import DARK, LIGHT
from wantui.ui.preview.half_blocks import half_blocks
from wantui.ui.preview.thumbnails import Palette, Picture, PictureKey, Thumbnails, decode
from wantui.ui.runs.run_status import standing
from wantui.ui.skeleton import COLOURS, frame, theme_of

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.theme import Theme

    from tests.ui.fake import FakeServices

PLAIN = Style()
NO_COLOUR = (0, 0, 0)


@given(part=st.none() | st.floats(-1, 2), width=st.integers(0, 60))
def test_a_bar_has_its_width_whatever_the_part(part: float | None, width: int) -> None:
    for glyphs in (UNICODE, ASCII):
        assert sum(cell_len(text) for text, _ in bar(part, width, PLAIN, PLAIN, glyphs)) == width


def test_a_bar_is_full_to_half_a_cell() -> None:
    full, empty = Style(bold=True), PLAIN
    assert bar(0.5, 5, full, empty, UNICODE) == [("━━╸", full), ("──", empty)]
    assert bar(0.0001, 4, full, empty, UNICODE)[0] == ("╸", full)
    assert bar(0, 4, full, empty, UNICODE)[0] == ("", full)


def test_history_stands_at_the_right_end() -> None:
    assert sparkline([0, 50, 100], 5, UNICODE) == "  ▁▅█"
    assert sparkline([0, 0, 100, 100], 2, UNICODE) == "▁█"
    assert sparkline([], 3, UNICODE) == "   "


@given(values=st.lists(st.integers(0, 100), max_size=80), width=st.integers(0, 40))
def test_history_has_its_width(values: list[int], width: int) -> None:
    assert len(sparkline(values, width, UNICODE)) == width


def test_a_curve_falls_from_the_upper_left() -> None:
    canvas = Canvas(2, 1)
    canvas.curve([(0, 1.0), (3, 0.0)], 4, 1.0, 0)
    assert canvas.line(0) == [("⠑⢄", 0)]


@given(
    points=st.lists(
        st.tuples(st.floats(0, 100), st.floats(allow_nan=True, allow_infinity=False, width=16)), max_size=40
    ),
    width=st.integers(0, 20),
    height=st.integers(0, 8),
)
def test_curves_stay_on_their_canvas(points: list[tuple[float, float]], width: int, height: int) -> None:
    canvas = Canvas(width, height)
    canvas.curve(sorted(points), 100, 2.0, 1)
    for y in range(height):
        assert sum(len(text) for text, _ in canvas.line(y)) == width
        assert sum(len(text) for text, _ in canvas.line(y, plain=True)) == width


@pytest.mark.parametrize(("highest", "top"), [(0.081, 0.1), (0.27, 0.3), (1.2, 1.5), (0.0, 0.1), (7.0, 8.0)])
def test_axes_end_at_round_figures(highest: float, top: float) -> None:
    assert nice_top(highest) == pytest.approx(top)


def test_a_wild_first_step_does_not_flatten_the_curve() -> None:
    assert axis_top([9.0, *([0.2] * 40)]) == pytest.approx(0.3)
    assert axis_top([0.3, *([0.2] * 40)]) == pytest.approx(0.3)
    assert axis_top([9.0, 0.2]) == pytest.approx(10.0)


def test_two_pixels_share_a_cell() -> None:
    picture = Picture(2, 2, bytes([255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255]))
    (strip,) = half_blocks(picture, 4, PLAIN, UNICODE)
    assert strip.text == " ▀▀ "
    segment = list(strip)[1]
    assert segment.style is not None
    assert segment.style.color is not None
    assert segment.style.bgcolor is not None
    assert segment.style.color.get_truecolor() == (255, 0, 0)
    assert segment.style.bgcolor.get_truecolor() == (0, 0, 255)


@given(width=st.integers(1, 9), height=st.integers(1, 9), room=st.integers(9, 20))
def test_pictures_of_any_size_fill_their_lines(width: int, height: int, room: int) -> None:
    picture = Picture(width, height, bytes(width * height * 3))
    for glyphs in (UNICODE, ASCII):
        strips = half_blocks(picture, room, PLAIN, glyphs)
        assert len(strips) == (height + 1) // 2
        assert {cell_len(strip.text) for strip in strips} == {room}


def make_key(path: Path, size: tuple[int, int] = (40, 40), palette: Palette = Palette.TRUE) -> PictureKey:
    return PictureKey(path, 1, *size, palette, NO_COLOUR)


def test_pictures_keep_their_shape(tmp_path: Path) -> None:
    Image.new("RGB", (200, 100), "red").save(tmp_path / "wide.jpg")
    picture = decode(make_key(tmp_path / "wide.jpg"))
    assert isinstance(picture, Picture)
    assert (picture.width, picture.height) == (40, 20)


def test_pictures_use_the_colours_that_there_are(tmp_path: Path) -> None:
    paint_sunset(tmp_path / "sun.png", (60, 40))
    for palette, most in ((Palette.CUBE, 240), (Palette.SIXTEEN, 16)):
        picture = decode(make_key(tmp_path / "sun.png", palette=palette))
        assert isinstance(picture, Picture)
        colours = {picture.pixels[at : at + 3] for at in range(0, len(picture.pixels), 3)}
        assert len(colours) <= most


def test_a_file_that_is_no_image_says_so(tmp_path: Path) -> None:
    (tmp_path / "no.png").write_bytes(b"no")
    assert decode(make_key(tmp_path / "no.png")) == "this is no image that can be read"
    assert "No such file" in str(decode(make_key(tmp_path / "gone.png")))


def test_the_newest_pictures_are_kept(tmp_path: Path) -> None:
    for name in "abc":
        Image.new("RGB", (4, 4)).save(tmp_path / f"{name}.png")
    kept = Thumbnails(kept=2)
    keys = [make_key(tmp_path / f"{name}.png") for name in "abc"]
    for key in keys:
        kept.make(key)
    assert [kept.known(key) is not None for key in keys] == [False, True, True]


def test_status_of_each_item(tmp_path: Path) -> None:
    rows = rows_in(make_view(tmp_path))
    counted = counts(rows)
    assert counted[ItemStatus.CURRENT] == 20
    assert [row.name for row in rows if row.status is ItemStatus.PROBLEM] == ["anna_006", "anna_012"]
    assert [row.name for row in rows if row.status is ItemStatus.MISSING] == ["anna_010"]
    stale = next(row for row in rows if row.status is ItemStatus.STALE)
    assert stale.text is not None
    assert stale.text.why == "caption edited"


def test_how_the_run_stands(tmp_path: Path) -> None:
    now = standing(make_jobs(tmp_path))
    assert now is not None
    assert (now.run, now.state, now.percent, now.left_s) == (7, JobState.RUNNING, 32, 3212.0)
    assert standing(()) is None


def test_what_follows_a_run_does_not_stand_in_its_place(tmp_path: Path) -> None:
    trained = JobView(make_job(JobKind.HIGH, JobState.SUCCEEDED), Progress(), tmp_path)
    order = replace(make_job(JobKind.AFTER, JobState.FAILED), run=9, id="9.after")
    upload = JobView(order, Progress(), tmp_path)
    now, alone = standing((trained, upload)), standing((upload,))
    assert now is not None
    assert (now.run, now.state) == (trained.job.run, JobState.SUCCEEDED)
    assert alone is not None
    assert (alone.run, alone.state) == (9, JobState.FAILED)


def test_the_run_to_look_at_is_the_one_that_a_probe_or_a_sample_job_is_about(tmp_path: Path) -> None:
    trained = JobView(make_job(JobKind.HIGH, JobState.SUCCEEDED, run=3), Progress(), tmp_path)
    for state in (JobState.SUCCEEDED, JobState.RUNNING, JobState.QUEUED):
        made = JobView(make_job(JobKind.SAMPLE, state, run=5), Progress(), tmp_path, of_run=3)
        now = standing((trained, made))
        assert now is not None
        assert now.run == 3
    removed = standing((replace(made, of_run=2),))
    assert removed is not None
    assert removed.state is JobState.QUEUED


def test_an_expert_that_waits_takes_its_time_too(tmp_path: Path) -> None:
    high = JobView(
        make_job(JobKind.HIGH, JobState.RUNNING), Progress(step=50, steps=100, step_s=2.0, eta_s=100.0), tmp_path
    )
    low = JobView(make_job(JobKind.LOW, JobState.QUEUED), Progress(), tmp_path)
    now = standing((high, low))
    assert now is not None
    assert (now.percent, now.left_s) == (25, 300.0)


@pytest.mark.parametrize("ended", [JobState.CANCELLED, JobState.FAILED, JobState.LOST])
def test_an_expert_that_ended_badly_is_not_waited_for(tmp_path: Path, ended: JobState) -> None:
    high = JobView(make_job(JobKind.HIGH, ended), Progress(step=10, steps=100, step_s=9.0, eta_s=900.0), tmp_path)
    low = JobView(
        make_job(JobKind.LOW, JobState.RUNNING), Progress(step=50, steps=100, step_s=2.0, eta_s=100.0), tmp_path
    )
    now = standing((high, low))
    assert now is not None
    assert (now.percent, now.left_s) == (50, 100.0)


def test_a_failed_expert_makes_a_failed_run(tmp_path: Path) -> None:
    views = tuple(
        JobView(make_job(kind, state), Progress(), tmp_path)
        for kind, state in ((JobKind.HIGH, JobState.SUCCEEDED), (JobKind.LOW, JobState.FAILED))
    )
    now = standing(views)
    assert now is not None
    assert now.state is JobState.FAILED


def test_the_trigger_is_what_most_captions_begin_with() -> None:
    assert trigger_of(["ohwx woman, a", "ohwx woman in b", "ohwx woman c", "other"]) == "ohwx woman"
    assert trigger_of(["a b", "c d", "e f"]) == ""
    assert trigger_of([]) == ""


@given(text=st.text(alphabet="ab 学 ", max_size=60), width=st.integers(4, 20), lines=st.integers(1, 4))
def test_wrapped_text_fits(text: str, width: int, lines: int) -> None:
    made = wrapped(clean(text), width, lines, "…")
    assert len(made) <= lines
    assert all(cell_len(line) <= width for line in made)


@given(text=st.text(max_size=30), width=st.integers(0, 20))
def test_fitted_text_has_its_width(text: str, width: int) -> None:
    assert cell_len(fit(clean(text), width, "…")) == width


def test_a_line_is_edited_around_its_caret() -> None:
    edit = LineEdit.at_end("one two")
    assert edit.key("ctrl+w") == LineEdit("one ", 4)
    assert edit.key("backspace") == LineEdit("one tw", 6)
    assert LineEdit("ab", 1).typed("x\ny") == LineEdit("axb", 2)
    assert LineEdit("ab", 1).key("delete") == LineEdit("a", 1)
    assert edit.key("f5") is None


@pytest.mark.parametrize(
    ("seconds", "said"), [(None, ""), (5, "0:05"), (3212, "53:32"), (14829, "4:07:09"), (183600, "2d 03h")]
)
def test_durations(seconds: float | None, said: str) -> None:
    assert formatting.duration(seconds) == said


def test_clock_tells_the_day_of_another_day() -> None:
    assert formatting.clock(NOON, now=NOON) == "22:31"
    assert formatting.clock(NOON, now=NOON + 3 * 86400) == "24 Jun"


def test_plain_signs_for_terminals_without_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WANTUI_ASCII", raising=False)
    assert glyphs_for("utf-8") is UNICODE
    assert glyphs_for("ANSI_X3.4-1968") is ASCII
    assert glyphs_for("no-such-encoding") is ASCII
    monkeypatch.setattr("locale.getencoding", lambda: "UTF-8")
    assert glyphs_for() is UNICODE
    monkeypatch.setenv("WANTUI_ASCII", "1")
    assert glyphs_for() is ASCII
    import dataclasses

    assert all(str(getattr(ASCII, field.name)).isascii() for field in dataclasses.fields(ASCII))


def test_losses_are_read_once_as_the_log_grows(tmp_path: Path) -> None:
    path = tmp_path / "log"
    bar_text = "steps:  22%|██▏       | {}/18 [00:02<00:09,  1.46it/s, avr_loss={}]"
    path.write_text("\r".join(bar_text.format(step, 1 / step) for step in (1, 2, 3)), encoding="utf-8", newline="")
    losses = LossLog(path, MusubiCurve())
    assert losses.refresh() == ((1, 1.0), (2, 0.5), (3, 1 / 3))
    with path.open("a", encoding="utf-8", newline="") as log:
        log.write("\rsteps:  22%|██▏       | 4/18 [00:02<00:09,  1.46it/s, avr_")
    assert losses.refresh()[-1][0] == 3
    with path.open("a", encoding="utf-8", newline="") as log:
        log.write("loss=0.25]\n")
    assert losses.refresh()[-1] == (4, 0.25)


def test_many_losses_are_thinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wantui.trainer.musubi.curve.MOST_POINTS", 10)
    path = tmp_path / "log"
    path.write_text(
        "\r".join(f"{step}/99 [0:01<0:01, 1it/s, avr_loss={step}.0]" for step in range(1, 41)), newline=""
    )
    points = LossLog(path, MusubiCurve()).refresh()
    assert len(points) <= 10
    assert points[-1] == (40, 40.0)


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (100, 28), (200, 50)])
def test_the_first_frame_stays_on_the_terminal(columns: int, lines: int) -> None:
    import pyte

    screen = pyte.Screen(columns, lines)
    pyte.Stream(screen).feed(frame(columns, lines, "/home/me", is_utf8=True, colours=COLOURS["wantui-dark"]))
    assert screen.display[0].startswith(" wantui  /home/me")
    assert screen.display[1][0] == "┌"
    assert screen.display[lines - 2][columns - 1] == "┘"
    assert screen.display[lines - 1].strip() == ""


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_first_frame_has_the_colours_of_the_theme(theme: Theme) -> None:
    wanted = (theme.panel, theme.foreground, theme.primary, theme.variables["faint"], theme.background)
    assert COLOURS[theme.name] == tuple(";".join(map(str, Color.parse(str(each)).rgb)) for each in wanted)


def test_the_first_frame_knows_the_theme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANTUI_STATE_DIR", str(tmp_path))
    assert theme_of(str(tmp_path)) == "wantui-dark"
    (tmp_path / "screen.json").write_text('{"theme": "nord"}')
    assert theme_of(str(tmp_path)) == "nord"
    (tmp_path / "wantui.toml").write_text('[screen]\ntheme = "light"\n')
    assert theme_of(str(tmp_path)) == "wantui-light"
    (tmp_path / "wantui.toml").write_text("[screen\ntheme")
    assert theme_of(str(tmp_path)) == "nord"


def test_the_first_frame_without_utf8_is_ascii() -> None:
    text = frame(200, 50, "/home/me", is_utf8=False, colours=None)
    assert text.isascii()
    assert "38;2" not in text


@given(text=st.text(max_size=30))
def test_plain_text_is_ascii_and_as_wide_as_before(text: str) -> None:
    shown = clean(text)
    assert plain(shown).isascii()
    assert cell_len(plain(shown)) == cell_len(shown)


def test_a_frame_stays_a_frame_without_utf8() -> None:
    assert plain("┌─ 1 Dataset ─┐│▌✓…") == "+- 1 Dataset -+|#?~"


async def test_nothing_but_ascii_is_sent_where_nothing_else_can_be_shown(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wantui.ui.app.GLYPHS", ASCII)
    app = WantuiApp(services)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        drawn = "".join(strip.render(app.console) for strip in app.screen._compositor.render_strips())
        assert "1 Dataset" in drawn
        filtered = [strip.apply_filter(each, Color(0, 0, 0)) for strip in app.screen._compositor.render_strips()
                    for each in app._filters if isinstance(each, PlainText)]  # fmt: skip
        assert filtered
        assert all(strip.text.isascii() for strip in filtered)


class Words(App[None]):
    def compose(self) -> ComposeResult:
        yield Static(Fitted(lambda width: Text(f"{width} cells wide\nand another line")))


async def test_what_is_fitted_is_laid_out_again_for_another_width() -> None:
    async with Words().run_test(size=(30, 4)) as pilot:
        assert shown(pilot).startswith("30 cells wide")
        assert pilot.app.query_one(Static).size.height == 2
        await pilot.resize_terminal(20, 4)
        await until(pilot, lambda: shown(pilot).startswith("20 cells wide"))
