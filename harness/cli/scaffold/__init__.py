"""Packages to begin with: ``new-derainer`` writes one that works, to be changed bit by bit."""

from harness.cli.scaffold.new_derainer import NewDerainer, write_package

__all__ = ["NewDerainer", "write_package"]
