"""What is known of a run, or of a rain set, before any model runs: the command ``check``."""
