import contextlib
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from triptych.domain import Brief
from triptych.errors import ModelError, ProfileError
from triptych.generators.hub import load_profile
from triptych.generators.parts import Chat, DiffusersImage
from triptych.generators.pretrained.load import make_scheduler
from triptych.generators.pretrained.locate import local_revision, pick_device
from triptych.generators.profiles import (
    SHIPPED,
    list_profiles,
    read_profile,
)


def test_the_shipped_profiles_say_what_a_person_must_know():
    names = {profile.name for profile in list_profiles()}
    assert {"starter", "sd2", "sdxl", "modern", "api"} <= names
    for path in SHIPPED.glob("*.yaml"):
        profile = read_profile(str(path))
        assert all((profile.licence, profile.disk, profile.memory, profile.time))
        for part in profile.weights().values():
            assert len(part.revision) == 40
            assert part.licence
            assert part.download > 0


@pytest.fixture
def own_profile(tmp_path, monkeypatch):
    """Writes a profile of one's own: `own_profile(folder, name, title)`; returns its file."""
    from triptych.generators import profiles

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    profiles._say_once.cache_clear()
    content = yaml.safe_load((SHIPPED / "starter.yaml").read_text())

    def write(folder, name, title="mine"):
        path = tmp_path / folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content | {"title": title}))
        return path

    return write


def test_no_file_hides_a_shipped_profile(own_profile, caplog):
    shipped = read_profile("starter")
    for folder in ("profiles", "config/triptych/profiles"):
        path = own_profile(folder, "starter")
        assert read_profile("starter") == shipped
        assert f"{path} is not used" in caplog.text
    assert {one.title for one in list_profiles() if one.name == "starter"} == {shipped.title}
    assert read_profile("profiles/starter.yaml").title == "mine", (
        "named by its path it is asked for"
    )


def test_own_profiles_are_announced_once_with_their_path(own_profile, caplog):
    theirs = own_profile("config/triptych/profiles", "house", "the user's")
    assert read_profile("house").title == "the user's"
    assert caplog.text.count(f"The profile house is read from {theirs}.") == 1
    mine = own_profile("profiles", "house", "the project's")
    for _ in range(2):
        assert read_profile("house").title == "the project's"
    assert caplog.text.count(f"The profile house is read from {mine}.") == 1
    assert {"house", "sd2"} <= {profile.name for profile in list_profiles()}


def test_overrides():
    profile = read_profile("sd2", ["image.steps=20", "conditioning=prompt", "video.guidance=1e0"])
    assert (profile.image.steps, profile.conditioning, profile.video.guidance) == (20, "prompt", 1)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("image.steps", "is not an override"),
        ("image.stepz=2", "image.stepz: Extra inputs"),
        ("image.steps=0", "greater than or equal to 1"),
        ("title.x=1", "holds no keys"),
        ("image.steps=[", "is not valid YAML"),
        ('text.revision=""', "without a revision"),
        (
            "image.kind=paint",
            "no kind 'paint'.*Known kinds: starter.*entry points triptych.generators",
        ),
    ],
)
def test_wrong_overrides_are_errors_in_words(override, words):
    with pytest.raises(ProfileError, match=words):
        read_profile("sd2", [override])


@given(st.text(max_size=40))
def test_any_override_is_taken_or_refused(text):
    with contextlib.suppress(ProfileError):
        read_profile("starter", [text])


@given(st.binary(max_size=60))
def test_any_file_is_a_profile_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content)
    with pytest.raises(ProfileError):
        read_profile(str(path))


def test_unknown_profiles_name_the_known_ones():
    with pytest.raises(ProfileError, match=r"no profile 'sd9'.*starter"):
        read_profile("sd9")
    with pytest.raises(ProfileError, match="cannot be read"):
        read_profile("nowhere.yaml")


def test_a_missing_model_says_what_to_fetch_and_how_big_it_is(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    models = load_profile("sd2")
    for part in ("text", "image", "video", "encoder"):
        with pytest.raises(ModelError, match=r"not on this machine \(.* GB\).*fetch=true"):
            getattr(models, part)


def test_a_broken_checkpoint_is_an_error_in_words(profile_file, tmp_path):
    (tmp_path / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}')
    broken = load_profile(profile_file(), [f"image.model={tmp_path}"])
    from triptych.protocols import VisualRequest

    with pytest.raises(ModelError, match="cannot be loaded"):
        broken.image.start([VisualRequest("a mug")], [None], [1])
    with pytest.raises(ModelError, match="no model_index"):
        load_profile(profile_file(), [f"image.model={tmp_path.parent}"]).image.start(
            [VisualRequest("a mug")], [None], [1]
        )


def test_models_are_shared(profile_file):
    models = load_profile(profile_file())
    assert models.image is models.image
    assert models.encoder is models.encoder
    assert models.profile == "tiny-sd-animatediff"
    assert models.calibration_folder.is_dir()
    assert models.unknown_words(Brief(description="a spaceship")) is None
    assert load_profile("starter").unknown_words(Brief(description="a spaceship"))
    assert load_profile("starter").unknown_words(Brief(description="a red mug")) is None


def test_relative_folders_are_beside_the_profile(profile_file):
    path = Path(profile_file())
    (path.parent / "head").mkdir()
    assert read_profile(str(path), ["text.head=head"]).text.head == str(path.parent / "head")


def test_devices_and_samplers_that_do_not_fit():
    with pytest.raises(ProfileError, match="is no device"):
        pick_device("toaster")
    part = DiffusersImage(kind="diffusers-image", model="x", sampler="ddim")
    from diffusers import FlowMatchEulerDiscreteScheduler

    with pytest.raises(ProfileError, match="flow-matching"):
        make_scheduler(part, FlowMatchEulerDiscreteScheduler())


def test_local_weights_are_told_apart(checkpoint):
    assert local_revision(Path(checkpoint("sd"))) == local_revision(Path(checkpoint("sd")))
    assert local_revision(Path(checkpoint("sd"))) != local_revision(Path(checkpoint("sdxl")))


def test_a_connector_needs_a_source_of_latents(profile_file):
    chat = Chat(kind="chat", model="openai:m", options={"api_key": "none"})
    models = load_profile(profile_file(text=chat.model_dump(mode="json")))
    with pytest.raises(ProfileError, match="no local language model"):
        models.latents_identity()
