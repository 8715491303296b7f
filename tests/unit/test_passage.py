"""Mean first-passage times against closed forms."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from femcell.analysis.passage import mean_passage_time
from femcell.errors import InputError
from femcell.geometry import Geometry, read_msh
from femcell.geometry.generators.gmsh_tools import session
from femcell.parallel import on_root

COMM = MPI.COMM_WORLD
Layers = Callable[..., Geometry]
L = 2e-6


@pytest.mark.mpi
@pytest.mark.parametrize("exits", [("c",), ("foil_top",)])
def test_two_layers_with_one_open_end(layers: Layers, exits: tuple[str, ...]) -> None:
    """The mean of both layers' parabolas; the way out is a neighbour or a surface of the mesh."""
    geometry = layers(3, ("a", "b", "c") if exits == ("c",) else ("a", "b"), 1)
    Da, Db = 3e-14, 1e-14
    of_b = L**2 * (1 / 3 + 1 / 2) / Db  # what it makes, and what comes through it from a
    of_a = L**2 * (1 / 3 / Da + 3 / 2 / Db)
    found = mean_passage_time(geometry, {"a": Da, "b": Db}, exits, degree=2)
    assert found == pytest.approx((of_a + of_b) / 2, rel=1e-8)


def octant(path: Path, size: float) -> None:
    """An eighth of a sphere of radius 1 um in a cube."""
    with session("octant") as gmsh:
        occ = gmsh.model.occ
        box, ball = (3, occ.addBox(0, 0, 0, 1.2, 1.2, 1.2)), (3, occ.addSphere(0, 0, 0, 1.0))
        part, _ = occ.intersect([ball], [box], removeTool=False)
        _, pieces = occ.fragment(part, [box])
        occ.synchronize()
        inside = {tag for _, tag in pieces[0]}
        gmsh.model.addPhysicalGroup(3, sorted(inside), name="sphere")
        gmsh.model.addPhysicalGroup(3, [tag for _, tag in pieces[1] if tag not in inside], name="around")
        gmsh.option.setNumber("Mesh.MeshSizeMax", size)
        gmsh.model.mesh.generate(3)
        gmsh.option.setNumber("Mesh.MshFileVersion", 4.1)
        gmsh.write(str(path))


def test_sphere(tmp_path: Path) -> None:
    """R^2 / 15, with R of a sphere as large as the polyhedron in the mesh."""
    path = Path(COMM.bcast(str(tmp_path / "sphere.msh")))
    on_root(COMM, lambda: octant(path, 0.25))
    geometry = read_msh(path, "um")
    radius = (6 * geometry.summary.volumes["sphere"] / np.pi) ** (1 / 3)
    found = mean_passage_time(geometry, {"sphere": 2.0}, ["around"], degree=2)
    print("sphere", found * 15 * 2 / radius**2 - 1)
    assert found == pytest.approx(radius**2 / 15 / 2, rel=5e-3)


def test_what_cannot_be_left(layers: Layers) -> None:
    geometry = layers(3, ("a", "b", "c"), 1)
    for diffusivities, exits, said in (
        ({"a": 1.0}, ["c"], "'a' has no facet at c"),
        ({"a": 1.0}, [], "no facet at any exit"),
        ({"a": 0.0}, ["b"], "finite diffusivity above 0"),
        ({}, ["b"], "at least one region"),
        ({"d": 1.0}, ["b"], "region 'd' is not in mesh"),
    ):
        with pytest.raises(InputError, match=said):
            mean_passage_time(geometry, diffusivities, exits)
