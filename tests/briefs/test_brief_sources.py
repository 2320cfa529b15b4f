"""What the user named: files, pipes, standard input and words, in whatever encoding."""

import io
import os
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.briefs.hostile import outcome
from triptych.briefs.read import understand
from triptych.errors import BriefError
from triptych.files.text import decode

DATA = Path(__file__).parent / "data"
WORDS = "Norvik launches the Emberlite – a lantern “lit at night”."


def test_windows_1252_is_decoded_and_said():
    understood = understand(str(DATA / "cp1252.txt"))
    assert understood.asked.description == (
        "Norvik launches the Emberlite — a red steel camping lantern “lit at night”."
    ).replace("—", "–")
    assert "was read as Windows-1252" in understood.notes[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_decoded_by_its_mark(tmp_path, encoding):
    path = tmp_path / "brief.txt"
    path.write_bytes(f"{WORDS}\r\nAnd more.\r\n".encode(encoding))
    understood = understand(str(path))
    assert understood.asked.description == f"{WORDS}\nAnd more."
    assert understood.notes == ()


@pytest.mark.parametrize("mark", [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
def test_both_byte_orders(tmp_path, mark):
    (tmp_path / "b.yaml").write_bytes(mark[0] + "description: a lantern 🔥".encode(mark[1]))
    assert understand(str(tmp_path / "b.yaml")).asked.description == "a lantern 🔥"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (WORDS.encode("utf-16-le"), "looks like UTF-16"),
        (WORDS.encode("utf-16-be"), "looks like UTF-16"),
        (b"\xff\xfeabc", "begins as UTF-16 does, and is broken at byte"),
        ("Новый фонарь для лагеря".encode("cp1251"), "encoding cannot be told"),
        ("νέο φανάρι για κάμπινγκ".encode("cp1253"), "encoding cannot be told"),
        ("新しいランタン、夜に光る".encode("shift_jis"), "is not text"),
        ("eine schöne Läterne\nund".encode() + b" noch \xc3", "broken character at line 2"),
        (b"a lantern \x81\x8d", "encoding cannot be told"),
        (bytes(range(1, 32)) + b"\xff", "is not text"),
        (b"a\x00b", "holds a NUL"),
    ],
)
def test_what_cannot_be_decoded_is_refused_with_what_to_do(tmp_path, data, said):
    (tmp_path / "b.txt").write_bytes(data)
    with pytest.raises(BriefError, match=said) as told:
        understand(str(tmp_path / "b.txt"))
    assert told.value.hint


@given(st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"])))
@settings(deadline=None)
def test_whatever_is_written_as_utf8_is_read_the_same(text):
    assert decode(text.encode(), "it") == (text.removeprefix("\ufeff"), ())


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_are_text_or_an_error_in_words(data):
    decoded, error = outcome(decode, data, "it")
    assert error.hint if error else decoded[0].encode("utf-8") is not None


def test_a_dash_is_standard_input(monkeypatch):
    for given_, description in (
        (b"NO: the lantern", "NO: the lantern"),
        (b'{"description": "x"}', "x"),
    ):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given_)))
        assert understand("-").asked.description == description
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b" \n")))
    with pytest.raises(BriefError, match="Standard input is empty"):
        understand("-")


def test_a_pipe_is_read_to_its_end(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"description: a lantern\n",))
    writer.start()
    assert understand(str(pipe)).asked.description == "a lantern"
    writer.join()


@pytest.mark.parametrize("source", ["", " ", "\n\t"])
def test_an_empty_name_is_no_brief(source):
    with pytest.raises(BriefError, match="There is no brief"):
        understand(source)


@pytest.mark.parametrize(
    "source",
    ["no.yaml", "my brief.json", "feed.csv", "no.pdf", "./no", "/no/where", "~/no", "../no/brief"],
)
def test_a_missing_file_is_not_taken_for_words(source):
    with pytest.raises(BriefError, match="There is no file"):
        understand(source)


def test_an_address_is_not_fetched():
    with pytest.raises(BriefError, match="nothing is fetched"):
        understand("https://norvik.example/emberlite")


def test_words_whose_bytes_are_not_utf8():
    understood = understand(os.fsdecode("Läterne am Strand".encode("cp1252")))
    assert understood.asked.description == "Läterne am Strand"
    assert "Windows-1252" in understood.notes[0]
    with pytest.raises(BriefError, match=r"half of a character \(U\+D800\)"):
        understand("a lantern \ud800")


def test_names_that_are_hard_to_say_are_read_or_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    odd = os.fsdecode(b"caf\xe9.txt")
    Path(odd).write_text("a lantern")
    assert understand(odd).asked.description == "a lantern"
    with pytest.raises(BriefError, match="There is no file"):
        understand(os.fsdecode(b"n\xe9.txt"))
    assert understand("a lantern " * 1000).asked.description.startswith("a lantern")
    with pytest.raises(BriefError, match="holds a NUL"):
        understand("a\0lantern")
    Path("folder").mkdir()
    with pytest.raises(BriefError, match="is a folder"):
        understand("folder")


def test_what_may_not_be_read_is_told(tmp_path, monkeypatch):
    path = tmp_path / "b.yaml"
    path.write_text("description: x")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.open", refuse)
        with pytest.raises(BriefError, match="cannot be read: Permission denied"):
            understand(str(path))
    monkeypatch.setattr(Path, "exists", refuse)
    with pytest.raises(BriefError, match="cannot be read: Permission denied"):
        understand(str(path))


def test_endless_files_are_refused():
    with pytest.raises(BriefError, match="is larger than 1 MB"):
        understand("/dev/zero")
