"""Errors of the machine at a moment, which pass."""

from __future__ import annotations

import errno

_PASSING = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EINTR, errno.ETXTBSY}
)


def is_passing(error: OSError) -> bool:
    """Whether it is the machine's at this moment: disk full, no memory, descriptors used up.

    It is nobody's fault, so nothing fails by it: what it kept from happening is tried again.
    """
    return error.errno in _PASSING
