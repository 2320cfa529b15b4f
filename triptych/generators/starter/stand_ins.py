"""Words that stand in for what a brief alone can say: names, facts, prices, codes, links.

Five million parameters cannot copy any name or price letter by letter. So the language model reads
and writes these few words in their place, and what they stand for is put back afterwards:
delexicalisation (Wen et al. 2015). They are made up, so that no copy needs them for themselves.
"""

from __future__ import annotations

BRAND, PRODUCT = "Norvik", "Emberlite"
KIND, KINDS, STUFF = "widget", "widgets", "widgetry"
"""What a product is, where the model does not know it: one thing, several, or nothing to count."""
FACTS = ("Factone", "Facttwo", "Factthree", "Factfour")
"""Whole sentences, kept as they are."""
OFFER = {
    "price": "Pricetag",
    "was_price": "Oldprice",
    "discount": "Percentoff",
    "code": "Codeword",
    "valid_from": "Firstday",
    "valid_until": "Lastday",
    "shipping": "Shipnote",
}
"""By field of an `Offer`."""
LINK = "Weblink"
