"""Volume-averaged electrodes: representative particles at every point, reacting in the volume."""

from dataclasses import dataclass
from typing import Any

from femcell.materials import Particles
from femcell.models.layout import Active, Electrode
from femcell.models.parts import double_layer_terms, insertion_current, insertion_heat, terminal_level
from femcell.models.space import DepthProfile, Space
from femcell.models.terms import Terms
from femcell.parameter import rebuilt
from femcell.physics import interface, particle
from femcell.system import Observable


@dataclass(frozen=True, kw_only=True)
class Population(Active):
    """Particles of one material and one size in an electrode.

    Attributes:
        particles: their radius, share of the volume, and surface.
        profile: multiplies share and surface, over the depth of the region along the first axis; None is uniform.
    """

    particles: Particles
    profile: DepthProfile | None = None


def particle_terms(s: Space, electrode: Electrode, active: Active) -> Terms:
    """Lithium in a population of particles and its exchange with the electrolyte."""
    assert isinstance(active, Population)
    m, T, name = active.material, s.temperature, active.name
    rule = particle.radial_rule(active.radial_points)
    c_s, v_s = s.u(f"c_s_{name}"), s.test(f"c_s_{name}")
    c_e, v_e, psi_e = s.u("c_e"), s.test("c_e"), s.test("phi_e")
    last = active.radial_points - 1
    dx = s.measures.dx(active.regions)
    p = active.particles
    fraction = s.number(name, p, "active_fraction")
    radius = s.number(name, p, "radius")
    area = s.parameter(f"{name}.specific_surface", p.specific_surface, rebuilt(p, "surface"))
    if active.profile is not None:
        (region,) = active.regions
        profile = s.cellwise(s.grains[name], {region: active.profile})
        fraction, area = fraction * profile, area * profile
    phi_s, psi_s = terminal_level(s, electrode)
    jump = phi_s - s.u("phi_e")
    i = area * insertion_current(s, active, c_e, c_s[last], jump, T)
    terms = Terms()
    if active.uniform:
        i, terms = _uniform(s, active, i)
    D = [s.law(name, m, "diffusivity", c_s[q], T) for q in range(last + 1)]
    terms += Terms(
        storage=(particle.lithium_storage(c_s, v_s, dx, active_fraction=fraction, rule=rule),),
        residual=(
            particle.radial_diffusion(
                c_s,
                v_s,
                dx,
                diffusivity=D if callable(m.diffusivity) else D[0],  # one number makes a shorter form
                active_fraction=fraction,
                radius=radius,
                rule=rule,
            ),
            interface.lithium_leaves_solid(i, v_s[last], dx),
            interface.charge_leaves_solid(i, psi_s, dx),
            interface.charge_enters_electrolyte(i, psi_e, dx),
            interface.cations_enter_electrolyte(i, v_e, dx),
        ),
        observables=(
            Observable(f"lithium_{name}", "mol", fraction * particle.volume_average(c_s, rule) * dx, s.cross_section),
            Observable(f"interface_current_{name}", "A", i * dx, s.cross_section),
        ),
        lithium=(f"lithium_{name}",),
        sources=insertion_heat(s, active, i, c_s[last], jump, T, dx),
    )
    if m.double_layer_capacitance > 0.0:
        C = s.number(name, m, "double_layer_capacitance") * area
        storage = interface.double_layer_storage(C, jump, psi_s, psi_e, v_e, dx)
        terms += double_layer_terms(s, name, storage, C * jump * dx)
    return terms


def _uniform(s: Space, active: Active, i: Any) -> tuple[Any, Terms]:
    """The reaction current of a population, the same in every volume, and the equation of its total.

    F = int (i - I / V) w dx / V: the total I is what the local law gives in the mean over the electrode.
    """
    name = f"reaction_{active.name}"
    volume = s.constant(sum(s.domain.geometry.summary.volumes[r] for r in active.regions) * s.cross_section)
    mean = s.u(name) / volume
    law = (i - mean) * s.test(name) * s.measures.dx(active.regions)
    return mean, Terms(residual=(law,))
