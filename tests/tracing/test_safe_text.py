import io
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from triptych.safe_text import clipped, for_file_name, for_markup, for_mermaid, visible

ANY_TEXT = st.text(st.characters(exclude_categories=()))


def test_what_steers_a_terminal_or_hides_is_spelled_out():
    assert visible("\x1b[31mred\x1b[0m") == "⟨U+001B⟩[31mred⟨U+001B⟩[0m"
    assert visible("\x9b31m") == "⟨U+009B⟩31m"
    assert visible("user\u202etxt.exe") == "user⟨U+202E⟩txt.exe"
    assert visible("a\u200bb\u2066c\ufeffd") == "a⟨U+200B⟩b⟨U+2066⟩c⟨U+FEFF⟩d"
    assert visible("tag\U000e0041") == "tag⟨U+E0041⟩"
    assert visible("blank\u3164") == "blank⟨U+3164⟩"
    assert visible("z" + "\u0301" * 9).count("⟨U+0301⟩") == 5


def test_ordinary_text_of_any_language_stays():
    text = "Grüße, 東京, שלום, नमस्ते, 🌋 – “quoted” …"
    assert visible(text) == text
    assert visible("two\nlines\t.") == "two lines ."
    assert visible("two\nlines\t.", lines=True) == "two\nlines\t."


@given(ANY_TEXT)
def test_nothing_invisible_is_left_in_any_text(text):
    for character in visible(text):
        assert unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


@given(ANY_TEXT, st.integers(1, 40))
def test_clipping_holds_its_length(text, most):
    line = clipped(text, most)
    assert len(line) <= most
    assert "\n" not in line


def test_clipping_a_megabyte_looks_at_its_start_alone():
    assert clipped("x" * 1_000_000, 10) == "x" * 9 + "…"


@given(ANY_TEXT)
def test_rich_markup_says_what_the_text_says(text):
    out = io.StringIO()
    console = Console(file=out, width=10_000_000, color_system=None, emoji=False, highlight=False)
    console.print(for_markup(text), end="")
    shown = visible(text)
    assert out.getvalue() == (f"{shown} " if shown.endswith("\\") else shown)


@given(ANY_TEXT)
def test_a_mermaid_label_cannot_be_left(text):
    label = for_mermaid(text)
    assert not set(label) & set('"[](){}<>|`&\n%\\')


def test_a_mermaid_label_encodes_entities_of_its_own():
    assert for_mermaid('"]; click A "x"') == "#34;#93;#59; click A #34;x#34;"
    assert for_mermaid("#quot;") == "#35;quot#59;"


@given(ANY_TEXT)
def test_a_file_name_is_never_a_path_or_hidden(text):
    name = for_file_name(text)
    assert name
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    assert not name.startswith("-")
