import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from triptych.memory import forget_peak, process_peak, return_freed_memory, share_one_heap

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


def in_use():
    """Bytes of main memory that the process takes now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others give memory back themselves")
def test_what_was_freed_below_something_in_use_is_given_back():
    blocks = [b"x" * 60_000 for _ in range(3000)]
    kept = blocks[::50]
    full = in_use()
    del blocks
    return_freed_memory()
    assert in_use() < full - HUNDRED
    assert all(len(block) == 60_000 for block in kept)


MANY = """
import sys
from pathlib import Path
from triptych import RunOptions, Triptych
from tests.test_peak import in_use

triptych, sizes = Triptych(sys.argv[1]), []
for number in range(10):
    triptych.run(f"A red steel lantern, number {number}.", Path(f"run-{number}"),
                 RunOptions(seed=number, steps=2))
    sizes.append(in_use() // 2**20)
print(*sizes)
"""


def test_many_campaigns_of_one_process_take_no_more_memory_than_a_few(tiny_profile, tmp_path):
    root = str(Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", MANY, tiny_profile],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": root}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    sizes = [int(one) for one in done.stdout.split()]
    assert sizes[-1] - sizes[3] < 24, sizes
