"""Groups of mesh files: names, numbers, signs, dimensions and overlaps, in every format that is read."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gmsh
import meshio
import numpy as np
import pytest
from mpi4py import MPI

from femcell.errors import InputError
from femcell.geometry import Geometry, distribute, read_msh
from femcell.geometry.formats.hdf5 import load_h5py

SELF = MPI.COMM_SELF
STRIP = {"separator": 200e-12, "nmc": 400e-12}
"""Areas of the regions of `write_strip`, m2."""

WALLS = {"lithium": 10e-6, "foil": 10e-6, "walls": 20e-6}


def write_strip(
    path: Path,
    *,
    solid: bool = False,
    names: bool = True,
    partitions: int = 0,
    options: Mapping[str, float] | None = None,
) -> Path:
    """A separator of 20 um beside an electrode of 40 um, 10 um wide; `walls` holds both ends, one turned around."""
    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.option.setNumber("Mesh.MeshSizeMin", 5)
        gmsh.option.setNumber("Mesh.MeshSizeMax", 5)
        for key, value in (options or {}).items():
            gmsh.option.setNumber(f"Mesh.{key}", value)
        occ = gmsh.model.occ
        left, right = occ.addRectangle(0, 0, 0, 20, 10), occ.addRectangle(20, 0, 0, 40, 10)
        occ.fragment([(2, left)], [(2, right)])
        occ.synchronize()
        ends = {round(occ.getCenterOfMass(1, tag)[0], 6): tag for _, tag in gmsh.model.getEntities(1)}
        groups = [(2, [left], "separator"), (2, [right], "nmc"), *([(2, [right], "solid")] if solid else [])]
        groups += [(1, [ends[0.0]], "lithium"), (1, [-ends[60.0]], "foil"), (1, [ends[0.0], ends[60.0]], "walls")]
        groups += [(0, [1], "nmc")]  # the name of a region too
        for dim, tags, name in groups:
            gmsh.model.addPhysicalGroup(dim, tags, name=name if names else "")
        gmsh.model.mesh.generate(2)
        if partitions:
            gmsh.model.mesh.partition(partitions)
        gmsh.write(str(path))
    finally:
        gmsh.finalize()
    return path


def sizes(geometry: Geometry) -> tuple[dict[str, float], dict[str, float]]:
    return dict(geometry.summary.volumes), dict(geometry.summary.areas)


@pytest.mark.parametrize("partitions", [0, 2])
@pytest.mark.parametrize("binary", [0, 1])
@pytest.mark.parametrize(("version", "everything"), [(2.2, 0), (4.1, 0), (4.1, 1)])
def test_gmsh_keeps_its_groups(tmp_path: Path, version: float, everything: int, binary: int, partitions: int) -> None:
    options = {"MshFileVersion": version, "Binary": binary, "SaveAll": everything}
    path = write_strip(tmp_path / "a.msh", partitions=partitions, options=options)
    volumes, areas = sizes(read_msh(path, "um", SELF))
    assert volumes == pytest.approx(STRIP)
    assert areas == pytest.approx(WALLS)
    path = write_strip(path, solid=True, partitions=partitions, options=options)
    with pytest.raises(InputError, match=r"Groups 'nmc' and 'solid' of dimension 2 .* share 400 um2, all of both"):
        read_msh(path, "um", SELF)
    assert sizes(read_msh(path, "um", SELF, ignore=["solid"])) == (pytest.approx(STRIP), pytest.approx(WALLS))


def test_groups_that_gmsh_left_out_are_named_by_their_entities(tmp_path: Path) -> None:
    path = write_strip(tmp_path / "a.msh", options={"MshFileVersion": 2.2, "SaveAll": 1})
    with pytest.raises(InputError, match=r"names no region; they carry 1, 2: .* though it names 6: save it without"):
        read_msh(path, "um", SELF)
    geometry = read_msh(path, "um", SELF, regions={1: "separator", 2: "nmc"}, surfaces={4: "lithium"})
    assert sizes(geometry) == (pytest.approx(STRIP), pytest.approx({"lithium": 10e-6}))


def test_one_partition_of_several_is_no_mesh(tmp_path: Path) -> None:
    for version in (2.2, 4.1):
        write_strip(tmp_path / "a.msh", partitions=2, options={"PartitionSplitMeshFiles": 1, "MshFileVersion": version})
        with pytest.raises(InputError, match="it holds partition 2 of a mesh alone; save all of them in one file"):
            read_msh(tmp_path / "a_2.msh", "um", SELF)


@pytest.mark.parametrize("version", [2.2, 4.1])
def test_numbers_are_named(tmp_path: Path, version: float) -> None:
    path = write_strip(tmp_path / "a.msh", names=False, options={"MshFileVersion": version})
    with pytest.raises(InputError, match=r"names no region; they carry 1, 2: name these, regions = \{ 1 = \"NAME\" \}"):
        read_msh(path, "um", SELF)
    with pytest.raises(InputError, match=r"cells lie in no named region; they carry 2: name these"):
        read_msh(path, "um", SELF, regions={1: "separator"})
    with pytest.raises(InputError, match=r"has no region of number 7 to be 'nmc': it has 1, 2"):
        read_msh(path, "um", SELF, regions={1: "separator", 7: "nmc"})
    both = read_msh(path, "um", SELF, regions={1: "nmc", 2: "nmc"}, surfaces={5: "walls"})
    assert both.summary.volumes == pytest.approx({"nmc": 600e-12})
    assert "region 'nmc' joins groups 1, 2" in both.summary.notes
    named = read_msh(
        path, "um", SELF, regions={1: "separator", 2: "nmc"}, surfaces={3: "lithium", 4: "foil", 5: "walls"}
    )
    assert sizes(named) == (pytest.approx(STRIP), pytest.approx(WALLS))


@pytest.mark.parametrize("everything", [0, 1])
def test_abaqus_files_of_gmsh(tmp_path: Path, everything: int) -> None:
    path = write_strip(tmp_path / "a.inp", options={"SaveAll": everything})
    volumes, areas = sizes(read_msh(path, "um", SELF))
    assert volumes == pytest.approx(STRIP)
    assert {name: areas[name] for name in WALLS} == pytest.approx(WALLS)
    with pytest.raises(InputError, match="Groups 'nmc' and 'solid' of dimension 2"):
        read_msh(write_strip(path, solid=True, options={"SaveAll": everything}), "um", SELF)


def test_abaqus_sets_of_sets_and_ranges(tmp_path: Path) -> None:
    path = tmp_path / "a.inp"
    path.write_text(
        "*NODE, NSET=all\n1, 0., 0.\n2, 1., 0.\n3, 1., 1.\n4, 0., 1.\n5, 2., 0.\n7, 2., 1.\n"
        "** a comment\n*Element, type=CPE3,\n elset=left\n1, 1, 2, 3\n2, 1, 3, 4\n*ELEMENT, TYPE=CPS3\n"
        "3, 2, 5,\n7\n4, 2, 7, 3\n*ELEMENT, TYPE=T2D2, ELSET=lithium\n9, 4, 1\n"
        "*ELSET, ELSET=tail, GENERATE\n3, 4, 1\n*ELSET, ELSET=nmc\ntail,\n*STEP\n"
    )
    with pytest.raises(InputError, match="Groups 'tail' and 'nmc' of dimension 2"):
        read_msh(path, "um", SELF)
    volumes, areas = sizes(read_msh(path, "um", SELF, ignore=["tail"]))
    assert volumes == pytest.approx({"left": 1e-12, "nmc": 1e-12})
    assert areas == pytest.approx({"lithium": 1e-6})


def test_med_files_of_gmsh(tmp_path: Path) -> None:
    path = write_strip(tmp_path / "a.med", options={"SaveAll": 1})
    # gmsh drops the name of the group that turns its line around; the number stays.
    assert sizes(read_msh(path, "um", SELF, surfaces={4: "foil"})) == (pytest.approx(STRIP), pytest.approx(WALLS))
    with pytest.raises(InputError, match=r"Groups '(nmc|solid)' and '(nmc|solid)' of dimension 2"):
        read_msh(write_strip(path, solid=True), "um", SELF)


@pytest.mark.parametrize("ending", ["vtk", "vtu", "xdmf"])
def test_files_of_integers(tmp_path: Path, ending: str) -> None:
    load_h5py()  # before meshio does
    x = np.array([[i, j, 0.0] for i in range(4) for j in range(2)])
    triangles = np.concatenate([[[2 * i, 2 * i + 2, 2 * i + 3], [2 * i, 2 * i + 3, 2 * i + 1]] for i in range(3)])
    phases = [np.array([0, 0, 7, 7, 7, 7]), np.array([3, -2])]
    mesh = meshio.Mesh(x, [("triangle", triangles), ("line", np.array([[0, 1], [6, 7]]))], cell_data={"phase": phases})
    path = tmp_path / f"a.{ending}"
    mesh.write(path)
    with pytest.raises(InputError, match=r"names no region; they carry 0, 7: name these"):
        read_msh(path, "um", SELF)
    names: Any = {"regions": {0: "separator", 7: "nmc"}, "surfaces": {3: "lithium", -2: "foil"}}
    volumes, areas = sizes(read_msh(path, "um", SELF, **names))
    assert volumes == pytest.approx({"separator": 1e-12, "nmc": 2e-12})
    assert areas == pytest.approx({"lithium": 1e-6, "foil": 1e-6})
    mesh.cell_data["part"] = [np.zeros(6, int), np.zeros(2, int)]
    mesh.write(path)
    with pytest.raises(InputError, match=r"several integers, 'phase', 'part': choose one, tags = \"phase\""):
        read_msh(path, "um", SELF, **names)
    with pytest.raises(InputError, match="no array 'phases', but 'phase', 'part'"):
        read_msh(path, "um", SELF, tags="phases", **names)
    assert read_msh(path, "um", SELF, tags="phase", **names).summary.volumes == pytest.approx(volumes)


def test_vtk_files_of_gmsh_hold_numbers(tmp_path: Path) -> None:
    path = write_strip(tmp_path / "a.vtk")
    names: Any = {"regions": {1: "separator", 2: "nmc"}, "surfaces": {3: "lithium", 4: "foil"}}
    volumes, areas = sizes(read_msh(path, "um", SELF, **names))  # one group for each element is all that gmsh writes
    assert volumes == pytest.approx(STRIP)
    assert areas == pytest.approx({"lithium": 10e-6, "foil": 10e-6})


def test_other_formats_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.e").write_text("exodus")
    with pytest.raises(InputError, match=r"a\.e' is of no format that femcell reads \(\.msh, \.inp, \.med"):
        read_msh(tmp_path / "a.e", "um", SELF)


def test_a_file_that_is_cut_off_or_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.msh"
    for options, words in (
        ({"MshFileVersion": 4.0}, "MSH 4.0; save it as"),
        ({"MshFileVersion": 1.0}, "begin as a gmsh"),
    ):
        write_strip(path, options=options)
        with pytest.raises(InputError, match=words):
            read_msh(path, "um", SELF)
    for binary in (0, 1):
        for version in (2.2, 4.1):
            whole = write_strip(path, options={"MshFileVersion": version, "Binary": binary}).read_bytes()
            for share in (0.3, 0.6, 0.95):
                path.write_bytes(whole[: int(share * len(whole))])
                with pytest.raises(InputError, match="cannot be read"):
                    read_msh(path, "um", SELF)


@pytest.mark.mpi
def test_surfaces_that_overlap_keep_all_their_facets(tmp_path: Path) -> None:
    comm = MPI.COMM_WORLD
    path = Path(comm.bcast(str(tmp_path))) / "a.msh"
    if comm.rank == 0:
        write_strip(path)
    comm.Barrier()
    geometry = read_msh(path)
    domain = distribute(geometry)
    counts = {name: comm.allreduce(len(domain.surface(name)) // 2) for name in WALLS}
    assert counts["lithium"] == counts["foil"] == 2
    assert counts["walls"] == 4
    assert geometry.summary.overlaps == pytest.approx({("lithium", "walls"): 10e-6, ("foil", "walls"): 10e-6})
    geometry.require_apart(("lithium", "foil"), "The terminals")
    with pytest.raises(
        InputError, match=r"The terminals: surfaces 'lithium' and 'walls' .* share 10 um; name surfaces"
    ):
        geometry.require_apart(("walls", "lithium"), "The terminals")


def test_surfaces_between_cells_are_said_to_be(tmp_path: Path) -> None:
    path = write_strip(tmp_path / "a.inp", options={"SaveAll": 1})
    geometry = read_msh(path, "um", SELF)
    assert geometry.summary.inside == pytest.approx({"Line2": 10e-6})
    with pytest.raises(InputError, match=r"surface 'Line2' .* lies between cells; name one of the mesh's outside"):
        geometry.require_surface("Line2", "The positive terminal")


def test_what_brings_a_missing_reader_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    for ending in ("med", "xdmf"):
        path = tmp_path / f"a.{ending}"
        path.touch()
        with pytest.raises(InputError, match=r"needs h5py, which is not installed: pip install 'femcell\[formats\]'"):
            read_msh(path, "um", SELF)
