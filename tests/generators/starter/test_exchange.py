"""A brief's own words stand aside for stand-ins, and come back letter for letter."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from triptych.generators.starter import stand_ins
from triptych.generators.starter.exchange import article_of, hide, show, strange

BRAND, PRODUCT, KIND = stand_ins.BRAND, stand_ins.PRODUCT, stand_ins.KIND
OFFER = stand_ins.OFFER
STAND_INS = (
    *(BRAND, PRODUCT, KIND, stand_ins.KINDS, stand_ins.STUFF),
    *(*stand_ins.FACTS, *OFFER.values(), stand_ins.LINK),
)
OWN = {
    BRAND: "Ben & Jerry's",
    PRODUCT: "Öko™ 3000",
    KIND: "oat drink",
    "Factone": "Made without plastic",
    "Facttwo": "Ready?",
    OFFER["price"]: "from €9.90 a month",
    OFFER["discount"]: "20%",
    OFFER["shipping"]: "free shipping",
    stand_ins.LINK: "https://x.example/a?b=c",
}

PIECES = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.sampled_from([*OWN.values(), "widget", "Norvik", "wid\u2060get", "a ", "an ", "#", "."]),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)
OWNS = st.dictionaries(st.sampled_from(STAND_INS), st.text(min_size=1, max_size=12), max_size=6)


@given(TEXTS)
@example("a oat drink, an oat drink, Oat drink. oat drinks")
@example("Made without plastic! Made without plastic. Ready?. Ready? #Ben & Jerry's")
@example("The widget, the WIDGET, wid\u2060get: w\u2060idget; Codeword codeword Norvik's")
@example("for from €9.90 a month. free shipping. 20% off")
def test_hiding_then_showing_gives_any_text_back(text):
    assert show(hide(text, OWN), OWN) == text


@given(TEXTS, OWNS)
def test_it_does_whatever_a_brief_calls_its_own(text, own):
    assert show(hide(text, own), own) == text


@given(TEXTS)
def test_a_user_s_text_holds_no_stand_in_once_hidden(text):
    assert strange(hide(text, {}), {}) == []


@pytest.mark.parametrize(
    ("written", "own", "shown"),
    [
        ("Meet Norvik!", {BRAND: "Müller®"}, "Meet Müller®!"),
        ("Meet Norvik! By Norvik.", {BRAND: "Yahoo!"}, "Meet Yahoo! By Yahoo!"),
        ("Norvik's Emberlite", {BRAND: "O'Neill", PRODUCT: "X-1"}, "O'Neill's X-1"),
        ("Norvik's best", {BRAND: "Ben & Jerry's"}, "Ben & Jerry's best"),
        ("The Norvik Emberlite.", {BRAND: "iLume", PRODUCT: "iLume Pro"}, "The iLume Pro."),
        ("the Norvik", {BRAND: "The Body Shop"}, "The Body Shop"),
        ("by Norvik", {BRAND: "The Body Shop"}, "by The Body Shop"),
        ("Nuts: a widget. A widget!", {KIND: "oat drink"}, "Nuts: an oat drink. An oat drink!"),
        ("Widget. Widgets by Norvik", {KIND: "lamp", "widgets": "red socks", BRAND: "nuovo"},
         "Lamp. Red socks by nuovo"),
        ("Look! #Norvik", {BRAND: "Zenit"}, "Look! #Zenit"),
        ("Look! #Norvik", {BRAND: "Ben & Jerry's"}, "Look!"),
        ("Go. Factone. Bye.", {"Factone": "It is fun!"}, "Go. It is fun! Bye."),
        ("Go. Factone. Bye.", {"Factone": "Ready?"}, "Go. Ready? Bye."),
        ("Go. Factone. Bye.", {"Factone": "Made here"}, "Go. Made here. Bye."),
        ("Go! Factone! Bye.", {"Factone": "Made here"}, "Go! Made here! Bye."),
        ("Factone.", {"Factone": "Best widget of Norvik"}, "Best widget of Norvik."),
        ("Percentoff off.", {OFFER["discount"]: "20% off"}, "20% off."),
        ("Percentoff off.", {OFFER["discount"]: "20%"}, "20% off."),
        ("Yours for Pricetag.", {OFFER["price"]: "from €9"}, "Yours from €9."),
        ("Yours. Pricetag.", {OFFER["price"]: "from €9"}, "Yours. From €9."),
        ("Now Pricetag. Shipnote.", {OFFER["price"]: "CHF 9.-", OFFER["shipping"]: "free shipping"},
         "Now CHF 9.-. Free shipping."),
        ("Use Codeword at Weblink.", {OFFER["code"]: "a1", stand_ins.LINK: "x.example"},
         "Use a1 at x.example."),
        ("Meet the widget by Norvik.", {}, "Meet the widget by Norvik."),
    ],
)  # fmt: skip
def test_what_was_written_is_shown_as_english_is(written, own, shown):
    assert show(written, own) == shown


@pytest.mark.parametrize(
    "words",
    ["oat drink", "hour of yoga", "honest soap", "8-piece set", "11-day tour", "18 V drill",
     "80-page book", "LED lamp", "MP3 player", "SUV", "X-ray", "umbrella", "uninterrupted sleep",
     "unusual mug", "e-bike", "éclair", "Ökostrom tariff", "heirloom", "F-hole guitar"],
)  # fmt: skip
def test_an(words):
    assert article_of(words) == "an"


@pytest.mark.parametrize(
    "words",
    ["lamp", "university", "unique mug", "unisex shirt", "USB stick", "used car", "user manual",
     "European tour", "ewer", "one-day ticket", "house", "hotel", "1-litre jug", "100 g bar",
     "180 cm sofa", "3D printer", "ukulele", "utensil", "uranium glass", "yoga class", "UV lamp"],
)  # fmt: skip
def test_a(words):
    assert article_of(words) == "a"


def test_stand_ins_for_nothing_are_strange():
    text = "Norvik's widget for Pricetag, WIDGETS and a bridge"
    assert strange(text, {BRAND: "Zenit"}) == ["widget", "Pricetag", "WIDGETS"]
