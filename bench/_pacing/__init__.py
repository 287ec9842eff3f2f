"""A month of arrivals whose truth is known, policies that see of it what an installation sees, and hindsight."""
