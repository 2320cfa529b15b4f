"""Brand kits: read whole, every fault named at once, every file really opened."""

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.brands.kits import KIT, SVG, font, png, write_kit
from triptych.brands.files import read_media
from triptych.brands.fonts import check_font, installed_font
from triptych.brands.read import read_kit
from triptych.brands.svg import check_svg
from triptych.errors import BriefError
from triptych.files.media import MediaError


def test_a_kit_is_read_with_its_files(tmp_path):
    kit = read_kit(write_kit(tmp_path))
    assert kit.name == "Zoranto"
    assert [logo.file for logo in kit.logos] == [
        str(tmp_path / "logo.svg"),
        str(tmp_path / "marks/mark.png"),
    ]
    assert kit.colours.primary == "#0b3d2e"
    assert kit.colours.accent == "#ff8800"
    assert kit.fonts.heading == str(tmp_path / "fonts/head.ttf")
    assert kit.fonts.body is None
    assert kit.small_print("instagram-feed") == ("Prices with VAT.",)
    assert kit.small_print("instagram") == ("Wear a helmet.", "Prices with VAT.")
    assert kit.pronunciations == {"Zoranto": "/zoˈranto/"}


def test_every_fault_of_a_kit_and_its_files_is_in_one_message(tmp_path):
    path = write_kit(
        tmp_path,
        """\
logos: [{file: gone.png}, {file: logo.gif}, {file: ../brand.yaml.png, shape: round}]
colours:
  primary: #0B3D2E
  text: reddish
fonts: {heading: No Such Family At All, body: marks/mark.png}
voices: loud
""",
    )
    with pytest.raises(BriefError) as caught:
        read_kit(path)
    message = caught.value.message
    for words in (
        "10 things are wrong",
        "`name` is missing",
        "gone.png is missing",
        "logo.gif is no png",
        "`logos.2.shape` cannot be 'round'",
        "`colours.primary`: there is no colour: write six hex digits in quotes",
        "'reddish' is no colour",
        "No Such Family At All is no installed family",
        "`voices` is not a field",
        "(line 6)",
    ):
        assert words in message, message
    assert "disclaimers" in caught.value.hint


@pytest.mark.parametrize("name", ["../logo.svg", "/etc/hosts.png", "link.png", "marks/../../x.png"])
def test_files_of_a_kit_stay_in_its_folder(tmp_path, name):
    folder = tmp_path / "kit"
    path = write_kit(folder, f"name: Zoranto\nlogos: [{{file: {name}}}]\n")
    (tmp_path / "logo.svg").write_text(SVG)
    (tmp_path / "x.png").write_bytes(png())
    (folder / "link.png").symlink_to(tmp_path / "x.png")
    with pytest.raises(BriefError, match=r"leads out of the folder|is missing"):
        read_kit(path)


