"""An oven test of one 18650 cell, and a module in which one cell takes the others with it.

Four reactions decompose the cell (SEI, negative and positive electrode with the solvent, electrolyte), each with what
is left of its reactant, c:

    C dT/dt = V sum H W (-dc/dt) + P - A [h (T - T_oven) + e sigma (T^4 - T_oven^4)] - sum G (T - T_neighbour)
    dc/dt = -A_r f(c) exp(-E / (R T))

T. D. Hatchard et al., J. Electrochem. Soc. 148 (2001) A755; G.-H. Kim et al., J. Power Sources 170 (2007) 476. At 145
degrees C the cell gets 17 K hotter than the oven and lives, at 150 degrees C it runs away. The peaks have to be those
of another integration of the same equations. In the module, heat flows a-b-c-d and a is heated with 60 W.

    python demos/runaway.py     pictures and results in out/; exits with 1 where a figure is missed
"""

import itertools
import shutil
import sys

import numpy as np

import femcell as fc

ZERO = 273.15
PEAKS = {145.0: 161.91, 150.0: 481.84}
"""Oven: peak, degrees C."""

RADIUS, HEIGHT = 9e-3, 65e-3
WALLS = fc.Exchange(2 * np.pi * RADIUS * (RADIUS + HEIGHT), (fc.Convection(7.17), fc.Radiation(0.8)))
CONDUCTANCE = 0.2
"""W/K between neighbours."""


def say(words: str) -> None:
    """One line, once on any number of ranks."""
    if fc.MPI.COMM_WORLD.rank == 0:
        print(words, flush=True)


def cell(heater: float = 0.0) -> fc.LumpedCell:
    """The 18650, at 25 degrees C."""
    body = fc.library.hatchard2001_body()
    return fc.LumpedCell(volume=np.pi * RADIUS**2 * HEIGHT, material=body, exchange=WALLS, heater=heater)


def run(model: fc.Module, step: str, out: str) -> fc.Result:
    """One run, with pictures."""
    if fc.MPI.COMM_WORLD.rank == 0:
        shutil.rmtree(out, ignore_errors=True)
    fc.MPI.COMM_WORLD.Barrier()
    result = fc.simulate(model, [step], output=out)
    say(f"energy closes to {result.series['audit_energy'].max():.1g} in every step")
    return result


def main() -> int:
    """Run, compare, and return the exit code."""
    missed = 0
    reactions = fc.library.hatchard2001_reactions()
    for oven, reference in PEAKS.items():
        model = fc.Module({"cell": cell()}, reactions, ambient=oven + ZERO)
        result = run(model, "Rest for 2 hours", f"out/oven_{oven:g}")
        peak = result.series["temperature_cell_K"].max() - ZERO
        say(f"oven {oven:g} C: peak {peak:.2f} C, reference {reference:.2f} C")
        missed += abs(peak / reference - 1) > 1e-2
    names = "abcd"
    module = fc.Module(
        {name: cell(heater=60.0 if name == "a" else 0.0) for name in names},
        reactions,
        dict.fromkeys(itertools.pairwise(names), CONDUCTANCE),
        ambient=25.0 + ZERO,
    )
    series = run(module, "Rest for 15 minutes", "out/module").series
    when = [float(series["time_s"][series[f"temperature_{name}_K"].argmax()]) for name in names]
    say("cells run away at " + ", ".join(f"{name}: {t:.0f} s" for name, t in zip(names, when, strict=True)))
    missed += when != sorted(when)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
