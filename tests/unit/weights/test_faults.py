"""What networks do, all of it: every file ends right, or the error says what is wrong."""

from __future__ import annotations

import random
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from tests.models_server import Trouble
from tests.unit.weights.conftest import QUICK
from wantui.weights.catalogue import weights_for
from wantui.weights.model import FileState

if TYPE_CHECKING:
    from tests.unit.weights.conftest import Bench

PASSING = {
    "HEAD: nothing comes back": ("HEAD", Trouble("drop")),
    "HEAD: reset": ("HEAD", Trouble("reset")),
    "HEAD: 503": ("HEAD", Trouble("status", status=503)),
    "HEAD: 429 with seconds": ("HEAD", Trouble("status", status=429, headers={"Retry-After": "3600"})),
    "HEAD: no size and no sha256": ("HEAD", Trouble("untold")),
    "HEAD: never answers": ("HEAD", Trouble("silent")),
    "HEAD: the repository has another name": ("HEAD", Trouble("renamed")),
    "GET: the repository has another name": ("GET", Trouble("renamed")),
    "GET: 500": ("GET", Trouble("status", status=500)),
    "GET: 429 with a date": ("GET", Trouble("status", status=429, headers={"Retry-After": formatdate(4e9)})),
    "GET: redirects in a circle": ("GET", Trouble("loop")),
    "GET: redirects out of the web": ("GET", Trouble("elsewhere")),
    "GET: the file has changed": ("GET", Trouble("changed")),
    "store: cut after some bytes": ("store", Trouble("cut", at=70_000)),
    "store: cut before the first byte": ("store", Trouble("cut", at=0)),
    "store: torn off": ("store", Trouble("tear", at=130_000)),
    "store: stalls after some bytes": ("store", Trouble("stall", at=99_999)),
    "store: stalls at once": ("store", Trouble("silent")),
    "store: reset": ("store", Trouble("reset")),
    "store: speaks something else": ("store", Trouble("garbage")),
    "store: 403 as its signature is over": ("store", Trouble("status", status=403)),
    "store: 416": ("store", Trouble("status", status=416)),
    "store: 503 with seconds": ("store", Trouble("status", status=503, headers={"Retry-After": "1"})),
    "store: longer than the file": ("store", Trouble("length", at=500)),
    "store: shorter than the file": ("store", Trouble("length", at=-500)),
    "store: a wrong range": ("store", Trouble("range")),
    "store: no ranges": ("store", Trouble("whole")),
}

STALLING = ("silent", "stall")


def assert_whole(bench: Bench) -> None:
    for weight in weights_for("t2v"):
        assert bench.target(weight.key).read_bytes() == bench.contents[weight.key]
    assert not list(bench.workspace.root.rglob("*.part*"))


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_is_borne(bench: Bench, name: str) -> None:
    queue, trouble = PASSING[name]
    bench.stall_s = 0.5 if trouble.kind in STALLING else bench.stall_s
    after = [trouble] if queue == "store" else []
    bench.hub.every_file(Trouble("cut", at=50_000), *after)  # so that ranges are asked for
    bench.hub.troubles[queue].extend([trouble] if not after else [])
    progress = bench.download().run("t2v")
    assert progress.ended == "done", [file.note for file in progress.files]
    assert_whole(bench)


@pytest.mark.parametrize("seed", range(3))
def test_all_of_them_in_one_download(bench: Bench, seed: int) -> None:
    order = random.Random(seed).sample(list(PASSING.values()), len(PASSING))
    for queue, trouble in order:
        bench.hub.troubles[queue].append(trouble)
    bench.stall_s = 0.5
    bench.patience = type(QUICK)(
        tries=40, wrong_answers=20, first_wait_s=0.001, longest_wait_s=0.01, longest_asked_s=0.01
    )
    progress = bench.download().run("t2v")
    assert progress.ended == "done", [file.note for file in progress.files]
    assert_whole(bench)
    assert not any(bench.hub.troubles.values())


LASTING = {
    "HEAD: nothing comes back": ("HEAD", Trouble("drop"), "cannot be reached"),
    "HEAD: 503": ("HEAD", Trouble("status", status=503), "HTTP 503"),
    "HEAD: no sha256": ("HEAD", Trouble("untold"), "does not say size and sha256"),
    "GET: circle": ("GET", Trouble("loop"), "redirects without end"),
    "store: cut at once": ("store", Trouble("cut", at=0), "the connection ended at byte 0 of"),
    "store: longer": ("store", Trouble("length", at=500), "bytes, and the Hub says"),
    "store: shorter": ("store", Trouble("length", at=-500), "bytes, and the Hub says"),
    "store: 403": ("store", Trouble("status", status=403), "refuses (HTTP 403)"),
    "store: garbage": ("store", Trouble("garbage"), "no whole answer in HTTP"),
    "store: 416": ("store", Trouble("status", status=416), "keeps changing"),
}


@pytest.mark.parametrize("name", LASTING)
def test_a_fault_that_lasts_is_told_and_leaves_nothing_that_looks_right(bench: Bench, name: str) -> None:
    queue, trouble, says = LASTING[name]
    bench.hub.troubles[queue].extend([trouble] * 200)
    progress = bench.download().run("t2v")
    assert progress.ended == "failed"
    for file in progress.files:
        assert file.state is FileState.FAILED
        assert says in file.note
        assert "Signature" not in file.note
    assert not any(bench.target(weight.key).exists() for weight in weights_for("t2v"))
    for queued in bench.hub.troubles.values():
        queued.clear()
    assert bench.download().run("t2v").ended == "done"
    assert_whole(bench)


def test_a_wrong_range_that_lasts_keeps_what_was_right(bench: Bench) -> None:
    bench.hub.every_file(Trouble("cut", at=100_000), *[Trouble("range")] * 100)
    progress = bench.download().run("t2v")
    assert progress.ended == "failed"
    assert all("wrong range" in file.note and file.done == 100_000 for file in progress.files)


def test_a_server_without_ranges_that_always_breaks_is_given_up(bench: Bench) -> None:
    bench.hub.troubles["store"].extend([Trouble("whole-cut", at=10_000)] * 1000)
    progress = bench.download().run("t2v")
    assert progress.ended == "failed"
    assert all("the connection ended at byte" in file.note for file in progress.files)


def test_nobody_at_the_address(bench: Bench) -> None:
    download = bench.download()
    bench.hub.close()
    progress = download.run("t2v")
    assert all("cannot be reached" in file.note for file in progress.files)
