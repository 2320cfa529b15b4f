"""What the earlier sessions of a run wrote into its trace, and need not be done or told again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from triptych.domain import ModelIdentity, Part, Record, Stage, Verdict
from triptych.store import content_key
from triptych.tracing.records import RegenerationEvent, TraceEvent, VerdictEvent, VerdictInputs
from triptych.tracing.work import Inputs, Made, PartWork, PlanWork, Work


@dataclass(frozen=True)
class EarlierSessions:
    """A verdict has no files, so its event in the trace is the one place where it is kept.

    Args:
        verdicts: by what was judged, and by whom.
        regenerations: (deliverable, part, attempt) of parts that were begun again.
        steps: those that were finished, by what they were asked.
    """

    verdicts: Mapping[str, Verdict] = field(default_factory=dict[str, Verdict])
    regenerations: frozenset[tuple[str, Part, int]] = frozenset()
    steps: frozenset[str] = frozenset()

    @classmethod
    def of(cls, events: Iterable[TraceEvent]) -> EarlierSessions:
        """All that a trace tells."""
        verdicts: dict[str, Verdict] = {}
        regenerations: set[tuple[str, Part, int]] = set()
        steps: set[str] = set()
        for event in events:
            if isinstance(event, VerdictEvent) and event.outputs and event.model:
                verdicts[_judged(event.inputs, event.model)] = event.outputs
            elif isinstance(event, RegenerationEvent):
                asked = event.inputs
                regenerations.add((asked.deliverable, event.name, asked.attempt))
            elif isinstance(event, PlanWork | PartWork) and event.outputs:
                steps.add(_asked(event.stage, event.inputs, event.seed))
        return cls(verdicts, frozenset(regenerations), frozenset(steps))

    def verdict(self, inputs: VerdictInputs, critic: ModelIdentity) -> Verdict | None:
        """The verdict of an earlier session on the very same attempt; None if there is none."""
        return self.verdicts.get(_judged(inputs, critic))

    def began(self, deliverable: str, part: Part, attempt: int) -> bool:
        """Whether an earlier session told that it makes a part again."""
        return (deliverable, part, attempt) in self.regenerations

    def tell_of(self, step: Work[Inputs, Made]) -> bool:
        """Whether an earlier session told what a step made, and so what it cost."""
        return _asked(step.stage, step.inputs, step.seed) in self.steps


def _asked(stage: Stage, inputs: Record, seed: int | None) -> str:
    return content_key(stage, inputs.model_dump(mode="json"), seed)


def _judged(inputs: VerdictInputs, critic: ModelIdentity) -> str:
    return content_key(inputs.model_dump(mode="json"), critic.model_dump(mode="json"))
