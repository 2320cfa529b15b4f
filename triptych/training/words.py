"""Where training words come from: rendered cases, or the starter world's grammar without end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from triptych.cases.format import Case
from triptych.domain import TEXT_KINDS, TONES
from triptych.generators.starter import stand_ins
from triptych.generators.starter.prompts import PromptFormat
from triptych.starter.pitches import closing_of, mentioned, opening_of
from triptych.training.text import TextExample

if TYPE_CHECKING:
    from triptych.starter.scene import Scene

Answer = tuple[tuple[int, ...], tuple[int, ...]]

SKETCHED = 0.4
"""Share of briefs of the world that leave much out."""

PITCHED = 0.6
"""Share of examples with facts, offers, missing names or products beyond the world."""


def prompts_of(case: Case, *, moving: bool = False) -> list[str]:
    """Prompts that fit a case's picture: its caption and its plan's visual line.

    With `moving`, the one prompt of its clip: the visual line and the motion.
    """
    plan = case.plan or {}
    visual = str(plan.get("visual") or case.caption)
    if moving:
        motion = plan.get("motion")
        return [f"{visual}, {motion}" if motion else visual]
    return list(dict.fromkeys([case.caption, visual]))


class CaseSource:
    """Words of the cases of a folder: the copy that is there, in every tone and channel.

    Args:
        cases: of one split.
        prompt: the prompt format.
    """

    def __init__(self, cases: Sequence[Case], prompt: PromptFormat) -> None:
        self._cases, self._prompt = [_with_stand_ins(case) for case in cases], prompt

    def draw(self, rng: Random, answers: int) -> TextExample:
        """One example of a case drawn at random."""
        return self._example(rng.randrange(len(self._cases)), rng, answers)

    def example(self, row: int, rng: Random) -> TextExample:
        """The words of one case: a single piece of copy, every other time after the plan."""
        return self._example(row, rng, rng.choice((1, 2)))

    def copy_of(self, row: int, rng: Random) -> tuple[list[int], tuple[int, ...]]:
        """The tokens that ask for copy, and one of the case's own copies closed by <eos>."""
        case = self._cases[row]
        asked, answer = self._copies(case, rng, 1)[0]
        return [*self._prompt.brief(case.description, prompts_of(case)[-1]), *asked], answer

    def _example(self, row: int, rng: Random, answers: int) -> TextExample:
        case = self._cases[row]
        made, picture = self._copies(case, rng, answers), prompts_of(case)[-1]
        if answers > 1 and case.plan:
            made, picture = [_plan_answer(self._prompt, case.plan), *made[1:]], ""
        return TextExample(case.description, tuple(made), rng.choice(prompts_of(case)), picture)

    def _copies(self, case: Case, rng: Random, count: int) -> list[Answer]:
        choices = [
            (tone, channel, text)
            for tone, by_channel in case.copy_texts.items()
            for channel, texts in by_channel.items()
            for text in texts
        ]
        chosen = rng.sample(choices, min(count, len(choices)))
        return [_copy_answer(self._prompt, *choice, rng) for choice in chosen]


