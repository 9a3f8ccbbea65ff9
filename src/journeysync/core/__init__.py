"""Pure functions from values to values: no file, no tracker, no clock. Sees model and errors only."""
