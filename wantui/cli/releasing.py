"""``release``: the LoRA files of a run in a folder to hand out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wantui.cli import show
from wantui.cli.errors import DONE, FAILED, NOT_UPLOADED, complain
from wantui.errors import MachineError
from wantui.formatting import file_size, plain_plural
from wantui.services.releases import Releases

if TYPE_CHECKING:
    import argparse

    from wantui.paths import Workspace
    from wantui.services.annotations import Released, ReleaseFile, ReleasePlan, Uploaded

UNKNOWN = "–"  # noqa: RUF001  the design's glyph


def release(workspace: Workspace, options: argparse.Namespace) -> int:
    """Say what is released and why, and write it."""
    service = Releases(workspace)
    plan = service.plan(
        options.run,
        high=options.high,
        low=options.low,
        name=options.name,
        folder=options.output,
        into_comfyui=options.comfyui,
        may_be_there=options.upload is not None,
    )
    if not options.json:
        _announce(plan)
    if options.dry_run:
        if options.json:
            show.document(_plan_document(plan))
        return DONE
    released = service.made(plan) if options.upload is not None else None
    if released is None:
        released = service.make(plan)
    if not options.json:
        _tell(service, released)
    uploaded = None if options.upload is None else _upload(service, released, options)
    if options.json:
        show.document(_document(released) | {"uploaded": _uploaded_document(uploaded)})
    if released.loras_folder_error is not None:
        complain(f"the release is whole, but not in ComfyUI's folder: {released.loras_folder_error}")
        return FAILED
    return NOT_UPLOADED if options.upload is not None and uploaded is None else DONE


def _upload(service: Releases, released: Released, options: argparse.Namespace) -> Uploaded | None:
    """Upload a release; None where that has failed, which is said."""

    def told(name: str) -> None:
        if not options.json:
            size = file_size((released.plan.folder / name).stat().st_size)
            print(f"  sends {name}, {size}", flush=True)

    try:
        uploaded = service.upload(released, options.upload, public=options.public, told=told)
    except MachineError as error:
        complain(f"released, and not uploaded: {error}")
        return None
    if not options.json:
        seen = "private" if uploaded.is_private else "public"
        files = plain_plural(uploaded.files, "file")
        print(f"{show.GOOD} {files} verified on {uploaded.repository} ({seen}): {uploaded.address}")
    return uploaded


def _uploaded_document(uploaded: Uploaded | None) -> dict[str, Any] | None:
    if uploaded is None:
        return None
    return {"repository": uploaded.repository, "private": uploaded.is_private, "sent": list(uploaded.sent)}


def _announce(plan: ReleasePlan) -> None:
    show.table([["file", "epoch", "why", "held out", ""], *map(_row, plan.files)])
    if len(plan.files) == 1:
        print(f"{show.CAUTION} {plan.files[0].expert} alone: the run has no checkpoint of the other expert")


def _row(file: ReleaseFile) -> list[str]:
    held_out = file.candidate.held_out
    known = UNKNOWN if held_out is None else f"{held_out:.4f}"
    return [
        file.name,
        file.candidate.mark,
        file.why,
        known,
        "as half precision" if file.converts else "byte for byte",
    ]


def _tell(service: Releases, released: Released) -> None:
    plan = released.plan
    print(f"{show.GOOD} {plan.folder}: tensors compared with those of the run; {_with(plan)}")
    for path in released.in_loras_folder:
        print(f"  also {path}")
    if plan.loras_folder is None and (known := service.comfyui_loras) is not None:
        print(f"  `--comfyui` puts the files into {known} as well")


def _with(plan: ReleasePlan) -> str:
    samples = f", {plain_plural(len(plan.pictures), 'sample')}" if plan.pictures else ""
    return f"README.md{samples}, SHA256SUMS"


def _plan_document(plan: ReleasePlan) -> dict[str, Any]:
    return {
        "run": plan.run,
        "name": plan.name,
        "folder": str(plan.folder),
        "files": [
            {
                "expert": str(each.expert),
                "epoch": each.epoch if each.candidate.average is None else None,
                "average": each.candidate.average,
                "why": each.why,
                "name": each.name,
                "from": str(each.candidate.path),
                "converted": each.converts,
                "held_out": each.candidate.held_out,
            }
            for each in plan.files
        ],
        "trigger": plan.trigger or None,
        "samples": len(plan.pictures),
    }


def _document(released: Released) -> dict[str, Any]:
    return _plan_document(released.plan) | {
        "sha256": released.sums,
        "also": [str(path) for path in released.in_loras_folder],
    }
