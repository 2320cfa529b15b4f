"""BLEU-4 and ROUGE-L against several references, kept as per-text counts so that they resample.

BLEU is sacrebleu's, ROUGE-L is rouge-score's. Corpus BLEU is no mean of anything a text has on its
own, so what is kept of a text is its n-gram counts; a resample adds these up.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rouge_score.rouge_scorer import RougeScorer
    from sacrebleu.metrics.bleu import BLEU

ORDER = 4


def bleu_counts(text: str, references: Sequence[str]) -> list[int]:
    """What corpus BLEU needs of one text: matches (4), totals (4), its length, the reference's."""
    score = _bleu().sentence_score(text, list(references))
    return [*map(int, score.counts), *map(int, score.totals), int(score.sys_len),
            int(score.ref_len)]  # fmt: skip


def corpus_bleu(counts: NDArray[np.int64] | Sequence[Sequence[int]]) -> float:
    """Corpus BLEU-4 in 0..1 of texts with `bleu_counts` (N, 10); equals sacrebleu's over 100."""
    from sacrebleu.metrics.bleu import BLEU

    total = np.asarray(counts, dtype=np.int64).reshape(-1, 2 * ORDER + 2).sum(axis=0).tolist()
    if not len(counts):
        return 0.0
    score = BLEU.compute_bleu(
        correct=total[:ORDER],
        total=total[ORDER : 2 * ORDER],
        sys_len=total[-2],
        ref_len=total[-1],
        smooth_method="exp",
    )
    return float(score.score) / 100


def rouge_l(text: str, references: Sequence[str]) -> float:
    """ROUGE-L F1 in 0..1, against the reference that it is nearest to; no stemming."""
    scorer = _rouge()
    return max(float(scorer.score(one, text)["rougeL"].fmeasure) for one in references)


@lru_cache(maxsize=1)
def _bleu() -> BLEU:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(effective_order=True)  # of no matter to counts; sentences are else warned of


@lru_cache(maxsize=1)
def _rouge() -> RougeScorer:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], use_stemmer=False)
