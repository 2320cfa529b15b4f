"""What models make does not depend on what other threads make with them at the same time."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from triptych.domain import Brief, Feedback
from triptych.generators.hub import load_profile
from triptych.generators.starter.load import StarterModules
from triptych.protocols import TextRequest, VisualRequest

BRIEF = Brief(description="Norvik launches the Emberlite, a red steel camping lantern, lit.")
DULL = (Feedback(part="plan", attempt=1, reason="dull"),)
THREADS = 8


def written(models, seed):
    request = TextRequest(BRIEF, "headline", "playful", sample=seed % 4 > 0, beams=2, seed=seed)
    [found] = models.text.write([request])
    return found.text, found.latents.numpy().tobytes()


def painted(models, seed):
    request = VisualRequest(f"a red lantern, number {seed}", steps=3, eta=seed % 2)
    [found] = models.image.start([request], [None], [seed]).finish()
    return found.pixels.tobytes()


def shot(models, seed):
    size = models.image.start([VisualRequest("a lantern", steps=1)], [None], [1])
    shape = size.finish()[0].pixels.shape
    key = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    request = VisualRequest(f"a red lantern, number {seed}", steps=2)
    [found] = models.video.start([request], [None], [key], [seed]).finish()
    return found.pixels.tobytes()


def planned(models, seed):
    return models.planner.draft(BRIEF, DULL, seed).draft.model_dump_json()


class Starter(StarterModules):
    @property
    def planner(self):
        return self.text


@pytest.mark.parametrize("kind", ["starter", "pretrained"])
def test_eight_threads_make_what_one_makes(kind, tiny_starter, profile_file):
    models = Starter(tiny_starter) if kind == "starter" else load_profile(profile_file())
    tasks = [(make, seed) for seed in range(10) for make in (written, painted)]
    tasks += [(make, seed) for seed in range(3) for make in (shot, planned)]
    alone = [make(models, seed) for make, seed in tasks]
    order = np.random.default_rng(0).permutation(len(tasks))
    with ThreadPoolExecutor(THREADS) as threads:
        jobs = {int(i): threads.submit(tasks[i][0], models, tasks[i][1]) for i in order}
        together = [jobs[i].result() for i in range(len(tasks))]
    assert [i for i, one in enumerate(alone) if one != together[i]] == []
    assert len(set(alone)) > len(tasks) // 2
