"""A run folder made through the store and the tracer, without models: two regenerations."""

import numpy as np

from triptych.domain import (
    AssetRef,
    Brief,
    CampaignPlan,
    Candidate,
    Deliverable,
    ModelIdentity,
    PairScore,
    SearchChoice,
    Spend,
    Verdict,
)
from triptych.files.yaml import to_yaml
from triptych.runs.campaign import RunSettings
from triptych.store import Store
from triptych.tracing.calls import Preview, PreviewInputs
from triptych.tracing.common_space import write_embeddings
from triptych.tracing.events import Tracer
from triptych.tracing.records import (
    RegenerationEvent,
    RegenerationInputs,
    Search,
    SearchInputs,
    VerdictEvent,
    VerdictInputs,
)
from triptych.tracing.work import (
    PartInputs,
    PartStep,
    PlanInputs,
    PlanStep,
    WorkflowEvent,
    WorkflowOutputs,
)

NAME = "social-post"
DIM = "text-image: the whole text; the picture does not show red (0.12 against 0.20)."
STILL = "image-video: the clip loses the lantern (0.48 against 0.60)."
COPY = "Meet the Emberlite: a red steel lantern that turns any clearing into a camp."


def smooth(seed, side=64):
    """Any old picture (side, side, 3)."""
    small = np.random.default_rng(seed).integers(40, 230, (4, 4, 3)).astype(np.uint8)
    return small.repeat(side // 4, 0).repeat(side // 4, 1)


def _scores(values):
    limits = {"text-image": 0.31, "text-video": 0.29, "image-video": 0.6}
    return tuple(
        PairScore(pair=pair, cosine=c, loss=1 - c, z=8 * c, threshold=t, passed=c >= t)
        for (pair, t), c in zip(limits.items(), values, strict=True)
    )


class MadeUp:
    """Writes such a run; `pictures` are (H, W, 3) for its two pictures."""

    def __init__(self, folder, pictures=None, copy=COPY, description="A red camping lantern."):
        self.folder, self.text = folder, copy
        self.pictures = pictures or [smooth(1), smooth(2)]
        self.store = Store(folder)
        self.rng = np.random.default_rng(0)
        brief = Brief(description=description)
        self.plan = CampaignPlan(
            brief=brief,
            key_message="Light the way home with Emberlite",
            visual="a red steel lantern on a mossy rock at night",
            motion="the flame flickers",
            deliverables=(Deliverable(id=NAME, channel="social_post", tone="playful"),),
        )
        settings = RunSettings(seed=3)
        (folder / "brief.yaml").write_text(to_yaml(brief), encoding="utf-8")
        (folder / "plan.yaml").write_text(to_yaml(self.plan), encoding="utf-8")
        (folder / "run.json").write_text(settings.model_dump_json())
        self.vectors = {}

    def write(self, embeddings=True):
        """All of it: copy, a picture refused, a clip refused, and both made again."""
        tracer = Tracer(self.folder / "trace.jsonl", self.folder.name)
        asked = PlanInputs(brief="b" * 64, search=SearchChoice())
        with tracer.span(WorkflowEvent()) as span:
            with tracer.span(PlanStep(inputs=asked, seed=3)) as planner:
                planner.outputs = self.plan
                planner.spend = Spend(seconds=1.9, tokens_in=212, tokens_out=64)
            copy = self._copy(tracer)
            image = self._image(tracer, copy, 1, self.plan.visual, 11)
            clip = self._clip(tracer, copy, image, 1, 21)
            self._judge(tracer, copy, image, clip, (0.214, 0.311, 0.71), "image", DIM, ("red",))
            self._again(tracer, "image", 2, DIM)
            image = self._image(tracer, copy, 2, f"red, {self.plan.visual}", 12)
            self._again(tracer, "clip", 2, "what it was made from has changed")
            clip = self._clip(tracer, copy, image, 2, 22)
            self._judge(tracer, copy, image, clip, (0.342, 0.305, 0.48), "clip", STILL, ())
            self._again(tracer, "clip", 3, STILL)
            clip = self._clip(tracer, copy, image, 3, 23)
            self._judge(tracer, copy, image, clip, (0.342, 0.327, 0.741))
            span.outputs = WorkflowOutputs(results={NAME: "passed"})
        tracer.close()
        if embeddings:
            write_embeddings(self.folder, self.vectors, ModelIdentity(name="starter-clip"))
        return self.folder

    def _copy(self, tracer):
        latents = self._put_latents()
        text = self.store.put_text(self.text)
        spend = Spend(seconds=0.8, tokens_in=180, tokens_out=21)
        return self._step(
            tracer, "copy", "copy", 1, text, 5, spend, copy_text=self.text, latents=latents
        )

    def _put_latents(self):
        from safetensors.numpy import save

        z = self.rng.normal(size=(16, 192)).astype(np.float32)
        ref = self.store.put(save({"latents": z}), "application/safetensors")
        self.vectors[ref.digest] = self._near(0, 16, 0.7)
        return ref

    def _near(self, topic, count, noise):
        centre = np.random.default_rng(topic).normal(size=32)
        return (centre + noise * self.rng.normal(size=(count, 32))).astype(np.float32)

    def _image(self, tracer, copy, attempt, prompt, seed):
        asset = self.store.put_image(self.pictures[attempt - 1])
        self.vectors[copy.asset.digest] = self._near(0, 1, 0.5)
        self.vectors[asset.digest] = self._near(0, 1, 2.0 / attempt)
        notes = ("the best of 4; 2 weaker samples were dropped early",)
        with tracer.span(Search(inputs=SearchInputs(choice=SearchChoice()))):
            tracer.note(Preview(inputs=PreviewInputs(step=1, size=1), spend=Spend(nfe=50)))
        spend, parents = Spend(seconds=4.1, nfe=100, peak_memory=900_000_000), (copy.asset.digest,)
        return self._step(
            tracer, "image", "image", attempt, asset, seed, spend, prompt=prompt, parents=parents,
            score=0.21 + attempt / 10, notes=notes,
        )  # fmt: skip

    def _clip(self, tracer, copy, image, attempt, seed):
        frames = np.stack([np.roll(self.pictures[image.attempt - 1], n, 1) for n in range(16)])
        frames[:, :4, : 4 * attempt] = 255
        asset = self.store.put_clip(frames, 8)
        self.vectors[asset.digest] = self._near(0, 16, 1.0)
        prompt = f"{image.prompt}, {self.plan.motion}"
        return self._step(
            tracer, "clip", "clip", attempt, asset, seed, Spend(seconds=9.7, nfe=200),
            prompt=prompt, parents=(copy.asset.digest, image.asset.digest), score=0.4,
        )  # fmt: skip

    def _step(self, tracer, agent, part, attempt, asset: AssetRef, seed, spend, **more):
        model = ModelIdentity(name=f"starter-{agent}", revision="4f1c9a")
        asked = PartInputs(deliverable=NAME, attempt=attempt, plan="c" * 64)
        step = PartStep(name=part, inputs=asked, seed=seed, model=model)
        with tracer.span(step) as span:
            made = Candidate(
                deliverable=NAME, part=part, attempt=attempt, asset=asset, seed=seed, spend=spend,
                model=model, **more,
            )  # fmt: skip
            span.outputs, span.spend = made, spend
        return made

    def _again(self, tracer, part, attempt, reason):
        inputs = RegenerationInputs(deliverable=NAME, attempt=attempt)
        tracer.note(RegenerationEvent(name=part, inputs=inputs, message=reason))

    def _judge(self, tracer, copy, image, clip, values, weakest=None, reason="", missing=()):
        parts = {p.part: p.asset.digest for p in (copy, image, clip)}
        inputs = VerdictInputs(deliverable=NAME, attempt=1, parts=parts)
        with tracer.span(VerdictEvent(inputs=inputs)) as span:
            status = "failed" if weakest else "passed"
            verdict = Verdict(
                deliverable=NAME, status=status, scores=_scores(values), weakest=weakest,
                missing=missing, reason=reason,
            )  # fmt: skip
            span.outputs = verdict
