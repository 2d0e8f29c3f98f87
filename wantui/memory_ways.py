"""How GPU memory can be spent, by the names that ``wantui.toml``, forms and the records of runs have."""

MEMORY = ("auto", "workflow", "full", "fp8", "swap10", "swap20", "swap30", "swap36", "offload")
"""By the GPU (``auto``), as the workflow does, or by a level of `wantui.trainer.musubi.memory_levels.LEVELS`."""
