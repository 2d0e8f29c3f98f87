"""Numbers on the command line."""

from __future__ import annotations

import argparse


def positive(text: str) -> int:
    """A whole number from 1.

    Raises:
        ArgumentTypeError: it is none.
    """
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return number


def index(text: str) -> int:
    """A whole number from 0.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def span(text: str) -> float:
    """Seconds of ``90s``, ``30m``, ``8h`` or ``2d``.

    Raises:
        ArgumentTypeError: it is none.
    """
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and len(number) < 10 and unit in _UNITS and int(number)):  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is no span of time, such as 30m, 8h or 2d")
    return float(int(number) * _UNITS[unit])


def epochs(text: str) -> tuple[int, ...]:
    """``40,60`` as numbers; ``all`` as none.

    Raises:
        ArgumentTypeError: it is neither.
    """
    if text == "all":
        return ()
    try:
        return tuple(positive(word) for word in text.split(","))
    except (ValueError, argparse.ArgumentTypeError):
        raise argparse.ArgumentTypeError(f"{text!r}: epochs are wanted, such as 40 or 40,60, or all") from None


def epochs_or_averages(text: str) -> tuple[int | str, ...]:
    """``40,ema-10-40``, each as `epoch_or_average` has it; ``all`` as none.

    Raises:
        ArgumentTypeError: it is neither.
    """
    return () if text == "all" else tuple(epoch_or_average(word) for word in text.split(","))


def span_of_epochs(text: str) -> tuple[int, int]:
    """``10..40`` as its first and its last epoch.

    Raises:
        ArgumentTypeError: it is none.
    """
    first, dots, last = text.partition("..")
    try:
        span = positive(first), positive(last)
    except argparse.ArgumentTypeError:
        span = (1, 0)
    if not dots or span[0] > span[1]:
        raise argparse.ArgumentTypeError(f"{text!r}: the first and the last epoch are wanted, such as 10..40")
    return span


def epoch_or_average(text: str) -> int | str:
    """``40`` as a number; the name of an average, ``ema-10-40``, as it is.

    Raises:
        ArgumentTypeError: it is neither.
    """
    if text.startswith("ema-"):
        return text
    try:
        return positive(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"{text!r}: an epoch is wanted, or an average such as ema-10-40") from None
