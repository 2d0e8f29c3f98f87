"""Whether the training script finds the network's module, and what that is called with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.caches.header import CorruptError, read_header
from wantui.dataset.model import Severity
from wantui.formatting import as_toml
from wantui.trainer.musubi import python_source
from wantui.trainer.musubi.checkout import given_path
from wantui.trainer.musubi.environment import is_folder
from wantui.trainer.musubi.flag_checks.model import Refusal, keywords, missing_package
from wantui.trainer.musubi.flag_checks.optimizers import names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wantui.trainer.musubi.flag_checks.model import Training

_FLAG = "network_module"
_BLOCK = "WanAttentionBlock"
"""The class of WAN's blocks, which a module of the checkout names when it can train them."""

_DEFAULT_DIM = 4
"""Of ``networks.lora.create_network`` where ``network_dim`` is left out."""

_GIVEN = frozenset(
    {"multiplier", "network_alpha", "network_dim", "neuron_dropout", "text_encoders", "unet", "vae"}
)  # fmt: skip
"""Arguments of ``create_arch_network`` that the script gives itself."""

_NUMBERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "conv_alpha": (float, "a number"),
    "conv_dim": (int, "a whole number"),
    "loraplus_lr_ratio": (float, "a number"),
    "module_dropout": (float, "a number"),
    "rank_dropout": (float, "a number"),
}
_PATTERNS = ("exclude_patterns", "include_patterns")


def refusals(training: Training) -> Iterator[Refusal]:
    """What is wrong with ``network_module``, ``network_args`` and the weights that a LoRA begins with."""
    given = keywords(training, "network_args", are_literals=False)
    yield from given.refusals
    if "dim_from_weights" in training.source.opened and training.flags.get("dim_from_weights") is True:
        says = "does not work in the trainer as it is checked out: it takes the flag itself for the file"
        yield Refusal("dim_from_weights", "bad-flag-value", says, "remove it and set network_dim")
    name = training.text(_FLAG)
    if not name:
        yield Refusal(_FLAG, "module-missing", "names no module", 'set network_module = "networks.lora_wan"')
        return
    found = training.environment.module(name)
    if found is None or not found.is_relative_to(training.scripts):
        yield from _foreign(training, name)
        return
    source = _text(found)
    if not _fits_wan(found, source):
        says = f"is {as_toml(name)}, which trains another model than WAN"
        yield Refusal(_FLAG, "module-wrong", says, "write networks.lora_wan")
        return
    yield from _arguments(given.values, source + _text(found.with_name("lora.py")))
    yield from _first_weights(training)


def _foreign(training: Training, name: str) -> Iterator[Refusal]:
    """A module that is not the checkout's: LyCORIS, or one of a person's own."""
    package = name.partition(".")[0]
    if package == "networks":
        if not is_folder(training.scripts / "networks"):
            return  # no checkout as it is known
        says = f"is {as_toml(name)}, and the trainer as it is checked out has no such module"
        yield Refusal(_FLAG, "module-missing", says, "write networks.lora_wan")
        return
    found = list(missing_package(training, _FLAG, package, f"is {as_toml(name)}, which needs {package}"))
    yield from found
    if found:
        return
    if training.environment.lacks(name):
        says = f"is {as_toml(name)}, and there is no such module in the trainer's environment"
        yield Refusal(_FLAG, "module-missing", says, "correct the name")
        return
    names = names_of(training, name)
    if names is not None and not names & {"create_arch_network", "create_network"}:
        says = f"is {as_toml(name)}, which makes no network: it has neither create_arch_network nor create_network"
        yield Refusal(_FLAG, "module-wrong", says, "write networks.lora_wan, or lycoris.kohya")


def _fits_wan(module: Path, source: str) -> bool:
    if "def create_arch_network(" not in source:
        return False
    return _BLOCK in source or (
        "detect_arch_config" in source and _BLOCK in _text(module.with_name("network_arch.py"))
    )


def _text(source: Path) -> str:
    try:
        return reading.read_bytes(source, python_source.LARGEST_SOURCE).decode(errors="replace")
    except OSError:
        return ""


def _arguments(given: Any, source: str) -> Iterator[Refusal]:
    for key, text in given.items():
        wrong = _wrong_value(key, text)
        if key in _GIVEN:
            fix = f"set {key}" if key.startswith("network_") else "remove it"
            yield Refusal("network_args", "bad-flag-value", f"has {key}, which the trainer gives itself", fix)
        elif wrong is not None:
            yield Refusal("network_args", "bad-flag-value", f"has {as_toml(f'{key}={text}')}", f"give {wrong}")
        elif not re.search(rf"""["']{key}["']""", source):
            says, fix = f"has {key}, which the network does not look at", "correct the name, or remove it"
            yield Refusal("network_args", "network-arg-unused", says, fix, Severity.WARNING)


def _wrong_value(key: str, text: str) -> str | None:
    """What would be accepted in place of a value that is not."""
    if key in _NUMBERS:
        kind, wanted = _NUMBERS[key]
        try:
            kind(text)
        except ValueError:
            return wanted
    if key in _PATTERNS:
        try:
            patterns = python_source.evaluated(text)
            for pattern in patterns:
                re.compile(pattern)
        except (python_source.LiteralValueError, re.error, TypeError, RecursionError, OverflowError):
            return f"""a list of regular expressions: {key}=['.*self_attn.*']"""
    return None


def _first_weights(training: Training) -> Iterator[Refusal]:
    """A LoRA to begin with whose rank is another, or that is written in another way."""
    flag = "network_weights"
    given = training.text(flag)
    path = given_path(given, training.base)
    if not given or path.suffix != ".safetensors":
        return
    try:
        reading.require_regular(path)
        shapes = read_header(path).shapes
    except CorruptError as error:
        yield Refusal(
            flag, "weights-damaged", f"names a damaged file: {path} ({error})", "name another, or copy it again"
        )
        return
    except (OSError, ValueError):
        return  # `paths` tells it
    ranks = {each[0] for name, each in shapes.items() if name.endswith("lora_down.weight") and each}
    dim = int(training.number("network_dim") or _DEFAULT_DIM)
    if ranks and dim not in ranks and training.flags.get("dim_from_weights") is not True:
        says = f"names a LoRA of rank {min(ranks)}, and network_dim is {dim}"
        yield Refusal(flag, "network-rank", says, f"set network_dim = {min(ranks)}")
    elif not any(name.startswith("lora_unet_") for name in shapes):
        says = "names a file with no weights that the trainer's LoRA has: it would begin with none of them"
        yield Refusal(
            flag,
            "network-format",
            says,
            "convert it with the trainer's convert_lora.py --target default",
            Severity.WARNING,
        )
