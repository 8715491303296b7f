"""One case of `benchmarks/resolved.py`: a mesh, a linear solver, some ranks; prints one line of JSON.

Run as `mpirun -n 2 python benchmarks/resolved_case.py MESH --linear iterative --steps 6`.
"""

import argparse

from steps import measure, tell

import femcell as fc


def half_cell(mesh: str) -> fc.ResolvedCell:
    """The demo's half cell on another mesh."""
    chen = fc.library.chen2020()
    return fc.ResolvedCell(
        fc.read_msh(mesh, unit="um"),
        electrolyte=chen.electrolyte,
        regions={"separator": chen.separator, "nmc": chen.positive.active, "foil": fc.library.aluminium()},
        terminals={"positive": "foil_top", "negative": fc.LithiumMetal("lithium")},
    )


def main() -> None:
    """Measure one case."""
    parser = argparse.ArgumentParser()
    parser.add_argument("mesh")
    parser.add_argument("--linear", default="iterative")
    parser.add_argument("--steps", type=int, default=6)
    options = parser.parse_args()
    tell(measure(half_cell(options.mesh), options.linear, options.steps))


if __name__ == "__main__":
    main()
