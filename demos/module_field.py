"""Thermal runaway that passes from cell to cell in a module: a field on one mesh, beside a network of lumped cells.

A plate of 5 W/cm2 heats the first of three cells, which are pressed together with pads between them and stand on a
cold plate. In every body

    rho c_p dT/dt = div(k grad T) + sum H W (-dc/dt) + q,    dc/dt = -A f(c) exp(-E / (R T))

with k grad T . n = -h (T - T_0) at the foot, and (T_a - T_b) / R_pad from one body to the next, where T jumps. The
reactions are those of Hatchard et al., J. Electrochem. Soc. 148 (2001) A755 and Kim et al., J. Power Sources 170 (2007)
476, of an 18650; the sizes are those of a prismatic cell. What is stored, what is left in the reactants, what was lost
and what the heater gave have to add up in every step to 1e-7.

The network has one temperature a cell, and between two cells the resistance of the pad and of half of either cell.

    python demos/module_field.py    pictures and results in out/module_field; exits with 1 where the books do not close
"""

import itertools
import shutil
import sys
from dataclasses import replace

import numpy as np

import femcell as fc
from femcell.geometry.generators import Tab, pouch_stack

OUT = "out/module_field"
CELLS = ("cell_1", "cell_2", "cell_3")
THICKNESS, HEIGHT, DEPTH = 12e-3, 60e-3, 0.1
PLATE = 2e-3
"""m; of the heater."""

FLUX = 5e4
"""W/m2."""

PAD = 1e-3 / 0.3
"""m2 K/W; a millimetre of a pad of 0.3 W/(m K)."""

COLD_PLATE, AMBIENT = fc.Convection(200.0), 298.15
ALUMINIUM = fc.Thermal(
    name="aluminium", density=2702.0, heat_capacity=897.0, conductivity=237.0, source="CRC Handbook, at 298 K"
)
MINUTES = 5
ELEMENTS = 3
"""Along the thickness of each cell, and along its height. Each node burns off by itself, in less than a millisecond."""

TOLERANCE = 2e-4
"""A fiftieth of a kelvin a step; the books close whatever the steps are."""

PICTURED = (120.0, 180.0)
HOT = 473.15
"""K; a cell whose mean is above it runs away."""


def say(words: str) -> None:
    """One line, once on any number of ranks."""
    if fc.MPI.COMM_WORLD.rank == 0:
        print(words, flush=True)


def field() -> fc.ThermalBody:
    """Heater and cells side by side on one mesh."""
    layers = [("heater", PLATE, 1), *[(name, THICKNESS, ELEMENTS) for name in CELLS]]
    feet = [Tab(name, f"foot_{name}", 0.0, 0.0, bottom=True) for name in CELLS]
    geometry = pouch_stack(layers, feet, height=HEIGHT, cells=(1, ELEMENTS))
    body, reactions = fc.library.hatchard2001_body(), fc.library.hatchard2001_reactions()
    return fc.ThermalBody(
        geometry,
        {"heater": ALUMINIUM, **dict.fromkeys(CELLS, body)},
        {foot.name: COLD_PLATE for foot in feet},
        ambient=AMBIENT,
        contacts=dict.fromkeys(itertools.pairwise(("heater", *CELLS)), PAD),
        sources={"heater": FLUX / PLATE},
        reactions=dict.fromkeys(CELLS, reactions),
        cross_section=DEPTH,
    )


def network() -> fc.Module:
    """The same with one temperature a cell, and without a plate: its heat goes straight into the first cell."""
    body, side = fc.library.hatchard2001_body(), HEIGHT * DEPTH
    foot = fc.Exchange(THICKNESS * DEPTH, (COLD_PLATE,))
    cell = fc.LumpedCell(volume=THICKNESS * side, material=body, exchange=foot)
    cells = {name: replace(cell, heater=FLUX * side if name == CELLS[0] else 0.0) for name in CELLS}
    conductance = side / (PAD + THICKNESS / body.along(1)[0])
    contacts = dict.fromkeys(itertools.pairwise(CELLS), conductance)
    return fc.Module(cells, fc.library.hatchard2001_reactions(), contacts, AMBIENT)


def run(model: fc.Module | fc.ThermalBody, out: str) -> tuple[list[float], float]:
    """When the mean temperature of each cell passes 200 degrees C, s; and the worst audit of any step."""
    if fc.MPI.COMM_WORLD.rank == 0:
        shutil.rmtree(out, ignore_errors=True)
    fc.MPI.COMM_WORLD.Barrier()
    record = fc.OutputSettings(fields_at_s=PICTURED)
    time = fc.TimeSettings(tolerance=TOLERANCE)
    series = fc.simulate(model, [f"Rest for {MINUTES} minutes"], output=out, time=time, record=record).series
    when = []
    for name in CELLS:
        T = series[f"temperature_{name}_K"]
        first = int(np.argmax(T > HOT))
        when.append(float(np.interp(HOT, T[first - 1 : first + 1], series["time_s"][first - 1 : first + 1])))
    return when, float(series["audit_energy"].max())


def main() -> int:
    """Run both, compare, and return the exit code."""
    worst, passed = 0.0, True
    for model, what in ((field(), "field"), (network(), "network")):
        when, audit = run(model, f"{OUT}_{what}" if what == "network" else OUT)
        worst, passed = max(worst, audit), passed and when == sorted(when)
        say(f"{what}: the cells pass 200 C at {', '.join(f'{t:.1f}' for t in when)} s")
    say(f"energy closes to {worst:.1g} in every step")
    return int(worst > 1e-7 or not passed)


if __name__ == "__main__":
    sys.exit(main())
