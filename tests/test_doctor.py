from pathlib import Path

from typer.testing import CliRunner

from triptych.cli import app
from triptych.doctor import check_profile, diagnose, examine_machine, report
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


def test_what_is_missing_is_named(tmp_path):
    machine = examine_machine()
    profile = read_profile(
        "sd2",
        [
            "image.model=/nowhere/sd",
            "image.connector=/nowhere/connector",
            "text.device=cuda:7",
            "clip={kind: starter, folder: /nowhere}",
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
