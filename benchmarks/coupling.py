"""`make bench-coupling`: error against time of every coupling strategy, for weakly and strongly coupled fields.

Each run is a process of its own, which prepares the model first; preparing is not counted. The error is the root mean
square over the run's own time points, from one second on, of the difference from a monolithic run with a tight
tolerance. In the runaway it is that of the time at which 200 C is reached: a curve that is late by a second is off by
hundreds of kelvin where it is steep. "defect" is the worst audit of any step, of energy, in the isothermal case of
lithium: relative to the largest flow or, where nothing flows as in the insulated cell, to the power that warms it
at 1 mK/s. "cpu" is what counts where the machine was busy with other things. A run that takes more than LIMIT seconds
of it is given up.
"""

import argparse
import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import femcell as fc
from femcell.geometry.generators import Tab, pouch_stack
from femcell.materials.library import chen2020_thermal, hatchard2001_body, hatchard2001_reactions
from femcell.prepared import Model
from femcell.solvers.coupling import Strategy

OUT = Path(__file__).resolve().parent / "out"
LIMIT = 30
"""s of processor time."""

TOLERANCES = (1e-3, 1e-4, 1e-5)
REFERENCE = 1e-6
SWEEPS = {"iterations": 50, "tolerance": 1e-8}


@dataclass(frozen=True)
class Case:
    """A model, what is done to it, how it is grouped, and what its error is measured in."""

    model: Callable[[], Model]
    step: str
    column: str
    unit: str
    audit: str
    groups: tuple[tuple[str, ...], ...] = ()
    to_reach: float | None = None


def heated(coefficient: float) -> fc.DFN:
    """Chen 2020 with one temperature, cooled by a convection of `coefficient` W/(m2 K)."""
    exchange = fc.Exchange(chen2020_thermal.COOLED_SURFACE, (fc.Convection(coefficient),))
    heat = fc.LumpedHeat(chen2020_thermal.chen2020_heat_capacity(), exchange, 298.15)
    return fc.DFN(fc.library.chen2020(), physics=[fc.Electrochemistry(), heat])


def adiabatic() -> fc.Module:
    """An 18650 cell of the reactions of Hatchard 2001, insulated, from 140 C."""
    cell = fc.LumpedCell(volume=1.654e-5, material=hatchard2001_body(), initial_temperature=413.15)
    return fc.Module({"cell": cell}, hatchard2001_reactions())


def plate() -> fc.ThermalBody:
    """The same body as a sheet of 6 x 12 mm on a mesh, from 140 C with a plate of 200 C at its foot."""
    geometry = pouch_stack(
        [("cell", 6e-3, 2)], [Tab("cell", "foot", 0.0, 0.0, bottom=True)], height=12e-3, cells=(1, 4)
    )
    return fc.ThermalBody(
        geometry,
        {"cell": hatchard2001_body()},
        {"foot": fc.Convection(1e3)},
        ambient=473.15,
        reactions={"cell": hatchard2001_reactions()},
        initial_temperature=413.15,
    )


CASES = {
    "5C, h = 10 W/m2/K": Case(lambda: heated(10.0), "Discharge at 5C for 45 s", "temperature_K", "K", "energy"),
    "5C, h = 1000 W/m2/K": Case(lambda: heated(1000.0), "Discharge at 5C for 45 s", "temperature_K", "K", "energy"),
    "runaway from 140 C": Case(adiabatic, "Rest for 400 s", "temperature_cell_K", "s", "energy", to_reach=473.15),
    "field on a hot plate": Case(plate, "Rest for 20 s", "temperature_cell_K", "K", "energy"),
    "salt beside the rest, 1C": Case(
        lambda: fc.DFN(fc.library.chen2020()),
        "Discharge at 1C for 1 minute",
        "voltage_V",
        "V",
        "lithium",
        (("c_e",),),
    ),
}


