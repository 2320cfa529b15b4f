import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triptych.seeds import derive_seed

PACKAGE = Path(__file__).parents[1] / "triptych"
WORD = st.integers(0, 10**6) | st.text(st.characters(exclude_characters="/"), max_size=8)
PATH = st.lists(WORD, max_size=4)


@given(st.integers(0, 2**62), PATH)
def test_a_seed_follows_from_its_path_and_fits_every_generator(seed, path):
    found = derive_seed(seed, *path)
    assert found == derive_seed(seed, *path)
    assert 0 <= found < 2**31


@given(st.integers(0, 2**31), PATH, PATH)
def test_other_paths_give_other_seeds(seed, one, other):
    if [str(word) for word in one] != [str(word) for word in other]:
        assert derive_seed(seed, *one) != derive_seed(seed, *other)


def test_a_campaign_s_seeds_are_what_they_always_were():
    digest = hashlib.blake2b(b"7/body/image/2", digest_size=4).digest()
    assert derive_seed(7, "body", "image", 2) == int.from_bytes(digest, "big") >> 1


def test_a_seed_is_the_same_in_every_process():
    code = "from triptych.seeds import derive_seed; print(derive_seed(3, 'copy', 1))"
    for salt in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": salt},
            cwd=PACKAGE.parent,
        )  # fmt: skip
        assert int(run.stdout) == derive_seed(3, "copy", 1)


def test_a_slash_in_a_word_is_refused():
    with pytest.raises(ValueError, match="slash"):
        derive_seed(1, "a/b")


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_no_seed_comes_from_python_s_hash(path):
    """Which differs between processes for words, and between versions for all else."""
    assert not re.search(r"(?<![\w.])hash\(", path.read_text())
