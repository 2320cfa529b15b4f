import pytest

from triptych.agents.planner import OWN_WORDS, PlannerAgent
from triptych.domain import Brief, Budget, PlanDraft, Spend
from triptych.errors import ModelError
from triptych.protocols import Drafted

BRIEF = Brief(description="Norvik launches the Emberlite, a red lantern. No snow.")


class Scripted:
    """A planner that drafts what it is given, and remembers what it was asked."""

    def __init__(self, *drafts):
        self.drafts, self.asked = list(drafts), []

    def draft(self, brief, feedback=(), seed=0):
        self.asked.append((tuple(feedback), seed))
        message, visual = self.drafts.pop(0)
        draft = PlanDraft(
            key_message=message,
            tone="playful",
            channels=("body",),
            visual=visual,
            motion="slow orbit",
        )
        return Drafted(draft, Spend(tokens_out=10, cost=0.5))


def test_a_plan_that_does_not_hold_is_drafted_again_with_the_reasons():
    planner = Scripted(
        ("Light by Norium.", "a lantern in the snow"), ("Light by Norvik.", "a lantern")
    )
    plan, spend = PlannerAgent(planner)(BRIEF, seed=4)
    assert (plan.key_message, plan.visual) == ("Light by Norvik.", "a lantern")
    assert (spend.tokens_out, spend.cost) == (20, 1.0)
    (none, first), (told, second) = planner.asked
    assert (none, first, second) == ((), 4, 5)
    assert "Norium" in told[0].reason
    assert "snow" in told[0].reason


WRONG = ("Light by Norium.", "a lantern in the snow")


def test_what_never_holds_takes_the_brief_s_own_words_and_the_plan_says_so():
    brief = BRIEF.model_copy(update={"budget": Budget(attempts=2)})
    plan, spend = PlannerAgent(Scripted(WRONG, ("A red lantern.", WRONG[1])))(brief)
    assert plan.key_message == "A red lantern."
    assert plan.visual == "Norvik launches the Emberlite, a red lantern"
    assert OWN_WORDS in plan.notes[0]
    assert spend.cost == 1.0


@pytest.mark.parametrize("task", ["Write a post about our lamp.", "We need a playful film."])
def test_what_is_asked_of_us_is_no_key_message(task):
    brief = Brief(description=f"{task} No snow.", budget=Budget(attempts=1))
    with pytest.raises(ModelError, match="does not hold"):
        PlannerAgent(Scripted(WRONG))(brief)


def test_a_plan_that_holds_in_no_words_is_an_error_with_what_is_wrong():
    long = "Norvik launches the Emberlite, a red lantern" + " with a handle" * 12 + ". No snow."
    brief = BRIEF.model_copy(update={"description": long, "budget": Budget(attempts=2)})
    with pytest.raises(ModelError, match=r"in 2 tries.*Norium.*snow") as end:
        PlannerAgent(Scripted(WRONG, WRONG))(brief)
    assert end.value.cost == 1.0
