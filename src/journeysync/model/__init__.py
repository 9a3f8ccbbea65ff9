"""Frozen values and the one vocabulary (style.md 6). Sees errors only."""
