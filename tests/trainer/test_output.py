"""The reader of the trainer's output, on everything that the trainer was seen to print."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.trainer.transcripts import NAMES, PAIRS, kind_of, progress_of, read, whole
from wantui.trainer.musubi.output import MusubiOutput

if TYPE_CHECKING:
    from wantui.trainer.model import Progress

# steps, epochs, loss, saved files; all steps were done
TRAINED: dict[str, tuple[int, int, float, tuple[str, ...]]] = {
    "pinned-train": (18, 3, 1.32, ("toyhigh-000001", "toyhigh-000002", "toyhigh")),
    "head-train": (18, 3, 1.32, ("toyhigh-000001", "toyhigh-000002", "toyhigh")),
    "fail-head-train-fp8-scaled": (3, 1, 1.28, ("toy",)),
    "fail-pinned-train-fp8-scaled": (3, 1, 1.29, ("toy",)),
    "fail-head-train-high-low": (3, 1, 1.27, ("toy",)),
    "fail-head-train-missing-latent": (2, 1, 1.24, ("toy",)),
    "fail-pinned-train-missing-latent": (2, 1, 1.29, ("toy",)),
    "fail-head-train-missing-te": (2, 1, 1.24, ("toy",)),
    "fail-pinned-train-missing-te": (2, 1, 1.29, ("toy",)),
    "fail-train-real-fp16-cpu": (3, 1, 1.29, ("toy",)),
    "feat-head-state-sample-0": (12, 4, 1.26, ("toy-000003", "toy")),
    "feat-head-state-sample-1": (6, 2, 1.3, ("resumed-000001", "resumed")),
    "feat-pinned-state-sample-0": (
        12,
        4,
        1.26,
        (
            *(f"toy-step{step:08}" for step in (2, 4, 6, 8)),
            *("toy-000003", "toy-step00000010", "toy-step00000012", "toy"),
        ),
    ),
    "feat-pinned-state-sample-1": (6, 2, 1.28, ("resumed-000001", "resumed")),
    "feat-head-video-2": (7, 1, 1.28, ("toy",)),
    "feat-pinned-video-2": (7, 1, 1.27, ("toy",)),
    "feat-pinned-i2v-2": (3, 1, 1.31, ("toy",)),
    "feat-pinned-jsonl-2": (3, 1, 1.28, ("toy",)),
    "pinned-train-pty": (12, 2, 1.28, ("toypty-000001", "toypty")),
}

# steps done, of how many, epoch, of how many, loss, saved files: broken off on the way
BROKEN_OFF: dict[str, tuple[int | None, int | None, int | None, int | None, float | None, int]] = {
    "sig-accel-int-group": (3, 300, 1, 50, 1.3, 0),
    "sig-accel-int-launcher": (19, 300, 4, 50, 1.31, 3),
    "sig-accel-kill-launcher": (18, 300, 4, 50, 1.32, 3),
    "sig-accel-term-group": (3, 300, 1, 50, 1.3, 0),
    "sig-accel-term-launcher": (44, 300, 8, 50, 1.3, 7),
    "sig-direct-int": (3, 300, 1, 50, 1.3, 0),
    "sig-direct-term": (3, 300, 1, 50, 1.3, 0),
    "sig-head-accel-int-group": (3, 300, 1, 50, 1.31, 0),
    "sig-head-accel-term-launcher": (18, 300, 4, 50, 1.32, 3),
    "fail-head-train-outdir-unwritable": (3, 3, 1, 1, 1.28, 0),
    "fail-pinned-train-outdir-unwritable": (3, 3, 1, 1, 1.29, 0),
    "fail-train-gc-cpu-blocks-swap": (0, 3, 1, 1, None, 0),
    "fail-train-no-tb-writable": (None, 3, None, 1, None, 0),
    "fail-train-truncated-cache": (0, 3, 1, 1, None, 0),
    "fail-train-wrong-task-i2v": (0, 3, 1, 1, None, 0),
    "head-truncated": (1, 3, 1, 1, 1.23, 0),
    "pinned-no-output-name": (6, 6, 1, 1, 1.27, 0),
    "pinned-train-ctrlc-pty": (3, 120, 1, 20, 1.27, 0),
    "fail-head-train-no-cache": (None, None, None, None, None, 0),
    "fail-pinned-train-no-cache": (None, None, None, None, None, 0),
    "fail-train-bad-flag": (None, None, None, None, None, 0),
    "fail-train-bad-module": (None, None, None, None, None, 0),
    "fail-train-bf16-dit-fp16-mp": (None, None, None, None, None, 0),
    "fail-train-missing-dit": (None, None, None, None, None, 0),
    "fail-train-optimizer-8bit-absent": (None, None, None, None, None, 0),
    "head-boundary-float": (None, None, None, None, None, 0),
    "pinned-truncated-w0": (None, None, None, None, None, 0),
}

# items done, of how many (None: clips, whose number nobody tells)
CACHED: dict[str, tuple[int | None, int | None]] = {
    "pinned-cache-latents.err": (6, 6),
    "pinned-cache-te.err": (6, 6),
    "head-cache-latents.err": (6, 6),
    "head-cache-te.err": (6, 6),
    "pinned-lat.pty": (6, 6),
    "head-te.pty": (6, 6),
    "feat-head-video-0.err": (7, None),
    "feat-head-video-1.err": (5, 5),
    "feat-pinned-video-0.err": (9, None),
    "feat-pinned-video-1.err": (5, 5),
    "feat-pinned-jsonl-0.err": (3, 3),
    "feat-pinned-jsonl-1.err": (3, 3),
    "feat-head-control-images-0.err": (3, 3),
    "feat-pinned-i2v-0.err": (3, 3),
    "feat-pinned-i2v-1.err": (3, 3),
    "fail-te-empty-caption.err": (3, 3),
    "fail-lat-stem-collision.err": (4, 4),
    "fail-lat-imgdir-missing-keeps.err": (0, 0),
    "fail-head-lat-missing-caption.err": (2, 2),
    "fail-pinned-lat-missing-caption.err": (1, 3),
    "fail-lat-truncated-jpg.err": (1, 3),
    "sig-lat-int.err": (3, 12),
    "sig-lat-term.err": (3, 12),
    "sig-te-int.err": (3, 12),
    "fail-lat-missing-toml.err": (None, None),
    "fail-lat-no-vae-flag.err": (None, 3),
}


def stem_of(name: str) -> str:
    return name.removesuffix("-pty") if name.endswith("-pty") else name


def data_of(name: str) -> bytes:
    return read(f"{stem_of(name)}.pty") if name.endswith("-pty") else read(f"{name}.out") + read(f"{name}.err")


def fed_in_pieces(data: bytes, kind: str, cuts: list[int]) -> Progress:
    reader = MusubiOutput(kind)
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        reader.feed(data[start:end])
        assert reader.progress.steps is None or reader.progress.steps >= 0
    return reader.progress


@pytest.mark.parametrize("name", TRAINED)
def test_a_training_that_went_well(name: str) -> None:
    steps, epochs, loss, saved = TRAINED[name]
    progress = progress_of(data_of(name), "high")
    assert (progress.step, progress.steps) == (steps, steps)
    assert (progress.epoch, progress.epochs) == (epochs, epochs)
    assert progress.loss == loss
    assert tuple(path.stem for path in progress.saved) == saved
    assert progress.eta_s == 0
    assert progress.cause is None
    assert progress.phase == "finished"


@pytest.mark.parametrize("name", BROKEN_OFF)
def test_a_training_that_was_broken_off(name: str) -> None:
    step, steps, epoch, epochs, loss, saved = BROKEN_OFF[name]
    progress = progress_of(data_of(name), "high")
    assert (progress.step, progress.steps) == (step, steps)
    assert (progress.epoch, progress.epochs) == (epoch, epochs)
    assert progress.loss == loss
    assert len(progress.saved) == saved


def test_every_training_is_in_a_table() -> None:
    assert set(PAIRS) <= set(TRAINED) | set(BROKEN_OFF)


@pytest.mark.parametrize("name", CACHED)
def test_a_cache_script_counts_items(name: str) -> None:
    progress = progress_of(read(name), kind_of(name))
    assert (progress.step, progress.steps) == CACHED[name]
    assert progress.saved == ()


@pytest.mark.parametrize("name", NAMES)
def test_where_the_bytes_are_cut_does_not_matter(name: str) -> None:
    data, kind = read(name), kind_of(name)
    expected = progress_of(data, kind)

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.integers(0, len(data)), max_size=40).map(sorted))
    def check(cuts: list[int]) -> None:
        assert fed_in_pieces(data, kind, cuts) == expected

    check()


@pytest.mark.parametrize("name", ["pinned-train", "head-train", "fail-train-wrong-task-i2v", "pinned-train-pty"])
def test_byte_by_byte(name: str) -> None:
    data = data_of(name)
    assert fed_in_pieces(data, "high", list(range(1, len(data)))) == progress_of(data, "high")


def interleaved(out: bytes, err: bytes, seed: int) -> bytes:
    """The two streams in one file, in an order that their writes may have had."""
    writes = [re.findall(rb"\n?[^\n]*\n|[^\n]+$", out), re.findall(rb"\r?[^\r\n]*\n|\r?[^\r\n]+|\r", err)]
    assert b"".join(writes[0]) == out
    assert b"".join(writes[1]) == err
    order = [0] * len(writes[0]) + [1] * len(writes[1])
    random.Random(seed).shuffle(order)
    streams = [iter(each) for each in writes]
    return b"".join(next(streams[which]) for which in order)


@pytest.mark.parametrize("stem", PAIRS)
def test_both_streams_in_one_file(stem: str) -> None:
    out, err = read(f"{stem}.out"), read(f"{stem}.err")
    expected = replace(progress_of(out + err, "high"), phase=None)
    for seed in range(5):
        progress = progress_of(interleaved(out, err, seed), "high")
        if "unwritable" in stem:  # whether the save that failed was under way is a matter of order
            progress = replace(progress, saved=())
        assert replace(progress, phase=None) == expected


def test_the_pace_is_the_mean_so_far() -> None:
    progress = progress_of(data_of("pinned-train"), "high")
    assert progress.step_s == pytest.approx(11 / 18, rel=0.02)


def test_the_first_step_of_a_restarted_clock_tells_no_pace() -> None:
    data = data_of("head-train")
    first = progress_of(data[: data.index(b"1523.54it/s, avr_loss=1.24]") + 27], "high")
    assert (first.step, first.steps, first.step_s, first.eta_s) == (1, 18, None, None)
    sixth = progress_of(data[: data.index(b"6/18 [00:02<00:05,  2.10it/s, avr_loss=1.28]") + 44], "high")
    # six steps are counted in the time of five
    assert sixth.step_s == pytest.approx(6 / 2.10 / 5)
    assert sixth.eta_s == pytest.approx(12 * 6 / 2.10 / 5)


def test_a_bar_that_is_still_being_drawn_counts() -> None:
    reader = MusubiOutput("low")
    reader.feed(b"\rsteps:   6%|x| 1/18 [00:00<00:15,  1.09it/s]\rsteps:  11%|x| 2/18 [00:01<00:12,  1.")
    assert reader.progress.step == 1
    reader.feed(b"30it/s, avr_loss=1.21]")
    assert (reader.progress.step, reader.progress.loss) == (2, 1.21)


def test_slow_steps() -> None:
    progress = progress_of(b"\rsteps:   0%| | 2/300 [02:12<5:28:40, 66.18s/it, avr_loss=0.0812]", "high")
    assert progress.step_s == 66.18
    assert progress.eta_s == pytest.approx(298 * 66.18)


def test_a_loss_that_is_no_number() -> None:
    progress = progress_of(b"\rsteps:   1%| | 3/300 [00:03<06:13,  1.26s/it, avr_loss=nan]\n", "high")
    assert progress.loss is None
    assert "diverged" in progress.warnings[0]


def test_warnings_that_matter_are_kept() -> None:
    name = "fail-pinned-train-missing-te"
    assert progress_of(data_of(name), "high").warnings == (
        "Text encoder output cache file not found: /workspace/fail/pinned20/cache/img_01_wan_te.safetensors",
    )
    empty = progress_of(read("fail-lat-imgdir-missing-keeps.err"), "latents")
    assert "/workspace/fail/11/imagez" in empty.warnings[0]
    assert progress_of(data_of("fail-head-train-fp8-scaled"), "high").warnings == ()


def test_warnings_are_few() -> None:
    lines = b"".join(b"WARNING:some.module:trouble number %d\n" % number for number in range(100))
    assert len(progress_of(lines, "high").warnings) == 5


def test_phases_on_the_way() -> None:
    reader = MusubiOutput("high")
    seen: list[str | None] = []
    for line in whole("pinned-train").splitlines(keepends=True):
        reader.feed(line)
        if reader.progress.phase not in seen:
            seen.append(reader.progress.phase)
    assert set(seen) >= {"reading the dataset", "preparing", "loading the model", "training", "finished"}


def test_drawing_samples_is_a_phase_that_ends() -> None:
    reader = MusubiOutput("high")
    reader.feed(b"\rsteps:  50%|x| 6/12 [00:20<00:20,  3.4s/it]INFO:m:generating sample images at step: 6\n")
    assert reader.progress.phase == "drawing samples"
    reader.feed(b"\rsteps:  58%|x| 7/12 [00:24<00:17,  3.4s/it]")
    assert reader.progress.phase == "training"


def test_memory_stays_bounded() -> None:
    reader = MusubiOutput("high")
    bars = b"".join(
        b"\rsteps:  39%%|x| %d/180000 [00:04<00:07,  1.55it/s, avr_loss=1.27]" % step for step in range(2, 3000)
    )
    for _ in range(20):
        reader.feed(bars)
        assert len(reader._tail) <= 1 << 14
    assert reader.progress.step == 2999
    reader.feed(b"INFO:m:model saved.\n")
    assert reader.progress.phase == "finished"


def test_text_in_front_of_many_bars_is_kept() -> None:
    reader = MusubiOutput("high")
    reader.feed(b"saving checkpoint: /o/a.safetensors")  # its line's end is written apart, and a bar came between
    reader.feed(b"\rsteps:  39%|x| 7/18 [00:04<00:07,  1.55it/s, avr_loss=1.27]" * 1000)
    reader.feed(b"\n")
    assert [path.name for path in reader.progress.saved] == ["a.safetensors"]


def test_glued_text_is_read_whatever_else_a_chunk_holds() -> None:
    glued = b"Loading a: 0%|   | 0/9 [00:00<?, ?it/s] INFO:m:create LoRA network. base dim (rank): 16\n"
    assert progress_of(glued, "high").phase == "creating the LoRA"
    assert progress_of(glued + b"x: error: nothing\nNo module named here\n", "high").phase == "creating the LoRA"


PRINTED = st.lists(
    st.sampled_from(
        [
            b"steps:  39%|x| 7/18 [00:04<00:07,  1.55it/s, avr_loss=1.27]",
            b"steps:   6%|x| 1/18 [00:00<00:00, 1523.54it/s]",
            b"steps: 9%|x| 8/18 [00:04<00:07, 1.5.5it/s]",
            b"3it [00:03,  2.12it/s]",
            b"INFO:m:found 3 images",
            b"INFO:m:Encoding dataset [0]",
            b"WARNING:m:trouble",
            b"Traceback (most recent call last):",
            b'  File "/a/b.py", line 1, in c',
            b"ValueError: no:",
            b"\tdetail",
            b"saving checkpoint: /o/a.safetensors",
            b"epoch 1/3",
            b"a.py: error: no",
            b"\xe9\x8d",
            b"\r",
            b"\r\n",
            b"\n",
            b" ",
        ]
    ),
    max_size=30,
).map(b"".join)


@given(PRINTED, st.integers(0, 1000), st.sampled_from(["text", "high"]))
@example(
    b"steps:  39%|x| 7/18 [00:04<00:07,  1.55it/s, avr_loss=1.27]steps:   6%|x| 1/18 [00:00<00:00, 1523.54it/s]",
    59,
    "high",
)
def test_wild_output_reads_the_same_in_two_pieces(data: bytes, cut: int, kind: str) -> None:
    assert fed_in_pieces(data, kind, [min(cut, len(data))]) == progress_of(data, kind)


@given(st.binary(max_size=400), st.sampled_from(["latents", "text", "high", "low"]))
def test_foreign_bytes_do_no_harm(data: bytes, kind: str) -> None:
    assert progress_of(data, kind).saved == ()


@pytest.mark.parametrize("kind", ["latents", "high"])
@pytest.mark.parametrize(
    "piece",
    [
        b"steps:  0%|  1/2 [",
        b"steps:    ",
        b"1it [",
        b"1it [00:00, 1it/s]",
        b"1%| [",
        b"accelerate ",
        b": error: can't open file 'x",
        b"Traceback (most recent call last):",
        b"12345678",
        b"INFO:a:saving checkpoint: ",
    ],
)
def test_one_endless_line_costs_no_more_than_its_length(kind: str, piece: bytes) -> None:
    """A line whose beginnings all look like something: matching was quadratic, or as deep as the line is long."""
    progress_of(piece * (1 << 15) + b"\n", kind)


def test_many_checkpoints_take_bounded_memory() -> None:
    lines = b"".join(b"saving checkpoint: /o/%d.safetensors\n" % number for number in range(10_050))
    assert len(progress_of(lines, "high").saved) == 10_000
