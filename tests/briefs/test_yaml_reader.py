"""One YAML reader: text as it is written, each key once, and errors in words with their line."""

from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.briefs.hostile import DEEP, SCALARS, outcome
from triptych.briefs.read import understand
from triptych.errors import BriefError
from triptych.files.yaml import parse_yaml

DATA = Path(__file__).parent / "data"


def value_of(text, typed=False):
    return parse_yaml(text, "it", typed=typed).value


@pytest.mark.parametrize(("name", "field", "value"), [
    ("yamlno.yaml", "brand", "NO"), ("yamlnum.yaml", "product", "3008"),
])  # fmt: skip
def test_named_cases(name, field, value):
    assert getattr(understand(str(DATA / name)).asked, field) == value


@pytest.mark.parametrize(
    "scalar",
    ["NO", "no", "Yes", "on", "OFF", "y", "3008", "1.10", "007", "12:30", "2026-12-24", "1e3",
     "True", "2025-02-30", "+99:00", "0x1F", "0o17", "1_000", ".inf", "Null", "=",
     "2001-12-14 21:59:43"],
)  # fmt: skip
def test_scalars_of_text_fields_stay_as_written(tmp_path, scalar):
    path = tmp_path / "b.yaml"
    path.write_text(f"description: {scalar} a\nbrand: {scalar}\nfacts:\n- {scalar}\n"
                    f"offer: {{price: {scalar}}}\n")  # fmt: skip
    brief = understand(str(path)).asked
    assert (brief.brand, brief.facts, brief.offer.price) == (scalar, (scalar,), scalar)


@pytest.mark.parametrize("scalar", ["", "~", "null"])
def test_nothing_is_nothing(scalar):
    assert value_of(f"brand: {scalar}") == {"brand": None}
    assert value_of('brand: "null"') == {"brand": "null"}


@pytest.mark.parametrize(
    ("scalar", "value"),
    [("true", True), ("FALSE", False), ("NO", "NO"), ("12", 12), ("-3", -3), ("0o17", 15),
     ("0x1F", 31), ("1e-5", 1e-5), ("1.10", 1.1), (".5", 0.5), ("-.inf", float("-inf")),
     ("12:30", "12:30"), ("2026-12-24", "2026-12-24"), ("1_000", "1_000"), ("NULL", None),
     ('"12"', "12"), ("!!str 12", "12"), ("017", 17)],
)  # fmt: skip
def test_typed_scalars_follow_the_core_rules_of_yaml_1_2(scalar, value):
    assert value_of(f"a: {scalar}", typed=True) == {"a": value}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: b\na: c", 2, "gives `a` twice"),
        ("a:\n  b: 1\n  b: 2", 3, "gives `b` twice"),
        ("- {a: 1, a: 2}", 1, "gives `a` twice"),
        ("a: b\nc: d: e", 2, "`: ` stands inside a text without quotes"),
        ("a:\n\tb: c", 2, "a tab stands where"),
        ("a: @b", 1, "begins with a sign that needs quotes"),
        ("a: 'b", 1, "a quote is not closed"),
        ("a: [b", 1, "a bracket is not closed"),
        ("a: b\nc\nd: e", 3, "neither `field: value` nor"),
        ('a: "\\U00110000"', 1, "a number or escape is out of range"),
        ('a: "\\ud800"', 1, "half of a character"),
        ('a: "\\q"', 1, "begins no known escape"),
        ("a: b\x0bc", 1, r"U\+000B, which YAML does not allow"),
        ("a: b\n\nc: \x1bd", 3, r"U\+001B"),
        ("a: !!int x", 1, "holds the tag"),
        ("a: !!python/name:os.system", 1, "holds the tag"),
        ("a: *b", 1, r"uses `\*b` before it is set"),
        ("a: &b [*b]", 1, r"uses `\*b` before it is set"),
        ("<<: {a: b}", 1, "merges with `<<`"),
        ("a: 1\n---\nb: 2", 2, "second document"),
        ("? [a]\n: b", 1, "a key that is no word"),
        ("%YAML 1." + "9" * 5000 + "\n---\na: b", 1, "out of range"),
        ("[" * 5000, 1, "nested deeper than 20 levels"),
        ("a: &a [x, x]\nb: &b [" + "*a, " * 9 + "]\nc: [" + "*b, " * 900 + "]", 3, "10000 values"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("typed", [True, False])
def test_what_is_wrong_is_told_with_its_line(text, line, said, typed):
    with pytest.raises(BriefError, match=said) as told:
        value_of(text, typed)
    assert f"line {line}" in told.value.message
    assert told.value.hint


def test_a_number_of_too_many_digits_is_told():
    with pytest.raises(BriefError, match="number of 5000 digits, at line 1"):
        value_of("a: " + "9" * 5000, typed=True)
    assert value_of("a: " + "9" * 5000) == {"a": "9" * 5000}


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("description: the #1 lantern", "#1 lantern"),
        ("description: the lantern # red", "#red"),
        ("description: the lantern\n  #1 of all\nbrand: x", "#1 of all"),
        ("facts:\n- the #1\n- b", "#1"),
        ("facts: [a #b\n, c]", "#b"),
    ],
)
def test_a_comment_that_cuts_a_value_is_told(text, cut):
    (note,) = parse_yaml(text, "it").notes
    assert cut in note
    assert "quotes" in note


@pytest.mark.parametrize(
    "text",
    [
        "# all of it\ndescription: x\n# the brand\nbrand: y\n",
        'description: "the #1 lantern"',
        "description: >-\n  the #1 lantern\n  # one\nbrand: x",
        "description: the#1",
        "budget:\n  nfe: 300\n  # more\n  attempts: 3\n# end",
        "brand: #1",
    ],
)
def test_other_comments_are_not(text):
    assert parse_yaml(text, "it").notes == ()


def test_aliases_are_copies():
    value = value_of("a: &x {k: v}\nb: *x")
    assert value == {"a": {"k": "v"}, "b": {"k": "v"}}
    assert value["a"] is not value["b"]


def test_lines_are_known():
    assert parse_yaml("a: b\nc:\n  - d\n  - e: f", "it").lines == {
        ("a",): 1, ("c",): 2, ("c", 0): 3, ("c", 1): 4, ("c", 1, "e"): 4,
    }  # fmt: skip


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize("scalar", SCALARS, ids=range(len(SCALARS)))
def test_hostile_scalars_are_read_or_told(scalar, typed):
    for text in (f"a: {scalar}", f"- {scalar}", scalar, f"{scalar}: a", f"[{scalar}]"):
        _, error = outcome(value_of, text, typed)
        assert error is None or (error.message and error.hint)


@pytest.mark.parametrize("piece", [piece for piece in DEEP if piece != "<a>"])
def test_deep_nesting_is_told_at_once(piece):
    with pytest.raises(BriefError):
        value_of(piece * (300_000 // len(piece)))


def _as_words(value):
    """What a loader without types makes of it: null is a word, too."""
    if isinstance(value, list):
        return [_as_words(one) for one in value]
    if isinstance(value, dict):
        return {key: _as_words(one) for key, one in value.items()}
    return "null" if value is None else value


@given(st.recursive(st.text() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(
    st.text(min_size=1), inner), max_leaves=8))  # fmt: skip
@settings(deadline=None)
def test_what_pyyaml_writes_is_read_the_same(value):
    import yaml

    text = yaml.safe_dump(value, allow_unicode=True)
    assume(yaml.load(text, yaml.BaseLoader) == _as_words(value))  # it loses odd line breaks itself
    read, error = outcome(value_of, text)
    assert "nested deeper" in error.message if error else read == value
