"""The designer, its stage's outcome in a run folder, and what is exported of it."""

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from triptych.agents.designer import DesignerAgent, Wish
from triptych.cli import app
from triptych.domain import (
    Asset,
    Attempt,
    Brief,
    CampaignPlan,
    Candidate,
    Deliverable,
    DeliverableResult,
    FieldText,
    Finding,
    Offer,
    Spend,
    Verdict,
)
from triptych.errors import CreativeError
from triptych.marking import certificates
from triptych.marking.verify import verify_file
from triptych.run_folder import MANIFEST
from triptych.runs.export import export_run
from triptych.runs.manifest import Manifest, read_manifest
from triptych.runs.settings import RunSettings
from triptych.store import Store

BRIEF = Brief(
    description="Norvik launches the Emberlite, a red steel camping lantern.",
    brand="Norvik",
    product="Emberlite",
    offer=Offer(price="49.90", was_price="64.90", currency="€", discount="20 %"),
    url="https://norvik.example/emberlite?ref=1",
    disclaimer="While stocks last.",
)
TEXTS = {
    "instagram-feed": {"caption": "Meet the Emberlite: light for every camp. #norvik"},
    "newsletter": {
        "subject": "Light for every camp",
        "preheader": "The red lantern that keeps you company",
        "body": "It is lit all night. It weighs less than a book.",
        "button": "Get the Emberlite!",
    },
}


def picture(side=160):
    image = Image.new("RGB", (160, 160), (60, 90, 70))
    ImageDraw.Draw(image).ellipse((50, 40, 110, 130), fill=(200, 50, 40))
    return np.asarray(image.resize((side, side)))


def run_in(folder, brief=BRIEF, findings=(), language="en", side=160):
    """A finished run of two placements, the first with a picture."""
    store = Store(folder)
    names = tuple(TEXTS)
    plan = CampaignPlan(
        brief=brief,
        key_message="The red lantern that keeps you company",
        visual="a red lantern at a camp",
        motion="slow orbit",
        deliverables=tuple(
            Deliverable(
                id=name,
                channel=name,
                tone="playful",
                language=language,
                parts=("copy",) if number else ("copy", "image"),
            )
            for number, name in enumerate(names)
        ),
    )
    results = {}
    for name in names:
        whole = "\n".join(TEXTS[name].values())
        copy = Candidate(
            deliverable=name,
            part="copy",
            attempt=1,
            asset=store.put_text(whole),
            copy_text=whole,
            texts=tuple(FieldText(field=field, text=text) for field, text in TEXTS[name].items()),
            findings=findings if name == "newsletter" else (),
        )
        parts = {"copy": copy}
        if name == names[0]:
            asset = store.put_image(picture(side))
            parts["image"] = Candidate(deliverable=name, part="image", attempt=1, asset=asset)
        verdict = Verdict(deliverable=name, status="passed")
        best = Attempt(number=1, parts=parts, verdict=verdict)
        results[name] = DeliverableResult(deliverable=name, status="passed", best=best)
    manifest = Manifest(
        run="lantern",
        settings=RunSettings(),
        brief=brief,
        plan=plan,
        results=results,
        spend=Spend(),
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json())
    return plan, results, manifest


@pytest.fixture
def signing(tmp_path, monkeypatch):
    monkeypatch.setattr(certificates, "signing_folder", lambda: tmp_path / "signing")


@pytest.fixture
def run(tmp_path, signing):
    folder = tmp_path / "lantern"
    folder.mkdir()
    run_in(folder)
    return folder


