"""Heat capacities and conductivities of the LG M50, as PyBaMM's parameter set Chen2020 gives them.

They do not come from Chen 2020, and the set names no source of its own. The cell as a whole is a 21700: volume
2.42e-5 m3, surface 5.31e-3 m2.
"""

from functools import cache

from femcell.materials.thermal import Thermal

SOURCE = "PyBaMM 26.10, parameter set Chen2020"

CELL_VOLUME = 2.42e-5
"""m3."""

COOLED_SURFACE = 5.31e-3
"""m2."""

_LAYERS = {  # thickness in m, density in kg/m3, heat capacity in J/(kg K), conductivity in W/(m K)
    "negative_foil": (12e-6, 8960.0, 385.0, 401.0),
    "negative": (85.2e-6, 1657.0, 700.0, 1.7),
    "separator": (12e-6, 397.0, 700.0, 0.16),
    "positive": (75.6e-6, 3262.0, 700.0, 2.1),
    "positive_foil": (16e-6, 2700.0, 897.0, 237.0),
}


@cache
def chen2020_layers() -> dict[str, Thermal]:
    """Region of the stack -> its thermal data."""
    return {
        name: Thermal(name=name, density=rho, heat_capacity=c, conductivity=k, source=SOURCE)
        for name, (_, rho, c, k) in _LAYERS.items()
    }


def chen2020_heat_capacity() -> float:
    """Of the whole cell, J/K: the mean of the layers by thickness, collectors included, times the cell's volume."""
    total = sum(thickness * rho * c for thickness, rho, c, _ in _LAYERS.values())
    return CELL_VOLUME * total / sum(thickness for thickness, *_ in _LAYERS.values())
