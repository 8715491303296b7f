"""What a host of lithium offers to its interface, and lithium that diffuses by Fick's law in a resolved one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from femcell.constants import FARADAY
from femcell.materials import ActiveMaterial, apply
from femcell.models.core import Account, Law, Regions, Space, Terms, Unknown
from femcell.models.layout.layout import Active
from femcell.models.layout.reference import Reference
from femcell.models.views import copied, stoichiometry
from femcell.physics import interface, solid
from femcell.physics.interface import SITE_MARGIN
from femcell.system import BlockMethod, Observable


@dataclass(frozen=True, eq=False)
class HostState:
    """A host at its interface.

    Attributes:
        concentration: of lithium, mol/m3.
        maximum: of a full host, mol/m3.
        test: scaled test function of the balance of lithium there.
        equilibrium: temperature (K) -> potential of insertion against lithium, V.
        entropic: temperature (K) -> a potential whose derivative is the entropic coefficient, V.
    """

    concentration: Any
    maximum: Any
    test: Any
    equilibrium: Callable[[Any], Any]
    entropic: Callable[[Any], Any]


class HostLaw(Law, Protocol):
    """Lithium in a solid."""

    @property
    def active(self) -> Active:
        """The regions and their material."""

    def surface(self, space: Space, side: str | None = None) -> HostState:
        """Its state at its interface."""


def concentration(active: Active, reference: Reference, **options: Any) -> Unknown:
    """The unknown `c_s_<name>`, scaled with the concentration of a full host."""
    c_max = active.material.maximum_concentration
    turn = 0.0 if active.separates else SITE_MARGIN * c_max
    return Unknown(
        f"c_s_{active.name}",
        "mol/m3",
        Regions(active.regions),
        scale=c_max,
        row=reference.amount,
        stored=True,
        initial=active.material.initial_concentration,
        bounds=(0.0, c_max),
        turn=turn,
        **options,
    )


def open_circuit_potential(material: ActiveMaterial, x: Any, T: Any) -> Any:
    """U(x, T) with the ends of the lattice, V."""
    return apply(material.open_circuit_potential, interface.inside_lattice(x), T) + interface.lattice_gas_limit(x, T)


@dataclass(frozen=True, eq=False)
class FickHost:
    """A resolved host: `c_s_<name>` on its regions.

    Attributes:
        active: the regions and their material.
        reference: what residuals are judged by.
        stress_potential: unknown that holds the potential of lithium that stems from stress, J/mol; U is lower by it
            over F. None without stress.
    """

    active: Active
    reference: Reference
    stress_potential: str | None = None

    def unknowns(self) -> Sequence[Unknown]:
        """The concentration."""
        return (concentration(self.active, self.reference, method=BlockMethod.MULTIGRID),)

    def terms(self, space: Space) -> Terms:
        """Storage, and Fick's law."""
        name, dx = f"c_s_{self.active.name}", space.measures.dx(self.active.regions)
        c_s, v = space.u(name), space.test(name)
        D = space.law(self.active.name, self.active.material, "diffusivity", c_s, space.temperature)
        return stored_lithium(space, self.active) + Terms(
            storage=(solid.lithium_storage(c_s, v, dx),),
            residual=(solid.lithium_diffusion(c_s, v, dx, diffusivity=D),),
        )

    def surface(self, space: Space, side: str | None = "+") -> HostState:
        """Beside the electrolyte."""
        c_s, m = space.fields[f"c_s_{self.active.name}"], self.active.material
        c_max = space.number(self.active.name, m, "maximum_concentration")
        surface = c_s.function(side)
        shift = None if self.stress_potential is None else space.u(self.stress_potential)(side) / FARADAY

        def equilibrium(T: Any) -> Any:
            U = open_circuit_potential(m, surface / c_max, T)
            return U if shift is None else U - shift

        return HostState(surface, c_max, c_s.test(side), equilibrium, equilibrium)


def stored_lithium(space: Space, active: Active) -> Terms:
    """The account of lithium in a resolved host, and what people look at."""
    name = f"c_s_{active.name}"
    amount = space.u(name) * space.measures.dx(active.regions)
    return Terms(
        observables=(Observable(f"lithium_{active.name}", "mol", amount, space.cross_section),),
        accounts=(Account("lithium", (f"lithium_{active.name}",)),),
        exports=(
            copied(space, name),
            stoichiometry(space, name, active.name, active.material.maximum_concentration),
        ),
    )
