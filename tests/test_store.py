import io
import threading

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triptych.errors import StoreError
from triptych.media import decode_mp4, encode_mp4
from triptych.store import Store, content_key, write_whole


def frames(seed=0, side=32):
    ramp = np.linspace(0, 200, side)
    rng = np.random.default_rng(seed)
    picture = np.stack([ramp[None] + 0 * ramp[:, None], ramp[:, None] + 0 * ramp[None]], -1)
    picture = np.concatenate([picture, np.full((side, side, 1), 90.0)], -1)
    noise = rng.integers(0, 8, (16, side, side, 3))
    return (picture[None] + noise).clip(0, 255).astype(np.uint8)


def test_the_same_frames_give_the_same_bytes_whoever_encodes_them():
    made = []
    threads = [
        threading.Thread(target=lambda: made.append(encode_mp4(frames(), 8))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
        thread.join()
    made.append(encode_mp4(np.array(frames(), order="F"), 8))
    assert len(set(made)) == 1


def test_a_clip_comes_back_nearly_as_it_was():
    clip = frames()
    back = decode_mp4(encode_mp4(clip, 8))
    assert back.shape == clip.shape
    assert np.abs(back.astype(int) - clip).mean() < 4


def test_odd_sides_are_padded():
    assert decode_mp4(encode_mp4(frames(side=31), 8)).shape == (16, 32, 32, 3)


def test_a_torn_clip_is_said():
    with pytest.raises(StoreError, match="cannot be decoded"):
        decode_mp4(encode_mp4(frames(), 8)[:300])


def test_an_asset_is_named_by_its_bytes_and_checked_when_read(tmp_path):
    store = Store(tmp_path)
    ref = store.put_text("words")
    assert store.put_text("words") == ref
    assert ref.digest in ref.path
    (tmp_path / ref.path).write_text("other")
    with pytest.raises(StoreError, match="changed"):
        store.get(ref)
    (tmp_path / ref.path).unlink()
    with pytest.raises(StoreError, match="missing"):
        store.get(ref)


def test_a_torn_asset_is_written_anew(tmp_path):
    store = Store(tmp_path)
    ref = store.put_text("words")
    (tmp_path / ref.path).write_text("wo")
    assert store.get(store.put_text("words")) == b"words"


def test_clips_say_their_colours_in_stream_and_container():
    clip = np.full((4, 32, 32, 3), (200, 30, 40), np.uint8)
    data = encode_mp4(clip, 8)
    place = data.index(b"colrnclx")  # BT.709 primaries, transfer and matrix; studio range
    assert data[place + 8 : place + 15] == bytes([0, 1, 0, 1, 0, 1, 0])
    with av.open(io.BytesIO(data)) as container:
        frame = next(container.decode(video=0))
        tags = (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range)
        assert tags == (1, 1, 1, 1)
        shown = frame.to_ndarray(format="rgb24", dst_colorspace="ITU709")[16, 16]
    assert np.abs(shown.astype(int) - clip[0, 0, 0]).max() <= 3  # by FFmpeg's own reckoning
    assert np.abs(decode_mp4(data).astype(int) - clip).max() <= 3


def test_clips_of_older_runs_are_read_as_they_were_written():
    clip, planes = np.full((1, 32, 32, 3), (200, 30, 40), np.uint8), np.empty((48, 32), np.uint8)
    planes[:32], planes[32:40], planes[40:] = 86, 107, 202  # BT.601
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=8, options={"qp": "1"})
        stream.height = stream.width = 32
        stream.pix_fmt = "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        container.mux(stream.encode())
    assert np.abs(decode_mp4(buffer.getvalue()).astype(int) - clip).max() <= 3


def test_images_come_back_exactly(tmp_path):
    store = Store(tmp_path)
    picture = frames()[0]
    assert np.array_equal(store.get_image(store.put_image(picture)), picture)


def test_writing_leaves_nothing_behind_when_it_cannot(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be written"):
        write_whole(tmp_path / "file" / "below", b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@settings(max_examples=30)
@given(st.dictionaries(st.text(), st.integers() | st.text()))
def test_keys_depend_on_content_alone(content):
    turned = dict(reversed(content.items()))
    assert content_key("a", content) == content_key("a", turned)
    assert content_key("a", content) != content_key("b", content)
