"""A resolved half cell in three dimensions that heats itself, most at the necks between particles.

The equations of demos/nmc_half_cell.py, on a mesh of a handful of particles, and with them

    rho c_p dT/dt = div(k grad T) - i_s . grad phi_s - i_e . grad phi_e

in every region, i eta + i T dU/dT on the surfaces of the particles, and the top of the foil held at 25 degrees C. Every
rate depends on T. 5C for ten seconds. Nine tenths of the heat are of the reaction: the picture of its density shows the
surfaces of the particles, and most of all the grooves at the necks where two of them meet, at eighteen times the mean.
On this scale that heat is gone as soon as it is there: the warming is of microkelvins, and smooth. In every step the
heat that is stored and lost has to be the heat given off, and what the reactants lose less the electrical work: both
to 1e-7.

    mpirun -n 2 python demos/heated_half_cell.py    pictures and results in out/heated_half_cell_python

With another mesh, as meshes/nmc_half_cell.msh with its 69 particles, its file is the argument. Exits with 1 where the
books do not close. Thermal data: see demos/heated_half_cell.toml, which this reads.
"""

import shutil
import sys
import tomllib
from pathlib import Path

import femcell as fc

OUT = "out/heated_half_cell_python"
HERE = Path(__file__).resolve().parent
CLOSED = 1e-7
STEP = "Discharge at 5C for 10 seconds"


def half_cell(mesh: str | Path) -> fc.ResolvedCell:
    """The cell of demos/nmc_half_cell.py on another mesh, with a field of temperatures."""
    study = tomllib.loads((HERE / "heated_half_cell.toml").read_text(encoding="utf-8"))
    thermal = {
        name: fc.Thermal(name=name, source="see demos/heated_half_cell.toml", **numbers)
        for name, numbers in study["heat"]["regions"].items()
    }
    chen = fc.library.chen2020()
    return fc.ResolvedCell(
        fc.read_msh(mesh, unit="um"),
        electrolyte=fc.library.nyman2008(),
        regions={"separator": chen.separator, "nmc": chen.positive.active, "foil": fc.library.aluminium()},
        terminals={"positive": "foil_top", "negative": fc.LithiumMetal("lithium")},
        physics=(fc.Electrochemistry(), fc.Heat(thermal, {"foil_top": fc.FixedTemperature(298.15)})),
    )


def main() -> int:
    """Run, and return the exit code."""
    comm = fc.MPI.COMM_WORLD
    if comm.rank == 0:
        shutil.rmtree(OUT, ignore_errors=True)
    comm.Barrier()
    model = half_cell(sys.argv[1] if len(sys.argv) > 1 else HERE.parent / "meshes" / "small_half_cell_3d.msh")
    series = fc.simulate(model, [STEP], output=OUT).series
    exports = {e.name: e.function for e in model.system.exports}
    most = {n: comm.allreduce(float(exports[n].x.array.max()), op=fc.MPI.MAX) for n in ("warming", "heat_density")}
    heats = {n: float(v[-1]) for n, v in series.items() if n.endswith("_heat_W")}
    mean = sum(heats.values()) / sum(model.geometry.summary.volumes.values())
    worst = max(series["audit_heat"].max(), series["audit_energy"].max())
    if comm.rank == 0:
        print(
            f"voltage {series['voltage_V'][-1]:.6f} V, warming {series['temperature_K'][-1] - 298.15:.6g} K in the mean"
        )
        print(f"warmest {most['warming']:.6g} K; most heat {most['heat_density']:.5g} W/m3, mean {mean:.5g} W/m3")
        print("; ".join(f"{name} {watts:.5g}" for name, watts in heats.items()))
        print(f"heat and energy close to {worst:.1g} in every step")
    return int(worst > CLOSED)


if __name__ == "__main__":
    sys.exit(main())
