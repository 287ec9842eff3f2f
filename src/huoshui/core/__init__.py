"""Decisions and money as pure functions: values in, values out."""
