"""A film on an interface as a law: how much of it there is, and what its ions lose in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from dolfinx import fem

from femcell.materials.film import Film
from femcell.models.core import Account, Space, Terms, Unknown, at_side
from femcell.models.interface.site import Site
from femcell.models.layout.reference import Reference
from femcell.physics import interface
from femcell.system import Export, Observable

NANOMETRE = 1e-9
"""m; growth is judged against this thickness."""


@dataclass(frozen=True, eq=False)
class FilmLaw:
    """The unknown `n_<film>_<interface>`, mol per m2 of interface; reactions fill it by their stoichiometry.

    Attributes:
        film: its properties.
        name: of the interface.
        site: where it is.
        reference: what residuals are judged by.
        uniform: whether it is the same everywhere.
    """

    film: Film
    name: str
    site: Site
    reference: Reference
    uniform: bool = False

    @property
    def field(self) -> str:
        """Name of the unknown."""
        return f"n_{self.film.name}_{self.name}"

    def unknowns(self) -> Sequence[Unknown]:
        """The amount."""
        volume = self.film.molar_volume
        return (
            Unknown(
                self.field,
                "mol/m2",
                self.site.place,
                scale=NANOMETRE / volume,
                row=self.reference.amount,
                stored=True,
                initial=self.film.initial_thickness / volume,
                bounds=(0.0, np.inf),
                uniform=self.uniform,
            ),
        )

    def terms(self, space: Space) -> Terms:
        """Storage, the account of its lithium, and the thickness as people want to see it."""
        measure, density, n = self.site.measure(space), self.site.density(space), self._amount(space)
        held = n if density is None else density * n
        name, section = f"{self.film.name}_{self.name}", space.cross_section
        content = self.film.lithium
        lithium: tuple[Account, ...] = ()
        observables = [
            Observable(f"amount_{name}", "mol", held * measure, section),
            Observable(f"thickness_{name}", "m", held * measure, self.film.molar_volume / self.site.area),
        ]
        if content > 0.0:
            observables.append(Observable(f"lithium_{name}", "mol", held * measure, section * content))
            lithium = (Account("lithium", (f"lithium_{name}",)),)
        return Terms(
            storage=(interface.film_storage(held, self.test(space), measure),),
            observables=tuple(observables),
            accounts=lithium,
            exports=() if self.uniform else (self._shown(space, name),),
        )

    def test(self, space: Space) -> Any:
        """Scaled test function of its balance, on its interface."""
        return at_side(space.test(self.field), self.site.solid)

    def thickness(self, space: Space) -> Any:
        """Of the film, m."""
        return self._amount(space) * space.number(f"{self.name}.{self.film.name}", self.film, "molar_volume")

    def resistance(self, space: Space) -> Any:
        """Thickness over conductivity, Ohm m2; None for a film without a resistance."""
        if self.film.conductivity is None:
            return None
        return self.thickness(space) / space.number(f"{self.name}.{self.film.name}", self.film, "conductivity")

    def _amount(self, space: Space) -> Any:
        return at_side(space.u(self.field), self.site.solid)

    def _shown(self, space: Space, name: str) -> Export:
        n = space.u(self.field)
        thickness = fem.Function(n.function_space, name=f"thickness_{name}")

        def refresh() -> None:
            thickness.x.array[:] = n.x.array * self.film.molar_volume

        return Export(f"thickness_{name}", "m", thickness, refresh, pictured=True)
