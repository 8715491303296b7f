"""Bounds of an effective stiffness: Voigt and Reuss for all microstructures, Hashin-Shtrikman for isotropic ones."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femcell.analysis.stiffness import stiffness_matrix
from femcell.errors import InputError
from femcell.materials.mechanical import Anisotropic, Isotropic

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StiffnessBounds:
    """Lower and upper bounds of a stiffness, Pa.

    Attributes:
        reuss: all phases under the mean stress, shape (6, 6); zero where a phase has no stiffness. The least there is.
        voigt: all phases under the mean strain, shape (6, 6). The largest: differences are positive matrices.
        bulk: Hashin and Shtrikman's bounds of K, where the image and its phases are isotropic; else None.
        shear: those of G.
    """

    reuss: Floats
    voigt: Floats
    bulk: tuple[float, float] | None
    shear: tuple[float, float] | None


def stiffness_bounds(fractions: Mapping[str, float], solids: Mapping[str, Isotropic | Anisotropic]) -> StiffnessBounds:
    """Bounds for any number of phases, those without a stiffness too.

    Sources: R. Hill, Proc. Phys. Soc. A 65 (1952) 349; Z. Hashin, S. Shtrikman, J. Mech. Phys. Solids 11 (1963) 127,
    in the form of L. J. Walpole, J. Mech. Phys. Solids 14 (1966) 151, which takes the extremes of K and G each on their
    own: K = 1 / sum_i f_i / (K_i + 4/3 G*) - 4/3 G*, and G with G* (9 K* + 8 G*) / (6 (K* + 2 G*)) in place of 4/3 G*.

    Args:
        fractions: volume fraction of each phase, adding up to 1.
        solids: stiffness of the phases that have one.

    Raises:
        InputError: fractions that do not add up to 1, an unknown phase, or a stiffness that depends on a concentration.
    """
    if not math.isclose(sum(fractions.values()), 1.0, abs_tol=1e-9) or not set(solids) <= set(fractions):
        raise InputError("Bounds take fractions that add up to 1 and the stiffness of those phases.")
    f = np.array([share for share in fractions.values() if share > 0])
    present = [name for name, share in fractions.items() if share > 0]
    C = np.array([stiffness_matrix(name, solids[name]) if name in solids else np.zeros((6, 6)) for name in present])
    voigt = np.einsum("m,mij->ij", f, C)
    solid = all(name in solids for name in present)
    reuss = np.linalg.inv(np.einsum("m,mij->ij", f, np.linalg.inv(C))) if solid else np.zeros((6, 6))
    if not all(isinstance(solids[name], Isotropic) for name in present if name in solids):
        return StiffnessBounds(reuss, voigt, None, None)
    K, G = C[:, 0, 0] - 4 / 3 * C[:, 3, 3], C[:, 3, 3]
    extremes = [(float(pick(K)), float(pick(G))) for pick in (np.min, np.max)]
    bulk = [_shifted(f, K, 4 / 3 * g) for _, g in extremes]
    shear = [_shifted(f, G, g * (9 * k + 8 * g) / (6 * (k + 2 * g)) if g > 0 else 0.0) for k, g in extremes]
    return StiffnessBounds(reuss, voigt, (bulk[0], bulk[1]), (shear[0], shear[1]))


def _shifted(f: Floats, moduli: Floats, shift: float) -> float:
    """1 / sum_i f_i / (M_i + shift) - shift; 0 where a modulus and the shift are."""
    return float(1 / (f / (moduli + shift)).sum() - shift) if (moduli + shift > 0).all() else 0.0
