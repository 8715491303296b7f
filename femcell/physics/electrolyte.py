"""Salt and charge in a concentrated binary electrolyte.

Newman and Balsara, Electrochemical Systems, 4th ed. (2021), ch. 12; volume-averaged in porous regions, where
`porosity` weights what is stored and `transport_factor` (porosity over tortuosity) what flows. phi_e is the
potential that a lithium reference electrode would show. The dilute Nernst-Planck equations are the same terms
with the transport properties of `materials.dilute`.
"""

from typing import Any

import ufl

from femcell.constants import FARADAY, GAS_CONSTANT

SALT_MARGIN = 1.0
"""mol/m3; twice this is where the last of the salt begins, a five-hundredth of a usual electrolyte."""


def seen_by_laws(c_e: Any) -> Any:
    """The concentration at which laws are evaluated: c_e, but never below SALT_MARGIN = d, mol/m3.

    Where salt runs out 1 / c_e, a conductivity and an exchange current that vanish leave a node that the polynomial of
    its element carries to zero no way back, and the equations no solution. So the laws are held: d + c_e^2 / (4 d)
    between 0 and 2 d, d below, once continuously differentiable, and exactly c_e above 2 d. The current of a depleted
    zone is zero by its salt balance, whatever the laws say there.
    """
    d = SALT_MARGIN
    return d + ufl.max_value(ufl.min_value(c_e, 2 * d), 0.0) ** 2 / (4 * d) + ufl.max_value(c_e - 2 * d, 0.0)


def ionic_current_density(
    c_e: Any,
    phi_e: Any,
    *,
    conductivity: Any,
    transference_number: Any,
    thermodynamic_factor: Any,
    T: Any,
    transport_factor: Any = 1.0,
    divisor: Any = None,
) -> Any:
    """i_e = -kappa B [grad phi_e - (2 R T / F) (1 - t_+) (1 + dln f/dln c) grad ln c_e], A/m2.

    Args:
        c_e: salt concentration, mol/m3.
        phi_e: electrolyte potential, V.
        conductivity: kappa(c_e, T), S/m.
        transference_number: t_+ of the cation.
        thermodynamic_factor: 1 + dln f/dln c.
        T: temperature, K.
        transport_factor: B = porosity / tortuosity factor, a number or a tensor; 1 in free electrolyte.
        divisor: stands for c_e in grad ln c_e = grad c_e / c_e where it must not become zero; left out, c_e itself.
    """
    diffusional = 2 * GAS_CONSTANT * T / FARADAY * (1 - transference_number) * thermodynamic_factor
    c = c_e if divisor is None else divisor
    return -conductivity * transport_factor * (ufl.grad(phi_e) - diffusional / c * ufl.grad(c_e))


def cation_flux(c_e: Any, i_e: Any, *, diffusivity: Any, transference_number: Any, transport_factor: Any = 1.0) -> Any:
    """N_+ = -D_e B grad c_e + t_+ i_e / F, mol/(m2 s)."""
    return -diffusivity * transport_factor * ufl.grad(c_e) + transference_number / FARADAY * i_e


def salt_storage(c_e: Any, v: Any, dx: ufl.Measure, *, porosity: Any = 1.0) -> ufl.Form:
    """M = int porosity c_e v dx, mol."""
    return porosity * c_e * v * dx


def salt_transport(flux: Any, v: Any, dx: ufl.Measure) -> ufl.Form:
    """F = -int N_+ . grad v dx, mol/s: the weak divergence of the cation flux."""
    return -ufl.inner(flux, ufl.grad(v)) * dx


def charge_transport(i_e: Any, psi: Any, dx: ufl.Measure) -> ufl.Form:
    """F = -int i_e . grad psi dx, A: the weak divergence of the ionic current."""
    return -ufl.inner(i_e, ufl.grad(psi)) * dx
