"""Stress in the particles of a half cell at 2C: what swells, what holds it, and what stress does to the voltage.

Lithium swells the particles by dV/V = Omega (c - c_0). One energy of displacement u and concentration says the rest:

    psi = 1/2 e : C : e,   e = sym grad u - Omega / 3 (c - c_0) I
    div sigma = 0,         sigma = dpsi/de          in particles and foil, bonded where they touch
    mu_mech = dpsi/dc = -Omega sigma_h              tension positive

    dc/dt = div(D grad c + M grad mu_mech),   M = D / (dmu_chem/dc),   mu_chem = -F U
    i = i_0 (exp(F eta / 2 R T) - exp(-F eta / 2 R T)),   eta = phi_s - phi_e - U(c) + mu_mech / F

The top of the foil is clamped. The run is made with stress that follows lithium and with stress that acts back.

    mpirun -n 2 python demos/nmc_stress.py      pictures and results in out/nmc_stress_python

Exits with 1 where a figure is missed.
"""

import shutil
import sys
from pathlib import Path

import femcell as fc

OUT = "out/nmc_stress_python"
MESH = Path(__file__).resolve().parent.parent / "meshes" / "small_half_cell_3d.msh"

VOLTAGE, WITHIN = 3.79490, 1e-4
"""V after ten minutes at 2C, and how far the time tolerance of 1e-4 may be off."""

CLOSED = 1e-8
"""Relative imbalance of lithium, charge or elastic energy in any step that counts as none."""


def half_cell(*, two_way: bool) -> fc.ResolvedCell:
    """The small half cell of the tests, with stress in particles and foil."""
    chen = fc.library.chen2020()
    return fc.ResolvedCell(
        fc.read_msh(MESH, unit="um"),
        electrolyte=fc.library.nyman2008(),
        regions={"separator": chen.separator, "nmc": chen.positive.active, "foil": fc.library.aluminium()},
        terminals={"positive": "foil_top", "negative": fc.LithiumMetal("lithium")},
        physics=[fc.Electrochemistry(), fc.ChemoMechanics(two_way=two_way)],
    )


def main() -> int:
    """Run both, compare, and return the exit code."""
    root = fc.MPI.COMM_WORLD.rank == 0
    if root:
        shutil.rmtree(OUT, ignore_errors=True)
    steps = ["Discharge at 2C for 10 minutes"]
    follows = fc.simulate(half_cell(two_way=False), steps)
    acts = fc.simulate(half_cell(two_way=True), steps, output=OUT)
    worst = max(acts.summary["worst_audit"].values())
    if root:
        print(f"{acts.voltage[-1]:.5f} V, to be {VOLTAGE:.5f} V within {WITHIN:g} V; worst audit {worst:.1e}")
        print(f"stress that acts back changes the voltage by {1e3 * (acts.voltage[-1] - follows.voltage[-1]):.2f} mV")
        stress = acts.series["mean_hydrostatic_stress_positive_Pa"][-1]
        print(f"mean hydrostatic stress {stress / 1e6:.1f} MPa")
    return 0 if abs(acts.voltage[-1] - VOLTAGE) < WITHIN and worst < CLOSED else 1


if __name__ == "__main__":
    sys.exit(main())
