"""The kinds of models that come with Triptych, and how each is made of its settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from triptych.domain import Brief, ModelIdentity
from triptych.errors import ProfileError
from triptych.generators.build import BuildContext
from triptych.generators.kinds import Kind
from triptych.generators.loading import load_alone
from triptych.generators.parts import (
    AnimateDiff,
    Camera,
    Chat,
    Diffusers,
    DiffusersImage,
    DiffusersVideo,
    ImageToVideo,
    OpenClip,
    Starter,
    TextToVideo,
    Transformers,
)
from triptych.generators.settings import is_local
from triptych.safe_text import clipped

if TYPE_CHECKING:
    import torch
    from diffusers import DiffusionPipeline

    from triptych.generators.camera import CameraVideo
    from triptych.generators.chat import ChatText
    from triptych.generators.encoder import OpenClipEncoder
    from triptych.generators.pretrained.load import LanguageModel
    from triptych.generators.pretrained.memory import Resident, Shelf
    from triptych.generators.pretrained.text import TransformersText
    from triptych.generators.pretrained.visual import PipelineImage, PipelineVideo
    from triptych.generators.starter.load import StarterModules

STARTER_MODULES = {
    "planner": ("text", "latents"),
    "text": ("text", "latents"),
    "image": ("text", "latents", "clip", "autoencoder", "image"),
    "video": ("text", "latents", "clip", "autoencoder", "image", "video"),
    "encoder": ("clip",),
}
"""Modules of the starter's weights that each part of a profile needs."""


def latents_identity(context: BuildContext) -> str:
    """Whose Z it is, as a connector writes it down: the language model and its latent head.

    Raises `ProfileError` if the profile's text has no local language model.
    """
    source = context.profile.text.latents_source()
    if source is None:
        raise ProfileError(
            "A connector needs Z, and this profile's text has no local language model.",
            "Name one under `text.encoder`, or leave `connector` out.",
        )
    identity = context.make("text", source).identity
    whose = f"{identity.name}@{identity.revision}"
    if not isinstance(source, Transformers):
        return whose
    if source.head is None:
        return f"{whose}/untrained-{source.latents}x{source.width}"
    from triptych.generators.pretrained.locate import local_revision

    return f"{whose}/head-{local_revision(Path(source.head))[:8]}"


def _starter(settings: Starter, context: BuildContext) -> object:
    """One module of the starter; all of them share what they have in common."""
    from triptych.generators.weights import hush_libraries

    hush_libraries()
    if context.role == "encoder":
        from triptych.generators.encoder import load_clip

        return load_clip(settings.weights_folder() / "clip")
    return getattr(_modules(settings, context), context.role)


def _modules(settings: Starter, context: BuildContext) -> StarterModules:
    from triptych.generators.starter.load import StarterModules

    folder, profile = settings.weights_folder(), context.profile
    pair = (profile.image, profile.video)
    image, video = (one if isinstance(one, Starter) else Starter(kind="starter") for one in pair)
    return context.share(
        f"starter {folder}",
        lambda: StarterModules(
            folder,
            profile.conditioning,
            (image.steps, video.steps),
            (image.guidance, video.guidance),
            (image.upscale, video.upscale),
        ),
    )


def _outside(settings: Starter, context: BuildContext, brief: Brief) -> str | None:
    """What of a brief the starter does not know, does not hear, or leaves out."""
    from triptych.generators.starter.slots import Slots

    world, kit = _modules(settings, context).world, brief.brand_kit
    notes = [world.outside(brief) or ""]
    unheard = ("voice", kit and kit.voice), ("words to use", kit and kit.use)
    if names := " and ".join(name for name, is_given in unheard if is_given):
        notes.append(f"The starter's models do not hear the brand kit's {names}.")
    if words := ", ".join(f'"{one}"' for one in Slots.of(brief, world).left_out):
        notes.append(f"The starter leaves out what it does not know: {clipped(words, 120)}.")
    return clipped(" ".join(filter(None, notes)), 500) or None


def _lacks_of_starter(settings: Starter, context: BuildContext) -> list[str]:
    """Modules that the profile needs of the same folder and that are not there."""
    folder = settings.weights_folder()
    needed = [
        name
        for key, part in context.profile.parts().items()
        if isinstance(part, Starter) and part.weights_folder() == folder
        for name in STARTER_MODULES[key.partition(".")[0]]
    ]
    lacking = [n for n in dict.fromkeys(needed) if not any((folder / n).glob("*.safetensors"))]
    if not lacking:
        return []
    return [
        f"the starter's modules {', '.join(lacking)} are not in {folder}."
        " Reinstall the package, or train them with: triptych train starter"
    ]


def _chat(settings: Chat, context: BuildContext) -> ChatText:
    from triptych.generators.chat import ChatText

    source = settings.encoder
    return ChatText(settings, None if source is None else context.make("text", source))


