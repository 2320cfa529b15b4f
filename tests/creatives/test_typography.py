from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from triptych.creatives.breaking import NEVER_FIRST, NEVER_LAST, units_of
from triptych.creatives.fonts import Face, check_font, find_face
from triptych.creatives.lines import balanced
from triptych.creatives.scripts import levels, visual_order
from triptych.creatives.setting import Type, draw_block, face_of, pieces_of, set_text
from triptych.errors import CreativeError

JAPANESE = "赤いキャンプ用ランタン「エンバーライト」で、夜の森をやさしく照らそう。ちょっと"
THAI = "โคมไฟแคมป์ปิ้งสีแดงส่องสว่างค่ำคืนของคุณให้อบอุ่น"
ARABIC = "فانوس التخييم الأحمر Emberlite الآن بسعر 49.90 € فقط!"
HEBREW = "פנס הקמפינג האדום Emberlite במחיר 49.90 בלבד!"
GERMAN = "Donaudampfschifffahrtsgesellschaft sucht Feuchtigkeitscreme – 20 % günstiger!"


def kind(language="en", family="Manrope", **changes):
    return Type(find_face(family, 700, language), 1.1, language, **changes)


def lines_of(text, language, size=22, room=420, most=8):
    return set_text(text, kind(language), size, room, most).lines


def test_lines_are_evenly_long_and_the_last_is_no_widow():
    block = set_text("One lamp for every dark night out in the woods", kind(), 40, 500, 4)
    assert len(block.lines) == 2
    assert min(block.widths) > 0.7 * max(block.widths)


def test_a_line_breaks_behind_a_colon_rather_than_behind_an_article():
    assert lines_of("Hello, Emberlite: the red camping lantern!", "en", 40, 560) == (
        "Hello, Emberlite:",
        "the red camping lantern!",
    )


@given(
    st.lists(st.floats(1, 100), min_size=1, max_size=14),
    st.floats(20, 300),
    st.integers(1, 6),
)
def test_every_line_fits_and_nothing_is_lost(widths, room, most):
    gaps = [5.0] * len(widths)
    ends = balanced(widths, gaps, room, most)
    if ends is None:
        return
    assert ends[-1] == len(widths)
    assert len(ends) <= most
    for start, end in zip([0, *ends], ends, strict=False):
        assert end > start
        assert sum(widths[start:end]) + 5.0 * (end - start - 1) <= room + 1e-6


@pytest.mark.parametrize(
    ("text", "language"), [(JAPANESE, "ja"), (THAI, "th"), (GERMAN, "de"), (ARABIC, "ar")]
)
def test_nothing_is_lost_and_no_line_begins_or_ends_with_what_it_may_not(text, language):
    lines = lines_of(text, language)
    assert "".join(lines).replace(" ", "").replace("\u00a0", "") == text.replace(" ", "")
    assert len(lines) > 1
    assert not {line[0] for line in lines} & NEVER_FIRST
    assert not {line[-1] for line in lines} & NEVER_LAST


def test_a_line_that_is_too_short_for_a_phrase_breaks_between_characters():
    assert len(lines_of(JAPANESE, "ja", 40, 200, 12)) > 8


def test_thai_breaks_between_words_and_never_before_a_mark():
    units = [unit.text for unit in units_of(THAI, "th")]
    assert len(units) > 4
    assert "".join(units) == THAI


@pytest.mark.parametrize("text", ["now 20 % off", "only 49.90 € today", "a walk of 5 km now"])
def test_a_number_stays_with_its_unit(text):
    assert any("\u00a0" in unit.text and unit.text[0].isdigit() for unit in units_of(text))


def test_a_lonely_sign_stays_with_its_word():
    assert units_of("Vraiment ! Oui – non")[0].text == "Vraiment\u00a0!"


def test_letters_that_a_font_lacks_come_from_one_for_their_script():
    own = find_face("Space Grotesk", 700)
    families = {char: face_of(char, Type(own)).path.rpartition("/")[2] for char in "aشאก赤한🔥"}
    assert len(set(families.values())) == 6  # Chinese and Korean share one
    assert all(Face(face_of(c, Type(own)).path).path for c in "aشאก赤한🔥")


def test_a_letter_that_no_font_has_is_refused_by_name():
    with pytest.raises(CreativeError, match=r"U\+E0FF"):
        pieces_of("a\ue0ff", kind())


def test_a_right_to_left_line_is_drawn_from_the_right():
    text = "שלום 49.90 abc"
    placed = [(char, level) for char, level in zip(text, levels(text, rtl=True), strict=True)]
    assert "".join(visual_order(placed)) == "abc 49.90 םולש"


def test_text_before_a_sign_of_the_other_direction_keeps_its_order():
    text = "abc (שלום) 12"
    placed = [(char, level) for char, level in zip(text, levels(text, rtl=False), strict=True)]
    assert "".join(visual_order(placed)).startswith("abc (")


@pytest.mark.parametrize("text", [JAPANESE, THAI, ARABIC, HEBREW, GERMAN, "Lemons 🍋 ☀️ fresh"])
def test_ink_stays_in_the_box_that_is_told(text):
    language = {JAPANESE: "ja", THAI: "th", ARABIC: "ar", HEBREW: "he"}.get(text, "de")
    image = Image.new("RGB", (900, 900), "white")
    block = set_text(text, kind(language), 30, 620, 8)
    box = draw_block(ImageDraw.Draw(image), block, 100, 100, 620, float(block.rtl), (0, 0, 0))
    ink = np.argwhere(np.asarray(image)[..., 0] < 128)
    (top, left), (bottom, right) = ink.min(axis=0), ink.max(axis=0)
    assert box.grown(4).x <= left
    assert right <= box.grown(4).right
    assert box.grown(4).y <= top
    assert bottom <= box.grown(4).bottom


def test_an_old_price_is_struck_out():
    def dark(struck):
        image = Image.new("RGB", (400, 100), "white")
        block = set_text("24.90 €", kind(struck=struck, tabular=True), 40, 380, 1)
        draw_block(ImageDraw.Draw(image), block, 10, 20, 380, 0, (0, 0, 0))
        return (np.asarray(image)[..., 0] < 128).any(axis=0)

    assert dark(True)[12:150].all()
    assert not dark(False)[12:150].all()


def test_figures_of_prices_are_of_one_width():
    wide = [set_text(c * 4, kind(tabular=True), 40, 380, 1).width for c in "0189"]
    assert max(wide) - min(wide) < 1.5


@pytest.mark.parametrize("data", [b"", b"no font", b"\x00\x01\x00\x00" + b"\xff" * 400])
def test_a_hostile_font_is_refused(tmp_path, data):
    path = tmp_path / "font.ttf"
    path.write_bytes(data)
    with pytest.raises(CreativeError):
        check_font(path)


def test_a_font_with_a_lying_table_is_refused(tmp_path):
    path = tmp_path / "font.ttf"
    data = bytearray(Path(find_face("Manrope").path).read_bytes())
    data[12:300] = bytes(reversed(data[12:300]))
    path.write_bytes(data)
    with pytest.raises(CreativeError):
        check_font(path)


def test_a_good_font_is_taken(tmp_path):
    path = tmp_path / "font.ttf"
    path.write_bytes(Path(find_face("Manrope").path).read_bytes())
    check_font(path)
