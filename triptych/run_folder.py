"""What lies in a run folder, by name: spelled here and nowhere else."""

from __future__ import annotations

BRIEF, PLAN = "brief.yaml", "plan.yaml"
SETTINGS = "run.json"
"""How the run was started; the last file that a new run writes."""
SIGNATURE = "run.sig"
"""Of the settings, by the user who started it."""
MODELS = "models.json"
"""Which models make it, from its first session on."""
KEPT = "kept.json"
"""Of a forked run: what it took over."""
CHECKPOINTS = "checkpoint.sqlite"
TRACE, TRACE_PAGE = "trace.jsonl", "trace.html"
EMBEDDINGS = "embeddings.safetensors"
MANIFEST, REPORT = "campaign.json", "report.html"
ASSETS, INDEX = "assets", "assets/index"
