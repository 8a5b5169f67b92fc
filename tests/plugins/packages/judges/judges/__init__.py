"""Tasks of kinds that the benchmark does not have, each one file."""
