"""What is learnt from microstructures: numbers, effective properties, representative sizes."""
