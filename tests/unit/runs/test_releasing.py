"""Releases: which epochs, what is copied and compared, what is refused; without a trainer."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.unit.finished_run import finished_run, lora
from wantui.caches.header import read_header
from wantui.jobs.model import JobError
from wantui.runs.releasing import lora_file
from wantui.runs.releasing.half_precision import halved, worst_rounding
from wantui.runs.releasing.lora_file import ReleaseError, check, write
from wantui.runs.releasing.plan import Candidate, choose
from wantui.runs.sampling.judging import Judgements
from wantui.runs.sampling.pairs import Pair
from wantui.runs.sampling.pictures import Pictures
from wantui.services.releases import Releases
from wantui.trainer.model import Expert
from wantui.trainer.prompts import Prompt
from wantui.trainer.rehearsal.tensors import load, model_hash, tensor

if TYPE_CHECKING:
    from wantui.paths import Workspace

HIGH, LOW = Expert.HIGH, Expert.LOW


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    return finished_run(tmp_path / "w")


def candidates(lowest: int | None = None) -> list[Candidate]:
    return [Candidate(each, epoch, Path("x"), is_lowest=epoch == lowest) for each in Expert for epoch in (2, 4, 6)]


def test_the_epoch_is_that_asked_for_chosen_lowest_or_last() -> None:
    def found(asked: dict[Expert, int | None], chosen: Pair | None, lowest: int | None) -> list[tuple[int, str]]:
        return [(each.epoch, why) for each, why in choose(candidates(lowest), asked, chosen)]

    last = (6, "the last; no held-out loss is known")
    assert found({}, None, None) == [last, last]
    assert found({}, None, 2) == [(2, "lowest held-out loss")] * 2
    assert found({}, Pair(4, 2), 6) == [(4, "chosen by its pictures"), (2, "chosen by its pictures")]
    assert found({LOW: 6}, Pair(4, 2), 2) == [(4, "chosen by its pictures"), (6, "asked for")]
    assert found({}, Pair(5, 2), None) == [last, last], "half of a chosen pair is gone"
    with pytest.raises(ReleaseError, match="high has no checkpoint of epoch 5; there are 2, 4, 6"):
        found({HIGH: 5}, None, None)


def test_a_pair_that_was_chosen_may_have_averages() -> None:
    averages = [Candidate(each, 6, Path("x"), average="ema-2-6") for each in Expert]
    every = [*candidates(4), *averages]
    found = choose(every, {}, Pair("ema-2-6", 2))
    assert [(each.mark, why) for each, why in found] == [
        ("ema-2-6", "chosen by its pictures"),
        ("2", "chosen by its pictures"),
    ]
    assert [each.mark for each, _ in choose(every, {}, Pair("ema-2-4", 2))] == ["4", "4"], "half of it is gone"
    assert [each.mark for each, _ in choose(every, {}, None)] == ["4", "4"], "never by itself"


@pytest.mark.parametrize("dtype", ["F16", "BF16"])
def test_half_precision_is_copied_byte_for_byte(tmp_path: Path, dtype: str) -> None:
    tensors = lora(tmp_path / "a.safetensors", dtype)
    assert not check(tmp_path / "a.safetensors")
    digest = write(tmp_path / "a.safetensors", tmp_path / "b.safetensors", {"wantui.epoch": "2"})
    copies, metadata = load(tmp_path / "b.safetensors")
    assert copies == tensors
    assert metadata["wantui.epoch"] == "2"
    assert metadata["ss_network_dim"] == "4"
    assert metadata["sshs_legacy_hash"] == "0123abcd"
    assert digest == hashlib.sha256((tmp_path / "b.safetensors").read_bytes()).hexdigest()


def test_single_precision_becomes_half_within_its_rounding(tmp_path: Path) -> None:
    tiny = tensor([1e-9, 3e-8, 6e-8, 0.1, -65504.0, 1.0], (6, 1), "F32")
    up = tensor([1.0] * 6, (1, 6), "F32")
    pair = {"lora_unet_blocks_9_k.lora_down.weight": tiny, "lora_unet_blocks_9_k.lora_up.weight": up}
    originals = lora(tmp_path / "a.safetensors", "F32", more=pair)
    assert check(tmp_path / "a.safetensors")
    write(tmp_path / "a.safetensors", tmp_path / "b.safetensors", {})
    copies, metadata = load(tmp_path / "b.safetensors")
    assert copies.keys() == originals.keys()
    for name, copy in copies.items():
        assert (copy.dtype, copy.shape) == ("F16", originals[name].shape)
        for before, after in zip(originals[name].numbers(), copy.numbers(), strict=True):
            assert abs(before - after) <= max(abs(before) * 2**-11, 2**-25)
    assert metadata["sshs_model_hash"] == model_hash(copies)
    assert "sshs_legacy_hash" not in metadata
    assert (tmp_path / "b.safetensors").stat().st_size < (tmp_path / "a.safetensors").stat().st_size


def test_a_copy_that_is_not_the_original_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lora(tmp_path / "a.safetensors", "F32")
    original = lora_file._copied
    monkeypatch.setattr(lora_file, "_copied", lambda *given: bytes(len(original(*given))))
    with pytest.raises(ReleaseError, match="is not what it is in"):
        write(tmp_path / "a.safetensors", tmp_path / "b.safetensors", {})
    single = tensor([1.0, 2.0], (2,), "F32").data
    assert worst_rounding(single, halved(single)) == 0
    assert worst_rounding(single, tensor([1.001, 2.0], (2,), "F16").data) > 1


@pytest.mark.parametrize(
    ("value", "dtype", "words"),
    [
        (math.nan, "F16", "nan or infinity"),
        (math.inf, "F32", "nan or infinity"),
        (math.nan, "BF16", "nan or infinity"),
        (70000.0, "F32", r"holds 70000, more than half precision can \(65504\)"),
    ],
)
def test_numbers_that_are_none_are_refused(tmp_path: Path, value: float, dtype: str, words: str) -> None:
    bad = {"lora_unet_blocks_0_self_attn_q.alpha": tensor(value, (), dtype)}
    lora(tmp_path / "a.safetensors", dtype, more=bad)
    with pytest.raises(ReleaseError, match=words):
        write(tmp_path / "a.safetensors", tmp_path / "b.safetensors", {})


@pytest.mark.parametrize(
    ("name", "shape", "words"),
    [
        ("diffusion_model.blocks.0.q.lora_A.weight", (4, 16), "named otherwise than loaders"),
        ("lora_unet_blocks_3_k.hada_w1_a", (4, 16), "named otherwise than loaders"),
        ("lora_unet_blocks_3_k.lora_down.weight", (4, 16), r"lora_unet_blocks_3_k has no lora_up.weight"),
        ("lora_unet_blocks_0_self_attn_q.lora_up.weight", (4, 16), "of different ranks"),
    ],
)
def test_names_that_loaders_do_not_know_are_refused(
    tmp_path: Path, name: str, shape: tuple[int, ...], words: str
) -> None:
    lora(tmp_path / "a.safetensors", "F16", more={name: tensor([0.0] * 64, shape, "F16")})
    with pytest.raises(ReleaseError, match=words):
        check(tmp_path / "a.safetensors")


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    lora(tmp_path / "a.safetensors")
    (tmp_path / "a.safetensors").write_bytes((tmp_path / "a.safetensors").read_bytes()[:-1])
    with pytest.raises(ReleaseError, match="1 bytes of it are missing; choose another epoch"):
        check(tmp_path / "a.safetensors")


def test_a_release_is_a_folder_with_all_that_belongs_to_it(workspace: Workspace, tmp_path: Path) -> None:
    Judgements(workspace, 1).choose(Pair(2, 4))
    frames = []
    for number in range(2):
        frames.append(tmp_path / f"f{number}.png")
        Image.new("RGB", (16, 16), (90 * number, 0, 0)).save(frames[-1])
    pictures = Pictures(workspace, 1)
    still = tmp_path / "still.png"
    Image.new("RGB", (16, 16)).save(still)
    pictures.keep("a", Pair(2, 4), Prompt("a *boat*"), [still], seconds=1.0, trainer="rehearsal")
    pictures.keep("b", Pair(2, 4), Prompt("a walk"), frames, seconds=1.0, trainer="rehearsal")
    service = Releases(workspace)
    plan = service.plan(1)
    assert not plan.folder.exists(), "nothing is written before it is asked for"
    released = service.make(plan)
    folder = workspace.root / "releases/toy"
    assert plan.folder == folder
    names = ["toy_high_noise.safetensors", "toy_low_noise.safetensors"]
    assert sorted(each.name for each in folder.iterdir()) == ["README.md", "SHA256SUMS", "samples", *names]
    assert sorted(each.name for each in (folder / "samples").iterdir()) == ["01.png", "02.webp"]
    with Image.open(folder / "samples/02.webp") as clip:
        assert getattr(clip, "n_frames", 1) == 2
    for line, name in zip((folder / "SHA256SUMS").read_text().splitlines(), names, strict=True):
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert line == f"{digest}  {name}"
        assert released.sums[name] == digest
    metadata = read_header(folder / names[0]).metadata
    assert metadata["modelspec.title"] == "toy (high noise)"
    assert metadata["modelspec.author"] == "Ann O'Nym"
    assert metadata["modelspec.trigger_phrase"] == "ohwx style"
    assert (metadata["wantui.expert"], metadata["wantui.epoch"]) == ("high", "2")
    assert metadata["wantui.partner"] == names[1]
    card = (folder / "README.md").read_text()
    assert 'instance_prompt: "ohwx style"' in card
    assert "| `toy_low_noise.safetensors` | low noise | 4 | chosen by its pictures |" in card
    assert "![a \\*boat\\*](samples/01.png)" in card
    assert "--lora_weight_high_noise toy_high_noise.safetensors --lora_weight toy_low_noise.safetensors" in card
    assert "`learning_rate = 0.0002`" in card
    assert "`network_alpha = 16`" in card, "what nobody has set is the workflow's"
    assert plan.dataset in card
    for private in ("hush", "/private", str(workspace.root)):
        assert private not in card
        assert private not in str(metadata)


def test_nothing_is_overwritten_and_nothing_is_left_of_what_failed(workspace: Workspace) -> None:
    service = Releases(workspace)
    plan = service.plan(1)
    service.make(plan)
    before = {path: path.read_bytes() for path in plan.folder.iterdir()}
    with pytest.raises(ReleaseError, match="is there already; --name gives another name"):
        service.plan(1)
    with pytest.raises(ReleaseError, match="is there already"):
        service.make(plan)
    assert {path: path.read_bytes() for path in plan.folder.iterdir()} == before
    other = service.plan(1, name="other")
    bad = {"lora_unet_blocks_0_self_attn_q.alpha": tensor(math.nan, (), "F16")}
    lora(other.files[1].candidate.path, more=bad)
    with pytest.raises(ReleaseError, match="nan"):
        service.make(other)
    assert [each.name for each in plan.folder.parent.iterdir()] == ["toy"]
    for name in ("", ".hidden", "a/b"):
        with pytest.raises(ReleaseError, match="name"):
            service.plan(1, name=name)
    with pytest.raises(JobError, match="7"):
        service.plan(7)


def test_comfyui_gets_the_same_files_and_none_is_overwritten_there(workspace: Workspace, tmp_path: Path) -> None:
    loras = tmp_path / "ComfyUI/models/loras"
    (workspace.root / "wantui.toml").write_text(f'[release]\ncomfyui_loras = "{loras}"\n')
    service = Releases(workspace)
    with pytest.raises(ReleaseError, match="correct comfyui_loras"):
        service.plan(1)
    loras.mkdir(parents=True)
    released = service.make(service.plan(1))
    assert [each.name for each in released.in_loras_folder] == list(released.sums)
    for path in released.in_loras_folder:
        assert path.samefile(released.plan.folder / path.name)
    with pytest.raises(ReleaseError, match=r"loras/toy_high_noise.safetensors is there already"):
        service.plan(1, folder=tmp_path / "elsewhere")


def test_an_expert_alone_is_released_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    service = Releases(finished_run(tmp_path / "alone", experts=[LOW]))
    released = service.make(service.plan(1))
    assert list(released.sums) == ["toy_low_noise.safetensors"]
    assert "low-noise expert alone" in (released.plan.folder / "README.md").read_text()
