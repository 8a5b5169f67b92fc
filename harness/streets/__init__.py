"""The street scenes of the built-in benchmark, and the rain that is drawn on pictures."""
