"""``CUDA_VISIBLE_DEVICES``, as CUDA reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.gpus.visible import Slice, visible_indices

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


CUT_UP = [
    Slice(3, 1, ("MIG-11111111-aaaa", "MIG-GPU-8932ffff-0000/7/0")),
    Slice(5, 1, ("MIG-11112222-bbbb", "MIG-GPU-8932ffff-0000/9/0")),
]
"""The second of the three GPUs has two slices."""


@pytest.mark.parametrize(
    ("value", "indices"),
    [
        (None, (0, 3, 5, 2)),
        ("MIG-11112222-bbbb", (5,)),
        ("MIG-11112222-bbbb,MIG-11111111-aaaa,0", (5, 3, 0)),
        ("MIG-11111111", (3,)),
        ("MIG-1111", ()),
        ("MIG-GPU-8932ffff-0000/9/0", (5,)),
        ("MIG-99999999-cccc,0", ()),
        ("MIG-11111111-aaaa,MIG-11111111-aaaa", ()),
        ("1", (3, 5)),
        ("GPU-8932ffff,2", (3, 5, 2)),
        ("1,MIG-11111111-aaaa", ()),
        ("3", ()),
    ],
)
def test_slices_of_a_gpu_take_its_place(value: str | None, indices: tuple[int, ...]) -> None:
    assert visible_indices(value, UUIDS, CUT_UP) == indices


@given(st.text(alphabet="GPUMI-0123456789,/ abc", max_size=40))
def test_any_value_names_devices_that_are_there(value: str) -> None:
    found = visible_indices(value, UUIDS, CUT_UP)
    assert set(found) <= {0, 2, 3, 5}
    assert len(set(found)) == len(found)
