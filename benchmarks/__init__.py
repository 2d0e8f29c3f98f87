"""Figures, not tests: what is said about speed in notes and documents is measured here.

python -m benchmarks               # everything
python -m benchmarks.start         # one of them
"""

import os

# pip compiles what it installs. Here the first round of each measurement does it, and the others find it done.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