def strategies(groups: tuple[tuple[str, ...], ...]) -> dict[str, Strategy]:
    """All that are compared, by the name in the table."""
    return {
        "monolithic": fc.Monolithic(),
        "staggered, 1 sweep": fc.Staggered(groups),
        "staggered, iterated": fc.Staggered(groups, **SWEEPS),
        "staggered, relaxed 0.7": fc.Staggered(groups, **SWEEPS, relaxation=0.7),
        "staggered, Aitken": fc.Staggered(groups, **SWEEPS, aitken=True),
        "staggered, 1 sweep, 4 substeps of the last": fc.Staggered(groups, substeps=(1, 4)),
        "staggered, 2 sweeps, 4 substeps of the last": fc.Staggered(groups, iterations=2, substeps=(1, 4)),
        "Lie": fc.Lie(groups),
        "Strang": fc.Strang(groups),
        "Strang, 4 substeps of the last": fc.Strang(groups, substeps=(1, 4)),
        "Strang, potentials held": fc.Strang(groups, hold_algebraic=True),
    }


def measure(case: Case, strategy: Strategy, tolerance: float, limit: int) -> dict[str, Any]:
    """One run: the curve, the counters, the times, without what preparing takes."""
    prepared = fc.prepare(case.model(), coupling=strategy)
    settings = fc.TimeSettings(tolerance=tolerance, min_step=1e-6)
    begun, cpu = time.perf_counter(), time.process_time()
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)  # PETSc would catch it
    resource.setrlimit(resource.RLIMIT_CPU, (int(cpu) + limit, resource.RLIM_INFINITY))
    result = fc.simulate(prepared, [case.step], time=settings, progress=False)
    return {
        "wall": time.perf_counter() - begun,
        "cpu": time.process_time() - cpu,
        "time": result.time.tolist(),
        "values": result.series[case.column].tolist(),
        "defect": result.summary["worst_audit"][case.audit],
        **result.summary["iterations"],
    }


def run(name: str, strategy: str, tolerance: float, limit: int = LIMIT) -> dict[str, Any]:
    """`measure` in a process of its own; what went wrong, in words, under "failure"."""
    command = [sys.executable, __file__, "--one", json.dumps([name, strategy, tolerance, limit])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        late = done.returncode == -signal.SIGXCPU
        return {"failure": f"given up after {limit} s" if late else done.stderr[-200:]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def one(name: str, strategy: str, tolerance: float, limit: int) -> dict[str, Any]:
    """What the process of one run does."""
    case = CASES[name]
    try:
        return measure(case, strategies(case.groups)[strategy], tolerance, limit)
    except fc.SolveError as error:
        return {"failure": str(error)}


def error(case: Case, found: dict[str, Any], reference: dict[str, Any]) -> float:
    """Of one run, in the case's unit."""
    times, values = np.array(found["time"]), np.array(found["values"])
    if case.to_reach is not None:
        crossed = [float(np.interp(case.to_reach, r["values"], r["time"])) for r in (found, reference)]
        return abs(crossed[0] - crossed[1])
    late = times >= 1.0
    exact = np.interp(times[late], reference["time"], reference["values"])
    return float(np.sqrt(np.mean((values[late] - exact) ** 2)))


def main() -> None:
    """Run all, or those cases and tolerances that are named; print a table for each case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="*", default=list(CASES), choices=list(CASES))
    parser.add_argument("--tolerances", nargs="*", type=float, default=TOLERANCES)
    parser.add_argument("--strategies", nargs="*", default=list(strategies(())), choices=list(strategies(())))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(one(*json.loads(chosen.one))))
        return
    table = []
    for name in chosen.cases:
        case = CASES[name]
        reference = run(name, "monolithic", REFERENCE, 10 * LIMIT)
        print(f"\n{name}: {case.step} (reference: monolithic, tolerance {REFERENCE:g})\n")
        print(f"| strategy | tolerance | error, {case.unit} | cpu, s | wall, s | steps | rejected | Newton | defect |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
        for strategy in chosen.strategies:
            for tolerance in chosen.tolerances:
                found = run(name, strategy, tolerance)
                row = {"case": name, "strategy": strategy, "tolerance": tolerance}
                if "failure" in found:
                    print(f"| {strategy} | {tolerance:g} | {found['failure']} |", flush=True)
                    table.append(row | found)
                    continue
                off = error(case, found, reference)
                print(
                    f"| {strategy} | {tolerance:g} | {off:.2e} | {found['cpu']:.2f} | {found['wall']:.2f} "
                    f"| {found['steps']} | {found['rejected']} | {found['newton']} | {found['defect']:.1e} |",
                    flush=True,
                )
                table.append(row | {"error": off} | {k: v for k, v in found.items() if k not in ("time", "values")})
    OUT.mkdir(exist_ok=True)
    (OUT / "coupling.json").write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
