"""The checkpointer of a run: SQLite, with all that LangGraph lets a checkpointer do.

The library's own leaves out copying a thread, deleting by run, pruning, and the async ways.
"""

# LangGraph leaves types of its own open.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.sqlite import SqliteSaver

_TABLES = ("checkpoints", "writes")
_KEY = "(thread_id, checkpoint_ns, checkpoint_id)"
_COPIED = {
    "checkpoints": "checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata",
    "writes": "checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, value",
}
"""A table's columns but the thread's."""


class Saver(SqliteSaver):
    """Keeps a graph's state in SQLite. Its async methods work in another thread, one at a time."""

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy all checkpoints of a thread, with their pending writes, to another."""
        with self.cursor() as cursor:
            for table, columns in _COPIED.items():
                cursor.execute(
                    f"INSERT OR REPLACE INTO {table} (thread_id, {columns}) "
                    f"SELECT ?, {columns} FROM {table} WHERE thread_id = ?",
                    (target_thread_id, source_thread_id),
                )

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete the checkpoints, and their writes, that have one of these as `run_id`."""
        with self.cursor() as cursor:
            for run in run_ids:
                self._delete(cursor, "json_extract(metadata, '$.run_id') = ?", (run,))

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Delete checkpoints of threads: all but each namespace's latest, or with `delete` all.

        Raises:
            ValueError: if the strategy is another.
        """
        if strategy not in ("keep_latest", "delete"):
            raise ValueError(f"There is no way of pruning called {strategy!r}.")
        latest = (
            " AND checkpoint_id < (SELECT max(checkpoint_id) FROM checkpoints AS other WHERE "
            "other.thread_id = checkpoints.thread_id AND "
            "other.checkpoint_ns = checkpoints.checkpoint_ns)"
        )
        with self.cursor() as cursor:
            for thread in thread_ids:
                also = latest if strategy == "keep_latest" else ""
                self._delete(cursor, f"thread_id = ?{also}", (thread,))

    def _delete(self, cursor: Any, which: str, given: tuple[str, ...]) -> None:
        chosen = f"SELECT thread_id, checkpoint_ns, checkpoint_id FROM checkpoints WHERE {which}"
        for table in reversed(_TABLES):  # writes first: what they belong to says which they are
            cursor.execute(f"DELETE FROM {table} WHERE {_KEY} IN ({chosen})", given)

    # The same from a coroutine.

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """As `get_tuple`."""
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """As `list`; read at once, so that no cursor stays open between two items."""

        def read() -> Sequence[CheckpointTuple]:
            return tuple(self.list(config, filter=filter, before=before, limit=limit))

        for one in await asyncio.to_thread(read):
            yield one

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """As `put`."""
        return await asyncio.to_thread(self.put, config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """As `put_writes`."""
        await asyncio.to_thread(self.put_writes, config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        """As `delete_thread`."""
        await asyncio.to_thread(self.delete_thread, thread_id)

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """As `copy_thread`."""
        await asyncio.to_thread(self.copy_thread, source_thread_id, target_thread_id)

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """As `delete_for_runs`."""
        await asyncio.to_thread(self.delete_for_runs, run_ids)

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """As `prune`."""
        await asyncio.to_thread(lambda: self.prune(thread_ids, strategy=strategy))
