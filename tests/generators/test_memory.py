import pytest
import torch

from triptych.errors import ModelError
from triptych.generators.pretrained.memory import (
    Resident,
    Shelf,
    is_out_of_memory,
    weights_size,
)


class Model:
    def __init__(self, size):
        self.size, self.where, self.moves = size, "cpu", []


def resident(shelf, name, size, fails=0):
    loads = []
    left = [fails]

    def load():
        loads.append(name)
        return Model(size)

    def place(model, device):
        if device.type != "cpu" and left[0]:
            left[0] -= 1
            raise torch.OutOfMemoryError("full")
        model.where = device.type
        model.moves.append(device.type)

    made = Resident(name, shelf, load, place, lambda model: model.size)
    made.loads = loads
    return made


@pytest.fixture
def shelf():
    return Shelf(torch.device("meta"), limit=10)


def test_models_load_once_and_take_turns(shelf):
    a, b, c = (resident(shelf, name, 4) for name in "abc")
    for one in (a, b, a, c):
        with one.use() as model:
            assert model.where == "meta"
    assert shelf.resident == ("a", "c")
    with b.use():
        assert shelf.resident == ("c", "b")
    assert a.loads == ["a"]


def test_a_model_in_use_is_not_moved(shelf):
    a, b = resident(shelf, "a", 8), resident(shelf, "b", 8)
    with a.use() as model, b.use():
        assert model.where == "meta"
        assert not shelf.clear(keep=b)


def test_out_of_memory_clears_the_shelf_and_tries_again(shelf):
    a, b = resident(shelf, "a", 2), resident(shelf, "b", 2, fails=1)
    with a.use():
        pass
    with b.use() as model:
        assert model.where == "meta"
    assert shelf.resident == ("b",)
    with pytest.raises(ModelError, match="does not fit"), resident(shelf, "c", 2, fails=2).use():
        pass


def test_weights_are_counted():
    assert weights_size(torch.nn.Linear(3, 2), "not a module") == 4 * (6 + 2)


def test_in_main_memory_a_model_is_dropped_and_loaded_again():
    shelf = Shelf(torch.device("cpu"), limit=10)
    a, b = resident(shelf, "a", 8), resident(shelf, "b", 8)
    with a.use() as first:
        pass
    with b.use():
        assert shelf.resident == ("b",)
    with a.use() as second:
        assert second is not first
    assert a.loads == ["a", "a"]


def test_room_is_made_before_a_model_is_loaded_into_main_memory():
    shelf, seen = Shelf(torch.device("cpu"), limit=10), []
    a = resident(shelf, "a", 8)

    def load():
        seen.append(shelf.resident)
        return Model(8)

    b = Resident("b", shelf, load, lambda model, device: None, lambda model: model.size, expected=7)
    with a.use():
        pass
    with b.use():
        assert seen == [()]


def test_a_model_beyond_the_limit_is_an_error_in_words(shelf):
    with (
        pytest.raises(ModelError, match=r"big takes .* memory limit is"),
        resident(shelf, "big", 11).use(),
    ):
        pass
    assert shelf.resident == ()


@pytest.mark.parametrize(
    ("error", "meant"),
    [
        (torch.OutOfMemoryError("full"), True),
        (MemoryError(), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("MPS backend out of memory"), True),
        (RuntimeError("shapes do not match"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_every_device_says_in_its_own_way_that_memory_ran_out(error, meant):
    assert is_out_of_memory(error) == meant
