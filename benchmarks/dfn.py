"""`make bench-dfn`: femcell and PyBaMM (IDAKLU) side by side on a 1C discharge of Chen 2020 to 2.5 V.

Error against time at several resolutions and tolerances of each, set-up, memory, and sweeps of a parameter. Prints
tables and ratios, and writes `benchmarks/out/dfn.json` and `benchmarks/out/dfn.png`. Every case runs in a process of
its own, those of the two codes in turn.

The error is the root mean square over time of the voltage at the code's own time points, from 60 s to the end of the
converged curve, which is interpolated there by a cubic spline (`benchmarks/data/chen2020_1C.csv` states how it was
made). "solve" is the median of the repeats: the stepping alone, which is `solve_time` in PyBaMM; "call" is the whole
repeated call. "set-up" is from having imported the code to the first answer, less one solve. "cpu" is the part of
"solve" that the process spent on a processor (taken as that of the whole call): where it is clearly less, the machine
was busy with other things, and the times in this column are the ones to compare.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

HERE = Path(__file__).resolve().parent
OUT = HERE / "out"
FIRST_MINUTE = 60.0
LEVELS_mV = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002)
TARGETS = ((0.2, 0.150), (0.05, 0.300))
"""rms error in mV, and solve time in s in which femcell is to reach it."""

RESOLUTIONS = ((1, 1, 1, 4, 6), (2, 1, 2, 3, 6), (2, 1, 2, 4, 6), (4, 1, 4, 4, 8))
"""Elements of negative electrode, separator and positive, their degree, radial points; the last is the default."""

TOLERANCES = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 5e-5, 1e-5)
"""Of the time steps; 5e-5 is the default."""

DEFAULT_POINTS = ((20, 20, 20), (40, 40, 40), (80, 80, 80))
"""Cells of each electrode, of the separator, of each particle; the first is PyBaMM's default."""

BEST_POINTS = ((10, 5, 10), (20, 5, 20), (40, 10, 20), (40, 10, 40), (80, 20, 40), (160, 40, 40), (160, 40, 80))
"""The same for its best: cells of about one width in separator and electrodes, graded ones in particles."""

PYBAMM_TOLERANCES: tuple[dict[str, float], ...] = ({}, {"rtol": 1e-6, "atol": 1e-6})
"""IDAKLU's own (rtol 1e-4, atol 1e-6), and tighter ones."""

SWEEP_POINTS = (80, 20, 40)
"""PyBaMM at its best with about the error of femcell's defaults or a little more."""

FAMILIES = ("femcell", "PyBaMM, defaults", "PyBaMM, best")


def specs(repeats: int) -> list[dict[str, Any]]:
    """All cases, those of the codes in turn, so that a change of the machine's load meets both."""
    ours = [
        {"code": "femcell", "family": FAMILIES[0], "resolution": r, "tolerance": t, "repeats": repeats}
        for r in RESOLUTIONS
        for t in TOLERANCES
    ]
    theirs = [
        {"code": "pybamm", "family": FAMILIES[1 + best], "points": p, "best": best, "repeats": repeats, **tolerance}
        for best, points in ((False, DEFAULT_POINTS), (True, BEST_POINTS))
        for p in points
        for tolerance in PYBAMM_TOLERANCES
    ]
    return [spec for spec in chain(*zip_longest(ours, theirs)) if spec is not None]


