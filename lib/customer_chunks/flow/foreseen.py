"""What can happen to any command: a full disk, a missing permission, Java's death -> one sentence."""

from __future__ import annotations

import errno

from customer_chunks.columns.failures import is_java_gone
from customer_chunks.errors import CustomerChunksError, MachineError
from customer_chunks.storage.faults import refused

_OF_THE_PLACE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


def as_foreseen(error: Exception) -> CustomerChunksError | None:
    """Return the error as one that a user can mend; None where nobody foresaw it."""
    if is_java_gone(error):
        return MachineError(
            "Java, which runs Spark, ended before its work was done; most often the system kills it for want "
            "of memory.",
            "Run again: it goes on from its last commit. If it stays, lower CHUNKS_DRIVER_MEMORY or give the "
            "machine more.",
        )
    if isinstance(error, OSError) and error.errno in _OF_THE_PLACE:
        return refused(error)
    return None
