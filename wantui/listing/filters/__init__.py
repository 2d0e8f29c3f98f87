"""The language in which items are asked for: words, fields, AND, OR, NOT, wildcards and regular expressions.

``docs/filters.md`` describes it for people.
"""

from wantui.listing.filters.language import Filter, parse
from wantui.listing.filters.lexing import FilterError

__all__ = ["Filter", "FilterError", "parse"]
