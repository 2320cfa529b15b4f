"""The English word list that `triptych/grounding` ships, made of SCOWL's lists up to size 70.

    python benchmarks/word_list.py FOLDER

`FOLDER` holds SCOWL's lists (`english-words.10`, …), as its packages install them. Only words in
lower case are taken, of every spelling of English: a name in the list would pass for a word.
Accents are left out, for the check compares without them.
"""

import lzma
import re
import sys
import unicodedata
from pathlib import Path

SIZE = 70
SPELLINGS = ("english", "american", "british", "british_z", "canadian", "australian")
VARIANTS = ("variant_1", "variant_2", "british_variant_1", "canadian_variant_1",
            "australian_variant_1")  # fmt: skip
OUT = Path(__file__).parents[1] / "triptych/grounding/data/words.txt.xz"


def main() -> None:
    words: set[str] = set()
    for spelling in (*SPELLINGS, *VARIANTS):
        for path in Path(sys.argv[1]).glob(f"{spelling}-words.*"):
            if int(path.suffix[1:]) <= SIZE:
                words.update(path.read_text(encoding="latin-1").split("\n"))
    plain = {_without_accents(word) for word in words}
    kept = sorted(word for word in plain if re.fullmatch("[a-z]+", word))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_bytes(lzma.compress("\n".join(kept).encode(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{len(kept)} words, {OUT.stat().st_size} bytes")


def _without_accents(word: str) -> str:
    marks = unicodedata.normalize("NFKD", word)
    return "".join(sign for sign in marks if not unicodedata.combining(sign))


if __name__ == "__main__":
    main()
