"""All that crosses one interface between a solid and the electrolyte: one code wherever the interface is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ufl

from femcell.constants import FARADAY
from femcell.errors import InputError
from femcell.materials.reaction import HOST, Reaction
from femcell.models.core import Account, Number, Source, Space, Terms, Unknown, at_side
from femcell.models.electrode.electrons import Electrons
from femcell.models.electrode.host import HostLaw
from femcell.models.electrolyte.state import LITHIUM_ION, ElectrolyteLaw, ElectrolyteState
from femcell.models.interface.film import FilmLaw
from femcell.models.interface.site import Site
from femcell.models.interface.state import InterfaceState
from femcell.models.layout.layout import Electrode
from femcell.models.layout.reference import Reference
from femcell.physics import heat, interface
from femcell.system import Observable

LITHIUM_OF = {LITHIUM_ION: 1.0, HOST: 1.0}
"""Lithium in one of each species that accounts follow."""


@dataclass(frozen=True, eq=False)
class Solid:
    """The electrons' side of an interface; without an electrode it is a metal of potential 0.

    Attributes:
        electrons: law of the electrons.
        electrode: that the interface belongs to.
    """

    electrons: Electrons | None = None
    electrode: Electrode | None = None

    def at(self, space: Space, side: str | None) -> tuple[Any, Any]:
        """(phi_s, psi_s) at an interface; the test function is 0 where no balance of electrons is solved."""
        if self.electrons is None or self.electrode is None:
            return 0.0, 0.0
        return self.electrons.at(space, self.electrode, side)


@dataclass(frozen=True)
class Names:
    """What parameters and results of an interface are called.

    Attributes:
        parameters: prefix of its parameters.
        current: the observable of its total current.
        layer: suffix of the observables of its double layer.
        charge: account of the charge of its electrode.
    """

    parameters: str
    current: str
    layer: str
    charge: str


@dataclass(frozen=True, eq=False)
class Exchange:
    """Reactions, films and double layer of one interface.

    The currents of all reactions add up once, and films between solid and electrolyte drop their sum times the films'
    resistance. With a resistance the total current density is an unknown of the interface, `i_<name>`. The double layer
    lies beside reactions and films.

    Attributes:
        names: what its results are called.
        site: where it is.
        solid: the electrons' side.
        host: of lithium behind it, or None.
        electrolyte: beside it.
        reactions: at it.
        owner: material whose `double_layer_capacitance` (F/m2) and `film_resistance` (Ohm m2) it has.
        reference: what residuals are judged by.
        uniform: whether each reaction is the same everywhere, the mean of its law over the electrode.
        films: that reactions build.
    """

    names: Names
    site: Site
    solid: Solid
    host: HostLaw | None
    electrolyte: ElectrolyteLaw
    reactions: tuple[Reaction, ...]
    owner: Any
    reference: Reference
    uniform: bool = False
    films: tuple[FilmLaw, ...] = ()

    @property
    def carried(self) -> str:
        """Name of the unknown current density of an interface with a resistance; empty without one."""
        resists = self.owner.film_resistance > 0.0 or any(law.film.conductivity is not None for law in self.films)
        return f"i_{self.names.parameters}" if resists else ""

    def unknowns(self) -> Sequence[Unknown]:
        """The total current density where films resist it; the total of each reaction where it is uniform."""
        found = [unknown for law in self.films for unknown in law.unknowns()]
        if self.carried:
            density, row = self.reference.charge / self.site.area, self.reference.charge
            place, uniform = self.site.place, self.uniform
            found.append(Unknown(self.carried, "A/m2", place, scale=density, row=row, uniform=uniform))
        if self.uniform:
            scale = self.reference.current
            found += [
                Unknown(self._total(r), "A", Number(), scale=scale, row=self.reference.charge) for r in self.reactions
            ]
        return found

    def terms(self, space: Space) -> Terms:
        """Charge and species that cross, the heat that is given off, and the accounts of both."""
        measure, density = self.site.measure(space), self.site.density(space)
        e = self.electrolyte.at(space, self.site.liquid)
        phi_s, psi_s = self.solid.at(space, self.site.solid)
        T = space.temperature_at(self.site.solid) if self.site.solid else space.temperature
        host = None if self.host is None else self.host.surface(space, self.site.solid)
        jump = phi_s - e.potential
        terms, driving = Terms(), jump
        if self.carried:
            driving = jump - self._resistance(space) * at_side(space.u(self.carried), self.site.solid)
        thicknesses = {law.film.name: law.thickness(space) for law in self.films}
        state = InterfaceState(space, self.names.parameters, driving, T, e, host, thicknesses)
        flows: list[tuple[Reaction, InterfaceState, Any]] = []
        for n, reaction in enumerate(self.reactions):
            seen = state if n == 0 else state.called(f"{self.names.parameters}.{reaction.name}")
            local = reaction.rate(seen)
            flow = local if density is None else density * local
            if self.uniform:
                flow, mean = self._mean(space, reaction, flow, measure)
                terms += mean
            flows.append((reaction, seen, flow))
        if self.carried:
            terms += self._carried(space, [flow for _, _, flow in flows], density, measure)
        for law in self.films:
            terms += law.terms(space)
        terms += self._crossing(space, flows, e, host, psi_s, measure)
        if space.warming is not None:
            for reaction, seen, flow in flows:
                terms += Terms(sources=self._heat(reaction, seen, flow, jump, measure))
        if self.owner.double_layer_capacitance > 0.0:
            C = space.number(self.names.parameters, self.owner, "double_layer_capacitance")
            terms += self._layer(space, C if density is None else C * density, jump, psi_s, e, measure)
        return terms

    def _total(self, reaction: Reaction) -> str:
        """Name of the total current of a uniform reaction."""
        own = "" if reaction is self.reactions[0] else f"_{reaction.name}"
        return f"reaction_{self.names.parameters}{own}"

    def _mean(self, space: Space, reaction: Reaction, i: Any, measure: ufl.Measure) -> tuple[Any, Terms]:
        """The current of a uniform reaction, the same in every volume, and the equation of its total.

        F = int (i - I / V) w dx / V: the total I is what the local law gives in the mean over the electrode.
        """
        name = self._total(reaction)
        mean = space.u(name) / space.constant(self.site.size * space.cross_section)
        return mean, Terms(residual=((i - mean) * space.test(name) * measure,))

    def _resistance(self, space: Space) -> Any:
        """Of all films, Ohm m2."""
        parts = [law.resistance(space) for law in self.films if law.film.conductivity is not None]
        if self.owner.film_resistance > 0.0:
            parts.append(space.number(self.names.parameters, self.owner, "film_resistance"))
        return sum(parts[1:], parts[0])

    def _carried(self, space: Space, flows: Sequence[Any], density: Any, measure: ufl.Measure) -> Terms:
        """F = int (j - sum of the reactions) w: what films carry is what reacts."""
        j, w = at_side(space.u(self.carried), self.site.solid), at_side(space.test(self.carried), self.site.solid)
        carried = j if density is None else density * j
        return Terms(residual=((carried - sum(flows)) * w * measure,))

    def _crossing(
        self,
        space: Space,
        flows: Sequence[tuple[Reaction, InterfaceState, Any]],
        e: ElectrolyteState,
        host: Any,
        psi_s: Any,
        measure: ufl.Measure,
    ) -> Terms:
        """What leaves the one side and enters the other; lithium that neither side has comes from outside."""
        i = sum((flow for _, _, flow in flows[1:]), flows[0][2])
        residual = [interface.charge_enters_electrolyte(i, e.charge_test, measure)]
        if self.solid.electrons is not None:
            residual.append(interface.charge_leaves_solid(i, psi_s, measure))
        observables = [Observable(self.names.current, "A", i * measure, space.cross_section)]
        brought: dict[str, float] = {}
        contents = {**LITHIUM_OF, **{law.film.name: law.film.lithium for law in self.films}}
        for reaction, _, flow in flows:
            for species, test in self._tests(space, reaction, e, host).items():
                residual.append(interface.species_appears(flow, reaction.per_charge(species), test, measure))
            name = self.names.current
            if len(flows) > 1:
                name = f"{reaction.name}_current_{self.names.parameters}"
                observables.append(Observable(name, "A", flow * measure, space.cross_section))
            lithium = sum(reaction.per_charge(s) * content for s, content in contents.items())
            if lithium:
                brought[name] = lithium / FARADAY
        scale = self.reference.current
        return Terms(
            residual=tuple(residual),
            observables=tuple(observables),
            accounts=(
                Account(self.names.charge, (), {self.names.current: -1.0}, scale),
                Account("lithium", (), brought, scale / FARADAY),
            ),
        )

    def _tests(self, space: Space, reaction: Reaction, e: ElectrolyteState, host: Any) -> Mapping[str, Any]:
        """Species of a reaction -> scaled test function of its balance; InputError where there is none."""
        known = {**e.tests, **{law.film.name: law.test(space) for law in self.films}}
        known |= {} if host is None else {HOST: host.test}
        missing = [name for name in reaction.stoichiometry if name not in known]
        if missing:
            raise InputError(
                f"Reaction {reaction.name!r} at '{self.names.parameters}' has the species {missing[0]!r}, which is not "
                f"there; there are {', '.join(known)}."
            )
        return {name: known[name] for name in reaction.stoichiometry}

    def _heat(
        self, reaction: Reaction, state: InterfaceState, i: Any, jump: Any, measure: ufl.Measure
    ) -> tuple[Source, ...]:
        """Heat of a reaction that passes i, A per unit of the measure; dU/dT is that of its own law."""
        T, side = state.temperature, self.site.solid
        kelvin = ufl.variable(T)
        at = state.at(kelvin)
        U = ufl.as_ufl(reaction.equilibrium_potential(at))
        law = U if reaction.entropic_potential is None else ufl.as_ufl(reaction.entropic_potential(at))
        slope = ufl.diff(law, kelvin)
        found = (
            Source("reaction_heat", heat.irreversible_heat(i, jump - U), measure, side),
            Source("entropic_heat", heat.reversible_heat(i, T, slope), measure, side),
            Source("chemical_power", heat.chemical_power(i, T, U, slope), measure, side, chemical=True),
        )
        return tuple(source for source in found if not isinstance(source.density, ufl.constantvalue.Zero))

    def _layer(self, space: Space, C: Any, jump: Any, psi_s: Any, e: ElectrolyteState, measure: ufl.Measure) -> Terms:
        """Charge C (phi_s - phi_e) on the solid side, and the cations that it draws out of the electrolyte."""
        charge, name, section = C * jump * measure, self.names.layer, space.cross_section
        return Terms(
            storage=(interface.double_layer_storage(C, jump, psi_s, e.charge_test, e.tests[LITHIUM_ION], measure),),
            observables=(
                Observable(f"double_layer_charge_{name}", "A s", charge, section),
                Observable(f"double_layer_lithium_{name}", "mol", charge, -section / FARADAY),
            ),
            accounts=(
                Account(self.names.charge, (f"double_layer_charge_{name}",)),
                Account("lithium", (f"double_layer_lithium_{name}",)),
            ),
            unaccounted=("the double layer",),
        )
