"""Where things are: named regions, surfaces and interfaces of a mesh."""

from femcell.geometry.components import Component
from femcell.geometry.domain import Domain, SubDomain, distribute
from femcell.geometry.geometry import Geometry, Summary
from femcell.geometry.raw import RawMesh
from femcell.geometry.read import read_msh

__all__ = ["Component", "Domain", "Geometry", "RawMesh", "SubDomain", "Summary", "distribute", "read_msh"]
