"""A trace as a tree of spans, and the filters that pick events from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from triptych.tracing.event import EventKind
from triptych.tracing.records import LostSpan, TraceEvent

AnyEvent = TraceEvent | LostSpan
"""Of a file, or a stand-in for one that a kill kept from it."""
_STEPS = frozenset({"agent", "verdict", "regeneration", "approval"})
"""What happens in a workflow itself; other kinds happen within steps."""


@dataclass
class Node:
    """An event and what happened within it, in the order begun."""

    event: AnyEvent
    children: list[Node] = field(default_factory=list)

    def walk(self, depth: int = 0) -> Iterator[tuple[int, AnyEvent]]:
        """(depth, event) of this node and all below it, from top to bottom."""
        stack = [(depth, self)]  # no recursion: a trace's depth is not in our hands
        while stack:
            level, node = stack.pop()
            yield level, node.event
            stack += [(level + 1, child) for child in reversed(node.children)]


def grow(events: Iterable[AnyEvent]) -> list[Node]:
    """The trees of a trace, one a session of the run, in the order begun.

    A span is written when it ends, so a kill leaves children without their parents: each missing
    parent is stood in for by an interrupted node that spans what is known of it. Of events with
    the same id the last counts, and events that are each other's ancestors are cut apart.
    """
    nodes = {event.id: Node(event) for event in events}
    for node in list(nodes.values()):
        parent = node.event.parent
        if parent is not None and parent not in nodes:
            nodes[parent] = Node(_lost(node.event, parent))
    roots: list[Node] = []
    for node in nodes.values():
        parent = node.event.parent
        (roots if parent is None else nodes[parent].children).append(node)
    reached = {event.id for root in roots for _, event in root.walk()}
    for node in nodes.values():
        if node.event.id not in reached:  # in a circle, or below one: cut it open here
            above = nodes[str(node.event.parent)].children
            above[:] = [child for child in above if child is not node]
            roots.append(node)
            reached |= {event.id for _, event in node.walk()}
    for node in nodes.values():
        if isinstance(node.event, LostSpan):
            within = [child.event for child in node.children]
            node.event = node.event.model_copy(
                update={
                    "kind": "workflow" if _STEPS & {event.kind for event in within} else "agent",
                    "started": min((event.started for event in within), default=0.0),
                    "ended": max((event.ended for event in within), default=0.0),
                }
            )
    for node in nodes.values():
        node.children.sort(key=_begun)
    return sorted(roots, key=_begun)


@dataclass(frozen=True)
class Filter:
    """Which events to look at; every condition that is given must hold.

    `text` is looked for in names, messages, inputs and outputs, whatever the case.
    """

    kinds: tuple[EventKind, ...] = ()
    names: tuple[str, ...] = ()
    deliverable: str | None = None
    status: str | None = None
    text: str | None = None

    def keeps(self, event: AnyEvent) -> bool:
        """Whether an event is one of them."""
        return (
            (not self.kinds or event.kind in self.kinds)
            and (not self.names or event.name in self.names)
            and (self.deliverable is None or event.deliverable == self.deliverable)
            and (self.status is None or event.status == self.status)
            and (self.text is None or self.text.casefold() in _words(event))
        )


def pruned(roots: Iterable[Node], wanted: Filter) -> list[Node]:
    """The trees with only the events that are wanted and what they happened within."""
    kept: dict[str, AnyEvent] = {}
    for root in roots:
        path: list[AnyEvent] = []
        for depth, event in root.walk():
            path[depth:] = [event]
            if wanted.keeps(event):
                for within in reversed(path):
                    if within.id in kept:
                        break
                    kept[within.id] = within
    return grow(kept.values())


def _words(event: AnyEvent) -> str:
    contents = event.model_dump(include={"inputs", "outputs"}, exclude_defaults=True)
    return f"{event.name} {event.message} {contents}".casefold()


def _lost(child: AnyEvent, identity: str) -> LostSpan:
    return LostSpan(
        run=child.run,
        id=identity,
        started=child.started,
        ended=child.ended,
        status="interrupted",
        message="it was stopped before it ended",
    )


def _begun(node: Node) -> tuple[float, float]:
    return node.event.started, -node.event.ended
