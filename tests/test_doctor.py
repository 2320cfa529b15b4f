import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from triptych.cli import app
from triptych.commands.auto import best_profile
from triptych.commands.doctor import (
    GIB,
    LIBRARIES,
    Machine,
    check_profile,
    diagnose,
    examine_machine,
    report,
)
from triptych.errors import ModelError
from triptych.generators.profiles import SHIPPED as SHIPPED_FOLDER
from triptych.generators.profiles import read_profile

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def test_every_profile_is_examined_in_plain_words():
    machine, checkups = diagnose()
    text = report(machine, checkups)
    names = {one.profile.name for one in checkups}
    assert {"starter", "sd2", "sdxl", "modern", "api"} <= names
    for one in checkups:
        assert one.profile.licence in text
        if not one.ready:
            assert "cannot run here yet" in text
    sd2 = next(one for one in checkups if one.profile.name == "sd2")
    if not sd2.ready:
        assert any("is not on this machine" in what and "GB" in what for what in sd2.missing)
        assert "--profile sd2 --set fetch=true" in sd2.fetch
        assert sd2.fetch in text


SHIPPED = ("starter", "laptop", "sd2", "sdxl", "modern", "references", "api")
BIG = Machine(
    devices=("cpu, 64 cores",),
    memory=2**40,
    disk=10**13,
    cache=Path("/models"),
    libraries={"torch": "2"},
    extras={},
)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_profile_says_what_it_lacks_before_anything_is_fetched(
    name, monkeypatch, tmp_path
):
    def no_network(self, address):
        raise AssertionError(f"a diagnosis reached for {address}")

    monkeypatch.setattr("socket.socket.connect", no_network)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("triptych.generators.starter.load.SHIPPED_WEIGHTS", tmp_path)
    profile = read_profile(name)
    checkup = check_profile(profile, BIG)
    told = report(BIG, [checkup])
    assert "cannot run here yet" in told
    for key, part in profile.weights().items():
        size = f"{part.download:g} GB"
        assert (
            f"{key}: {part.model} is not on this machine ({size}, licence {part.licence})" in told
        )
    if profile.weights():
        total = sum(part.download for part in profile.weights().values())
        assert f"--fetch fetches these {total:.0f} GB" in checkup.fetch
        assert abs(float(profile.disk.split()[0]) - total) <= 1.5, "what the profile says it takes"
    else:
        assert f"not in {tmp_path}" in told
        assert checkup.fetch == ""
    assert not list(tmp_path.rglob("*.safetensors"))


@pytest.mark.parametrize(
    ("name", "gpu", "main", "words"),
    [
        ("sd2", 0, 8, "20 GiB of main memory without a GPU, and there are 8"),
        ("modern", 0, 8, "GiB of main memory without a GPU, and there are 8"),
        ("modern", 24, 32, "51 GiB of main memory beside the GPU, and there are 32"),
        ("modern", 6, 64, "GiB of GPU memory, and there are 6"),
        ("modern", 24, 64, ""),
        ("laptop", 0, 7.6, ""),
        ("sd2", 24, 16, ""),
        ("starter", 0, 8, ""),
    ],
)
def test_too_little_memory_is_said_before_a_fetch(name, gpu, main, words):
    machine = replace(BIG, memory=int(main * 2**30), gpu_memory=gpu * 2**30)
    checkup = check_profile(read_profile(name), machine)
    found = [what for what in checkup.missing if what.startswith("memory:")]
    assert bool(found) == bool(words)
    assert words in "".join(found)


def test_offloading_is_counted():
    machine = replace(BIG, gpu_memory=24 * 2**30)
    for offload, fits in (("none", False), ("model", True), ("auto", True)):
        wishes = [f"{part}.offload={offload}" for part in ("image", "video")]
        checkup = check_profile(read_profile("modern", wishes), machine)
        lacking = [what for what in checkup.missing if "GPU memory" in what]
        assert bool(lacking) != fits
        assert fits or "`image.offload=auto` and `video.offload=auto`" in lacking[0]


def test_models_that_take_turns_in_main_memory_are_counted():
    machine = replace(BIG, memory=12 * 2**30)
    for wishes, fits in ([], False), (["memory_limit=8"], True):
        checkup = check_profile(read_profile("sd2", wishes), machine)
        assert any("main memory" in what for what in checkup.missing) != fits


def test_a_profile_of_ones_own_is_held_against_what_it_says(tmp_path):
    path = tmp_path / "own.yaml"
    text = (SHIPPED_FOLDER / "sd2.yaml").read_text()
    text = "\n".join(line for line in text.splitlines() if "arameters:" not in line)
    path.write_text(f"{text}\ngpu_memory: 40\n")
    machine = replace(BIG, gpu_memory=24 * 2**30)
    assert any(
        "40 GiB of GPU" in one for one in check_profile(read_profile(str(path)), machine).missing
    )


