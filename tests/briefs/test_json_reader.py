"""JSON by a JSON parser, each key once."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triptych.briefs.read import understand
from triptych.domain import Brief
from triptych.errors import BriefError
from triptych.files.json import parse_json, parse_json_lines

DATA = Path(__file__).parent / "data"


def test_escapes_of_surrogate_pairs_are_one_character():
    brief = understand(str(DATA / "emoji_ascii.json")).asked
    assert brief.product == "Emberlite 🔥"


def test_a_key_given_twice_is_an_error():
    with pytest.raises(BriefError, match="gives `brand` twice"):
        understand(str(DATA / "dup.json"))


def test_tabs_between_things_are_json(tmp_path):
    path = tmp_path / "tabs.json"
    path.write_text('{\n\t"description":\t"A lantern",\n\t"facts": [\n\t\t"red"\n\t]\n}\n')
    assert understand(str(path)).asked == Brief(description="A lantern", facts=("red",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1,}', "line 1, column 9"),
        ('{"a": 1}\n{"a": 2}', "line 2, column 1: extra data"),
        ("{'a': 1}", "property name enclosed in double quotes"),
        ('{"a": "b\nc"}', "line 1.*control character"),
        ('{"a": NaN}', "a number that is none: NaN"),
        ('{"a": "\\ud83d"}', r"half of a character: \\ud83d stands alone"),
        ('{"\\udc00": 1}', "half of a character"),
        ("[" * 100_000, "nested too deep"),
        ('{"a": ' * 100_000, "nested too deep"),
        ("[]," * 200_001, "more than 200000 objects"),
        ('{"a": {"b": 1, "b": 1}}', "gives `b` twice"),
        ("", "line 1, column 1"),
    ],
)
@pytest.mark.parametrize("as_written", [True, False])
def test_what_is_wrong_is_told(text, said, as_written):
    with pytest.raises(BriefError, match=said) as told:
        parse_json(text, "it", as_written=as_written)
    assert told.value.hint


def test_numbers_keep_their_digits_where_they_are_text(tmp_path):
    assert parse_json("[1.10, 3008, 1e400]", "it", as_written=True) == ["1.10", "3008", "1e400"]
    assert parse_json("[1.10, 3008]", "it") == [1.1, 3008]
    with pytest.raises(BriefError, match="a number that is none"):
        parse_json("9" * 5000, "it")
    path = tmp_path / "b.json"
    path.write_text('{"description": "x", "product": 3008, "offer": {"price": 49.90}, '
                    '"budget": {"attempts": 2, "seconds": 1.5}}')  # fmt: skip
    brief = understand(str(path)).asked
    assert (brief.product, brief.offer.price) == ("3008", "49.90")
    assert (brief.budget.attempts, brief.budget.seconds) == (2, 1.5)


def test_lines_of_json_are_named():
    assert parse_json_lines('{"a": 1}\n\n[2]\n', "it") == [{"a": 1}, [2]]
    with pytest.raises(BriefError, match="Line 3 of it is not valid JSON"):
        parse_json_lines('{"a": 1}\n\n{"a"', "it")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)  # fmt: skip


@given(VALUES, st.booleans())
@settings(deadline=None)
def test_what_json_writes_is_read_the_same(value, ascii_only):
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only), "it") == value
