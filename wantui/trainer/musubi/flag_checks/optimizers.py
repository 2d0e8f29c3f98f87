"""Whether the training script finds the optimizer, and what it is called with (``NetworkTrainer.get_optimizer``)."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, NamedTuple

from wantui.formatting import as_toml
from wantui.trainer.musubi import python_source
from wantui.trainer.musubi.flag_checks.model import Refusal, keywords, missing_package

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from typing import Any

    from wantui.trainer.musubi.flag_checks.model import Training
    from wantui.trainer.musubi.python_source import Signature

_FLAG = "optimizer_type"

_BY_NAME = {
    "adamw": ("torch.optim", "AdamW"),
    "adamw8bit": ("bitsandbytes.optim", "AdamW8bit"),
    "adafactor": ("transformers.optimization", "Adafactor"),
}
"""Those that the script knows in any spelling; other names are looked up as they are written."""

_TORCH = frozenset(
    {"ASGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Muon", "NAdam", "RAdam", "RMSprop", "Rprop", "SGD"}
)
"""What `torch.optim` has: what is reckoned with where the environment cannot be read (torch 2.9)."""

_NOT_FOR_TRAINING = {
    "LBFGS": "wants its loss computed anew at each step, which the script does not do",
    "SparseAdam": "works with sparse gradients alone",
    "Optimizer": "is no optimizer by itself",
}

_ELSEWHERE = {
    "ademamix8bit": "bitsandbytes.optim.AdEMAMix8bit",
    "adamwschedulefree": "schedulefree.AdamWScheduleFree",
    "came": "came_pytorch.CAME",
    "dadaptadam": "dadaptation.DAdaptAdam",
    "dadaptation": "dadaptation.DAdaptAdam",
    "dadaptlion": "dadaptation.DAdaptLion",
    "lion": "lion_pytorch.Lion",
    "lion8bit": "bitsandbytes.optim.Lion8bit",
    "pagedadamw8bit": "bitsandbytes.optim.PagedAdamW8bit",
    "pagedlion8bit": "bitsandbytes.optim.PagedLion8bit",
    "prodigy": "prodigyopt.Prodigy",
    "prodigyplusschedulefree": "prodigyplus.ProdigyPlusScheduleFree",
    "sgdschedulefree": "schedulefree.SGDScheduleFree",
}
"""Names that other trainers of kohya's know by themselves (sd-scripts, ``train_util.get_optimizer``), as this one
wants them."""


class Class(NamedTuple):
    """A class that a flag names."""

    module: str
    name: str


def optimizer_class(training: Training) -> Class | None:
    """The class that the script takes; None where no optimizer is named."""
    given = training.text(_FLAG)
    if not given:
        return None
    if given.lower() in _BY_NAME:
        return Class(*_BY_NAME[given.lower()])
    module, _, name = given.rpartition(".")
    return Class(module or "torch.optim", name)


def refusals(training: Training) -> Iterator[Refusal]:
    """What is wrong with ``optimizer_type`` and ``optimizer_args``."""
    wanted = optimizer_class(training)
    given = keywords(training, "optimizer_args", are_literals=True)
    yield from given.refusals
    if wanted is None:
        yield Refusal(_FLAG, "optimizer-unknown", "names no optimizer", 'set optimizer_type = "adamw"')
        return
    found = list(_class_refusals(training, wanted))
    yield from found
    if not found:
        yield from argument_refusals(training, "optimizer_args", wanted, given.values, taken=("params", "lr"))


def _class_refusals(training: Training, wanted: Class) -> Iterator[Refusal]:
    says = f"is {as_toml(training.text(_FLAG))}"
    package = wanted.module.partition(".")[0]
    if training.text(_FLAG).lower().endswith("8bit") and "." not in training.text(_FLAG):
        package = "bitsandbytes"
    if wanted.name in _NOT_FOR_TRAINING and wanted.module == "torch.optim":
        yield Refusal(_FLAG, "optimizer-unknown", f"{says}, which {_NOT_FOR_TRAINING[wanted.name]}", _usual())
    elif wanted.module == "torch.optim" and wanted.name not in (names := _torch_names(training)):
        says += ": torch.optim has no such optimizer, and others are given with their package"
        yield Refusal(_FLAG, "optimizer-unknown", says, _nearest(wanted.name, names))
    elif package not in {"torch", "transformers"}:
        yield from missing_package(training, _FLAG, package, f"{says}, which needs {package}")
        yield from module_refusals(training, _FLAG, wanted)
    if not training.source.takes_schedule_free and training.text(_FLAG).lower().endswith("schedulefree"):
        says += (
            ", and the trainer as it is checked out cannot use schedule-free optimizers (its dummy scheduler fails)"
        )
        yield Refusal(_FLAG, "optimizer-unknown", says, "choose another one, or update the trainer")


def module_refusals(training: Training, flag: str, wanted: Class) -> Iterator[Refusal]:
    """A module of an installed package that is not there, or that has no such class."""
    if training.environment.lacks(wanted.module.partition(".")[0]):
        return  # told as a missing package
    if training.environment.lacks(wanted.module):
        says = (
            f"is {as_toml(training.text(flag))}, and there is no module {wanted.module} in the trainer's environment"
        )
        yield Refusal(flag, "module-missing", says, "correct the name, or update the package")
        return
    names = names_of(training, wanted.module)
    if names is not None and wanted.name not in names:
        says = f"is {as_toml(training.text(flag))}, and {wanted.module} has no {wanted.name}"
        near = _near(wanted.name, names)
        fix = f"write {wanted.module}.{near}" if near else "correct the name"
        yield Refusal(flag, "module-missing", says, fix)


def names_of(training: Training, module: str) -> frozenset[str] | None:
    """The names in a module of the trainer's environment; None where they cannot be known."""
    found = training.environment.module(module)
    outline = None if found is None or found.suffix != ".py" else python_source.outline(found)
    return None if outline is None else outline.names


