"""Safehand: the last mile, every parcel in known hands at every moment.

Start at docs/tour.md; the floors are listed in docs/adr/0001-floors.md and enforced by import-linter.
"""

__version__ = "0.1.0"
