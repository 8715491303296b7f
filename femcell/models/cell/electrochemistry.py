"""The electrochemical laws of a cell: which there are, from its layout and materials."""

from collections.abc import Sequence
from dataclasses import dataclass

from femcell.errors import InputError
from femcell.kinds import require_fields
from femcell.materials import ActiveMaterial, Electrolyte, evaluate
from femcell.materials import LithiumMetal as Lithium
from femcell.models.cell.terminals import Terminals
from femcell.models.core import Law
from femcell.models.electrode.electrons import Electrons
from femcell.models.electrode.host import FickHost, HostLaw
from femcell.models.electrode.phase_field import PhaseFieldHost
from femcell.models.electrode.radial import RadialHost
from femcell.models.electrolyte.binary import BinaryElectrolyte
from femcell.models.electrolyte.state import ElectrolyteLaw, Ionic
from femcell.models.interface.exchange import Exchange, Names, Solid
from femcell.models.interface.film import FilmLaw
from femcell.models.interface.reactions import dissolution, insertion
from femcell.models.interface.site import Averaged, Boundary, Resolved, Site
from femcell.models.layout.layout import Active, Electrode, Layout
from femcell.models.layout.porous import Population
from femcell.models.layout.reference import Reference


@dataclass(frozen=True)
class Electrochemistry:
    """Salt, charge and lithium with Butler-Volmer interfaces.

    Attributes:
        degree: polynomial degree of the unknowns, 1 or 2.
        quadrature_degree: of volume and interface integrals; left out, twice the polynomial degree in volumes
            and, for unknowns of degree 1, the nodes on interfaces.
        radial_points: of the particles of regions that are porous electrodes.

    Raises:
        InputError: a degree is out of its range.
    """

    degree: int = 1
    quadrature_degree: int | None = None
    radial_points: int = 8

    def __post_init__(self) -> None:
        """Check the degrees."""
        require_fields(self)
        if self.degree not in (1, 2):
            raise InputError(f"The degree of the unknowns must be 1 or 2, not {self.degree}.")
        if self.quadrature_degree is not None and not 1 <= self.quadrature_degree <= 12:
            raise InputError(f"The quadrature degree must lie between 1 and 12, not {self.quadrature_degree}.")
        if not 2 <= self.radial_points <= 60:
            raise InputError(f"The radial points must lie between 2 and 60, not {self.radial_points}.")


@dataclass(frozen=True, eq=False)
class Rest:
    """Potentials at which no reaction runs; concentrations are uniform.

    Attributes:
        layout: the electrodes.
    """

    layout: Layout

    def electrolyte(self, T: float) -> float:
        """phi_e, V: against the lithium counter electrode, or the negative terminal."""
        return 0.0 if self.layout.counter is not None else -self._open_circuit(self.layout.electrodes[0], T)

    def voltage(self, T: float) -> float:
        """Of the terminals, V."""
        return self._open_circuit(self.layout.positive, T) + self.electrolyte(T)

    def _open_circuit(self, electrode: Electrode, T: float) -> float:
        material = electrode.actives[0].material
        return evaluate(material.open_circuit_potential, material.initial_stoichiometry, T)


def ionic_law(electrolyte: Electrolyte | Ionic, layout: Layout, reference: Reference) -> ElectrolyteLaw:
    """The law of the electrolyte in the pores of a cell at rest."""
    start = Rest(layout).electrolyte
    if isinstance(electrolyte, Electrolyte):
        return BinaryElectrolyte(electrolyte, layout, reference, start)
    return electrolyte.law(layout, reference, start)


def electrochemical_laws(
    layout: Layout, ions: ElectrolyteLaw, reference: Reference, temperature: float, stressed: Sequence[str] = ()
) -> list[Law]:
    """Ions, electrons, lithium in every host, all interfaces, and the terminals.

    Args:
        layout: the parts of the cell.
        ions: the law of the electrolyte in its pores.
        reference: what residuals are judged by.
        temperature: at which scales are taken, K.
        stressed: names of active materials in which stress acts on lithium by an unknown `mu_<name>`.
    """
    electrons = Electrons(layout, reference)
    hosts = {
        active.name: _host(active, reference, temperature, f"mu_{active.name}" if active.name in stressed else None)
        for electrode in layout.electrodes
        for active in electrode.actives
    }
    interfaces = [
        _interface(layout, electrode, hosts[active.name], ions, electrons, reference)
        for electrode in layout.electrodes
        for active in electrode.actives
    ]
    if layout.counter is not None:
        interfaces.append(_counter(layout, ions, reference))
    return [ions, electrons, *hosts.values(), *interfaces, Terminals(layout, reference, Rest(layout).voltage)]


def _host(active: Active, reference: Reference, temperature: float, stress: str | None) -> HostLaw:
    if isinstance(active, Population):
        return RadialHost(active, reference)
    if active.separates:
        return PhaseFieldHost(active, reference, temperature)
    return FickHost(active, reference, stress)


def _interface(
    layout: Layout,
    electrode: Electrode,
    host: HostLaw,
    ions: ElectrolyteLaw,
    electrons: Electrons,
    reference: Reference,
) -> Exchange:
    """All that happens between one host and the electrolyte."""
    active = host.active
    site: Site
    if isinstance(host, RadialHost):
        site = Averaged(host, layout.geometry)
    else:
        site = Resolved(active, layout.electrolyte_regions, layout.geometry)
    name, material = active.name, active.material
    return Exchange(
        Names(name, f"interface_current_{name}", name, f"charge_{electrode.name}"),
        site,
        Solid(electrons, electrode),
        host,
        ions,
        (insertion(material), *material.side_reactions),
        material,
        reference,
        active.uniform,
        _films(material, name, site, reference, active.uniform),
    )


def _counter(layout: Layout, ions: ElectrolyteLaw, reference: Reference) -> Exchange:
    """Lithium metal at potential 0, a surface of the electrolyte."""
    assert layout.counter is not None
    material, site = layout.counter.material, Boundary(layout.counter.surface, layout.geometry)
    return Exchange(
        Names("counter", "counter_electrode_current", "negative", "charge_negative"),
        site,
        Solid(),
        None,
        ions,
        (dissolution(material), *material.side_reactions),
        material,
        reference,
        films=_films(material, "counter", site, reference),
    )


def _films(
    material: ActiveMaterial | Lithium, name: str, site: Site, reference: Reference, uniform: bool = False
) -> tuple[FilmLaw, ...]:
    return tuple(FilmLaw(film, name, site, reference, uniform) for film in material.films)
