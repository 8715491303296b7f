"""What a run leaves behind: time series, fields, checkpoints, pictures. Knows systems, not physics."""
