"""A campaign's events in an asyncio program, which goes on doing other things meanwhile.

The run works in a thread of its own. Leaving the loop, or cancelling the task, stops it at its
next denoising step; `triptych resume` goes on from there.

    python examples/events_with_asyncio.py [--profile starter] [--out lantern]
"""

import argparse
import asyncio
from pathlib import Path

from triptych import astream

BRIEF = "Norvik launches the Emberlite, a red steel camping lantern, lit at night in a forest."


async def follow(profile: str, out: Path) -> None:
    """Tell of every step as it ends."""
    async for event in astream(BRIEF, out, profile=profile):
        match event.kind:
            case "plan":
                print(event.plan.key_message)
            case "part":
                print(f"{event.deliverable}: {event.part} is made")
            case "verdict":
                verdict = event.verdict
                print(f"{verdict.deliverable}: {verdict.status}. {verdict.reason}")


async def serve(seconds: list[int]) -> None:
    """Stands for everything else that the program has to do."""
    while True:
        await asyncio.sleep(1)
        seconds.append(len(seconds))


async def main(profile: str, out: Path) -> None:
    seconds: list[int] = []
    other_work = asyncio.create_task(serve(seconds))
    await follow(profile, out)
    other_work.cancel()
    print(f"{out / 'report.html'}, and {len(seconds)} other things done meanwhile")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="starter")
    parser.add_argument("--out", type=Path, default=Path("lantern"))
    given = parser.parse_args()
    asyncio.run(main(given.profile, given.out))
