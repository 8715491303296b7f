"""From the tables of a study to a cell whose microstructure is resolved."""

import dataclasses
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from mpi4py import MPI

from femcell.checks import is_number, told
from femcell.errors import InputError
from femcell.files import expand
from femcell.geometry import Geometry, read_msh
from femcell.materials import Electrolyte, library
from femcell.models import (
    ChemoMechanics,
    Electrochemistry,
    Equipotential,
    Heat,
    LithiumMetal,
    LumpedHeat,
    ResolvedCell,
    UniformCurrent,
)
from femcell.models.layout.contacts import check_pairs
from femcell.models.layout.layout import Material
from femcell.models.layout.terminals import Terminal
from femcell.study.libraries import ELECTROLYTES, MATERIALS, at, hint, named, properties
from femcell.study.mechanical import MECHANICAL, deforming
from femcell.study.own import has_laws_of_sites, own_materials, require_ranges
from femcell.study.tables import CellTable, MaterialTable, MechanicsTable, MeshTable, RegionTable, TerminalTable


def resolved_cell(
    mesh: MeshTable,
    cell: CellTable,
    regions: Mapping[str, RegionTable],
    terminals: Mapping[Literal["positive", "negative"], TerminalTable],
    root: Path,
    comm: MPI.Comm,
    mechanics: MechanicsTable | None = None,
    heat: Heat | LumpedHeat | None = None,
    own: Mapping[str, MaterialTable] | None = None,
) -> ResolvedCell:
    """Read the mesh and put the cell together; collective.

    Raises:
        InputError: a name that the library or the mesh lacks, a value out of range.
    """
    solids, liquids = _own(own or {}, cell, regions, comm)
    materials = {name: _region(name, table, solids, liquids) for name, table in regions.items()}
    ends: dict[str, str | Terminal | LithiumMetal] = {name: _terminal(name, t) for name, t in terminals.items()}
    if cell.electrolyte in solids:
        raise InputError(f"[cell] electrolyte: [materials.{cell.electrolyte}] is no electrolyte; name one that is.")
    electrolyte = named(ELECTROLYTES, cell.electrolyte, "[cell] electrolyte", liquids)
    if cell.salt_concentration is not None:
        electrolyte = dataclasses.replace(electrolyte, initial_concentration=cell.salt_concentration)
        require_ranges("[cell] salt_concentration:", electrolyte)
    physics: list[Electrochemistry | ChemoMechanics | Heat | LumpedHeat] = [
        Electrochemistry(cell.degree, cell.quadrature_degree)
    ]
    if mechanics is not None:
        with at("[mechanics]"):
            physics.append(mechanics.physics())
    if heat is not None:
        physics.append(heat)
    return ResolvedCell(
        _mesh(mesh, root, comm),
        electrolyte,
        materials,
        ends,
        physics=physics,
        temperature=cell.temperature_K,
        cross_section=cell.cross_section,
        capacity_Ah=cell.capacity_Ah,
        islands=cell.islands,
        contacts=_contacts(cell),
        accept=tuple(cell.accept),
    )


def _own(
    own: Mapping[str, MaterialTable], cell: CellTable, regions: Mapping[str, RegionTable], comm: MPI.Comm
) -> tuple[dict[str, Material], dict[str, Electrolyte]]:
    """The study's own materials of regions, and its electrolytes; those that nothing names are reported."""
    made = own_materials(own)
    unused = sorted(made.keys() - {cell.electrolyte} - {table.material for table in regions.values()})
    if unused and comm.rank == 0:
        tables = ", ".join(f"[materials.{name}]" for name in unused)
        warnings.warn(f"Nothing names {tables}; name it in [regions] or [cell], or leave it out.", stacklevel=2)
    liquids = {name: material for name, material in made.items() if isinstance(material, Electrolyte)}
    return {name: material for name, material in made.items() if not isinstance(material, Electrolyte)}, liquids


def _mesh(table: MeshTable, root: Path, comm: MPI.Comm) -> Geometry:
    with at("[mesh] file"):
        file = expand(table.file)
    return read_msh(
        root / file,
        table.unit,
        comm,
        regions=table.regions,
        surfaces=table.surfaces,
        ignore=table.ignore,
        tags=table.tags,
    )


def _region(name: str, table: RegionTable, own: Mapping[str, Material], liquids: Mapping[str, Electrolyte]) -> Material:
    """A material of the study or of the library with the region's replacements."""
    place = f"[regions.{name}]"
    if table.material in ELECTROLYTES or table.material in liquids:
        raise InputError(
            f"{place}: '{table.material}' is an electrolyte; name it in [cell] and call the region 'electrolyte'."
        )
    material = named(MATERIALS, table.material, f"{place} material", own)
    changes = dict(table.model_extra or {})
    if not changes:
        return material
    if "maximum_concentration" in changes and has_laws_of_sites(material):
        raise InputError(
            f"{place}: maximum_concentration is part of laws of [materials.{table.material}]; give it there."
        )
    fields = properties(type(material))
    fields += MECHANICAL if hasattr(material, "mechanical") else ()
    for key, value in changes.items():
        if key not in fields:
            raise InputError(f"{place}: '{table.material}' has no property '{key}'; {hint(key, fields)}")
        if not is_number(value):
            raise InputError(f"{place}: {key} must be a number in SI units, not {told(value)}.")
        changes[key] = float(value)
    with at(place):
        mechanical = {key: changes.pop(key) for key in MECHANICAL if key in changes}
        if mechanical:
            changes["mechanical"] = deforming(getattr(material, "mechanical", None), mechanical)
        material = dataclasses.replace(material, **changes)
    require_ranges(place, material)
    return material


def _contacts(cell: CellTable) -> dict[tuple[str, str], float]:
    with at("[cell] contacts"):
        check_pairs((a, b) for a, b, _ in cell.contacts)
    return {(a, b): resistance for a, b, resistance in cell.contacts}


def _terminal(name: str, table: TerminalTable) -> Terminal | LithiumMetal:
    if table.contact_resistance and table.kind != "equipotential":
        raise InputError(f"[terminals.{name}]: only an equipotential terminal has a contact_resistance; leave it out.")
    if table.kind == "lithium":
        material = dataclasses.replace(library.lithium_metal(), double_layer_capacitance=table.double_layer_capacitance)
        return LithiumMetal(table.surface, material)
    if table.double_layer_capacitance:
        raise InputError(
            f"[terminals.{name}]: only a lithium surface has a double_layer_capacitance here; give it to the region."
        )
    return (
        UniformCurrent(table.surface)
        if table.kind == "uniform"
        else Equipotential(table.surface, table.contact_resistance)
    )
