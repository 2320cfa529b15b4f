"""What is here and what each profile lacks, in plain words, before anything is fetched."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from triptych.commands.columns import labelled, wrapped
from triptych.errors import ProfileError, TriptychError
from triptych.generators.hub import ProfileModels
from triptych.generators.kinds import package_of, plugins
from triptych.generators.need import Need, need_of
from triptych.generators.profiles import Profile, list_profiles, read_profile, shipped_names
from triptych.generators.settings import Weights, is_local

LIBRARIES = (
    "torch",
    "transformers",
    "diffusers",
    "open_clip_torch",
    "llguidance",
    "langgraph",
    "langchain-core",
    "peft",
    "sentencepiece",
    "protobuf",
    "av",
)
EXTRAS = {
    "render": ("pyvista", "rendering of training cases"),
    "train": ("datasets", "training"),
    "api": ("langchain_openai", "chat models of OpenAI-compatible servers"),
    "otel": ("opentelemetry.sdk", "export of traces"),
}
GIB = 2**30
NEARLY = 0.95
"""Share of the memory asked for that will do: machines hold a little back."""


@dataclass(frozen=True)
class Machine:
    """What this computer has."""

    devices: tuple[str, ...]
    """Names of devices, the processor last."""
    memory: int
    """Bytes of main memory."""
    disk: int
    """Bytes free where models are kept."""
    cache: Path
    libraries: dict[str, str]
    """Installed versions; empty where a library is missing."""
    extras: dict[str, bool]
    plugins: tuple[str, ...] = ()
    """Kinds that installed packages plug in, and by which package."""
    gpu_memory: int = 0
    """Bytes of the largest GPU; 0 without one."""


@dataclass(frozen=True)
class Checkup:
    """Whether a profile can run here, and what stands in its way."""

    profile: Profile
    missing: tuple[str, ...] = ()
    """Each in words; empty if it can run."""
    fetch: str = ""
    """How to get the models that are missing; empty if there are none to fetch."""
    advice: tuple[str, ...] = field(default=())
    """What would be slow or deserves reading."""
    examined: bool = True
    """False for a profile that was only listed."""

    @property
    def ready(self) -> bool:
        """Whether the profile can run here as things are."""
        return self.examined and not self.missing


def examine_machine() -> Machine:
    """Look at devices, memory, disk and libraries. Loads torch."""
    import torch
    from huggingface_hub.constants import HF_HUB_CACHE

    devices, held = [], [0]
    for index in range(torch.cuda.device_count()):
        held.append(torch.cuda.get_device_properties(index).total_memory)
        name = torch.cuda.get_device_name(index)
        devices.append(f"cuda:{index} {name}, {held[-1] / GIB:.0f} GiB")
    if torch.backends.mps.is_available():
        devices.append("mps")
    devices.append(f"cpu, {os.cpu_count()} cores")
    cache = Path(HF_HUB_CACHE)
    return Machine(
        devices=tuple(devices),
        memory=_memory(),
        disk=shutil.disk_usage(_existing(cache)).free,
        cache=cache,
        libraries={name: _version(name) for name in LIBRARIES},
        extras={name: _importable(module) for name, (module, _) in EXTRAS.items()},
        plugins=tuple(f"{one.name} ({package_of(one)})" for one in plugins()),
        gpu_memory=max(held),
    )


def check_profile(profile: Profile, machine: Machine) -> Checkup:
    """What a profile lacks on this machine. Fetches nothing."""
    missing: list[str] = []
    advice: list[str] = []
    wanted: dict[tuple[str, str, str | None], float] = {}
    for key, part in profile.weights().items():
        if is_here(part):
            continue
        if is_local(part.model):
            there = Path(part.model).expanduser().is_dir()
            missing.append(
                f"{key}: {part.model} holds no whole model with safetensors weights."
                if there
                else f"{key}: there is no folder {part.model}."
            )
            continue
        wanted[part.model, part.revision, part.variant] = part.download
        size = f"{part.download:g} GB, " if part.download else ""
        missing.append(
            f"{key}: {part.model} is not on this machine ({size}licence"
            f" {part.licence or 'unknown'})."
        )
    total = sum(wanted.values())
    if total * 1e9 > machine.disk:
        missing.append(
            f"disk: the models to fetch take {total:.0f} GB, and {machine.disk / 1e9:.0f} GB are"
            f" free in {machine.cache}. Free some, or set HF_HOME to a larger disk."
        )
    missing.extend(_lacks_of_memory(profile, machine))
    for key, part in profile.parts().items():
        if url := part.address():
            advice.append(f"{key}: whether a server answers at {url} was not tried.")
        for name in ("connector", "head", "lora"):
            folder = getattr(part, name, None)
            if folder and not Path(folder).is_dir():
                missing.append(f"{key}.{name}: there is no folder {folder}.")
        device = str(getattr(part, "device", "auto"))
        if device.startswith("cuda") and not any(d.startswith("cuda") for d in machine.devices):
            missing.append(f"{key}: it asks for {device} and there is no such device here.")
    lacks = ProfileModels(profile).lacks()
    missing += [f"{', '.join(keys)}: {sentence}" for sentence, keys in lacks.items()]
    for name, version in machine.libraries.items():
        if not version:
            missing.append(f"library: {name} is not installed. Install it with: pip install {name}")
    if len(machine.devices) == 1 and profile.weights():
        advice.append(
            f"there is no GPU here: the models would share {machine.memory / GIB:.0f} GiB of main"
            " memory, and pictures and clips take many times as long as on a GPU."
        )
    fetch = ""
    if wanted:
        fetch = (
            f"triptych doctor --profile {profile.name} --fetch"
            f" fetches {f'these {total:.0f} GB' if total else 'them'}, once; triptych run BRIEF"
            f" --profile {profile.name} --set fetch=true does so as the run comes to need them."
        )
    return Checkup(profile, tuple(dict.fromkeys(missing)), fetch, tuple(advice))


def diagnose(
    profile: str | None = None,
    tell: Callable[[ProfileError], object] | None = None,
    overrides: Sequence[str] = (),
) -> tuple[Machine, list[Checkup]]:
    """The machine and one profile, or all of them.

    Of all, one's own are listed and not examined: they may name code, which would be imported.

    Args:
        profile: which one. Raises `ProfileError` if it is unknown or broken.
        tell: told of broken ones where all are asked for.
        overrides: of that profile, such as `image.offload=model`.
    """
    from triptych.methods.table import method_of

    if profile is not None and method_of(profile):
        profile = profile.partition("@")[2] or "starter"  # what the method runs on
    machine = examine_machine()
    if profile is not None:
        return machine, [check_profile(read_profile(profile, overrides), machine)]
    return machine, [
        check_profile(one, machine) if name in shipped_names() else Checkup(one, examined=False)
        for name, one in list_profiles(tell).items()
    ]


def fetch_models(profile: Profile) -> list[Path]:
    """Download what a profile lacks, and only the files it needs. Returns the models' folders."""
    from triptych.generators.pretrained.locate import locate

    return [locate(part, fetch=True, pipeline=part.pipeline) for part in profile.weights().values()]


