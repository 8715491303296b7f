"""A lithium-ion cell whose microstructure is resolved by the mesh."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from femcell.errors import InputError
from femcell.geometry import Geometry, distribute
from femcell.kinds import require_fields
from femcell.materials import Electrolyte
from femcell.models.electrochemistry import Electrochemistry, electrochemical_system
from femcell.models.heat import Heat, LumpedHeat, check_regions, kind_of
from femcell.models.layout import Islands, Layout, Material, lay_out, open_circuit_window
from femcell.models.mechanics import ChemoMechanics
from femcell.models.mechanics_cell import addition
from femcell.models.parts import active_terms
from femcell.models.space import Quadrature, Space, Unknown, build_space, require_conditions
from femcell.models.terminals import Equipotential, LithiumMetal, Terminal, UniformCurrent
from femcell.models.terms import Addition
from femcell.reprs import angled, names
from femcell.system import System, unknowns


@dataclass(frozen=True, eq=False)
class ResolvedCell:
    """Electrolyte, particles and collectors on one mesh: a half cell against lithium metal, or a full cell.

    Attributes:
        geometry: the named mesh.
        electrolyte: fills the pores and the separators; regions named `electrolyte` need no entry in
            `regions`.
        regions: what each region of the mesh is made of.
        terminals: `positive` and `negative`: a surface name (equipotential), `UniformCurrent`, or
            `LithiumMetal` (negative only).
        physics: the balance laws that act: `Electrochemistry` first, `ChemoMechanics` where stress is asked for, and
            `Heat` or `LumpedHeat` where the temperature is an unknown.
        temperature: K.
        cross_section: what a mesh of fewer dimensions stands for: area in m2 in 1D, depth in m in 2D, 1 in
            3D. Currents are in A for the whole of it.
        capacity_Ah: what C-rates refer to; left out, the smaller of the electrodes' capacities.
        islands: what to do with pieces that are not connected, `error` or `drop`.
        contacts: pair of solid regions -> electrical resistance between them, Ohm m2, as of a foil and what it
            carries; others touch without one. For one at a terminal see `Equipotential`.

    Raises:
        InputError: on use of `layout` or `system`, what `lay_out` finds wrong.
    """

    geometry: Geometry
    electrolyte: Electrolyte
    regions: Mapping[str, Material]
    terminals: Mapping[str, str | Terminal | LithiumMetal]
    physics: Sequence[Electrochemistry | ChemoMechanics | Heat | LumpedHeat] = field(
        default_factory=lambda: (Electrochemistry(),)
    )
    temperature: float = 298.15
    cross_section: float = 1.0
    capacity_Ah: float | None = None
    islands: Islands | str = Islands.ERROR
    contacts: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            self.geometry.source,
            self.geometry.size,
            f"{self.temperature:g} K",
            names(type(law).__name__ for law in self.physics),
            unknowns(self),
        )

    def __post_init__(self) -> None:
        """Check what needs no mesh."""
        require_fields(
            self, "geometry", "electrolyte", "regions", "terminals", "physics", "cross_section", "islands", "contacts"
        )
        require_conditions(self.temperature, self.capacity_Ah)
        if not (math.isfinite(self.cross_section) and self.cross_section > 0.0):
            raise InputError(f"The cross section must be positive, not {self.cross_section:g}.")
        missing = {"positive", "negative"} - set(self.terminals)
        unknown = set(self.terminals) - {"positive", "negative"}
        if missing or unknown:
            raise InputError("A cell has the terminals 'positive' and 'negative', both of them and no others.")
        if isinstance(self.terminals["positive"], LithiumMetal):
            raise InputError("Lithium metal can only be the negative terminal.")
        laws = (Electrochemistry, ChemoMechanics, Heat | LumpedHeat)
        kinds = [sum(isinstance(p, law) for p in self.physics) for law in laws]
        if kinds[0] != 1 or max(kinds) > 1 or sum(kinds) != len(self.physics):
            raise InputError(
                "The physics of a resolved cell is one Electrochemistry(), and at most one ChemoMechanics() and one "
                "Heat(...)."
            )

    @cached_property
    def layout(self) -> Layout:
        """The parts of the cell, checked."""
        try:
            islands = Islands(self.islands)
        except ValueError:
            raise InputError(f"islands must be 'error' or 'drop', not '{self.islands}'.") from None
        positive, negative = (_terminal(self.terminals[k]) for k in ("positive", "negative"))
        assert not isinstance(positive, LithiumMetal)
        return lay_out(self.geometry, self.electrolyte, self.regions, positive, negative, islands, self.contacts)

    @property
    def heat(self) -> Heat | LumpedHeat | None:
        """What makes the temperature an unknown, if anything does."""
        return next((p for p in self.physics if isinstance(p, Heat | LumpedHeat)), None)

    @cached_property
    def capacities_Ah(self) -> dict[str, float]:
        """Electrode -> charge between the ends of its stoichiometry window, A h."""
        section = 1.0 if self.geometry.summary.dim == 3 else self.cross_section
        return {electrode.name: electrode.capacity(section) for electrode in self.layout.electrodes}

    @property
    def c_rate_capacity_Ah(self) -> float:
        """The capacity that C-rates refer to, A h."""
        return self.capacity_Ah if self.capacity_Ah is not None else min(self.capacities_Ah.values())

    @cached_property
    def voltage_window(self) -> tuple[float, float]:
        """Least and largest open-circuit voltage over all stoichiometries of the electrodes, V."""
        return open_circuit_window(self.layout, self.temperature)

    @cached_property
    def system(self) -> System:
        """The semi-discrete system; distributes the mesh on first use. Collective."""
        if self.geometry.summary.dim == 3 and self.cross_section != 1.0:
            raise InputError("A 3D mesh has no cross section to be multiplied with; leave it out.")
        options, heat = next(p for p in self.physics if isinstance(p, Electrochemistry)), self.heat
        unknowns, more = self._mechanics(options.degree)
        stressed = "".join(f"-u{p.digest}" for p in self.physics if isinstance(p, ChemoMechanics))
        if isinstance(heat, Heat):
            check_regions(self.layout.geometry, heat.materials, heat.surfaces)
        domain = distribute(self.layout.geometry)
        space = build_space(
            domain,
            self.layout,
            self.electrolyte,
            degree=options.degree,
            quadrature=Quadrature.resolved(options.degree, options.quadrature_degree, domain.dim),
            temperature=self.temperature,
            cross_section=self.cross_section,
            current_scale=self.c_rate_capacity_Ah,
            heat=heat,
            more=unknowns,
        )
        return electrochemical_system(
            space,
            self.electrolyte,
            active_terms,
            label="resolved cell",
            digest=f"{domain.geometry.summary.digest}-P{options.degree}{kind_of(heat)}{stressed}",
            more=more,
            facts={
                "capacity_Ah": self.c_rate_capacity_Ah,
                "capacity_from": "given" if self.capacity_Ah is not None else "computed from the stoichiometry window",
                "electrode_capacity_Ah": self.capacities_Ah,
                "temperature_K": self.temperature,
                "left_out": list(self.layout.left_out),
            },
            heat=heat,
        )

    def _mechanics(self, degree: int) -> tuple[Sequence[Unknown], Callable[[Space], Addition] | None]:
        """Unknowns and terms of stress, where it is asked for."""
        stress = next((p for p in self.physics if isinstance(p, ChemoMechanics)), None)
        if stress is None:
            return (), None
        return addition(stress, self.layout, self.regions, self.temperature, degree)


def _terminal(given: str | Terminal | LithiumMetal) -> Terminal | LithiumMetal:
    if isinstance(given, str):
        return Equipotential(given)
    if isinstance(given, Equipotential | UniformCurrent | LithiumMetal):
        return given
    raise InputError(f"A terminal is a surface name, UniformCurrent or LithiumMetal, not {type(given).__name__}.")
