"""How a model is heated and cooled: what a user chooses, checked, and the laws of its surfaces as terms."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import ufl
from dolfinx import fem

from femcell.checks import require_kind
from femcell.errors import InputError
from femcell.geometry import Geometry
from femcell.materials._checks import require_number
from femcell.materials.thermal import (
    Convection,
    Exchange,
    FixedTemperature,
    Radiation,
    SurfaceLaw,
    Thermal,
    require_one_of_each,
    require_temperature,
)
from femcell.models.core import Account, Terms, tested_with
from femcell.parameter import Check, rebuilt
from femcell.physics import heat
from femcell.reprs import angled, counted, names
from femcell.system import Observable

TEMPERATURE_SCALE = 100.0
"""K; local errors are judged against it: 0.01 K a step at a tolerance of 1e-4."""


@dataclass(frozen=True)
class LumpedHeat:
    """One temperature for the whole cell.

    Attributes:
        heat_capacity: of the cell, J/K.
        exchange: what it loses at its surface; left out, it is adiabatic.
        ambient: K.

    Raises:
        InputError: a value is out of its range, or there is an ambient that nothing exchanges heat with.
    """

    heat_capacity: float
    exchange: Exchange | None = None
    ambient: float | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        require_kind("The exchange of lumped heat", self.exchange, Exchange | None, "an Exchange(area, laws)")
        require_number("lumped heat", "heat_capacity", self.heat_capacity, "J/K", above=0)
        check_ambient(self.ambient, self.exchange.laws if self.exchange else ())


@dataclass(frozen=True, eq=False)
class Heat:
    """Temperature as a field on the mesh of the cell.

    Attributes:
        materials: thermal data of every region.
        surfaces: surface -> what holds or cools it, one law or several; others are insulated. A cooled tab is a
            convective surface.
        ambient: K; of the surfaces that name none.

    Raises:
        InputError: a value is out of its range, or there is an ambient that nothing exchanges heat with.
    """

    materials: Mapping[str, Thermal]
    surfaces: Mapping[str, SurfaceLaw | tuple[SurfaceLaw, ...]] = field(default_factory=dict)
    ambient: float | None = None

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            "",
            f"{counted(len(self.materials), 'region')}",
            f"surfaces {names(self.surfaces)}" if self.surfaces else "insulated",
            "" if self.ambient is None else f"ambient {self.ambient:g} K",
        )

    def __post_init__(self) -> None:
        """Check what needs no mesh."""
        check_materials(self.materials)
        check_surfaces(self.surfaces, self.ambient)


def listed(surfaces: Mapping[str, SurfaceLaw | tuple[SurfaceLaw, ...]]) -> list[tuple[str, SurfaceLaw]]:
    """(surface, law) one by one."""
    return [(name, law) for name, laws in surfaces.items() for law in (laws if isinstance(laws, tuple) else (laws,))]


def check_materials(materials: Mapping[str, Thermal]) -> None:
    """Raise InputError unless every region's thermal data are some."""
    require_kind("The thermal data", materials, Mapping, "a dictionary of regions")
    for name, material in materials.items():
        require_kind(f"The thermal data of region '{name}'", material, Thermal, "a Thermal")


def check_ambient(ambient: float | None, laws: Iterable[SurfaceLaw]) -> None:
    """Raise InputError unless the ambient temperature and the laws of the surfaces need one another."""
    exchanging = [law for law in laws if not isinstance(law, FixedTemperature)]
    open_laws = [law for law in exchanging if law.ambient is None]
    if ambient is not None:
        require_temperature("The ambient", ambient)
        if not exchanging:
            raise InputError(
                f"The ambient is fixed at {ambient:g} K, but every surface is insulated from it; give a surface "
                "convection or radiation, or leave the ambient out."
            )
        if not open_laws:
            raise InputError(
                f"The ambient is fixed at {ambient:g} K, but every law of a surface names an ambient of its own; "
                "leave one or the other out."
            )
    elif open_laws:
        raise InputError(f"{open_laws[0]} needs an ambient temperature; give the law or the model one.")