def tell(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_every_size_of_every_placement_is_made_with_variants_of_the_first(tmp_path):
    plan, results, _ = run_in(tmp_path)
    made = DesignerAgent(Store(tmp_path))(plan, results)
    assert made.unmet == ()
    assert [(c.placement, c.format, c.variant) for c in made.creatives] == [
        ("instagram-feed", "portrait", "a"),
        ("instagram-feed", "portrait", "b"),
        ("instagram-feed", "square", "a"),
        ("newsletter", "hero", "a"),
        ("newsletter", "hero", "b"),
    ]
    first, second = made.creatives[:2]
    assert first.layout != second.layout
    assert second.layout in second.differs
    hero = made.creatives[3]
    assert hero.texts["headline"] == TEXTS["newsletter"]["preheader"]
    assert hero.texts["disclaimer"] == BRIEF.disclaimer
    assert "a red lantern at a camp" in hero.alt


def test_the_same_campaign_gives_the_same_files(tmp_path):
    plan, results, _ = run_in(tmp_path)
    agent = DesignerAgent(Store(tmp_path))
    wish = Wish(placements=("newsletter",))
    assert agent(plan, results, wish) == agent(plan, results, wish)


def test_copy_that_does_not_hold_to_the_brief_stands_on_no_creative(tmp_path):
    finding = Finding(kind="name", where="copy", words="Halvik", reason="It is not in the brief.")
    plan, results, _ = run_in(tmp_path, findings=(finding,))
    made = DesignerAgent(Store(tmp_path))(plan, results)
    said = " ".join(text for one in made.creatives for text in one.texts.values())
    assert "Get the Emberlite" not in said
    assert "lit all night" not in said
    assert any("newsletter" in reason for reason in made.unmet)


def test_the_product_s_own_photo_stands_where_the_brief_brings_one(tmp_path):
    photo = Store(tmp_path).put_image(picture()[:, ::-1])
    brief = BRIEF.model_copy(update={"assets": (Asset(file=photo.path, kind="product"),)})
    plan, results, _ = run_in(tmp_path, brief, side=512)
    made = DesignerAgent(Store(tmp_path))(plan, results, Wish(placements=("instagram-feed",)))
    assert made.creatives
    assert any(one.from_photo for one in made.creatives)
    assert not any(
        results["instagram-feed"].best.parts["image"].asset.digest in str(one.design)
        for one in made.creatives
    )


def test_texts_of_another_language_are_not_mixed_in(tmp_path):
    plan, results, _ = run_in(tmp_path)
    german = plan.deliverables[1].model_copy(update={"language": "de"})
    plan = plan.model_copy(update={"deliverables": (plan.deliverables[0], german)})
    wish = Wish(placements=("instagram-feed",), variants=1)
    made = DesignerAgent(Store(tmp_path))(plan, results, wish)
    headlines = {one.language: one.texts["headline"] for one in made.creatives}
    assert headlines["de"] == TEXTS["newsletter"]["preheader"]
    assert headlines["en"] == "Meet the Emberlite: light for every camp."


def test_small_print_that_has_no_room_refuses_the_creative(tmp_path):
    brief = BRIEF.model_copy(update={"disclaimer": "Only while stocks last. " * 60})
    plan, results, _ = run_in(tmp_path, brief)
    made = DesignerAgent(Store(tmp_path))(plan, results, Wish(placements=("iab-display",)))
    assert not made.creatives
    assert any("no room" in reason for reason in made.unmet)


def test_design_takes_another_layout_for_a_reason_and_leaves_the_rest(run):
    assert tell("design", run).exit_code == 0
    before = read_manifest(run).creatives.creatives
    asked = ("--placement", "newsletter", "--reason", "too loud: calm, please")
    assert tell("design", run, *asked).exit_code == 0
    after = read_manifest(run).creatives.creatives

    def of(creatives, name):
        return [one for one in creatives if one.placement == name]

    assert of(before, "instagram-feed") == of(after, "instagram-feed")
    old = {one.layout for one in of(before, "newsletter")}
    assert not old & {one.layout for one in of(after, "newsletter")}


def test_design_renders_a_layout_that_was_edited_by_hand(run):
    tell("design", run, "--placement", "newsletter", "--layout", "split")
    path = next((run / "export" / "newsletter").glob("*-a-*.layout.json"))
    content = json.loads(path.read_text())
    content["texts"]["headline"] = "My own words"
    path.write_text(json.dumps(content))
    result = tell("design", run, "--edited", path)
    assert result.exit_code == 0, result.output
    made = read_manifest(run).creatives.creatives
    edited = next(one for one in made if one.texts["headline"] == "My own words")
    assert edited.differs == "edited by hand"
    assert len([one for one in made if one.variant == "a"]) == len({one.format for one in made})


def test_an_edited_layout_that_fails_a_check_changes_nothing(run):
    tell("design", run, "--placement", "newsletter", "--layout", "email-hero")
    path = next((run / "export" / "newsletter").glob("*-a-*.layout.json"))
    content = json.loads(path.read_text())
    content["palette"]["ink"] = content["palette"]["ground"]
    path.write_text(json.dumps(content))
    before = (run / MANIFEST).read_bytes()
    result = tell("design", run, "--edited", path)
    assert result.exit_code == 1
    assert "contrast" in result.output
    assert (run / MANIFEST).read_bytes() == before


@pytest.mark.parametrize("change", [{"width": 5}, {"regions": []}, {"layout": "../x"}, {"x": 1}])
def test_an_edited_layout_that_is_none_is_refused_in_words(run, change):
    tell("design", run, "--placement", "newsletter", "--layout", "email-hero")
    path = next((run / "export" / "newsletter").glob("*-a-*.layout.json"))
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    result = tell("design", run, "--edited", path)
    assert result.exit_code == 1
    assert next(iter(change)) in result.output


def test_an_export_is_whole_marked_and_can_be_traced_back(run, tmp_path):
    result = tell("design", run)
    assert result.exit_code == 0
    assert "test certificate" in result.output
    export = run / "export"
    about = json.loads((export / "manifest.json").read_text())
    assert {one["placement"] for one in about["files"]} == set(TEXTS)
    for one in about["files"]:
        path = export / one["file"]
        with Image.open(path) as image:
            assert image.size == (one["width"], one["height"])
            assert not image.getexif()
            assert image.info["icc_profile"]
        mark = verify_file(path)
        assert mark.state == "valid"
        assert mark.claim.content == one["asset"]
        assert mark.source_type == mark.xmp_source_type == "trainedAlgorithmicMedia"
        assert path.with_suffix(".txt").read_text().strip() == one["alt"]
    with zipfile.ZipFile(next(export.glob("*.zip"))) as archive:
        names = set(archive.namelist())
    every = {p.relative_to(export).as_posix() for p in export.rglob("*") if p.is_file()}
    assert names == {name for name in every if not name.endswith(".zip")}
    told = tell("verify", export / about["files"][0]["file"], "--in", tmp_path)
    assert told.exit_code == 0
    assert str(run) in told.output.replace("\n", "")


def test_a_changed_file_does_not_verify(run):
    tell("design", run, "--placement", "newsletter")
    path = next((run / "export" / "newsletter").glob("*.jpg"))
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    result = tell("verify", path)
    assert result.exit_code == 3
    assert "NOT as it was signed" in result.output


def test_no_sign_says_what_that_means(run):
    result = tell("design", run, "--placement", "newsletter", "--no-sign")
    assert "anyone can take out" in result.output
    path = next((run / "export" / "newsletter").glob("*.jpg"))
    assert verify_file(path).model_dump(exclude_defaults=True) == {
        "state": "unsigned",
        "xmp_source_type": "trainedAlgorithmicMedia",
    }


def test_links_are_tagged_and_copy_is_counted(run):
    tell("design", run)
    links = (run / "export" / "links.csv").read_text("utf-8-sig")
    assert "https://norvik.example/emberlite?ref=1&utm_source=instagram" in links
    rows = (run / "export" / "copy.csv").read_text("utf-8-sig").splitlines()
    assert rows[0] == "placement,language,field,text,characters,limit"
    assert "newsletter,en,button,Get the Emberlite!,18,40" in rows


def test_an_older_export_leaves_nothing_behind(run):
    tell("design", run)
    (run / "export" / "old.jpg").write_bytes(b"old")
    tell("design", run, "--placement", "newsletter")
    assert not (run / "export" / "old.jpg").exists()


def test_a_link_in_place_of_the_export_is_not_followed(run, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    (run / "export").symlink_to(other)
    result = tell("design", run)
    assert result.exit_code == 1
    assert (other / "mine.txt").exists()


def test_a_formula_in_a_text_is_none_in_the_table():
    from triptych.creatives.export import as_csv

    assert b"'=1+1" in as_csv([["=1+1"]])


def test_the_report_shows_every_creative_and_runs_only_its_own_script(run):
    tell("design", run)
    page = (run / "report.html").read_text()
    made = read_manifest(run).creatives.creatives
    assert page.count('class="creative ') == len(made)
    assert "script-src 'sha256-" in page
    assert page.count("<script>") == 1


def test_an_unknown_layout_is_told_with_those_that_are(run):
    result = tell("design", run, "--layout", "none")
    assert result.exit_code == 1
    assert "full-bleed" in result.output


def test_an_export_without_a_plan_is_refused(tmp_path):
    _, _, manifest = run_in(tmp_path)
    empty = manifest.model_copy(update={"plan": None})
    with pytest.raises(Exception, match="no plan"):
        export_run(tmp_path, empty, sign=False)


def test_what_is_too_heavy_with_its_mark_is_refused(tmp_path):
    plan, results, manifest = run_in(tmp_path)
    made = DesignerAgent(Store(tmp_path))(plan, results, Wish(placements=("newsletter",)))
    noise = np.random.default_rng(0).integers(0, 255, (800, 1300, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    heavy = Store(tmp_path).put(buffer.getvalue(), "image/png")
    one = made.creatives[0].model_copy(update={"file": heavy})
    creatives = made.model_copy(update={"creatives": (one,)})
    with pytest.raises(CreativeError, match="may have 1000 kB"):
        export_run(tmp_path, manifest.model_copy(update={"creatives": creatives}), sign=False)
