"""Current collectors, and lithium as a counter electrode."""

from functools import cache

from femcell.constants import FARADAY
from femcell.materials.kinetics import metal_exchange_current
from femcell.materials.mechanical import Isotropic, Mechanical
from femcell.materials.metal import LithiumMetal, Metal

_CRC = "CRC Handbook of Chemistry and Physics, electrical resistivity of pure metals at 298 K"
_KAYE = "Kaye and Laby, Tables of Physical and Chemical Constants, 16th ed. (1995), elasticities of metals"


@cache
def aluminium() -> Metal:
    """Aluminium foil: resistivity 2.709e-8 Ohm m at 298 K; E = 70.6 GPa, nu = 0.345."""
    solid = Mechanical(stiffness=Isotropic(youngs_modulus=70.6e9, poissons_ratio=0.345), source=_KAYE)
    return Metal(name="aluminium", conductivity=1 / 2.709e-8, mechanical=solid, source=_CRC)


@cache
def copper() -> Metal:
    """Copper foil: resistivity 1.712e-8 Ohm m at 298 K; E = 129.8 GPa, nu = 0.343."""
    solid = Mechanical(stiffness=Isotropic(youngs_modulus=129.8e9, poissons_ratio=0.343), source=_KAYE)
    return Metal(name="copper", conductivity=1 / 1.712e-8, mechanical=solid, source=_CRC)


@cache
def lithium_metal() -> LithiumMetal:
    """Lithium: i0 = F k c_Li^0.7 c_e^0.3 with k = 3.5e-8 m/s and c_Li = 76900 mol/m3.

    c_Li is the lithium of the metal itself; 0.7 and 0.3 are reaction orders, while both transfer coefficients
    are 0.5.
    """
    rate = FARADAY * 3.5e-8 * 76900.0**0.7
    return LithiumMetal(
        name="lithium",
        exchange_current_density=metal_exchange_current(rate, 0.3),
        source="Xu, Chen, Dasgupta, Siegel and Stefanopoulou, J. Electrochem. Soc. 166 (2019) A3456",
    )
