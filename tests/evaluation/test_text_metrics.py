import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU

from triptych.evaluation.text_metrics import bleu_counts, corpus_bleu, rouge_l

TEXTS = [
    "The red lantern lights the camp at night.",
    "Pour, sip, smile: the Tidecraft mug keeps tea warm.",
    "A watch that glows when the street goes dark, by Norvik.",
]
REFERENCES = [
    ["A red lantern lights your camp all night.", "The lantern lights the camp."],
    ["Pour and smile: the Tidecraft mug keeps your tea warm.", "A warm mug."],
    ["The watch glows when the street is dark.", "Norvik made a watch that glows in the dark."],
]


def test_corpus_bleu_is_sacrebleus():
    counts = [bleu_counts(t, r) for t, r in zip(TEXTS, REFERENCES, strict=True)]
    by_place = [list(column) for column in zip(*REFERENCES, strict=True)]
    theirs = BLEU().corpus_score(TEXTS, by_place).score / 100
    assert corpus_bleu(counts) == pytest.approx(theirs, abs=1e-6)


def test_any_resample_of_the_counts_is_the_corpus_bleu_of_that_resample():
    counts = np.array([bleu_counts(t, r) for t, r in zip(TEXTS, REFERENCES, strict=True)])
    places = [2, 0, 2]
    texts = [TEXTS[p] for p in places]
    by_place = [[REFERENCES[p][k] for p in places] for k in range(2)]
    theirs = BLEU().corpus_score(texts, by_place).score / 100
    assert corpus_bleu(counts[places]) == pytest.approx(theirs, abs=1e-6)


def test_bleu_of_a_copy_is_one_and_of_nothing_is_zero():
    assert corpus_bleu([bleu_counts(TEXTS[0], [TEXTS[0]])]) == pytest.approx(1)
    assert corpus_bleu([]) == 0


def test_rouge_l_is_the_reference_implementations_best():
    scorer = RougeScorer(["rougeL"])
    for text, references in zip(TEXTS, REFERENCES, strict=True):
        theirs = scorer.score_multi(references, text)["rougeL"].fmeasure
        assert rouge_l(text, references) == pytest.approx(theirs, abs=1e-6)


words = st.lists(
    st.sampled_from(["red", "lantern", "lights", "the", "camp", "at", "night"]), min_size=1
)


@given(words, words)
def test_rouge_l_is_the_harmonic_mean_over_the_longest_common_subsequence(left, right):
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, one in enumerate(left):
        for j, two in enumerate(right):
            table[i + 1][j + 1] = (
                table[i][j] + 1 if one == two else max(table[i][j + 1], table[i + 1][j])
            )
    common = table[-1][-1]
    expected = 2 * common / (len(left) + len(right))
    assert rouge_l(" ".join(left), [" ".join(right)]) == pytest.approx(expected, abs=1e-6)
