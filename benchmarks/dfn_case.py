"""One case of `benchmarks/dfn.py` in a process of its own: a code with its settings, or a sweep; prints JSON.

Run as `python benchmarks/dfn_case.py femcell '{"resolution": [4, 1, 4, 4, 8], "tolerance": 1e-4, "repeats": 7}'`.
Neither code is imported before its case begins, so that times and memory are its own.
"""

import json
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

LONGEST = 3700.0
"""s; by then a 1C discharge of this cell has met 2.5 V."""

PARTICLES = ("negative particle", "positive particle")

SWEEPS: dict[str, tuple[float, ...]] = {
    "diffusivity": (2e-15, 3e-15, 4e-15, 5e-15, 6e-15),
    "porosity": (0.24, 0.26, 0.28, 0.30, 0.32),
    "exchange": (1e-6, 2e-6, 3e-6, 4e-6, 5e-6),
}
"""Values of the positive electrode: solid diffusivity (m2/s), porosity, rate of exchange (A/m2 (m3/mol)^1.5).

Solid and pores fill the electrode of Chen 2020 completely: its porosity can only be made less.
"""

EXCHANGE = 3.42e-6
"""The rate of Chen 2020, A/m2 (m3/mol)^1.5."""


def peak_MiB() -> float:
    """Peak resident memory of this process, MiB; where Linux tells it, without that of the process that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    unit = 1024 if platform.system() == "Linux" else 1
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1024**2


def measured(prepare: Callable[[], Any], solve: Callable[[Any], tuple[Any, float]], repeats: int) -> dict[str, Any]:
    """Times of a set-up, a first solve, and repeated solves of the same model.

    Args:
        prepare: makes the model.
        solve: solves it, and returns the solution and the seconds of that which were spent on stepping.
        repeats: solves after the first.

    Returns:
        `solve_s`: stepping alone, s, of each repeat; `call_s`: the whole call; `call_cpu_s`: processor time of it,
        which is less where the process had to wait for others; `setup_s`: from having imported the code to the
        first answer, less the median of `solve_s`; `solution`: the last.
    """
    begun = time.perf_counter()
    model = prepare()
    solution, _ = solve(model)
    answered = time.perf_counter() - begun
    calls, steppings, processor = [], [], []
    for _ in range(repeats):
        begun, used = time.perf_counter(), time.process_time()
        solution, seconds = solve(model)
        calls.append(time.perf_counter() - begun)
        processor.append(time.process_time() - used)
        steppings.append(seconds)
    setup = answered - statistics.median(steppings)
    return {
        "solve_s": steppings,
        "call_s": calls,
        "call_cpu_s": processor,
        "setup_s": setup,
        "solution": solution,
    }


def cached_forms() -> int:
    """Compiled forms in the cache."""
    from femcell.cache import cache_folder

    return len(list(cache_folder("").rglob("libffcx_*.so")))


def stepping(summary: dict[str, Any]) -> float:
    """Seconds of a run of femcell without those for forms and matrix pattern, which are set-up."""
    seconds = summary["seconds"]
    return seconds["total"] - seconds.get("compile", 0.0) - seconds.get("pattern", 0.0)


def femcell_case(spec: dict[str, Any]) -> dict[str, Any]:
    """Chen 2020 at 1C with femcell: `resolution` as in `fc.Resolution`, `tolerance`, `order`, `repeats`."""
    begun = time.perf_counter()
    import femcell as fc

    imported = time.perf_counter() - begun
    forms = cached_forms()
    settings = fc.TimeSettings(tolerance=spec["tolerance"], max_order=spec.get("order", fc.TimeSettings().max_order))

    def prepare() -> fc.Prepared:
        return fc.prepare(fc.DFN(fc.library.chen2020(), fc.Resolution(*spec["resolution"])))

    def solve(model: fc.Prepared) -> tuple[fc.Result, float]:
        result = fc.simulate(model, ["Discharge at 1C until 2.5 V"], time=settings, progress=False)
        return result, stepping(result.summary)

    found = measured(prepare, solve, spec["repeats"])
    result = found.pop("solution")
    return {
        **found,
        "import_s": imported,
        "forms_compiled": cached_forms() - forms,
        "time_s": result.time.tolist(),
        "voltage_V": result.voltage.tolist(),
        "unknowns": result.summary["unknowns"],
        "steps": result.summary["iterations"]["steps"],
        "memory_MiB": peak_MiB(),
        "version": f"femcell {fc.__version__}, DOLFINx {result.summary['versions']['dolfinx']}",
    }


def pybamm_simulation(spec: dict[str, Any], values: Any = None) -> Any:
    """PyBaMM's DFN of Chen 2020: `points` (electrodes, separator, particles), `rtol`, `atol`, `best`.

    Left out, tolerances are its defaults. `best`: quadratic extrapolation to the surface, and radial cells that grow
    finer towards it (exponential, stretch 2.3).
    """
    import pybamm

    model = pybamm.lithium_ion.DFN()
    electrodes, separator, radial = spec["points"]
    meshes, methods = dict(model.default_submesh_types), dict(model.default_spatial_methods)
    if spec["best"]:
        graded = {"side": "right", "stretch": 2.3}
        order = {"gradient": "quadratic", "value": "quadratic"}
        for domain in PARTICLES:
            meshes[domain] = pybamm.MeshGenerator(pybamm.Exponential1DSubMesh, submesh_params=graded)
            methods[domain] = pybamm.FiniteVolume({"extrapolation": {"order": order}})
    tolerances = {name: spec[name] for name in ("rtol", "atol") if name in spec}
    simulation = pybamm.Simulation(
        model,
        parameter_values=values or pybamm.ParameterValues("Chen2020"),
        var_pts={"x_n": electrodes, "x_s": separator, "x_p": electrodes, "r_n": radial, "r_p": radial},
        submesh_types=meshes,
        spatial_methods=methods,
        solver=pybamm.IDAKLUSolver(**tolerances),
    )
    simulation.build()
    return simulation


def pybamm_case(spec: dict[str, Any]) -> dict[str, Any]:
    """Chen 2020 at 1C with PyBaMM and its own `solve_time`; see `pybamm_simulation`."""
    begun = time.perf_counter()
    import pybamm

    imported = time.perf_counter() - begun

    def solve(simulation: Any) -> tuple[Any, float]:
        solution = simulation.solve([0.0, LONGEST])
        return solution, float(solution.solve_time.value)

    found = measured(lambda: pybamm_simulation(spec), solve, spec["repeats"])
    solution = found.pop("solution")
    voltage = solution["Voltage [V]"].entries
    return {
        **found,
        "import_s": imported,
        "time_s": solution.t.tolist(),
        "voltage_V": voltage.tolist(),
        "unknowns": int(solution.y.shape[0]),
        "steps": len(solution.t) - 1,
        "memory_MiB": peak_MiB(),
        "version": f"PyBaMM {pybamm.__version__}",
    }


def swept(values: Sequence[float], solve: Callable[[float], tuple[float, float]]) -> dict[str, Any]:
    """Wall time, seconds of stepping and end of discharge of each value."""
    calls, steppings, ends = [], [], []
    for value in values:
        begun = time.perf_counter()
        end, seconds = solve(value)
        calls.append(time.perf_counter() - begun)
        steppings.append(seconds)
        ends.append(end)
    return {"values": list(values), "call_s": calls, "solve_s": steppings, "end_s": ends}


def femcell_sweep(spec: dict[str, Any]) -> dict[str, Any]:
    """All sweeps with femcell at its defaults; to be run with an empty form cache, as forms are counted in it.

    Numbers and factors of laws are changed in one prepared model; a porosity makes a new model of a new cell.
    """
    import femcell as fc

    cell = fc.library.chen2020()

    def changed(name: str, value: float) -> fc.Prepared:
        prepared.change(**{name: value})
        return prepared

    models: dict[str, Callable[[float], fc.DFN | fc.Prepared]] = {
        "diffusivity": lambda value: changed("positive.diffusivity", value),
        "porosity": lambda value: fc.DFN(replace(cell, positive=replace(cell.positive, porosity=value))),
        "exchange": lambda value: changed("positive.exchange_current_density_factor", value / EXCHANGE),
    }

    def solve(model: fc.DFN | fc.Prepared) -> tuple[float, float]:
        result = fc.simulate(model, ["Discharge at 1C until 2.5 V"], progress=False)
        return float(result.time[-1]), stepping(result.summary)

    found: dict[str, Any] = {}
    forms = 0
    # Twice: the order in which UFL numbers the constants of a second model makes a form or two anew.
    for which in ("first", "second"):
        begun = time.perf_counter()
        solve(fc.DFN(cell))
        found[f"{which}_s"] = time.perf_counter() - begun
        found[f"forms_{which}"] = cached_forms() - forms
        forms = cached_forms()
    prepared = fc.prepare(fc.DFN(cell))
    solve(prepared)
    for name, make in models.items():
        before = prepared.parameters
        row = swept(SWEEPS[name], lambda value, make=make: solve(make(value)))
        found[name] = {**row, "forms_compiled": cached_forms() - forms}
        forms = cached_forms()
        prepared.change(**before)
    return found


def pybamm_sweep(spec: dict[str, Any]) -> dict[str, Any]:
    """All sweeps with PyBaMM: each parameter an input of a model that is built once; see `pybamm_simulation`."""
    import pybamm

    def rated(c_e: Any, c_s: Any, c_max: Any, T: Any) -> Any:
        rate = pybamm.InputParameter("exchange")
        arrhenius = pybamm.exp(17800.0 / pybamm.constants.R * (1 / 298.15 - 1 / T))
        return rate * arrhenius * (c_e * c_s * (c_max - c_s)) ** 0.5

    changes: dict[str, dict[str, Any]] = {
        "diffusivity": {"Positive particle diffusivity [m2.s-1]": pybamm.InputParameter("diffusivity")},
        "porosity": {"Positive electrode porosity": pybamm.InputParameter("porosity")},
        "exchange": {"Positive electrode exchange-current density [A.m-2]": rated},
    }
    found: dict[str, Any] = {}
    for name, change in changes.items():
        values = pybamm.ParameterValues("Chen2020")
        values.update(change)
        begun = time.perf_counter()
        simulation = pybamm_simulation(spec, values)

        def solve(value: float, simulation: Any = simulation, name: str = name) -> tuple[float, float]:
            solution = simulation.solve([0.0, LONGEST], inputs={name: value})
            return float(solution.t[-1]), float(solution.solve_time.value)

        solve(SWEEPS[name][0])
        first = time.perf_counter() - begun
        found[name] = {**swept(SWEEPS[name], solve), "first_s": first}
    return found


CASES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "femcell": femcell_case,
    "pybamm": pybamm_case,
    "femcell-sweep": femcell_sweep,
    "pybamm-sweep": pybamm_sweep,
}

if __name__ == "__main__":
    print(json.dumps(CASES[sys.argv[1]](json.loads(sys.argv[2]))))
