"""What goes wrong, in the few kinds that matter to whoever asked.

The message of each is fit to be shown: which file and line, what is wrong, what to do. A room that has more to say
has classes of its own below one of these.
"""

from __future__ import annotations


class WantuiError(Exception):
    """Base of all: something that was asked for could not be done, and nothing is half done."""


class BadInputError(WantuiError):
    """What a person gave or wrote cannot be used as it is: a file of settings, a name, an expression."""


class ConflictError(WantuiError):
    """Somebody else has changed or holds what was to be changed; nothing was written."""


class MachineError(WantuiError):
    """The machine, its disks, the network, or a program that is not ours refuses."""
