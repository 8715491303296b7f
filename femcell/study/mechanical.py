"""Mechanical numbers that a study gives to a material."""

from femcell.errors import InputError
from femcell.materials.mechanical import Isotropic, Mechanical

MECHANICAL = ("youngs_modulus", "poissons_ratio", "partial_molar_volume", "yield_stress", "hardening_modulus")
"""Numbers of a material's mechanical data that a study may replace, or give where there are none."""


def deforming(solid: Mechanical | None, numbers: dict[str, float]) -> Mechanical:
    """Mechanical data with the study's numbers, which may be all that there are."""
    if solid is None:
        if not {"youngs_modulus", "poissons_ratio"} <= set(numbers):
            raise InputError("The material has no mechanical data to replace; give youngs_modulus and poissons_ratio.")
        elastic = Isotropic(youngs_modulus=numbers["youngs_modulus"], poissons_ratio=numbers["poissons_ratio"])
        solid = Mechanical(stiffness=elastic, source="the study")
    return solid.replace(**numbers)
