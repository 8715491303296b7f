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


def charge_leaves_solid(current_density: Any, psi_s: Any, dS: ufl.Measure) -> ufl.Form:
    """F = +int i psi_s dS, A: current that leaves the solid through the interface."""
    return current_density * psi_s * dS


def charge_enters_electrolyte(current_density: Any, psi_e: Any, dS: ufl.Measure) -> ufl.Form:
    """F = -int i psi_e dS, A: current that enters the electrolyte."""
    return -current_density * psi_e * dS


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
