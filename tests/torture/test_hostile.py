"""Hostile inputs to every reader: the project's own errors, at once, in little memory.

`make torture` gives a hundred thousand of each kind.
"""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.torture import hostile
from benchmarks.torture.kinds import KINDS, OWN_ERRORS, Kind
from benchmarks.torture.scalars import SCALARS
from triptych.cli import app
from triptych.errors import TriptychError

INPUTS = Path(__file__).parent / "inputs"
SEED = 1
PLACES = {
    "briefs": "description: A lantern.\nbrand: {}\nfacts:\n- {}\noffer: {{price: {}}}\n",
    "plans": "brief: {{description: x}}\nkey_message: {}\nvisual: x\nmotion: {}\ndeliverables:\n"
    "- {{id: a, channel: body, tone: playful}}\nfalse_rejection_rate: {}\n",
    "profiles": "title: {}\nmemory_limit: {}\ntext: {{kind: starter, beams: {}}}\n",
    "overrides": "image.steps={}",
}
"""By kind: where a scalar is put, as a text, in a list, in brackets, as a number."""


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_inputs_are_read_or_told(kind, samples, tmp_path):
    report = hostile.torture(kind, range(150), samples, tmp_path / "inputs", SEED)
    assert report.faults == {}
    assert report.read > 0
    assert report.refused > 20
    assert report.read + report.refused == 150


@pytest.mark.parametrize("kind", KINDS)
def test_an_input_is_the_same_for_the_same_number(kind, samples):
    assert hostile.made(kind, 7, samples) == hostile.made(kind, 7, samples)
    assert len({hostile.made(kind, number, samples) for number in range(30)}) > 25


@pytest.mark.parametrize("kind", PLACES)
def test_every_scalar_in_every_place(kind, samples, tmp_path):
    name = "override" if kind == "overrides" else "input.yaml"
    for scalar in SCALARS:
        text = PLACES[kind].replace("{{", "{").replace("}}", "}").replace("{}", scalar)
        path = tmp_path / name
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        with suppress(*OWN_ERRORS):
            hostile.read(kind, path, samples)


@pytest.mark.parametrize(
    "path", sorted(INPUTS.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_what_was_a_fault_once(path, samples, tmp_path):
    kind, _, name = path.parent.name, *path.name.split("-", 1)
    mine = tmp_path / name
    mine.write_bytes(path.read_bytes())
    with suppress(*OWN_ERRORS):  # a name in another encoding is none by now
        hostile.read(kind, mine, samples)


def _raises(error):
    def read(*_):
        raise error

    return read


def _works(*_):
    while True:
        pass


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (_raises(KeyError("oops")), "KeyError: 'oops'"),
        (_raises(MemoryError()), "MemoryError"),
        (_raises(SystemExit(70)), "SystemExit: 70"),
        (_raises(TriptychError(" ")), "an error without words"),
        (_works, "took longer"),
    ],
)
def test_what_no_reader_may_do_is_seen(read, said, tmp_path, monkeypatch):
    monkeypatch.setattr(hostile, "MOST_SECONDS", 0.05)
    monkeypatch.setitem(KINDS, "bad", Kind(lambda *_: (b"x", "input"), read))
    report = hostile.torture("bad", range(1), tmp_path, tmp_path / "inputs")
    assert said in report.faults[0]
    assert report.read == report.refused == 0


def test_workers_are_watched_and_what_was_stopped_goes_on(samples, tmp_path):
    first = hostile.watched("overrides", 20, SEED, samples, tmp_path)
    assert first.read + first.refused == 20
    assert 10_000_000 < first.peak_bytes < hostile.MOST_BYTES
    more = hostile.watched("overrides", 30, SEED, samples, tmp_path)
    assert more.read + more.refused == 30
    alone = hostile.torture("overrides", range(30), samples, tmp_path / "inputs", SEED)
    assert (alone.read, alone.refused) == (more.read, more.refused)


@pytest.mark.parametrize("kind", ["briefs", "plans"])
def test_the_command_ends_with_1_and_words(kind, samples, tmp_path):
    for number in range(25):
        data, name = hostile.made(kind, number, samples, SEED)
        path = tmp_path / name
        path.write_bytes(data)
        result = CliRunner().invoke(app, ["brief", "check", os.fspath(path)])
        assert result.exit_code in (0, 1), result.output
        if result.exit_code:
            assert result.stderr.startswith("Error: "), result.output
            assert isinstance(result.exception, SystemExit)
