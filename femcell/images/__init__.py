"""Segmented images: which material fills which voxel; read, cleaned, segmented."""

from femcell.images.clean import Layer, crop, resample, with_layers
from femcell.images.image import Image
from femcell.images.islands import joined, pieces, without_islands
from femcell.images.read import RawLayout, read_image

__all__ = [
    "Image",
    "Layer",
    "RawLayout",
    "crop",
    "joined",
    "pieces",
    "read_image",
    "resample",
    "with_layers",
    "without_islands",
]
