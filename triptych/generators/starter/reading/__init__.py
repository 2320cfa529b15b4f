"""What a brief gives as its own, found in free English: names, kind of product, offer, claims.

Rules, not a model: each takes only what is plainly said, and what it does not take is handed on as
it stands. A wrong name is the worst that can happen, then a fact that is an instruction to whoever
makes the campaign; so what is in doubt is left out, and told as left out.
"""
