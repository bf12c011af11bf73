"""Migrations: what changed in the database, revision by revision. migrating.py applies them."""
