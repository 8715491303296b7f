"""Build the small cells that the tests use: half and full, 2D and 3D, and one with islands.

Run `python meshes/build_small.py`. The packings are random but seeded; `island_half_cell_2d.msh` is the small
2D half cell with a disc that touches nothing and a disc that closes off a pore at the foil.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np

import femcell as fc
from femcell.geometry.generators import (
    Electrode,
    ElectrodePacking,
    MeshReport,
    MeshSize,
    Particles,
    disc_packing,
    particle_cell,
    place,
    sphere_packing,
)
from femcell.geometry.generators.voxels import sealed_fraction
from femcell.geometry.raw import RawMesh
from femcell.geometry.write import write_msh

UM = 1e-6
HERE = Path(__file__).parent
DISCS = ElectrodePacking("nmc", 20 * UM, porosity=0.6, mean_radius=3.5 * UM, overlap=0.15, clearance=0.12)
GRAPHITE = ElectrodePacking("graphite", 20 * UM, porosity=0.6, mean_radius=4 * UM, overlap=0.15, clearance=0.12)
SPHERES = ElectrodePacking("nmc", 11 * UM, porosity=0.5, mean_radius=4 * UM, spread=0.1, overlap=0.15)
SIZE_2D = MeshSize(particle=1.3 * UM, pore=1.0 * UM)
SIZE_3D = MeshSize(particle=1.6 * UM, pore=1.4 * UM, separator=2.0 * UM)
WIDTH = 24 * UM
LAYER, LAYERS = 12 * UM, 12
SEPARATOR = 8 * UM
FOIL = 3 * UM


def small_half_cell_2d() -> MeshReport:
    """A few discs on a foil."""
    path = HERE / "small_half_cell_2d.msh"
    return disc_packing(path, positive=DISCS, width=WIDTH, separator=SEPARATOR, foil=FOIL, size=SIZE_2D, seed=1)


def small_full_cell_2d() -> MeshReport:
    """Discs of graphite and of NMC on either side of a separator."""
    return disc_packing(
        HERE / "small_full_cell_2d.msh",
        positive=DISCS,
        negative=GRAPHITE,
        width=WIDTH,
        separator=SEPARATOR,
        foil=FOIL,
        size=SIZE_2D,
        seed=1,
    )


def mixed_full_cell_2d() -> Path:
    """The small half cell with a layer for a porous electrode, "graphite", in the place of its lithium."""
    raw = fc.read_msh(HERE / "small_half_cell_2d.msh", unit="um").raw
    assert raw is not None
    edges = raw.facets[raw.facet_tags == raw.surface_tags["lithium"]]
    order = np.unique(edges)
    order = order[np.argsort(raw.points[order, 0])]
    depths = LAYER * np.arange(1, LAYERS + 1) / LAYERS
    new = np.concatenate([raw.points[order] - [0.0, depth] for depth in depths])
    rows = np.concatenate([order, len(raw.points) + np.arange(len(new))]).reshape(LAYERS + 1, len(order))
    a, b, c, d = rows[:-1, :-1].ravel(), rows[:-1, 1:].ravel(), rows[1:, :-1].ravel(), rows[1:, 1:].ravel()
    strip = np.concatenate([np.column_stack([a, c, d]), np.column_stack([a, d, b])])
    kept = raw.facet_tags != raw.surface_tags["lithium"]
    sides = np.concatenate([np.column_stack([rows[:-1, i], rows[1:, i]]) for i in (0, -1)])
    bottom = np.column_stack([rows[-1, :-1], rows[-1, 1:]])
    graphite = 1 + max(raw.region_tags.values())
    tags = {**raw.surface_tags, "negative_collector": raw.surface_tags["lithium"]}
    del tags["lithium"]
    mixed = RawMesh(
        points=np.concatenate([raw.points, new]),
        cells=np.concatenate([raw.cells, strip]),
        cell_tags=np.concatenate([raw.cell_tags, np.full(len(strip), graphite)]),
        facets=np.concatenate([raw.facets[kept], sides, bottom]),
        facet_tags=np.concatenate(
            [
                raw.facet_tags[kept],
                np.full(len(sides), tags["sides"]),
                np.full(len(bottom), tags["negative_collector"]),
            ]
        ),
        region_tags={**raw.region_tags, "graphite": graphite},
        surface_tags=tags,
    )
    return write_msh(mixed, HERE / "mixed_full_cell_2d.msh")


def small_half_cell_3d() -> MeshReport:
    """A handful of spheres."""
    return sphere_packing(
        HERE / "small_half_cell_3d.msh",
        positive=SPHERES,
        width=13 * UM,
        separator=5 * UM,
        foil=2 * UM,
        size=SIZE_3D,
        seed=1,
        min_particles=3,
        min_quality=0.1,
    )


def island_half_cell_2d(attempt: int) -> MeshReport:
    """The discs of the small half cell, one that touches nothing, and one that seals a pore at the foil."""
    particles = place(DISCS, (WIDTH,), seed=(1, 0, attempt), facet=SIZE_2D.at_interface).particles
    particles = _with_floating(_with_pocket(particles))
    return particle_cell(
        HERE / "island_half_cell_2d.msh",
        positive=Electrode("nmc", particles, foil_thickness=FOIL),
        separator=SEPARATOR,
        size=SIZE_2D,
        allow_islands=True,
    )


def _with_pocket(particles: Particles) -> Particles:
    """Add a disc that is bonded to two others and closes off the pore between them and the foil."""
    radius, x, r = 1.8 * UM, particles.centres, particles.radii
    reach = r + radius - 0.15 * np.minimum(r, radius)
    for i, j in itertools.combinations(range(len(r)), 2):
        between = x[j] - x[i]
        gap = np.linalg.norm(between)
        along = (gap**2 + reach[i] ** 2 - reach[j] ** 2) / (2 * gap)
        if abs(along) >= reach[i]:
            continue
        normal = np.array([-between[1], between[0]]) / gap
        for side in (-1, 1):
            centre = x[i] + along * between / gap + side * np.sqrt(reach[i] ** 2 - along**2) * normal
            others = np.delete(np.linalg.norm(x - centre, axis=1) - r - radius, [i, j])
            inside = np.all((centre > 1.2 * radius) & (centre < particles.box - 1.2 * radius))
            joined = particles.joined(centre, np.array(radius))
            if inside and np.all(others > 0.3 * UM) and sealed_fraction(joined, 0.1 * UM) > 0.02:
                return joined
    raise RuntimeError("no disc closes off a pore: change the seed of the packing")


def _with_floating(particles: Particles) -> Particles:
    """Add a disc in the widest pore, as large as leaves a gap of a third of its radius all round."""
    x, y = (np.linspace(0, length, 200) for length in particles.box)
    grid = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    room = np.min(np.linalg.norm(grid[:, None] - particles.centres, axis=-1) - particles.radii, axis=1)
    room = np.minimum(room, np.min(np.minimum(grid, particles.box - grid), axis=1))
    widest = int(np.argmax(room))
    return particles.joined(grid[widest], np.array(0.75 * room[widest]))


if __name__ == "__main__":
    half = small_half_cell_2d()
    for report in (half, small_full_cell_2d(), small_half_cell_3d(), island_half_cell_2d(half.attempt)):
        print(report)
    print(mixed_full_cell_2d())
