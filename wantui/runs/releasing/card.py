"""A release's README.md: a model card as the Hub shows it, with how to load the files."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from wantui.runs.releasing.plan import SUMS
from wantui.trainer.model import Expert

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wantui.runs.releasing.plan import ReleaseFile, ReleasePlan

_BASES = {"t2v": "Wan-AI/Wan2.2-T2V-A14B", "i2v": "Wan-AI/Wan2.2-I2V-A14B"}
_PIPELINES = {"t2v": "text-to-video", "i2v": "image-to-video"}
_LORA_FLAGS = {Expert.HIGH: "--lora_weight_high_noise", Expert.LOW: "--lora_weight"}
UNKNOWN = "–"  # noqa: RUF001  as everywhere


def card(plan: ReleasePlan, sums: Mapping[str, str], pictures: Sequence[tuple[str, str]]) -> str:
    """The text.

    Args:
        plan: of the release.
        sums: the sha256 of each LoRA file by its name.
        pictures: path below the release, and prompt, of each sample.
    """
    parts = [*_front(plan), *_head(plan), *_files(plan, sums), *_loading(plan), *_samples(plan, pictures)]
    return "\n".join([*parts, *_training(plan)]) + "\n"


def _front(plan: ReleasePlan) -> Iterator[str]:
    """What the Hub reads; a JSON string is one of YAML too."""
    yield from ("---", f"base_model: {_BASES[plan.task]}", f"pipeline_tag: {_PIPELINES[plan.task]}")
    yield "tags: [lora, wan2.2]"
    if plan.trigger:
        yield f"instance_prompt: {json.dumps(plan.trigger, ensure_ascii=False)}"
    yield from ("---", "")


def _head(plan: ReleasePlan) -> Iterator[str]:
    yield from (f"# {_plain(plan.name)}", "")
    of = "" if len(plan.files) > 1 else f", {plan.files[0].expert}-noise expert alone"
    author = f" by {_plain(plan.author)}" if plan.author else ""
    yield f"LoRA for WAN2.2 14B ({plan.task}){of}{author}."
    if plan.trainer_kind == "rehearsal":
        yield "**Made by a rehearsal**: real in form, but not trained on WAN2.2 and of no use to it."
    yield ""
    if plan.trigger:
        yield from (f"Trigger: `{plan.trigger.replace('`', '')}`", "")


def _files(plan: ReleasePlan, sums: Mapping[str, str]) -> Iterator[str]:
    yield from ("| file | expert | epoch | why | held-out loss | training loss |", "|---|---|---|---|---|---|")
    for each in plan.files:
        found = each.candidate
        held_out = _number(found.held_out)
        if found.held_out is not None and found.held_out_error is not None:
            held_out += f" ± {found.held_out_error:.4f}"
        row = (f"`{each.name}`", f"{each.expert} noise", found.mark, each.why, held_out, _number(found.loss))
        yield f"| {' | '.join(row)} |"
    yield ""
    yield from (f"sha256 (`sha256sum -c {SUMS}`):", "")
    yield from (f"    {digest}  {name}" for name, digest in sums.items())
    yield ""


def _loading(plan: ReleasePlan) -> Iterator[str]:
    yield from ("## How to load", "")
    if len(plan.files) > 1:
        yield "Each file belongs to one of WAN2.2's two models. Use both."
        yield ""
    names = {each.expert: each.name for each in plan.files}
    yield "- **ComfyUI**: put the files into `models/loras`. A `LoraLoaderModelOnly` behind each model:"
    yield from (f"  `{name}` behind `wan2.2_{plan.task}_{expert}_noise_14B`;" for expert, name in names.items())
    yield "  strength 1 to begin with. WAN LoRAs need no conversion."
    flags = " ".join(f"{_LORA_FLAGS[expert]} {shlex.quote(name)}" for expert, name in names.items())
    yield f"- **musubi-tuner**: `wan_generate_video.py --task {plan.task}-A14B ... {flags}`"
    yield ""


def _samples(plan: ReleasePlan, pictures: Sequence[tuple[str, str]]) -> Iterator[str]:
    if not pictures:
        return
    yield from ("## Samples", "", f"By {plan.pair}.", "")
    for path, prompt in pictures:
        text = _plain(prompt)
        yield from (f"![{text}]({path})", "", f"> {text}", "")


def _training(plan: ReleasePlan) -> Iterator[str]:
    yield from ("## Training", "")
    if plan.items:
        yield f"- {plan.items} items" + (f", digest `{plan.dataset}`" if plan.dataset else "")
    if plan.trainer:
        yield f"- {_plain(plan.trainer)}"
    for each in plan.files:
        yield f"- {each.expert} noise: {_settings(plan, each)}"


def _settings(plan: ReleasePlan, file: ReleaseFile) -> str:
    given = plan.settings.get(str(file.expert), {})
    return ", ".join(f"`{name} = {json.dumps(value, ensure_ascii=False)}`" for name, value in given.items())


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.4f}"


def _plain(text: str) -> str:
    """Somebody's words, on one line and without what Markdown and HTML would read as their own."""
    line = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in line)
