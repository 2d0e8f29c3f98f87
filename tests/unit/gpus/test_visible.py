"""``CUDA_VISIBLE_DEVICES``, as CUDA reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.gpus.visible import visible_indices

UUIDS = ["GPU-8932f937-d72c", "GPU-8932ffff-0000", "GPU-0a000000-0000"]


@pytest.mark.parametrize(
    ("value", "indices"),
    [
        (None, (0, 1, 2)),
        ("", ()),
        ("-1", ()),
        ("1", (1,)),
        ("2,0", (2, 0)),
        (" 2 , 0 ", (2, 0)),
        ("0,2,-1,1", (0, 2)),
        ("0,3,1", (0,)),
        ("0,,1", (0,)),
        ("0,x,1", (0,)),
        ("0,0", ()),
        ("0,GPU-8932f937", ()),
        ("GPU-0a,GPU-8932f", (2,)),
        ("GPU-8932f9,GPU-0", (0, 2)),
        ("GPU-8932", ()),
        ("GPU-ffff,0", ()),
        ("8932f937", ()),
        ("MIG-8932f937-d72c/1/0", ()),
        ("NoDevFiles", ()),
        ("²", ()),
    ],
)
def test_what_is_left(value: str | None, indices: tuple[int, ...]) -> None:
    assert visible_indices(value, UUIDS) == indices


@given(st.lists(st.integers(0, 9), unique=True), st.integers(0, 9))
def test_indices_before_the_first_invalid_one(indices: list[int], count: int) -> None:
    uuids = [f"GPU-{index}" for index in range(count)]
    kept = []
    for index in indices:
        if index >= count:
            break
        kept.append(index)
    assert visible_indices(",".join(map(str, indices)), uuids) == tuple(kept)
