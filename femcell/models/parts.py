"""The parts of a cell as terms: electrolyte, electrodes, counter electrode, terminals."""

from collections.abc import Callable
from typing import Any

import numpy as np
import ufl
from dolfinx import fem

from femcell.constants import FARADAY
from femcell.materials import Electrolyte, apply
from femcell.models.contact_parts import inner_voltage
from femcell.models.layout import Active, Electrode
from femcell.models.phase_parts import free_energy, phase_terms, require_resolved, rule
from femcell.models.space import Space
from femcell.models.terminals import LithiumMetal, UniformCurrent
from femcell.models.terms import Source, Terms, tested_with
from femcell.physics import electrolyte as salt
from femcell.physics import heat, interface, solid
from femcell.system import Balance, Observable


def electrolyte_terms(s: Space, material: Electrolyte) -> Terms:
    """Salt and charge in pores and separators."""
    c_e, phi_e = s.u("c_e"), s.u("phi_e")
    regions = s.layout.electrolyte_regions
    dx = s.measures.dx(regions)
    porous = s.layout.porous
    porosity = s.cellwise(s.wet, {n: porous[n].porosity if n in porous else 1.0 for n in regions})
    stored = Terms(
        storage=(salt.salt_storage(c_e, s.test("c_e"), dx, porosity=porosity),),
        observables=(Observable("lithium_electrolyte", "mol", porosity * c_e * dx, s.cross_section),),
        lithium=("lithium_electrolyte",),
    )
    if s.layout.uniform_electrolyte:
        return stored
    flux, i_e = electrolyte_fluxes(s, material)
    return stored + Terms(
        residual=(
            salt.salt_transport(flux, s.test("c_e"), dx),
            salt.charge_transport(i_e, s.test("phi_e"), dx),
        ),
        sources=(Source("ionic_heat", heat.joule_heat(i_e, phi_e), dx),),
    )


def electrolyte_fluxes(s: Space, material: Electrolyte) -> tuple[Any, Any]:
    """Flux of cations, mol/(m2 s), and ionic current density, A/m2, in pores and separators."""
    c_e, phi_e, T = s.u("c_e"), s.u("phi_e"), s.temperature
    regions, porous = s.layout.electrolyte_regions, s.layout.porous
    transport = s.layered(
        s.wet,
        {n: porous[n].transport_factor if n in porous else 1.0 for n in regions},
        {n: p.in_plane_transport_ratio for n, p in porous.items()},
    )
    seen = salt.seen_by_laws(c_e)
    t_plus = s.law("electrolyte", material, "transference_number", seen, T)
    i_e = salt.ionic_current_density(
        c_e,
        phi_e,
        conductivity=s.law("electrolyte", material, "conductivity", seen, T),
        transference_number=t_plus,
        thermodynamic_factor=s.law("electrolyte", material, "thermodynamic_factor", seen, T),
        T=T,
        transport_factor=transport,
        divisor=seen,
    )
    diffusivity = s.law("electrolyte", material, "diffusivity", seen, T)
    flux = salt.cation_flux(c_e, i_e, diffusivity=diffusivity, transference_number=t_plus, transport_factor=transport)
    return flux, i_e


def electrode_terms(s: Space, electrode: Electrode, exchange: Callable[[Space, Electrode, Active], Terms]) -> Terms:
    """Electrons in the solids of one electrode, lithium in its particles, reactions at their surfaces."""
    conductivity = s.layered(s.metal, s.layout.conductors, s.layout.in_plane_conduction)
    terms = terminal_terms(s, electrode)
    for name, regions in s.layout.potentials.items():
        inside = tuple(region for region in electrode.regions if region in regions)
        if inside:
            phi_s, dx = s.u(name), s.measures.dx(inside)
            i_s = solid.electronic_current_density(phi_s, conductivity=conductivity)
            terms += Terms(
                residual=(solid.electronic_conduction(phi_s, s.test(name), dx, conductivity=conductivity),),
                sources=(Source("electronic_heat", heat.joule_heat(i_s, phi_s), dx),),
            )
    for active in electrode.actives:
        terms += exchange(s, electrode, active)
    outward = {f"interface_current_{a.name}": -1.0 for a in electrode.actives}
    charges = [f"double_layer_charge_{a.name}" for a in electrode.actives if a.material.double_layer_capacitance > 0.0]
    sign = -1.0 if electrode is s.layout.positive else 1.0
    balance = Balance(f"charge_{electrode.name}", tuple(charges), {**outward, "current": sign}, s.current_scale)
    return terms + Terms(balances=(balance,))


