"""Cahn-Hilliard: lithium that flows down its chemical potential, the variational derivative of one free energy.

Cahn and Hilliard, J. Chem. Phys. 28 (1958) 258; with reactions Bazant, Acc. Chem. Res. 46 (2013) 1144. `weight` is what
a volume stands for: 4 pi r^2 in a sphere that is solved along its radius.
"""

from typing import Any

import ufl


def homogeneous_energy(density: Any, dx: ufl.Measure, *, weight: Any = 1.0) -> ufl.Form:
    """Int f(x) dx, J."""
    return weight * density * dx


def gradient_energy(x: Any, dx: ufl.Measure, *, kappa: Any, weight: Any = 1.0) -> ufl.Form:
    """Int 1/2 grad x . kappa grad x dx, J; kappa a number or a symmetric tensor, J/m."""
    return weight * 0.5 * ufl.inner(kappa * ufl.grad(x), ufl.grad(x)) * dx


def surface_energy(density: Any, ds: ufl.Measure, *, weight: Any = 1.0) -> ufl.Form:
    """Int gamma(x) ds, J: its derivative is the wetting condition kappa dx/dn = -dgamma/dx."""
    return weight * density * ds


def chemical_potential(mu: Any, c: Any, w: Any, energy: ufl.Form, dx: ufl.Measure, *, weight: Any = 1.0) -> ufl.Form:
    """F = int mu w dx - dF(c; w), J mol / (mol): mu is the derivative of the free energy by c.

    Args:
        mu: J/mol.
        c: the function that the energy is derived by, mol/m3.
        w: test argument.
        energy: free energy as a functional, J; elastic energy may be in it.
        dx: over the solid.
        weight: see above.
    """
    return weight * mu * w * dx - ufl.derivative(energy, c, w)


def lithium_storage(c: Any, v: Any, dx: ufl.Measure, *, weight: Any = 1.0) -> ufl.Form:
    """M = int c v dx, mol."""
    return weight * c * v * dx


def lithium_transport(mu: Any, v: Any, dx: ufl.Measure, *, mobility: Any, weight: Any = 1.0) -> ufl.Form:
    """F = int M grad mu . grad v dx, mol/s."""
    return weight * ufl.inner(mobility * ufl.grad(mu), ufl.grad(v)) * dx
