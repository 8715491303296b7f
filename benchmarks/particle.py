"""PFHub benchmark 1 (spinodal decomposition) beside the codes that uploaded it; `make bench-particle`.

Domains a (periodic square), b (closed square), c (T) and d (sphere, by request) on quadrilaterals of degree 2, on
several meshes and with several tolerances in time: the last of them is the reference that deviations are told from. The
free energy is compared with MEMPHIS and MOOSE, wall times with those of run cost uploaded to pages.nist.gov/pfhub.

    python benchmarks/particle.py [--until 1e6] [--domains abc] [--ranks 2]
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CASE = Path(__file__).with_name("pfhub_case.py")
RUNS = {
    "a": ((50, 1e-3), (50, 3e-4), (80, 1e-3)),
    "b": ((50, 1e-3), (80, 1e-3)),
    "c": ((50, 1e-3), (100, 1e-3)),
    "d": ((50, 1e-3),),
}
"""(Cells along 200, tolerance in time); each but the first shows that the first is fine enough."""

TIMES = ("1", "10", "100", "1000", "10000", "100000", "1e+06")

OTHERS = {
    "a": {
        "MEMPHIS": (318.861, 297.757, 135.221, 81.984, 34.7, 23.55),
        "MOOSE (Frichtl)": (318.857, 295.743, 140.613, 83.016, 34.135, 19.206, 19.205),
    },
    "b": {
        "MEMPHIS": (318.841, 304.078, 128.069, 72.768, 38.632, 18.697),
        "MOOSE (Guan)": (318.841, 284.302, 131.591, 74.382, 42.843, 15.301, 12.094),
        "MOOSE (Frichtl)": (318.841, 301.578, 130.754, 74.409, 40.011, 18.557),
    },
    "c": {
        "MOOSE (Guan)": (31.858, 26.841, 13.907, 8.694, 4.801, 4.801, 4.801),
        "MOOSE (Frichtl)": (31.859, 29.362, 14.371, 8.343, 4.772),
    },
}
"""Free energy at those times: uploads to PFHub, interpolated linearly."""

# Code, cores, simulated time, wall seconds: run cost as uploaded.
COSTS = {
    "a": (("FEniCS", 24, 1.16e6, 388), ("MOOSE", 8, 1e6, 1244), ("MOOSE", 8, 1e6, 1959), ("MEMPHIS", 16, 1e5, 13864)),
    "b": (("FEniCS", 24, 1.04e6, 774), ("MOOSE", 8, 1e6, 1206), ("MOOSE", 8, 1e6, 6138), ("MEMPHIS", 16, 1e5, 13343)),
    "c": (("FEniCS", 24, 1.07e6, 62), ("MOOSE", 1, 1e6, 240), ("MOOSE", 8, 1e6, 846)),
    "d": (("FEniCS", 24, 1.09e6, 1532), ("MOOSE", 1, 1e6, 5190), ("MOOSE", 8, 1e6, 5560)),
}


def run(domain: str, cells: int, tolerance: float, ranks: int, until: float) -> dict[str, Any]:
    """One case in processes of its own."""
    command = ["mpirun", "-n", str(ranks), sys.executable, str(CASE), domain, "--cells", str(cells)]
    command += ["--tolerance", str(tolerance), "--until", str(until)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def tell(domain: str, rows: list[dict[str, Any]], times: list[str]) -> None:
    """Free energies, and in brackets by how many percent they are off the last row."""

    def line(name: str, energy: dict[str, float]) -> str:
        told = [
            f"{energy[t]:9.3f} ({100 * (energy[t] / rows[-1]['energy'][t] - 1):+5.1f})" if t in energy else " " * 17
            for t in times
        ]
        return f"{name:28}" + "".join(told)

    print(f"\nPFHub 1{domain}: free energy at t = (percent off the last run)")
    print(" " * 28 + "".join(f"{t:>9}        " for t in times))
    for r in rows:
        print(line(f"femcell {r['cells']} a side, {r['tolerance']:g}", r["energy"]))
    for name, known in OTHERS.get(domain, {}).items():
        print(line(name, dict(zip(TIMES, known, strict=False))))
    head = ("cores", "time", "wall s", "CPU s", "steps", "mass drift", "largest rise")
    print(f"{'code':28}" + "".join(f"{name:>13}" for name in head))
    for r in rows:
        cost = [r[key] for key in ("ranks", "until", "wall_s", "cpu_s", "steps", "mass_drift", "largest_rise")]
        print(f"{f'femcell, {r["unknowns"]} unknowns':28}" + "".join(f"{value:13.4g}" for value in cost))
    for name, cores, time, wall in COSTS[domain]:
        print(f"{name:28}{cores:13}{time:13.4g}{wall:13}", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--until", type=float, default=1e6)
    parser.add_argument("--domains", default="abc")
    parser.add_argument("--ranks", type=int, default=2)
    options = parser.parse_args()
    times = [t for t in TIMES if float(t) <= options.until]
    for domain in options.domains:
        tell(domain, [run(domain, *case, options.ranks, options.until) for case in RUNS[domain]], times)


if __name__ == "__main__":
    main()