def _lacks_of_chat(settings: Chat, context: BuildContext) -> list[str]:
    """Its package, its key."""
    from triptych.generators.chat import make_chat_model

    try:
        make_chat_model(settings)
    except ProfileError as error:
        return [str(error)]
    return []


def _language_model(settings: Transformers, context: BuildContext) -> TransformersText:
    from triptych.generators.pretrained import load, locate
    from triptych.generators.pretrained.memory import Resident, weights_size
    from triptych.generators.pretrained.text import TransformersText

    folder = locate.locate(settings, context.profile.fetch, pipeline=False)
    identity = locate.identify(settings, folder)
    shelf = _shelf(settings.device, context)

    def place(language: LanguageModel, device: torch.device) -> None:
        language.model.to(device)  # type: ignore[arg-type]
        language.head.to(device)

    def read() -> LanguageModel:
        return load.load_language_model(settings, folder, identity, shelf.device)

    spread = settings.device_map is not None
    resident = Resident(
        f"the language model {identity.name}",
        shelf,
        lambda: load_alone(read),
        None if spread else place,
        lambda language: 0 if spread else weights_size(language.model, language.head),
        locate.weights_on_disk(folder),
    )
    return TransformersText(resident, identity, settings)


def _pipeline(settings: Diffusers, context: BuildContext) -> PipelineImage | PipelineVideo:
    from triptych.generators.pretrained import locate
    from triptych.generators.pretrained.connector import Connector
    from triptych.generators.pretrained.visual import PipelineImage, PipelineVideo

    profile = context.profile
    folder = locate.locate(settings, profile.fetch, pipeline=True)
    identity = locate.identify(settings, folder)
    connector = None
    if settings.connector is not None:
        connector = Connector.from_pretrained(Path(settings.connector))
        connector.check(latents_identity(context), locate.identity_name(identity))
    kind = PipelineVideo if isinstance(settings, DiffusersVideo) else PipelineImage
    resident = _resident_pipeline(settings, context, folder, identity)
    return kind(resident, identity, settings, connector, profile.conditioning)


def _resident_pipeline(
    settings: Diffusers, context: BuildContext, folder: Path, identity: ModelIdentity
) -> Resident[DiffusionPipeline]:
    from triptych.generators.need import pick_offload, sizes_on_disk
    from triptych.generators.pretrained import load
    from triptych.generators.pretrained.locate import pick_dtype
    from triptych.generators.pretrained.memory import Resident, memory_of, weights_size

    shelf, fetch = _shelf(settings.device, context), context.profile.fetch
    dtype = pick_dtype(settings.dtype, shelf.device)
    sizes = sizes_on_disk(settings, folder, dtype.itemsize)
    offload = pick_offload(settings, sizes, memory_of(shelf.device))
    placed = settings.model_copy(update={"offload": offload})
    managed = offload != "none" or settings.device_map is not None
    return Resident(
        f"the pipeline {identity.name}",
        shelf,
        lambda: load_alone(lambda: load.load_pipeline(placed, folder, shelf.device, fetch)),
        None if managed else lambda pipeline, device: pipeline.to(device),
        lambda pipeline: 0 if managed else weights_size(*pipeline.components.values()),
        sum(sizes.values()),
    )


def _shelf(wanted: str, context: BuildContext) -> Shelf:
    from triptych.generators.pretrained.locate import pick_device
    from triptych.generators.pretrained.memory import GIB, Shelf

    device, limit = pick_device(wanted), context.profile.memory_limit
    most = None if limit is None else int(limit * GIB)
    return context.share(f"shelf {device}", lambda: Shelf(device, most))


def _open_clip(settings: OpenClip, context: BuildContext) -> OpenClipEncoder:
    from triptych.generators.encoder import load_clip
    from triptych.generators.pretrained.locate import locate, pick_device

    folder = locate(settings, context.profile.fetch, pipeline=False)
    name = None if is_local(settings.model) else settings.model
    return load_clip(folder, device=str(pick_device(settings.device)), name=name)


def _camera(settings: Camera, context: BuildContext) -> CameraVideo:
    from triptych.generators.camera import CameraVideo

    return CameraVideo(settings)


STARTER = Kind(Starter, _starter, _lacks_of_starter, _outside)
TRANSFORMERS = Kind(Transformers, _language_model)
CHAT = Kind(Chat, _chat, _lacks_of_chat)
DIFFUSERS_IMAGE = Kind(DiffusersImage, _pipeline)
IMAGE_TO_VIDEO = Kind(ImageToVideo, _pipeline)
TEXT_TO_VIDEO = Kind(TextToVideo, _pipeline)
ANIMATEDIFF = Kind(AnimateDiff, _pipeline)
CAMERA = Kind(Camera, _camera)
OPEN_CLIP = Kind(OpenClip, _open_clip)
