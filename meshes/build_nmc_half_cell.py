"""Build `nmc_half_cell.msh`, 3D: lithium | separator | overlapping NMC spheres | aluminium foil.

Run `python meshes/build_nmc_half_cell.py [FILE]`. The active fraction of 0.665 and the mean radius, rounded
to 5 um, follow the positive electrode of the LG M50 in C.-H. Chen et al., J. Electrochem. Soc. 167 (2020)
080534 (porosity 0.335, radius 5.22 um); the electrode is 32 um thick instead of 75.6 um to keep the
demonstration short.
"""

from __future__ import annotations

import sys
from pathlib import Path

from femcell.geometry.generators import ElectrodePacking, MeshReport, MeshSize, sphere_packing

UM = 1e-6
PACKING = ElectrodePacking("nmc", 32 * UM, porosity=0.335, mean_radius=5 * UM, spread=0.18, overlap=0.14)
SIZE = MeshSize(particle=2.4 * UM, pore=1.6 * UM)


WIDTH = 33 * UM
SEPARATOR = 12 * UM
FOIL = 4 * UM
SEED = 1


def build(path: Path) -> MeshReport:
    """Write the half cell."""
    return sphere_packing(
        path,
        positive=PACKING,
        width=WIDTH,
        separator=SEPARATOR,
        foil=FOIL,
        size=SIZE,
        seed=SEED,
        min_particles=30,
        min_quality=0.08,
    )


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("nmc_half_cell.msh")
    print(build(target))