class WorldSource:
    """Words of scenes of the starter's world that nobody renders: the LLM needs no picture.

    No scene comes from a held-out combination.

    Args:
        prompt: the prompt format; None if only `texts` is asked for.
        scenes: how many scenes there are to draw from.
        seed: which scenes.
    """

    def __init__(self, prompt: PromptFormat | None, scenes: int, seed: int) -> None:
        self._prompt, self._scenes, self._seed = prompt, scenes, seed

    def draw(self, rng: Random, answers: int) -> TextExample:
        """One example: the plan and then copy, or, with one answer, copy for a plan's picture.

        Either way what the brief leaves out has been said before the copy is written. In some of
        them the copy is asked to mention things, as the critic's feedback does.
        """
        assert self._prompt is not None, "this source was made for its texts alone"
        from triptych.starter import grammar
        from triptych.starter.pitches import Pitch, brief_pitch, draw_pitch, write_pitch

        scene = self._scene(rng.randrange(self._scenes))
        if rng.random() < PITCHED:
            pitch = draw_pitch(rng, scene)
        else:
            scene = replace(scene, brand=stand_ins.BRAND, name=stand_ins.PRODUCT)
            pitch = Pitch(scene, kind="", brand=True, name=True)
        brief, plan = brief_pitch(pitch, rng)
        made: list[Answer] = [] if answers == 1 else [_plan_answer(self._prompt, plan)]
        pairs = [(tone, channel) for tone in TONES for channel in TEXT_KINDS]
        for tone, channel in rng.sample(pairs, answers - len(made)):
            copy = write_pitch(pitch, channel, tone, rng)
            made.append(_copy_answer(self._prompt, tone, channel, copy, rng))
        visual = str(plan["visual"])
        caption = visual
        if pitch.scene is not None and rng.random() < 0.5:
            caption = grammar.caption(pitch.scene, rng)
        return TextExample(brief, tuple(made), caption, visual if answers == 1 else "")

    def texts(self) -> Iterator[str]:
        """Everything written of the scenes, for the tokenizer."""
        from triptych.starter.grammar import case_texts
        from triptych.starter.pitches import brief_pitch, draw_pitch, write_pitch

        for index in range(self._scenes):
            rng, scene = Random(f"texts:{index}"), self._scene(index)
            scene = replace(scene, brand=stand_ins.BRAND, name=stand_ins.PRODUCT)
            texts = case_texts(scene)
            yield texts["description"]
            yield texts["caption"]
            yield compact(texts["plan"])
            for by_channel in texts["copy"].values():
                for copies in by_channel.values():
                    yield from copies
            pitch = draw_pitch(rng, scene)
            brief, plan = brief_pitch(pitch, rng)
            yield brief
            yield compact(plan)
            for channel in TEXT_KINDS:
                yield write_pitch(pitch, channel, rng.choice(TONES), rng)

    def _scene(self, index: int) -> Scene:
        from triptych.starter.scene import draw_scene

        return draw_scene(Random(f"words:{self._seed}:{index}"), held_out=False)


def _with_stand_ins(case: Case) -> Case:
    """The case in the words that a writer is given: without names of its own."""
    text = case.model_dump_json(by_alias=True, include={"description", "copy_texts", "plan"})
    for field, word in (("brand", stand_ins.BRAND), ("name", stand_ins.PRODUCT)):
        if name := str(case.attributes.get(field) or ""):
            text = re.sub(rf"\b{re.escape(name)}\b", word, text)
    told = json.loads(text)
    update = {"description": told["description"], "plan": told["plan"], "copy_texts": told["copy"]}
    return case.model_copy(update=update)


def compact(plan: Mapping[str, object]) -> str:
    """A plan as the JSON that constrained decoding can write: no blanks."""
    return json.dumps(plan, ensure_ascii=False, separators=(",", ":"))


def _plan_answer(prompt: PromptFormat, plan: Mapping[str, object]) -> Answer:
    return tuple(prompt.plan()), (*prompt.encode(compact(plan)), prompt.eos)


def _copy_answer(prompt: PromptFormat, tone: str, channel: str, text: str, rng: Random) -> Answer:
    mention = _mention(text, rng)
    asked = prompt.copy(channel, tone, mention)
    return tuple(asked), (*prompt.encode(text), prompt.eos)


def _mention(text: str, rng: Random) -> list[str]:
    """What the copy is asked to say: facts and offers, how it begins and ends, some words."""
    asked = [word for word in mentioned(text) if rng.random() < 0.85]
    if (opening := opening_of(text)) and rng.random() < 0.3:
        asked.append(opening)
    if (closing := closing_of(text)) and rng.random() < 0.3:
        asked.append(closing)
    if rng.random() < 0.3:
        words = [word.strip(".,;:!?—") for word in text.split() if len(word) > 2]
        asked += rng.sample(words, min(len(words), rng.randint(1, 2)))
    return list(dict.fromkeys(asked))
