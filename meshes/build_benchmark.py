"""Build the NMC half cell at a chosen number of unknowns: the same spheres, meshed finer or coarser.

Run `python meshes/build_benchmark.py 200000 [FILE]`; the file is `nmc_half_cell_200000.msh` beside this
script unless given. Unknowns are those of a P1 electrochemical model: salt concentration and potential on
separator and pores, lithium on the particles, potential on particles and foil.
"""

from __future__ import annotations

import sys
from pathlib import Path

from build_nmc_half_cell import FOIL, PACKING, SEED, SEPARATOR, SIZE, WIDTH

from femcell.geometry.generators import Electrode, MeshReport, particle_cell, place

TOLERANCE = 0.1  # relative
# Unknowns at a mesh size of `f` times the demonstration's, about VOLUME / f^3 + AREA / f^2 + LENGTH / f:
# fitted to six meshes from 42 thousand to 785 thousand unknowns, within 1 %.
VOLUME, AREA, LENGTH = 7_000.0, 17_000.0, 18_200.0
ROUNDS = 4


def unknowns(report: MeshReport) -> int:
    """P1 unknowns; a vertex shared by two regions of one field counts twice: a few per cent too many."""
    count = report.region_vertices
    return 2 * (count["separator"] + count["electrolyte"]) + 2 * count["nmc"] + count["foil"]


def _first_guess(target: int) -> float:
    """The factor on the mesh size at which the fit gives `target` unknowns, by bisection."""
    low, high = 0.01, 10.0
    for _ in range(60):
        middle = (low * high) ** 0.5
        found = VOLUME / middle**3 + AREA / middle**2 + LENGTH / middle
        low, high = (low, middle) if found < target else (middle, high)
    return low


def build_size(path: Path, target: int) -> MeshReport:
    """Refine or coarsen until the number of unknowns is within TOLERANCE of the target."""
    # The first attempt at the seed is the one that the demonstration's mesh passed with; a coarse mesh cuts
    # off more of the spheres than a fine one, so that the porosity falls a little with the mesh size.
    placed = place(PACKING, (WIDTH, WIDTH), seed=(SEED, 0, 0), facet=SIZE.at_interface, min_particles=30)
    electrode = Electrode("nmc", placed.particles, foil_thickness=FOIL)
    factor = _first_guess(target)
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
