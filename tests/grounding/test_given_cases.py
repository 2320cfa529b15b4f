"""Briefs that once came out wrong, with what was said of them: refused now, for the reason."""

import pytest

from triptych.domain import Brief, CampaignPlan, Deliverable, PlanDraft
from triptych.grounding import ground, ground_own, ground_plan

LANTERN = "Norvik launches the Emberlite, a red steel camping lantern."
MUG = Brief(
    description="A blue ceramic mug on a desk.",
    brand="Norvik",
    product="Driftline",
    facts=(
        "$49.90",
        "20% off until 31 December 2026",
        "https://norvik.example/m?utm_source=ig&utm_medium=social",
        "Made without plastic",
    ),
)


def draft(message="It keeps you company.", visual="a lantern", motion="slow orbit"):
    return PlanDraft(
        key_message=message, visual=visual, motion=motion, tone="playful", channels=("body",)
    )


def kinds(findings):
    return {one.kind for one in findings}


@pytest.mark.parametrize(
    ("brief", "shown", "not_shown"),
    [
        (f"{LANTERN} No snow.", "a lantern at night", "a lantern in the snow by day"),
        (f"{LANTERN} No snow.", "a lantern", "a lantern in a snowy forest, falling snow"),
        (f"{LANTERN} No snow.", "a lantern", "a lantern, no snow"),
        (
            "Norvik launches the Emberlite, a camping lantern that is not red but blue.",
            "a blue plastic camping lantern",
            "a red plastic camping lantern",
        ),
        (f"{LANTERN} Never show it in the fog.", "a lantern in a forest", "a lantern in the fog"),
        ("A soda without sugar.", "a soda on a table", "a soda with sugar cubes"),
        ("A sugar-free soda.", "a sugar-free soda on a table", "a soda with sugar cubes"),
        ("A lamp that isn't waterproof.", "a lamp", "a waterproof lamp"),
        ("Eine Lampe, bitte keine Blumen.", "eine Lampe", "eine Lampe, Blumen"),
        ("A mug instead of a glass.", "a mug on a desk", "a glass on a desk"),
    ],
)
def test_what_a_brief_excludes_is_in_no_picture(brief, shown, not_shown):
    asked = Brief(description=brief, language="de" if brief.startswith("Eine") else "en")
    message = "Sie leuchtet." if asked.language == "de" else "It keeps you company."
    assert not ground_plan(asked, draft(message, visual=shown))
    assert "negation" in kinds(ground_plan(asked, draft(message, visual=not_shown)))


def test_copy_may_say_itself_what_there_is_not():
    brief = Brief(description="Zoya sells a soda without sugar.", must_not_say=("healthy",))
    for text in ("Zoya: no sugar, all taste!", "Sugar-free soda by Zoya.", "Zoya, without sugar."):
        assert not ground(brief, None, text)
    assert kinds(ground(brief, None, "Zoya: sweet with sugar!")) == {"negation"}
    assert kinds(ground(brief, None, "Healthy soda by Zoya.")) == {"wording"}
    assert kinds(ground(brief, None, "Zoya, not healthy.")) == {"wording"}


NAMED = {
    "Ben & Jerry's launches the Scoop-It, a blue ceramic mug on a desk.": (
        ("Ben & Jerry's Scoop-It makes every sip count.", "The Scoop-It by Ben & Jerry’s."),
        ("The ceramic mug by Ben", "Ben and Jerry's Scoop-It", "The Scoop by Ben & Jerry's"),
    ),
    "Müller® launches the Öko™, a green ceramic mug on a desk.": (
        ("Müller® Öko™: the green mug.", "The Öko by Müller."),
        ("The mug by Merler", "The Oko by Müller", "The Öko by Muller", "The Öko by Mueller"),
    ),
    "L'Oréal launches the Éclat, a white ceramic mug on a desk.": (
        ("L’Oréal Éclat, simply white.", "Your Éclat by L'Oréal."),
        ("The L'Oreal SolS", "Get the Opallite", "The white mug by L'Oreal", "Eclat is here"),
    ),
    "adidas launches the runfalcon 3, a white shoe.": (
        ("The adidas runfalcon 3.", "runfalcon 3 by adidas: white."),
        ("The mug by Go", "The Adidos runfalcon 3", "Meet the runfalcon 4"),
    ),
}


@pytest.mark.parametrize(("brief", "right", "wrong"), [(b, *said) for b, said in NAMED.items()])
def test_names_are_the_briefs_letter_for_letter(brief, right, wrong):
    asked = Brief(description=brief)
    for text in right:
        assert not ground(asked, None, text), text
        assert not ground_plan(asked, draft(text, "a mug")), text
    for text in wrong:
        assert kinds(ground(asked, None, text)) & {"name", "number"}, text
        assert ground_plan(asked, draft(text, "a mug")), text


