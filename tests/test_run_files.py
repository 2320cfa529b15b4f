import ast
import os
import socket
from pathlib import Path

import pytest

from triptych.errors import StoreError
from triptych.run_files import (
    MOST,
    check_database,
    make_folder,
    open_to_append,
    read_file,
)
from triptych.store import Store

PACKAGE = Path(__file__).parents[1] / "triptych"


@pytest.fixture
def run(tmp_path):
    """A run folder, beside a file that is none of its business."""
    (tmp_path / "secret").write_bytes(b"secret")
    folder = tmp_path / "run"
    (folder / "assets").mkdir(parents=True)
    (folder / "plan.yaml").write_bytes(b"plan")
    return folder


def as_link(place):
    place.symlink_to(place.parents[1] / "secret")


def as_dangling_link(place):
    place.symlink_to(place.parents[1] / "new")


def as_hard_link(place):
    os.link(place.parents[1] / "secret", place)


def as_folder(place):
    place.mkdir()


def as_device_link(place):
    place.symlink_to("/dev/zero")


def as_socket(place):
    with socket.socket(socket.AF_UNIX) as made, pytest.MonkeyPatch.context() as patch:
        patch.chdir(place.parent)  # the name of a socket must be short
        made.bind(place.name)


OTHERS = (as_link, as_dangling_link, as_hard_link, as_folder, os.mkfifo, as_device_link, as_socket)


def test_a_plain_file_is_read_and_appended_to(run):
    assert read_file(run, "plan.yaml") == b"plan"
    for line in (b"one\n", b"two\n"):
        with open_to_append(run, "trace.jsonl") as file:
            file.write(line)
    assert read_file(run, "trace.jsonl") == b"one\ntwo\n"
    assert check_database(run, "checkpoint.sqlite") == run / "checkpoint.sqlite"
    with pytest.raises(FileNotFoundError):
        read_file(run, "kept.json")


@pytest.mark.parametrize("make", OTHERS)
def test_what_is_no_plain_file_is_neither_read_nor_written(make, run):
    for name in ("trace.jsonl", "checkpoint.sqlite", "checkpoint.sqlite-wal"):
        make(run / name)
    with pytest.raises(StoreError, match=r"trace\.jsonl is a"):
        read_file(run, "trace.jsonl")
    with pytest.raises(StoreError, match=r"trace\.jsonl is a"):
        open_to_append(run, "trace.jsonl")
    with pytest.raises(StoreError, match=r"checkpoint\.sqlite is a"):
        check_database(run, "checkpoint.sqlite")
    (run / "checkpoint.sqlite").rename(run / "elsewhere")
    with pytest.raises(StoreError, match=r"checkpoint\.sqlite-wal is a"):
        check_database(run, "checkpoint.sqlite")
    assert (run.parent / "secret").read_bytes() == b"secret"
    assert not (run.parent / "new").exists()


@pytest.mark.parametrize(
    "name", ["../secret", "assets/../plan.yaml", "/etc/hostname", "./plan.yaml", "", "a\0b", "a\\b"]
)
def test_a_name_leads_nowhere_else(name, run):
    with pytest.raises(StoreError, match="names no file within"):
        read_file(run, name)


def test_a_linked_folder_on_the_way_is_refused(run, tmp_path):
    (run / "assets").rmdir()
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs/x.txt").write_text("words")
    (run / "assets").symlink_to(tmp_path / "theirs")
    for touch in (
        lambda: read_file(run, "assets/x.txt"),
        lambda: make_folder(run, "assets/index"),
        lambda: Store(run).put_text("words"),
        lambda: Store(run).remember("key", 1),
        Store(run).check_space,
    ):
        with pytest.raises(StoreError, match="assets is a symbolic link"):
            touch()
    assert [path.name for path in (tmp_path / "theirs").iterdir()] == ["x.txt"]


def test_a_file_that_is_too_large_is_not_read(run):
    with open(run / "run.json", "wb") as file:
        file.truncate(10**13)  # takes no room on the disk, and would not fit into memory
    with pytest.raises(StoreError, match=r"has 10,000,000 MB, and may have 1 MB"):
        read_file(run, "run.json")
    assert MOST["trace.jsonl"] > 1_000_000


def test_the_folder_itself_is_the_users_to_name(run, tmp_path):
    (tmp_path / "latest").symlink_to(run)
    assert read_file(tmp_path / "latest", "plan.yaml") == b"plan"


@pytest.mark.parametrize("make", [as_link, as_dangling_link, as_hard_link, os.mkfifo])
def test_an_asset_in_the_place_of_a_link_is_written_beside_it(make, run):
    store = Store(run)
    ref = store.put_text("words")
    (run / ref.path).unlink()
    link = run / "link"
    make(link)
    link.rename(run / ref.path)
    assert not store.holds(ref)
    assert store.get(store.put_text("words")) == b"words"
    assert (run.parent / "secret").read_bytes() == b"secret"


THEIRS = ("Campaign.open", "webbrowser.open", "Image.open", "Tracer.open", "text.read_text")
"""Of no run folder; the last opens what the user names on the command line."""
OPENERS = {"open", "read_bytes", "read_text", "copytree", "copyfile", "copy", "safe_open", "mmap"}


@pytest.mark.parametrize(
    "path",
    [PACKAGE / "store.py", *(PACKAGE / "runs").glob("*.py"), *(PACKAGE / "tracing").glob("*.py")],
    ids=lambda path: path.name,
)
def test_no_other_module_opens_files_of_a_run_folder(path):
    own = {"os.open"} if path.name in ("store.py", "signature.py", "lock.py") else set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            opens = called.rpartition(".")[2] in OPENERS and called not in own
            theirs = called in THEIRS
            assert not opens or theirs, f"{path.name}:{node.lineno} calls {called}"
