"""Figures, not tests: what is said about speed in notes and documents is measured here.

python -m benchmarks               # everything
python -m benchmarks.start         # one of them
"""
