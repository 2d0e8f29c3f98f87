"""Mends: what can be done about a problem by one key, told before it is done, and undone like every other change."""

from wantui.fixes.dispatch import Mender, mend_for
from wantui.fixes.fix import Mend, Mended, Rewrite, carry_out

__all__ = ["Mend", "Mended", "Mender", "Rewrite", "carry_out", "mend_for"]