def active_terms(s: Space, electrode: Electrode, active: Active) -> Terms:
    """Lithium in one active material and its exchange with the electrolyte."""
    c_s, dx, dS = s.fields[f"c_s_{active.name}"], s.measures.dx(active.regions), s.measures.dS(active)
    c_e, v_e, psi_e = s.u("c_e")("-"), s.test("c_e")("-"), s.test("phi_e")("-")
    phi_s, psi_s = terminal_level(s, electrode, "+")
    jump = phi_s - s.u("phi_e")("-")
    T_surface = s.temperature_at("+")
    surface = c_s.function("+")
    i = insertion_current(s, active, c_e, surface, jump, T_surface)
    terms = separating_terms(s, active) if active.separates else diffusing_terms(s, active)
    terms += Terms(
        residual=(
            interface.lithium_leaves_solid(i, c_s.test("+"), dS),
            interface.charge_leaves_solid(i, psi_s, dS),
            interface.charge_enters_electrolyte(i, psi_e, dS),
            interface.cations_enter_electrolyte(i, v_e, dS),
        ),
        observables=(
            Observable(f"lithium_{active.name}", "mol", c_s.function * dx, s.cross_section),
            Observable(f"interface_current_{active.name}", "A", i * dS, s.cross_section),
        ),
        lithium=(f"lithium_{active.name}",),
        sources=insertion_heat(s, active, i, surface, jump, T_surface, dS, "+"),
    )
    if active.material.double_layer_capacitance > 0.0:
        C = s.number(active.name, active.material, "double_layer_capacitance")
        storage = interface.double_layer_storage(C, jump, psi_s, psi_e, v_e, dS)
        terms += double_layer_terms(s, active.name, storage, C * jump * dS)
    return terms


def diffusing_terms(s: Space, active: Active) -> Terms:
    """Lithium that diffuses by Fick's law in one active material."""
    name, dx = f"c_s_{active.name}", s.measures.dx(active.regions)
    D = s.law(active.name, active.material, "diffusivity", s.u(name), s.temperature)
    return Terms(
        storage=(solid.lithium_storage(s.u(name), s.test(name), dx),),
        residual=(solid.lithium_diffusion(s.u(name), s.test(name), dx, diffusivity=D),),
    )


def separating_terms(s: Space, active: Active) -> Terms:
    """Lithium that follows its chemical potential in one active material."""
    phase, dx = active.material.phase_field, s.measures.dx(active.regions)
    assert phase is not None
    T = float(s.initial_temperature.value)
    require_resolved(phase, s.grains[active.name].mesh, s.degree, T, f"'{active.name}'")
    c_s, mu = s.fields[f"c_s_{active.name}"], s.fields[f"mu_{active.name}"]
    own = dx(metadata=rule(s.domain.mesh, s.degree))
    energy = free_energy(c_s.function, phase, s.temperature, own)
    terms = phase_terms(c_s, mu, phase, s.temperature, own, energy)
    observed = Observable(f"free_energy_{active.name}", "J", energy, s.cross_section)
    return Terms(storage=terms.storage, residual=terms.residual, observables=(observed,))


def insertion_current(s: Space, active: Active, c_e: Any, surface: Any, jump: Any, T: Any) -> Any:
    """Reaction current density of an insertion material, A/m2; `jump` is phi_s - phi_e, `surface` c_s there."""
    m, name = active.material, active.name
    c_max = s.number(name, m, "maximum_concentration")
    x = interface.inside_lattice(surface / c_max)
    seen = salt.seen_by_laws(c_e)
    i0 = s.law(name, m, "exchange_current_density", seen, x * c_max, c_max, T)
    return interface.butler_volmer(
        c_e / seen * i0,  # goes to zero with the salt, and turns round below it
        jump - equilibrium_potential(s, active, surface, T),
        T,
        anodic=s.number(name, m, "anodic_transfer_coefficient"),
        cathodic=s.number(name, m, "cathodic_transfer_coefficient"),
    )