def run(kind: str, spec: dict[str, Any], cache: Path = OUT / "forms") -> dict[str, Any]:
    """One case in a process of its own.

    `cache` takes the place of the user's cache of compiled forms: what is compiled is counted in it, and other
    programs must not compile into it meanwhile.
    """
    environment = {"OMP_NUM_THREADS": "1", **os.environ, "PYBAMM_DISABLE_TELEMETRY": "true"}
    if kind.startswith("femcell"):
        environment["FEMCELL_CACHE"] = str(cache)
    command = [sys.executable, str(HERE / "dfn_case.py"), kind, json.dumps(spec)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{kind} {spec} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def reference() -> tuple[CubicSpline, float]:
    """The converged voltage over time, and the end of discharge in s."""
    t, V = np.loadtxt(HERE / "data" / "chen2020_1C.csv", delimiter=",", comments="#", skiprows=6).T
    return CubicSpline(t, V, extrapolate=False), float(t[-1])


def errors(time: np.ndarray, voltage: np.ndarray, converged: CubicSpline, end: float) -> dict[str, float]:
    """Error of a curve at its own times: rms over time and largest after the first minute (mV), and of the end (s)."""
    judged = (time >= FIRST_MINUTE) & (time <= end)
    t = time[judged]
    e = 1e3 * (voltage[judged] - converged(t))
    rms = float(np.sqrt(np.trapezoid(e**2, t) / (t[-1] - t[0])))
    return {"rms_mV": rms, "max_mV": float(np.abs(e).max()), "end_error_s": float(time[-1] - end)}


def measure(spec: dict[str, Any], converged: CubicSpline, end: float) -> dict[str, Any]:
    """One case, judged; with its forms compiled before, where they were not yet."""
    found = run(spec["code"], spec)
    cold = None
    if found.get("forms_compiled"):
        cold, found = found["setup_s"], run(spec["code"], spec)
    time, voltage = (np.array(found.pop(name)) for name in ("time_s", "voltage_V"))
    return {
        **spec,
        **found,
        "cold_setup_s": cold,
        "solve_median_s": statistics.median(found["solve_s"]),
        "call_median_s": statistics.median(found["call_s"]),
        "cpu_median_s": statistics.median(
            solve * used / call
            for solve, used, call in zip(found["solve_s"], found["call_cpu_s"], found["call_s"], strict=True)
        ),
        **errors(time, voltage, converged, end),
    }


def told(row: dict[str, Any]) -> str:
    """The settings of a case in a few characters."""
    if row["code"] == "femcell":
        negative, separator, positive, degree, radial = row["resolution"]
        return f"{negative}+{separator}+{positive} P{degree} r{radial} {row['tolerance']:.0e}"
    points = "+".join(map(str, (*row["points"][:2], row["points"][0]))) + f" r{row['points'][2]}"
    return f"{points} {row['rtol']:.0e}" if "rtol" in row else f"{points} default"


HEADER = (
    f"{'':16} {'resolution, tolerance':24} {'rms/mV':>8} {'max/mV':>7} {'end/s':>7} {'solve/ms':>8} {'cpu/ms':>7} "
    f"{'call/ms':>8} {'set-up/s':>8} {'import/s':>8} {'MiB':>5} {'steps':>5} {'unknowns':>8}"
)


def line(row: dict[str, Any]) -> str:
    """A case as a row of the table."""
    return (
        f"{row['family']:16} {told(row):24} {row['rms_mV']:8.4f} {row['max_mV']:7.3f} {row['end_error_s']:7.3f} "
        f"{1e3 * row['solve_median_s']:8.1f} {1e3 * row['cpu_median_s']:7.1f} {1e3 * row['call_median_s']:8.1f} "
        f"{row['setup_s']:8.2f} {row['import_s']:8.2f} {row['memory_MiB']:5.0f} {row['steps']:5d} {row['unknowns']:8d}"
    )


def fastest(rows: list[dict[str, Any]], level: float, clock: str = "solve_median_s") -> dict[str, Any] | None:
    """The quickest case with an rms error of at most `level` mV, by the solve time or by its part on a processor."""
    return min((r for r in rows if r["rms_mV"] <= level), key=lambda r: r[clock], default=None)


def compare(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Print and return, for each error, the quickest case of each code and how they compare."""
    ours = [r for r in rows if r["code"] == "femcell"]
    theirs = [r for r in rows if r["code"] == "pybamm"]
    print("\nQuickest case of each code within an error; ratio PyBaMM : femcell (above 1: femcell is the quicker)")
    print(f"{'rms/mV':>7} {'femcell/ms':>10} {'PyBaMM/ms':>10} {'ratio':>6} | {'cpu/ms':>8} {'cpu/ms':>8} {'ratio':>6}")
    found = []
    for level in LEVELS_mV:
        entry: dict[str, Any] = {"rms_mV": level}
        cells = []
        for clock in ("solve_median_s", "cpu_median_s"):
            pair = [fastest(codes, level, clock) for codes in (ours, theirs)]
            mine, other = (None if r is None else r[clock] for r in pair)
            ratio = other / mine if mine and other else None
            entry[clock] = {"femcell": mine, "pybamm": other, "ratio": ratio}
            cells += ["none" if t is None else f"{1e3 * t:.1f}" for t in (mine, other)]
            cells.append("" if ratio is None else f"{ratio:.2f}")
        best = ", ".join(told(r) for r in (fastest(ours, level), fastest(theirs, level)) if r is not None)
        a, b, c, d, e, f = cells
        print(f"{level:7g} {a:>10} {b:>10} {c:>6} | {d:>8} {e:>8} {f:>6}   {best}")
        found.append(entry)
    for level, seconds in TARGETS:
        for clock, name in (("solve_median_s", "solve"), ("cpu_median_s", "cpu")):
            row = fastest(ours, level, clock)
            took = float("inf") if row is None else row[clock]
            verdict = "met" if took <= seconds else "missed"
            print(f"target {level:g} mV in {1e3 * seconds:.0f} ms: {1e3 * took:.0f} ms ({name}), {verdict}")
    for name, key, unit in (("set-up", "setup_s", "s"), ("import", "import_s", "s"), ("memory", "memory_MiB", "MiB")):
        mine, other = (statistics.median(r[key] for r in codes) for codes in (ours, theirs))
        print(f"{name}, median of all cases: femcell {mine:.2f} {unit}, PyBaMM {other:.2f} {unit}, {other / mine:.2f}")
    return found


def sweep() -> dict[str, Any]:
    """Solve again with changed parameters; femcell with an empty form cache of its own, to count what is compiled."""
    with tempfile.TemporaryDirectory() as cache:
        ours = run("femcell-sweep", {}, Path(cache))
    theirs = run("pybamm-sweep", {"points": SWEEP_POINTS, "best": True, "rtol": 1e-5, "atol": 1e-5})
    print(
        f"\nSweeps of the positive electrode (femcell at its defaults; PyBaMM at its best, {SWEEP_POINTS}, 1e-5)\n"
        f"femcell, nothing compiled before: first answer in {ours['first_s']:.1f} s with {ours['forms_first']} forms "
        f"compiled; same cell in a second model: {ours['second_s']:.2f} s, {ours['forms_second']} forms"
    )
    print(f"{'':12} {'values':>7} {'call/s':>8} {'solve/s':>8} {'forms':>6} {'PyBaMM call/s':>14} {'ends apart/s':>13}")
    for name, row in ours.items():
        if not isinstance(row, dict):
            continue
        other = theirs[name]
        apart = max(abs(a - b) for a, b in zip(row["end_s"], other["end_s"], strict=True))
        print(
            f"{name:12} {len(row['values']):7d} {statistics.median(row['call_s']):8.3f} "
            f"{statistics.median(row['solve_s']):8.3f} {row['forms_compiled']:6d} "
            f"{statistics.median(other['call_s']):14.3f} {apart:13.3f}"
        )
    return {"femcell": ours, "pybamm": theirs}


def picture(rows: list[dict[str, Any]], path: Path) -> None:
    """Error over solve time, both logarithmic: every case, and the best that each family reaches in a time."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7.0, 5.0), layout="constrained")
    for family, colour, marker in zip(FAMILIES, ("tab:blue", "0.6", "tab:orange"), "os^", strict=True):
        chosen = sorted((r for r in rows if r["family"] == family), key=lambda r: r["solve_median_s"])
        times, found = (np.array([r[key] for r in chosen]) for key in ("solve_median_s", "rms_mV"))
        axes.plot(1e3 * times, found, marker, color=colour, alpha=0.55, markersize=5, label=family)
        axes.plot(1e3 * times, np.minimum.accumulate(found), drawstyle="steps-post", color=colour)
    wanted = np.array(TARGETS)
    axes.plot(1e3 * wanted[:, 1], wanted[:, 0], "k*", markersize=10, linestyle="none", label="targets for femcell")
    axes.set(xscale="log", yscale="log", xlabel="median solve time / ms", ylabel="rms error of the voltage / mV")
    axes.set_title("Doyle-Fuller-Newman model, Chen 2020, 1C to 2.5 V")
    axes.grid(which="both", linewidth=0.3)
    axes.legend()
    figure.savefig(path, dpi=160)


def main() -> None:
    """Run the cases, compare, sweep, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7, help="solves after the first one of each case")
    parser.add_argument("--no-sweep", action="store_true", help="leave the sweeps out")
    options = parser.parse_args()
    converged, end = reference()
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n{HEADER}", flush=True)
    rows = []
    for spec in specs(options.repeats):
        rows.append(measure(spec, converged, end))
        print(line(rows[-1]), flush=True)
    print("Versions: " + "; ".join(sorted({r["version"] for r in rows})))
    result: dict[str, Any] = {"rows": rows, "levels": compare(rows)}
    cold = [r for r in rows if r["cold_setup_s"] is not None]
    if cold:
        print(f"set-up where forms had to be compiled: {', '.join(f'{r["cold_setup_s"]:.1f} s' for r in cold)}")
    if not options.no_sweep:
        result["sweep"] = sweep()
    OUT.mkdir(exist_ok=True)
    (OUT / "dfn.json").write_text(json.dumps(result, indent=2) + "\n")
    picture(rows, OUT / "dfn.png")
    print(f"Written: {OUT / 'dfn.json'}, {OUT / 'dfn.png'}")


if __name__ == "__main__":
    main()
