"""The command lines of the three scripts: every flag of the real ones, of both commits that wantui works with.

Most flags do nothing here. They are known nevertheless, so that a command line that rehearsal takes is one that the
trainer takes, and a misspelt flag ends with argparse's exit code 2 in both.

The lists name flags without dashes, with their default where it is not None; argparse converts it.
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CACHE_FLAGS = {str: "device", int: "batch_size num_workers", bool: "skip_existing keep_cache"}
_LATENTS_FLAGS = {
    str: "vae vae_dtype console_back clip",
    int: "console_width console_num_images",
    bool: "disable_cudnn_backend vae_cache_cpu i2v one_frame",
}
_TRAINING_FLAGS = {
    bool: """
    sdpa flash_attn sage_attn xformers flash3 split_attn compile compile_fullgraph cuda_allow_tf32
    cuda_cudnn_benchmark dynamo_fullgraph dynamo_dynamic persistent_data_loader_workers gradient_checkpointing
    gradient_checkpointing_cpu_offload log_config ddp_gradient_as_bucket_view ddp_static_graph sample_at_first
    fp8_base use_pinned_memory_for_block_swap block_swap_h2d_only img_in_txt_in_offloading disable_numpy_memmap
    preserve_distribution_shape no_metadata dim_from_weights save_state save_state_on_train_end
    save_state_to_huggingface resume_from_huggingface async_upload fp8_scaled fp8_t5 vae_cache_cpu one_frame
    force_v2_1_time_embedding offload_inactive_dit
""",
    int: """
    compile_cache_size_limit max_train_epochs seed ddp_timeout sample_every_n_steps sample_every_n_epochs
    lr_scheduler_timescale blocks_to_swap min_timestep max_timestep num_timestep_buckets network_dim
    save_every_n_epochs save_every_n_steps save_last_n_epochs save_last_n_epochs_state save_last_n_steps
    save_last_n_steps_state timestep_boundary max_train_steps=1600 max_data_loader_n_workers=8
    gradient_accumulation_steps=1 lr_scheduler_num_cycles=1 block_swap_ring_size=2
""",
    float: """
    lr_scheduler_min_lr_ratio network_dropout scale_weight_norms learning_rate=2e-6 max_grad_norm=1 lr_warmup_steps
    lr_decay_steps lr_scheduler_power=1 guidance_scale=1 discrete_flow_shift=1 sigmoid_scale=1 logit_mean=0
    logit_std=1 mode_scale=1.29 network_alpha=1
""",
    str: """
    config_file dataset_config compile_backend logging_dir log_prefix log_tracker_name wandb_run_name
    log_tracker_config wandb_api_key sample_prompts optimizer_type= lr_scheduler=constant lr_scheduler_type=
    network_weights network_module training_comment output_dir output_name resume metadata_title metadata_author
    metadata_description metadata_license metadata_tags metadata_reso metadata_arch huggingface_repo_id
    huggingface_repo_type huggingface_path_in_repo huggingface_token huggingface_repo_visibility dit vae vae_dtype t5
    clip dit_high_noise
""",
}
_LISTS = "optimizer_args lr_scheduler_args network_args base_weights"
_CHOICES = {
    "compile_mode": "default reduce-overhead max-autotune max-autotune-no-cudagraphs",
    "compile_dynamic": "true false auto",
    "dynamo_backend": "NO EAGER AOT_EAGER INDUCTOR AOT_TS_NVFUSER NVPRIMS_NVFUSER CUDAGRAPHS OFI FX2TRT ONNXRT "
    "TENSORRT AOT_TORCHXLA_TRACE_ONCE TORCHXLA_TRACE_ONCE IPEX TVM HPU_BACKEND",
    "dynamo_mode": "default reduce-overhead max-autotune",
    "mixed_precision=no": "no fp16 bf16",
    "save_precision": "float fp32 fp16 bf16",
    "log_with": "tensorboard wandb all",
    "timestep_sampling=sigma": "sigma uniform sigmoid shift flux_shift flux2_shift ideogram4_shift qwen_shift "
    "krea2_shift logsnr qinglong_flux qinglong_qwen",
    "weighting_scheme=none": "logit_normal mode cosmap sigma_sqrt none",
    "show_timesteps": "image console",
    "task=t2v-14B": "t2v-14B t2v-1.3B i2v-14B t2i-14B flf2v-14B t2v-1.3B-FC t2v-14B-FC i2v-14B-FC i2v-A14B t2v-A14B",
}


def latents_parser() -> argparse.ArgumentParser:
    """The command line of ``wan_cache_latents``."""
    parser = argparse.ArgumentParser(description="Rehearse caching latents: no VAE is used.")
    parser.add_argument("--dataset_config", type=Path, required=True)
    _add(parser, _CACHE_FLAGS)
    _add(parser, _LATENTS_FLAGS, {"debug_mode": "image console video"})
    return parser


def text_parser() -> argparse.ArgumentParser:
    """The command line of ``wan_cache_text_encoder_outputs``."""
    parser = argparse.ArgumentParser(description="Rehearse caching text encoder outputs: no T5 is used.")
    parser.add_argument("--dataset_config", type=Path, required=True)
    parser.add_argument("--t5", required=True)
    _add(parser, _CACHE_FLAGS | {bool: f"{_CACHE_FLAGS[bool]} fp8_t5"})
    return parser


def training_parser() -> argparse.ArgumentParser:
    """The command line of ``wan_train_network``."""
    parser = argparse.ArgumentParser(description="Rehearse training a WAN2.2 LoRA: no weights are used.")
    _add(parser, _TRAINING_FLAGS, _CHOICES)
    for name in _LISTS.split():
        parser.add_argument(f"--{name}", nargs="*")
    parser.add_argument("--base_weights_multiplier", nargs="*", type=float)
    parser.set_defaults(lr_warmup_steps=0, lr_decay_steps=0)  # whole, as the metadata show them
    return parser


def parse_training(argv: Sequence[str] | None) -> argparse.Namespace:
    """The training script's settings; those in ``--config_file``, of whatever section, come before the defaults.

    Args:
        argv: the flags; None: this process's.

    Raises:
        SystemExit: argparse's, with code 2.
        OSError: the configuration file cannot be read.
        tomllib.TOMLDecodeError: it is not TOML.
    """
    parser = training_parser()
    settings = parser.parse_args(argv)
    if settings.config_file is None:
        return settings
    name = Path(settings.config_file)
    document = tomllib.loads(name.with_suffix(".toml").read_text(encoding="utf-8"))
    for key, value in document.items():
        parser.set_defaults(**(value if isinstance(value, dict) else {key: value}))
    return parser.parse_args(argv)


def _add(
    parser: argparse.ArgumentParser, flags: Mapping[type, str], choices: Mapping[str, str] | None = None
) -> None:
    """Add flags by what they take; those that take a bool are switches."""
    for kind, listed in flags.items():
        for entry in listed.split():
            name, equals, default = entry.partition("=")
            if kind is bool:
                parser.add_argument(f"--{name}", action="store_true")
            else:
                parser.add_argument(f"--{name}", type=kind, default=default if equals else None)
    for entry, allowed in (choices or {}).items():
        name, _, default = entry.partition("=")
        parser.add_argument(f"--{name}", choices=allowed.split(), default=default or None)