def equilibrium_potential(s: Space, active: Active, surface: Any, T: Any) -> Any:
    """U of an insertion material against lithium, V, with the lattice's ends; `surface` is c_s there.

    Where lithium has a potential mu of its own (J/mol), all of it in phases that separate, what stress adds in others,
    U is lower by mu / F.
    """
    m, mu = active.material, s.fields.get(f"mu_{active.name}")
    if m.phase_field is not None and mu is not None and active.separates:
        return m.phase_field.standard_potential - mu.function("+") / FARADAY
    x = surface / s.number(active.name, m, "maximum_concentration")
    U = apply(m.open_circuit_potential, interface.inside_lattice(x), T) + interface.lattice_gas_limit(x, T)
    return U if mu is None else U - mu.function("+") / FARADAY


def insertion_heat(
    s: Space, active: Active, i: Any, surface: Any, jump: Any, T: Any, measure: ufl.Measure, side: str | None = None
) -> tuple[Source, ...]:
    """Heat of a reaction that passes i, A per area or volume of `measure`; dU/dT is that of the law U(x, T) itself.

    That of a material that separates, too: the gradient energy knows no temperature, and the field mu hides its own.
    """
    if not s.heated:
        return ()
    kelvin = ufl.variable(T)
    U = equilibrium_potential(s, active, surface, kelvin)
    law = U
    if active.separates:
        m = active.material
        x = surface / s.number(active.name, m, "maximum_concentration")
        law = apply(m.open_circuit_potential, x, kelvin)
    slope = ufl.diff(law, kelvin)
    return (
        Source("reaction_heat", heat.irreversible_heat(i, jump - U), measure, side),
        Source("entropic_heat", heat.reversible_heat(i, T, slope), measure, side),
        Source("chemical_power", heat.chemical_power(i, T, U, slope), measure, side, chemical=True),
    )


def counter_terms(s: Space, counter: LithiumMetal) -> Terms:
    """Lithium metal at potential 0, a surface of the electrolyte."""
    m, T = counter.material, s.temperature
    c_e, phi_e, v_e, psi_e = s.u("c_e"), s.u("phi_e"), s.test("c_e"), s.test("phi_e")
    ds = s.measures.ds(counter.surface)
    seen = salt.seen_by_laws(c_e)
    i = interface.butler_volmer(
        c_e / seen * s.law("counter", m, "exchange_current_density", seen, T),
        -phi_e,
        T,
        anodic=s.number("counter", m, "anodic_transfer_coefficient"),
        cathodic=s.number("counter", m, "cathodic_transfer_coefficient"),
    )
    current = "counter_electrode_current"
    charged = m.double_layer_capacitance > 0.0
    terms = Terms(
        residual=(
            interface.charge_enters_electrolyte(i, psi_e, ds),
            interface.cations_enter_electrolyte(i, v_e, ds),
        ),
        observables=(Observable(current, "A", i * ds, s.cross_section),),
        balances=(
            Balance(
                "charge_negative",
                ("double_layer_charge_negative",) if charged else (),
                {current: -1.0, "current": 1.0},
                s.current_scale,
            ),
        ),
        lithium_inflow={current: 1.0 / FARADAY},
        # U of lithium against itself is 0 at every temperature: all of its heat is irreversible.
        sources=(Source("reaction_heat", heat.irreversible_heat(i, -phi_e), ds),),
    )
    if charged:
        C = s.number("counter", m, "double_layer_capacitance")
        storage = interface.double_layer_storage(C, -phi_e, 0.0, psi_e, v_e, ds)
        terms += double_layer_terms(s, "negative", storage, -C * phi_e * ds)
    return terms


