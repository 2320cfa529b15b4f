"""All checks of a text against its brief, joined."""

from __future__ import annotations

from triptych.channels.placement import ROOMY
from triptych.domain import Brief, CampaignPlan, Finding, PlanDraft, TextKind
from triptych.grounding.attributes import false_attributes
from triptych.grounding.languages import wrong_language
from triptych.grounding.names import false_names, missing_names
from triptych.grounding.negation import shown_though_excluded
from triptych.grounding.numbers import false_numbers, missing_offer
from triptych.grounding.sense import nonsense
from triptych.grounding.source import Source
from triptych.grounding.tokens import plain
from triptych.grounding.where import NAMES, Where, finding
from triptych.grounding.wording import forbidden_words, missing_words
from triptych.grounding.wrapping import wrapped

MOST_TOLD = 8
MOST = 5000
"""Letters of copy: no channel has room for more."""


def ground(
    brief: Brief,
    plan: CampaignPlan | None,
    text: str,
    kind: TextKind | None = None,
    language: str | None = None,
) -> tuple[Finding, ...]:
    """What in copy brief and plan do not bear out, or is no copy; nothing if it may pass.

    Args:
        brief: what was asked.
        plan: what it was planned to be; None to hold the copy to the brief alone.
        text: the copy.
        kind: of text; short ones need not hold everything.
        language: that it is written in; the brief's own by default.
    """
    language = language or brief.language
    source, said = Source(brief, plan), plain(text)
    if not said.strip():
        return (Finding(kind="sense", where="copy", words="", reason="There is no copy."),)
    if len(said) > MOST:
        return (_too_long(said),)
    findings = [
        *wrapped(said, "copy"),
        *wrong_language(source, said, "copy", language),
        *nonsense(source, said, "copy", language),
        *_true_to_brief(source, said, "copy"),
        *([] if kind and kind not in ROOMY else missing_names(source, said)),
        *missing_words(source, said, kind),
        *false_attributes(source, said, "copy"),
    ]
    if kind in ROOMY:
        findings += missing_offer(source, said)
    return _once(findings)


def ground_own(brief: Brief, plan: CampaignPlan | None, text: str) -> tuple[Finding, ...]:
    """What a person's own copy says that the brief does not: names, figures, what it excludes.

    To be told, not held against it: a person may know more than the brief says.
    """
    source, said = Source(brief, plan), plain(text)
    if len(said) > MOST:
        return (_too_long(said),)
    return _once([*_true_to_brief(source, said, "copy"), *missing_names(source, said)])


def ground_plan(brief: Brief, draft: PlanDraft | CampaignPlan) -> tuple[Finding, ...]:
    """What in a plan's key message, picture and film the brief does not bear out."""
    source, findings = Source(brief), list[Finding]()
    lines: tuple[tuple[Where, str], ...] = (
        ("key_message", draft.key_message),
        ("visual", draft.visual),
        ("motion", draft.motion),
    )
    for where, text in lines:
        said = plain(text)
        if where == "key_message":
            findings += wrapped(said, where)
            findings += wrong_language(source, said, where, brief.language)
        findings += nonsense(source, said, where, brief.language)
        findings += _true_to_brief(source, said, where)
        findings += false_attributes(source, said, where)
    return _once(findings)


def in_words(findings: tuple[Finding, ...] | list[Finding]) -> str:
    """The findings' reasons in one paragraph, each once, the first few of many."""
    reasons = dict.fromkeys(
        one.reason if one.where == "copy" else f"In the {NAMES[one.where]}: {one.reason}"
        for one in findings
    )
    first, more = list(reasons)[:MOST_TOLD], len(reasons) - MOST_TOLD
    return " ".join([*first, f"And {more} more."] if more > 0 else first)


def wanted(findings: tuple[Finding, ...] | list[Finding]) -> tuple[str, ...]:
    """What the next attempt should have, word for word."""
    return tuple(dict.fromkeys(one.instead for one in findings if one.instead))


def _true_to_brief(source: Source, said: str, where: Where) -> list[Finding]:
    figures = [] if where in ("visual", "motion") else false_numbers(source, said, where)
    return [
        *figures,
        *false_names(source, said, where, source.brief.language),
        *shown_though_excluded(source, said, where),
        *forbidden_words(source, said, where),
    ]


def _too_long(said: str) -> Finding:
    reason = f"The copy has {len(said)} letters; none over {MOST} is checked, nor can it pass."
    return finding("sense", "copy", said[:60], reason)


def _once(findings: list[Finding]) -> tuple[Finding, ...]:
    """Each fault once: a word that is no word is not also a foreign name."""
    kept: dict[tuple[str, str], Finding] = {}
    for one in findings:
        kept.setdefault((one.where, one.words.casefold()), one)
    return tuple(kept.values())
