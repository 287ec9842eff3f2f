"""A seeded platform with known truth, always labelled simulated."""
