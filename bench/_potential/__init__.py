"""What bench/potential.py stands on."""
