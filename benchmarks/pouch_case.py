"""One case of `benchmarks/pouch.py`: a mesh, some ranks; prints one line of JSON.

Run as `mpirun -n 2 python benchmarks/pouch_case.py 4 2 16 --steps 6`: elements through each electrode, through the
separator, and along height and width.
"""

import argparse

from steps import measure, tell

import femcell as fc
from femcell.geometry.generators import Tab, pouch_stack

SIDE = 0.1
"""m, height and width."""

FOILS = {"negative_foil": (fc.library.copper(), 12e-6), "positive_foil": (fc.library.aluminium(), 16e-6)}


def pouch(through: int, separator: int, along: int) -> fc.DFN:
    """The stack of Chen 2020 as a square sheet, both tabs at its upper edge, particles of 8 radial points."""
    chen = fc.library.chen2020()
    layers = [
        ("negative_foil", FOILS["negative_foil"][1], 1),
        ("negative", chen.negative.thickness, through),
        ("separator", chen.separator_thickness, separator),
        ("positive", chen.positive.thickness, through),
        ("positive_foil", FOILS["positive_foil"][1], 1),
    ]
    tabs = [
        Tab("negative_foil", "negative_tab", 0.1 * SIDE, 0.4 * SIDE),
        Tab("positive_foil", "positive_tab", 0.6 * SIDE, 0.9 * SIDE),
    ]
    geometry = pouch_stack(layers, tabs, height=SIDE, width=SIDE, cells=(along, along))
    return fc.DFN(chen, pouch=fc.Pouch(geometry, {name: metal for name, (metal, _) in FOILS.items()}))


def main() -> None:
    """Measure one case."""
    parser = argparse.ArgumentParser()
    parser.add_argument("elements", type=int, nargs=3)
    parser.add_argument("--linear", default="iterative")
    parser.add_argument("--steps", type=int, default=6)
    options = parser.parse_args()
    tell(measure(pouch(*options.elements), options.linear, options.steps))


if __name__ == "__main__":
    main()
