"""Conforming tetrahedra of segmented images: a lattice cut along smooth level sets, remeshed and mended."""

from femcell.geometry.tetrahedra.mesh import ImageMeshReport, ImageMeshSettings, mesh_image

__all__ = ["ImageMeshReport", "ImageMeshSettings", "mesh_image"]
