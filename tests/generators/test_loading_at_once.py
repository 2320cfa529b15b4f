"""Models loaded by several threads of one process at once."""

import shutil
import subprocess
import sys

import pytest

from tests.tiny import write_tiny_profile
from triptych.generators.hub import load_profile

LOAD = """
import sys, threading
from triptych.generators.hub import load_profile
from triptych.runs.ready import load_all

profile, count, alike = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "alike"
gate, failed, made = threading.Barrier(count), [], []

def load(number):
    gate.wait()
    try:
        models = load_profile(profile, () if alike else [f"image.steps={number + 1}"])
        load_all(models)
        made.append(models)
    except BaseException as error:
        failed.append(f"{type(error).__name__}: {error}")

threads = [threading.Thread(target=load, args=(number,)) for number in range(count)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(failed, len({id(models.encoder) for models in made}))
"""


@pytest.mark.parametrize(
    ("count", "alike", "encoders"), [(2, "other", 2), (8, "other", 8), (8, "alike", 1)]
)
def test_threads_that_load_at_once_all_succeed(count, alike, encoders, tiny_profile):
    told = subprocess.run(
        [sys.executable, "-c", LOAD, tiny_profile, str(count), alike],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == f"[] {encoders}"


def test_models_of_the_same_settings_are_shared_while_somebody_holds_them(tiny_starter, tmp_path):
    weights = shutil.copytree(tiny_starter, tmp_path / "weights")
    profile = str(write_tiny_profile(weights, tmp_path))
    first = load_profile(profile)
    assert load_profile(profile) is first
    assert load_profile(profile, ["image.steps=3"]) is not first
    (weights / "text" / "model.safetensors").touch()  # other weights in the same place
    assert load_profile(profile) is not first