def check_surfaces(surfaces: Mapping[str, SurfaceLaw | tuple[SurfaceLaw, ...]], ambient: float | None) -> None:
    """Raise InputError unless the laws of each surface go together, and they and the ambient need one another."""
    require_kind("The laws of the surfaces", surfaces, Mapping, "a dictionary of surfaces")
    laws = listed(surfaces)
    for name, law in laws:
        require_kind(
            f"What surface '{name}' is given",
            law,
            SurfaceLaw,
            "Convection(...), Radiation(...), FixedTemperature(...) or a tuple of them",
        )
        others = [given for other, given in laws if other == name and given is not law]
        if isinstance(law, FixedTemperature) and others:
            raise InputError(f"Surface '{name}' is held at {law.kelvin:g} K; it takes no other law beside.")
        require_one_of_each(f"Surface '{name}'", (given for other, given in laws if other == name))
    check_ambient(ambient, (law for _, law in laws))


def check_regions(geometry: Geometry, materials: Mapping[str, Thermal], surfaces: Iterable[str]) -> None:
    """Raise InputError unless every region of the mesh has thermal data and every surface exists."""
    geometry.require_regions(materials, "The thermal data")
    for name in geometry.regions:
        if name not in materials:
            raise InputError(
                f"Region '{name}' of mesh '{geometry.source}' has no thermal data; add it to the materials."
            )
        materials[name].along(geometry.summary.dim)
    names = tuple(surfaces)
    for name in names:
        geometry.require_surface(name, "A cooled surface")
    geometry.require_apart(names, "The cooled surfaces")


def surface_flux(
    T: Any, law: Convection | Radiation, place: str, ambient: float | None, number: Callable[[str, float, Check], Any]
) -> Any:
    """Heat that leaves through a surface, W/m2.

    Args:
        T: temperature, K.
        law: of the surface.
        place: what its numbers are called by, e.g. the surface.
        ambient: that of the model, K, for laws without one.
        number: makes a number with a name and a check a constant of the forms, the same one for the same name.
    """
    kind = f"{place}.{type(law).__name__.lower()}"
    if law.ambient is not None:
        outside = number(f"{kind}.ambient_temperature", law.ambient, rebuilt(law, "ambient"))
    else:
        assert ambient is not None  # see check_ambient
        outside = number("ambient_temperature", ambient, partial(require_temperature, "The ambient"))
    if isinstance(law, Convection):
        h = number(f"{kind}.coefficient", law.coefficient, rebuilt(law, "coefficient"))
        return heat.convective_flux(T, coefficient=h, ambient=outside)
    e = number(f"{kind}.emissivity", law.emissivity, rebuilt(law, "emissivity"))
    return heat.radiative_flux(T, emissivity=e, ambient=outside)


def hold(T: fem.Function, facets: np.ndarray) -> fem.DirichletBC:
    """The nodes of some facets keep the temperature that they are given at the start."""
    V = T.function_space
    dofs = fem.locate_dofs_topological(V, V.mesh.topology.dim - 1, facets, remote=True)
    return fem.dirichletbc(np.float64(0.0), dofs, V)


def conductivity_of(
    materials: Mapping[str, Thermal], dim: int, cellwise: Callable[[Mapping[str, float]], fem.Function]
) -> Any:
    """Conductivity by region, W/(m K): a scalar, or one component for each axis where any region is orthotropic."""
    along = {name: material.along(dim) for name, material in materials.items()}
    if all(len(set(k)) == 1 for k in along.values()):
        return cellwise({name: k[0] for name, k in along.items()})
    return ufl.as_vector([cellwise({name: k[axis] for name, k in along.items()}) for axis in range(dim)])


def held_terms(
    terms: Terms,
    bcs: tuple[fem.DirichletBC, ...],
    T: fem.Function,
    test: Any,
    unit: float,
    *,
    account: str,
    suffix: str = "",
) -> Terms:
    """The heat that surfaces of a held temperature bring, from rows that the solve does not use (`Terminals.closing`).

    Args:
        terms: all of the balance of energy.
        bcs: what holds T.
        T: the unknown.
        test: its scaled test function.
        unit: W behind a residual of 1.
        account: of the heat.
        suffix: of the observables' names.
    """
    hat = fem.Function(T.function_space)
    for bc in bcs:
        hat.x.array[bc.dof_indices()[0]] = 1.0
    hat.x.scatter_forward()
    flow, stored = tested_with(terms.residual, test, hat), tested_with(terms.storage, test, hat)
    assert flow is not None and stored is not None
    return Terms(
        bcs=bcs,
        observables=(
            Observable(f"heat_from_held{suffix}", "W", flow, unit),
            Observable(f"heat_held{suffix}", "J", stored, -unit),
        ),
        accounts=(Account(account, (f"heat_held{suffix}",), {f"heat_from_held{suffix}": 1.0}),),
    )
