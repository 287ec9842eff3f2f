"""What bench/uplift.py stands on."""
