"""Overlapping spheres, seeded: the images of `make bench-tortuosity`.

python benchmarks/spheres.py VOXELS FILE.npy
"""

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

RADIUS = 10
POROSITY = 0.4
SEED = 20


def spheres(n: int, seed: int = SEED) -> npt.NDArray[np.uint8]:
    """Solid spheres of 10 voxels radius thrown into a box until 40 % of it are pore (1), shape (n, n, n)."""
    rng = np.random.default_rng(seed)
    x = np.arange(-RADIUS, RADIUS + 1)
    ball = sum(part**2 for part in np.ix_(x, x, x)) <= RADIUS**2
    pore = np.ones((n + 2 * RADIUS,) * 3, dtype=bool)  # spheres may stick out
    inside = (slice(RADIUS, -RADIUS),) * 3
    while (left := float(pore[inside].mean())) > POROSITY:
        # Each sphere takes its volume times what is still pore; half of the number that this asks for, at least one.
        missing = np.log(left / POROSITY) * n**3 / ball.sum()
        for centre in rng.integers(RADIUS, n + RADIUS, (max(1, int(missing / 2)), 3)):
            pore[tuple(slice(c - RADIUS, c + RADIUS + 1) for c in centre)] &= ~ball
    return pore[inside].astype(np.uint8)


if __name__ == "__main__":
    Path(sys.argv[2]).parent.mkdir(parents=True, exist_ok=True)
    np.save(sys.argv[2], spheres(int(sys.argv[1])))
