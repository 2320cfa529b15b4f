import pytest

from triptych.domain import AssetRef, Record, Spend
from triptych.errors import StoreError
from triptych.step_store import StepStore, find_made
from triptych.store import Store


class Made(Record):
    best: AssetRef
    others: tuple[AssetRef, ...] = ()


FILES = (b"one", b"two", b"three")


def keep_all(store):
    held = StepStore(store)
    best, *others = (held.put(data, "image/png") for data in FILES)
    held.keep("step", Made(best=best, others=tuple(others)), Spend(cost=2.0))


def is_whole(store):
    return all(store.holds(StepStore(store).put(data, "image/png")) for data in FILES)


def test_what_a_step_puts_is_read_by_it_and_lies_nowhere_until_it_is_kept(tmp_path):
    held = StepStore(Store(tmp_path))
    ref = held.put(b"one", "image/png")
    assert held.get(ref) == b"one"
    assert held.holds(ref)
    assert not Store(tmp_path).holds(ref)
    assert not list(tmp_path.rglob("*.*"))


def test_a_kept_step_is_found_with_what_it_cost(tmp_path):
    keep_all(Store(tmp_path))
    made, spend = find_made(Store(tmp_path), "step", Made)
    assert Store(tmp_path).get(made.best) == b"one"
    assert spend.cost == 2.0


@pytest.mark.parametrize("kill", range(5))
def test_at_no_moment_lies_a_step_whole_on_disk_and_is_not_found(tmp_path, monkeypatch, kill):
    """The kill hits before the first write of the step, before the second, and so on."""
    store, write, left = Store(tmp_path), Store._write, [kill]

    def dying(self, path, data):
        if not left[0]:
            raise StoreError("killed")
        left[0] -= 1
        write(self, path, data)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "_write", dying)
        if kill <= len(FILES):
            with pytest.raises(StoreError):
                keep_all(store)
        else:
            keep_all(store)
    assert is_whole(store) == (kill > len(FILES))
    assert (find_made(store, "step", Made) is not None) == is_whole(store)


def test_a_step_that_lost_a_file_is_made_again(tmp_path):
    keep_all(Store(tmp_path))
    next(path for path in (tmp_path / "assets").glob("*.png")).unlink()
    assert find_made(Store(tmp_path), "step", Made) is None


def test_a_note_that_is_none_is_not_found(tmp_path):
    Store(tmp_path).remember("step", {"made": {"best": 1}, "files": []})
    assert find_made(Store(tmp_path), "step", Made) is None
    Store(tmp_path).remember("step", ["x"])
    assert find_made(Store(tmp_path), "step", Made) is None
