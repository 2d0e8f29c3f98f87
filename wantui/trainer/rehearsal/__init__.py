"""The built-in trainer: everything that the real one does to files and on screen, without GPU, torch or network.

Its scripts take the real scripts' flags, read the same ``dataset.toml``, write cache files under the same names
with the same headers, train a small network for real on the user's own images and captions, print as the trainer
prints and write real LoRA files. What comes out is labelled as rehearsal in the log and in the file's metadata, and
no program can use it on WAN2.2: it fits a model of 32 dimensions, not one of 14 billion parameters.

- `wan_cache_latents`, `wan_cache_text_encoder_outputs`, `wan_train_network`, `wan_generate_video`,
  `lora_post_hoc_ema`: the scripts, run with ``python -m``
- `flags`: their command lines
- `tensors`: safetensors files and number formats
- `latents`, `text`: what stands in for the VAE and for T5
- `caching`: what the scripts do alike
- `arrays`: numpy, on one thread
- `network`, `optimizer`, `training_items`, `training_loop`, `checkpoints`: training
- `console`: prints as the trainer prints
- `faults`: failures on demand
- `trainer`: `RehearsalTrainer`, wantui's side

Environment, for tests and for the pace of a demo:

``WANTUI_REHEARSAL_STEP_S``
    Seconds to sleep in each training step, and half of it for each encoded item. Default 0.05.
``WANTUI_BATCHES``
    A file that gets the items of each batch, as from the observer of the real trainer (`wantui.trainer.probes`).
``WANTUI_REHEARSAL_FAIL``
    ``JOB@N[:ACTION]``, several with commas: when job ``latents``, ``text``, ``high``, ``low``, ``sample`` or ``any``
    comes to its step, item or picture N, counted from 1 (0: at the start), do ACTION: ``oom`` (the default: raise
    what torch raises when CUDA is out of memory), ``oom<N`` (the same, where fewer than N blocks are swapped),
    ``exit=CODE`` (leave at once), ``kill`` (SIGKILL itself), ``hang`` (sleep for ever), ``deaf`` (ignore SIGTERM and
    SIGINT from now on), ``escape`` (leave a sleeping grandchild behind in a session of its own, say its pid, and go
    on).
``WANTUI_REHEARSAL_HANG_ON_CORRUPT``
    ``1``: a corrupt cache file makes training hang for ever, as it does to the real trainer. Default: it fails.
"""
