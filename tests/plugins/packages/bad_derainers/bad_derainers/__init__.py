"""Derainers that go wrong, each in a way of its own."""
