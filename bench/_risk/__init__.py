"""Platforms with planted rings for bench/risk.py, the ways others look for them, and how both are judged."""
