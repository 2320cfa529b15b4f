import numpy as np
import pytest
from PIL import Image

from tests.tiny import write_tiny_profile
from triptych.cases.format import Case
from triptych.starter.dataset import case_of


def write_cases(folder, cases):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cases.jsonl").write_text("".join(case.to_line() for case in cases))
    for place, case in enumerate(cases):
        rng = np.random.default_rng(place)
        base = rng.integers(0, 255, (8, 8, 3)).astype(np.uint8)
        path = folder / case.image
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(base).resize((48, 48)).save(path)
        if case.clip:
            (folder / case.clip).mkdir(parents=True, exist_ok=True)
            for frame in range(16):
                moved = Image.fromarray(np.roll(base, frame // 4, axis=1)).resize((48, 48))
                moved.save(folder / case.clip / f"{frame:02d}.png")


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Six test cases of the starter's world, two with clips, and four validation cases, with any
    old pictures."""
    folder = tmp_path_factory.mktemp("cases") / "world"
    cases = []
    for number, index in enumerate((23, 48, 73, 98, 123, 148, 11, 36, 61, 86)):
        clip = f"clips/{index}" if number < 2 else None
        cases.append(case_of(7, index).model_copy(update={"clip": clip}))
    write_cases(folder, cases)
    return folder


@pytest.fixture(scope="session")
def own_cases(tmp_path_factory):
    """A user's folder: no attributes, no plan, JPEG pictures, one tone and channel."""
    folder = tmp_path_factory.mktemp("own") / "shop"
    cases = [
        Case(
            id=name,
            split="train",
            description=f"A handmade wooden {name} for the garden.",
            copy={"minimal": {"headline": [f"One {name}. Wood."]}},
            caption=f"a wooden {name} on grass",
            image=f"{name}.jpg",
        )
        for name in ("bench", "table", "swing")
    ]
    write_cases(folder, cases)
    return folder


@pytest.fixture(scope="session")
def tiny_profile(tiny_starter, tmp_path_factory):
    return str(write_tiny_profile(tiny_starter, tmp_path_factory.mktemp("profile")))
