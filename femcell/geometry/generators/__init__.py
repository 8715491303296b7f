"""Mesh generators on gmsh's kernels: planar stacks, packings of discs and spheres, cells of given particles.

They are serial: call them on one rank only. Each writes a `.msh` in micrometres and returns a `MeshReport`.
"""

from femcell.geometry.generators.cell import particle_cell
from femcell.geometry.generators.discs import disc_packing
from femcell.geometry.generators.gmsh_tools import MeshReport
from femcell.geometry.generators.particles import ElectrodePacking, Particles
from femcell.geometry.generators.placement import Placement, place
from femcell.geometry.generators.pouch import Tab, pouch_stack
from femcell.geometry.generators.shapes import Electrode
from femcell.geometry.generators.sizes import MeshSize
from femcell.geometry.generators.spheres import sphere_packing
from femcell.geometry.generators.stack import Layer, planar_stack

__all__ = [
    "Electrode",
    "ElectrodePacking",
    "Layer",
    "MeshReport",
    "MeshSize",
    "Particles",
    "Placement",
    "Tab",
    "disc_packing",
    "particle_cell",
    "place",
    "planar_stack",
    "pouch_stack",
    "sphere_packing",
]
