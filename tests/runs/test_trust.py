"""Whose folder it is: the key, the signature, and what a stranger's settings may choose."""

import shutil
import stat
import threading

import pytest
from typer.testing import CliRunner

from triptych.cli import app
from triptych.domain import Brief
from triptych.errors import StoreError
from triptych.generators.profiles import shipped_names
from triptych.runs import signature
from triptych.runs.campaign import Campaign
from triptych.runs.prepare import Fork, prepare
from triptych.runs.settings import RunSettings
from triptych.runs.signature import is_signed, key_trouble, sign
from triptych.runs.trust import agreed_settings

BRIEF = Brief(description="A red lantern.", channels=("headline",))
OWN = RunSettings(profile="./mine.yaml", overrides=("text.kind=mine:Text",))


@pytest.fixture
def key(tmp_path, monkeypatch):
    place = tmp_path / "config" / "key"
    monkeypatch.setenv(signature.KEY_FILE, str(place))
    return place


def test_the_key_is_made_once_and_is_for_this_user_alone(key):
    one = sign(OWN)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert len(key.read_bytes()) == 32
    assert sign(OWN) == one
    assert [path.name for path in key.parent.iterdir()] == ["key"]
    assert key_trouble() is None


def test_without_a_variable_the_key_lies_in_the_users_configuration(tmp_path, monkeypatch):
    monkeypatch.delenv(signature.KEY_FILE)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert sign(OWN)
    assert (tmp_path / "triptych" / "run-folders.key").is_file()


