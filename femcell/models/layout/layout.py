"""The parts of a cell: which region plays which, and who hangs on which terminal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from femcell.errors import InputError
from femcell.geometry import Geometry
from femcell.materials import ActiveMaterial, Electrolyte, Metal, PorousSeparator, evaluate
from femcell.materials import Electrode as PorousElectrode
from femcell.models.layout.contacts import Pair, potentials
from femcell.models.layout.terminals import LithiumMetal, Terminal

Material = ActiveMaterial | Metal | PorousSeparator | Electrolyte | PorousElectrode


class Porous(Protocol):
    """What electrolyte in pores needs to know of them: numbers, or profiles over the depth."""

    @property
    def porosity(self) -> Any:
        """Volume of electrolyte per volume."""

    @property
    def transport_factor(self) -> Any:
        """Effective over bulk transport, through the layer."""

    @property
    def in_plane_transport_ratio(self) -> float:
        """Transport along the layer over that through it."""


@dataclass(frozen=True)
class Active:
    """Regions of one electrode that share one active material, and one lithium field.

    Attributes:
        name: `positive`, or `positive_<region>` where there are several.
        material: what it is made of.
        regions: where it is.
        volume: of the active material, m3 (or m, m2 in 1D, 2D).
        radial_points: unknowns per point of the mesh in volume-averaged particles; 0 where they are resolved.
        uniform: one particle stands for all of an electrode, and its reaction is the same everywhere.
    """

    name: str
    material: ActiveMaterial
    regions: tuple[str, ...]
    volume: float
    radial_points: int = 0
    uniform: bool = False

    @property
    def separates(self) -> bool:
        """Whether lithium in it follows the chemical potential of a phase field: where particles are resolved."""
        return self.material.phase_field is not None and self.radial_points == 0


@dataclass(frozen=True)
class Electrode:
    """All solid regions that hang on one terminal."""

    name: str
    terminal: Terminal
    regions: tuple[str, ...]
    actives: tuple[Active, ...]

    def capacity(self, cross_section: float) -> float:
        """Charge between the ends of the stoichiometry windows of its materials, A h."""
        return sum(
            active.material.volumetric_capacity * active.volume * cross_section / 3600.0 for active in self.actives
        )


@dataclass(frozen=True, eq=False)
class Layout:
    """The parts of a cell.

    Attributes:
        geometry: the mesh without what was left out.
        electrolyte_regions: pores and separators.
        porous: what is known of the pores by region, for those that are porous.
        electrodes: one (half cell) or two, the positive last.
        counter: the lithium electrode of a half cell.
        conductors: solid region -> electronic conductivity, S/m.
        in_plane_conduction: solid region -> conductivity along the layer over that through it, where it is not 1.
        left_out: what was removed, in words.
        uniform_electrolyte: concentration and potential of the electrolyte are one number each.
        contacts: pair of solid regions -> electrical resistance between them, Ohm m2; others touch without one.
    """

    geometry: Geometry
    electrolyte_regions: tuple[str, ...]
    porous: Mapping[str, Porous]
    electrodes: tuple[Electrode, ...]
    counter: LithiumMetal | None
    conductors: Mapping[str, float]
    left_out: tuple[str, ...]
    uniform_electrolyte: bool = False
    contacts: Mapping[Pair, float] = field(default_factory=dict)
    in_plane_conduction: Mapping[str, float] = field(default_factory=dict)

    @property
    def positive(self) -> Electrode:
        """The electrode at the positive terminal."""
        return self.electrodes[-1]

    def capacity(self, cross_section: float) -> float:
        """Charge that the smaller electrode holds between the ends of its stoichiometry windows, A h.

        Passed in an hour, it is the current that a solve is judged against, whatever C-rates refer to.
        """
        return min(electrode.capacity(cross_section) for electrode in self.electrodes)

    @property
    def solid_regions(self) -> tuple[str, ...]:
        """All regions that conduct electrons."""
        return tuple(self.conductors)

    @cached_property
    def potentials(self) -> Mapping[str, tuple[str, ...]]:
        """Potential of electrons -> the solid regions that it lives on: `phi_s`, and others beyond contacts."""
        active = {region for e in self.electrodes for a in e.actives for region in a.regions}
        return potentials(self.geometry, self.solid_regions, active, self.contacts)

    def potential_of(self, region: str) -> str:
        """The potential of electrons in a solid region."""
        return next(name for name, regions in self.potentials.items() if region in regions)

    def potential_at(self, surface: str) -> str:
        """The potential of electrons at a terminal; InputError where it holds both sides of a contact. Collective."""
        if len(self.potentials) == 1:
            return "phi_s"
        found = [
            n for n, r in self.potentials.items() if any(surface in c.surfaces for c in self.geometry.components(r))
        ]
        if len(found) > 1:
            raise InputError(f"The terminal '{surface}' bounds both sides of a contact; leave it to one of them.")
        return found[0]


def all_actives(layout: Layout) -> tuple[Active, ...]:
    """Active materials of all electrodes, the negative's first."""
    return tuple(active for electrode in layout.electrodes for active in electrode.actives)


def open_circuit_window(layout: Layout, temperature: float) -> tuple[float, float]:
    """Least and largest open-circuit voltage over all stoichiometries of all active materials, V."""
    low, high = 0.0, 0.0
    for electrode in layout.electrodes:
        curves = [
            evaluate(active.material.open_circuit_potential, i / 200, temperature)
            for active in electrode.actives
            for i in range(1, 200)
        ]
        least, most = min(curves), max(curves)
        low, high = (low + least, high + most) if electrode is layout.positive else (low - most, high - least)
    return low, high
