"""Build `example_half_cell.msh`, the mesh of the study that `femcell init` writes: a cell like the demo's, but tiny.

Run `python meshes/build_example.py`. Lithium | separator | a handful of overlapping NMC spheres | aluminium foil, in
cells as coarse as still look like spheres: a discharge takes seconds.
"""

from __future__ import annotations

from pathlib import Path

from femcell.geometry.generators import ElectrodePacking, MeshReport, MeshSize, sphere_packing

UM = 1e-6
SPHERES = ElectrodePacking("nmc", 11 * UM, porosity=0.5, mean_radius=4 * UM, spread=0.1, overlap=0.15)
SIZE = MeshSize(particle=2.4 * UM, pore=2.2 * UM, separator=3.5 * UM)


def build(path: Path) -> MeshReport:
    """Write the half cell."""
    return sphere_packing(
        path,
        positive=SPHERES,
        width=13 * UM,
        separator=5 * UM,
        foil=2 * UM,
        size=SIZE,
        seed=1,
        min_particles=3,
        min_quality=0.1,
    )


if __name__ == "__main__":
    print(build(Path(__file__).with_name("example_half_cell.msh")))