def report(machine: Machine, checkups: list[Checkup], width: int | None = None) -> str:
    """A diagnosis as text for a terminal of `width` columns, or for a pipe."""

    def entries(label: str, *texts: str) -> list[str]:
        return [labelled(label, text, width) for text in texts]

    known = (f"{name} {version or 'missing'}" for name, version in machine.libraries.items())
    lines = [
        "This machine",
        *entries("device", *machine.devices),
        *entries("memory", f"{machine.memory / GIB:.0f} GiB"),
        *entries("disk", f"{machine.disk / 1e9:.0f} GB free in {machine.cache}"),
        *entries("library", ", ".join(known)),
    ]
    lines += entries("kind", *machine.plugins)
    for name, present in machine.extras.items():
        if not present:
            lines += entries("extra", f"{name} is not installed: no {EXTRAS[name][1]}.")
    for one in checkups:
        profile = one.profile
        lines += ["", wrapped(f"{profile.name}: {profile.title}", width)]
        lines.append(f"  {_outcome(one)}")
        for name in ("licence", "disk", "memory", "time"):
            lines += entries(name, getattr(profile, name))
        need = need_of(profile, machine.gpu_memory) if one.examined else None
        if need is not None:
            lines += entries("needs here", _told(need))
        lines += entries("missing", *one.missing)
        lines += entries("to get", one.fetch) if one.fetch else []
        lines += entries("note", *one.advice)
    return "\n".join(lines)


def _outcome(checkup: Checkup) -> str:
    if not checkup.examined:
        return f"not examined: `triptych doctor --profile {checkup.profile.name}` does"
    return "can run here" if checkup.ready else "cannot run here yet"


def _told(need: Need) -> str:
    main = f"{need.main / GIB:.0f} GiB of main memory"
    if not need.gpu:
        return f"about {main}, computed"
    return f"about {need.gpu / GIB:.0f} GiB of the GPU's memory and {main}, computed"


def is_here(part: Weights) -> bool:
    """Whether a model's weights are on this machine, whole."""
    from triptych.generators.pretrained.locate import is_whole, locate

    try:
        folder = locate(part, fetch=False, pipeline=part.pipeline)
    except TriptychError:
        return False
    return not is_local(part.model) or is_whole(folder)


def _lacks_of_memory(profile: Profile, machine: Machine) -> list[str]:
    """What memory the profile's models need and this machine has not."""
    need = need_of(profile, machine.gpu_memory) or Need(
        int(profile.gpu_memory * GIB) if machine.gpu_memory else 0,
        0 if machine.gpu_memory else int(profile.main_memory * GIB),
    )
    has_gpu = bool(machine.gpu_memory)
    turns = "" if profile.memory_limit else "Set `memory_limit`, so that models take turns, or "
    lacks = []
    for needs, has, what, help_ in (
        (need.gpu, machine.gpu_memory, "of GPU memory", _ease_gpu(profile)),
        (
            need.main,
            machine.memory,
            "of main memory beside the GPU" if has_gpu else "of main memory without a GPU",
            "Choose smaller models." if has_gpu else f"{turns}choose smaller ones.".capitalize(),
        ),
    ):
        if has and has < needs * NEARLY:
            lacks.append(
                f"memory: it takes about {needs / GIB:.0f} GiB {what}, and there are"
                f" {has / GIB:.0f}. {help_}"
            )
    return lacks


def _ease_gpu(profile: Profile) -> str:
    wholly = [
        key
        for key, part in (("image", profile.image), ("video", profile.video))
        if getattr(part, "offload", "") == "none"
    ]
    if not wholly:
        return "Choose smaller models."
    return f"Set {' and '.join(f'`{key}.offload=auto`' for key in wholly)}, or choose smaller ones."


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
