from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, dataclass, replace
from pathlib import Path

import pytest

from wantui.dataset.lean_paths import as_text, paths_as_text, unparsed


@paths_as_text("one", "maybe", "many")
@dataclass(frozen=True, slots=True)
class Record:
    one: Path
    maybe: Path | None
    many: tuple[Path, ...]
    other: int = 1


RECORD = Record(Path("/a/b"), None, (Path("c"), Path("d/e")))


def test_paths_are_given_back() -> None:
    assert (RECORD.one, RECORD.maybe, RECORD.many) == (Path("/a/b"), None, (Path("c"), Path("d/e")))
    assert as_text(RECORD, "one") == "/a/b"
    assert as_text(RECORD, "many") == ("c", "d/e")
    assert as_text(RECORD, "other") == 1


def test_it_is_a_value_like_any_other() -> None:
    assert Record(unparsed("/a/b"), None, (Path("c"), Path("d/e"))) == RECORD
    assert hash(replace(RECORD, maybe=Path("x"))) == hash(replace(RECORD, maybe=Path("x")))
    assert replace(RECORD, maybe=Path("x")).maybe == Path("x")
    assert "PosixPath('/a/b')" in repr(RECORD)
    with pytest.raises(FrozenInstanceError):
        RECORD.one = Path("x")  # type: ignore[misc]  # just that is refused


def test_it_is_sent_as_text() -> None:
    sent = pickle.dumps(RECORD)
    assert b"pathlib" not in sent
    assert pickle.loads(sent) == RECORD  # noqa: S301  just made
