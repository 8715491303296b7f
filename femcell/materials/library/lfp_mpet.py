"""Lithium iron phosphate as a regular solution, with the values that MPET ships."""

from functools import cache

from femcell.constants import AVOGADRO
from femcell.materials.active import ActiveMaterial
from femcell.materials.free_energy import regular_solution
from femcell.materials.kinetics import activity_exchange_current
from femcell.materials.phase_field import PhaseField, degenerate_mobility

SOURCE = (
    "Smith and Bazant, J. Electrochem. Soc. 164 (2017) E3291, and MPET's params_LFP.cfg; energy after Cogswell and "
    "Bazant, ACS Nano 6 (2012) 2215"
)


@cache
def lfp_mpet(initial_stoichiometry: float = 0.01) -> ActiveMaterial:
    """LiFePO4: W = 1.8560e-20 J, kappa = 5.0148e-10 J/m, 1.3793e28 sites/m3, D = 5.3e-19 m2/s, k0 = 0.16 A/m2.

    The plateau is at 3.422 V. Conductivity is that of carbon-coated particles, 1 S/m (as MPET does without conduction
    in the particle, it has none to give): nothing here depends on it.
    """
    sites = 1.3793e28 / AVOGADRO
    energy = regular_solution(1.8560e-20 * AVOGADRO, sites, source=SOURCE)
    phase = PhaseField(
        free_energy=energy,
        gradient_energy=5.0148e-10,
        mobility=degenerate_mobility(5.3e-19, sites),
        standard_potential=3.422,
    )
    return ActiveMaterial(
        name="LiFePO4",
        maximum_concentration=sites,
        diffusivity=5.3e-19,
        conductivity=1.0,
        open_circuit_potential=energy.open_circuit_potential(3.422),
        exchange_current_density=activity_exchange_current(0.16, energy.activity),
        stoichiometry_full_charge=0.01,
        stoichiometry_full_discharge=0.99,
        initial_stoichiometry=initial_stoichiometry,
        phase_field=phase,
        source=SOURCE,
    )
