"""What in a brief is said to whoever makes the campaign, and what may be said to the reader."""

from __future__ import annotations

import re

from triptych.domain import TONES

LONGEST_CLAIM = 160
"""Characters of a sentence that copy may repeat."""

_INSTRUCTION = re.compile(
    r"""^(?:(?:and|also|but|so|oh|then)[\s,]+)?(?:please[\s,]+)?(?:
    show|picture\b(?!s)|film\b|shoot|write|draft|create|design|produce|avoid|don[’']t|do\ not
    |mention
    |include|focus|highlight|emphasi[sz]e|stress|target|aim|advertise|promote|market\b|post|add
    |set\b|call\ (?:it|them|this)
    |launch\b|generate|think\b|imagine|remember|consider|ensure|make\ (?:sure|it|a|an|the|this
    |them|us)\b
    |use\ (?:the|a|an|our|this|these|words?|british|american|short|simple|no|only|“|"|\#)
    |keep\ (?:it|the|this|them|copy|text|things|to)\b|tell\ (?:them|people|us|a|the)\b
    |say\b|put\ (?:the|it|a|our)\b|give\ (?:me|us|it)\b|leave\ out|stay\b|start\ with|end\ with
    |never\ (?!\w+s\b)|not?\ (?:for|in|on|at|to|too|more|less|red|blue)\b|sell\b|hide\b|refer\b
    |we(?:[’']d|\ would)?\ (?:need|want|would|like|hope|plan|think|believe|expect|must|should
    |should)\b
    |i(?:[’']d|[’']m|[’']ll|[’']ve)?\b|let[’']s\b|can\ you|could\ you|would\ you|looking\ for|help\b
    |(?:the|our|this)\ (?:picture|film|video|clip|image|photo|tone|audience|ad|ads|scene|mood
    |goal|aim
        |text|copy|client|budget|deadline|launch|campaign|brief|competitors?|competition|objective
        |target|readers?|style|voice|background|message|purpose|idea|main\ message|team)\b
    |for\ the\ (?:clip|film|video|picture|campaign|post)|wanted\b|aimed\ at
    |audience|(?:video|clip|scene|tone|mood|channels?|language|style|headline|tagline|slogan|goal
        |competitors?|contact)\b(?=\s*(?:[:=–—.!-]|is\b|are\b|should|must|of\b|for\b|$))
|should|must\b|it\ (?:should|must|needs\ to|has\ to)\b
    |they\ (?:should|must|need\ to)\b|the\ (?:\w+\ )?\w+\ (?:should|must)\b|budget|deadline
    |due\b|max\.?\b
    |maximum|at\ most|any\ \w+\ (?:but|except)|anything\ but|nothing\ (?:too|fancy|like)|except
    |happy\ (?:birthday|holidays|new|easter)|(?:ads?|adverts?|posts?|copy)\ for\b
    |(?:all\ the\ )?best,\s\w+|invite\b|compare\b|unlike\b|tag\b|you\ know\b
    |hi\b|hello\b|hey\b|dear\b|thanks?\b|thank\ you|best\ regards|kind\ regards|regards|cheers
    |sincerely
    |here\ is\ (?:the|our|my|a)\ brief|note\b|ps\b|asap|urgent|attached
    |see\ attached
    |[\w-]+-style\ (?:brief|copy|text)|(?:a\ |the\ )?brief\b|no\ (?:need\ to|one\ should)
    |(?:maybe|perhaps|ideally|preferably|possibly)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_OF_CAMPAIGN = re.compile(
    r"\b(?:headlines?|social posts?|subject lines?|call to action|CTA|campaigns?|taglines?|slogans?"
    r"|hashtags?|instagram|tiktok|linkedin|facebook|youtube|pinterest|adverts?|copywriter"
    r"|clich[ée]s?"
    r"|tone of voice|the (?:picture|photo|image|video|film|clip|visual|ad|copy|text|brief)s?"
    r"|target (?:group|audience|market)|competitors?|stakeholders?|KPIs?|deadline|budget|client"
    r"|sign-?ups|click(?:s|-through)|conversions?|brand awareness|market share|agency|confidential"
    r"|internal(?:ly)? only|embargo(?:ed)?|not for publication|do not publish|placeholder"
    r"|lorem ipsum"
    r"|sales (?:fell|rose|are|have|were|dropped)|our (?:sales|margin|strategy|goal|aim)"
    r"|as discussed|see attachment|per our call|please)\b|\#\w|(?<!\w)@\w|[\w.+-]+@[\w-]+\.\w"
    r"|\?\s*$",
    re.IGNORECASE,
)
_FEEL = re.compile(rf"\b(?:{'|'.join(TONES)})(?:,? (?:in tone|tone|feel|style|voice|mood)\b)", re.I)
_SEASON = re.compile(
    r"^(?:for|in|this|at) (?:the )?(?:Christmas|Easter|Halloween|Black Friday|Valentine|Mother"
    r"|Father|summer|winter|spring|autumn|new|coming|holiday|Instagram|TikTok|LinkedIn|Facebook)",
    re.IGNORECASE,
)
"""When or where a campaign runs, which is no word on the product."""
_TO_THE_READER = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_MAY_BE_BOTH = re.compile(
    r"^(?:make|use|keep|give|put|tell|set|add|stay|start|create|design|imagine|help|sell|say)\b",
    re.IGNORECASE,
)
_NOTHING_BAD = re.compile(
    r"\b(?:fees?|charges?|costs?|sugars?|additives?|minimum|contracts?|subscriptions?|strings"
    r"|commitments?|hidden|waiting|plastics?|artificial|preservatives?|ads|tricks|queues?|risks?"
    r"|noise|spills?|mess|batter(?:y|ies)|cables?|wires?|tools?|assembly|ironing|fuss|animals?"
    r"|gluten|dairy|lactose|alcohol|credit|card|cards|required|needed|necessary|paperwork|sign-?up"
    r"|registration|deposit|stress|worr(?:y|ies)|chemicals?|parabens?|smell|fragrance|palm|nuts"
    r"|colourings?|flavou?rings?|limits?|interest|obligations?|questions|appointment|experience"
    r"|knowledge|equipment|drilling|screws|glue|chlorine|pesticides?|gmos?|eggs?|salt|fat|calories"
    r"|traffic|delays?|jargon|lock-in|middlem[ae]n|booking|lines|more|downtime|maintenance|setup"
    r"|installation|code|coding|tracking|roaming|surprises|pain|smells?|odou?r|sweat|chafing|leaks?"
    r"|lead|latex|solvents?|deductibles?|excess|scratch(?:es)?|catch|stains?|streaks?|residue"
    r"|aftertaste|blisters"
    r"|itching|dust|drips|limits|login|account|password|compromises?|pressure|plumber|power"
    r"|electricity|refills?)\b",
    re.IGNORECASE,
)
_REFUSAL = re.compile(r"^(?:no|without|not|nothing|never|none)\b", re.IGNORECASE)
_FINE_NOT = re.compile(
    r"^not (?:just|only|tested|made|from|bottled|frozen|fried|baked|mass|roasted|a single|one)\b",
    re.IGNORECASE,
)
_STATE = r"not yet lit|not yet hot|no longer hot|no light on|without flowers|without toast"
"""What the world says of things with these words; it shows nothing that is not to be shown."""
_NEGATED = re.compile(
    rf"(?:,?\s*\b(?:but|and|with)\s+)?,?\s*\b(?!(?:{_STATE})\b)(?:(?:that|which)\s+(?:is|are)\s+not"
    r"|(?:is|are)\s+not|isn[’']t|aren[’']t|not|no|without|instead\s+of|except|rather"
    r"\s+than)\s+(?P<what>[^,.;:!?()]+?)(?P<but>,?\s+but\s+)?(?=[,.;:!?()]|$|(?<=but\s))",
    re.IGNORECASE,
)


def is_instruction(sentence: str) -> bool:
    """Whether a sentence says how the campaign is to be made, or is an aside."""
    if _OF_CAMPAIGN.search(sentence) or _FEEL.search(sentence) or _SEASON.match(sentence):
        return True
    if _MAY_BE_BOTH.match(sentence) and _TO_THE_READER.search(sentence):
        return False  # "Keep your drinks cold", "Make your mornings easy"
    return _INSTRUCTION.match(sentence) is not None


def is_refusal(sentence: str) -> bool:
    """Whether a sentence says what shall not be shown or said ("No snow."), not what is spared."""
    if not _REFUSAL.match(sentence) or _FINE_NOT.match(sentence):
        return False
    if re.match(r"not\b", sentence, re.IGNORECASE):
        return True
    return not (_NOTHING_BAD.search(sentence) or re.match(r"(?:nothing|never)\s", sentence, re.I))


def is_claim(sentence: str) -> bool:
    """Whether a sentence says something of the product that copy may repeat as it stands."""
    words = re.findall(r"[^\W_]+", sentence)
    if not words or len(sentence) > LONGEST_CLAIM or not any(w[0].isascii() for w in words):
        return False
    if len(words) == 1 and not re.search(r"\w-\w", sentence):
        return False
    return not (is_refusal(sentence) or is_instruction(sentence))


def without_negations(sentence: str) -> tuple[str, list[str]]:
    """A sentence for the model to read without what it negates, and that: it shows what it reads.

    "a lantern that is not red but blue" becomes "a lantern that is blue".
    """
    refused: list[str] = []

    def cut(match: re.Match[str]) -> str:
        spared = re.search(r"\b(?:no|without)\s", match[0], re.IGNORECASE)
        if spared and _NOTHING_BAD.search(match["what"]):
            return match[0]
        refused.append(re.sub(r"^[\s,]+|\s+but\s*$", "", match[0]))
        if not match["but"]:
            return ""
        if re.match(r"\s*(?:that|which)\s", match[0]):
            return " that is "
        return ", " if match[0].startswith(",") else " "

    rest = _NEGATED.sub(cut, sentence)
    return re.sub(r"\s+", " ", rest).strip(), refused
