"""The ends of a cell as a law: voltage, current, and what is held."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from dolfinx import fem

from femcell.models.core import Account, Number, Space, Terms, Unknown, tested_with
from femcell.models.electrode.contact_resistance import terminal_contact_terms
from femcell.models.layout.layout import Electrode, Layout
from femcell.models.layout.reference import Reference
from femcell.models.layout.terminals import UniformCurrent, control_law
from femcell.system import Observable


@dataclass(frozen=True, eq=False)
class Terminals:
    """Unknowns `voltage` and `current`, and `reference` where the negative terminal carries a uniform current.

    Attributes:
        layout: the electrodes and their terminals.
        reference: what residuals are judged by.
        initial_voltage: temperature (K) -> voltage at rest, V.
    """

    layout: Layout
    reference: Reference
    initial_voltage: Callable[[float], float]

    def unknowns(self) -> Sequence[Unknown]:
        """The terminals' scalars."""
        current = self.reference.current
        found = [
            Unknown("voltage", "V", Number(), scale=1.0, row=self.reference.charge, initial=self.initial_voltage),
            Unknown("current", "A", Number(), scale=current, row=1.0),
        ]
        if len(self.layout.electrodes) == 2 and isinstance(self.layout.electrodes[0].terminal, UniformCurrent):
            found.append(Unknown("reference", "A", Number(), scale=current, row=1.0))
        return found

    def terms(self, space: Space) -> Terms:
        """The control, and the current that leaves each electrode."""
        scale = self.reference.current
        control, law = control_law(space.domain.mesh, space.u("voltage"), space.u("current"), scale)
        surface = self.layout.positive.terminal.surface
        terms = terminal_contact_terms(space, self.layout) + Terms(
            residual=(space.mean(law * space.test("current"), surface),), control=control
        )
        for electrode in self.layout.electrodes:
            sign = -1.0 if electrode is self.layout.positive else 1.0
            account = Account(f"charge_{electrode.name}", (), {"current": sign}, scale)
            terms += self._end(space, electrode) + Terms(accounts=(account,))
        if self.layout.counter is not None:
            terms += Terms(accounts=(Account("charge_negative", (), {"current": 1.0}, scale),))
        return terms

    def closing(self, space: Space, terms: Terms) -> Terms:
        """The current through an equipotential positive terminal as the reaction of its fixed potential.

        The equation of phi_s at the fixed nodes is not part of the solve; its residual is the current that leaves
        there, an independent account of what the control asks for.
        """
        if isinstance(self.layout.positive.terminal, UniformCurrent):
            return Terms()
        surface, unit = self.layout.positive.terminal.surface, self.reference.current
        name = self.layout.potential_at(surface)
        phi_s = space.fields[name]
        hat = fem.Function(phi_s.function.function_space)
        hat.x.array[self._nodes(space, name, surface)] = 1.0
        hat.x.scatter_forward()
        flow = tested_with(terms.residual, phi_s.test, hat)
        charge = tested_with(terms.storage, phi_s.test, hat)
        observables = [Observable("terminal_current", "A", flow, -unit)] if flow is not None else []
        amounts: tuple[str, ...] = ()
        if charge is not None:
            observables.append(Observable("terminal_charge", "A s", charge, -unit))
            amounts = ("terminal_charge",)
        account = Account("terminal", amounts, {"terminal_current": -1.0, "current": 1.0}, unit)
        return Terms(observables=tuple(observables), accounts=(account,))

    def _end(self, space: Space, electrode: Electrode) -> Terms:
        """The end of an electrode: the current that leaves it, and what fixes its potential."""
        surface, positive = electrode.terminal.surface, electrode is self.layout.positive
        outflow = space.u("current") * space.constant((1.0 if positive else -1.0) / space.cross_section)
        name = self.layout.potential_at(surface)
        if isinstance(electrode.terminal, UniformCurrent):
            leaves = space.mean(outflow * space.test(name), surface)
            if positive:
                # The voltage is the mean potential of the terminal; scaled back from amperes to volts.
                level = space.constant(self.reference.charge) * space.u(name) * space.test("voltage")
                return Terms(residual=(leaves, space.mean(level, surface)))
            # Potentials are measured from the mean of the negative terminal. Charge conservation makes one
            # equation redundant: `reference` is the current that would be missing, which the solve finds to be
            # zero.
            missing = space.u("reference") * space.constant(1.0 / space.cross_section) * space.test(name)
            level = space.u(name) * space.test("reference")
            return Terms(residual=(leaves, space.mean(missing, surface), space.mean(level, surface)))
        ground = fem.dirichletbc(np.float64(0.0), self._nodes(space, name, surface), space.u(name).function_space)
        if not positive:
            return Terms(bcs=(ground,))
        return Terms(residual=(space.mean(outflow * space.test("voltage"), surface),), bcs=(ground,))

    def _nodes(self, space: Space, name: str, surface: str) -> np.ndarray:
        """Unknowns of a potential on a terminal."""
        facets = space.domain.sub_facets(space.home(name), surface)
        V = space.u(name).function_space
        return np.asarray(fem.locate_dofs_topological(V, space.domain.dim - 1, facets, remote=True))
