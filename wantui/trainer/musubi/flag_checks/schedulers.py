"""Whether the training script takes the learning rate's schedule (``NetworkTrainer.get_lr_scheduler``)."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from wantui.formatting import as_toml
from wantui.trainer.musubi.flag_checks.model import Refusal, keywords, missing_package
from wantui.trainer.musubi.flag_checks.optimizers import (
    Class,
    argument_refusals,
    module_refusals,
    optimizer_class,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.trainer.musubi.flag_checks.model import Training

_CODE = "scheduler-refused"


def refusals(training: Training) -> Iterator[Refusal]:
    """What is wrong with ``lr_scheduler`` and the flags that go with it."""
    if training.text("optimizer_type").lower().endswith("schedulefree"):
        return  # the script makes a dummy scheduler, and looks at none of them
    given = keywords(training, "lr_scheduler_args", are_literals=True)
    yield from given.refusals
    name = training.text("lr_scheduler") or "constant"
    if training.text("lr_scheduler_type"):
        yield from _custom(training, dict(given.values))
    elif _follows_adafactor(training):
        yield from _without_warmup(training, "adafactor's own schedule")
    elif name.startswith("adafactor"):
        yield from _adafactor(training, name)
    elif (name.lower() if name.lower() == "rex" else name) not in training.source.schedulers:
        yield _unknown(training, name)
    elif name == "constant":
        yield from _without_warmup(
            training, "the schedule constant", fix=', or set lr_scheduler = "constant_with_warmup"'
        )
    elif name == "cosine_with_min_lr":
        yield from _minimum(training, has_own="min_lr" in given.values)
    elif name == "piecewise_constant" and "step_rules" not in given.values:
        fix = "add \"step_rules='1:10,0.1:20,0.01'\" to lr_scheduler_args"
        yield Refusal("lr_scheduler", _CODE, "is piecewise_constant, which needs step_rules", fix)


def _custom(training: Training, given: dict[str, object]) -> Iterator[Refusal]:
    flag = "lr_scheduler_type"
    module, _, name = training.text(flag).rpartition(".")
    wanted = Class(module or "torch.optim.lr_scheduler", name)
    package = wanted.module.partition(".")[0]
    if package not in {"torch", "transformers", "diffusers"}:
        yield from missing_package(
            training, flag, package, f"is {as_toml(training.text(flag))}, which needs {package}"
        )
    yield from module_refusals(training, flag, wanted)
    yield from argument_refusals(training, "lr_scheduler_args", wanted, given, taken=("optimizer",))


def _follows_adafactor(training: Training) -> bool:
    """Whether the script takes Adafactor's own schedule, whatever ``lr_scheduler`` says: its default."""
    if not _is_adafactor(training):
        return False
    given = keywords(training, "optimizer_args", are_literals=True).values
    return bool(given.get("relative_step", True)) or bool(given.get("warmup_init", False))


def _is_adafactor(training: Training) -> bool:
    return optimizer_class(training) == Class("transformers.optimization", "Adafactor")


def _adafactor(training: Training, name: str) -> Iterator[Refusal]:
    if not _is_adafactor(training):
        fix = 'set optimizer_type = "adafactor", or another lr_scheduler'
        yield Refusal("lr_scheduler", _CODE, "is adafactor, which goes with the optimizer Adafactor alone", fix)
        return
    _, _, rate = name.partition(":")
    try:
        float(rate)
    except ValueError:
        says = f"is {as_toml(name)}, which gives no first learning rate"
        fix = 'write "adafactor:1e-4", or leave relative_step=False out of optimizer_args'
        yield Refusal("lr_scheduler", _CODE, says, fix)
    yield from _without_warmup(training, "adafactor's own schedule")


def _without_warmup(training: Training, what: str, fix: str = "") -> Iterator[Refusal]:
    warmup = training.text("lr_warmup_steps")
    if warmup and training.number("lr_warmup_steps") != 0 and warmup.rstrip("%").strip("0.") != "":
        says = f"is {as_toml(warmup)}, and {what} takes no warmup"
        yield Refusal("lr_warmup_steps", _CODE, says, f"remove it{fix}")


def _unknown(training: Training, name: str) -> Refusal:
    known = sorted(training.source.schedulers)
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.7)
    fix = f"write {near[0]}" if near else f"write one of {', '.join(known)}"
    return Refusal(
        "lr_scheduler", _CODE, f"is {as_toml(name)}, which the trainer as it is checked out does not have", fix
    )


def _minimum(training: Training, *, has_own: bool) -> Iterator[Refusal]:
    has_ratio = training.text("lr_scheduler_min_lr_ratio") != ""
    if has_own == has_ratio:
        says = "is cosine_with_min_lr, which needs " + ("one minimum, not two" if has_own else "a minimum")
        fix = "remove min_lr from lr_scheduler_args" if has_own else "set lr_scheduler_min_lr_ratio, such as 0.1"
        yield Refusal("lr_scheduler", _CODE, says, fix)
