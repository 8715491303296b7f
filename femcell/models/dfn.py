"""The Doyle-Fuller-Newman model: porous-electrode theory on a mesh of the stack, particles at every point."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

import numpy as np
from mpi4py import MPI

from femcell.checks import require_kind
from femcell.errors import InputError
from femcell.geometry import Geometry, RawMesh, distribute
from femcell.kinds import require_fields
from femcell.materials import Cell, Metal
from femcell.materials import Electrode as PorousElectrode
from femcell.models.averaged import Population, particle_terms
from femcell.models.contacts import Pair
from femcell.models.electrochemistry import electrochemical_system
from femcell.models.heat import Heat, LumpedHeat, check_regions, kind_of
from femcell.models.layout import Electrode, Layout, Porous, open_circuit_window
from femcell.models.pouch_currents import pouch_currents
from femcell.models.resolution import Resolution
from femcell.models.space import DepthProfile, Quadrature, Space, build_space, require_conditions
from femcell.models.terminals import Equipotential, LithiumMetal, Terminal
from femcell.models.terms import Addition
from femcell.reprs import angled, names
from femcell.system import System, unknowns

NEGATIVE, SEPARATOR, POSITIVE = "negative", "separator", "positive"


@dataclass(frozen=True)
class _Pores:
    porosity: float | DepthProfile
    transport_factor: float | DepthProfile
    in_plane_transport_ratio: float

    @classmethod
    def of(cls, electrode: PorousElectrode, name: str) -> "_Pores":
        """Of an electrode; the positive one is met from the separator, at the depth 1 of its profiles."""
        ratio = electrode.in_plane_transport_ratio
        if electrode.porosity_profile is None:
            return cls(electrode.porosity, electrode.electrolyte_transport_factor, ratio)
        if name == NEGATIVE:
            return cls(electrode.porosity_at, electrode.transport_factor_at, ratio)
        return cls(lambda z: electrode.porosity_at(1 - z), lambda z: electrode.transport_factor_at(1 - z), ratio)


class Reduction(Enum):
    """What is averaged over each electrode before anything is solved.

    NONE is the full model. SPME (single particle with electrolyte): one particle per population, its reaction the
    same everywhere and equal to the mean of the local law; salt, and potentials of both phases, are still solved for
    through the cell. SPM (single particle): the electrolyte, too, is one concentration and one potential, and the
    electrodes conduct perfectly. Both are Galerkin projections of the same terms, with constants in the place of
    functions; Marquis et al., J. Electrochem. Soc. 166 (2019) A3693, derive them by asymptotics.
    """

    NONE = "dfn"
    SPME = "spme"
    SPM = "spm"


LABELS = {
    Reduction.NONE: "Doyle-Fuller-Newman model",
    Reduction.SPME: "single-particle model with electrolyte",
    Reduction.SPM: "single-particle model",
}

PERFECT = 1e9
"""S/m; electrodes without a resistance: 50 A/m2 over 0.1 mm lose 5e-12 V."""


@dataclass(frozen=True)
class Pouch:
    """A stack that a 2D or 3D mesh resolves, collectors and tabs included.

    Attributes:
        geometry: has the regions `negative`, `separator` and `positive`, and any collectors.
        collectors: region -> metal, e.g. {"negative_foil": copper(), "positive_foil": aluminium()}.
        negative: surface of the negative terminal (a tab), or what holds it.
        positive: surface of the positive terminal, or what holds it.
        cross_section: depth in m that a 2D mesh stands for.
    """

    geometry: Geometry
    collectors: Mapping[str, Metal] = field(default_factory=dict)
    negative: str | Terminal | LithiumMetal = "negative_tab"
    positive: str | Terminal = "positive_tab"
    cross_section: float = 1.0

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            self.geometry.source,
            f"{self.geometry.summary.dim}D",
            f"collectors {names(self.collectors)}" if self.collectors else "",
        )

    def __post_init__(self) -> None:
        """Check the kinds; InputError."""
        require_fields(self)


@dataclass(frozen=True, eq=False)
class DFN:
    """Porous electrodes, a separator, and spheres at every point (Doyle, Fuller and Newman, JES 140 (1993) 1526).

    Attributes:
        cell: materials and geometry of the stack.
        resolution: elements, degree and radial points; of a pouch only the radial points count.
        counter: lithium metal in place of the negative electrode, for a half cell.
        pouch: a mesh of two or three dimensions in place of the line through the stack.
        temperature: K; left out, the cell's initial temperature.
        capacity_Ah: what C-rates refer to; left out, the cell's nominal capacity, times the volume of the
            pouch's positive electrode over the cell's.
        reduction: single-particle models from the same terms.
        heat: makes the temperature an unknown, a number or a field; left out, it is constant.
        contacts: electrode -> electrical resistance between it and its collector, Ohm m2.
        comm: the ranks.

    Raises:
        InputError: a value is out of its range, or the mesh of the pouch does not fit.
    """

    cell: Cell
    resolution: Resolution = field(default_factory=Resolution)
    counter: LithiumMetal | None = None
    pouch: Pouch | None = None
    temperature: float | None = None
    capacity_Ah: float | None = None
    reduction: Reduction = Reduction.NONE
    heat: Heat | LumpedHeat | None = None
    contacts: Mapping[str, float] = field(default_factory=dict)
    comm: MPI.Intracomm = field(default_factory=lambda: MPI.COMM_WORLD)

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            self.cell.name,
            f"{self.c_rate_capacity_Ah:.4g} A h" if self.pouch is None or POSITIVE in self.geometry.regions else "",
            f"{self.cell.lower_voltage:g} to {self.cell.upper_voltage:g} V",
            f"{self.temperature_K:g} K",
            self.reduction.value if self.reduction is not Reduction.NONE else "",
            "half cell" if self.half else "",
            unknowns(self),
        )

    def __post_init__(self) -> None:
        """Check what needs no mesh."""
        require_fields(self, "cell", "resolution", "counter", "pouch", "reduction", "contacts", "comm")
        require_conditions(self.temperature_K, self.capacity_Ah)
        require_kind("The heat of a cell", self.heat, Heat | LumpedHeat | None, "Heat(...) or LumpedHeat(...)")
        if self.reduction is not Reduction.NONE and self.pouch is not None:
            raise InputError("A single-particle model has no place in a pouch; take the full model.")
        if self.pouch is not None and self.counter is not None:
            raise InputError("Lithium metal in a pouch is its negative terminal; leave 'counter' out.")
        self._warn_of_phases()

    def _warn_of_phases(self) -> None:
        """Say that averaged particles do not separate; on rank 0."""
        electrodes = [self.cell.positive, *([] if self.half else [self.cell.negative])]
        found = {p.active.name for e in electrodes for p in e.particles if p.active.phase_field is not None}
        for name in sorted(found) if self.comm.rank == 0 else ():
            warnings.warn(
                f"Active material {name!r} separates into phases, but the averaged particles of a DFN do not: lithium "
                "diffuses in them by Fick's law under the homogeneous potential; take ResolvedCell or ParticleStudy.",
                UserWarning,
                stacklevel=4,
            )

    @property
    def temperature_K(self) -> float:
        """Of the whole cell, K."""
        return self.cell.initial_temperature if self.temperature is None else self.temperature

    @cached_property
    def c_rate_capacity_Ah(self) -> float:
        """The capacity that C-rates refer to, A h."""
        if self.capacity_Ah is not None:
            return self.capacity_Ah
        return self.cell.nominal_ampere_hours * self._share

    @property
    def _share(self) -> float:
        """Volume of the pouch's positive electrode over the cell's."""
        if self.pouch is None:
            return 1.0
        volume = self.geometry.summary.volumes[POSITIVE] * self._cross_section
        return volume / (self.cell.positive.thickness * self.cell.area)

    @property
    def _cross_section(self) -> float:
        if self.pouch is None:
            return self.cell.area
        return self.pouch.cross_section if self.geometry.summary.dim < 3 else 1.0

    @property
    def half(self) -> bool:
        """Whether lithium metal takes the place of the negative electrode."""
        return self.counter is not None or (self.pouch is not None and isinstance(self.pouch.negative, LithiumMetal))

    @cached_property
    def voltage_window(self) -> tuple[float, float]:
        """Least and largest open-circuit voltage over all stoichiometries of the electrodes, V."""
        return open_circuit_window(self.layout, self.temperature_K)

    @cached_property
    def geometry(self) -> Geometry:
        """The mesh of the stack."""
        if self.pouch is not None:
            return self.pouch.geometry
        layers = [(name, thickness, getattr(self.resolution, name)) for name, thickness in self._layers.items()]
        raw = line(layers) if self.comm.rank == 0 else None
        return Geometry.from_root(self.comm, raw, f"stack of {self.cell.name}")

    @property
    def _layers(self) -> dict[str, float]:
        cell = self.cell
        layers = {} if self.half else {NEGATIVE: cell.negative.thickness}
        return {**layers, SEPARATOR: cell.separator_thickness, POSITIVE: cell.positive.thickness}

    @cached_property
    def layout(self) -> Layout:
        """The parts of the cell, checked."""
        cell, geometry = self.cell, self.geometry
        sides: dict[str, PorousElectrode] = {} if self.half else {NEGATIVE: cell.negative}
        sides[POSITIVE] = cell.positive
        porous: dict[str, Porous] = {n: _Pores.of(e, n) for n, e in sides.items()}
        porous[SEPARATOR] = cell.separator
        reduced = self.reduction is not Reduction.NONE
        perfect = self.reduction is Reduction.SPM
        conductors = {n: PERFECT if perfect else e.effective_conductivity for n, e in sides.items()}
        terminals: dict[str, Terminal] = {n: Equipotential(f"{n}_collector") for n in sides}
        foils: dict[str, tuple[str, ...]] = {n: () for n in sides}
        counter = self.counter
        if self.pouch is not None:
            foils = pouch_foils(self.pouch, tuple(self._layers), tuple(sides))
            conductors |= {name: metal.conductivity for name, metal in self.pouch.collectors.items()}
            counter = self.pouch.negative if isinstance(self.pouch.negative, LithiumMetal) else None
            for name in sides:
                given = getattr(self.pouch, name)
                terminals[name] = Equipotential(given) if isinstance(given, str) else given
        contacts = self._contacts(foils, terminals)
        return Layout(
            geometry=geometry,
            electrolyte_regions=tuple(self._layers),
            porous=porous,
            electrodes=tuple(
                Electrode(
                    n,
                    terminals[n],
                    (n, *foils[n]),
                    populations(n, e, self.resolution.radial, geometry.summary.volumes[n], uniform=reduced),
                )
                for n, e in sides.items()
            ),
            counter=counter,
            conductors=conductors,
            left_out=(),
            uniform_electrolyte=perfect,
            contacts=contacts,
            in_plane_conduction={n: e.in_plane_conductivity_ratio for n, e in sides.items()},
        )

    def _contacts(self, foils: Mapping[str, tuple[str, ...]], terminals: dict[str, Terminal]) -> dict[Pair, float]:
        """Resistances between electrodes and their collectors; on a line they are the terminals'."""
        found: dict[Pair, float] = {}
        for name, resistance in self.contacts.items():
            if name not in foils:
                raise InputError(f"There is no electrode '{name}' to have a contact; there are {', '.join(foils)}.")
            touching = self.geometry.summary.interfaces
            pairs = [(name, foil) for foil in foils[name] if (min(name, foil), max(name, foil)) in touching]
            if self.pouch is None:
                terminals[name] = Equipotential(terminals[name].surface, resistance)
            elif not pairs:
                raise InputError(f"The {name} electrode of the pouch touches no collector; leave its contact out.")
            found |= dict.fromkeys(pairs, resistance)
        return found

    @cached_property
    def system(self) -> System:
        """The semi-discrete system. Collective."""
        degree = self.resolution.degree if self.pouch is None else 1
        if isinstance(self.heat, Heat):
            check_regions(self.geometry, self.heat.materials, self.heat.surfaces)
        domain = distribute(self.geometry)
        space = build_space(
            domain,
            self.layout,
            self.cell.electrolyte,
            degree=degree,
            quadrature=Quadrature.averaged(degree, domain.dim),
            temperature=self.temperature_K,
            cross_section=self._cross_section,
            current_scale=self.c_rate_capacity_Ah,
            heat=self.heat,
        )
        return electrochemical_system(
            space,
            self.cell.electrolyte,
            particle_terms,
            label=LABELS[self.reduction],
            digest=f"{self.geometry.summary.digest}-P{degree}-R{self.resolution.radial}-{self.reduction.value}"
            + kind_of(self.heat),
            facts={
                "cell": self.cell.name,
                "capacity_Ah": self.c_rate_capacity_Ah,
                "capacity_from": "the cell's nominal capacity" if self.capacity_Ah is None else "given",
                "temperature_K": self.temperature_K,
            },
            heat=self.heat,
            more=self._currents if self.pouch is not None else None,
        )

    def _currents(self, space: Space) -> Addition:
        assert self.pouch is not None
        return pouch_currents(space, self.cell.electrolyte, SEPARATOR, tuple(self.pouch.collectors))


