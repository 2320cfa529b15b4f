"""Marking machine-made media: C2PA manifests, XMP, and reading both back."""
