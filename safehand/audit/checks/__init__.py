"""Checks: one file a subject. Each fills `audit.ports.Check`."""