def test_many_at_once_make_one_key(key):
    made = []
    threads = [threading.Thread(target=lambda: made.append(sign(OWN))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 16
    assert len(set(made)) == 1


def spoil_mode(key):
    key.chmod(0o644)


def spoil_length(key):
    key.write_bytes(b"short")


def spoil_link(key):
    key.rename(key.with_name("elsewhere"))
    key.symlink_to(key.with_name("elsewhere"))


@pytest.mark.parametrize("spoil", [spoil_mode, spoil_length, spoil_link])
def test_a_key_that_others_may_know_signs_nothing(spoil, key, tmp_path):
    campaign = Campaign.start(BRIEF, tmp_path / "run", OWN)
    assert is_signed(campaign.folder, OWN)
    spoil(key)
    assert sign(OWN) is None
    assert not is_signed(campaign.folder, OWN)
    assert "key" in key_trouble()


def test_a_folder_is_known_again_by_its_settings_alone(key, tmp_path):
    campaign = Campaign.start(BRIEF, tmp_path / "run", OWN)
    moved = (tmp_path / "run").rename(tmp_path / "moved")
    again = Campaign.open(moved)
    assert again.settings.started > 0
    assert agreed_settings(moved, again.settings) == campaign.settings
    for change in ({"overrides": ("text.kind=evil:Text",)}, {"profile": "x.yaml"}, {"seed": 4}):
        assert not is_signed(moved, again.settings.model_copy(update=change))
    key.unlink()
    assert not is_signed(moved, again.settings), "another installation's"


def test_the_same_name_elsewhere_is_not_the_same_profile(key, tmp_path, monkeypatch):
    for name in ("mine", "theirs"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "mine")
    Campaign.start(BRIEF, tmp_path / "run", OWN)
    assert is_signed(tmp_path / "run", OWN)
    monkeypatch.chdir(tmp_path / "theirs")
    with pytest.raises(StoreError, match=r"profile \./mine\.yaml"):
        agreed_settings(tmp_path / "run", OWN)


def test_without_a_place_for_the_key_runs_begin_and_say_so(tmp_path, monkeypatch, tiny):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(signature.KEY_FILE, str(tmp_path / "file" / "key"))
    prepared = prepare(BRIEF, models=tiny.models)
    (said,) = [note for note in prepared.notes if "strangers'" in note]
    assert "cannot be kept" in said
    campaign = prepared.begin(tmp_path / "run")
    assert not (tmp_path / "run" / "run.sig").exists()
    assert not is_signed(campaign.folder, campaign.settings)


@pytest.mark.parametrize(
    "override",
    ["image.steps=3", "text.encoder.dtype=float16", "conditioning=prompt", "video.guidance=2"],
)
def test_numbers_and_shipped_profiles_are_anybodys_to_choose(override, tmp_path):
    settings = RunSettings(profile="stepwise@sd2", overrides=(override,))
    assert agreed_settings(tmp_path, settings) == settings


@pytest.mark.parametrize(
    "override",
    [
        "image.kind=paint",
        "image.model=owner/name",
        "text.options.base_url=http://x",
        "text.options.steps=3",
        "image.folder=/elsewhere",
        "image.lora=x",
        "text={kind: mine:Text}",
        "fetch=true",
        "steps",
        "critic.kind=mine:Critic",
        "image.device=cuda",
        "image.revision=0",
        "text.steps.kind=3",
    ],
)
def test_all_else_is_not(override, tmp_path):
    settings = RunSettings(overrides=(override, "image.steps=3"))
    with pytest.raises(StoreError) as refused:
        agreed_settings(tmp_path, settings)
    assert override in refused.value.message
    assert "image.steps" not in refused.value.message


def test_only_shipped_profiles_without_a_server_are_anybodys(tmp_path):
    allowed = set()
    for name in shipped_names():
        try:
            agreed_settings(tmp_path, RunSettings(profile=name))
            allowed.add(name)
        except StoreError:
            pass
    assert allowed == shipped_names() - {"api"}


def test_what_the_user_names_counts(tmp_path):
    said = agreed_settings(tmp_path, OWN, "starter")
    assert (said.profile, said.overrides) == ("starter", ())
    said = agreed_settings(tmp_path, OWN, "house", ["text.model=x"])
    assert (said.profile, said.overrides) == ("house", ("text.model=x",))
    stranger = RunSettings(overrides=("image.kind=evil:Image",))
    said = agreed_settings(tmp_path, stranger, None, ["image.kind=mine:Image"])
    assert said.overrides == ("image.kind=mine:Image",)
    with pytest.raises(StoreError, match=r"profile \./mine"):
        agreed_settings(tmp_path, OWN, None, [])


def test_a_strangers_run_is_made_again_forked_and_resumed_with_ones_own_profile(
    finished,
    tiny,
    tmp_path,
    monkeypatch,
):
    monkeypatch.setenv(signature.KEY_FILE, str(tmp_path / "another"))

    def triptych(*words):
        return CliRunner().invoke(app, [str(word) for word in words])

    own = ("--profile", tiny.profile)
    for words in (
        ("trace", "replay", finished),
        ("trace", "replay", finished, "--regenerate"),
        ("resume", finished),
        ("redo", finished, "social-post/copy", "--reason", "x"),
        ("run", "--from", finished, "--out", tmp_path / "forked"),
    ):
        said = triptych(*words)
        assert said.exit_code == 1
        assert tiny.profile in said.output.replace("\n", "")
    assert not (tmp_path / "forked").exists()
    with pytest.raises(StoreError, match="wants to choose"):
        prepare(None, fork=Fork(finished))
    assert triptych("trace", "replay", finished, *own).exit_code == 0
    assert triptych("trace", "replay", finished, "--regenerate", *own).exit_code == 0
    assert triptych("run", "--from", finished, "--out", tmp_path / "f", *own).exit_code == 5
    assert is_signed(tmp_path / "f", Campaign.open(tmp_path / "f").settings)


def test_a_run_that_does_not_say_how_it_was_started_is_not_made_again(finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "run")
    (folder / "run.json").unlink()
    said = CliRunner().invoke(app, ["trace", "replay", str(folder), "--regenerate"])
    assert said.exit_code == 1
    assert "is missing or damaged" in said.output
