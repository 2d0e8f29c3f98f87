"""Run by the trainer's interpreter, not by wantui's: tells in JSON what that environment has.

It imports nothing of wantui and nothing but torch, in a second line of output, because that takes seconds.
"""

import importlib.metadata
import importlib.util
import json
import sys

MODULES = (
    "torch", "torchvision", "accelerate", "safetensors", "transformers", "diffusers", "einops", "av", "cv2", "PIL",
    "toml", "voluptuous", "ftfy", "easydict", "tqdm", "sentencepiece", "google.protobuf", "six", "tensorboard",
    "xformers", "bitsandbytes",
)  # fmt: skip
DISTRIBUTIONS = {"cv2": "opencv-python", "PIL": "pillow", "google.protobuf": "protobuf"}
"""Distributions that are called otherwise than their modules."""


def version(name: str) -> "str | None":
    """Version of a distribution."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def version_of(module: str) -> "str | None":
    """Version of the distribution that a module is of."""
    return version(DISTRIBUTIONS.get(module, module))


def has(module: str) -> bool:
    """Whether a module is there, without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def say(facts: "dict[str, object]") -> None:
    """Print one line of JSON."""
    print(json.dumps(facts), flush=True)


def main() -> None:
    """What is quick to know first, then what torch says."""
    missing = [module for module in MODULES if not has(module)]
    say(
        {
            "python": ".".join(map(str, sys.version_info[:3])),
            "prefix": sys.prefix,
            "torch": version("torch"),
            "missing": missing,
            "unlisted": [module for module in MODULES if module not in missing and not version_of(module)],
            "half": [module for module in missing if version_of(module)],
        }
    )
    try:
        import torch  # noqa: PLC0415  seconds
    except (ImportError, OSError, RuntimeError) as error:
        say({"trouble": f"torch cannot be imported: {error}"})
        return
    say({"cuda": torch.version.cuda, "architectures": torch.cuda.get_arch_list()})


if __name__ == "__main__":
    main()
