"""From the table [dfn.pouch] of a study to a stack with collectors and tabs."""

from mpi4py import MPI

from femcell.errors import InputError
from femcell.geometry.generators import Tab, pouch_stack
from femcell.materials import Cell, Metal
from femcell.models import Pouch, Resolution
from femcell.study.libraries import MATERIALS, at, named
from femcell.study.tables import FoilTable, PouchTable


def pouch_of(table: PouchTable, cell: Cell, resolution: Resolution, comm: MPI.Intracomm) -> Pouch:
    """The stack of a cell, of the height and width that the study states; collective.

    Raises:
        InputError: a collector that is no metal of the library, or a tab beside the edge.
    """
    foils = {"negative": table.negative, "positive": table.positive}
    metals = {f"{name}_foil": _metal(name, foil) for name, foil in foils.items()}
    layers = [
        ("negative_foil", table.negative.thickness, 1),
        ("negative", cell.negative.thickness, resolution.negative),
        ("separator", cell.separator_thickness, resolution.separator),
        ("positive", cell.positive.thickness, resolution.positive),
        ("positive_foil", table.positive.thickness, 1),
    ]
    tabs = [Tab(f"{name}_foil", f"{name}_tab", *foil.tab, bottom=foil.bottom) for name, foil in foils.items()]
    with at("[dfn.pouch]"):
        geometry = pouch_stack(layers, tabs, height=table.height, width=table.width, cells=table.cells, comm=comm)
    return Pouch(geometry, metals, cross_section=table.depth)


def _metal(name: str, foil: FoilTable) -> Metal:
    place = f"[dfn.pouch.{name}] material"
    metal = named(MATERIALS, foil.material, place)
    if not isinstance(metal, Metal):
        raise InputError(f"{place}: '{foil.material}' is no metal; a collector is, e.g., copper or aluminium.")
    return metal
