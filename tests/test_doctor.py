from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from triptych.cli import app
from triptych.commands.doctor import Machine, check_profile, diagnose, examine_machine, report
from triptych.generators.profiles import read_profile


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


SHIPPED = ("starter", "sd2", "sdxl", "modern", "api")
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
    ("name", "gpu", "words"),
    [
        ("sd2", 0, "20 GiB of main memory without a GPU, and there are 8"),
        ("modern", 0, "64 GiB of main memory without a GPU, and there are 8"),
        ("modern", 24, "48 GiB of GPU memory, and there are 24"),
        ("sd2", 24, ""),
        ("starter", 0, ""),
    ],
)
def test_too_little_memory_is_said_before_a_fetch(name, gpu, words):
    machine = replace(BIG, memory=8 * 2**30, gpu_memory=gpu * 2**30)
    checkup = check_profile(read_profile(name), machine)
    found = [what for what in checkup.missing if what.startswith("memory:")]
    assert bool(found) == bool(words)
    assert words in "".join(found)


def test_models_that_take_turns_are_only_warned_about():
    machine = replace(BIG, gpu_memory=24 * 2**30)
    checkup = check_profile(read_profile("modern", ["image.offload=model"]), machine)
    assert any("GPU memory" in what for what in checkup.advice)
    assert not any("GPU memory" in what for what in checkup.missing)


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
    monkeypatch.setattr(
        "triptych.generators.pretrained.locate.locate",
        lambda part, fetch, pipeline: fetched.append((part.model, fetch)) or tmp_path,
    )
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
