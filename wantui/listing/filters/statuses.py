"""What ``status:`` asks for: how an item stands, the code of a problem that it has, its mark, its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.listing.filters.lexing import FilterError, nearest
from wantui.listing.losses import Learning
from wantui.listing.rows import ItemStatus

if TYPE_CHECKING:
    from wantui.listing.filters.lexing import Token
    from wantui.listing.filters.model import Context, Test
    from wantui.listing.rows import ItemRow

PROBLEM_CODES = (
    "alone-in-bucket", "animated-image", "bad-jsonl", "caption-byte-order-mark", "caption-not-text",
    "caption-not-utf8", "caption-too-large", "clip-incomplete", "clip-too-short", "control-missing",
    "damaged-media", "duplicate-stem", "empty-caption", "exif-turned", "identical-caption", "media-too-small",
    "missing-caption", "misspelt-tag", "mixed-case-suffix", "name-not-utf8", "name-too-long", "names-look-alike",
    "near-duplicate", "not-a-file", "odd-resolution", "plugin-suffix", "sixteen-bit-image", "source-fps-missing",
    "source-fps-wrong", "transparent-image", "trigger-missing", "truncated-media", "turned-clip",
    "unreadable-caption", "unreadable-media", "upscaled",
)  # fmt: skip
"""The codes that an item can have; a word with a hyphen that is none of them is understood as a code as well."""

OWN_STATES: dict[str, Test] = {
    "any": lambda _row, _context: True,
    "marked": lambda row, context: row.item.key in context.marked,
    "unmarked": lambda row, context: row.item.key not in context.marked,
    "captioned": lambda row, _context: bool(row.item.caption),
    "uncaptioned": lambda row, _context: not row.item.caption,
    "image": lambda row, _context: not row.item.is_video,
    "video": lambda row, _context: row.item.is_video,
    "held-out": lambda row, _context: row.is_held_out,
}
"""What is known of an item without a look at caches and problems."""


def _learned(how: Learning) -> Test:
    def test(row: ItemRow, context: Context) -> bool:
        found = context.losses.of(row.item) if context.losses else None
        return found is not None and found.learning is how

    return test


LEARNING: dict[str, Test] = {str(how): _learned(how) for how in Learning}
"""What is known from the losses of checkpoints."""

_STATUSES = tuple(map(str, ItemStatus))


def status_test(token: Token) -> Test:
    """What a status, a code, or the start of one asks of an item.

    Raises:
        FilterError: there is none that begins so.
    """
    wanted = token.value.lower()
    if wanted in OWN_STATES or wanted in LEARNING:
        return (OWN_STATES | LEARNING)[wanted]
    if wanted in _STATUSES:
        return lambda row, _context: row.status == wanted
    begun = frozenset(status for status in _STATUSES if status.startswith(wanted))
    own = [test for name, test in OWN_STATES.items() if name.startswith(wanted)]
    has_codes = any(code.startswith(wanted) for code in PROBLEM_CODES) or "-" in wanted
    if not begun and not own and not has_codes:
        words = (*_STATUSES, *OWN_STATES, *LEARNING)
        near = nearest(wanted, (*words, *PROBLEM_CODES))
        message = f"there is no status {token.value}{near}: {', '.join(words)}, or the code of a problem"
        raise FilterError(message, token.start, token.end)
    return lambda row, context: (
        row.status in begun
        or any(code.startswith(wanted) for code in row.codes)
        or any(test(row, context) for test in own)
    )
