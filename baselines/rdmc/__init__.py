"""RDMC, the recursive dynamic multi-scale network this benchmark is built around."""

from baselines.rdmc.derainer import RDMC, RDMCSmall

__all__ = ["RDMC", "RDMCSmall"]
