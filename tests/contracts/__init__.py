"""Contracts on an in-memory chain (titanoboa)."""
