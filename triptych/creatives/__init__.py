"""Finished creatives: layouts, typography, reframing, checks and files of one placement's size."""
