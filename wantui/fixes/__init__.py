"""Mends: what can be done about a problem by one key, told before it is done, and undone like every other change."""

from wantui.fixes.dispatch import Mender, mend_for
from wantui.fixes.fix import Mended, carry_out
from wantui.fixes.model import Mend, Rewrite

__all__ = ["Mend", "Mended", "Mender", "Rewrite", "carry_out", "mend_for"]