def argument_refusals(
    training: Training, flag: str, wanted: Class, given: Mapping[str, Any], taken: Collection[str]
) -> Iterator[Refusal]:
    """Arguments that the class has not, or that the script gives itself.

    Args:
        training: that has them.
        flag: ``optimizer_args`` or ``lr_scheduler_args``.
        wanted: the class.
        given: values by name.
        taken: names of what the script gives.
    """
    signature: Signature | None = training.environment.signature(wanted.module, wanted.name)
    for name in given:
        if name in taken:
            fix = "set learning_rate" if name == "lr" else "remove it"
            yield Refusal(flag, "bad-flag-value", f"has {name}, which the trainer gives itself", fix)
        elif signature is not None and not signature.is_open and name not in signature.names:
            near = _near(name, signature.names - set(taken) - {"self"})
            fix = f"write {near}" if near else "remove it"
            yield Refusal(flag, "bad-flag-value", f"has {name}, and {wanted.name} takes no such argument", fix)
    missing = [name for name in signature.required if name not in {*given, *taken}] if signature is not None else []
    if missing:
        says = f"lacks {' and '.join(missing)}, without which {wanted.name} cannot be made"
        yield Refusal(flag, "bad-flag-value", says, f'add "{missing[0]}=VALUE" to {flag}')


def _torch_names(training: Training) -> frozenset[str]:
    return names_of(training, "torch.optim") or _TORCH


def _nearest(name: str, names: frozenset[str]) -> str:
    if name.lower() in _ELSEWHERE:
        return f"write {_ELSEWHERE[name.lower()]}"
    near = _near(name, {*names, "AdamW8bit"})
    return f"write {near}" if near else _usual()


def _near(name: str, names: Collection[str]) -> str | None:
    """What was probably meant: the same in other letters, else the most similar."""
    same = [each for each in names if each.lower() == name.lower()]
    return next(iter(same or difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.7)), None)


def _usual() -> str:
    return "write adamw, adamw8bit or adafactor, or PACKAGE.CLASS"
