"""The list of problems: what is wrong, keys that fix it, and taking that back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import items, settled, shown, until, work_screen
from tests.ui.sites import app_of, files, texts
from wantui.listing.rows import ItemStatus
from wantui.ui.dataset.problem_list import ProblemList
from wantui.ui.dataset.problems import ProblemsScreen
from wantui.ui.dialogs.confirm import Confirm
from wantui.ui.work.top_line import TopLine

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot


async def opened(pilot: Pilot[None]) -> ProblemList:
    """The list, once the dataset has been looked at."""
    await pilot.press("p")
    await until(pilot, lambda: isinstance(pilot.app.screen, ProblemsScreen))
    found = pilot.app.screen.query_one(ProblemList)
    await until(pilot, lambda: found.note != "Reading the dataset.")
    return found


def codes(found: ProblemList) -> list[str]:
    return [trouble.problem.code for trouble in found.troubles]


def drawn(found: ProblemList) -> str:
    return "\n".join(found.render_line(y).text.rstrip() for y in range(found.size.height))


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_problems_are_listed_in_groups_and_fixed_by_key(site: Path, size: tuple[int, int]) -> None:
    (site / "a.txt").write_bytes(b"\xef\xbb\xbfohwx, dog")
    (site / "b.jpg").rename(site / "b.JpG")
    before = files(site)
    async with app_of(site).run_test(size=size) as pilot:
        await settled(pilot)
        found = await opened(pilot)
        assert {"missing-caption", "caption-byte-order-mark", "mixed-case-suffix"} <= set(codes(found))
        assert "1 missing-caption   fix by hand" in drawn(found)
        at = next(at for at in range(found.row_count) if _code_at(found, at) == "caption-byte-order-mark")
        found.move_to(at)
        await pilot.press("m")
        await until(pilot, lambda: texts(site)["a"] == "ohwx, dog")
        await until(pilot, lambda: "caption-byte-order-mark" not in codes(found))
        await pilot.press("u")
        await until(pilot, lambda: files(site) == before)
        await until(pilot, lambda: "caption-byte-order-mark" in codes(found))


async def test_that_m_cannot_fix_a_problem_is_said_of_that_problem_only(site: Path) -> None:
    (site / "a.txt").write_bytes(b"\xef\xbb\xbfohwx, dog")
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        found = await opened(pilot)
        await until(pilot, lambda: "Every image was checked" in shown(pilot) or "found in the images" in shown(pilot))
        found.move_to(next(at for at in range(found.row_count) if _code_at(found, at) == "missing-caption"))
        await pilot.press("m")
        await until(pilot, lambda: "m cannot fix this one: press enter to go to it." in shown(pilot))
        found.move_to(next(at for at in range(found.row_count) if _code_at(found, at) == "caption-byte-order-mark"))
        await until(pilot, lambda: "m cannot fix" not in shown(pilot))


async def test_the_list_the_top_line_and_the_problems_have_one_pair_of_signs(site: Path) -> None:
    (site / "a.txt").write_bytes(b"\xef\xbb\xbfohwx, dog")
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        found = await opened(pilot)
        errors = [trouble.problem.severity.value for trouble in found.troubles].count("error")
        await pilot.press("escape")
        await until(pilot, lambda: screen.problems > 0)
        warned = next(row for row in screen.rows if "caption-byte-order-mark" in row.codes)
        lacking = next(row for row in screen.rows if "missing-caption" in row.codes)
        assert (warned.is_error, lacking.is_error) == (False, True)
        assert f"✗ {errors}  ! {screen.problems - errors}" in shown(pilot)
        lines = shown(pilot).splitlines()
        assert any(f"✗ {lacking.name}" in line for line in lines)
        assert any(f"! {warned.name}" in line for line in lines)


async def test_all_of_a_kind_are_fixed_after_a_question(site: Path) -> None:
    for name in ("a", "b"):
        (site / f"{name}.txt").write_bytes(b"\xef\xbb\xbf" + (site / f"{name}.txt").read_bytes())
    async with app_of(site).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        found = await opened(pilot)
        found.move_to(next(at for at in range(found.row_count) if _code_at(found, at) == "caption-byte-order-mark"))
        await pilot.press("M")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("enter")
        await until(pilot, lambda: not any(text.startswith("\ufeff") for text in texts(site).values()))
        await until(pilot, lambda: "caption-byte-order-mark" not in codes(found))


async def test_pictures_that_look_alike_are_found_behind_the_list(site: Path) -> None:
    (site / "d.jpg").write_bytes((site / "a.jpg").read_bytes())
    (site / "d.txt").write_text("ohwx, the same dog")
    async with app_of(site).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        found = await opened(pilot)
        await until(pilot, lambda: "near-duplicate" in codes(found))


async def test_enter_goes_to_the_item(site: Path) -> None:
    async with app_of(site).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        found = await opened(pilot)
        found.move_to(next(at for at in range(found.row_count) if _code_at(found, at) == "missing-caption") + 1)
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        highlighted = items(pilot).highlighted
        assert highlighted is not None
        assert highlighted.item.name == "c"


def _code_at(found: ProblemList, at: int) -> str:
    found.move_to(at)
    assert found.group is not None
    return found.group.code


async def test_the_problem_under_the_cursor_is_told_in_full_where_its_line_is_cut(site: Path) -> None:
    (site / "a.txt").write_bytes(b"caf\xe9, dog")
    async with app_of(site).run_test(size=(60, 24)) as pilot:
        await settled(pilot)
        found = await opened(pilot)
        at = next(at for at in range(found.row_count) if _code_at(found, at) == "caption-not-utf8")
        found.move_to(at + 1)
        await until(pilot, lambda: found.cursor == at + 1)
        trouble = found.trouble
        assert trouble is not None
        row = drawn(found).splitlines()[at + 1]
        assert row.endswith("…")
        assert trouble.helps not in row
        told_in_full = str(pilot.app.screen.query_one("#problem-says").render())
        assert trouble.problem.message in told_in_full
        assert trouble.helps in told_in_full


async def test_problems_have_one_count_everywhere(site: Path) -> None:
    (site / "of-nothing.txt").write_text("cat")
    async with app_of(site).run_test(size=(200, 50)) as pilot:
        screen = await settled(pilot)
        await pilot.press("p")
        await until(pilot, lambda: "Every image was checked" in shown(pilot) or "found in the images" in shown(pilot))
        listed = len(pilot.app.screen.query_one(ProblemList).troubles)
        assert listed > len({row.item.key for row in screen.rows if row.codes})
        await pilot.press("escape")
        await until(pilot, lambda: screen.problems == listed)
        assert f"{listed} problems" in str(items(pilot).border_subtitle)
        facts = screen.query_one(TopLine).facts
        assert facts is not None
        assert facts.statuses[ItemStatus.PROBLEM] == listed
