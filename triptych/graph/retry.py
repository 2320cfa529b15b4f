"""Which errors are worth another try: what passes by itself, never what a person must mend."""

from __future__ import annotations

import errno

from langgraph.types import RetryPolicy

from triptych.errors import TriptychError


def may_pass(error: Exception) -> bool:
    """Whether an error may be gone a moment later: time-outs and broken connections."""
    if isinstance(error, TriptychError):
        return False
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EACCES, errno.EROFS):
        return False
    return isinstance(error, TimeoutError | ConnectionError | InterruptedError)


RETRY = RetryPolicy(max_attempts=3, initial_interval=0.5, retry_on=may_pass)
