import sys

import numpy as np
import pytest

from triptych.memory import forget_peak, process_peak, share_one_heap

HUNDRED = 100 * 2**20


def held(size):
    return int(np.ones(size, dtype=np.uint8).sum())


def test_the_peak_is_of_what_was_held_at_once():
    before = process_peak()
    assert before > 2**20
    assert held(4 * HUNDRED) == 4 * HUNDRED
    assert process_peak() >= before


@pytest.mark.skipif(sys.platform != "linux", reason="others keep the peak of the whole process")
def test_a_forgotten_peak_begins_again_from_what_is_in_use():
    held(4 * HUNDRED)
    high = process_peak()
    forget_peak()
    low = process_peak()
    assert low < high - HUNDRED
    held(2 * HUNDRED)
    assert low + HUNDRED < process_peak() < high


def test_one_heap_may_be_asked_for_anywhere():
    share_one_heap()
    assert held(HUNDRED) == HUNDRED
