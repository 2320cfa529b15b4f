"""Brand kits: what a brand looks and sounds like, read from `brand.yaml` and its files."""
