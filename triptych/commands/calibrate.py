"""`triptych calibrate`: let a profile paint its own trial pairs, and measure what its encoder says.

What is made is kept beside the calibration until that is written, so that a calibration that was
stopped goes on where it was.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from triptych.commands.exits import for_people
from triptych.commands.options import Overrides, ProfileName, Seed
from triptych.commands.say import say
from triptych.errors import ModelError, TriptychError

if TYPE_CHECKING:
    from triptych.alignment.trial_pairs import TrialPrompt
    from triptych.protocols import Models, Pixels

WORK = "calibration-pictures"
MOTION = "the camera moves slowly around it"
PICTURES, CLIPS = 300, 60


@dataclass(frozen=True)
class Trial:
    """Where the trial pairs of a calibration are kept, and what has been made of them."""

    folder: Path

    def picture(self, number: int) -> Path:
        """The file of a picture."""
        return self.folder / f"picture-{number:04d}.npy"

    def clip(self, number: int) -> Path:
        """The file of a clip."""
        return self.folder / f"clip-{number:04d}.npy"


def trial_of(models: Models, seed: int) -> Trial:
    """Beside the calibration; the pictures of other models or seeds are others.

    Raises `ModelError` for an encoder that cannot have a calibration.
    """
    from triptych.store import content_key

    folder = models.calibration_folder
    if folder is None:
        raise ModelError("This profile's encoder cannot be calibrated.", "Choose another encoder.")
    makers = [one.identity.model_dump(mode="json") for one in (models.image, models.video)]
    return Trial(folder / WORK / content_key("trial", makers, seed)[:12])


def calibrate_profile(
    models: Models,
    pictures: int,
    clips: int,
    seed: int = 0,
    tell: Callable[[int, int], object] = lambda done, all_: None,
) -> Path:
    """Paint what is not painted yet, calibrate, and write the calibration where a run finds it.

    Args:
        models: of the profile.
        pictures: how many; at least 30.
        clips: how many of them are filmed; 0 leaves clips uncalibrated, and unjudged.
        seed: of prompts, pictures and clips.
        tell: told how many are done, of how many.

    Returns the calibration's file.
    """
    from triptych.alignment.calibration import save_calibration
    from triptych.alignment.fit_calibration import Example, calibrate
    from triptych.alignment.trial_pairs import trial_prompts

    trial, prompts = trial_of(models, seed), trial_prompts(pictures, seed)
    trial.folder.mkdir(parents=True, exist_ok=True)
    examples = []
    for number, prompt in enumerate(prompts):
        image = _once(trial.picture(number), partial(_paint, models, prompt, seed + number))
        clip = None
        if number >= pictures - clips:
            film = partial(_film, models, prompt, image, seed + number)
            clip = _once(trial.clip(number), film)
        examples.append(Example(prompt.visual, prompt.texts, image, clip))
        tell(number + 1, len(prompts))
    calibration = calibrate(models.encoder, examples, seed=seed)
    folder = models.calibration_folder
    assert folder is not None  # trial_of has looked
    path = save_calibration(calibration, folder)
    shutil.rmtree(folder / WORK)
    return path


def _once(path: Path, make: Callable[[], Pixels]) -> Pixels:
    """What was made and kept, or else is made now. A torn file is made again."""
    import numpy as np

    from triptych.store import write_whole

    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        made = make()
    buffer = io.BytesIO()
    np.save(buffer, made, allow_pickle=False)
    write_whole(path, buffer.getvalue())
    return made


def _paint(models: Models, prompt: TrialPrompt, seed: int) -> Pixels:
    from triptych.protocols import VisualRequest

    return models.image.start([VisualRequest(prompt.visual)], [None], [seed]).finish()[0].pixels


def _film(models: Models, prompt: TrialPrompt, key: Pixels, seed: int) -> Pixels:
    from triptych.protocols import VisualRequest

    asked = VisualRequest(f"{prompt.visual}, {MOTION}")
    return models.video.start([asked], [None], [key], [seed]).finish()[0].pixels


@for_people
def calibrate(
    profile: ProfileName = "starter",
    overrides: Overrides = None,
    pictures: Annotated[int, typer.Option(min=30, max=3000)] = PICTURES,
    clips: Annotated[
        int, typer.Option(min=0, help="So many of the pictures are filmed too.")
    ] = CLIPS,
    seed: Seed = 0,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the work.")] = False,
) -> None:
    """Measure what counts as agreement for a profile's encoder, on pictures that it paints itself.

    Stopped by Ctrl-C it goes on where it was.
    """
    from triptych.alignment.calibration import FILE
    from triptych.generators.hub import load_profile

    if clips > pictures:
        raise TriptychError("There are more clips than pictures.", "Lower --clips.")
    models = load_profile(profile, overrides or ())
    trial = trial_of(models, seed)
    images = [n for n in range(pictures) if not trial.picture(n).is_file()]
    films = [n for n in range(pictures - clips, pictures) if not trial.clip(n).is_file()]
    nfe = len(images) * models.image.step_nfe * models.steps("image")
    nfe += len(films) * models.video.step_nfe * models.steps("clip")
    say(
        f"{len(images)} of {pictures} pictures and {len(films)} of {clips} clips are to be made:"
        f" {nfe} denoiser evaluations. The profile says of its time: {models.settings.time}."
    )
    if (trial.folder.parents[1] / FILE).is_file():
        say("The calibration that is there will be replaced.")
    if not yes:
        typer.confirm("Begin?", abort=True)
    path = calibrate_profile(
        models, pictures, clips, seed, lambda done, every: say(f"{done} of {every}", err=True)
    )
    say(path)


def add_commands(app: typer.Typer) -> None:
    """Add this file's command to the command line."""
    app.command()(calibrate)
