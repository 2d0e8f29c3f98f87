"""Mends: what can be done about a problem by one key, told before it is done, and undone like every other change."""

from wantui.fixes.dispatch import mend_for, mends_for
from wantui.fixes.fix import Mended, carry_out
from wantui.fixes.model import Mend, Rewrite

__all__ = ["Mend", "Mended", "Rewrite", "carry_out", "mend_for", "mends_for"]
