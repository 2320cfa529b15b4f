"""Models for runs that are killed: they cost nothing, and write down what they were asked to do.

Their log lies outside of the run folder and is only appended to: what the run believes of its work
can be held against it.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks.killing.points import reach
from triptych.domain import ModelIdentity, PlanDraft, Spend, Verdict
from triptych.generators.at_once import AtOnce, OneStep
from triptych.generators.settings import CriticPart, EncoderPart, ImagePart, TextPart, VideoPart
from triptych.protocols import Drafted, Made, Written

OPENINGS = ("", "See it: ", "Look: ", "New: ", "Here: ", "Now: ", "Today: ")
MOTIONS = ("slow orbit", "still camera")
SIZE = 32


class Logging:
    """What all of them do: a line when work begins, and one when it ends.

    Args:
        settings: with `log`, the file, and `seconds`, how long a piece of work takes.
    """

    identity = ModelIdentity(name="killed", revision="1")

    def __init__(self, settings, context):
        self._log, self._seconds = settings.log, settings.seconds

    def _work(self, call, key):
        write_line(self._log, {"what": "begin", "call": call, "key": str(key)})
        reach(f"{call} begins")
        time.sleep(self._seconds)
        write_line(self._log, {"what": "end", "call": call, "key": str(key)})
        reach(f"{call} ends")


def write_line(log, told):
    """Append one line with one `write`."""
    opened = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(opened, (json.dumps({"pid": os.getpid(), **told}) + "\n").encode())
    finally:
        os.close(opened)


def read_lines(log):
    """All whole lines of a log."""
    path = Path(log)
    text = path.read_text() if path.exists() else ""
    return [json.loads(line) for line in text.split("\n")[:-1]]


class Writer(Logging):
    """Implements `Planner` and `TextGenerator` with the brief's own words, and Z of the seed."""

    class Settings(TextPart):
        log: str
        seconds: float = 0.0

    def draft(self, brief, feedback=(), seed=0):
        self._work("plan", seed)
        line = first_sentence(brief)
        told = {"key_message": line, "visual": line, "motion": MOTIONS[len(feedback) % 2]}
        draft = PlanDraft(tone="minimal", channels=("social_post",), **told)
        return Drafted(draft, Spend(tokens_out=9, cost=0.001))

    def write(self, requests):
        return [self._written(request) for request in requests]

    def encode(self, requests, texts):
        return [
            Written(text, latents_of(f"{request.seed} {text}"), Spend())
            for request, text in zip(requests, texts, strict=True)
        ]

    def to_clip(self, latents):
        return None

    def _written(self, request):
        self._work("copy", request.seed)
        line = first_sentence(request.brief)
        opening = OPENINGS[len(request.feedback) % len(OPENINGS)]
        text = opening + line
        if request.limit is not None and len(text) > request.limit:
            text = line
        return Written(text, latents_of(request.seed), Spend(tokens_out=9, cost=0.001))


class Painter(OneStep, Logging):
    """Implements `ImageGenerator` and `VideoGenerator` with noise of the seed."""

    class Settings(ImagePart, VideoPart):
        log: str
        seconds: float = 0.0

    fps = 8

    def __init__(self, settings, context):
        super().__init__(settings, context)
        self._call = "image" if context.role == "image" else "clip"

    def start(self, requests, latents, *keys_and_seeds):
        *_, seeds, on_step = keys_and_seeds
        return AtOnce(self._paint, requests, seeds, on_step)

    def _paint(self, request, seed):
        self._work(self._call, seed)
        shape = (SIZE, SIZE, 3) if self._call == "image" else (4, SIZE, SIZE, 3)
        pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
        return Made(pixels, Spend(cost=0.01))


class Encoder:
    """An encoder that nothing asks: the critic sees with its own eyes."""

    class Settings(EncoderPart):
        pass

    identity = ModelIdentity(name="killed", revision="1")
    max_tokens = 1000

    def __init__(self, settings, context):
        pass

    def count_tokens(self, text):
        return len(text.split())

    def encode_text(self, texts):
        return np.stack([unit_vector(text) for text in texts])

    def encode_images(self, images):
        return np.stack([unit_vector(image.tobytes()) for image in images])


class Critic(Logging):
    """Refuses by the hash of what it sees: pictures and clips now and then, copy now and then."""

    class Settings(CriticPart):
        log: str
        seconds: float = 0.0

    judges = True

    def __init__(self, settings, context):
        super().__init__(settings, context)
        self.rate = context.rate

    def at_rate(self, rate):
        return self

    def judge(self, subject):
        seen = [subject.text.encode()]
        seen += [one.tobytes() for one in (subject.image, subject.clip) if one is not None]
        digest = hashlib.sha256(b" ".join(seen)).digest()
        self._work("verdict", f"{subject.deliverable} {digest.hex()}")
        weakest = _weakest(digest, subject)
        return Verdict(
            deliverable=subject.deliverable,
            status="failed" if weakest else "passed",
            weakest=weakest,
            reason=f"The {weakest} is not liked." if weakest else "",
        )

    def passes(self, words, sample, key_image=None):
        return True

    def rank(self, words, samples, preview=False):
        return [float(sample.mean()) for sample in samples]

    def embed(self, asset):
        return unit_vector(asset if isinstance(asset, str) else asset.tobytes())[None]


def _weakest(digest, subject):
    if subject.clip is None:
        return "copy" if digest[0] % 3 == 0 else None
    return {0: "image", 1: "clip", 2: "copy"}.get(digest[0] % 5)


def first_sentence(brief):
    """The brief's, which is true by itself."""
    return brief.description.partition(". ")[0].rstrip(".") + "."


def latents_of(seed):
    """Z (4, 16) of a seed."""
    return torch.from_numpy(_normal(seed, (4, 16)))


def unit_vector(seed):
    """A vector (8,) of length one."""
    drawn = _normal(seed, (8,))
    return drawn / np.linalg.norm(drawn)


def _normal(seed, shape):
    data = seed if isinstance(seed, bytes) else str(seed).encode()
    number = int.from_bytes(hashlib.sha256(data).digest()[:8])
    return np.random.default_rng(number).normal(size=shape).astype(np.float32)
