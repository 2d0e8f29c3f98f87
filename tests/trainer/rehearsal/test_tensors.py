from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.rehearsal.scene import SAMPLES
from wantui.trainer.rehearsal import tensors

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("dtype", ["BF16", "F16", "F32", "F64"])
def test_what_every_format_can_hold_comes_back(dtype: str) -> None:
    exact = [0.0, -0.0, 1.0, -2.5, 0.15625, 192.0]

    kept = tensors.tensor(exact, (2, 3), dtype)

    assert list(kept.numbers()) == exact
    assert len(kept.data) == len(exact) * tensors.ITEM_SIZES[dtype]


@given(st.floats(width=32, allow_nan=False, allow_infinity=False, min_value=-(2.0**126), max_value=2.0**126))
def test_bfloat16_is_the_nearest_one(value: float) -> None:
    (kept,) = tensors.decode(tensors.encode([value], "BF16"), "BF16")

    # Eight bits of precision: half a unit in the last place at most; below the normal range a fixed step.
    assert abs(kept - value) <= max(abs(value) * 2**-8, 2.0**-134)


def test_bfloat16_ties_go_to_the_even_one() -> None:
    between = [1 + 2**-8, 1 + 3 * 2**-8]

    assert list(tensors.decode(tensors.encode(between, "BF16"), "BF16")) == [1.0, 1 + 2**-6]


def test_what_is_too_large_for_a_format_is_not_written_as_infinity() -> None:
    with pytest.raises(FloatingPointError, match="overflow"):
        tensors.tensor([1e6], (1,), "F16")


def test_a_file_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    written = {"b": tensors.tensor([1, 2, 3, 4], (2, 2), "F32"), "a.alpha": tensors.tensor([16], (), "F16")}

    tensors.save(path, written, {"caption1": "grüße, ☀"})

    assert tensors.load(path) == (written, {"caption1": "grüße, ☀"})
    assert int.from_bytes(path.read_bytes()[:8], "little") % 8 == 0


def test_the_trainers_own_files_are_read() -> None:
    stored, metadata = tensors.load(SAMPLES / "img_01_0128x0096_wan.safetensors")

    (latents,) = stored.values()
    assert latents.shape == (16, 1, 8, 8)
    assert all(math.isfinite(value) for value in latents.numbers())
    assert metadata["width"] == "128"


@pytest.mark.parametrize("kept", [0, 7, 40, -1])
def test_a_truncated_file_is_told_by_name(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "cut.safetensors"
    path.write_bytes((SAMPLES / "img_01_0128x0096_wan.safetensors").read_bytes()[:kept])

    with pytest.raises(tensors.TensorFileError, match=r"cut\.safetensors: not a whole safetensors file"):
        tensors.load(path)


def test_the_model_hash_is_the_one_that_the_trainer_writes() -> None:
    path = SAMPLES / "lora" / "pinned-high.safetensors"
    stored, metadata = tensors.load(path)
    length = int.from_bytes(path.read_bytes()[:8], "little")
    order = list(json.loads(path.read_bytes()[8 : 8 + length]))

    assert [name for name in order if name != "__metadata__"] == sorted(stored)
    assert tensors.model_hash(stored) == metadata["sshs_model_hash"]
    training = {key: value for key, value in metadata.items() if key.startswith("ss_")}
    assert tensors.legacy_hash(stored, training) == metadata["sshs_legacy_hash"]
