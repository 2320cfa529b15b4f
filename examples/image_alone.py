"""The image agent alone: words that you bring along to a picture, with no graph around it.

The text model only reads: it gives the words' shared latents Z, which the picture is painted from
together with the prompt. Ask for more candidates and the critic picks the best of them.

    python examples/image_alone.py [--profile starter] [--out picture] [--candidates 1]
"""

import argparse
from pathlib import Path

from triptych.agents.image import ImageAgent
from triptych.agents.text import TextAgent
from triptych.alignment.calibration import load_calibration
from triptych.alignment.scoring import AlignmentScorer
from triptych.domain import Brief, CampaignPlan, Deliverable, SearchChoice
from triptych.methods.load import load_models
from triptych.store import Store

WORDS = "Light the whole forest. The Emberlite is a red steel lantern made for long nights."
PROMPT = "a red steel lantern in a forest at night"
BODY = Deliverable(id="body", channel="body", tone="playful", parts=("copy", "image"))

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="starter")
    parser.add_argument("--out", type=Path, default=Path("picture"))
    parser.add_argument("--candidates", type=int, default=1)
    given = parser.parse_args()

    models, store = load_models(given.profile), Store(given.out)
    plan = CampaignPlan(
        brief=Brief(description=WORDS),
        key_message=WORDS,
        visual=PROMPT,
        motion="none",
        deliverables=(BODY,),
        search=SearchChoice(candidates=given.candidates),
    )
    copy = TextAgent(models.text, store).adopt(plan, BODY, WORDS)
    calibration = load_calibration(models.calibration_folder, models.encoder)
    scorer = AlignmentScorer(models.encoder, calibration)
    picture, tried = ImageAgent(models.image, scorer, store)(plan, copy, seed=1)
    print(f"the best of {len(tried)}, for {picture.spend.nfe} denoiser evaluations:")
    print(given.out / picture.asset.path)
