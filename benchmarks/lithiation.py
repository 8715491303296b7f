"""Particles of LiFePO4 in two and three dimensions, lithiated and delithiated: iterations on finer and finer meshes.

A disc of 20 nm radius, 10 nm thick, and a spheroid with half axes of 12, 12 and 6 nm. Lithium enters through all
of the surface at C/20, phases separate, and a charge takes half of it out again. Newton steps are solved by FGMRES with
the preconditioner of `femcell/solvers/separating.py`. Voltages are told at 0.7 of the largest filling, lithiated and
delithiated.

    python benchmarks/lithiation.py [--dims 2 3] [--sizes 1.4 1.0 0.7] [--direct]     mpirun -n 2 python ...
"""

from mpi4py import MPI  # isort: skip  # first: DOLFINx finds its MPI library through it

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

import femcell as fc
from femcell.geometry.generators.gmsh_tools import name_group, session, write
from femcell.parallel import on_root
from femcell.solvers.settings import LinearSolver, SolverSettings

NM = 1e-3
"""In micrometres, the unit of meshes."""

AXES = {2: (20.0, 20.0), 3: (12.0, 12.0, 6.0)}
"""Half axes, nm."""

THICKNESS = 10e-9
"""Of the disc, m."""

START, RATE, WINDOW = 0.02, 0.05, 0.98
"""Stoichiometry at the start; C-rate, and the window of stoichiometries that it refers to."""

TOLD = 0.7
"""Share of the largest filling at which voltages are told."""

GROWTH = 1.25
"""Of the Krylov iterations per Newton iteration from the first mesh to the last that counts as mesh independent."""


def build(path: Path, dim: int, size: float) -> None:
    """Write an ellipsoid with edges of `size`, nm."""
    with session("particle") as gmsh:
        occ = gmsh.model.occ
        tag = occ.addDisk(0, 0, 0, NM, NM) if dim == 2 else occ.addSphere(0, 0, 0, NM)
        occ.dilate([(dim, tag)], 0, 0, 0, *AXES[dim], *[1.0] * (3 - dim))
        occ.synchronize()
        name_group(gmsh, dim, [tag], "particle")
        name_group(gmsh, dim - 1, [t for _, t in gmsh.model.getEntities(dim - 1)], "surface")
        for bound in ("Min", "Max"):
            gmsh.option.setNumber(f"Mesh.MeshSize{bound}", size * NM)
        gmsh.model.mesh.generate(dim)
        write(gmsh, path)


def particle(dim: int, size: float) -> fc.ParticleStudy:
    """The study on a mesh of that size."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(MPI.COMM_WORLD.bcast(folder)) / "particle.msh"
        on_root(MPI.COMM_WORLD, lambda: build(path, dim, size))
        geometry = fc.read_msh(path, unit="um")
        MPI.COMM_WORLD.barrier()
    material, section = fc.library.lfp_mpet(START), THICKNESS if dim == 2 else 1.0
    return fc.ParticleStudy(geometry, material, fc.SurfaceReaction("surface"), cross_section=section)


def run(study: fc.ParticleStudy, settings: SolverSettings, full: float) -> dict[str, float]:
    """Lithiate to a filling of `full` and back to half of it; what the table tells."""
    prepared = fc.prepare(study, settings)
    hours = (full - START) / (WINDOW * RATE)
    steps = [f"Discharge at {RATE}C for {hours} hours", f"Charge at {RATE}C for {hours / 2} hours"]
    begun = time.process_time()
    result = fc.simulate(prepared, steps, time=fc.TimeSettings(tolerance=1e-3), progress=False)
    series, count = result.series, result.summary["iterations"]
    filling, volts, step = (series[k] for k in ("filling_particle", "voltage_V", "step"))
    down, up = step == 1, step == 2
    return {
        "unknowns": study.system.size(),
        "steps": count["steps"],
        "newton": count["newton"],
        "krylov": count["krylov"] / count["newton"],
        "cpu_s": MPI.COMM_WORLD.allreduce(time.process_time() - begun),
        "down_V": float(np.interp(TOLD * full, filling[down], volts[down])),
        "up_V": float(np.interp(TOLD * full, filling[up][::-1], volts[up][::-1])),
        "audit": max(result.summary["worst_audit"].values()),
    }


def main() -> int:
    """Print the tables; 1 where the iterations grow by more than GROWTH."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dims", type=int, nargs="*", default=[2, 3])
    parser.add_argument("--sizes", type=float, nargs="*", default=[1.4, 1.0, 0.7], help="edges of the cells, nm")
    parser.add_argument("--full", type=float, default=0.6, help="filling at which the current turns round")
    parser.add_argument("--direct", action="store_true", help="factorise, to compare")
    options = parser.parse_args()
    settings = SolverSettings(LinearSolver.DIRECT if options.direct else LinearSolver.ITERATIVE)
    grown = False
    for dim in options.dims:
        rows = []
        for size in options.sizes:
            rows.append(run(particle(dim, size), settings, options.full))
            if MPI.COMM_WORLD.rank == 0:
                if len(rows) == 1:
                    print(f"\nLiFePO4, {dim}D, {RATE:g}C, {MPI.COMM_WORLD.size} ranks")
                    print(f"{'edge nm':>8}" + "".join(f"{name:>10}" for name in rows[0]))
                print(f"{size:8}" + "".join(f"{value:10.5g}" for value in rows[-1].values()), flush=True)
        grown |= rows[-1]["krylov"] > GROWTH * max(rows[0]["krylov"], 1.0)
    return int(grown)


if __name__ == "__main__":
    raise SystemExit(main())
