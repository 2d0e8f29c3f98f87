"""The weight files: known, loaded, linked, proved by their sha256."""
