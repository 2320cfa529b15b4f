import io
import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from triptych.creatives.files import jpeg
from triptych.domain import ModelIdentity
from triptych.errors import CreativeError
from triptych.marking.certificates import Signatory, local_signatory, own_signatory
from triptych.marking.claim import Claim
from triptych.marking.sign import mark
from triptych.marking.verify import verify_file
from triptych.media import encode_mp4

IMAGE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
CLAIM = Claim(
    title="lantern.jpg",
    run="campaign",
    piece="instagram-feed square",
    content="0" * 64,
    models=(ModelIdentity(name="painter <1>", revision="abc"),),
    version="0.2",
)


def png():
    buffer = io.BytesIO()
    IMAGE.save(buffer, "PNG")
    return buffer.getvalue()


FILES = {
    "jpg": jpeg(IMAGE, 90),
    "png": png(),
    "mp4": encode_mp4(np.zeros((8, 64, 64, 3), np.uint8), 8),
}


@pytest.fixture(scope="session")
def signatory(tmp_path_factory):
    return local_signatory(tmp_path_factory.mktemp("signing"))


@pytest.fixture(params=sorted(FILES))
def marked(request, tmp_path, signatory):
    path = tmp_path / f"lantern.{request.param}"
    path.write_bytes(mark(FILES[request.param], request.param, CLAIM, signatory))
    return path


def test_a_mark_is_read_back(marked):
    found = verify_file(marked)
    assert found.state == "valid"
    assert found.claim == CLAIM
    assert found.source_type == found.xmp_source_type == "trainedAlgorithmicMedia"
    assert "trusted by nobody" in found.signed_by
    assert found.problems == ()


def test_a_changed_byte_is_found(marked):
    data = bytearray(marked.read_bytes())
    film = data.find(b"mdat")  # of a film's manifest C2PA leaves the padding out
    for place in (film + 20, film + 200) if film > 0 else (len(data) // 2, len(data) - 20):
        changed = bytes(data[:place]) + bytes([data[place] ^ 1]) + bytes(data[place + 1 :])
        marked.write_bytes(changed)
        assert verify_file(marked).state in ("changed", "damaged")


def test_what_is_marked_still_opens(marked):
    if marked.suffix == ".mp4":
        from triptych.media import decode_mp4

        assert len(decode_mp4(marked.read_bytes())) == 8
        return
    with Image.open(marked) as image:
        assert image.size == (64, 64)
        assert image.getxmp()["xmpmeta"]["RDF"]["Description"]["Credit"] == "Made with AI"
        assert not image.getexif()


def test_without_a_signature_xmp_remains(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(mark(FILES["jpg"], "jpg", CLAIM, None))
    found = verify_file(path)
    assert (found.state, found.xmp_source_type) == ("unsigned", "trainedAlgorithmicMedia")


def test_a_plain_file_has_no_mark(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(FILES["png"])
    assert verify_file(path).model_dump(exclude_defaults=True) == {"state": "unsigned"}


def test_a_composite_says_so(tmp_path, signatory):
    path = tmp_path / "a.jpg"
    claim = CLAIM.model_copy(update={"source": "compositeWithTrainedAlgorithmicMedia"})
    path.write_bytes(mark(FILES["jpg"], "jpg", claim, signatory))
    assert verify_file(path).source_type == "compositeWithTrainedAlgorithmicMedia"


def test_the_test_certificate_is_made_once_and_kept_for_its_user(tmp_path):
    first, second = local_signatory(tmp_path), local_signatory(tmp_path)
    assert first == second
    assert stat.S_IMODE((tmp_path / "test-key.pem").stat().st_mode) == 0o600


def test_a_certificate_of_ones_own_signs(tmp_path, signatory):
    (tmp_path / "chain.pem").write_bytes(signatory.chain)
    (tmp_path / "key.pem").write_bytes(signatory.key)
    own = own_signatory(tmp_path / "chain.pem", tmp_path / "key.pem")
    assert not own.is_test
    path = tmp_path / "a.jpg"
    path.write_bytes(mark(FILES["jpg"], "jpg", CLAIM, own))
    assert verify_file(path).state == "valid"


@pytest.mark.parametrize("key", [b"", b"-----BEGIN PRIVATE KEY-----\n"])
def test_a_wrong_key_is_refused_in_words(signatory, key):
    with pytest.raises(CreativeError):
        mark(FILES["jpg"], "jpg", CLAIM, Signatory(signatory.chain, key))
    with pytest.raises(CreativeError, match="cannot be read"):
        own_signatory(Path("none.pem"), Path("no.pem"))


def test_what_is_no_picture_is_refused(tmp_path):
    with pytest.raises(CreativeError):
        mark(b"words", "jpg", CLAIM, None)
    path = tmp_path / "a.txt"
    path.write_bytes(b"words")
    with pytest.raises(CreativeError):
        verify_file(path)


@pytest.mark.parametrize("cut", [10, 400, 3000])
def test_a_torn_file_is_no_fault(marked, cut):
    marked.write_bytes(marked.read_bytes()[:cut])
    assert verify_file(marked).state in ("damaged", "unsigned", "changed")