def test_an_installed_family_becomes_its_file(tmp_path, monkeypatch):
    monkeypatch.setattr("triptych.brands.fonts._folders", lambda: [tmp_path / "installed"])
    (tmp_path / "installed/deep").mkdir(parents=True)
    (tmp_path / "installed/deep/a.ttf").write_bytes(font())
    (tmp_path / "installed/broken.ttf").write_bytes(b"no font")
    assert installed_font("aileron") == tmp_path / "installed/deep/a.ttf"
    kit = read_kit(write_kit(tmp_path, "name: Zoranto\nfonts: {body: Aileron}\n"))
    assert kit.fonts.body == str(tmp_path / "installed/deep/a.ttf")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (KIT.replace("use: [ride]", "use: [Cheap]"), "heap stands in `use` and in `avoid`"),
        (KIT.replace("[Norium]", "[zoranto]"), "Its own name Zoranto stands in"),
        ("- a\n- b\n", "holds no fields"),
        ("name: A\nname: B\n", "gives `name` twice"),
    ],
)
def test_a_kit_that_contradicts_itself_is_refused(tmp_path, text, words):
    with pytest.raises(BriefError, match=words):
        read_kit(write_kit(tmp_path, text))


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("<script>x()</script>", "holds <script>"),
        ('<rect onclick="x()"/>', "holds a script"),
        ('<foreignObject><p xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>', "foreign"),
        ('<image href="https://x.example/a.png"/>', "leads elsewhere"),
        ('<image href="file:///etc/passwd"/>', "leads elsewhere"),
        ('<image href="data:image/svg+xml;base64,AAAA"/>', "leads elsewhere"),
        ('<a href="javascript:x()"/>', "holds <a>"),
        ('<use href="other.svg#a"/>', "leads elsewhere"),
        ("<style>@import 'a.css';</style>", "in its style"),
        ("<style>rect{fill:url(https://x.example)}</style>", "in its style"),
        (r"<style>rect{fill:\75rl(https://x.example)}</style>", "in its style"),
        ('<rect style="fill:url(//x.example/a)"/>', "in its style"),
        ("<rect fill=\"url( 'http://x.example' )\"/>", "in its style"),
        ('<animate attributeName="href" to="javascript:x()"/>', "holds <animate>"),
        ('<g id="a"><use href="#b"/></g><g id="b"/><use href="#a"/>', "uses what itself uses"),
        ('<p xmlns="http://example.com/odd"/>', "is not SVG"),
    ],
)
def test_an_svg_that_is_more_than_a_picture_is_refused(inside, words):
    with pytest.raises(MediaError, match=words):
        check_svg(SVG.replace("</svg>", f"{inside}</svg>").encode())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG, "document type"),
        ('<?xml-stylesheet href="a.css"?>' + SVG, "style sheet"),
        ("<svg/>", "no SVG"),
        ("words", "not valid XML"),
        ('<svg xmlns="http://www.w3.org/2000/svg"/>', "neither a size nor a viewBox"),
        (
            SVG.replace("</svg>", "<g>" * 60_000 + "</g>" * 60_000 + "</svg>"),
            "more than 50000 tags",
        ),
    ],
)
def test_what_is_no_svg_is_refused(text, words):
    with pytest.raises(MediaError, match=words):
        check_svg(text.encode())


def test_an_svg_as_editors_save_them_is_taken():
    text = """<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
  xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:cc="http://creativecommons.org/ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"
  width="20mm" height="10mm" inkscape:version="1.3">
 <metadata><rdf:RDF><cc:Work rdf:about=""><dc:type
   rdf:resource="http://purl.org/dc/dcmitype/StillImage"/></cc:Work></rdf:RDF></metadata>
 <defs><linearGradient id="g"><stop offset="0" stop-color="#fff"/></linearGradient></defs>
 <style>.a{fill:url(#g)}</style><g id="m"><path class="a" d="M0 0h8v8z"/></g>
 <use xlink:href="#m" x="3"/><image href="data:image/png;base64,iVBORw0KGgo="/></svg>"""
    check_svg(text.encode())


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_bytes_of_any_kind_are_a_font_and_an_svg_or_refused(data):
    for check in (check_svg, check_font):
        with suppress(MediaError):
            check(data)


@given(st.data())
def test_a_damaged_font_is_opened_or_refused(data):
    whole = bytearray(font())
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(MediaError):
        check_font(bytes(whole))


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.png", b"GIF89a", "is no whole picture"),
        ("a.jpg", png(), None),  # what it is counts, not which of the pictures its name says
        ("a.webp", png()[:60], "is no whole picture"),
        ("a.png", png((4, 4)), "has 4×4 pixels"),
        ("a.svg", SVG.encode() + b" " * 1_000_000, "is larger than 1 MB"),
        ("a.ttf", png(), "is no font"),
        ("a.mp4", png(), "is no whole video"),
        ("a.txt", b"words", "is no picture, film or font"),
    ],
)
def test_files_are_opened_as_what_their_names_say(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    if words is None:
        assert read_media(tmp_path / name) == data
        return
    with pytest.raises(MediaError, match=words):
        read_media(tmp_path / name)


def test_a_picture_bomb_is_refused(tmp_path):
    buffer = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(buffer, "PNG")
    (tmp_path / "a.png").write_bytes(buffer.getvalue())
    with pytest.raises(MediaError, match="pixels"):
        read_media(tmp_path / "a.png")
