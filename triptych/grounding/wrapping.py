"""What chat models put around copy: prefaces, labels, quotes, afterwords. Cut where it is plain."""

from __future__ import annotations

import re

from triptych.domain import Finding
from triptych.grounding.tokens import without_gaps
from triptych.grounding.where import NAMES, Where, finding

_KIND = (
    r"(?:copy|headline|tag ?line|slogan|subject(?: line)?|social(?: media)? post|post|caption|"
    r"call[- ]to[- ]action|cta|body(?: copy| text)?|text|version|draft|option|message|key message|"
    r"preheader|e-?mail(?: subject)?|title|"
    r"ad(?: copy)?|description|überschrift|betreff|titre|titular)"
)
_PREFACE = re.compile(
    r"^\s*(?:(?:sure|certainly|of course|absolutely|okay|ok|great|gladly|understood|gerne|"
    r"natürlich|"
    r"bien sûr|claro)\b[!,.:]?\s*(?:thing[!,.]?\s*)?)?"
    r"(?:here(?:'s| is| are| you go| you are|'re)|below is|this is|"
    r"i(?:'ve| have) (?:written|created)|"
    r"hier ist|hier sind|voici|aquí (?:está|tienes)|ecco)\b[^\n:]{0,120}?:\s*",
    re.IGNORECASE,
)
_META = re.compile(
    rf"\b(?:{_KIND}|version|revised|brief|requested|you asked|attempt|draft)\b|you (?:go|are)\b",
    re.I,
)
_YES = re.compile(
    r"^\s*(?:sure(?: thing)?|certainly|of course|absolutely|gerne|bien sûr)[!.]\s+(?=\S)", re.I
)
_LABEL = re.compile(
    rf"^[ \t]*[#>*_-]*[ \t]*(?:\*\*|__)?[ \t]*{_KIND}(?: \d| ?\(.{{1,40}}\))?[ \t]*"
    rf"(?:\*\*|__)?[ \t]*:[ \t]*(?:\*\*|__)?[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_AFTERWORD = re.compile(
    r"(?:(?:\n+|(?<=[.!?\"”])\s+)(?:\(?(?:let me know|feel free|would you like|i hope|hope this|"
    r"please let"
    r"|if you(?:'d| would)? (?:like|want|need|prefer)[^.!?\n]{0,60}(?:let me|i can|tell me|change|"
    r"adjust|another)|note that (?:this|the) (?:copy|text|headline)|"
    r"this (?:copy|headline|version|post) "
    r"(?:is|keeps|uses|highlights|captures|follows|aims)|word count|\(?\d+ (?:words|characters)\)?)"
    r"[^\n]*\)?))+\s*$|\s*\(\d+ (?:words|characters)\)\s*$",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\bas an ai\b|\bi (?:can(?:not|'t)|am unable to|'m unable to|'m sorry|am sorry)\b.{0,60}\b"
    r"(?:help|assist|create|write|provide|comply)\b|"
    r"\blanguage model\b|\bi hope this helps\b|\blet me know if (?:you|this)\b",
    re.IGNORECASE,
)
_MARKDOWN = re.compile(
    r"\*\*|__(?=\w)|^#{1,6} |^\s*[-*] (?=\w.*\n\s*[-*] )|`|</?\w+[^>\n]{0,80}>|&\w{2,6};", re.M
)
_FENCE = re.compile(r"^\s*```\w*\s*\n?(.*?)\n?\s*```\s*$", re.DOTALL)
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "'": "'", "‘": "’", "”": "”", "`": "`"}
_OPTIONS = re.compile(
    r"^\s*(?:option|version|variant)?\s*(?:#?\d[.):]|option [a-d1-9]\b)", re.I | re.M
)


def unwrap(text: str) -> str:
    """Copy without what a chat model put around it, where there is no doubt what is copy.

    A fence, a preface that ends in a colon, one label, bold marks or quotes around the whole, and
    an afterword are cut. What is left may still be wrapped: see `wrapped`.
    """
    text = without_gaps(text)
    while True:
        cut = _unwrapped_once(text.strip())
        if cut == text or not cut:
            return cut or text.strip()
        text = cut


def _unwrapped_once(text: str) -> str:
    if fence := _FENCE.match(text):
        return fence[1].strip()
    preface = _PREFACE.match(text)
    if preface and _META.search(preface[0]):
        return text[preface.end() :].strip()
    if (yes := _YES.match(text)) and (
        _PREFACE.match(text[yes.end() :]) or _LABEL.match(text[yes.end() :])
    ):
        return text[yes.end() :].strip()
    labels = list(_LABEL.finditer(text))
    if len(labels) == 1 and labels[0].start() == 0:
        return text[labels[0].end() :].strip()
    if afterword := _AFTERWORD.search(text):
        return text[: afterword.start()].strip()
    for mark in ("**", "__", "*", "_"):
        inner = text[len(mark) : -len(mark)]
        whole = text.startswith(mark) and text.endswith(mark) and len(text) > 2 * len(mark)
        if whole and mark[0] not in inner:
            return inner.strip()
    inner = text[1:-1]
    opened, closed = text[:1], text[-1:]
    if (
        len(text) > 2
        and _QUOTES.get(opened) == closed
        and opened not in inner
        and closed not in inner
    ):
        return inner.strip()
    return text


def wrapped(text: str, where: Where) -> list[Finding]:
    """What of a chat's wrapping still stands around or in a text."""
    reason = (
        f"Give the {NAMES[where]} alone: no preface, label, mark-up, quotes around it, afterword."
    )
    wrappings = []
    preface = _PREFACE.match(text)
    if preface and _META.search(preface[0]):
        wrappings.append(preface[0])
    for pattern in (_YES, _LABEL, _AFTERWORD, _REFUSAL, _MARKDOWN):
        if match := pattern.search(text):
            wrappings.append(match[0])
    if len(_OPTIONS.findall(text)) > 1:
        wrappings.append(_OPTIONS.findall(text)[0])
    bare = text.strip()
    if len(bare) > 2 and _QUOTES.get(bare[0]) == bare[-1] and bare[0] not in bare[1:-1]:
        wrappings.append(f"{bare[0]}…{bare[-1]}")
    return [finding("wrapping", where, words.strip(), reason) for words in wrappings[:1]]
