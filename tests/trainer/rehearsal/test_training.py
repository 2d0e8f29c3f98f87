"""The training script, as a program."""

from __future__ import annotations

import math

import pytest

from tests.trainer.rehearsal.scene import SAMPLES, Scene, make_scene
from wantui.dataset import blueprint
from wantui.dataset.scan import scan
from wantui.dataset.steps import plan
from wantui.trainer.musubi.event_files import MusubiEvents, event_files
from wantui.trainer.rehearsal import tensors


def _names(scene: Scene) -> list[str]:
    return sorted(path.name for path in scene.output.iterdir())


def test_both_experts_train(cached: Scene) -> None:
    flags = ("--max_train_epochs", "3", "--save_every_n_epochs", "1", "--metadata_author", "Zoë <z@example.org>")
    for job in ("high", "low"):
        ended = cached.run(job, *flags, "--metadata_title", f"WAN2.2 {job}", "--output_name", job)

        assert ended.code == 0, ended.text
        progress = ended.progress
        assert (progress.step, progress.steps, progress.epoch, progress.epochs) == (9, 9, 3, 3)
        assert progress.phase == "finished"
        assert progress.loss == pytest.approx(ended.losses[-1])
        saved = (f"{job}-000001.safetensors", f"{job}-000002.safetensors", f"{job}.safetensors")
        assert [path.name for path in progress.saved] == list(saved)
        assert "wantui's rehearsal trainer" in ended.text
        _, metadata = tensors.load(cached.output / f"{job}.safetensors")
        assert metadata["modelspec.title"] == f"WAN2.2 {job}"
        assert metadata["modelspec.author"] == "Zoë <z@example.org>"
        assert metadata["modelspec.timestep_range"] == {"high": "875,1000", "low": "0,875"}[job]
        assert metadata["ss_sd_model_name"] == f"{job}.safetensors"


def test_lora_files_are_formed_as_the_trainers(cached: Scene) -> None:
    cached.run("high", "--max_train_epochs", "1", "--vae", "vae.safetensors", "--metadata_author", "me")

    made, metadata = tensors.load(cached.output / "toy.safetensors")
    real, real_metadata = tensors.load(SAMPLES / "lora" / "pinned-high.safetensors")

    # The one key that the two commits write differently is as the later one writes it.
    assert real_metadata.keys() - metadata.keys() == {"ss_ss_session_id"}
    assert made.keys() <= real.keys()
    for name, values in made.items():
        assert values.dtype == real[name].dtype
        assert len(values.shape) == len(real[name].shape)
    assert made["lora_unet_blocks_0_ffn_0.lora_down.weight"].shape == (4, 32)
    assert metadata["sshs_model_hash"] == tensors.model_hash(made)
    same = ["ss_base_model_version", "modelspec.architecture", "modelspec.timestep_range", "sshs_legacy_hash"]
    assert {key: metadata[key] for key in same} == {key: real_metadata[key] for key in same}


def test_a_rehearsal_says_so_in_its_file(cached: Scene) -> None:
    cached.run("high", "--max_train_epochs", "1", "--training_comment", "mine", "--metadata_description", "Boats.")

    _, metadata = tensors.load(cached.output / "toy.safetensors")

    assert metadata["wantui.rehearsal"] == "true"
    for key in ("modelspec.implementation", "modelspec.description", "ss_training_comment"):
        assert "rehearsal" in metadata[key]
    assert metadata["ss_training_comment"].startswith("mine ")
    assert metadata["modelspec.description"].startswith("Boats. ")


def test_the_loss_falls_and_the_file_holds_what_was_learned(cached: Scene) -> None:
    ended = cached.run("high", "--max_train_epochs", "20")

    after_first_epoch, at_the_end = ended.losses[5], ended.losses[-1]
    assert at_the_end < 0.8 * after_first_epoch
    stored, _ = tensors.load(cached.output / "toy.safetensors")
    learned = [values for name, values in stored.items() if name.endswith("lora_up.weight")]
    assert all(any(values.numbers()) for values in learned)
    assert all(math.isfinite(value) for values in learned for value in values.numbers())


