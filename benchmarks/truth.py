"""How many planted faults the checks of copy catch, by kind, and how much true copy they refuse.

    python benchmarks/truth.py [--texts 1000] [--seed 0] [--data measured] [--write] [--missed]

A thousand texts that are true to their briefs: by hand, from templates over the same briefs, and
the starter world's reference copy. Each is checked as it is, and once more with one fault planted.
`truth_data/measured.yaml` measures; on `truth_data/tuned.yaml` the checks were tuned. `--write`
puts the table into docs/grounding.md.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from random import Random
from typing import Any, cast

import yaml
from truth_faults import FAULTS, planted

from triptych.domain import TEXT_KINDS, TONES, Brief, CampaignPlan, Deliverable, TextKind
from triptych.grounding import ground, in_words
from triptych.starter.dataset import scene_of
from triptych.starter.grammar import briefed, write_copy

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs/grounding.md"
WORLDS = {"tuned": 3, "measured": 17}
"""Seeds of the starter's world."""

SHORT = (
    "Meet {product}: your new favourite {noun}.",
    "Say hello to {product}, the {noun} by {brand}.",
    "{product} by {brand}. Made for days like this.",
    "The {noun} you didn't know you were missing: {product}.",
    "Hello, {product}!",
    "Looking for a {noun}? Look no further than {product}.",
    "{product}. Simply good.",
    "Why wait? {product} is here.",
    "Good things come to those who choose {product}",
    "Discover {product} Today",
)
LONG = (
    "Some things just make sense. {brand} made {product} for people who want a {noun} that does "
    "its job and looks good doing it. {fact}",
    "You know the feeling: the day is long and your patience is short. {product} by {brand} gives "
    "you a little of both back. {fact}",
    "We asked ourselves what a {noun} should be, and then we built it. Meet {product} by {brand}, "
    "for everyone who likes things simple. {fact}",
    "Monday or Sunday, at home or on the go, {product} fits right in. {fact} Brought to you by "
    "{brand}, with care.",
    "Friends will ask where you got it. Tell them it's {product} by {brand}, or keep the secret to "
    "yourself. {fact}",
)


@dataclass(frozen=True)
class Text:
    """Copy that is true to its brief, and the plan that it was written to, if there is one."""

    brief: Brief
    plan: CampaignPlan | None
    text: str
    channel: TextKind
    noun: str
    source: str


