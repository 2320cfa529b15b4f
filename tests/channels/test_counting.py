import pytest
from hypothesis import given
from hypothesis import strategies as st

from triptych.channels.counting import length


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("abc", 3),
        ("é", 1),
        ("e\u0301", 1),
        ("日本語", 6),
        ("👍", 2),
        ("👍🏽", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🇩🇪", 2),
        ("1️⃣", 2),
        ("❤️", 2),
        ("https://example.com/a/very/long/path?with=query", 23),
        ("See example.com now", 4 + 23 + 4),
        ("“quoted” – yes", 14),
        ("Ünïcödé ελληνικά русский", 24),
    ],
)
def test_x_counts_as_twitter_text_does(text, count):
    """Configuration 3 of twitter-text: its weights, 23 for a link, 2 for an emoji."""
    assert length(text, "x") == count


def test_google_counts_wide_characters_twice():
    assert length("日本", "wide") == 4
    assert length("abé", "wide") == 3


@given(st.text())
def test_characters_are_those_of_the_composed_text(text):
    assert length(text) <= len(text)
    assert length(text, "wide") >= length(text)


@given(
    st.text(
        alphabet=st.characters(
            max_codepoint=0x7E, min_codepoint=0x20, exclude_characters=".#*0123456789"
        )
    )
)
def test_plain_letters_weigh_one_everywhere(text):
    assert length(text, "x") == length(text, "wide") == length(text) == len(text)