def test_losses_and_learning_rates_are_in_an_event_file(cached: Scene) -> None:
    ended = cached.run(
        "low", "--max_train_epochs", "2", "--logging_dir", "logs", "--log_prefix", "toy_",
        "--lr_scheduler", "polynomial", "--lr_scheduler_power", "2",
    )  # fmt: skip
    assert ended.code == 0, ended.text
    ((file, _),) = event_files(cached.folder / "logs")
    assert file.relative_to(cached.folder / "logs").parts[0].startswith("toy_20")
    steps = MusubiEvents(file).read()
    assert [each.step for each in steps] == list(range(1, (ended.progress.steps or 0) + 1))
    rates = [each.learning_rate or 0.0 for each in steps]
    assert rates == sorted(rates, reverse=True)
    assert 0.0 < rates[0] < 3e-4
    last = steps[-1]
    assert last.loss is not None
    assert last.smoothed is not None
    assert f"avr_loss={last.smoothed:.3g}" in ended.text


def test_too_high_a_learning_rate_ends_in_nan_without_a_warning(cached: Scene) -> None:
    ended = cached.run("high", "--max_train_epochs", "10", "--learning_rate", "1e6", "--max_grad_norm", "0")

    assert ended.code == 0, ended.text
    assert "avr_loss=nan" in ended.text
    assert "Warning" not in ended.text


def test_the_seed_decides(cached: Scene) -> None:
    def trained(name: str, seed: str) -> dict[str, tensors.Tensor]:
        cached.run("high", "--max_train_epochs", "2", "--output_name", name, "--seed", seed)
        return tensors.load(cached.output / f"{name}.safetensors")[0]

    assert trained("a", "5") == trained("b", "5")
    assert trained("a", "5") != trained("c", "6")


def test_captions_are_learned_from(cached: Scene) -> None:
    cached.run("high", "--max_train_epochs", "1", "--output_name", "before")
    (cached.images / "cat.txt").write_text("something else", encoding="utf-8")
    cached.run("text")
    cached.run("high", "--max_train_epochs", "1", "--output_name", "after")

    before, after = (tensors.load(cached.output / f"{name}.safetensors")[0] for name in ("before", "after"))
    assert before != after


@pytest.mark.parametrize(("repeats", "batch", "accumulation"), [(1, 2, 1), (3, 2, 1), (3, 2, 2)])
def test_steps_are_counted_as_wantui_counts_them(
    tmp_path_factory: pytest.TempPathFactory, cached: Scene, repeats: int, batch: int, accumulation: int
) -> None:
    scene = make_scene(tmp_path_factory.mktemp("steps") / "dataset", repeats=repeats, batch_size=batch)
    cached.cache.rename(scene.cache)
    dataset = scan(blueprint.load(scene.folder / "dataset.toml"))
    planned = plan(dataset, epochs=2, gradient_accumulation_steps=accumulation)

    ended = scene.run("high", "--max_train_epochs", "2", "--gradient_accumulation_steps", str(accumulation))

    assert ended.code == 0, ended.text
    assert ended.progress.steps == ended.progress.step == planned.steps
    assert f"num train items / 学習画像、動画数: {sum(bucket.items for bucket in planned.buckets)}" in ended.text


def test_only_the_last_epochs_are_kept(cached: Scene) -> None:
    ended = cached.run(
        "high", "--max_train_epochs", "4", "--save_every_n_epochs", "1", "--save_last_n_epochs", "1", "--save_state"
    )

    assert _names(cached) == ["toy-000003-state", "toy-000003.safetensors", "toy-state", "toy.safetensors"]
    assert sorted(path.name for path in (cached.output / "toy-state").iterdir()) == [
        "model.safetensors",
        "optimizer.bin",
        "random_states_0.pkl",
        "scheduler.bin",
    ]
    assert [path.name for path in ended.progress.saved] == ["toy-000003.safetensors", "toy.safetensors"]


