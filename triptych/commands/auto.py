"""`--profile auto`: the best of the shipped profiles that this machine can run, and why."""

from __future__ import annotations

from triptych.commands.doctor import GIB, NEARLY, Machine, examine_machine, is_here
from triptych.commands.say import say
from triptych.generators.need import need_of
from triptych.generators.profiles import read_profile

WITH_GPU = ("references", "modern", "sdxl", "sd2")
"""The best first. Without a GPU each of them takes hours for a clip."""
WITHOUT = ("laptop",)
LAST = "starter"


def announce_best() -> str:
    """The profile that `auto` comes to here, which a person is told."""
    chosen, why = best_profile(examine_machine())
    say(f"The profile is {chosen}: {why}", err=True)
    return chosen


def best_profile(machine: Machine) -> tuple[str, str]:
    """The best profile that fits a machine, and why no better one."""
    passed = []
    for name in (*(WITH_GPU if machine.gpu_memory else ()), *WITHOUT):
        profile = read_profile(name)
        need = need_of(profile, machine.gpu_memory)
        assert need is not None, "a shipped profile says what it takes"
        lacking = sum(w.download for w in profile.weights().values() if not is_here(w)) * 1e9
        for needs, has, what in (
            (need.gpu, machine.gpu_memory, "GPU memory"),
            (need.main, machine.memory, "main memory"),
        ):
            if has < needs * NEARLY:
                passed.append(f"{name} needs {needs / GIB:.0f} GiB of {what}")
                break
        else:
            if lacking <= machine.disk:
                return name, _why(machine, passed)
            passed.append(f"{name} needs {lacking / 1e9:.0f} GB of disk")
    return LAST, _why(machine, passed)


def _why(machine: Machine, passed: list[str]) -> str:
    gpu = f"{machine.gpu_memory / GIB:.0f} GiB on the GPU" if machine.gpu_memory else "no GPU"
    here = f"there are {gpu}, {machine.memory / GIB:.0f} GiB of main memory"
    here += f" and {machine.disk / 1e9:.0f} GB of disk"
    return f"{here}; {', '.join(passed)}." if passed else f"{here}."
