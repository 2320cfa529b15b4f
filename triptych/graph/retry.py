"""Which errors are worth another try, which end one deliverable, and which stop the whole run."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable
from functools import wraps
from typing import Any

from langgraph.errors import GraphBubbleUp
from langgraph.types import RetryPolicy

from triptych.errors import StoreError, TriptychError


def may_pass(error: Exception) -> bool:
    """Whether an error may be gone a moment later: time-outs and broken connections."""
    if isinstance(error, TriptychError):
        return False
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EACCES, errno.EROFS):
        return False
    return isinstance(error, TimeoutError | ConnectionError | InterruptedError)


RETRY = RetryPolicy(max_attempts=3, initial_interval=0.5, retry_on=may_pass)


class Halted(GraphBubbleUp):
    """The disk is full or an asset is damaged: no deliverable's fault, and a person must mend it.

    As a signal of the graph's own kind it is no result of a node: resumed, the node runs again.

    Args:
        error: of the store, or of the database that holds the checkpoints.
    """

    def __init__(self, error: StoreError | sqlite3.Error) -> None:
        super().__init__(error)
        self.error = error


def halting(node: Callable[..., Any]) -> Callable[..., Any]:
    """A node that stops the run, to be resumed, where its store or its checkpoints fail."""

    @wraps(node)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return node(*args, **options)
        except (StoreError, sqlite3.Error) as error:
            raise Halted(error) from error

    return run
