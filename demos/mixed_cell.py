"""A full cell that resolves one electrode and averages the other, on one mesh.

The discs of NMC811 are resolved: lithium diffuses in each, and the reaction runs on their surface. The graphite is a
porous electrode: a material of its region like any other, with the spheres of Chen et al. (2020) at every point. What
is worth resolving is resolved, and the rest costs what a DFN costs. Run: mpirun -n 2 python demos/mixed_cell.py
"""

import femcell as fc

chen = fc.library.chen2020()
cell = fc.ResolvedCell(
    fc.read_msh("meshes/mixed_full_cell_2d.msh", unit="um"),
    electrolyte=chen.electrolyte,
    regions={
        "graphite": chen.negative,  # a porous electrode: averaged
        "separator": chen.separator,
        "nmc": chen.positive.active,  # an active material: resolved
        "foil": fc.library.aluminium(),
    },
    terminals={"positive": "foil_top", "negative": "negative_collector"},
)

if __name__ == "__main__":
    result = fc.simulate(cell, ["Discharge at 1C for 30 minutes"], output="out/mixed_cell")
    if result.comm.rank == 0:
        print(f"{result.time[-1]:.1f} s at 1C: {result.voltage[-1]:.4f} V")
        print("worst audit of any step:", max(result.summary["worst_audit"].values()))
