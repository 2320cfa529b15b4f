"""Every shipped profile, fetched from a hub that serves the published layouts, and run."""

import errno
import json
from weakref import WeakValueDictionary

import pytest

from tests.generators.hub_server import HubServer
from tests.generators.pretend_cuda import pretended_cuda
from tests.generators.repositories import DECOY, REPOSITORIES, make_repository
from triptych.domain import Brief, Budget, CampaignPlan, Deliverable, SearchChoice
from triptych.errors import ModelError
from triptych.generators.hub import load_profile
from triptych.generators.need import GIB, sizes_of
from triptych.generators.pretrained.memory import weights_size
from triptych.generators.profiles import SHIPPED, read_profile
from triptych.protocols import TextRequest, VisualRequest
from triptych.runs.campaign import Campaign
from triptych.runs.settings import RunSettings
from triptych.runs.stream import run_campaign

PROFILES = sorted(p.stem for p in SHIPPED.glob("*.yaml") if read_profile(p.stem).weights())
COMMITS = {
    weights.model: weights.revision
    for name in PROFILES
    for weights in read_profile(name).weights().values()
}
SMALL = ("image.height=32", "image.width=32", "text.max_tokens=24", "fetch=true")
FRAMES = {"sd2": 4, "sdxl": 9, "modern": 5, "references": 5, "laptop": 4}


@pytest.fixture(scope="session")
def repositories(words, tmp_path_factory):
    root = tmp_path_factory.mktemp("hub")

    def folder_of(name):
        if name not in COMMITS:
            return None
        return make_repository(words, name, root / name.replace("/", "--")), COMMITS[name]

    return folder_of


@pytest.fixture
def hub(repositories, monkeypatch, tmp_path):
    """A hub on this machine, and an empty cache."""
    from huggingface_hub import constants, utils

    server = HubServer(repositories)
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)  # this hub is here
    monkeypatch.setattr(
        constants,
        "HUGGINGFACE_CO_URL_TEMPLATE",
        server.url + "/{repo_id}/resolve/{revision}/{filename}",
    )
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.hf_api.api.endpoint", server.url)
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda seconds: None)
    monkeypatch.setattr("triptych.generators.hub._SHARED", WeakValueDictionary())
    monkeypatch.delenv("HF_TOKEN", raising=False)
    utils.disable_progress_bars()
    yield server
    server.close()
    utils.close_session()


def small(name):
    video = [f"video.frames={FRAMES[name]}"]
    if name != "laptop":
        video += ["video.height=32", "video.width=32"]
    return (*SMALL, *video)


PLAN = CampaignPlan(
    brief=Brief(description="A bright red mug.", budget=Budget(attempts=1)),
    key_message="It glows",
    visual="a red mug",
    motion="the camera pans to the left",
    deliverables=(Deliverable(id="one", channel="headline", tone="playful"),),
    search=SearchChoice(candidates=1),
)


def test_every_published_model_has_its_twin():
    assert set(COMMITS) == set(REPOSITORIES)


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_fetched_and_run(hub, name, tmp_path):
    settings = RunSettings(profile=name, overrides=small(name), steps=2)
    campaign = Campaign.start(PLAN, tmp_path / "run", settings)
    made = run_campaign(campaign, load_profile(name, small(name)))
    parts = made.results["one"].best.parts
    assert set(parts) == {"copy", "image", "clip"}
    fetched = [(hub_folder(tmp_path, model) / file) for model, file in hub.fetched]
    assert fetched
    assert not [file for file in fetched if file.read_bytes() == DECOY]
    assert not [name for _, name in hub.fetched if name.startswith(("vae_1_0", "onnx", "original"))]
    names = [parts[part].model.name for part in ("copy", "image")]
    profile = read_profile(name)
    assert names == [profile.text.model, profile.image.model]
    before = len(hub.asked)
    again = load_profile(name, (*small(name), "image.steps=3"))  # nothing is asked for twice
    assert again.encoder.identity.name == f"open_clip/{profile.encoder.model}"
    assert again.image.identity.revision == profile.image.revision
    assert len(hub.asked) == before


@pytest.mark.parametrize("memory", [80 * GIB, GIB])
@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_runs_on_a_card(hub, name, memory, monkeypatch):
    with pretended_cuda(monkeypatch, memory):
        models = load_profile(name, small(name))
        request = TextRequest(PLAN.brief, "headline", "playful")
        [written] = models.text.write([request])
        visual = VisualRequest("a red mug", steps=2)
        [picture] = models.image.start([visual], [written.latents], [1]).finish()
        clip = VisualRequest("a red mug turns", steps=2, frames=FRAMES[name])
        keys = [picture.pixels]
        [film] = models.video.start([clip], [written.latents], keys, [1]).finish()
    assert picture.pixels.shape == (32, 32, 3)
    assert film.pixels.shape == (FRAMES[name], 32, 32, 3)


def hub_folder(tmp_path, model):
    return tmp_path / "cache" / f"models--{model.replace('/', '--')}" / "snapshots" / COMMITS[model]


@pytest.mark.parametrize("name", PROFILES)
def test_what_a_model_takes_is_known_before_it_is_loaded(hub, name):
    models = load_profile(name, small(name))
    for key in ("text", "image", "video"):
        part = getattr(models.settings, key)
        if not part.weights():
            continue
        resident = getattr(models, key)._resident
        with resident.use() as loaded:
            predicted = sum(sizes_of(part, on_gpu=False).values())
            parts = [loaded.model] if key == "text" else loaded.components.values()
            measured = weights_size(*parts)
        assert predicted == pytest.approx(measured, rel=0.15)


