import pytest

from triptych.agents.planner import PlannerAgent
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


def test_a_plan_that_never_holds_is_an_error_with_all_that_is_wrong():
    brief = BRIEF.model_copy(update={"budget": Budget(attempts=2)})
    planner = Scripted(*[("Light by Norium.", "a lantern in the snow")] * 2)
    with pytest.raises(ModelError, match=r"in 2 tries.*Norium.*snow") as end:
        PlannerAgent(planner)(brief)
    assert end.value.cost == 1.0
