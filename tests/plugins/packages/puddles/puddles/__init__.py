"""Rain sets and tasks: one of each is sound."""
