"""One weights folder to the starter's generators, sharing every module they have in common."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from triptych.domain import ModelIdentity
from triptych.generators.starter import CLIP_GUIDANCE_SCALE, GUIDANCE_SCALE
from triptych.generators.starter.autoencoder import Autoencoder
from triptych.generators.starter.conditioning import Conditioning, PromptEncoder
from triptych.generators.starter.image import StarterImage, image_identity, load_denoiser
from triptych.generators.starter.text import StarterText
from triptych.generators.starter.upscaler import Upscaler
from triptych.generators.starter.video import StarterVideo, VideoDenoiser, video_identity
from triptych.generators.starter.world import World

SHIPPED_WEIGHTS = Path(__file__).parents[2] / "starter" / "weights"


class StarterModules:
    """The starter's generators, each loaded at first use.

    The folder holds `text/`, `latents/`, `clip/`, `autoencoder/`, `image/` and `video/`, and may
    hold `upscaler/`: without it, pictures stay as the autoencoder decodes them.

    Args:
        folder: weights folder; by default the one shipped with the package.
        use: which conditioning may speak to image and video.
        steps: denoising steps of a picture and of a clip.
        scales: their guidance scales.
        upscale: whether each is drawn larger when it is finished.
    """

    def __init__(
        self,
        folder: Path = SHIPPED_WEIGHTS,
        use: Conditioning = "both",
        steps: tuple[int, int] = (50, 50),
        scales: tuple[float | None, float | None] = (None, None),
        upscale: tuple[bool, bool] = (True, True),
    ) -> None:
        self.folder, self.steps, self.upscale = folder, steps, upscale
        self.use: Conditioning = use
        usual = (GUIDANCE_SCALE, CLIP_GUIDANCE_SCALE)
        self.scales = [u if own is None else own for own, u in zip(scales, usual, strict=True)]

    @cached_property
    def text(self) -> StarterText:
        """Planner and copywriter."""
        return StarterText.from_pretrained(self.folder)

    @cached_property
    def world(self) -> World:
        """What the models know; known without loading them."""
        return World.load(self.folder / "text")

    @cached_property
    def prompts(self) -> PromptEncoder:
        """The CLIP text tower that reads prompts."""
        from triptych.generators.encoder import load_clip

        encoder = load_clip(self.folder / "clip")
        return PromptEncoder(encoder.model, encoder.tokenizer)

    @cached_property
    def autoencoder(self) -> Autoencoder:
        """Pixels to latents and back."""
        return Autoencoder.from_pretrained(self.folder / "autoencoder")

    @cached_property
    def upscaler(self) -> Upscaler | None:
        """Draws finished pictures larger; None where the weights have none."""
        folder = self.folder / "upscaler"
        return Upscaler.from_pretrained(folder) if folder.is_dir() else None

    @cached_property
    def image(self) -> StarterImage:
        """The picture's generator."""
        denoiser, scheduler = load_denoiser(self.folder)
        return StarterImage(
            denoiser,
            self.autoencoder,
            self.text.latents.image,
            self.prompts,
            scheduler,
            self._identity(image_identity(self.folder), self.upscale[0]),
            self.use,
            self.steps[0],
            self.scales[0],
            self.upscaler if self.upscale[0] else None,
        )

    @cached_property
    def video(self) -> StarterVideo:
        """The clip's generator; its spatial weights are the image module's."""
        image = self.image
        denoiser = VideoDenoiser.from_pretrained(
            self.folder / "video", image.denoiser, image.scheduler
        )
        return StarterVideo(
            denoiser,
            self.autoencoder,
            self.text.latents.video,
            self.prompts,
            image.scheduler,
            self._identity(video_identity(self.folder), self.upscale[1]),
            self.use,
            self.steps[1],
            self.scales[1],
            self.upscaler if self.upscale[1] else None,
        )

    def _identity(self, identity: ModelIdentity, upscale: bool) -> ModelIdentity:
        """The same, named after what is switched off."""
        off = [self.use] if self.use != "both" else []
        off += ["small"] if self.upscaler is not None and not upscale else []
        return identity.model_copy(update={"name": "/".join([identity.name, *off])})
