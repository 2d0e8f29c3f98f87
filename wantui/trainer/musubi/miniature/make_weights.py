"""Writes random weights for the tiny models, under the names that the catalogue of weights has.

Run by the trainer's interpreter with this folder first on ``PYTHONPATH``: ``make_weights.py CHECKOUT FOLDER TASK``.
"""

import sys
from pathlib import Path


def main(checkout: str, folder: str, task: str) -> None:
    """Write text encoder, VAE and both experts of a task."""
    sys.path.insert(0, str(Path(checkout) / "src"))
    import torch  # noqa: PLC0415  seconds, and only this interpreter has it
    from musubi_tuner.wan.configs import WAN_CONFIGS  # noqa: PLC0415
    from musubi_tuner.wan.modules.model import WanModel  # noqa: PLC0415
    from musubi_tuner.wan.modules.t5 import umt5_xxl  # noqa: PLC0415
    from musubi_tuner.wan.modules.vae import WanVAE_  # noqa: PLC0415
    from safetensors.torch import save_file  # noqa: PLC0415
    from sitecustomize import VAE  # noqa: PLC0415

    into = Path(folder)
    into.mkdir(parents=True, exist_ok=True)

    def tensors(model: "torch.nn.Module", dtype: "torch.dtype") -> "dict[str, torch.Tensor]":
        return {name: value.to(dtype).contiguous().clone() for name, value in model.state_dict().items()}

    for seed, noise in enumerate(("high", "low"), start=1):
        torch.manual_seed(seed)
        config = WAN_CONFIGS[f"{task}-A14B"]
        sizes = ("dim", "eps", "ffn_dim", "freq_dim", "in_dim", "num_heads", "num_layers", "out_dim", "text_len")
        expert = WanModel(
            model_type=task, model_version="2.2", attn_mode="torch", **{name: config[name] for name in sizes}
        )
        torch.nn.init.normal_(expert.head.head.weight, std=0.05)  # zero as it is made: nothing would be learnt
        save_file(tensors(expert, torch.float16), into / f"{task}_{noise}.safetensors")

    vae = WanVAE_(
        z_dim=16, dim_mult=[1, 2, 4, 4], attn_scales=[], temperal_downsample=[False, True, True], dropout=0.0, **VAE
    )
    save_file(tensors(vae, torch.float32), into / "vae.safetensors")
    encoder = umt5_xxl(encoder_only=True, return_tokenizer=False)
    torch.save(tensors(encoder, torch.bfloat16), into / "t5.pth")


if __name__ == "__main__":
    main(*sys.argv[1:4])
