"""Ablations: variants of one training, trained on one budget and judged by one benchmark."""
