"""A lithium-ion cell whose microstructure is resolved by the mesh."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from femcell.errors import InputError
from femcell.geometry import Geometry, distribute
from femcell.kinds import require_fields
from femcell.materials import Electrolyte
from femcell.models.cell.electrochemistry import Electrochemistry, electrochemical_laws, ionic_law
from femcell.models.cell.physics import Parts, Physics, digest_of, more_laws, pick
from femcell.models.core import Law, Quadrature, assemble, require_conditions
from femcell.models.electrolyte.state import Ionic
from femcell.models.layout.lay_out import Islands, lay_out
from femcell.models.layout.layout import Layout, Material, open_circuit_window
from femcell.models.layout.reference import Reference
from femcell.models.layout.terminals import Equipotential, LithiumMetal, Terminal, UniformCurrent
from femcell.models.mechanics.cell import CellMechanics
from femcell.models.mechanics.stress import ChemoMechanics
from femcell.models.thermal.heat import Heat, LumpedHeat, check_regions
from femcell.models.thermal.self_heating import SelfHeating
from femcell.reprs import angled, names
from femcell.system import System, unknowns


@dataclass(frozen=True, eq=False)
class ResolvedCell:
    """Electrolyte, particles and collectors on one mesh: a half cell against lithium metal, or a full cell.

    Attributes:
        geometry: the named mesh.
        electrolyte: fills the pores and the separators, a binary one by its data or one that brings its own law;
            regions named `electrolyte` need no entry in `regions`.
        regions: what each region of the mesh is made of.
        terminals: `positive` and `negative`: a surface name (equipotential), `UniformCurrent`, or
            `LithiumMetal` (negative only).
        physics: the balance laws that act: `Electrochemistry` first, `ChemoMechanics` where stress is asked for, and
            `Heat` or `LumpedHeat` where the temperature is an unknown; and objects that bring laws of their own, see
            `femcell.models.cell.physics.More`.
        temperature: K.
        cross_section: what a mesh of fewer dimensions stands for: area in m2 in 1D, depth in m in 2D, 1 in
            3D. Currents are in A for the whole of it.
        capacity_Ah: what C-rates refer to; left out, the smaller of the electrodes' capacities.
        islands: what to do with pieces that are not connected, `error` or `drop`.
        contacts: pair of solid regions -> electrical resistance between them, Ohm m2, as of a foil and what it
            carries; others touch without one. For one at a terminal see `Equipotential`.
        accept: names of plausibility checks (`femcell.plausibility.CHECKS`) whose findings are meant to be as they are.

    Raises:
        InputError: on use of `layout` or `system`, what `lay_out` finds wrong.
    """

    geometry: Geometry
    electrolyte: Electrolyte | Ionic
    regions: Mapping[str, Material]
    terminals: Mapping[str, str | Terminal | LithiumMetal]
    physics: Sequence[Physics] = field(default_factory=lambda: (Electrochemistry(),))
    temperature: float = 298.15
    cross_section: float = 1.0
    capacity_Ah: float | None = None
    islands: Islands | str = Islands.ERROR
    contacts: Mapping[tuple[str, str], float] = field(default_factory=dict)
    accept: Collection[str] = ()

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
            self,
            "geometry",
            "electrolyte",
            "regions",
            "terminals",
            "physics",
            "cross_section",
            "islands",
            "contacts",
            "accept",
        )
        require_conditions(self.temperature, self.capacity_Ah, self.accept)
        if not (math.isfinite(self.cross_section) and self.cross_section > 0.0):
            raise InputError(f"The cross section must be positive, not {self.cross_section:g}.")
        missing = {"positive", "negative"} - set(self.terminals)
        unknown = set(self.terminals) - {"positive", "negative"}
        if missing or unknown:
            raise InputError("A cell has the terminals 'positive' and 'negative', both of them and no others.")
        if isinstance(self.terminals["positive"], LithiumMetal):
            raise InputError("Lithium metal can only be the negative terminal.")
        for kind in (Electrochemistry, ChemoMechanics, Heat | LumpedHeat):
            pick(self.physics, kind)
        if pick(self.physics, Electrochemistry) is None:
            raise InputError("The physics of a resolved cell needs one Electrochemistry().")

    @cached_property
    def layout(self) -> Layout:
        """The parts of the cell, checked."""
        try:
            islands = Islands(self.islands)
        except ValueError:
            raise InputError(f"islands must be 'error' or 'drop', not '{self.islands}'.") from None
        positive, negative = (_terminal(self.terminals[k]) for k in ("positive", "negative"))
        assert not isinstance(positive, LithiumMetal)
        return lay_out(
            self.geometry,
            self.electrolyte,
            self.regions,
            positive,
            negative,
            islands,
            self.contacts,
            self.accept,
            pick(self.physics, Electrochemistry).radial_points,
        )

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
        options = pick(self.physics, Electrochemistry)
        assert options is not None
        laws = self._laws(options.degree)
        domain = distribute(self.layout.geometry)
        return assemble(
            domain,
            laws,
            degree=options.degree,
            quadrature=Quadrature.resolved(options.degree, options.quadrature_degree, domain.dim),
            temperature=self.temperature,
            check=require_conditions,
            cross_section=self.cross_section,
            label="resolved cell",
            digest=f"{domain.geometry.summary.digest}-{digest_of(self.physics)}-{type(self.electrolyte).__name__}",
            facts={
                "capacity_Ah": self.c_rate_capacity_Ah,
                "capacity_from": "given" if self.capacity_Ah is not None else "computed from the stoichiometry window",
                "electrode_capacity_Ah": self.capacities_Ah,
                "temperature_K": self.temperature,
                "left_out": list(self.layout.left_out),
            },
        )

    def _laws(self, degree: int) -> list[Law]:
        """All balance laws that act."""
        layout = self.layout
        reference = Reference(layout.capacity(self.cross_section), self.cross_section)
        stress, heat = pick(self.physics, ChemoMechanics), pick(self.physics, Heat | LumpedHeat)
        more: list[Law] = []
        stressed: tuple[str, ...] = ()
        if stress is not None:
            mechanics = CellMechanics.of(stress, layout, self.regions, self.temperature, degree)
            stressed = mechanics.stressed
            more.append(mechanics)
        if heat is not None:
            if isinstance(heat, Heat):
                check_regions(layout.geometry, heat.materials, heat.surfaces)
            more.append(SelfHeating(heat, layout, reference, self.temperature))
        ions = ionic_law(self.electrolyte, layout, reference)
        cell = electrochemical_laws(layout, ions, reference, self.temperature, stressed)
        return [*cell, *more, *more_laws(self.physics, Parts(layout, reference, ions, self.temperature))]


def _terminal(given: str | Terminal | LithiumMetal) -> Terminal | LithiumMetal:
    if isinstance(given, str):
        return Equipotential(given)
    if isinstance(given, Equipotential | UniformCurrent | LithiumMetal):
        return given
    raise InputError(f"A terminal is a surface name, UniformCurrent or LithiumMetal, not {type(given).__name__}.")
