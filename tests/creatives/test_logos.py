import pytest
from PIL import Image

from triptych.creatives.logos import read_logo
from triptych.errors import CreativeError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100">{}</svg>'
SHAPES = '<rect x="20" y="10" width="160" height="80" fill="#e11d48"/>'


def read(tmp_path, content, name="logo.svg"):
    path = tmp_path / name
    path.write_text(content) if isinstance(content, str) else path.write_bytes(content)
    return read_logo(path.read_bytes(), name.rpartition(".")[2])


def test_an_svg_is_drawn_without_its_empty_margins(tmp_path):
    logo = read(tmp_path, SVG.format(SHAPES))
    assert logo.mode == "RGBA"
    assert logo.width / logo.height == pytest.approx(2, abs=0.02)
    assert logo.getpixel((5, 5)) == (225, 29, 72, 255)


def test_a_png_is_read(tmp_path):
    Image.new("RGBA", (40, 20), (1, 2, 3, 255)).save(tmp_path / "logo.png")
    assert read_logo((tmp_path / "logo.png").read_bytes(), "png").size == (40, 20)


BOMB = "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' if n else '<!ENTITY a0 "lol">' for n in range(9)
)


@pytest.mark.parametrize(
    "content",
    [
        SVG.format("<script>alert(1)</script>"),
        SVG.format('<rect onload="alert(1)" width="9" height="9"/>'),
        SVG.format('<image href="file:///etc/passwd" width="9" height="9"/>'),
        SVG.format('<use href="other.svg#a"/>'),
        SVG.format("<style>@import 'a.css';</style>"),
        SVG.format('<rect width="9" height="9" fill="url(http://a.example/b)"/>'),
        SVG.format("<foreignObject><p/></foreignObject>"),
        SVG.format("<g>" * 300 + "</g>" * 300),
        SVG.format("<rect/>" * 60_000),
        f"<!DOCTYPE svg [{BOMB}]>" + SVG.format("<text>&a8;</text>"),
        '<?xml-stylesheet href="a.css"?>' + SVG.format(SHAPES),
        '<svg xmlns="http://www.w3.org/2000/svg" width="9999999" height="9999999"/>',
        SVG.format("<rect"),
        SVG.format(""),
        "",
        "<html/>",
    ],
)
def test_a_hostile_svg_is_refused(tmp_path, content):
    with pytest.raises(CreativeError):
        read(tmp_path, content)


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, b"\xff" * 4_000_000])
def test_a_broken_picture_is_refused(tmp_path, data):
    with pytest.raises(CreativeError):
        read(tmp_path, data, "logo.png")
