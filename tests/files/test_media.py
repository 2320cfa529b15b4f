"""Pictures and films come as a person sees them."""

from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import av
import numpy as np
import pytest
from PIL import Image

from triptych.cases.media import read_frames, sampled_frames
from triptych.files.media import MediaError, frame_as_seen, open_image, timed_frames
from triptych.starter.sheet import contact_sheet, film_strip
from triptych.training.data import read_clip, read_image

DATA = Path(__file__).parent / "data"
RED, BLUE = (220, 0, 0), (0, 0, 220)


def pixels(name, **how):
    with open_image(DATA / name, **how) as image:
        return np.asarray(image)


def is_near(one, other, most=12):
    return np.abs(np.int16(one) - np.int16(other)).max() <= most


def test_a_picture_is_turned_as_its_exif_says():
    # Stored red at the left and blue at the right; orientation 6 puts the left side on top.
    assert is_near(pixels("exif.jpg")[4].mean(axis=0), RED)
    assert is_near(pixels("exif.jpg")[-4].mean(axis=0), BLUE)
    assert is_near(read_image(DATA / "exif.jpg", 32)[2].mean(axis=0), RED)


@pytest.mark.parametrize("name", ["alpha.png", "alpha2.png"])
def test_what_is_transparent_is_white(name):
    seen, stored = pixels(name), np.asarray(Image.open(DATA / name))
    assert (seen[stored[..., 3] == 0] == 255).all()
    assert (seen[stored[..., 3] == 255] == stored[stored[..., 3] == 255][:, :3]).all()
    assert np.array_equal(pixels(name, alpha=True), stored)


def test_sixteen_bits_are_scaled():
    assert (pixels("g16.png") == 156).all()  # 40,000 of 65,535


@pytest.mark.parametrize("kind", ["palette", "grey-alpha", "broken-exif"])
def test_other_ways_to_store_a_picture(tmp_path, kind):
    path = tmp_path / "a.png"
    if kind == "palette":
        image = Image.new("P", (20, 20), 1)
        image.putpalette([0, 255, 0, 255, 0, 0])
        image.save(path, transparency=1)
    elif kind == "grey-alpha":
        Image.new("LA", (20, 20), (10, 0)).save(path)
    else:
        Image.new("RGB", (20, 20), "white").save(path, exif=b"Exif\0\0broken")
    with open_image(path) as image:
        assert image.mode == "RGB"
        assert np.asarray(image).min() == 255


def test_a_film_is_turned_as_its_matrix_says():
    # Stored 128 wide, red at the left; turned by 90° it is 128 high, red on top.
    (first, *_) = read_frames(DATA / "rot.mp4")
    assert first.size == (64, 128)
    assert is_near(np.asarray(first)[6].mean(axis=0), RED)
    assert is_near(np.asarray(first)[-6].mean(axis=0), BLUE)
    clip = read_clip(DATA / "rot.mp4", 32, 16)
    assert clip.shape == (16, 32, 32, 3)
    assert is_near(clip[0, 2].mean(axis=0), RED)


def test_frames_are_chosen_by_their_time():
    # Forty frames in the first second, then one a second, ever lighter.
    shades = [np.asarray(frame).mean() for frame in read_frames(DATA / "vfr.mp4")]
    assert len(set(np.round(shades))) >= 7
    assert sum(shade > 47.5 for shade in shades) >= 11  # those after the first second
    assert shades == sorted(shades)


def test_the_frame_shown_at_a_moment_is_the_last_that_has_begun():
    assert sampled_frames([0, 1, 1.1, 4, 6], 5).tolist() == [0, 1, 2, 2, 3]
    assert sampled_frames([0.0], 3).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("matrix", "top_left"),
    [
        ([1, 0, 0, 1], 0), ([-1, 0, 0, -1], 3), ([0, 1, -1, 0], 2), ([0, -1, 1, 0], 1),
        ([-1, 0, 0, 1], 1), ([1, 0, 0, -1], 2), ([0, 1, 1, 0], 0), ([0, -1, -1, 0], 3),
    ],
)  # fmt: skip
def test_every_way_to_turn_and_mirror_a_frame(matrix, top_left):
    # Corners of the stored frame by number: 0 1 above 2 3.
    class Frame:
        width, height = 2, 2

        def to_image(self):
            return Image.fromarray(np.array([[0, 1], [2, 3]], np.uint8))

        a, b, c, d = (65_536 * one for one in matrix)
        fixed = np.array([a, b, 0, c, d, 0, 0, 0, 1 << 30], np.int32)
        side_data = MappingProxyType({av.sidedata.sidedata.Type.DISPLAYMATRIX: fixed.tobytes()})

    class Container:
        class streams:
            video = (type("Stream", (), {"sample_aspect_ratio": None}),)

    assert np.asarray(frame_as_seen(Container, Frame()))[0, 0] == top_left


def test_pixels_that_are_no_squares_are_stretched(tmp_path):
    path = tmp_path / "wide.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(8))
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(2, 1)
        for _ in range(16):
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert read_frames(path)[0].size == (128, 64)
    with av.open(str(path)) as container:
        frame = next(frame for _, frame in timed_frames(container))
        stretched = type("Stream", (), {"sample_aspect_ratio": Fraction(100_000_000, 1)})
        streams = type("Streams", (), {"video": (stretched,)})
        wide = type("Container", (), {"streams": streams})
        with pytest.raises(MediaError, match="too many pixels"):
            frame_as_seen(wide, frame)


def test_sheets_show_what_a_person_sees(tmp_path):
    from triptych.cases.format import Case

    case = Case.model_validate(
        {
            "id": "a",
            "split": "train",
            "description": "A mug.",
            "copy": {"minimal": {"headline": ["Mug."]}},
            "caption": "a mug",
            "image": "alpha2.png",
            "clip": "rot.mp4",
        }
    )
    green = (np.asarray(contact_sheet(DATA, [case])) == (0, 255, 0)).all(axis=-1)
    assert not green.any()
    strip = np.asarray(film_strip(DATA, [case], 1))
    reds = np.argwhere(np.abs(strip.astype(int) - RED).max(axis=-1) < 30)
    blues = np.argwhere(np.abs(strip.astype(int) - BLUE).max(axis=-1) < 30)
    assert reds[:, 0].max() < blues[:, 0].min()


def test_a_picture_too_large_for_memory_is_told(monkeypatch):
    def load(*_):
        raise MemoryError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", load)
    with pytest.raises(MediaError, match="is no whole picture"), open_image(DATA / "alpha.png"):
        pass
