"""Pairs, prompts and pictures of a run, and what a person says of them, without a trainer."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest

from wantui.jobs.fields import FieldError
from wantui.jobs.model import JobError
from wantui.paths import Workspace
from wantui.runs.counted_output import CountedOutput, counted_line
from wantui.runs.errors import PlanError
from wantui.runs.sampling.judging import Comparison, Judged, Judgements, next_comparison
from wantui.runs.sampling.order import SampleOrder
from wantui.runs.sampling.pairs import Pair, asked_for, diagonal
from wantui.runs.sampling.pictures import Pictures, SamplePicture, estimate_s, name_of
from wantui.runs.sampling.prompt_file import create, read
from wantui.trainer.catalogue import trainer
from wantui.trainer.prompts import Prompt

EARLY, LATE, MIXED = Pair(2, 2), Pair(4, 4), Pair(2, 4)
CAT, DOG = Prompt("ohwx cat"), Prompt("ohwx dog")
CAPTIONS = [f"ohwx style, a picture of number {number}" for number in range(6)]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    made = Workspace(tmp_path / "w")
    made.root.mkdir()
    made.create_state()
    (made.runs / "1").mkdir()
    made.runtime.mkdir(parents=True)
    return made


def picture(pair: Pair, prompt: Prompt = CAT, seconds: float = 10.0) -> SamplePicture:
    return SamplePicture(f"{pair}-{prompt.text}", pair, prompt, (Path("a.png"),), seconds, "rehearsal", 0.0)


def test_pairs_are_the_diagonal_unless_they_are_named() -> None:
    high, low = [20, 40, 60], [40, 60, 80]
    assert diagonal(high, low) == (Pair(40, 40), Pair(60, 60))
    assert asked_for(high, low, None, None) == diagonal(high, low)
    assert asked_for(high, low, [40, 60], [40, 80]) == (Pair(40, 40), Pair(40, 80), Pair(60, 40), Pair(60, 80))
    assert asked_for(high, low, [60], None) == asked_for(high, low, None, [60]) == (Pair(60, 60),)
    assert asked_for(high, low, [20], []) == (Pair(20, 40), Pair(20, 60), Pair(20, 80))
    with pytest.raises(PlanError, match="high has no checkpoint of epoch 30; there are 20, 40, 60"):
        asked_for(high, low, [30], [40])
    with pytest.raises(PlanError, match="low has no checkpoint of epoch 20; there are 40, 60, 80"):
        asked_for(high, low, [20], None)


def test_averages_are_asked_for_by_name_alone() -> None:
    high: list[int | str] = [20, 40, "ema-20-40"]
    low: list[int | str] = [40, "ema-20-40", "ema-20-40-beta0.9"]
    assert asked_for(high, low, None, None) == (Pair(40, 40),)
    assert asked_for(high, low, [], [40]) == (Pair(20, 40), Pair(40, 40))
    assert asked_for(high, low, None, ["ema-20-40"]) == (Pair("ema-20-40", "ema-20-40"),)
    assert asked_for(high, low, [20], ["ema-20-40-beta0.9"]) == (Pair(20, "ema-20-40-beta0.9"),)
    with pytest.raises(PlanError, match=r"high has no ema-20-40-beta0\.9; there are 20, 40, ema-20-40"):
        asked_for(high, low, None, ["ema-20-40-beta0.9"])
    assert diagonal(high, low) == (Pair(40, 40), Pair("ema-20-40", "ema-20-40")), "all that could be shown"
    several = [Pair("ema-1-2", 3), Pair(3, "ema-1-2"), Pair(20, 3), Pair(3, 20)]
    assert sorted(several) == [Pair(3, 20), Pair(3, "ema-1-2"), Pair(20, 3), Pair("ema-1-2", 3)]


def test_a_prompt_without_the_trigger_is_warned_of_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text("# two\nohwx style, a cat\na dog\n")
    found = read(file, CAPTIONS)
    assert [found.told(each) for each in found.problems] == [
        f'{file}:3: the trigger "ohwx style" is missing: the LoRA may do nothing here'
    ]
    assert [prompt.text for prompt in found.usable()] == ["ohwx style, a cat", "a dog"]
    assert not read(file).problems


def test_bad_prompts_are_refused_with_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    with pytest.raises(PlanError, match=r"prompts.txt is not there; `wantui sample --prompts`"):
        read(file).usable()
    file.write_text("a cat\na dog --w 9\n" + "x --q\n" * 9)
    with pytest.raises(PlanError, match=r"prompts.txt:2: --w 9: .*\n.*prompts.txt:3: --q(.|\n)*and 5 lines more"):
        read(file).usable()
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(PlanError, match="text file in UTF-8"):
        read(file)
    file.write_text("# nothing\n")
    with pytest.raises(PlanError, match="has no prompt in it"):
        read(file).usable()


def test_an_example_is_written_once_with_the_trigger(tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    assert create(file, CAPTIONS)
    assert not read(file, CAPTIONS).problems
    assert all(prompt.text.startswith("ohwx style, ") for prompt in read(file).usable())
    file.write_text("mine\n")
    assert not create(file, CAPTIONS)
    assert file.read_text() == "mine\n"


def test_an_order_comes_back_from_its_record() -> None:
    order = SampleOrder(7, (CAT, Prompt("a", frames=5, guidance=2.0)), (EARLY, MIXED))
    assert SampleOrder.from_document(json.loads(json.dumps(order.to_document()))) == order
    averaged = SampleOrder(7, (CAT,), (Pair(40, "ema-10-40"),))
    assert SampleOrder.from_document(json.loads(json.dumps(averaged.to_document()))) == averaged
    every = SampleOrder(7, (CAT,))
    assert SampleOrder.from_document(every.to_document()) == every
    wrong: list[object] = [[1], [[math.inf, 1]], {"a": 1}]
    documents: list[dict[str, Any]] = [{}, {"sample": {"run": 1, "prompts": [3], "pairs": None}}]
    documents += [{"sample": {"run": 1, "prompts": [], "pairs": each}} for each in wrong]
    for broken in documents:
        with pytest.raises(FieldError):
            SampleOrder.from_document(broken)


def test_a_picture_is_known_by_all_that_it_depends_on(tmp_path: Path) -> None:
    image = tmp_path / "a.png"
    image.write_bytes(b"one")
    begun = Prompt("ohwx cat", image=image)
    names = [
        name_of(CAT, EARLY, "h", "l"),
        name_of(DOG, EARLY, "h", "l"),
        name_of(Prompt("ohwx cat", seed=1), EARLY, "h", "l"),
        name_of(CAT, EARLY, "other", "l"),
        name_of(CAT, EARLY, "h", "other"),
        name_of(begun, EARLY, "h", "l"),
    ]
    image.write_bytes(b"two")
    names.append(name_of(begun, EARLY, "h", "l"))
    assert len(set(names)) == 7
    assert name_of(CAT, EARLY, "h", "l") == names[0]


def test_pictures_are_moved_to_their_place_whole(workspace: Workspace, tmp_path: Path) -> None:
    pictures = Pictures(workspace, 1)
    assert pictures.all() == ()
    frames = [tmp_path / f"{number}.png" for number in range(2)]
    for frame in frames:
        frame.write_bytes(b"png")
    name = name_of(CAT, LATE, "h", "l")
    pictures.keep(name, LATE, CAT, frames, seconds=3.0, trainer="rehearsal")
    (found,) = pictures.all()
    assert (found.pair, found.prompt, found.seconds, len(found.frames)) == (LATE, CAT, 3.0, 2)
    assert pictures.has(name)
    assert not any(frame.exists() for frame in frames)

    broken = pictures.folder / "high000001-low000001-0"
    broken.mkdir()
    (broken / "picture.json").write_text("{}")
    assert pictures.all() == (found,)


def test_the_same_made_twice_at_once_is_kept_once(workspace: Workspace, tmp_path: Path) -> None:
    pictures, name = Pictures(workspace, 1), name_of(CAT, LATE, "h", "l")
    for content in (b"first", b"second"):
        frame = tmp_path / content.decode() / "0.png"
        frame.parent.mkdir()
        frame.write_bytes(content)
        pictures.keep(name, LATE, CAT, [frame], seconds=1.0, trainer="rehearsal")
    (found,) = pictures.all()
    assert found.frames[0].read_bytes() == b"first"
    assert [path.name for path in pictures.folder.iterdir()] == [name]


def test_a_checkpoint_is_read_once_for_its_digest(workspace: Workspace, tmp_path: Path) -> None:
    pictures, file = Pictures(workspace, 1), tmp_path / "a.safetensors"
    file.write_bytes(b"one")
    first = pictures.digest(file)
    assert Pictures(workspace, 1).digest(file) == first
    file.write_bytes(b"other")
    assert pictures.digest(file) != first


def test_an_estimate_goes_by_what_was_made_before() -> None:
    assert estimate_s([CAT], []) is None
    made = [picture(EARLY, seconds=seconds) for seconds in (10.0, 12.0, 900.0)]
    assert estimate_s([CAT, CAT], made) == pytest.approx(24.0)
    assert estimate_s([Prompt("twice", steps=40)], made) == pytest.approx(24.0)


def test_the_log_tells_how_far_it_is() -> None:
    reader = CountedOutput("making pictures", "pictures? to make", trainer("rehearsal").output_reader("high"))
    reader.feed(b"4 pictures to make, about 2 min\n")
    assert (reader.progress.step, reader.progress.steps) == (0, 4)
    reader.feed(counted_line(1, 4, 30.0, "high 2 + low 2: a cat").encode() + b"\n100%| 4/4\n")
    known = reader.progress
    assert (known.step, known.steps, known.step_s, known.eta_s) == (1, 4, 30.0, 90.0)


def test_choice_and_comparisons_are_kept(workspace: Workspace) -> None:
    kept = Judgements(workspace, 1)
    assert kept.read() == Judged()
    kept.choose(MIXED)
    kept.compare("a cat", MIXED, EARLY)
    told = kept.compare("a dog", EARLY, MIXED, is_tie=True)
    assert Judgements(workspace, 1).read() == told
    assert told.chosen == MIXED
    assert kept.choose(None).chosen is None
    assert len(kept.read().comparisons) == 2
    same = {"high": 2, "low": 2}
    itself = {"prompt": "a", "better": same, "worse": same, "tie": False, "when": 0}
    documents: list[object] = [[], {"comparisons": [itself]}, {"comparisons": [itself | {"when": 10**400}]}]
    for wrong in documents:
        kept.file.write_text(json.dumps(wrong))
        with pytest.raises(JobError, match=r"judged.json: cannot be read"):
            kept.read()


def compared(*told: tuple[Pair, Pair]) -> Judged:
    return Judged(None, tuple(Comparison("a", better, worse) for better, worse in told))


def test_it_is_said_why_one_is_ahead() -> None:
    assert Judged().ahead == ""
    clear = compared((LATE, EARLY), (LATE, EARLY), (EARLY, LATE), (LATE, MIXED), (EARLY, MIXED))
    assert [str(each) for each in clear.standings] == [
        "high 4 + low 4: 3 won, 1 lost",
        "high 2 + low 2: 2 won, 2 lost",
        "high 2 + low 4: 0 won, 2 lost",
    ]
    assert clear.ahead == (
        "high 4 + low 4 is ahead after 5 comparisons: it won 3 and lost 1, 2 of 3 against high 2 + low 2"
    )
    even = Judged(None, (Comparison("a", LATE, EARLY, is_tie=True),))
    assert even.ahead.startswith("none is ahead after 1 comparison: high 2 + low 2: 0 won, 0 lost, 1 tie")


def test_what_was_compared_least_comes_next() -> None:
    drawn = random.Random(1)
    assert next_comparison([picture(EARLY), picture(EARLY, DOG)], Judged(), drawn) is None
    every = [picture(pair, prompt) for pair in (EARLY, LATE, MIXED) for prompt in (CAT, DOG)]
    judged = Judged()
    seen = []
    for _ in range(6):
        found = next_comparison(every, judged, drawn)
        assert found is not None
        one, other = found
        assert one.prompt == other.prompt
        assert one.pair != other.pair
        seen.append((one.prompt, frozenset((one.pair, other.pair))))
        judged = Judged(None, (*judged.comparisons, Comparison(one.prompt.line(), one.pair, other.pair)))
    assert len(set(seen)) == 6, "each pair of pairs once for each prompt before one comes again"
    assert len({pairs for _, pairs in seen[:3]}) == 3, "and each once before one comes with another prompt"
