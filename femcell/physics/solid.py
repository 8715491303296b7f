"""Lithium diffusion and electronic conduction in solids, and from one to another through a contact."""

from typing import Any

import ufl


def lithium_storage(c_s: Any, v: Any, dx: ufl.Measure) -> ufl.Form:
    """M = int c_s v dx, mol."""
    return c_s * v * dx


def lithium_diffusion(c_s: Any, v: Any, dx: ufl.Measure, *, diffusivity: Any) -> ufl.Form:
    """F = int D_s(c_s, T) grad c_s . grad v dx, mol/s (Fick)."""
    return ufl.inner(diffusivity * ufl.grad(c_s), ufl.grad(v)) * dx


def electronic_current_density(phi_s: Any, *, conductivity: Any) -> Any:
    """i_s = -sigma grad phi_s, A/m2 (Ohm)."""
    return -conductivity * ufl.grad(phi_s)


def electronic_conduction(phi_s: Any, psi: Any, dx: ufl.Measure, *, conductivity: Any) -> ufl.Form:
    """F = -int i_s . grad psi dx, A: the weak divergence of the electronic current."""
    return -ufl.inner(electronic_current_density(phi_s, conductivity=conductivity), ufl.grad(psi)) * dx


def contact_current_density(jump: Any, *, resistance: Any) -> Any:
    """(phi+ - phi-) / R, A/m2 from the plus to the minus side of a contact of the resistance R, Ohm m2 (Ohm)."""
    return jump / resistance


def contact_conduction(current_density: Any, psi_jump: Any, dS: ufl.Measure) -> ufl.Form:
    """F = int i (psi+ - psi-) dS, A: what leaves the one side enters the other."""
    return current_density * psi_jump * dS
