"""What a homogenised model needs to know of a resolved cell, measured on its mesh."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from femcell.analysis.conduction import Boundary
from femcell.analysis.effective import mesh_conductivity
from femcell.analysis.passage import mean_passage_time
from femcell.errors import InputError
from femcell.geometry import Geometry
from femcell.geometry.layers import Stack, layer_geometry, stack_of
from femcell.materials import ActiveMaterial, PorousSeparator
from femcell.materials import Electrode as PorousElectrode
from femcell.models import Electrochemistry, ResolvedCell
from femcell.models.layout.layout import Active, Electrode, Layout


@dataclass(frozen=True)
class ParticleNumbers:
    """One active material of an electrode.

    Attributes:
        material: what it is made of.
        fraction: volume per volume of the electrode layer.
        area: wetted surface per volume of the layer, 1/m.
        passage: mean first-passage time to the wetted surface, times the diffusivity, m2.
    """

    material: ActiveMaterial
    fraction: float
    area: float
    passage: float

    @property
    def sauter_radius(self) -> float:
        """Of spheres with the same area per volume, m."""
        return 3 * self.fraction / self.area

    @property
    def diffusion_radius(self) -> float:
        """Of spheres with the same mean first-passage time R^2 / (15 D), m."""
        return math.sqrt(15 * self.passage)


@dataclass(frozen=True)
class ElectrodeNumbers:
    """A porous electrode.

    Attributes:
        name: `positive` or `negative`.
        thickness: of the layer between separator and collector, m.
        porosity: volume of electrolyte per volume.
        transport_factor: effective over bulk transport of the pores through the layer.
        conductivity: electronic, of the layer, S/m.
        reaches_through: whether solid leads from the collector to the separator. Where it does not, its conductivity
            is that with which uniform reactions lose as much on their way to the collector.
        particles: of each active material.
    """

    name: str
    thickness: float
    porosity: float
    transport_factor: float
    conductivity: float
    reaches_through: bool
    particles: tuple[ParticleNumbers, ...]

    @property
    def active_fraction(self) -> float:
        """Volume of all active materials per volume."""
        return sum(p.fraction for p in self.particles)

    @property
    def bulk_conductivity(self) -> float:
        """Of the first active material, S/m."""
        return self.particles[0].material.conductivity


@dataclass(frozen=True)
class Microstructure:
    """A cell between two flat ends.

    Attributes:
        stack: its layers.
        electrodes: one (half cell) or two, the positive last.
        separator: the layer of electrolyte between the electrodes.
        separator_thickness: m.
    """

    stack: Stack
    electrodes: tuple[ElectrodeNumbers, ...]
    separator: PorousSeparator
    separator_thickness: float


def measure(cell: ResolvedCell) -> Microstructure:
    """Measure a resolved cell, with the elements that it is solved with; collective.

    Raises:
        InputError: a mesh that is not three-dimensional or has no layers, physics that a DFN at constant temperature
            lacks, or pores that do not lead through.
    """
    require_bridgeable(cell)
    layout, geometry = cell.layout, cell.layout.geometry
    stack = cell_stack(cell)
    wet = [x for x in stack.layers if set(x.regions) <= set(layout.electrolyte_regions)]
    if len(wet) != 1 or len(wet[0].regions) != 1:
        count = sum(len(layer.regions) for layer in wet)
        raise InputError(
            f"Mesh '{geometry.source}' has {count} flat layers of electrolyte alone; a DFN has one, its separator."
        )
    (separator,) = wet[0].regions
    known = layout.porous.get(separator)
    if not isinstance(known, PorousSeparator):
        known = PorousSeparator(name="free electrolyte", porosity=1.0, source="no solid in it")
    degree = next(p.degree for p in cell.physics if isinstance(p, Electrochemistry))
    return Microstructure(
        stack,
        tuple(_electrode(layout, stack, electrode, degree) for electrode in layout.electrodes),
        known,
        wet[0].thickness,
    )


def require_bridgeable(cell: ResolvedCell) -> None:
    """Raise InputError for a cell that has no counterpart among DFNs of constant temperature."""
    dim = cell.geometry.summary.dim
    if dim != 3:
        raise InputError(
            f"Mesh '{cell.geometry.source}' has {dim} dimensions; the particles of a DFN are spheres, so a bridge "
            "to it starts from 3."
        )
    if not all(isinstance(p, Electrochemistry) for p in cell.physics):
        raise InputError("A bridge compares electrochemistry alone; leave stress and heat out of the study.")
    averaged = [region for region, material in cell.regions.items() if isinstance(material, PorousElectrode)]
    if averaged:
        raise InputError(f"Region '{averaged[0]}' averages its particles already; a bridge starts from resolved ones.")


def cell_stack(cell: ResolvedCell) -> Stack:
    """The layers between the terminals of a cell; collective."""
    layout = cell.layout
    negative = layout.counter or layout.electrodes[0].terminal
    return stack_of(layout.geometry, (negative.surface, layout.positive.terminal.surface))


def _electrode(layout: Layout, stack: Stack, electrode: Electrode, degree: int) -> ElectrodeNumbers:
    geometry = layout.geometry
    active = {name for a in electrode.actives for name in a.regions}
    layers = [layer for layer in stack.layers if active & set(layer.regions)]
    if len(layers) != 1:
        raise InputError(
            f"The {electrode.name} electrode of mesh '{geometry.source}' fills {len(layers)} layers; "
            "a DFN has one for it."
        )
    (layer,) = layers
    box = layer_geometry(geometry, stack, layer)
    volume = stack.section * layer.thickness
    pores = {name: 1.0 for name in layer.regions if name in layout.electrolyte_regions}
    if any(name in layout.porous for name in pores):
        raise InputError(f"A porous region lies between the particles of mesh '{geometry.source}'; put it in a layer.")
    solids = {name: layout.conductors[name] for name in layer.regions if name in layout.conductors}
    through = mesh_conductivity(box, pores, Boundary.PLATES, [stack.axis], degree).tensor[stack.axis, stack.axis]
    conductivity, reaches = _conductivity(layout, stack, electrode, box, solids, degree)
    return ElectrodeNumbers(
        electrode.name,
        layer.thickness,
        sum(box.summary.volumes[name] for name in pores) / volume,
        float(through),
        conductivity,
        reaches,
        tuple(_particles(layout, a, volume, degree) for a in electrode.actives),
    )


def _conductivity(
    layout: Layout, stack: Stack, electrode: Electrode, box: Geometry, solids: Mapping[str, float], degree: int
) -> tuple[float, bool]:
    """Electronic conductivity of a layer between plates, and whether there is a way through.

    A layer of conductivity s and thickness L, in which charge is made evenly and leaves at one end, has the mean
    passage time L^2 / (3 s); where no solid leads through, s is what gives the solid, a share of the volume, its own.
    """
    try:
        found = mesh_conductivity(box, solids, Boundary.PLATES, [stack.axis], degree)
        return float(found.tensor[stack.axis, stack.axis]), True
    except InputError:  # no way through: the only complaint that is left for conductors of a checked layout
        pass
    collectors = [name for x in stack.layers if set(x.regions) <= set(layout.conductors) for name in x.regions]
    time = mean_passage_time(layout.geometry, solids, [*collectors, electrode.terminal.surface], degree)
    thickness = box.summary.extent[stack.axis]
    share = sum(box.summary.volumes[name] for name in solids) / (stack.section * thickness)
    return share * thickness**2 / (3 * time), False


def _particles(layout: Layout, active: Active, volume: float, degree: int) -> ParticleNumbers:
    geometry, wet = layout.geometry, layout.electrolyte_regions
    pairs = geometry.summary.interfaces
    area = sum(pairs.get((min(a, b), max(a, b)), 0.0) for a in active.regions for b in wet)
    passage = mean_passage_time(geometry, dict.fromkeys(active.regions, 1.0), wet, degree)
    return ParticleNumbers(active.material, active.volume / volume, area / volume, passage)
