"""Which errors are worth another try, which end one deliverable, and which stop the whole run."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from langgraph.errors import GraphBubbleUp
from langgraph.types import RetryPolicy

from triptych.errors import StoreError, TriptychError
from triptych.graph.state import DeliverableState


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


@contextmanager
def halting() -> Generator[None]:
    """Stop the run, to be resumed, where its store or its checkpoints fail.

    For a block, or as `halting()(node)` for a node. A node that calls a subgraph takes the block:
    LangGraph looks for subgraphs in a node's own closure.
    """
    try:
        yield
    except (StoreError, sqlite3.Error) as error:
        raise Halted(error) from error


class StageFailed(Exception):
    """A stage of a deliverable failed for good.

    Args:
        error: why.
        state: the deliverable's, with all that was made by then.
    """

    def __init__(self, error: Exception, state: DeliverableState) -> None:
        super().__init__(error)
        self.error, self.state = error, state


def run_deliverable(deliverable: Any, state: DeliverableState) -> DeliverableState:
    """Run a deliverable's compiled graph to its end; returns its last state.

    Raises `StageFailed` if a stage fails for good.
    """
    try:
        for last in deliverable.stream(state, stream_mode="values"):
            state = last
    except (GraphBubbleUp, StoreError, sqlite3.Error):
        raise  # no step's fault
    except Exception as error:
        raise StageFailed(error, state) from error
    return state
