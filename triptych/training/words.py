"""Where training words come from: rendered cases, or the starter world's grammar without end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from triptych.cases import Case
from triptych.domain import CHANNELS, TONES
from triptych.generators.starter.prompts import PromptFormat
from triptych.training.text import TextExample

Answer = tuple[tuple[int, ...], tuple[int, ...]]


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
        self._cases, self._prompt = cases, prompt

    def draw(self, rng: Random, answers: int) -> TextExample:
        """One example of a case drawn at random."""
        return self._example(rng.randrange(len(self._cases)), rng, answers)

    def example(self, row: int, rng: Random) -> TextExample:
        """The words of one case: a single piece of copy, every other time after the plan."""
        return self._example(row, rng, rng.choice((1, 2)))

    def copy_of(self, row: int, rng: Random) -> tuple[str, list[int], tuple[int, ...]]:
        """Brief, the tokens that ask for copy, and one of the case's own copies closed by <eos>."""
        case = self._cases[row]
        asked, answer = self._copies(case, rng, 1)[0]
        return case.description, list(asked), answer

    def _example(self, row: int, rng: Random, answers: int) -> TextExample:
        case = self._cases[row]
        made = self._copies(case, rng, answers)
        if answers > 1 and case.plan:
            made = [_plan_answer(self._prompt, case.plan), *made[1:]]
        return TextExample(case.description, tuple(made), rng.choice(prompts_of(case)))

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
        """One example: plan (when there is room for it) and copy, in shuffled order but copy last.

        In half of them the copy is asked to mention things, as the critic's feedback does.
        """
        assert self._prompt is not None, "this source was made for its texts alone"
        from triptych.starter.grammar import case_texts, write_copy

        scene = self._scene(rng.randrange(self._scenes))
        texts = case_texts(scene)
        made: list[Answer] = []
        pairs = [(tone, channel) for tone in TONES for channel in CHANNELS]
        for tone, channel in rng.sample(pairs, max(answers - 1, 1)):
            copy = write_copy(scene, channel, tone, rng)
            made.append(_copy_answer(self._prompt, tone, channel, copy, rng))
        if answers > 1:
            made.insert(rng.randrange(len(made)), _plan_answer(self._prompt, texts["plan"]))
        caption = rng.choice([texts["caption"], texts["plan"]["visual"]])
        return TextExample(texts["description"], tuple(made), caption)

    def texts(self) -> Iterator[str]:
        """Everything written of the scenes, for the tokenizer."""
        from triptych.starter.grammar import case_texts

        for index in range(self._scenes):
            texts = case_texts(self._scene(index))
            yield texts["description"]
            yield texts["caption"]
            yield compact(texts["plan"])
            for by_channel in texts["copy"].values():
                for copies in by_channel.values():
                    yield from copies

    def _scene(self, index: int) -> Any:
        from triptych.starter.scene import draw_scene

        return draw_scene(Random(f"words:{self._seed}:{index}"), held_out=False)


def compact(plan: dict[str, Any]) -> str:
    """A plan as the JSON that constrained decoding can write: no blanks."""
    return json.dumps(plan, ensure_ascii=False, separators=(",", ":"))


def _plan_answer(prompt: PromptFormat, plan: dict[str, Any]) -> Answer:
    return tuple(prompt.plan()), (*prompt.encode(compact(plan)), prompt.eos)


def _copy_answer(prompt: PromptFormat, tone: str, channel: str, text: str, rng: Random) -> Answer:
    mention: list[str] = []
    if rng.random() < 0.3:
        words = [word.strip(".,;:!?—") for word in text.split() if len(word) > 2]
        mention = rng.sample(words, min(len(words), rng.randint(1, 2)))
    asked = prompt.copy(channel, tone, mention)
    return tuple(asked), (*prompt.encode(text), prompt.eos)
