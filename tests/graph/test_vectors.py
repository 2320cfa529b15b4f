"""What is kept of a finished run in CLIP space."""

from types import SimpleNamespace

import numpy as np
import torch

from triptych.domain import Attempt, Candidate, DeliverableResult, ModelIdentity, Verdict
from triptych.runs.vectors import keep_vectors
from triptych.store import Store
from triptych.tracing.common_space import read_embeddings
from triptych.tracing.events import Tracer, read_trace


def test_the_same_words_keep_the_latents_of_each(tmp_path):
    store, tracer = Store(tmp_path), Tracer(tmp_path / "trace.jsonl", "run")
    results = []
    for number, name in enumerate(("post", "headline")):
        copy = Candidate(
            deliverable=name,
            part="copy",
            attempt=1,
            asset=store.put_text("Light."),
            copy_text="Light.",
            latents=store.put_latents(torch.full((2, 3), float(number + 1))),
        )
        verdict = Verdict(deliverable=name, status="passed")
        attempt = Attempt(number=1, parts={"copy": copy}, verdict=verdict)
        results.append(DeliverableResult(deliverable=name, status="passed", attempts=(attempt,)))
    context = SimpleNamespace(
        store=store,
        tracer=tracer,
        scorer=SimpleNamespace(
            embed=lambda text: np.ones((1, 3), np.float32), identity=ModelIdentity(name="tiny")
        ),
        models=SimpleNamespace(
            text=SimpleNamespace(to_clip=lambda z: z.numpy()),
        ),
    )
    keep_vectors(tmp_path, context, results)
    tracer.close()
    kept, _ = read_embeddings(tmp_path)
    latents = {result.attempts[0].parts["copy"].latents.digest for result in results}
    assert len(latents) == 2
    assert latents < set(kept)
    (event,) = read_trace(tmp_path / "trace.jsonl")
    assert (event.kind, event.name) == ("tool", "vectors")
