"""A film that grows on a resolved interface, as an unknown of that interface.

    2 Li+ + 2 e- + solvent -> film,    i = -i_0 L_0 / L

The thicker the film, the slower its growth, so L^2 = L_0^2 + i_0 L_0 V t / F where it grows alone (V: molar volume, two
electrons for one formula unit); and all that reacts below it loses i L / kappa of potential in it.
Run: mpirun -n 2 python demos/laws/growing_film.py
"""

import math
from dataclasses import replace

import femcell as fc
from femcell.constants import FARADAY

RATE, START = 0.05, 5e-9  # A/m2, m

film = fc.Film(
    name="SEI", molar_volume=9.585e-5, conductivity=5e-6, lithium=2, initial_thickness=START, source="this demo"
)
growth = fc.Reaction(
    name="growth",
    electrons=2,
    stoichiometry={"Li+": 2, "SEI": -1},
    rate=lambda interface: -interface.constant(RATE * START) / interface.thicknesses["SEI"],
    source="this demo",
)


def thickness(seconds: float) -> float:
    """The closed form, m."""
    return math.sqrt(START**2 + RATE * START * film.molar_volume * seconds / FARADAY)


def half_cell(mesh: str) -> fc.ResolvedCell:
    """NMC with the film on it against lithium."""
    chen = fc.library.chen2020()
    coated = replace(chen.positive.active, side_reactions=(growth,), films=(film,))
    return fc.ResolvedCell(
        fc.read_msh(mesh, unit="um"),
        electrolyte=chen.electrolyte,
        regions={"separator": chen.separator, "nmc": coated, "foil": fc.library.aluminium()},
        terminals={"positive": "foil_top", "negative": fc.LithiumMetal("lithium")},
    )


if __name__ == "__main__":
    result = fc.simulate(half_cell("meshes/small_half_cell_2d.msh"), ["Rest for 20 minutes"], progress=False)
    if result.comm.rank == 0:
        print("Thickness:", result.series["thickness_SEI_positive_m"][-1], "m; closed form:", thickness(1200.0), "m")
