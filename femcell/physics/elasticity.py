"""Stress and the potential of what swells a solid, both derivatives of one elastic energy density.

The energy is one of displacement gradient H and concentration c per volume of the undeformed solid,

    psi(c, H) = 1/2 (E - E_c(c)) : C(c) : (E - E_c(c)),    E = sym H.

Tension is positive, and with dV/V = Omega (c - c_0) and a stiffness that does not depend on c

    sigma = dpsi/dH,    mu_mech = dpsi/dc = -Omega sigma_h,    sigma_h = tr sigma / 3.

F. Larche, J. W. Cahn, Acta Metall. 21 (1973) 1051.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl

from femcell.physics.kinematics import Symmetry

type Energy = Callable[[Any, Any], Any]
"""psi(c, H), J/m3, of a concentration (mol/m3) and a displacement gradient of shape (3, 3)."""

PAIRS = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
"""Tensor indices in Voigt's order."""

IN_PLANE, ACROSS = (0, 1, 5), (2, 3, 4)


@dataclass(frozen=True, eq=False)
class Response:
    """What follows from an energy at one state.

    Attributes:
        energy: psi, J/m3 of undeformed solid.
        stress: first Piola-Kirchhoff, for small strains that of Cauchy, Pa, shape (3, 3).
        potential: mu_mech = dpsi/dc, J/mol.
    """

    energy: Any
    stress: Any
    potential: Any


def respond(energy: Energy, c: Any, H: Any) -> Response:
    """The derivatives of an energy at concentration c and displacement gradient H."""
    c, H = ufl.variable(c), ufl.variable(H)
    psi = energy(c, H)
    return Response(psi, ufl.diff(psi, H), ufl.diff(psi, c))


def small_strain_energy(
    stiffness: Callable[[Any], Sequence[Sequence[Any]]],
    eigenstrain: Callable[[Any], Any],
    orientation: Sequence[Sequence[float]],
    symmetry: Symmetry,
) -> Energy:
    """The energy 1/2 e : C : e of the elastic strain e = sym H - E_c(c).

    Args:
        stiffness: of c, in the crystal's axes, Pa, shape (6, 6), Voigt's order.
        eigenstrain: of c, shape (3, 3).
        orientation: rows are the crystal's axes.
        symmetry: in plane stress the strain across the plane is the one that leaves no stress there.
    """
    askew = not np.array_equal(np.asarray(orientation), np.eye(3))

    def energy(c: Any, H: Any) -> Any:
        e = ufl.sym(H) - eigenstrain(c)
        C = stiffness(c)
        if symmetry is Symmetry.PLANE_STRESS:
            if askew:
                C = turned(C, np.asarray(orientation).T)
            in_plane = [_component(e, i) for i in IN_PLANE]
            return _quadratic(_condensed(C), in_plane)
        if askew:
            R = ufl.as_matrix([list(row) for row in orientation])
            e = R * e * ufl.transpose(R)
        return _quadratic(C, [_component(e, i) for i in range(6)])

    return energy


def virtual_work(stress: Any, dH: Any, weight: Any, dx: ufl.Measure) -> ufl.Form:
    """F = int stress : dH dx, J per m of virtual displacement, with dH the gradient of the test function."""
    return ufl.inner(stress, dH) * weight * dx


def foundation(stiffness: Any, u: Any, v: Any, weight: Any, d: ufl.Measure) -> ufl.Form:
    """F = int k u . v: springs to a fixed ground, k in N/m3 on a surface (Winkler), in N/m4 in a volume."""
    return stiffness * ufl.inner(u, v) * weight * d


def pressure(p: Any, v: Any, n: Any, weight: Any, ds: ufl.Measure) -> ufl.Form:
    """F = int p n . v ds: a pressure p (Pa) on a surface, small strains."""
    return p * ufl.inner(n, v) * weight * ds


def potential_share(potential: Any, q: Any, weight: Any, dx: ufl.Measure) -> ufl.Form:
    """F = -int dpsi/dc q: the part of stress in the equation mu = dF/dc of a chemical potential."""
    return -potential * q * weight * dx


def potential_projection(mu: Any, q: Any, potential: Any, weight: Any, nodes: ufl.Measure, dx: ufl.Measure) -> ufl.Form:
    """F = int mu q - int dpsi/dc q: a continuous field for what jumps between cells, so that it has a gradient."""
    return mu * q * weight * nodes + potential_share(potential, q, weight, dx)


def lithium_drift(mobility: Any, mu: Any, v: Any, weight: Any, dx: ufl.Measure) -> ufl.Form:
    """F = int M grad mu_mech . grad v dx, mol/s: lithium follows the stress; M in mol2/(J m s)."""
    return mobility * ufl.inner(ufl.grad(mu), ufl.grad(v)) * weight * dx


def hydrostatic(stress: Any) -> Any:
    """sigma_h = tr sigma / 3, Pa; tension positive."""
    return ufl.tr(stress) / 3


def von_mises(stress: Any) -> Any:
    """sqrt(3/2 s : s) of the deviator s, Pa."""
    s = ufl.dev(stress)
    return ufl.sqrt(1.5 * ufl.inner(s, s))


def _component(e: Any, i: int) -> Any:
    """Voigt component of a strain, shear doubled."""
    a, b = PAIRS[i]
    return e[a, b] if a == b else 2 * e[a, b]


def _quadratic(C: Sequence[Sequence[Any]], e: Sequence[Any]) -> Any:
    """1/2 e C e without the terms that are zero."""
    n = len(e)
    terms = [C[i][j] * e[i] * e[j] for i in range(n) for j in range(n) if not _is_zero(C[i][j])]
    return 0.5 * sum(terms[1:], terms[0])


def _is_zero(value: Any) -> bool:
    return isinstance(value, int | float) and value == 0.0


def _condensed(C: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """C_pp - C_pa C_aa^-1 C_ap: stiffness in the plane (p) where nothing acts across it (a)."""
    inverse = ufl.inv(ufl.as_matrix([[C[i][j] for j in ACROSS] for i in ACROSS]))
    coupling = ufl.as_matrix([[C[i][j] for j in ACROSS] for i in IN_PLANE])
    plane = ufl.as_matrix([[C[i][j] for j in IN_PLANE] for i in IN_PLANE])
    reduced = plane - coupling * inverse * ufl.transpose(coupling)
    return [[reduced[i, j] for j in range(3)] for i in range(3)]


def turned(C: Sequence[Sequence[Any]], R: np.ndarray) -> list[list[Any]]:
    """A stiffness in axes that R turns the crystal's into: C'_ij = T_ki T_lj C_kl with the strains' T (Bond)."""
    T = np.empty((6, 6))
    for j, (a, b) in enumerate(PAIRS):
        unit = np.zeros((3, 3))
        unit[a, b] = unit[b, a] = 1.0 if a == b else 0.5
        turned = R.T @ unit @ R
        T[:, j] = [turned[p] * (1 if p[0] == p[1] else 2) for p in PAIRS]
    rows = range(6)
    return [
        [sum(float(T[k, i] * T[m, j]) * C[k][m] for k in rows for m in rows if T[k, i] * T[m, j] != 0.0) for j in rows]
        for i in rows
    ]
