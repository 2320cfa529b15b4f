import io

import numpy as np
import pytest
from PIL import Image

from triptych.channels import find_placement
from triptych.creatives.boxes import Box
from triptych.creatives.checks import judge
from triptych.creatives.colours import contrast, difference, hex_of, oklch, rgb_of, shade
from triptych.creatives.design import Design
from triptych.creatives.files import encode
from triptych.creatives.layouts import find_layout, layouts, read_layout
from triptych.creatives.palette import from_brand, from_picture
from triptych.creatives.picture import laid, place, subject_box
from triptych.creatives.render import render
from triptych.errors import CreativeError

SIZES = [
    ("instagram-feed", "square"),
    ("instagram-story", "story"),
    ("google-display", "landscape"),
    ("iab-display", "leaderboard"),
    ("iab-display", "skyscraper"),
]


def test_there_are_at_least_twelve_layouts_that_differ():
    arrangements = [one.arrangement("square").model_dump_json() for one in layouts([]).values()]
    assert len(set(arrangements)) == len(arrangements) >= 12


@pytest.mark.parametrize("name", sorted(layouts([])))
def test_every_layout_holds_in_every_shape(name, made):
    for placement, size in SIZES:
        design, sources = made(name, placement, size)
        rendered = render(design, sources)
        assert rendered.image.size == (design.width, design.height)
        assert [fault.reason for fault in judge(design, rendered)] == []
        assert "headline" in {text.role for text in rendered.texts}


def test_the_same_design_gives_the_same_pixels(made):
    design, sources = made("card", "instagram-feed", "square")
    read = Design.model_validate_json(design.model_dump_json())
    first, second = render(design, sources).image, render(read, sources).image
    assert first.tobytes() == second.tobytes()


def test_white_text_on_a_white_ground_is_refused(made):
    design, sources = made("email-hero", "instagram-feed", "square")
    palette = design.palette.model_copy(update={"ink": "#ffffff", "ground": "#f4f4f4"})
    faults = judge(design, render(design.model_copy(update={"palette": palette}), sources))
    assert {("contrast", "headline")} <= {(fault.check, fault.where) for fault in faults}


def test_text_on_the_subject_is_refused(made):
    design, sources = made("frame", "instagram-feed", "square")
    rendered = render(design, sources)
    assert judge(design, rendered) == ()
    strict = design.model_copy(update={"may_cover_subject": False})
    assert {"subject"} == {fault.check for fault in judge(strict, rendered)}


def test_text_below_a_storys_buttons_is_refused(made):
    design, sources = made("email-hero", "instagram-story", "story")
    regions = tuple(
        one.model_copy(update={"frame": "canvas", "box": (0.1, 0.7, 0.9, 0.95)})
        if one.kind == "stack"
        else one
        for one in design.regions
    )
    moved = design.model_copy(update={"regions": regions})
    assert "safe zone" in {fault.check for fault in judge(moved, render(moved, sources))}


def test_what_has_no_room_is_said(made):
    texts = {"headline": "Word " * 120}
    design, sources = made("email-hero", "iab-display", "mobile", texts)
    faults = judge(design, render(design, sources))
    assert ("missing", "headline") in {(fault.check, fault.where) for fault in faults}


def test_hebrew_and_arabic_are_laid_out_from_the_right(made):
    texts = {"headline": "פנס הקמפינג האדום החדש", "button": "לקנייה"}
    design, sources = made("split", "google-display", "landscape", texts, language="he")
    rendered = render(design, sources)
    assert judge(design, rendered) == ()
    headline = next(one for one in rendered.texts if one.role == "headline")
    assert headline.box.x > design.width / 2
    assert headline.box.right == pytest.approx(design.live.right, abs=12)


