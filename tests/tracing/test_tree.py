from hypothesis import given, settings
from hypothesis import strategies as st

from triptych.tracing.records import LostSpan, RetryEvent, VerdictEvent, VerdictInputs
from triptych.tracing.tree import Filter, grow, pruned
from triptych.tracing.work import PartInputs, PartStep, WorkflowEvent

BODY = {"deliverable": "body", "attempt": 1}


def event(identity, parent=None, kind="retry", started=0.0, **fields):
    common = {"run": "r", "id": identity, "parent": parent, "started": started}
    common |= {"ended": started + 1, **fields}
    if kind == "workflow":
        return WorkflowEvent(**common)
    if kind == "agent":
        return PartStep(name="image", inputs=PartInputs(plan="c" * 64, **BODY), **common)
    if kind == "verdict":
        return VerdictEvent(inputs=VerdictInputs(parts={}, **BODY), **common)
    return RetryEvent(name=identity, **common)


def shape(roots):
    return [(depth, event.id) for root in roots for depth, event in root.walk()]


def test_children_stand_under_their_parents_in_the_order_begun():
    events = [event("c", "a", started=2), event("b", "a", started=1), event("a", ended=9)]
    assert shape(grow(events)) == [(0, "a"), (1, "b"), (1, "c")]


def test_a_parent_that_a_kill_kept_from_being_written_is_stood_in_for():
    (root,) = grow([event("b", "a", "agent", 3.0), event("c", "a", "verdict", 5.0)])
    assert isinstance(root.event, LostSpan)
    assert root.event.kind == "workflow"
    assert root.event.status == "interrupted"
    assert (root.event.started, root.event.ended) == (3.0, 6.0)
    assert [child.event.id for child in root.children] == ["b", "c"]


def test_a_filter_keeps_what_its_events_happened_within():
    events = [
        event("retry", "agent", "retry", message="Busy"),
        event("other", "agent"),
        event("agent", "top", "agent"),
        event("top", None, "workflow"),
    ]
    kept = pruned(grow(events), Filter(text="busy"))
    assert shape(kept) == [(0, "top"), (1, "agent"), (2, "retry")]
    assert shape(pruned(grow(events), Filter(deliverable="body"))) == [(0, "top"), (1, "agent")]
    assert pruned(grow(events), Filter(kinds=("error",))) == []
    assert shape(pruned(grow(events), Filter())) == shape(grow(events))


IDS = st.sampled_from("abcdef")
EVENTS = st.lists(st.builds(event, IDS, st.none() | IDS, started=st.floats(0, 9)), max_size=12)


@given(EVENTS)
@settings(max_examples=150)
def test_any_events_even_circles_become_trees_that_hold_each_once(events):
    found = [identity for _, identity in shape(grow(events))]
    assert len(found) == len(set(found))
    assert {e.id for e in events} <= set(found)
    assert set(found) <= {e.id for e in events} | {e.parent for e in events}


def test_a_deep_trace_does_not_exhaust_the_stack():
    events = [event(str(i), str(i - 1) if i else None, started=i) for i in range(3000)]
    assert len(shape(pruned(grow(events), Filter(names=("2999",))))) == 3000
