"""Build the column of spheres of `demos/bridge.toml`: one quarter of a square prism of a simple cubic array.

Run `python meshes/build_bridge.py`. Two overlapping spheres stand on each other between separator and foil; the walls
are planes of symmetry, so the mesh stands for an array without end. The spheres are cut at the separator and at the
foil as they are between each other: stacked in mirror images, the column stays a simple cubic array.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from femcell.geometry.generators import Electrode, MeshReport, MeshSize, Particles, particle_cell

UM = 1e-6
HERE = Path(__file__).parent


def column(
    path: Path, spheres: int = 2, spacing: float = 20 * UM, radius: float = 0.53, fineness: float = 0.1
) -> MeshReport:
    """Mesh a column.

    Args:
        path: `.msh` file to write.
        spheres: one above the other.
        spacing: of the array, m.
        radius: of the spheres, over the spacing; above 0.5 they overlap.
        fineness: edge length at the surface of the spheres, over the spacing.
    """
    centres = np.array([[0.0, 0.0, (i + 0.5) * spacing] for i in range(spheres)])
    box = np.array([0.5, 0.5, spheres]) * spacing
    particles = Particles(centres, np.full(spheres, radius * spacing), box)
    edge = fineness * spacing
    return particle_cell(
        path,
        positive=Electrode("nmc", particles, foil_thickness=2 * UM),
        separator=12 * UM,
        size=MeshSize(particle=1.8 * edge, pore=1.4 * edge, interface=edge, separator=2 * edge, foil=2 * edge),
    )


if __name__ == "__main__":
    print(column(HERE / "column_half_cell.msh", *(int(word) for word in sys.argv[1:])))
