"""Energy as heat: what a body stores, conducts and loses at its surfaces, and what electrochemistry gives off in it.

rho c_p dT/dt = div(k grad T) + q (Fourier). The densities of heat are functions of the very fluxes and reaction
currents that the charge balances are made of. Tested with the potentials, those balances add up to

    int (-i_s . grad phi_s) + int (-i_e . grad phi_e) + int i (eta + U) = -V I,  eta = phi_s - phi_e - U,

so heat, chemical and electrical work close in the discrete equations as they do in the exact ones. Bernardi,
Pawlikowski and Newman, J. Electrochem. Soc. 132 (1985) 5; the enthalpy of mixing is left out.

Models solve for the warming T - T_0: differences of 300 K would drown the heat that flows in a thin layer in rounding.
"""

from typing import Any

import ufl

from femcell.constants import STEFAN_BOLTZMANN


def heat_storage(warming: Any, v: Any, dx: ufl.Measure, *, heat_capacity: Any) -> ufl.Form:
    """M = int rho c_p (T - T_0) v dx, J; `warming` is T - T_0 in K, `heat_capacity` rho c_p in J/(m3 K)."""
    return heat_capacity * warming * v * dx


def heat_conduction(T: Any, v: Any, dx: ufl.Measure, *, conductivity: Any) -> ufl.Form:
    """F = int (k grad T) . grad v dx, W.

    `conductivity` in W/(m K): a scalar, or a vector of one value for each axis where the body is orthotropic.
    """
    gradient = ufl.grad(T)
    if conductivity.ufl_shape:
        flux = ufl.as_vector([conductivity[i] * gradient[i] for i in range(conductivity.ufl_shape[0])])
    else:
        flux = conductivity * gradient
    return ufl.inner(flux, ufl.grad(v)) * dx


def heat_source(q: Any, v: Any, dx: ufl.Measure) -> ufl.Form:
    """F = -int q v dx, W: heat q that appears per volume (W/m3) or per area of an interface (W/m2)."""
    return -q * v * dx


def convective_flux(T: Any, *, coefficient: Any, ambient: Any) -> Any:
    """H (T - T_ambient), W/m2 out of the body (Newton)."""
    return coefficient * (T - ambient)


def radiative_flux(T: Any, *, emissivity: Any, ambient: Any) -> Any:
    """E sigma (T^4 - T_ambient^4), W/m2 out of a grey body into black surroundings (Stefan and Boltzmann)."""
    return emissivity * STEFAN_BOLTZMANN * (T**4 - ambient**4)


def heat_loss(flux: Any, v: Any, ds: ufl.Measure) -> ufl.Form:
    """F = int flux v ds, W: heat that leaves through a surface."""
    return flux * v * ds


def contact(T_plus: Any, T_minus: Any, v_plus: Any, v_minus: Any, dS: ufl.Measure, *, resistance: Any) -> ufl.Form:
    """F = int (T+ - T-) / R (v+ - v-) dS, W: two bodies that touch with a resistance R, m2 K/W."""
    return (T_plus - T_minus) / resistance * (v_plus - v_minus) * dS


def joule_heat(current_density: Any, potential: Any) -> Any:
    """-i . grad phi, W/m3: the power that a current loses; in the electrolyte, i holds the diffusion part."""
    return -ufl.inner(current_density, ufl.grad(potential))


def irreversible_heat(current_density: Any, overpotential: Any) -> Any:
    """I eta, W per area or volume of what `current_density` refers to."""
    return current_density * overpotential


def reversible_heat(current_density: Any, T: Any, entropic_coefficient: Any) -> Any:
    """I T dU/dT, W per area or volume of what `current_density` refers to."""
    return current_density * T * entropic_coefficient


def chemical_power(current_density: Any, T: Any, equilibrium: Any, entropic_coefficient: Any) -> Any:
    """I (U - T dU/dT), W: what the enthalpy of the reactants gains while i flows."""
    return current_density * (equilibrium - T * entropic_coefficient)
