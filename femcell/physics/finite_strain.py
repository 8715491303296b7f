"""Elastic energies of large deformations, F = I + H = F_e F_c.

The elastic energy W(F_e) is per volume of the swollen, unstressed solid, so that per volume of the undeformed one

    psi(c, H) = J_c W(F F_c^-1),    P = dpsi/dH,    mu_mech = dpsi/dc.

A body that swells freely, F = F_c, is free of stress however far it swells; one that cannot swell has the Kirchhoff
stress J_e sigma = -K ln J_c. At first order both energies are the isotropic one of small strains.
E. H. Lee, J. Appl. Mech. 36 (1969) 1; L. Anand, J. Mech. Phys. Solids 60 (2012) 1983.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import ufl

from femcell.physics.elasticity import Energy

LOGARITHM_POINTS = 4
"""Of the rule that makes ln C: off by 4e-6 of it at isochoric stretches of 1.5, by 2e-4 at 2."""

type StoredEnergy = Callable[[Any, Any, Any], Any]
"""W(F_e, lambda, mu), J/m3, with Lame's parameters in Pa."""


def finite_strain_energy(
    stored: StoredEnergy, lame: Callable[[Any], tuple[Any, Any]], distortion: Callable[[Any], Any]
) -> Energy:
    """psi(c, H) of a stored energy, elastic moduli and a distortion that depend on c."""

    def energy(c: Any, H: Any) -> Any:
        F_c = distortion(c)
        return ufl.det(F_c) * stored((ufl.Identity(3) + H) * ufl.inv(F_c), *lame(c))

    return energy


def neo_hookean(F_e: Any, lam: Any, mu: Any) -> Any:
    """W = mu/2 (J^(-2/3) tr C - 3) + K/2 (ln J)^2, K = lambda + 2/3 mu."""
    J = ufl.det(F_e)
    return mu / 2 * (J ** (-2 / 3) * ufl.inner(F_e, F_e) - 3) + (lam + 2 * mu / 3) / 2 * ufl.ln(J) ** 2


def hencky(F_e: Any, lam: Any, mu: Any) -> Any:
    """W = mu dev(h) : dev(h) + K/2 (ln J)^2 with h = 1/2 ln C, the logarithmic strain.

    H. Hencky, Z. Tech. Phys. 9 (1928) 215. ln J is exact; the logarithm of the isochoric part is that of `logarithm`.
    """
    J = ufl.det(F_e)
    C = J ** (-2 / 3) * ufl.transpose(F_e) * F_e
    h = ufl.dev(logarithm(C)) / 2
    return mu * ufl.inner(h, h) + (lam + 2 * mu / 3) / 2 * ufl.ln(J) ** 2


def logarithm(C: Any) -> Any:
    """The integral ln C = int_0^1 (C - I) [I + t (C - I)]^-1 dt by Gauss's rule: the diagonal Pade approximant.

    Smooth where eigenvalues meet, unlike their closed forms. N. J. Higham, Functions of Matrices (2008), section 11.4.
    """
    points, weights = np.polynomial.legendre.leggauss(LOGARITHM_POINTS)
    A = C - ufl.Identity(3)
    terms = [
        float(w) / 2 * A * ufl.inv(ufl.Identity(3) + float(t + 1) / 2 * A) for t, w in zip(points, weights, strict=True)
    ]
    return sum(terms[1:], terms[0])


def cauchy(P: Any, H: Any) -> Any:
    """Stress of Cauchy, P F^T / det F, Pa."""
    F = ufl.Identity(3) + H
    return P * ufl.transpose(F) / ufl.det(F)
