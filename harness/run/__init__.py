"""A run: what is to be done, one pass over the images, and what comes of it."""