def test_a_picture_is_never_stretched_and_keeps_its_subject(picture):
    subject = subject_box(np.asarray(picture))
    disc = (110 / 256, 80 / 256, 190 / 256, 190 / 256)
    assert subject[0] <= disc[0] + 0.02
    assert subject[2] >= disc[2] - 0.02
    for room in ((1080, 1920), (970, 250), (160, 600), (1080, 1080)):
        box = place(picture.size, subject, room, (0.06, 0.06, 0.94, 0.94))
        assert box.w / box.h == pytest.approx(1)
        seen = box.part(disc)
        assert Box(0, 0, *room).holds(seen)


def test_where_a_picture_does_not_reach_its_edges_go_on(picture):
    made = laid(picture, (1080, 400), Box(340, 0, 400, 400))
    values = np.asarray(made, dtype=float)
    assert made.size == (1080, 400)
    assert np.abs(values[:, 30:60].mean(axis=(0, 1)) - np.array([120, 138, 126])).max() < 45
    jumps = np.abs(np.diff(values.mean(axis=(0, 2))))
    assert jumps[10:-10].max() < 12  # no seam


@pytest.mark.parametrize("size", ["leaderboard", "mobile", "rectangle", "billboard"])
def test_files_keep_to_the_limit_tagged_and_without_exif(made, size):
    design, sources = made("full-bleed", "iab-display", size)
    form = next(one for one in find_placement("iab-display").formats if one.name == size)
    noise = np.random.default_rng(1).integers(0, 255, (form.height, form.width, 3), np.uint8)
    for image in (render(design, sources).image, Image.fromarray(noise)):
        data, suffix = encode(image, form.types, form.kilobytes)
        assert len(data) <= form.kilobytes * 1000
        with Image.open(io.BytesIO(data)) as read:
            assert suffix == "jpg"
            assert read.size == (form.width, form.height)
            assert read.info["icc_profile"]
            assert not read.getexif()


def test_a_file_that_cannot_be_small_enough_is_refused():
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (900, 900, 3), np.uint8))
    with pytest.raises(CreativeError, match="may have 20 kB"):
        encode(noise, ("jpg",), 20)


def test_a_brands_colours_are_kept_to_the_digit(picture):
    derived = from_picture(np.asarray(picture))
    kit = {"primary": "#0b3d2e", "accent": "#f2b705", "background": "#fffdf7", "text": "#101820"}
    palette = from_brand(kit, derived)
    assert (palette.field, palette.accent, palette.ground, palette.ink) == tuple(kit.values())
    assert from_brand({}, derived) == derived


def test_a_palette_can_be_read(picture):
    for pixels in (np.asarray(picture), np.full((64, 64, 3), 20, np.uint8)):
        palette = from_picture(pixels)
        pairs = [("ink", "ground"), ("soft", "ground"), ("on_field", "field"), ("dark", "paper")]
        for ink, ground in [*pairs, ("on_accent", "accent")]:
            assert contrast(rgb_of(palette.of(ink)), rgb_of(palette.of(ground))) >= 4.5


def test_colour_figures_are_those_of_the_standards():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)
    assert difference((255, 0, 0), (255, 0, 0)) == 0
    assert difference((255, 0, 0), (254, 0, 0)) < 1
    assert difference((255, 255, 255), (0, 0, 0)) == pytest.approx(100, abs=0.1)
    assert oklch("#ff0000")[0] == pytest.approx(0.628, abs=0.001)
    assert hex_of(rgb_of(shade("#336699", *oklch("#336699")[:2]))) == "#336699"


def test_a_wrong_layout_is_refused_with_file_and_field(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: mine\ntitle: Mine\narrangements:\n  - shapes: [round]\n    regions: []\n"
    )
    with pytest.raises(CreativeError, match=r"mine\.yaml: .*shapes"):
        read_layout(path)
    with pytest.raises(CreativeError, match="There are badge"):
        find_layout("nothing")


def test_a_users_layout_is_found_beside_those_shipped(tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "name: mine\ntitle: Mine\narrangements:\n"
        "  - shapes: [square]\n    regions:\n"
        "      - {kind: stack, box: [0, 0, 1, 1], items: [headline], on: ground}\n"
    )
    assert "mine" in layouts([tmp_path])
