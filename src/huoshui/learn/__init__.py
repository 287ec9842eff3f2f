"""Models: what is fitted to data, saved as numbers, and asked again."""