def test_names_that_are_words_are_names_all_the_same():
    brief = Brief(
        description="Red Bull launches the Blue Mug, a blue ceramic mug on a desk.",
        brand="Red Bull",
        product="Blue Mug",
    )
    for text in ("Hello, Blue Mug!", "Your blue mug is here.", "The Red Bull Blue Mug"):
        assert not ground(brief, None, text, "headline"), text
    for text in ("Hello, Mug", "The Red Bull CoralX", "The blue mug by Red"):
        assert kinds(ground(brief, None, text, "headline")) == {"name"}, text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Meet the HertrewexDriftline, a blue mug", "name"),
        ("Hello, Driftroot", "name"),
        ("The blue mug by Goxmex", "name"),
        ("Meet Driftline, a blue steel mug", "attribute"),
        ("Driftline, a red ceramic mug", "attribute"),
        ("Driftline, now $59", "number"),
        ("Driftline: 25% off until Dec 31", "number"),
        ("Driftline: 20% off until 30 December", "number"),
        ("Driftline: 20% off until Sunday", "number"),
        ("Driftline, at norvik.com", "number"),
        ("Driftline: save with code MUG20", "number"),
        ("Driftline with free shipping", "number"),
        ("Driftline, of tough plastic", "negation"),
    ],
)
def test_nothing_that_is_not_in_the_brief_passes(text, kind):
    assert kind in kinds(ground(MUG, None, text, "headline"))


@pytest.mark.parametrize(
    "text",
    [
        "Hello, Driftline",
        "Driftline: the blue ceramic mug by Norvik",
        "Driftline, now 49.90 dollars",
        "Driftline, USD 49.90",
        "Driftline: 20 % off until 31.12.2026",
        "Driftline: 20 percent off until December 31",
        "Driftline, at norvik.example/m",
        "Driftline, made without plastic. #Norvik",
        "Driftline is plastic-free.",
    ],
)
def test_what_is_in_the_brief_passes_however_it_is_written(text):
    assert not ground(MUG, None, text, "headline")


def test_longer_copy_names_brand_and_product():
    text = "A blue ceramic mug that keeps your hands warm on a desk for the whole long morning."
    assert {one.instead for one in ground(MUG, None, text, "body")} == {"Norvik", "Driftline"}


@pytest.mark.parametrize(
    "message",
    ["The lantern by Quileska.", "Meet the Coralcraft.", "Norvik launches {brand}.", "By %s."],
)
def test_gaps_and_foreign_names_are_in_no_key_message(message):
    assert ground_plan(Brief(description=LANTERN), draft(message))


@pytest.mark.parametrize(
    "brief", ["ルモラが新しい青いマグカップを発売します。", "لومورا تطلق كوبا سيراميك أزرق"]
)
def test_a_brief_in_another_script_gives_no_loops_and_no_names(brief):
    asked = Brief(description=brief)
    message = "The Zanis Opalroot makes breakfast kettle kettle kettle kettle."
    assert {"name", "sense"} <= kinds(ground_plan(asked, draft(message)))


@pytest.mark.parametrize(
    ("brief", "text"),
    [
        ("Wir bringen eine rote Lampe.", "Craixtraixtraixtraixtraix"),
        ("A savings account.", "The ewurcavurcococa Kurcurco makes any spot home."),
        ("Zoranto launches the Glow.", "Discover the Hertistoo Glowpeak by Zoranto."),
        ("Zoranto launches the Glow.", "Your lamp by Norium"),
        (LANTERN, "Data sheet: Zexwex Texgengengengen, a red lantern."),
        (LANTERN, "The Norvik Emberlite: theOn file: the red lantern"),
        (LANTERN, 'Here is your copy: **Headline:** "Emberlite by Norvik"'),
        (LANTERN, '"Emberlite by Norvik, quietly red"'),
        (LANTERN, "Emberlite by [BRAND]"),
        (LANTERN, "Hallo, Emberlite: die rote Laterne für dich und deine Nacht"),
    ],
)
def test_what_once_passed_fails(brief, text):
    assert ground(Brief(description=brief), None, text, "headline")


def test_an_edited_plan_counts():
    plan = CampaignPlan(
        brief=Brief(description=LANTERN),
        key_message="Only 49 euros until Sunday",
        visual="a blue steel camping lantern",
        motion="slow orbit",
        deliverables=(Deliverable(id="body", channel="body", tone="playful"),),
    )
    faults = ground(plan.brief, plan, "Meet the Norvik Emberlite, a red steel lantern.", "body")
    assert kinds(faults) == {"number", "attribute"}
    told = "Meet the Norvik Emberlite, a blue steel lantern for only €49 until Sunday."
    assert not ground(plan.brief, plan, told, "body")


def test_a_persons_own_copy_is_told_of_names_figures_and_what_is_excluded_alone():
    own = ground_own(MUG, None, "(Driftroot gnorf gnorf, $59, of plastic, in red steel")
    assert kinds(own) == {"name", "number", "negation"}
