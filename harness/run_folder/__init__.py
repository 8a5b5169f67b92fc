"""The folder of a run: a model for each of its files, by which it is written and read."""
