"""The words of the dataset, to complete and to check what is typed; made when the first caption is edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.captions.spelling import misspelt
from wantui.captions.tags import key_of, split_tags
from wantui.captions.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence


class Words:
    """What the dataset's captions are made of."""

    def __init__(self, captions: Sequence[str]) -> None:
        """Count. It takes a tenth of a second for thousands of captions: not for the event loop."""
        self.vocabulary = Vocabulary(captions)
        self._slips = {key_of(slip.tag): slip for slip in misspelt(captions)}

    def hint(self, text: str) -> str:
        """``portrat: portrait is used 120 times``, of the first tag that is probably misspelt; else empty."""
        for tag in split_tags(text):
            slip = self._slips.get(key_of(tag))
            if slip is not None:
                return f"{slip.tag}: {slip.suggestion} is used {slip.suggestion_count} times"
        return ""
