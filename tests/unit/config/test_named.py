"""Named presets: what is saved is what is loaded, and what is wrong with a file is said with its line."""

from __future__ import annotations

import errno
import os
import string
import threading
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui import atomic
from wantui.config import ConfigError, load
from wantui.config.named import (
    NamedPreset,
    differences,
    file_of,
    load_preset,
    names,
    read_preset,
    remove_preset,
    save_preset,
)
from wantui.config.schema import CachingConfig, TrainingConfig
from wantui.memory_ways import MEMORY
from wantui.paths import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

flag_names = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=12).map(lambda rest: f"f{rest}")
scalars = (
    st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
)
flags = st.dictionaries(flag_names, scalars | st.lists(scalars, max_size=3).map(tuple), max_size=4)
presets = st.builds(
    NamedPreset,
    name=st.just("night"),
    run=st.fixed_dictionaries(
        {},
        optional={
            "task": st.sampled_from(["t2v", "i2v"]),
            "experts": st.sampled_from(["both", "high", "low"]),
            "epochs": st.integers(1, 5000),
            "save_every": st.integers(1, 5000),
            "memory": st.sampled_from(MEMORY),
        },
    ),
    training=st.none() | st.builds(TrainingConfig, flags=flags, high=flags, low=flags),
    caching=st.none() | st.builds(CachingConfig, flags=flags, latents=flags, text=flags),
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def write(workspace: Workspace, name: str, text: str) -> Path:
    file = file_of(workspace, name)
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return file


@given(presets)
def test_what_is_saved_is_what_is_loaded(tmp_path_factory: pytest.TempPathFactory, preset: NamedPreset) -> None:
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    file = save_preset(workspace, preset, origin="a run\nof two lines")
    assert load_preset(workspace, "night") == preset
    tomllib.loads(file.read_text())
    assert differences(load_preset(workspace, "night").values(), preset.values()) == {}


def test_a_preset_replaces_what_it_has_and_flags_whole(workspace: Workspace) -> None:
    workspace.config_file.write_text(
        '[run]\nepochs = 7\nsuffix = "anna"\n[training]\nnetwork_dim = 32\nseed = 1\n[caching]\nbatch_size = 2\n'
    )
    write(workspace, "night", '[run]\ntask = "i2v"\n\n[training]\nnetwork_dim = 8\n')
    config = load_preset(workspace, "night").under(load(workspace))
    assert (config.run.task, config.run.epochs, config.run.suffix) == ("i2v", 7, "anna")
    assert config.training.flags == {"network_dim": 8}
    assert config.caching.flags == {"batch_size": 2}
    assert config.sources["training.network_dim"] == "presets/night.toml:5"
    assert config.sources["run.task"] == "presets/night.toml:2"
    assert config.sources["run.epochs"] == "wantui.toml:2"
    assert "training.seed" not in config.sources


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[run]\nepocs = 3\n", 2, "did you mean run.epochs?"),
        ("[run]\nepochs = 0\n", 2, "run.epochs = 0 is not allowed"),
        ('[run]\n\ndataset = "x"\n', 3, "run.dataset is of this machine alone"),
        ("[gpus]\nuse = [0]\n", 2, "gpus.use is of this machine alone"),
        ('[trainer]\nroot = "/x"\n', 2, "trainer.root is of this machine alone"),
        ("[training]\nnetwork_dim = { a = 1 }\n", 2, "unknown section [training.network_dim]"),
        ("[training.hgih]\na = 1\n", 1, "did you mean training.high?"),
        ("[run\n", 1, "is not valid TOML"),
        ("run = 3\n", 1, "run is a section"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(workspace: Workspace, text: str, line: int, said: str) -> None:
    file = write(workspace, "night", text)
    with pytest.raises(ConfigError) as error:
        load_preset(workspace, "night")
    assert f"{file}:{line}: " in str(error.value)
    assert said in str(error.value)


def test_bytes_that_are_no_text_are_refused(workspace: Workspace) -> None:
    file = write(workspace, "night", "")
    file.write_bytes(b"[run]\nauthor = '\xff'\n")
    with pytest.raises(ConfigError, match=r"night\.toml:2: is not UTF-8"):
        read_preset(file, "night")


@pytest.mark.parametrize("name", ["", " a", "a ", ".a", "-a", "a/b", "../a", "a\n", "7", "a" * 65, "ä", "a.", "a\0"])
def test_a_name_stays_within_its_folder_and_is_no_run(workspace: Workspace, name: str) -> None:
    with pytest.raises(ConfigError, match="is no name"):
        file_of(workspace, name)


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nothing", "link to itself"])
def test_what_is_no_file_is_no_preset_and_is_left_alone(workspace: Workspace, kind: str) -> None:
    file = write(workspace, "night", "")
    file.unlink()
    make: dict[str, Callable[[], object]] = {
        "folder": file.mkdir,
        "pipe": lambda: os.mkfifo(file),
        "link to nothing": lambda: file.symlink_to("gone"),
        "link to itself": lambda: file.symlink_to(file.name),
    }
    make[kind]()
    assert names(workspace) == ()
    for act in (
        lambda: load_preset(workspace, "night"),
        lambda: save_preset(workspace, NamedPreset("night"), replaces=True),
        lambda: remove_preset(workspace, "night"),
    ):
        with pytest.raises(ConfigError, match="is not a regular file; make it one or remove it"):
            act()
    assert os.path.lexists(file)


def test_a_full_disk_is_not_taken_for_missing_permissions(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(atomic, "write_text", full)
    with pytest.raises(ConfigError, match=r"cannot be written \(No space left on device\); make room on its disk"):
        save_preset(workspace, NamedPreset("night"))


def test_a_number_too_long_to_be_written_out_is_refused_with_its_line(workspace: Workspace) -> None:
    write(workspace, "night", f"[training]\nnetwork_dim = 0x{'f' * 6000}\n")
    with pytest.raises(ConfigError, match=r"night\.toml:2: training\.network_dim = a number of 24000 bits"):
        load_preset(workspace, "night")


@given(st.text(max_size=10))
def test_no_name_leaves_the_folder(name: str) -> None:
    root = Workspace(Path("/workspace"))
    try:
        file = file_of(root, name)
    except ConfigError:
        return
    assert file.parent == root.root / "presets"
    assert os.path.normpath(file) == str(file)


def test_one_that_is_missing_names_the_near_ones(workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match="there are none"):
        load_preset(workspace, "night")
    write(workspace, "night", "")
    write(workspace, "day", "")
    with pytest.raises(ConfigError, match=r"did you mean night\?"):
        load_preset(workspace, "nihgt")
    with pytest.raises(ConfigError, match="there are: day, night"):
        load_preset(workspace, "xyz")


def test_nothing_is_overwritten_or_lost(workspace: Workspace) -> None:
    one, other = NamedPreset("night", {"epochs": 1}), NamedPreset("night", {"epochs": 2})
    save_preset(workspace, one)
    with pytest.raises(ConfigError, match="already exists"):
        save_preset(workspace, other)
    assert load_preset(workspace, "night") == one
    save_preset(workspace, other, replaces=True)
    kept = remove_preset(workspace, "night")
    assert names(workspace) == ()
    assert {read_preset(path, "x").run["epochs"] for path in kept.parent.iterdir()} == {1, 2}
    with pytest.raises(ConfigError, match="there is no preset night"):
        remove_preset(workspace, "night")


def test_of_those_who_save_one_name_at_once_one_does(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them look whether it is there before any has written it."""
    write, together = atomic.write_text, threading.Event()

    def slowly(path: Path, text: str) -> None:
        together.wait(0.2)
        write(path, text)

    monkeypatch.setattr(atomic, "write_text", slowly)

    def save(epochs: int) -> bool:
        try:
            save_preset(workspace, NamedPreset("mine", {"epochs": epochs}))
        except ConfigError as error:
            assert "already exists" in str(error)  # noqa: PT017  most of them
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(save, range(1, 5))) == 1


def test_what_holds_for_both_cache_scripts_is_the_same_written_for_each() -> None:
    one = NamedPreset("a", caching=CachingConfig({"num_workers": 2}, {}, {"num_workers": 1}))
    other = NamedPreset("b", caching=CachingConfig({}, {"num_workers": 2}, {"num_workers": 1}))
    assert differences(one.values(), other.values()) == {}
    third: dict[str, Any] = NamedPreset("c", caching=CachingConfig({"num_workers": 2})).values()
    assert differences(one.values(), third) == {"caching.text.num_workers": (1, 2)}