def test_saving_by_step(cached: Scene) -> None:
    cached.run("high", "--max_train_epochs", "2", "--save_every_n_steps", "2", "--save_last_n_steps", "2")

    assert _names(cached) == ["toy-step00000004.safetensors", "toy-step00000006.safetensors", "toy.safetensors"]


def test_resuming_goes_on_learning_and_counts_from_the_start(cached: Scene) -> None:
    cached.run("high", "--max_train_epochs", "10", "--save_state_on_train_end")

    ended = cached.run(
        "high", "--max_train_epochs", "2", "--resume", str(cached.output / "toy-state"), "--output_name", "more"
    )
    fresh = cached.run("high", "--max_train_epochs", "2", "--output_name", "fresh")

    assert ended.progress.steps == 6
    assert ended.losses[-1] < fresh.losses[-1]


def test_a_state_that_is_not_there(cached: Scene) -> None:
    ended = cached.run("high", "--max_train_epochs", "1", "--resume", str(cached.folder / "nowhere"))

    assert ended.code == 1
    assert "FileNotFoundError" in ended.text


@pytest.mark.parametrize(("precision", "dtype"), [("float", "F32"), ("bf16", "BF16"), ("fp16", "F16")])
def test_save_precision(cached: Scene, precision: str, dtype: str) -> None:
    cached.run("high", "--max_train_epochs", "1", "--save_precision", precision)

    stored, _ = tensors.load(cached.output / "toy.safetensors")
    assert {values.dtype for values in stored.values()} == {dtype}


def test_settings_from_a_file_give_way_to_the_command_line(cached: Scene) -> None:
    (cached.folder / "more.toml").write_text(
        "[a]\nmax_train_epochs = 2\nmetadata_author = 'File'\n", encoding="utf-8"
    )

    cached.run("high", "--config_file", "more.toml", "--max_train_epochs", "1")

    _, metadata = tensors.load(cached.output / "toy.safetensors")
    assert (metadata["ss_num_epochs"], metadata["modelspec.author"]) == ("1", "File")


def test_a_missing_text_cache_drops_its_item(cached: Scene) -> None:
    missing = cached.cache / "cat_wan_te.safetensors"
    missing.unlink()

    ended = cached.run("high", "--max_train_epochs", "1")

    assert ended.code == 0
    assert f"Text encoder output cache file not found: {missing}" in ended.text
    assert ended.progress.steps == 2


def test_nothing_to_train_on(scene: Scene) -> None:
    ended = scene.run("high", "--max_train_epochs", "1")

    assert ended.code == 1
    assert "ValueError: No training items found in the dataset." in ended.text
    assert not scene.output.exists()


def test_a_corrupt_cache_ends_it_with_the_files_name(cached: Scene) -> None:
    path = cached.cache / "boat_0128x0096_wan.safetensors"
    path.write_bytes(path.read_bytes()[:300])

    ended = cached.run("high", "--max_train_epochs", "1")

    assert ended.code == 1
    assert f"{path}: not a whole safetensors file" in ended.text


def test_caches_of_another_task(cached: Scene) -> None:
    ended = cached.run("high", "--max_train_epochs", "1", "--task", "i2v-A14B")

    assert ended.code == 1
    assert "KeyError: 'latents_image'" in ended.text


def test_image_to_video_trains(cached: Scene) -> None:
    cached.run("latents", "--i2v")

    ended = cached.run("high", "--max_train_epochs", "1", "--task", "i2v-A14B")

    assert ended.code == 0, ended.text
    assert ended.progress.step == 3


def test_an_output_folder_that_cannot_be_made(cached: Scene) -> None:
    cached.output.write_text("a file in the way", encoding="utf-8")

    ended = cached.run("high", "--max_train_epochs", "1")

    assert ended.code == 1
    assert ended.progress.step == 3
    assert "FileExistsError" in ended.text
