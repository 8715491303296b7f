"""Build `lfp_half_cell_2d.msh`: lithium | electrolyte around three LFP particles | aluminium foil, two-dimensional.

Run `python meshes/build_lfp_half_cell.py [FILE]`. Particles of 40 to 60 nm, as in nanosized LiFePO4; the electrolyte is
as thin. Cells within the particles are 1.4 nm: two across the 3 nm interface between the phases.
"""

from __future__ import annotations

import sys
from pathlib import Path

from femcell.geometry.generators.gmsh_tools import MeshReport, measure, name_group, session, write

NM = 1e-3
"""In micrometres, gmsh's unit."""

WIDTH, HEIGHT, FOIL = 130 * NM, 80 * NM, 10 * NM
DISCS = ((25.0, 22.0), (67.0, 17.0), (106.0, 20.0))
"""Position along the foil and radius, nm; each is cut by the foil at 0.3 of its radius."""
FINE, COARSE = 1.4 * NM, 8 * NM


def build(path: Path) -> MeshReport:
    """Write the half cell."""
    with session("lfp half cell") as gmsh:
        occ = gmsh.model.occ
        box = occ.addRectangle(0, 0, 0, WIDTH, HEIGHT)
        foil = occ.addRectangle(0, HEIGHT, 0, WIDTH, FOIL)
        discs = [occ.addDisk(x * NM, HEIGHT - 0.7 * r * NM, 0, r * NM, r * NM) for x, r in DISCS]
        inside, _ = occ.intersect([(2, d) for d in discs], [(2, box)], removeTool=False)
        _, origin = occ.fragment([(2, box), (2, foil)], inside)
        occ.synchronize()
        grains = sorted({tag for parts in origin[2:] for _, tag in parts})
        metal = [tag for _, tag in origin[1]]
        pore = [tag for _, tag in origin[0] if tag not in grains]
        for tags, name in ((pore, "electrolyte"), (grains, "lfp"), (metal, "foil")):
            name_group(gmsh, 2, tags, name)
        for value, name in ((0.0, "lithium"), (HEIGHT + FOIL, "foil_top")):
            edges = gmsh.model.getEntitiesInBoundingBox(-1, value - 1e-6, -1, 1, value + 1e-6, 1, 1)
            name_group(gmsh, 1, [tag for _, tag in edges], name)
        gmsh.option.setNumber("Mesh.MeshSizeExtendFromBoundary", 0)
        field = gmsh.model.mesh.field
        field.add("Constant", 1)
        field.setNumbers(1, "SurfacesList", grains)
        field.setNumber(1, "VIn", FINE)
        field.setNumber(1, "VOut", COARSE)
        field.setAsBackgroundMesh(1)
        gmsh.model.mesh.generate(2)
        report = measure(gmsh, 2, path)
        write(gmsh, path)
        return report


if __name__ == "__main__":
    print(build(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("lfp_half_cell_2d.msh")))
