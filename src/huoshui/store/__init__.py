"""Postgres: the server, its schema, and every SQL statement; what moves balance is written here alone."""