def test_a_diagnosis_is_of_the_profile_as_it_is_overridden():
    told = doctor("--profile", "sd2", "--set", "image.connector=/nowhere/connector")
    assert "image.connector: there is no folder /nowhere/connector" in " ".join(told.output.split())
    assert "Add --profile" in doctor("--set", "image.steps=2").stderr


def test_auto_takes_the_best_that_fits_and_says_why(monkeypatch):
    for gpu, main, disk, name in (
        (0, 7.6, 10**12, "laptop"),
        (0, 4, 10**12, "starter"),
        (0, 64, 10**12, "laptop"),
        (24, 64, 10**12, "references"),
        (24, 64, 45 * 10**9, "sdxl"),
        (12, 16, 10**12, "sd2"),
        (24, 64, 10**9, "starter"),
    ):
        here = replace(BIG, memory=int(main * GIB), gpu_memory=gpu * GIB, disk=disk)
        chosen, why = best_profile(here)
        assert chosen == name
        assert f"{main:.0f} GiB of main memory" in why
    monkeypatch.setattr("triptych.commands.auto.examine_machine", lambda: here)
    told = doctor("--profile", "auto")
    assert told.exit_code == 0
    assert "The profile is starter" in told.stderr
    assert "laptop needs 10 GB of disk" in told.stderr


def test_every_library_that_models_need_is_a_dependency():
    needed = tomllib.loads(PROJECT.read_text())["project"]["dependencies"]
    names = {re.split(r"[<>=]", one)[0] for one in needed}
    assert set(LIBRARIES) <= names
    assert {"sentencepiece", "protobuf"} <= set(LIBRARIES)


@pytest.mark.parametrize("width", [80, 100])
def test_lines_end_at_the_windows_edge(width):
    checkups = [check_profile(read_profile(name), BIG) for name in ("sd2", "sdxl", "modern")]
    lines = report(BIG, checkups, width).splitlines()
    assert max(map(len, lines)) <= width
    whole = report(BIG, checkups)
    assert " ".join("\n".join(lines).split()) == " ".join(whole.split())


def test_what_is_missing_is_named(tmp_path):
    machine = examine_machine()
    profile = read_profile(
        "sd2",
        [
            "image.model=/nowhere/sd",
            "image.connector=/nowhere/connector",
            f"text.model={tmp_path}",
            "text.device=cuda:7",
            "encoder={kind: starter, folder: /nowhere}",
        ],
    )
    bare = machine.__class__(
        devices=("cpu",),
        memory=2**30,
        disk=10,
        cache=Path(tmp_path),
        libraries={"torch": "", "diffusers": "1"},
        extras={},
    )
    text = " ".join(check_profile(profile, bare).missing)
    for words in (
        "image: there is no folder /nowhere/sd",
        f"text: {tmp_path} holds no whole model",
        "image.connector: there is no folder",
        "text: it asks for cuda:7",
        "the starter's modules clip are not in /nowhere.",
        "torch is not installed",
        "GB are free",
    ):
        assert words in text


def test_a_chat_model_without_its_key_is_missing_it(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    _, [checkup] = diagnose("api")
    assert not any("text:" in what and "cannot be set up" in what for what in checkup.missing)
    profile = read_profile("api", ["text.options={}"])
    lacking = check_profile(profile, examine_machine())
    assert any("cannot be set up" in what for what in lacking.missing)


def test_a_method_needs_what_the_profile_below_it_needs():
    _, [checkup] = diagnose("stepwise@sd2")
    assert checkup.profile.name == "sd2"


def doctor(*arguments, **options):
    return CliRunner().invoke(app, ["doctor", *arguments], **options)


def test_models_are_fetched_only_when_a_person_says_so(monkeypatch, tmp_path):
    fetched = []

    def locate(part, fetch, pipeline):
        fetched.append((part.model, fetch))
        if not fetch:
            raise ModelError("It is not here.")
        return tmp_path

    monkeypatch.setattr("triptych.generators.pretrained.locate.locate", locate)
    assert doctor("--profile", "sd2", "--fetch", input="n\n").exit_code == 1
    assert not any(fetch for _, fetch in fetched)
    done = doctor("--profile", "sd2", "--fetch", "--yes")
    assert done.exit_code == 0
    assert str(tmp_path) in done.output
    wanted = {part.model for part in read_profile("sd2").weights().values()}
    assert {model for model, fetch in fetched if fetch} == wanted


def test_fetching_needs_a_profile_and_something_to_fetch():
    assert "Add --profile" in doctor("--fetch").stderr
    assert "nothing to fetch" in doctor("--profile", "starter", "--fetch").output
