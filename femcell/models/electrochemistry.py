"""The electrochemical cell as a system: its parts added up, its initial state, and what people look at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from dolfinx import fem

from femcell.constants import FARADAY
from femcell.errors import InputError
from femcell.geometry import SubDomain
from femcell.kinds import require_fields
from femcell.materials import Electrolyte, evaluate
from femcell.models.contact_parts import contact_terms, terminal_contact_terms, terminal_contacts
from femcell.models.heat import Heat, LumpedHeat, raised
from femcell.models.layout import Active, Electrode
from femcell.models.parts import counter_terms, electrode_terms, electrolyte_terms, terminal_current
from femcell.models.self_heating import heat_density, heat_terms, initialise_temperature
from femcell.models.space import Space, all_actives
from femcell.models.terminals import UniformCurrent, control_law
from femcell.models.terms import Addition, Terms
from femcell.system import Balance, Block, BlockMethod, Export, System, TerminalControl


@dataclass(frozen=True)
class Electrochemistry:
    """Salt, charge and lithium with Butler-Volmer interfaces.

    Attributes:
        degree: polynomial degree of the unknowns, 1 or 2.
        quadrature_degree: of volume and interface integrals; left out, twice the polynomial degree in volumes
            and, for unknowns of degree 1, the nodes on interfaces.

    Raises:
        InputError: a degree is out of its range.
    """

    degree: int = 1
    quadrature_degree: int | None = None

    def __post_init__(self) -> None:
        """Check the degrees."""
        require_fields(self)
        if self.degree not in (1, 2):
            raise InputError(f"The degree of the unknowns must be 1 or 2, not {self.degree}.")
        if self.quadrature_degree is not None and not 1 <= self.quadrature_degree <= 12:
            raise InputError(f"The quadrature degree must lie between 1 and 12, not {self.quadrature_degree}.")


def electrochemical_system(
    s: Space,
    electrolyte: Electrolyte,
    exchange: Callable[[Space, Electrode, Active], Terms],
    *,
    label: str,
    digest: str,
    facts: Mapping[str, Any],
    heat: Heat | LumpedHeat | None = None,
    more: Callable[[Space], Addition] | None = None,
) -> System:
    """Add up the parts of a cell.

    Potentials phi_s are measured from the terminal of their electrode: near zero in a metal foil, where
    rounding of absolute potentials would drown the current.

    Args:
        s: unknowns and measures.
        electrolyte: fills pores and separators.
        exchange: lithium in one active material and its exchange with the electrolyte.
        label: what messages call the model.
        digest: fingerprint of mesh and discretisation.
        facts: goes into the summary.
        heat: makes the temperature an unknown.
        more: what another balance law adds on these unknowns.
    """
    layout = s.layout
    added = more(s) if more is not None else Addition()
    terms = electrolyte_terms(s, electrolyte)
    for electrode in layout.electrodes:
        terms += electrode_terms(s, electrode, exchange)
    if layout.counter is not None:
        terms += counter_terms(s, layout.counter)
    terms += contact_terms(s) + terminal_contact_terms(s)
    if not isinstance(layout.positive.terminal, UniformCurrent):
        terms += terminal_current(s, terms)
    lithium = Balance("lithium", terms.lithium, terms.lithium_inflow, s.current_scale / FARADAY)
    control, law = _control(s)
    terms += Terms(residual=(law,), balances=(lithium,))
    if heat is not None:
        terms += heat_terms(s, heat, terms)
    terms += added.terms
    parts = (s.wet, s.metal, *s.potentials.values(), *s.grains.values(), *s.patches.values())
    entity_maps = tuple({id(sub): sub.entity_map for sub in parts}.values())
    exports = (*_exports(s), *([heat_density(s, terms, entity_maps)] if isinstance(heat, Heat) else []))
    return System(
        mesh=s.domain.mesh,
        fields=tuple(s.fields.values()),
        storage=sum(terms.storage[1:], terms.storage[0]),
        residual=sum(terms.residual[1:], terms.residual[0]),
        bcs=terms.bcs,
        blocks=(
            Block(("phi_e", *s.potentials)),
            Block(("c_e",)),
            *[_particles(a) for a in all_actives(layout)],
            *added.blocks,
            *([Block(("T",))] if isinstance(heat, Heat) else []),
        ),
        groups=(("T",), tuple(name for name in s.fields if name != "T")) if heat is not None else (),
        control=control,
        observables=terms.observables,
        balances=terms.balances,
        exports=(*exports, *added.exports),
        entity_maps=entity_maps,
        initialise=lambda: _initialise(s, electrolyte, heat),
        label=label,
        digest="-".join((digest, *list(s.potentials)[1:])),
        facts=facts,
        parameters=s.parameters,
    )


def _particles(active: Active) -> Block:
    if active.separates:
        return Block((f"c_s_{active.name}", f"mu_{active.name}"), BlockMethod.SEPARATING)
    method = BlockMethod.POINTWISE if active.radial_points else BlockMethod.MULTIGRID
    return Block((f"c_s_{active.name}",), method)


def _control(s: Space) -> tuple[TerminalControl, Any]:
    """The terminals' equation, spread over the positive terminal."""
    control, law = control_law(s.domain.mesh, s.u("voltage"), s.u("current"), s.current_scale)
    return control, s.mean(law * s.test("current"), s.layout.positive.terminal.surface)


