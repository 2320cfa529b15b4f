"""A kind of language model for runs of tiny models: it plans and writes the brief's own words."""

from triptych.domain import PlanDraft
from triptych.generators.parts import Starter
from triptych.protocols import Drafted, Written

OPENINGS = ("", "See it: ", "Look: ", "New: ")


class TrueWriter:
    """A starter whose words are exchanged for the brief's: random weights write no true ones.

    Everything else (tokens, time, Z, identity) is the starter's. Another seed opens in another way.
    """

    class Settings(Starter):
        pass

    def __init__(self, settings, context):
        self._starter = context.make("text", Starter(kind="starter", folder=settings.folder))
        self.identity = self._starter.identity

    def draft(self, brief, feedback=(), seed=0):
        drafted = self._starter.draft(brief, feedback, seed)
        line = first_sentence(brief)
        words = {"key_message": line[:160], "visual": line[:240], "motion": "slow orbit"}
        told = drafted.draft.model_dump() | words
        return Drafted(PlanDraft.model_validate(told), drafted.spend)

    def write(self, requests):
        spends = [one.spend for one in self._starter.write(requests)]
        texts = [
            OPENINGS[request.seed % 4 if request.sample else 0] + first_sentence(request.brief)
            for request in requests
        ]
        written = self._starter.encode(requests, texts)
        return [
            Written(one.text, one.latents, spend, one.notes)
            for one, spend in zip(written, spends, strict=True)
        ]

    def encode(self, requests, texts):
        return self._starter.encode(requests, texts)

    def to_clip(self, latents):
        return self._starter.to_clip(latents)


def first_sentence(brief):
    return brief.description.partition(". ")[0].rstrip(".") + "."


class Liar(TrueWriter):
    """Names another brand in its first pieces of copy, of each deliverable and by attempt."""

    class Settings(Starter):
        lies: int = 1

    def __init__(self, settings, context):
        super().__init__(settings, context)
        self._lies = settings.lies

    def write(self, requests):
        written = super().write(requests)
        return [
            Written(one.text.replace("Norvik", "Norium"), one.latents, one.spend)
            if len(request.feedback) < self._lies
            else one
            for one, request in zip(written, requests, strict=True)
        ]
