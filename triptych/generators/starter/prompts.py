"""How a brief and the copy asked for become tokens: the starter LLM's one prompt format.

    <bos><brief> … <plan>{…}<eos>
    <bos><brief> … Picture: … <headline><playful><mention> red, lit <copy>…<eos> q₁ … q_K

Everything that a user or critic wrote is encoded as plain text, so that it can never act as a
control token: special tokens are only ever placed by number.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from triptych.domain import TEXT_KINDS, TONES

PAD, BOS, EOS = "<pad>", "<bos>", "<eos>"
BRIEF, PLAN, MENTION, COPY = "<brief>", "<plan>", "<mention>", "<copy>"
CONTROLS = (
    PAD,
    BOS,
    EOS,
    BRIEF,
    PLAN,
    MENTION,
    COPY,
    *(f"<{name}>" for name in TEXT_KINDS),
    *(f"<{name}>" for name in TONES),
)

MAX_BRIEF_TOKENS = 256
"""What the starter LLM was trained to read. A longer brief loses whole sentences, and it is said
which (`slots.py`)."""


def train_tokenizer(
    texts: Iterable[str], vocabulary: int = 2048, *, lower: bool = False
) -> PreTrainedTokenizerFast:
    """Byte-level BPE over `texts`, with the control tokens first (Sennrich et al. 2016).

    Args:
        texts: to learn from.
        vocabulary: how many tokens.
        lower: read all text in lower case: fewer tokens, but how a brand is spelt is lost.
    """
    tokenizer = Tokenizer(models.BPE())
    if lower:
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(CONTROLS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        bos_token=BOS,
        eos_token=EOS,
        additional_special_tokens=list(CONTROLS[3:]),
    )


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """The tokenizer that was saved beside the weights in `folder`."""
    return PreTrainedTokenizerFast.from_pretrained(str(folder))


class PromptFormat:
    """Turns requests into token ids. `tokenizer` must know the control tokens."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self.tokenizer, self._reading = tokenizer, threading.Lock()
        ids = tokenizer.convert_tokens_to_ids(list(CONTROLS))
        assert isinstance(ids, list), "a list of tokens gives a list of ids"
        self._ids = dict(zip(CONTROLS, ids, strict=True))
        self.pad, self.bos, self.eos = self._ids[PAD], self._ids[BOS], self._ids[EOS]

    def control(self, name: str) -> int:
        """Id of a control token."""
        return self._ids[name]

    def encode(self, text: str) -> list[int]:
        """Plain text to ids; a control token spelled out in the text stays plain text."""
        with self._reading:  # how a fast tokenizer splits is state that every call sets
            return self.tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)

    def decode(self, ids: Sequence[int]) -> str:
        """Ids to text without control tokens, stripped."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True)).strip()

    def brief(self, text: str, picture: str = "") -> list[int]:
        """The opening that every request shares.

        Args:
            text: the brief.
            picture: what the plan will have the picture show; a brief seldom says all of it, and
                copy that is to fit the picture must know.
        """
        ids = self.encode(text)[:MAX_BRIEF_TOKENS]
        if picture:
            ids += self.encode(f" Picture: {picture}.")
        return [self.bos, self._ids[BRIEF], *ids]

    def fits(self, text: str) -> bool:
        """Whether a brief's text is short enough to be read whole."""
        return len(self.encode(text)) <= MAX_BRIEF_TOKENS

    def plan(self) -> list[int]:
        """Asks for a plan draft as JSON."""
        return [self._ids[PLAN]]

    def copy(self, channel: str, tone: str, mention: Sequence[str] = ()) -> list[int]:
        """Asks for copy; `mention` lists what the critic found missing."""
        ids = [self._ids[f"<{channel}>"], self._ids[f"<{tone}>"]]
        if mention:
            ids += [self._ids[MENTION], *self.encode(" " + ", ".join(mention))]
        return [*ids, self._ids[COPY]]
