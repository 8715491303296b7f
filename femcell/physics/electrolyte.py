"""Salt and charge in a concentrated binary electrolyte.

Newman and Balsara, Electrochemical Systems, 4th ed. (2021), ch. 12; volume-averaged in porous regions, where
`porosity` weights what is stored and `transport_factor` (porosity over tortuosity) what flows. phi_e is the
potential that a lithium reference electrode would show. The dilute Nernst-Planck equations are the same terms
with the transport properties of `materials.dilute`.
"""

from typing import Any

import ufl

from femcell.constants import FARADAY, GAS_CONSTANT


def ionic_current_density(
    c_e: Any,
    phi_e: Any,
    *,
    conductivity: Any,
    transference_number: Any,
    thermodynamic_factor: Any,
    T: Any,
    transport_factor: Any = 1.0,
) -> Any:
    """i_e = -kappa B [grad phi_e - (2 R T / F) (1 - t_+) (1 + dln f/dln c) grad ln c_e], A/m2.

    Args:
        c_e: salt concentration, mol/m3.
        phi_e: electrolyte potential, V.
        conductivity: kappa(c_e, T), S/m.
        transference_number: t_+ of the cation.
        thermodynamic_factor: 1 + dln f/dln c.
        T: temperature, K.
        transport_factor: B = porosity / tortuosity factor, 1 in free electrolyte.
    """
    diffusional = 2 * GAS_CONSTANT * T / FARADAY * (1 - transference_number) * thermodynamic_factor
    return -conductivity * transport_factor * (ufl.grad(phi_e) - diffusional / c_e * ufl.grad(c_e))


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
