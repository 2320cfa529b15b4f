"""Real or generated: how often a small network, trained afresh, tells a picture from a render."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from triptych.protocols import Pixels

STEPS, BATCH, CROP = 160, 24, 48


def detected(renders: Sequence[Pixels], made: Sequence[Pixels], seed: int = 0) -> float:
    """Accuracy on pictures of other cases than it was trained on; 0.5 means it is left to guess.

    Two networks are trained, each on half of the cases and tested on the other half. They see
    crops, so that they look at how things are drawn and not at what there is. A tested picture is
    judged by its nine crops together.

    Args:
        renders: (S, S, 3) uint8 each.
        made: generated pictures of the same cases, in the same order.
        seed: of the networks' weights and crops.
    """
    if len(renders) != len(made) or len(renders) < 4:
        raise ValueError("a detector needs four cases or more, each with a render and a picture")
    pairs = torch.stack([_stacked(renders), _stacked(made)], dim=1)
    halves = torch.arange(len(pairs)) % 2 == 0
    right = [_tested(_trained(pairs[one], seed), pairs[~one]) for one in (halves, ~halves)]
    return float(torch.cat(right).float().mean())


def _trained(pairs: Tensor, seed: int) -> nn.Module:
    """A network that scores renders above zero; pairs (N, 2, 3, S, S): a render and a picture."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        net = _Network()
        optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.05)
        most = pairs.shape[-1] - min(CROP, pairs.shape[-1])
        for step in range(STEPS):
            rows = torch.randint(len(pairs), (BATCH // 2,))
            top, left = (int(torch.randint(most + 1, (1,))) for _ in range(2))
            seen = pairs[rows, :, :, top : top + CROP, left : left + CROP].flatten(0, 1)
            seen = seen.flip(-1) if step % 2 else seen
            real = torch.tensor([1.0, 0.0]).repeat(len(rows))
            loss = functional.binary_cross_entropy_with_logits(net(seen).flatten(), real)
            loss.backward()
            optimiser.step()
            optimiser.zero_grad()
    return net.eval()


@torch.no_grad()
def _tested(net: nn.Module, pairs: Tensor) -> Tensor:
    """Whether each picture of the pairs is told right, (2 N,)."""
    side = pairs.shape[-1]
    places = np.linspace(0, side - min(CROP, side), 3).astype(int)
    seen = pairs.flatten(0, 1)
    scores = torch.stack(
        [
            net(seen[..., top : top + CROP, left : left + CROP]).flatten()
            for top in places
            for left in places
        ]
    ).mean(dim=0)
    return (scores > 0) == torch.tensor([True, False]).repeat(len(pairs))


class _Network(nn.Module):
    """Crops to a score: convolutions over how far each pixel is from its neighbours, and a pool."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for narrow, wide, stride in ((6, 24, 1), (24, 32, 2), (32, 48, 2)):
            layers += [
                nn.Conv2d(narrow, wide, 3, stride, 1),
                nn.GroupNorm(4, wide),
                nn.LeakyReLU(0.2),
            ]
        self.layers = nn.Sequential(*layers)
        self.score = nn.Linear(96, 1)

    def forward(self, crops: Tensor) -> Tensor:
        """(B, 3, h, w) in −1..1 to (B, 1)."""
        fine = crops - functional.avg_pool2d(crops, 3, 1, 1, count_include_pad=False)
        maps = self.layers(torch.cat([crops, 8 * fine], dim=1))
        return self.score(torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3))], dim=1))


def _stacked(images: Sequence[Pixels]) -> Tensor:
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
