"""Run by the trainer's interpreter, not by wantui's: counts tokens as the text encoder's step does.

Takes a JSON string a line and answers with a number a line. It looks for the tokenizer in the Hub's cache alone and
ends with exit code 3 where it is not at hand. Texts are cleaned as the trainer's ``wan/modules/tokenizers.py`` does
with ``clean="whitespace"``.
"""

import html
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

NOT_AT_HAND = 3


def snapshot() -> "Path | None":
    """The folder of the tokenizer's files in the Hub's cache, whose path is the first argument.

    Of several versions the one that the trainer would load: that of the branch ``main``.
    """
    model = Path(sys.argv[1]) / "models--Wan-AI--Wan2.1-T2V-14B"
    main = model / "refs" / "main"
    current = main.read_text().strip() if main.exists() else ""
    folders = model.glob("snapshots/*/google/umt5-xxl")
    for found in sorted(folders, key=lambda folder: (folder.parts[-3] != current, folder)):
        if any((found / name).exists() for name in ("tokenizer.json", "spiece.model")):
            return found
    return None


def counter(folder: Path) -> Callable[[str], int]:
    """What counts the tokens of a text, the one at its end included."""
    if (folder / "tokenizer.json").exists():
        from tokenizers import Tokenizer  # noqa: PLC0415  the light way

        fast = Tokenizer.from_file(str(folder / "tokenizer.json"))
        fast.no_truncation()  # how long it really is, is what is asked for
        fast.no_padding()
        return lambda text: len(fast.encode(text).ids)
    from transformers import AutoTokenizer  # noqa: PLC0415  seconds

    slow = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    return lambda text: len(slow(text).input_ids)


def cleaner() -> Callable[[str], str]:
    """What the trainer does to a caption before it is cut into tokens."""
    try:
        from ftfy import fix_text  # noqa: PLC0415  the trainer's, if it is there
    except ImportError:
        fix_text = str
    return lambda text: re.sub(r"\s+", " ", html.unescape(html.unescape(fix_text(text)))).strip()


def main() -> int:
    """Answer until the input ends."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    folder = snapshot()
    if folder is None:
        return NOT_AT_HAND
    count, clean = counter(folder), cleaner()
    for line in sys.stdin:
        print(count(clean(json.loads(line))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
