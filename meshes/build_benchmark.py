"""Build the NMC half cell at a chosen number of unknowns: the same spheres, meshed finer or coarser.

Run `python meshes/build_benchmark.py 200000 [FILE]`; the file is `nmc_half_cell_200000.msh` beside this
script unless given. Unknowns are those of a P1 electrochemical model: salt concentration and potential on
separator and pores, lithium on the particles, potential on particles and foil.
"""

from __future__ import annotations

import sys
from pathlib import Path

import mpi4py.MPI  # noqa: F401  (before DOLFINx, which femcell.geometry imports)
from build_nmc_half_cell import FOIL, PACKING, SEED, SEPARATOR, SIZE, WIDTH

from femcell.geometry.generators import Electrode, MeshReport, particle_cell, place

TOLERANCE = 0.1  # relative
UNKNOWNS = 42_500  # of the demonstration's mesh, where the search for the mesh size starts
ROUNDS = 4


def unknowns(report: MeshReport) -> int:
    """P1 unknowns; a vertex shared by two regions of one field counts twice, which is a few per cent too many."""
    count = report.region_vertices
    return 2 * (count["separator"] + count["electrolyte"]) + 2 * count["nmc"] + count["foil"]


def build_size(path: Path, target: int) -> MeshReport:
    """Refine or coarsen until the number of unknowns is within TOLERANCE of the target."""
    # The first attempt at the seed is the one that the demonstration's mesh passed with; a coarse mesh cuts
    # off more of the spheres than a fine one, so that the porosity falls a little with the mesh size.
    placed = place(PACKING, (WIDTH, WIDTH), seed=(SEED, 0, 0), facet=SIZE.at_interface, min_particles=30)
    electrode = Electrode("nmc", placed.particles, foil_thickness=FOIL)
    factor = (UNKNOWNS / target) ** (1 / 3)
    for _ in range(ROUNDS):
        report = particle_cell(path, positive=electrode, separator=SEPARATOR, size=SIZE.scaled(factor))
        found = unknowns(report)
        if abs(found / target - 1) < TOLERANCE:
            break
        factor *= (found / target) ** (1 / 3)
    return report


if __name__ == "__main__":
    if len(sys.argv) < 2 or not sys.argv[1].isdigit():
        sys.exit("give the number of unknowns: python meshes/build_benchmark.py 200000")
    wanted = int(sys.argv[1])
    default = Path(__file__).with_name(f"nmc_half_cell_{wanted}.msh")
    made = build_size(Path(sys.argv[2]) if len(sys.argv) > 2 else default, wanted)
    print(f"{unknowns(made)} unknowns\n{made}")
