"""A small pouch cell in three dimensions at 3C, cooled at its tabs.

The equations are those of demos/dfn_chen2020.py on a mesh with collectors and tabs, and with them

    rho c_p dT/dt = div(k grad T) - i_s . grad phi_s - i_e . grad phi_e + a i eta + a i T dU/dT

with k grad T . n = -h (T - T_0) on the tabs, all else insulated. Every rate depends on T. In every step the heat that
is stored and lost has to be the heat given off, and what the reactants lose less the electrical work: both to 1e-7.

    python demos/pouch_heat.py      pictures and results in out/pouch_heat; exits with 1 where the books do not close
"""

import shutil
import sys

import femcell as fc
from femcell.geometry.generators.pouch import Tab, pouch_stack

OUT = "out/pouch_heat"
H, AMBIENT = 2000.0, 298.15
LAYERS = ("negative_foil", "negative", "separator", "positive", "positive_foil")


def say(words: str) -> None:
    """One line, once on any number of ranks."""
    if fc.MPI.COMM_WORLD.rank == 0:
        print(words, flush=True)


def model() -> fc.DFN:
    """Four by three centimetres of the LG M50's stack, both tabs at the top."""
    chen = fc.library.chen2020()
    thickness = (12e-6, chen.negative.thickness, chen.separator_thickness, chen.positive.thickness, 16e-6)
    tabs = [
        Tab("negative_foil", "negative_tab", 4e-3, 12e-3),
        Tab("positive_foil", "positive_tab", 18e-3, 26e-3),
    ]
    layers = [(name, t, n) for name, t, n in zip(LAYERS, thickness, (1, 3, 2, 3, 1), strict=True)]
    geometry = pouch_stack(layers, tabs, height=40e-3, width=30e-3, cells=(6, 8))
    cooled = fc.Convection(H)
    heat = fc.Heat(fc.library.chen2020_layers(), {"negative_tab": cooled, "positive_tab": cooled}, ambient=AMBIENT)
    foils = {"negative_foil": fc.library.copper(), "positive_foil": fc.library.aluminium()}
    return fc.DFN(chen, fc.Resolution(radial=4), pouch=fc.Pouch(geometry, foils), physics=[fc.Electrochemistry(), heat])


def main() -> int:
    """Run, and return the exit code."""
    if fc.MPI.COMM_WORLD.rank == 0:
        shutil.rmtree(OUT, ignore_errors=True)
    fc.MPI.COMM_WORLD.Barrier()
    record = fc.OutputSettings(fields_at_s=(300.0,))
    series = fc.simulate(model(), ["Discharge at 3C for 5 minutes"], output=OUT, record=record).series
    for name in ("heat", "energy"):
        say(f"{name} closes to {series[f'audit_{name}'].max():.1g} in every step")
    say(f"mean temperature after 5 minutes: {series['temperature_K'][-1] - 273.15:.3f} C")
    return int(max(series["audit_heat"].max(), series["audit_energy"].max()) > 1e-7)


if __name__ == "__main__":
    sys.exit(main())