@pytest.mark.parametrize(
    ("status", "headers", "said", "hint"),
    [
        (401, {"X-Error-Code": "GatedRepo"}, "have accepted its licence", "hf auth login"),
        (401, {}, "has no Qwen/Qwen3-1.7B, or it is private", "hf auth login"),
        (
            401,
            {"X-Error-Message": "Invalid credentials in Authorization header"},
            "refuses Qwen/Qwen3-1.7B to the access token",
            "unset HF_TOKEN",
        ),
        (403, {}, "refuses Qwen/Qwen3-1.7B to the access token", "hf auth login"),
        (404, {"X-Error-Code": "RepoNotFound"}, "has no Qwen/Qwen3-1.7B", "Check the name"),
        (404, {"X-Error-Code": "RevisionNotFound"}, "has no commit 70d244cc", "Set `revision`"),
        (429, {"Retry-After": "7"}, r"too many requests \(429\)", "Wait 7 seconds"),
        (503, {}, r"out of order .*\(503\)", "Try later"),
    ],
)
@pytest.mark.parametrize("where", ["api/models", "resolve"])
def test_every_refusal_of_the_hub_says_what_to_do(
    hub, status, headers, said, hint, where, monkeypatch
):
    monkeypatch.setattr("huggingface_hub.get_token", lambda: "wrong" if "token" in said else None)
    hub.fault = lambda path: (status, headers) if where in path else None
    with pytest.raises(ModelError, match=said) as told:
        _ = load_profile("laptop", ("fetch=true",)).text
    assert hint in told.value.hint
    assert "fetch=true" not in str(told.value)


def test_a_wrong_commit_is_named(hub):
    with pytest.raises(ModelError, match=f"has no commit {'0' * 40}"):
        _ = load_profile("laptop", ("fetch=true", f"text.revision='{'0' * 40}'")).text


def test_a_torn_file_is_not_kept_and_the_next_try_goes_on(hub, tmp_path):
    torn = []

    def tear(path):
        if path.endswith("model-00002-of-00003.safetensors"):
            torn.append(path)
            return "torn"
        return None

    hub.fault = tear
    with pytest.raises(ModelError, match="arrived torn") as told:
        _ = load_profile("laptop", ("fetch=true",)).text
    assert "kept" in told.value.hint
    with pytest.raises(ModelError, match="only in part on this machine"):
        _ = load_profile("laptop").text
    hub.fault = None
    before = len(hub.fetched)
    assert load_profile("laptop", ("fetch=true",)).text.identity.name == "Qwen/Qwen3-1.7B"
    again = [file for _, file in hub.fetched[before:]]
    assert "model-00002-of-00003.safetensors" in again
    assert "config.json" not in again


def test_no_network_is_said(hub):
    hub.close()
    with pytest.raises(ModelError, match="does not answer") as told:
        _ = load_profile("laptop", ("fetch=true",)).text
    assert "network" in told.value.hint


def test_no_network_is_no_matter_for_what_is_here(hub):
    identity = load_profile("laptop", ("fetch=true",)).text.identity
    hub.fault = lambda path: (503, {})
    assert load_profile("laptop", ("fetch=true", "image.steps=2")).text.identity == identity
    assert load_profile("laptop").text.identity == identity


def test_offline_mode_is_said(hub, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE is set"):
        _ = load_profile("laptop", ("fetch=true",)).text


def test_a_proxy_that_refuses_is_said(hub, monkeypatch):
    from huggingface_hub import constants, utils

    refusing = HubServer(lambda name: None)
    refusing.fault = lambda path: (407, {})
    monkeypatch.setenv("HTTPS_PROXY", refusing.url)
    monkeypatch.setattr(constants, "ENDPOINT", "https://hub.invalid")
    utils.close_session()
    with pytest.raises(ModelError, match="the proxy does not let it through") as told:
        _ = load_profile("laptop", ("fetch=true",)).text
    assert "HTTPS_PROXY" in told.value.hint
    refusing.close()


def test_no_room_is_said_before_anything_is_fetched(hub, monkeypatch):
    from shutil import _ntuple_diskusage as usage

    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage(10**6, 10**6, 100))
    with pytest.raises(ModelError, match=r"no room for Qwen/Qwen3-1.7B .* are free") as told:
        _ = load_profile("laptop", ("fetch=true",)).text
    assert "HF_HOME" in told.value.hint
    assert not hub.fetched


def test_a_disk_that_fills_up_on_the_way_is_said(hub, monkeypatch):
    def full(*args, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("huggingface_hub.file_download.http_get", full)
    with pytest.raises(ModelError, match="no room"):
        _ = load_profile("laptop", ("fetch=true",)).text


def test_a_name_that_is_none_is_said(hub):
    with pytest.raises(ModelError, match="no folder here and no name on the hub"):
        _ = load_profile("laptop", ("fetch=true", "text.model=what is this")).text


def test_a_pipeline_that_is_none_is_said(hub):
    other = COMMITS["Qwen/Qwen3-1.7B"]
    wrong = ("image.model=Qwen/Qwen3-1.7B", f"image.revision={other}", "fetch=true")
    with pytest.raises(ModelError, match="is not a diffusers pipeline"):
        _ = load_profile("laptop", wrong).image


def test_the_index_names_classes_as_the_published_one_does(repositories):
    for model, kind in {
        "Lightricks/LTX-Video-0.9.5": "T5Tokenizer",
        "stabilityai/stable-diffusion-xl-base-1.0": "CLIPTokenizer",
    }.items():
        folder, _ = repositories(model)
        assert json.loads((folder / "model_index.json").read_text())["tokenizer"][1] == kind
        assert not (folder / "tokenizer" / "tokenizer.json").exists()
