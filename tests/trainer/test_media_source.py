"""What is read from a checkout's source: small sources of our own, and the real ones where they are at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wantui.dataset.model import MediaRules
from wantui.trainer.musubi.media_source import media_rules

if TYPE_CHECKING:
    from pathlib import Path

DATASETS = """
class ImageDataset:
    def retrieve_latent_cache_batches(self, workers):
        chooser = BucketSelector(self.resolution, self.enable_bucket, self.bucket_no_upscale)

class VideoDataset:
    def prepare_for_training(self):
        chooser = BucketSelector(self.resolution, self.enable_bucket, self.bucket_no_upscale)

    def retrieve_latent_cache_batches(self, workers):
        {video}
"""
SCRIPT = """
def encode_and_save_batch(vae, batch):
    stacked = stack([{control} for item in batch])
"""
OLD = "chooser = BucketSelector(self.resolution, architecture=self.architecture)"
NEW = "chooser = BucketSelector(self.resolution, self.enable_bucket, self.bucket_no_upscale, self.architecture)"
KEYWORDS = """chooser = bucket.BucketSelector(
            self.resolution,
            no_upscale=self.bucket_no_upscale,
            enable_bucket=self.enable_bucket,
        )"""
FIRST = "item.control_content[0]"


def checkout(root: Path, *, video: str = OLD, control: str = FIRST, name: str = "data.py") -> Path:
    package = root / "src" / "musubi_tuner"
    (package / "dataset").mkdir(parents=True, exist_ok=True)
    (package / "dataset" / name).write_text(DATASETS.format(video=video))
    (package / "wan_cache_latents.py").write_text(SCRIPT.format(control=control))
    return root


@pytest.mark.parametrize(
    ("video", "obeys"),
    [
        (OLD, False),
        (NEW, True),
        (KEYWORDS, True),
        ("chooser = BucketSelector(self.resolution, self.enable_bucket)", None),
        (f"{OLD}\n        {NEW}", None),
        ("chooser = self.make_chooser()", None),
        ("return (", None),
    ],
)
def test_the_rule_for_the_buckets_of_clips(tmp_path: Path, video: str, obeys: bool | None) -> None:
    assert media_rules(checkout(tmp_path, video=video)).clips_obey_buckets is obeys


@pytest.mark.parametrize("name", ["image_video_dataset.py", "video_dataset.py"])
def test_the_class_is_found_in_whichever_file_it_is(tmp_path: Path, name: str) -> None:
    assert media_rules(checkout(tmp_path, video=NEW, name=name)).clips_obey_buckets is True


def test_a_changed_source_is_read_anew(tmp_path: Path) -> None:
    assert media_rules(checkout(tmp_path)).clips_obey_buckets is False
    checkout(tmp_path, video=NEW)
    assert media_rules(tmp_path).clips_obey_buckets is True


@pytest.mark.parametrize(("control", "has"), [(FIRST, True), ("item.control_content", False)])
def test_whether_images_may_have_controls(tmp_path: Path, control: str, *, has: bool) -> None:
    assert media_rules(checkout(tmp_path, control=control)).has_image_controls is has


def test_a_script_of_another_shape(tmp_path: Path) -> None:
    checkout(tmp_path)
    (tmp_path / "src/musubi_tuner/wan_cache_latents.py").write_text("encode = None\n")
    assert media_rules(tmp_path).has_image_controls is None


def test_without_a_checkout_the_usual_rules_hold(tmp_path: Path) -> None:
    assert media_rules(tmp_path / "none") == MediaRules()
