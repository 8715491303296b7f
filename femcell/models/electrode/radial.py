"""Hosts of volume-averaged electrodes: representative spheres at every point."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from femcell.models.core import Account, Quadrature, Space, Terms, Unknown
from femcell.models.electrode.host import HostState, concentration, open_circuit_potential
from femcell.models.layout.porous import Population
from femcell.models.layout.reference import Reference
from femcell.models.views import stoichiometry
from femcell.parameter import rebuilt
from femcell.physics import particle
from femcell.system import BlockMethod, Observable


@dataclass(frozen=True, eq=False)
class RadialHost:
    """`c_s_<name>`: the radial profile of a sphere at every point of an electrode; see `physics.particle`.

    Attributes:
        active: the population.
        reference: what residuals are judged by.
    """

    active: Population
    reference: Reference

    def unknowns(self) -> Sequence[Unknown]:
        """Concentrations at the radial points, the surface last; of one sphere where the electrode is uniform."""
        points, method = (self.active.radial_points,), BlockMethod.POINTWISE
        uniform = self.active.uniform
        return (concentration(self.active, self.reference, shape=points, uniform=uniform, method=method),)

    def measure(self, space: Space) -> Any:
        """Over the electrode, by nodes, so that particles at different points do not mix."""
        rule = Quadrature.averaged(space.degree, space.domain.dim).cells
        return space.measures.dx(self.active.regions)(metadata=dict(rule))

    def profile(self, space: Space) -> Any:
        """What share and surface of the particles are multiplied with; None where they are uniform."""
        if self.active.profile is None:
            return None
        (region,) = self.active.regions
        return space.cellwise(space.submesh(self.active.regions), {region: self.active.profile})

    def specific_surface(self, space: Space) -> Any:
        """Reacting surface per volume, 1/m."""
        p, profile = self.active.particles, self.profile(space)
        area = space.parameter(f"{self.active.name}.specific_surface", p.specific_surface, rebuilt(p, "surface"))
        return area if profile is None else area * profile

    def terms(self, space: Space) -> Terms:
        """Storage, and diffusion along the radius."""
        active, dx = self.active, self.measure(space)
        m, T, name, p = active.material, space.temperature, active.name, active.particles
        rule = particle.radial_rule(active.radial_points)
        c_s, v_s = space.u(f"c_s_{name}"), space.test(f"c_s_{name}")
        fraction, profile = space.number(name, p, "active_fraction"), self.profile(space)
        if profile is not None:
            fraction = fraction * profile
        D = [space.law(name, m, "diffusivity", c_s[q], T) for q in range(active.radial_points)]
        amount = fraction * particle.volume_average(c_s, rule) * dx
        shown = () if active.uniform else (stoichiometry(space, f"c_s_{name}", name, m.maximum_concentration),)
        return Terms(
            storage=(particle.lithium_storage(c_s, v_s, dx, active_fraction=fraction, rule=rule),),
            residual=(
                particle.radial_diffusion(
                    c_s,
                    v_s,
                    dx,
                    diffusivity=D if callable(m.diffusivity) else D[0],  # one number makes a shorter form
                    active_fraction=fraction,
                    radius=space.number(name, p, "radius"),
                    rule=rule,
                ),
            ),
            observables=(Observable(f"lithium_{name}", "mol", amount, space.cross_section),),
            accounts=(Account("lithium", (f"lithium_{name}",)),),
            exports=shown,
        )

    def surface(self, space: Space, side: str | None = None) -> HostState:
        """The last radial point."""
        name, m, last = self.active.name, self.active.material, self.active.radial_points - 1
        c_s, c_max = space.u(f"c_s_{name}")[last], space.number(name, m, "maximum_concentration")

        def equilibrium(T: Any) -> Any:
            return open_circuit_potential(m, c_s / c_max, T)

        return HostState(c_s, c_max, space.test(f"c_s_{name}")[last], equilibrium, equilibrium)
