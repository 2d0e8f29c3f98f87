"""Makes the trainer's models tiny, from outside: put this folder first on ``PYTHONPATH`` of its processes.

The scripts run as they are: command lines, messages, caches, checkpoints and exit codes are the trainer's own. Only
sizes are changed, as each module is imported, so that weights of a few megabytes load. There are as many blocks as in
the real model, so that block swap is proved too.

Run by the trainer's interpreter; it imports nothing of wantui.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

DIT = {"dim": 96, "ffn_dim": 192, "freq_dim": 32, "num_heads": 4}
"""Sizes of the diffusion model; the number of its blocks stays."""
VAE = {"dim": 8, "num_res_blocks": 1}
T5 = {"vocab_size": 384, "dim_attn": 16, "dim_ffn": 16, "num_heads": 2, "encoder_layers": 1, "decoder_layers": 1}
"""Sizes of the text encoder; its output stays as wide as the diffusion model's input."""
BYTES_FROM = 3
"""The tokens of bytes begin behind those for padding (0), end (1) and unknown (2)."""

Change = Callable[[Any], None]
"""What is done to a module of the trainer, which is as untyped as it is foreign."""
_changes: dict[str, Change] = {}


def once_imported(name: str) -> Callable[[Change], Change]:
    """Register what is done to a module as soon as it has been imported."""

    def register(change: Change) -> Change:
        _changes[name] = change
        return change

    return register


@once_imported("musubi_tuner.wan.configs")
def shrink_configs(module: Any) -> None:
    """The diffusion models of every task."""
    for config in module.WAN_CONFIGS.values():
        config.update(DIT)


@once_imported("musubi_tuner.wan.modules.vae")
def shrink_vae(module: Any) -> None:
    """The VAE."""
    module._video_vae = _with(module._video_vae, VAE)  # noqa: SLF001  there is no other way in


@once_imported("musubi_tuner.wan.modules.t5")
def shrink_t5(module: Any) -> None:
    """The text encoder."""
    module.umt5_xxl = _with(module.umt5_xxl, T5)


@once_imported("musubi_tuner.wan.modules.tokenizers")
def count_bytes(module: Any) -> None:
    """A tokenizer that needs no files: every byte is a token."""
    module.AutoTokenizer = ByteTokenizer


@once_imported("torch")
def stand_in_for_cuda(torch: Any) -> None:
    """Without a GPU: what the trainer does on CUDA alone, done on the CPU."""
    if torch.cuda.is_available():
        return
    torch.cuda.current_device = lambda: 0  # asked for as a default argument, at import
    functional = torch.nn.functional
    calculations = {
        torch.nn.Linear: lambda _, given, weight, bias: functional.linear(given, weight, bias),
        torch.nn.Conv3d: lambda layer, given, weight, bias: layer._conv_forward(given, weight, bias),  # noqa: SLF001
        torch.nn.LayerNorm: lambda layer, given, weight, bias: functional.layer_norm(
            given, layer.normalized_shape, weight, bias, layer.eps
        ),
    }
    half = (torch.float16, torch.bfloat16, torch.float8_e4m3fn)
    for kind, calculate in calculations.items():
        kind.forward = _as_autocast_on_cuda(kind.forward, calculate, half)


@once_imported("accelerate.accelerator")
def avoid_half_precision(module: Any) -> None:
    """Without a GPU: fp16 has no gradient scaling there, so bf16 takes its place."""
    import torch  # noqa: PLC0415  imported by now

    if torch.cuda.is_available():
        return
    begin = module.Accelerator.__init__

    def begin_in_bfloat16(self: Any, *args: Any, **keywords: Any) -> None:
        if keywords.get("mixed_precision") == "fp16":
            keywords["mixed_precision"] = "bf16"
        begin(self, *args, **keywords)

    module.Accelerator.__init__ = begin_in_bfloat16


class ByteTokenizer:
    """What the trainer asks of ``transformers.AutoTokenizer``."""

    vocab_size = T5["vocab_size"]

    @classmethod
    def from_pretrained(cls, *_args: Any, **_keywords: Any) -> "ByteTokenizer":
        """One is as good as another."""
        return cls()

    def __call__(self, texts: list[str], max_length: int = 512, **_keywords: Any) -> "Tokens":
        """Token ids and mask, int64 [texts, max_length], padded with 0."""
        import torch  # noqa: PLC0415  imported by now

        rows = [[*(BYTES_FROM + byte for byte in text.encode()[: max_length - 1]), 1] for text in texts]
        ids = torch.zeros(len(rows), max_length, dtype=torch.long)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = torch.tensor(row)
        return Tokens(input_ids=ids, attention_mask=(ids > 0).long())


class Tokens(dict[str, Any]):
    """A dictionary whose values are attributes as well."""

    __getattr__ = dict.__getitem__


def _with(make: Callable[..., Any], sizes: dict[str, int]) -> Callable[..., Any]:
    """`make` with other sizes unless its caller gives some."""

    def make_small(*args: Any, **keywords: Any) -> Any:
        return make(*args, **{**sizes, **keywords})

    return make_small


def _as_autocast_on_cuda(
    forward: Callable[..., Any], calculate: Callable[..., Any], half: tuple[Any, ...]
) -> Callable[..., Any]:
    """A layer whose weights follow its input's precision: CUDA's autocast does so, also for fp8 and float32."""

    def cast(layer: Any, given: Any) -> Any:
        if layer.weight is None or layer.weight.dtype == given.dtype or layer.weight.dtype not in half:
            return forward(layer, given)
        bias = None if layer.bias is None else layer.bias.to(given.dtype)
        return calculate(layer, given, layer.weight.to(given.dtype), bias)

    return cast


class _ChangingLoader(importlib.abc.Loader):
    """Loads a module as ever, then changes it."""

    def __init__(self, inner: Any, change: Change) -> None:
        self._inner = inner
        self._change = change

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._inner.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        self._inner.exec_module(module)
        self._change(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _ChangingFinder(importlib.abc.MetaPathFinder):
    """Finds the modules that are to be changed where the finders behind it find them."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name not in _changes:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = None if finder is self or find is None else find(name, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _ChangingLoader(spec.loader, _changes[name])
                return spec
        return None


sys.meta_path.insert(0, _ChangingFinder())
