"""wantui: train WAN2.2 LoRAs from a terminal.

The rooms, from the ground up: `atomic` and `paths` (files), `config` (``wantui.toml``), `dataset` (what is
trained on), `caches` (what the trainer has encoded of it), `gpus`, `jobs` (what ran and runs), `trainer` (the
seam to musubi-tuner and to the built-in rehearsal), `supervisor` (the process that outlives the screen),
`runs` (a run: caches, then experts), `ui` (the screen) and `cli` (the same without a screen).
"""

__version__ = "0.1.0"
