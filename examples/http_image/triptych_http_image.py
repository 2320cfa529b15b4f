"""Pictures from a server: POST {"prompt", "seed"} as JSON, and a PNG or JPEG comes back."""

import io
import json
import urllib.request

import numpy as np
from PIL import Image

from triptych.domain import ModelIdentity, Spend
from triptych.errors import ModelError
from triptych.generators.at_once import AtOnce, OneStep
from triptych.generators.settings import ImagePart
from triptych.protocols import Made


class HttpImage(OneStep):
    class Settings(ImagePart):
        url: str
        timeout: float = 60

        def address(self):
            return self.url

    def __init__(self, settings, context):
        self.settings = settings
        self.identity = ModelIdentity(name=f"http-image {settings.url}")

    def start(self, requests, latents, seeds, on_step=None):
        return AtOnce(self.paint, requests, seeds, on_step)

    def paint(self, request, seed):
        asked = json.dumps({"prompt": request.prompt, "seed": seed}).encode()
        try:
            with urllib.request.urlopen(self.settings.url, asked, self.settings.timeout) as answer:
                picture = Image.open(io.BytesIO(answer.read())).convert("RGB")
        except Exception as error:  # whatever goes wrong on the way
            raise ModelError(f"{self.settings.url} gave no picture: {error}") from error
        return Made(np.asarray(picture), Spend())
