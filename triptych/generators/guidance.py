"""What classifier-free guidance costs: one rule for generators, search and estimates."""

from __future__ import annotations


def nfe_of_step(scale: float) -> int:
    """Denoiser evaluations of one step of one sample at a guidance scale.

    Above 1 the denoiser is asked twice, with and without the conditioning (Ho & Salimans 2022);
    at 1 and below there is no guidance, as in diffusers.
    """
    return 2 if scale > 1 else 1
