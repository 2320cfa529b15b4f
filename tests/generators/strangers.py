"""Kinds of models as somebody else would write them."""

import numpy as np

from triptych.domain import ModelIdentity, Spend, Verdict
from triptych.generators.at_once import AtOnce, OneStep
from triptych.generators.settings import CriticPart, EncoderPart, ImagePart
from triptych.protocols import Made


class Brightness:
    """A critic without any CLIP: it likes bright pictures, and says so."""

    class Settings(CriticPart):
        least: float = 0.0

    judges = True
    identity = ModelIdentity(name="brightness")

    def __init__(self, settings, context):
        self.least, self.rate = settings.least, context.rate

    def at_rate(self, rate):
        return self  # it refuses by brightness alone

    def judge(self, subject):
        good = self.passes(subject.plan.visual, subject.image)
        return Verdict(
            deliverable=subject.deliverable,
            status="passed" if good else "failed",
            weakest=None if good else "image" if subject.own_image else "copy",
            reason="It is bright." if good else "It is too dark.",
        )

    def passes(self, words, sample, key_image=None):
        return float(sample.mean()) >= self.least

    def rank(self, words, samples, preview=False):
        return [float(sample.mean()) for sample in samples]

    def embed(self, asset):
        return None


class Hashes:
    """An encoder that knows nothing and says so alike each time."""

    class Settings(EncoderPart):
        width: int = 8

    max_tokens = 1000
    identity = ModelIdentity(name="hashes")

    def __init__(self, settings, context):
        self.width = settings.width

    def count_tokens(self, text):
        return len(text.split())

    def encode_text(self, texts):
        return np.stack([self._vector(len(text)) for text in texts])

    def encode_images(self, images):
        return np.stack([self._vector(int(image.mean())) for image in images])

    def _vector(self, seed):
        found = np.random.default_rng(seed).normal(size=self.width).astype(np.float32)
        return found / np.linalg.norm(found)


class Grey(OneStep):
    """Pictures of one grey."""

    class Settings(ImagePart):
        level: int = 128

    identity = ModelIdentity(name="grey")

    def __init__(self, settings, context):
        self.level = settings.level

    @staticmethod
    def lacks(settings, context):
        return [] if settings.level else ["there is no paint left."]

    def start(self, requests, latents, seeds, on_step=None):
        return AtOnce(self.paint, requests, seeds, on_step)

    def paint(self, request, seed):
        return Made(np.full((32, 32, 3), (self.level + seed) % 256, np.uint8), Spend(cost=0.01))


class Fails(Grey):
    """Cannot be made."""

    def __init__(self, settings, context):
        raise RuntimeError("no licence")


class Half:
    """Forgot most of what a generator must do."""

    Settings = Grey.Settings
    identity = ModelIdentity(name="half")

    def __init__(self, settings, context):
        pass
