"""Fixes: what can be done about a problem by one key, told before it is done, and undone like every other change."""

from wantui.fixes.apply import Fixed, carry_out
from wantui.fixes.dispatch import fix_for, fixes_for
from wantui.fixes.model import Fix, Rewrite

__all__ = ["Fix", "Fixed", "Rewrite", "carry_out", "fix_for", "fixes_for"]
