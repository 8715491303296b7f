"""The Doyle-Fuller-Newman model: porous-electrode theory on a mesh of the stack, particles at every point."""

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

import numpy as np
from mpi4py import MPI

from femcell.errors import InputError
from femcell.geometry import Geometry, RawMesh, distribute
from femcell.kinds import require_fields
from femcell.materials import Cell, Metal
from femcell.materials import Electrode as PorousElectrode
from femcell.models.cell.electrochemistry import Electrochemistry, electrochemical_laws, ionic_law
from femcell.models.cell.physics import Parts, Physics, digest_of, more_laws, pick
from femcell.models.cell.pouch_currents import PouchCurrents
from femcell.models.cell.resolution import Resolution
from femcell.models.core import Law, Quadrature, assemble, require_conditions
from femcell.models.electrolyte.state import Ionic
from femcell.models.layout.contacts import Pair
from femcell.models.layout.layout import Electrode, Layout, Porous, open_circuit_window
from femcell.models.layout.lengths import check_foils, check_lengths
from femcell.models.layout.porous import Pores, numbered, populations
from femcell.models.layout.reference import Reference
from femcell.models.layout.terminals import Equipotential, LithiumMetal, Terminal
from femcell.models.mechanics.stress import ChemoMechanics
from femcell.models.thermal.heat import Heat, LumpedHeat, check_regions
from femcell.models.thermal.self_heating import SelfHeating
from femcell.reprs import angled, names
from femcell.system import System, unknowns

NEGATIVE, SEPARATOR, POSITIVE = "negative", "separator", "positive"


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
        capacity_Ah: what C-rates refer to; left out, the nominal one, times the pouch's share of the cell's volume.
        reduction: single-particle models from the same terms.
        physics: the balance laws that act: `Electrochemistry`, and `Heat` or `LumpedHeat` where the temperature is an
            unknown; and objects that bring laws of their own. Degrees are those of the resolution.
        electrolyte: one that brings its own law, in place of the cell's.
        contacts: electrode -> electrical resistance between it and its collector, Ohm m2.
        comm: the ranks.
        accept: names of plausibility checks (`femcell.plausibility.CHECKS`) whose findings are meant to be as they are.

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
    physics: Sequence[Physics] = field(default_factory=lambda: (Electrochemistry(),))
    electrolyte: Ionic | None = None
    contacts: Mapping[str, float] = field(default_factory=dict)
    comm: MPI.Intracomm = field(default_factory=lambda: MPI.COMM_WORLD)
    accept: Collection[str] = ()

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
        require_fields(
            self,
            "cell",
            "resolution",
            "counter",
            "pouch",
            "reduction",
            "physics",
            "contacts",
            "electrolyte",
            "comm",
            "accept",
        )
        require_conditions(self.temperature_K, self.capacity_Ah, self.accept)
        if pick(self.physics, Electrochemistry) != Electrochemistry():
            raise InputError("The physics of a DFN needs one Electrochemistry(); its degree is that of the resolution.")
        pick(self.physics, Heat | LumpedHeat)
        if pick(self.physics, ChemoMechanics) is not None:
            raise InputError("Stress is resolved in particles: take ChemoMechanics with a ResolvedCell.")
        if self.reduction is not Reduction.NONE and self.pouch is not None:
            raise InputError("A single-particle model has no place in a pouch; take the full model.")
        if self.pouch is not None and self.counter is not None:
            raise InputError("Lithium metal in a pouch is its negative terminal; leave 'counter' out.")
        check_lengths(self.cell, self.half, self.accept)
        if self.pouch is not None and POSITIVE in self.pouch.geometry.regions:
            volumes = self.pouch.geometry.summary.volumes
            present = [name for name in self.pouch.collectors if name in volumes]
            check_foils(volumes, present, volumes[POSITIVE] / self.cell.positive.thickness, self.accept)
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
        porous: dict[str, Porous] = {n: Pores.of(e, separator_first=n == POSITIVE) for n, e in sides.items()}
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
                    populations(
                        numbered(n, e),
                        n,
                        e,
                        radial=self.resolution.radial,
                        volume=geometry.summary.volumes[n],
                        separator_first=n == POSITIVE,
                        uniform=reduced,
                    ),
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
        laws = self._laws()
        domain = distribute(self.geometry)
        return assemble(
            domain,
            laws,
            degree=degree,
            quadrature=Quadrature.averaged(degree, domain.dim),
            temperature=self.temperature_K,
            check=require_conditions,
            cross_section=self._cross_section,
            label=LABELS[self.reduction],
            digest=f"{self.geometry.summary.digest}-P{degree}-R{self.resolution.radial}-{self.reduction.value}"
            f"-{digest_of(self.physics)}-{type(self.electrolyte or self.cell.electrolyte).__name__}",
            facts={
                "cell": self.cell.name,
                "capacity_Ah": self.c_rate_capacity_Ah,
                "capacity_from": "the cell's nominal capacity" if self.capacity_Ah is None else "given",
                "temperature_K": self.temperature_K,
            },
        )

    def _laws(self) -> list[Law]:
        """All balance laws that act."""
        layout, reference = self.layout, Reference(self.layout.capacity(self._cross_section), self._cross_section)
        ions = ionic_law(self.electrolyte or self.cell.electrolyte, layout, reference)
        laws = electrochemical_laws(layout, ions, reference, self.temperature_K)
        heat = pick(self.physics, Heat | LumpedHeat)
        if isinstance(heat, Heat):
            check_regions(self.geometry, heat.materials, heat.surfaces)
        if heat is not None:
            laws.append(SelfHeating(heat, layout, reference, self.temperature_K))
        if self.pouch is not None:
            laws.append(PouchCurrents(layout, ions, SEPARATOR, tuple(self.pouch.collectors)))
        return [*laws, *more_laws(self.physics, Parts(layout, reference, ions, self.temperature_K))]


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
    ends = [given if isinstance(given, str) else given.surface for given in (pouch.negative, pouch.positive)]
    for label, surface in zip(("negative", "positive"), ends, strict=True):
        geometry.require_surface(surface, f"The {label} terminal")
    geometry.require_apart(ends, "The terminals")
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


def line(layers: list[tuple[str, float, int]]) -> RawMesh:
    """A 1D mesh of layers (region, thickness in m, elements), between `<first>_collector` and `<last>_collector`."""
    edges = [0.0]
    tags: list[int] = []
    for tag, (_, thickness, count) in enumerate(layers, 1):
        edges += [edges[-1] + thickness * (i + 1) / count for i in range(count)]
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