def _initialise(s: Space, electrolyte: Electrolyte, heat: Heat | LumpedHeat | None) -> None:
    """Rest: uniform concentrations and temperature, and potentials at which no reaction runs."""
    T = float(s.initial_temperature.value)
    if heat is not None:
        initialise_temperature(s, heat)
    for name in s.patches:
        s.u(name).x.array[:] = 0.0
    s.u("c_e").x.array[:] = electrolyte.initial_concentration
    for active in all_actives(s.layout):
        m = active.material
        s.u(f"c_s_{active.name}").x.array[:] = m.initial_concentration
        if active.separates and m.phase_field is not None:
            level = m.phase_field.standard_potential - evaluate(m.open_circuit_potential, m.initial_stoichiometry, T)
            s.u(f"mu_{active.name}").x.array[:] = FARADAY * level
    half = s.layout.counter is not None
    phi_e = 0.0 if half else -_open_circuit(s.layout.electrodes[0], T)
    voltage = _open_circuit(s.layout.positive, T) + phi_e
    s.u("phi_e").x.array[:] = phi_e
    s.u("voltage").x.array[:] = voltage
    s.u("current").x.array[:] = 0.0
    for name in s.potentials:
        s.u(name).x.array[:] = 0.0


def _open_circuit(electrode: Electrode, T: float) -> float:
    material = electrode.actives[0].material
    return evaluate(material.open_circuit_potential, material.initial_stoichiometry, T)


def _exports(s: Space) -> tuple[Export, ...]:
    """Fields in the terms that people use: absolute potentials, stoichiometries."""
    exports = [_copied(s, name) for name in ("c_e", "phi_e") if not s.layout.uniform_electrolyte]
    exports += [_absolute(s, name) for name in s.potentials]
    if s.heated and not s.fields["T"].scalar:
        exports.append(raised("T", "K", s.u("T"), s.initial_temperature))
        exports.append(Export("warming", "K", s.u("T"), lambda: None, pictured=True))
    for active in all_actives(s.layout):
        if active.uniform:
            continue
        if not active.radial_points:
            exports.append(_copied(s, f"c_s_{active.name}"))
        exports.append(_stoichiometry(s, active.name, active.material.maximum_concentration))
    return tuple(exports)


def _absolute(s: Space, name: str) -> Export:
    """A potential of electrons against the face of the negative terminal."""
    phi_s = s.u(name)
    absolute = fem.Function(phi_s.function_space, name=name)
    dofs = _dofs_of(s, s.potentials[name], name, s.layout.positive.regions)
    contacts = terminal_contacts(s)

    def lift() -> None:
        ohms = sum(float(R.value) * float(share.value) for _, R, share in contacts)
        absolute.x.array[:] = phi_s.x.array
        absolute.x.array[dofs] += s.u("voltage").x.array[0] + ohms * s.u("current").x.array[0]

    return Export(name, "V", absolute, lift)


def _copied(s: Space, name: str) -> Export:
    function = s.u(name)
    return Export(name, s.fields[name].unit, function, lambda: None)


def _stoichiometry(s: Space, name: str, c_max: float) -> Export:
    """Of a resolved particle everywhere, of an averaged one at its surface, which is the last radial point."""
    c_s, points = s.u(f"c_s_{name}"), s.fields[f"c_s_{name}"].components
    V = c_s.function_space if points == 1 else c_s.function_space.sub(points - 1).collapse()[0]
    x = fem.Function(V, name=f"stoichiometry_{name}")

    def refresh() -> None:
        x.x.array[:] = c_s.x.array[points - 1 :: points] / c_max

    return Export(f"stoichiometry_{name}", "1", x, refresh, pictured=True)


def _dofs_of(s: Space, sub: SubDomain, name: str, regions: tuple[str, ...]) -> np.ndarray:
    """Local unknowns of a field in some regions."""
    inside = np.isin(s.domain.cell_tags[sub.parent_cells], [s.domain.region_tags[r] for r in regions])
    return np.unique(s.u(name).function_space.dofmap.list[np.flatnonzero(inside)])