def pouch_foils(pouch: Pouch, layers: tuple[str, ...], sides: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Collectors that belong to each electrode: those that touch it or its collectors.

    Raises:
        InputError: a region or a surface is missing, a region has no part to play, or a collector hangs on no
            electrode or on both.
    """
    geometry = pouch.geometry
    geometry.require_regions((*layers, *pouch.collectors), "The pouch")
    for name in geometry.regions:
        if name not in layers and name not in pouch.collectors:
            raise InputError(
                f"Region '{name}' of mesh '{geometry.source}' is neither a layer ({', '.join(layers)}) nor one of the "
                "pouch's collectors; name it among them."
            )
    for label in ("negative", "positive"):
        given = getattr(pouch, label)
        geometry.require_surface(given if isinstance(given, str) else given.surface, f"The {label} terminal")
    found: dict[str, tuple[str, ...]] = {name: () for name in sides}
    for piece in geometry.components((*sides, *pouch.collectors)):
        touched = [name for name in sides if name in piece.regions]
        metals = tuple(name for name in piece.regions if name in pouch.collectors)
        if len(touched) == 2:
            raise InputError(f"The cell is shorted: {piece.describe()} joins both electrodes; keep them apart.")
        if not touched:
            raise InputError(f"Collector {piece.describe()} touches no electrode; leave it out of the mesh.")
        found[touched[0]] += metals
    return {name: tuple(dict.fromkeys(metals)) for name, metals in found.items()}


def populations(
    name: str, electrode: PorousElectrode, radial: int, volume: float, *, uniform: bool = False
) -> tuple[Population, ...]:
    """The particles of an electrode, each population with a lithium field of its own."""
    many = len(electrode.particles) > 1
    profile: DepthProfile | None = None
    if electrode.active_profile is not None:
        profile = electrode.active_factor_at if name == NEGATIVE else lambda z: electrode.active_factor_at(1 - z)
    return tuple(
        Population(
            f"{name}_{i}" if many else name,
            p.active,
            (name,),
            volume * p.active_fraction * electrode.mean_active_factor,
            radial,
            uniform,
            particles=p,
            profile=profile,
        )
        for i, p in enumerate(electrode.particles, 1)
    )


def line(layers: list[tuple[str, float, int]]) -> RawMesh:
    """A 1D mesh of layers (region, thickness in m, elements), between `<first>_collector` and `<last>_collector`."""
    edges = [0.0]
    tags: list[int] = []
    for tag, (_, thickness, count) in enumerate(layers, 1):
        start = edges[-1]
        edges += [start + thickness * (i + 1) / count for i in range(count)]
        tags += [tag] * count
    n = len(tags)
    return RawMesh(
        points=np.array(edges)[:, None],
        cells=np.column_stack([np.arange(n), np.arange(1, n + 1)]).astype(np.int64),
        cell_tags=np.array(tags, dtype=np.int64),
        facets=np.array([[0], [n]], dtype=np.int64),
        facet_tags=np.array([1, 2], dtype=np.int64),
        region_tags={name: tag for tag, (name, _, _) in enumerate(layers, 1)},
        surface_tags={"negative_collector": 1, "positive_collector": 2},
    )
