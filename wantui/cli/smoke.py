"""``doctor --smoke``: the whole chain in miniature, stage by stage."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from wantui.cli import show
from wantui.cli.errors import DONE, FAILED

if TYPE_CHECKING:
    from wantui.services.annotations import Stage
    from wantui.services.setup import Setup

SAYS = {
    "weights": "the trainer imports, tiny weights are made",
    "latents": "images are encoded",
    "text": "captions are encoded",
    "high": "the high-noise expert trains and saves",
    "low": "the low-noise expert trains and saves",
}


def smoke(service: Setup, *, as_json: bool) -> int:
    """Run it, and say of each stage how it went."""
    device, coming = service.miniature()
    if not as_json:
        print(f"the real trainer with tiny models on {device}; a minute or two", flush=True)
    stages: list[Stage] = []
    for stage in coming:
        stages.append(stage)
        if not as_json:
            _show(stage)
    failed = any(stage.trouble for stage in stages)
    if as_json:
        show.document({"device": device, "stages": [asdict(stage) for stage in stages]})
    elif not failed:
        print(f"the test run succeeded: {sum(stage.seconds for stage in stages):.0f} s in all")
    return FAILED if failed else DONE


def _show(stage: Stage) -> None:
    mark = show.BAD if stage.trouble else show.GOOD
    print(f"{mark} {stage.name:<8} {stage.seconds:5.1f} s  {stage.trouble or SAYS[stage.name]}", flush=True)
    for line in stage.log:
        print(f"    {line}")
