import pytest
import torch

from triptych.domain import Brief
from triptych.errors import ProfileError
from triptych.methods.load import load_models
from triptych.methods.models import MethodModels, shortened
from triptych.methods.table import METHODS, pick_methods
from triptych.protocols import TextRequest, VisualRequest

BRIEF = Brief(
    description="Norvik launches the Emberlite, a red steel camping lantern, lit at night.",
    tone="minimal",
    channels=("body",),
)


@pytest.fixture(scope="module")
def load(tiny_profile):
    return lambda name: load_models(f"{name}@{tiny_profile}")


def test_methods_are_picked_by_name():
    assert [m.name for m in pick_methods("end-to-end, unimodal")] == ["end-to-end", "unimodal"]
    assert pick_methods("all") == list(METHODS.values())
    with pytest.raises(ProfileError, match="no method 'magic'"):
        pick_methods("magic")


def test_a_method_is_a_profile_and_a_profile_stays_one(load, tiny_profile):
    assert isinstance(load("stepwise"), MethodModels)
    assert load("stepwise").profile == "stepwise@tiny"
    assert load_models(tiny_profile).profile == "tiny"
    with pytest.raises(ProfileError, match="makes no campaign"):
        load("human")


def test_the_unimodal_prompt_is_the_copy_and_the_copy_is_written_once(load):
    models = load("unimodal")
    draft = models.planner.draft(BRIEF).draft
    request = TextRequest(BRIEF, "body", "minimal", draft.key_message, draft.visual)
    written = models.text.write([request])[0]
    assert draft.visual == shortened(written.text, 240)
    assert models.text.write([request])[0] is written


def test_the_stepwise_prompt_is_the_planners_from_nothing_but_the_copy(load):
    models = load("stepwise")
    drafted = models.planner.draft(BRIEF)
    plain = load("end-to-end").planner
    request = TextRequest(BRIEF, "body", "minimal")
    copy = models.text.write([request])[0].text
    assert drafted.draft.visual == plain.draft(Brief(description=copy)).draft.visual
    assert drafted.draft.key_message == plain.draft(BRIEF).draft.key_message


def test_prompt_only_methods_do_not_hear_the_latents(load):
    latents = [torch.randn(4, 16, generator=torch.Generator().manual_seed(s)) for s in (1, 2)]
    request = [VisualRequest(prompt="a red lantern", steps=2)]

    def paint(models, z):
        return models.image.start(request, [z], [5]).finish()[0].pixels

    deaf, hearing = load("stepwise"), load("end-to-end")
    assert (paint(deaf, latents[0]) == paint(deaf, latents[1])).all()
    assert (paint(hearing, latents[0]) != paint(hearing, latents[1])).any()


def test_a_clip_of_its_own_key_never_sees_the_campaigns_picture(load):
    models = load("unimodal")
    video = models.video
    request = [VisualRequest(prompt="a red lantern", steps=2)]
    black = torch.zeros(32, 32, 3, dtype=torch.uint8).numpy()
    clips = []
    for picture in (black, black + 255):
        clips.append(video.start(request, [None], [picture], [5]).finish()[0].pixels)
    assert (clips[0] == clips[1]).all()
    assert models.unseen_spend.nfe == 8  # two key images, two guided steps each


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("One. Two is longer.", 100, "One. Two is longer."),
        ("First sentence here. Second sentence.", 25, "First sentence here."),
        ("no sentence end in all of this", 12, "no sentence"),
        ("unbreakableword", 5, "unbre"),
    ],
)
def test_a_text_is_shortened_at_a_sentence_or_a_word(text, most, expected):
    assert shortened(text, most) == expected
