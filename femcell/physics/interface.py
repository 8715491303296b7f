"""Charge transfer and double layer between an electron conductor and the electrolyte.

Everything that crosses an interface does so as Li+: the current that enters the electrolyte, Faradaic or
capacitive, brings cations with it. The lithium that a double layer holds is then -C (phi_s - phi_e) / F per
area, and salt, charge and lithium balances close with one another exactly.
"""

from typing import Any

import ufl

from femcell.constants import FARADAY, GAS_CONSTANT


def butler_volmer(
    exchange_current_density: Any, overpotential: Any, T: Any, *, anodic: Any = 0.5, cathodic: Any = 0.5
) -> Any:
    """Current density i0 [exp(alpha_a F eta / R T) - exp(-alpha_c F eta / R T)], A/m2: Li+ leaves the solid.

    Newman and Balsara (2021), eq. 8.23. `overpotential` eta = phi_s - phi_e - U, V; `anodic` and `cathodic`
    are the transfer coefficients.
    """
    f = FARADAY / (GAS_CONSTANT * T)
    return exchange_current_density * (ufl.exp(anodic * f * overpotential) - ufl.exp(-cathodic * f * overpotential))


SITE_MARGIN = 1e-4
"""Stoichiometry next to an empty or a full lattice in which the ideal lattice gas takes over from fitted laws."""

TANGENT_BELOW = 0.1
"""Share of that margin below which the logarithm is continued by its tangent."""

OVERSHOOT = 4.0
"""Margins beyond the end at which the tangent stops: Newton's iterates come there, and an exponential of what they
see must stay a number that others can be added to. 43 R T / F, 1.1 V at room temperature."""


def inside_lattice(x: Any) -> Any:
    """The stoichiometry kept SITE_MARGIN away from 0 and 1: where fitted laws are evaluated."""
    return ufl.min_value(ufl.max_value(x, SITE_MARGIN), 1 - SITE_MARGIN)


def lattice_gas_limit(x: Any, T: Any) -> Any:
    """(R T / F) [ln((1 - x) / d) - ln(x / d)], V, each logarithm only where its argument is below 1; d = SITE_MARGIN.

    A lattice can be neither overfilled nor emptied beyond nothing because the potential of its last sites goes as
    the logarithm of their share (ideal lattice gas). Fitted open-circuit potentials and exchange currents lack
    this: with i0 going to zero alone, a full surface could neither be filled nor emptied again. Added to the
    open-circuit potential, with i0 held at the margin, insertion dies off as (1 - x)^alpha_c as it does in the
    usual i0, and extraction does not. Zero where x is d or more away from both ends.
    """

    def logarithm(share: Any) -> Any:
        y = ufl.max_value(ufl.min_value(share / SITE_MARGIN, 1.0), -OVERSHOOT)
        inside = ufl.max_value(y, TANGENT_BELOW)
        return ufl.ln(inside) + (ufl.min_value(y, TANGENT_BELOW) - TANGENT_BELOW) / TANGENT_BELOW

    return GAS_CONSTANT * T / FARADAY * (logarithm(1 - x) - logarithm(x))


def charge_leaves_solid(current_density: Any, psi_s: Any, dS: ufl.Measure) -> ufl.Form:
    """F = +int i psi_s dS, A: current that leaves the solid through the interface."""
    return current_density * psi_s * dS


def charge_enters_electrolyte(current_density: Any, psi_e: Any, dS: ufl.Measure) -> ufl.Form:
    """F = -int i psi_e dS, A: current that enters the electrolyte."""
    return -current_density * psi_e * dS


def species_appears(current_density: Any, per_electron: float, v: Any, dS: ufl.Measure) -> ufl.Form:
    """F = -int nu / n i / F v dS, mol/s: a species that appears nu times for n electrons (Faraday)."""
    return -per_electron * current_density / FARADAY * v * dS


def film_storage(amount: Any, w: Any, dS: ufl.Measure) -> ufl.Form:
    """M = int n w dS, mol: what a film holds, n in mol per area of interface."""
    return amount * w * dS


def lithium_leaves_solid(current_density: Any, v_s: Any, dS: ufl.Measure) -> ufl.Form:
    """F = +int i / F v_s dS, mol/s."""
    return current_density / FARADAY * v_s * dS


def cations_enter_electrolyte(current_density: Any, v_e: Any, dS: ufl.Measure) -> ufl.Form:
    """F = -int i / F v_e dS, mol/s: all of the current is carried by Li+ at the interface."""
    return -current_density / FARADAY * v_e * dS


def double_layer_storage(capacitance: Any, jump: Any, psi_s: Any, psi_e: Any, v_e: Any, dS: ufl.Measure) -> ufl.Form:
    """M = int C (phi_s - phi_e) (psi_s - psi_e - v_e / F) dS: charge of both phases (A s), cations (mol).

    A Helmholtz layer of constant capacitance C (F/m2) between the potentials `jump` = phi_s - phi_e.
    """
    return capacitance * jump * (psi_s - psi_e - v_e / FARADAY) * dS
