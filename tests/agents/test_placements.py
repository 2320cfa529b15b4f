"""Every text of a placement, within its limits, from a writer that is told them."""

import pytest

from triptych.agents.planner import plan_from
from triptych.agents.text import TextAgent
from triptych.channels import find_placement
from triptych.channels.counting import length
from triptych.channels.own_words import own_texts
from triptych.domain import Brief, Deliverable, ModelIdentity, PlanDraft, SearchChoice, Spend
from triptych.errors import ChannelError
from triptych.protocols import Written
from triptych.store import Store

BRIEF = Brief(
    description="Norvik launches the Emberlite, a red steel camping lantern, lit at night.",
    brand="Norvik",
    product="Emberlite",
    url="https://norvik.example",
)
DRAFT = PlanDraft(
    key_message="The Norvik Emberlite, a red lantern.",
    tone="playful",
    channels=("headline", "body"),
    visual="a red steel lantern, lit, at night",
    motion="slow orbit",
)


class Writer:
    """Writes what is set for a kind; the first, over-long one only until it is told to shorten."""

    identity = ModelIdentity(name="writer")

    def __init__(self, obeys=True):
        self.obeys, self.asked = obeys, []

    def write(self, requests):
        (request,) = requests
        self.asked.append(request)
        told = any("shorter" in item.reason for item in request.feedback)
        text = "The Norvik Emberlite: a red steel lantern, lit at night."
        if request.limit and length(text, request.counting) > request.limit and told and self.obeys:
            text = "Norvik Emberlite."
        if request.other_than:
            text = ("See it: ", "Look: ")[len(request.other_than) - 1] + "Emberlite."
        return [Written(text, None, Spend(seconds=1))]

    def encode(self, requests, texts):
        return [Written(text, None, Spend()) for text in texts]


def plan_of(*channels, **changes):
    brief = BRIEF.model_copy(update={"channels": channels, **changes})
    return plan_from(brief, DRAFT, SearchChoice())


def written(tmp_path, channel, obeys=True):
    writer = Writer(obeys)
    plan = plan_of(channel)
    copy = TextAgent(writer, Store(tmp_path))(plan, plan.deliverables[0])
    return writer, copy


def test_every_text_of_a_placement_is_written_and_fits(tmp_path):
    writer, copy = written(tmp_path, "newsletter")
    placement = find_placement("newsletter")
    assert [one.field for one in copy.texts] == ["subject", "preheader", "body", "button"]
    for one in copy.texts:
        limit = next(field.limit for field in placement.fields if field.name == one.field)
        assert limit is None or length(one.text, placement.counting) <= limit
    assert copy.copy_text == "\n".join(one.text for one in copy.texts)
    assert "E-mail newsletter, subject" in {request.place for request in writer.asked}
    assert copy.spend.seconds == len(writer.asked)


def test_what_is_too_long_is_written_again_with_the_reason_and_never_cut(tmp_path):
    writer, copy = written(tmp_path, "google-display")
    assert dict.fromkeys(one.field for one in copy.texts) == dict.fromkeys(
        ["headline", "long_headline", "description", "business_name"]
    )
    reasons = [item.reason for request in writer.asked for item in request.feedback]
    assert "The headline has 56 characters and may have 30: write it shorter." in reasons
    assert copy.texts[-1].text == "Norvik"
    assert copy.texts[0].text == "Norvik Emberlite."


def test_what_stays_too_long_has_a_finding_and_cannot_pass(tmp_path):
    _, copy = written(tmp_path, "google-display", obeys=False)
    assert [one.kind for one in copy.findings] == ["length"]
    assert copy.texts[0].text == "The Norvik Emberlite: a red steel lantern, lit at night."


def test_several_texts_of_a_field_differ(tmp_path):
    _, copy = written(tmp_path, "performance-max")
    headlines = [one.text for one in copy.texts if one.field == "headline"]
    assert len(headlines) == len(set(headlines)) == 3


def test_a_text_that_is_there_already_is_refused(tmp_path):
    class Stubborn(Writer):
        def write(self, requests):
            self.asked += requests
            return [Written("Norvik Emberlite.", None, Spend())]

    writer, plan = Stubborn(), plan_of("performance-max")
    copy = TextAgent(writer, Store(tmp_path))(plan, plan.deliverables[0])
    again = [one for one in copy.findings if one.kind == "wording"]
    assert {one.reason.split('"')[0].strip() for one in again} == {
        "The headline",
        "The description",
    }
    assert any("is there already" in item.reason for one in writer.asked for item in one.feedback)


def test_a_deliverable_is_a_placement_in_a_language():
    plan = plan_of("instagram-story", "newsletter", languages=("en", "de"))
    assert [d.id for d in plan.deliverables] == [
        "newsletter-en", "newsletter-de", "instagram-story-en", "instagram-story-de",
    ]  # fmt: skip
    assert [d.language for d in plan.deliverables] == ["en", "de", "en", "de"]
    assert plan.deliverables[0].parts == ("copy", "image", "clip")
    assert {d.parts for d in plan.deliverables[1:]} == {("copy",)}


def test_an_unknown_placement_is_named():
    with pytest.raises(ChannelError, match="radio"):
        plan_of("radio")


def test_own_words_of_several_texts_are_told_apart():
    hero = find_placement("web-hero")
    said = own_texts(hero, "Headline: Hello\ntext: One line\nand another\nbutton: Go")
    assert [(field.name, text) for field, text in said] == [
        ("headline", "Hello"), ("text", "One line\nand another"), ("button", "Go"),
    ]  # fmt: skip
    with pytest.raises(ChannelError, match="button is missing"):
        own_texts(hero, "headline: Hello\ntext: There")
    with pytest.raises(ChannelError, match="belongs to none"):
        own_texts(hero, "Hi!\nheadline: Hello\ntext: There\nbutton: Go")
    assert own_texts(find_placement("tiktok"), " one text ") == [
        (find_placement("tiktok").fields[0], "one text")
    ]


def test_a_deliverable_keeps_a_tone_in_free_words():
    deliverable = Deliverable(id="x", channel="headline", tone="warm and witty")
    assert deliverable.tone == "warm and witty"
