"""Derainers that harm whoever they share a process with, and a sound one to compare with."""
