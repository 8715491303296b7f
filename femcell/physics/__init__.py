"""Balance laws as pure functions from fields and material laws to UFL; one file per law."""
