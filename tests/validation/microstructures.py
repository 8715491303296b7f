"""Microstructures whose statistics are known in closed form."""

import numpy as np
import numpy.typing as npt


def overlapping(n: int, radius: float, intensity: float, seed: int = 1) -> npt.NDArray[np.bool_]:
    """Outside of spheres whose middles are a Poisson process, `intensity` per voxel."""
    rng = np.random.default_rng(seed)
    wide = n + 2 * radius
    x = np.arange(n) + 0.5
    pore = np.ones((n, n, n), dtype=bool)
    for centre in rng.uniform(-radius, n + radius, (rng.poisson(intensity * wide**3), 3)):
        window = tuple(slice(max(0, int(c - radius)), max(0, int(c + radius) + 1)) for c in centre)
        away = np.ix_(*(x[w] - c for w, c in zip(window, centre, strict=True)))
        pore[window] &= sum(part**2 for part in away) >= radius**2
    return pore
