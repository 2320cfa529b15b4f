GUIDANCE_SCALE = 2.0
"""Of pictures, where nobody asks for another."""
CLIP_GUIDANCE_SCALE = 1.0
"""Of clips: none, for the key image says already what is in them, at half of the evaluations."""
