"""A derainer in a process of its own: what kills or fills that process harms no other."""
