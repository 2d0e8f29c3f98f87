"""Watches which items the trainer takes, from outside: see ``sitecustomize.py`` there.

`FOLDER` goes first on ``PYTHONPATH`` of a training whose losses are wanted item by item.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
"""Holds ``sitecustomize.py``, which Python imports before anything else."""
