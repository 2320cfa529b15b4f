from benchmarks.torture.conformance import conformance


def test_the_checkpointer_passes_langgraphs_own_suite(tmp_path):
    """With the optional parts: copying a thread, deleting by run, pruning."""
    told = conformance(tmp_path)["capabilities"]
    assert len(told) == 8
    assert [name for name, one in told.items() if not one["passed"]] == []
    assert {name: one["failures"] for name, one in told.items() if one["failed"]} == {}
