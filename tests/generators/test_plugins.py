"""Kinds that strangers bring: found by entry point or by reference, checked, and used by a run."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.agents.test_critic import PLAN
from tests.generators.picture_server import PictureServer
from tests.graph.test_campaign import brief
from triptych.cli import app
from triptych.commands.doctor import check_profile, examine_machine
from triptych.domain import SearchChoice
from triptych.errors import ModelError, ProfileError
from triptych.generators.hub import identities, load_profile
from triptych.generators.profiles import read_profile
from triptych.methods.load import load_models
from triptych.protocols import Subject
from triptych.runs.campaign import Campaign
from triptych.runs.settings import RunSettings
from triptych.runs.stream import run_campaign

EXAMPLE = Path(__file__).parents[2] / "examples" / "http_image"
SETTINGS = RunSettings(seed=3, steps=6, search=SearchChoice(strategy="best-of-n", candidates=2))
HERE = "tests.generators.strangers"


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """The example's package, installed by pip into a folder of its own."""
    place = tmp_path_factory.mktemp("site")
    source = shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("source") / "http_image")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--no-build-isolation", "--target", place, source], check=True)
    return place


@pytest.fixture
def server():
    made = PictureServer()
    yield made
    made.close()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes an installed package of one module that plugs kinds in."""

    def write(name, code, **entries):
        place = tmp_path / name
        info = place / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = [f"[triptych.{group}]\n{entry}\n" for group, entry in entries.items()]
        (info / "entry_points.txt").write_text("\n".join(lines))
        (place / f"{name}.py").write_text(code)
        monkeypatch.syspath_prepend(str(place))
        return place

    return write


def test_the_documented_example_is_forty_lines_at_most():
    assert len((EXAMPLE / "triptych_http_image.py").read_text().splitlines()) <= 40


def test_an_installed_generator_paints_a_campaign_over_http(
    installed,
    server,
    tiny_profile,
    tmp_path,
    monkeypatch,
):
    monkeypatch.syspath_prepend(str(installed))
    models = load_profile(tiny_profile, [f"image={{kind: http-image, url: '{server.url}'}}"])
    campaign = Campaign.start(brief(), tmp_path / "run", SETTINGS)
    run_campaign(campaign, models)
    lead = campaign.results["social-post"].best
    seeds = [asked["seed"] for asked in server.asked]
    assert len(seeds) == len(set(seeds)) == 2  # two candidates of one step each, whatever --steps
    assert all(asked["prompt"] == lead.parts["image"].prompt for asked in server.asked)
    assert lead.parts["image"].spend.nfe == 2
    assert lead.parts["image"].model.name == f"http-image {server.url}"
    assert campaign.results["headline"].best is not None
    assert "clip" in lead.parts
    server.broken = True
    second = Campaign.start(brief(), tmp_path / "second", SETTINGS)
    run_campaign(second, models)
    assert second.results["social-post"].status == "error"
    assert "gave no picture" in second.results["social-post"].message


def test_help_and_profiles_import_no_plugin_and_no_torch(package, tmp_path):
    place = package("loud", "raise SystemExit('imported')", generators="loud = loud:Loud")
    code = (
        "import sys; from typer.testing import CliRunner; from triptych.cli import app; "
        "from triptych.generators.kinds import plugins; "
        "assert 'loud' in [one.name for one in plugins()]; "
        "done = [CliRunner().invoke(app, given) for given in (['--help'], ['profiles'])]; "
        "print([one.exit_code for one in done], sorted({'torch', 'loud'} & set(sys.modules)))"
    )
    path = f"{Path(__file__).parents[2]}:{place}"
    told = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, cwd=tmp_path,
        env={"PYTHONPATH": path, "HOME": str(tmp_path), "PATH": ""},
    )  # fmt: skip
    assert told.stdout.strip() == "[0, 0] []"


def test_a_kind_may_be_named_by_its_class(tiny_profile, tmp_path):
    models = load_profile(tiny_profile, [f"image={{kind: '{HERE}:Grey', level: 7}}"])
    assert models.image.level == 7
    assert models.image is models.image
    assert (models.steps("image", 20), models.steps("clip", 20)) == (1, 20)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("{kind: sculptor}", "no kind 'sculptor'. Known kinds: starter, diffusers-image\\. "),
        (f"{{kind: '{HERE}:Grey', shade: 1}}", "`image.shade` is not a field"),
        (f"{{kind: '{HERE}:Grey', level: dark}}", "`image.level` .* it takes a whole number"),
        ("{kind: 'nowhere.at_all:Grey'}", "package nowhere cannot be imported: ModuleNotFound"),
        (f"{{kind: '{HERE}:Gone'}}", "cannot be imported: AttributeError"),
        ("{kind: 'os:system'}", "os:system of the package os is no kind of model"),
        (f"{{kind: '{HERE}:Brightness'}}", "Brightness' makes no pictures"),
        ("{kind: chat, model: 'openai:m'}", "kind 'chat' makes no pictures"),
        ("{model: x}", "`image`: its `kind` is missing"),
        ("3", "`image` cannot be 3: it takes fields of its own"),
    ],
)
def test_what_cannot_be_used_is_said_in_words(image, words):
    with pytest.raises(ProfileError, match=words) as caught:
        read_profile("starter", [f"image={image}", "video.stepz=1"])
    assert "video.stepz" in str(caught.value)  # every problem is named


def test_a_package_that_cannot_be_imported_is_named_by_the_command_line(package):
    package("torn", "import not_there_at_all", generators="torn = torn:Torn")
    done = CliRunner().invoke(app, ["run", "a mug", "--set", "image={kind: torn}", "--out", "x"])
    assert done.exit_code == 1
    assert "package torn cannot be imported: ModuleNotFoundError" in done.output
    assert "Traceback" not in done.output


def test_two_packages_with_one_name_are_told_apart(package):
    for name in ("one", "two"):
        package(name, "", generators="twin = one:Twin")
    with pytest.raises(ProfileError, match="both one and two give the kind 'twin'"):
        read_profile("starter", ["image={kind: twin}"])


def test_a_broken_profile_of_ones_own_does_not_hide_the_others(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("profiles").mkdir()
    Path("profiles/mine.yaml").write_text("title: mine\nimage: {kind: sculptor}")
    done = CliRunner().invoke(app, ["profiles"])
    assert done.exit_code == 0
    assert "starter" in done.output
    assert "there is no kind 'sculptor'" in " ".join(done.output.split())


def test_a_kind_that_cannot_be_made_or_lacks_a_method_is_an_error_in_words(tiny_profile):
    with pytest.raises(ModelError, match=r"image model .*Fails.* RuntimeError: no licence"):
        _ = load_profile(tiny_profile, [f"image={{kind: '{HERE}:Fails'}}"]).image
    with pytest.raises(ModelError, match=r"Half has no steps_for, step_nfe, start"):
        _ = load_profile(tiny_profile, [f"image={{kind: '{HERE}:Half'}}"]).image


def test_doctor_asks_a_kind_what_it_lacks(tiny_profile, package):
    package("quiet", "", critics="quiet = quiet:Quiet")
    machine = examine_machine()
    assert "quiet (quiet)" in machine.plugins
    profile = read_profile(tiny_profile, [f"image={{kind: '{HERE}:Grey', level: 0}}"])
    assert "image: there is no paint left." in check_profile(profile, machine).missing


def test_a_strangers_critic_and_encoder_judge_a_run(tiny_profile, tmp_path):
    given = [
        f"image={{kind: '{HERE}:Grey'}}",
        f"encoder={{kind: '{HERE}:Hashes'}}",
        f"critic={{kind: '{HERE}:Brightness', least: 1}}",
    ]
    campaign = Campaign.start(brief(), tmp_path / "run", SETTINGS)
    run_campaign(campaign, load_profile(tiny_profile, given))
    lead = campaign.results["social-post"]
    assert (lead.status, lead.best.verdict.reason) == ("passed", "It is bright.")
    assert lead.best.verdict.latents == {}
    assert lead.best.parts["image"].score == pytest.approx(
        max(a.parts["image"].score for a in lead.attempts)
    )
    assert campaign.manifest().spend.cost == pytest.approx(0.02)  # two candidates
    assert '"name":"brightness"' in (campaign.folder / "trace.jsonl").read_text().replace(" ", "")
    strict = load_profile(tiny_profile, [*given[:2], f"{given[2][:-2]}300}}"])
    refused = Campaign.start(brief(), tmp_path / "refused", SETTINGS)
    run_campaign(refused, strict)
    assert refused.results["social-post"].status == "failed"
    assert len(refused.results["social-post"].attempts) == 3


def test_an_encoder_of_a_stranger_serves_the_shipped_critic(tiny_profile, tmp_path):
    models = load_profile(tiny_profile, [f"encoder={{kind: '{HERE}:Hashes'}}"])
    assert "calibration" in str(models.calibration_folder)
    campaign = Campaign.start(brief(), tmp_path / "run", SETTINGS)
    run_campaign(campaign, models)
    assert "no calibration" in campaign.results["social-post"].best.verdict.reason


def test_who_made_what(tiny_profile):
    own = identities(load_profile(tiny_profile))
    assert {part: one.name for part, one in own.items()} == {
        "planner": "starter/text", "text": "starter/text", "image": "starter/image",
        "video": "starter/video", "encoder": "open_clip/clip", "critic": "open_clip/clip",
    }  # fmt: skip
    assert all(one.revision for one in own.values())
    given = [f"image={{kind: '{HERE}:Grey'}}", f"critic={{kind: '{HERE}:Brightness'}}"]
    other = identities(load_profile(tiny_profile, given))
    changed = {part for part in own if own[part] != other[part]}
    assert changed == {"image", "critic"}
    method = identities(load_models(f"unimodal@{tiny_profile}"))
    assert method["video"].name == "starter/video/prompt/own-key"


def test_the_critic_of_the_documentation_is_one(tiny_profile, tmp_path, monkeypatch):
    text = (EXAMPLE.parents[1] / "docs" / "plugins.md").read_text()
    code = re.findall(r"```python\n(class Bright.*?)```", text, re.DOTALL)[0]
    imports = (
        "from triptych.domain import ModelIdentity, Verdict\n"
        "from triptych.generators.settings import CriticPart\n\n\n"
    )
    (tmp_path / "documented.py").write_text(imports + code)
    monkeypatch.syspath_prepend(str(tmp_path))
    models = load_profile(tiny_profile, ["critic={kind: 'documented:Bright'}"])
    made = models.critic(0.1).at_rate(0.2)
    dark = Subject(PLAN, "body", "A mug.", np.zeros((4, 4, 3), np.uint8))
    assert made.judge(dark).weakest == "image"
    assert made.judge(replace(dark, own_image=False)).weakest == "copy"
    assert made.judge(replace(dark, image=dark.image + 200)).status == "passed"
