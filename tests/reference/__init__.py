"""Independent solutions that femcell is judged by: plain numpy and scipy, without femcell and DOLFINx."""
