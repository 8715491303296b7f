"""Particles on a regular grid: pore fraction of the union, and whether every pore opens to the separator."""

from __future__ import annotations

import numpy as np

from femcell.geometry.generators.particles import BoolArray, Particles


def occupied(particles: Particles, spacing: float) -> BoolArray:
    """Grid cells whose middle lies in a particle.

    Args:
        particles: discs or spheres; what sticks out of the box is cut off.
        spacing: wanted cell size [m]; rounded so that whole cells fill the box.

    Returns:
        Array of `dim` axes, in the order of the coordinates.
    """
    counts = np.maximum(1, np.rint(particles.box / spacing)).astype(int)
    steps = particles.box / counts
    solid = np.zeros(tuple(counts), dtype=bool)
    for centre, radius in zip(particles.centres, particles.radii, strict=True):
        # Only the cells around the particle are looked at: the cost follows the particle, not the box.
        low = np.clip(np.floor((centre - radius) / steps).astype(int), 0, counts)
        high = np.clip(np.ceil((centre + radius) / steps).astype(int) + 1, 0, counts)
        axes = [(np.arange(a, b) + 0.5) * h - c for a, b, h, c in zip(low, high, steps, centre, strict=True)]
        inside = sum(axis**2 for axis in np.ix_(*axes)) <= radius**2
        window = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        solid[window] |= inside
    return solid


def porosity(particles: Particles, spacing: float) -> float:
    """Pore fraction of the box, counted on a grid; one sphere at 40 cells to the radius is right to 0.001."""
    return 1.0 - float(np.mean(occupied(particles, spacing)))


def reached(open_cells: BoolArray, start: BoolArray) -> BoolArray:
    """Cells of `open_cells` that are face-connected to `start`.

    Each sweep carries the mark along whole runs of open cells of one axis at a time, so that the number of
    sweeps is the number of bends of the longest path, not its length.
    """
    runs = []
    for axis in range(open_cells.ndim):
        lines = np.moveaxis(open_cells, axis, -1)
        # A closed cell, or the beginning of a line, starts a new run.
        breaks = ~lines
        breaks[..., 0] = True
        runs.append(np.cumsum(breaks.ravel()) - 1)
    marked = open_cells & start
    while True:
        before = int(np.count_nonzero(marked))
        for axis, ids in enumerate(runs):
            lines = np.ascontiguousarray(np.moveaxis(marked, axis, -1))
            hit = np.zeros(int(ids[-1]) + 1, dtype=bool)
            hit[ids[lines.ravel()]] = True
            marked = np.moveaxis(hit[ids].reshape(lines.shape), -1, axis) & open_cells
        if int(np.count_nonzero(marked)) == before:
            return marked


def sealed_fraction(particles: Particles, spacing: float) -> float:
    """Fraction of the pore space that does not connect to the separator (the plane at 0 of the last axis).

    Crevices narrower than `spacing` count as closed; use a spacing well below the narrowest channel of
    interest.
    """
    pores = ~occupied(particles, spacing)
    total = int(np.count_nonzero(pores))
    if total == 0:
        return 0.0
    start = np.zeros_like(pores)
    start[..., 0] = True
    return 1.0 - int(np.count_nonzero(reached(pores, start))) / total
