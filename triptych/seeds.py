"""Where every seed comes from: the run's, and the path of words that leads to the draw.

Two draws never share a seed unless they share their path, and a seed does not depend on the
order in which others are asked for.
"""

from __future__ import annotations

import hashlib


def derive_seed(seed: int, *path: str | int) -> int:
    """A seed in 0..2³¹−1 that depends on a seed and the path of names and numbers below it.

    The first 31 bits of BLAKE2b over seed and path, joined by `/`; so a word may not hold one.
    """
    words = [str(word) for word in path]
    if any("/" in word for word in words):
        raise ValueError(f"a word of a seed's path holds a slash: {words}")
    digest = hashlib.blake2b(
        "/".join([str(seed), *words]).encode("utf-8", "surrogatepass"), digest_size=4
    ).digest()
    return int.from_bytes(digest, "big") >> 1