@dataclass(frozen=True)
class Count:
    """How many of how many."""

    hits: int = 0
    of: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.hits + other.hits, self.of + other.of)

    @property
    def cells(self) -> str:
        """Share and its 95 % Wilson interval, in percent."""
        if not self.of:
            return "– | –"
        low, high = wilson(self.hits, self.of)
        return f"{100 * self.hits / self.of:.1f} % | {100 * low:.1f}–{100 * high:.1f} %"


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The Wilson score interval of a share (Wilson 1927)."""
    share, square = hits / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = z / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def true_texts(data: str, count: int, seed: int) -> list[Text]:
    """So many true texts: all by hand, four in ten from templates, the rest of the world."""
    rng = Random(seed)
    entries = yaml.safe_load((HERE / "truth_data" / f"{data}.yaml").read_text(encoding="utf-8"))
    written = list(_by_hand(entries))
    made = list(_by_template(entries))
    rng.shuffle(made)
    made = made[: max(0, int(0.4 * count))]
    world = _of_world(WORLDS[data], rng)
    while len(written) + len(made) < count:
        made.append(next(world))
    return (written + made)[:count]


def _by_hand(entries: list[dict[str, Any]]) -> Iterator[Text]:
    for entry in entries:
        brief = Brief.model_validate(entry["brief"])
        for channel, texts in entry["copy"].items():
            for text in texts:
                yield Text(brief, None, text, channel, entry.get("noun", ""), "by hand")


def _by_template(entries: list[dict[str, Any]]) -> Iterator[Text]:
    for entry in entries:
        if "noun" not in entry:
            continue
        brief = Brief.model_validate(entry["brief"])
        slots = {
            "brand": brief.brand,
            "product": brief.product or brief.brand,
            "noun": entry["noun"],
        }
        facts = [f"{fact.rstrip('.')}." for fact in (*brief.facts, *brief.must_say)] or [""]
        for template in SHORT:
            text = " ".join([template.format(**slots), *brief.must_say])
            yield Text(brief, None, text, "headline", entry["noun"], "template")
        for template in LONG:
            for fact in facts:
                said = " ".join([fact, *(w for w in brief.must_say if not fact.startswith(w))])
                text = " ".join(template.format(**slots, fact=said).split())
                yield Text(brief, None, text, "body", entry["noun"], "template")


def _of_world(seed: int, rng: Random) -> Iterator[Text]:
    for index in range(10_000):
        scene = scene_of(seed, index)
        description, draft = briefed(scene, rng, sketched=index % 2 == 0)
        named = {"brand": scene.brand, "product": scene.name} if index % 3 else {}
        brief = Brief(description=description, **named)
        plan = CampaignPlan(
            brief=brief,
            key_message=draft["key_message"],
            visual=draft["visual"],
            motion=draft["motion"],
            deliverables=(Deliverable(id="body", channel="body", tone="playful"),),
        )
        for channel in rng.sample(TEXT_KINDS, 2):
            text = write_copy(scene, channel, rng.choice(TONES), rng)
            yield Text(brief, plan, text, cast(TextKind, channel), scene.product, "world")


def measure(texts: list[Text], seed: int, tell: bool) -> dict[str, Count]:
    """By kind of fault how many were caught; under `refused …` how much true copy was."""
    rng, found = Random(seed), dict[str, Count]()

    def note(key: str, hit: bool) -> None:
        found[key] = found.get(key, Count()) + Count(int(hit), 1)

    kinds = list(FAULTS)
    for number, one in enumerate(texts):
        findings = ground(one.brief, one.plan, one.text, one.channel)
        note(f"refused {one.source}", bool(findings))
        if findings and tell:
            print(f"REFUSED {one.text!r}: {in_words(findings)}")
        fault = None
        for kind in kinds[number % len(kinds) :] + kinds[: number % len(kinds)]:
            fault = planted(kind, one.brief, one.text, one.noun, rng)
            if fault is not None:
                break
        assert fault is not None, "some kinds fit any text"
        plan = one.plan and one.plan.model_copy(update={"brief": fault.brief})
        caught = bool(ground(fault.brief, plan, fault.text, one.channel))
        note(kind, caught)
        if not caught and tell:
            print(f"MISSED {kind}: {fault.text!r}")
    return found


def table(found: dict[str, Count], texts: int, seed: int) -> str:
    """The figures as markdown."""
    refused = {key: count for key, count in found.items() if key.startswith("refused")}
    lines = [
        f"`python benchmarks/truth.py --texts {texts} --seed {seed} --write`: {texts} true texts, "
        "each also with one planted fault.",
        "",
        "| Planted fault | Texts | Caught | 95 % interval |",
        "|---|---:|---:|---:|",
    ]
    for kind, about in FAULTS.items():
        count = found.get(kind, Count())
        lines.append(f"| {about} | {count.of} | {count.cells} |")
    lines += ["", "| True copy | Texts | Refused | 95 % interval |", "|---|---:|---:|---:|"]
    for key, count in refused.items():
        lines.append(f"| {key.removeprefix('refused ')} | {count.of} | {count.cells} |")
    whole = sum(refused.values(), Count())
    lines.append(f"| all | {whole.of} | {whole.cells} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", choices=WORLDS, default="measured")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--missed", action="store_true")
    given = parser.parse_args()
    texts = true_texts(given.data, given.texts, given.seed)
    began = time.perf_counter()
    found = measure(texts, given.seed, given.missed)
    told = table(found, len(texts), given.seed)
    print(told)
    print(f"\n{(time.perf_counter() - began) / (2 * len(texts)) * 1000:.1f} ms a text")
    if given.write:
        page = PAGE.read_text(encoding="utf-8")
        marks = r"(?s)(<!-- truth -->\n).*?(<!-- /truth -->)"
        told = f"\n{told}\n\n"
        page = re.sub(marks, lambda match: match[1] + told + match[2], page)
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