def terminal_level(s: Space, electrode: Electrode, side: str | None = None) -> tuple[Any, Any]:
    """(phi_s, psi_s) with the level that the electrode's potentials are measured from.

    In the positive electrode phi_s = V + (what contacts at the terminals take) + (what the field holds). Behind an
    equipotential terminal the test function is lifted likewise, so that the equation of V is the charge balance of the
    whole electrode.

    Args:
        s: unknowns.
        electrode: whose potentials.
        side: of an interface, `+`; None in a volume.
    """

    def at(expression: Any) -> Any:
        return expression(side) if side else expression

    phi_s, psi_s = at(s.u("phi_s")), at(s.test("phi_s"))
    if electrode is not s.layout.positive:
        return phi_s, psi_s
    if not isinstance(electrode.terminal, UniformCurrent):
        psi_s = psi_s + at(s.test("voltage"))
    return phi_s + at(inner_voltage(s)), psi_s


def terminal_terms(s: Space, electrode: Electrode) -> Terms:
    """The end of an electrode: the current that leaves it, and what fixes its potential."""
    surface, positive = electrode.terminal.surface, electrode is s.layout.positive
    outflow = s.u("current") * s.constant((1.0 if positive else -1.0) / s.cross_section)
    name = s.layout.potential_at(surface)
    if isinstance(electrode.terminal, UniformCurrent):
        leaves = s.mean(outflow * s.test(name), surface)
        if positive:
            # The voltage is the mean potential of the terminal; scaled back from amperes to volts.
            level = s.constant(s.current_scale / s.cross_section) * s.u(name) * s.test("voltage")
            return Terms(residual=(leaves, s.mean(level, surface)))
        # Potentials are measured from the mean of the negative terminal. Charge conservation makes one
        # equation redundant: `reference` is the current that would be missing, which the solve finds to be
        # zero.
        missing = s.u("reference") * s.constant(1.0 / s.cross_section) * s.test(name)
        level = s.u(name) * s.test("reference")
        return Terms(residual=(leaves, s.mean(missing, surface), s.mean(level, surface)))
    ground = _ground(s, surface)
    if not positive:
        return Terms(bcs=(ground,))
    return Terms(residual=(s.mean(outflow * s.test("voltage"), surface),), bcs=(ground,))


def terminal_current(s: Space, terms: Terms) -> Terms:
    """The current through an equipotential positive terminal as the reaction of its fixed potential.

    The equation of phi_s at the fixed nodes is not part of the solve; its residual is the current that leaves
    there, an independent account of what the control asks for.
    """
    surface = s.layout.positive.terminal.surface
    name = s.layout.potential_at(surface)
    phi_s = s.fields[name]
    hat = fem.Function(phi_s.function.function_space)
    hat.x.array[_terminal_dofs(s, name, surface)] = 1.0
    hat.x.scatter_forward()
    flow = tested_with(terms.residual, phi_s.test, hat)
    charge = tested_with(terms.storage, phi_s.test, hat)
    unit = s.current_scale
    observables = [Observable("terminal_current", "A", flow, -unit)] if flow is not None else []
    amounts: tuple[str, ...] = ()
    if charge is not None:
        observables.append(Observable("terminal_charge", "A s", charge, -unit))
        amounts = ("terminal_charge",)
    balance = Balance("terminal", amounts, {"terminal_current": -1.0, "current": 1.0}, s.current_scale)
    return Terms(observables=tuple(observables), balances=(balance,))


def double_layer_terms(s: Space, name: str, storage: ufl.Form, charge: ufl.Form) -> Terms:
    """Charge C (phi_s - phi_e) on the solid side, and the cations that it draws out of the electrolyte."""
    return Terms(
        storage=(storage,),
        observables=(
            Observable(f"double_layer_charge_{name}", "A s", charge, s.cross_section),
            Observable(f"double_layer_lithium_{name}", "mol", charge, -s.cross_section / FARADAY),
        ),
        lithium=(f"double_layer_lithium_{name}",),
    )


def _ground(s: Space, surface: str) -> fem.DirichletBC:
    """phi_s = 0 on a terminal."""
    name = s.layout.potential_at(surface)
    return fem.dirichletbc(np.float64(0.0), _terminal_dofs(s, name, surface), s.u(name).function_space)


def _terminal_dofs(s: Space, name: str, surface: str) -> np.ndarray:
    """Unknowns of a potential on a terminal."""
    facets = s.domain.sub_facets(s.potentials[name], surface)
    return np.asarray(fem.locate_dofs_topological(s.u(name).function_space, s.domain.dim - 1, facets, remote=True))
