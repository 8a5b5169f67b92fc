"""MAXIM, a network of multi-axis perceptrons, and the reading of its published weights."""

from baselines.maxim.derainer import MAXIMDerainer

__all__ = ["MAXIMDerainer"]
