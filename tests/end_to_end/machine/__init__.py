"""A small company whose people and runs take turns at random: trackers, people's own record, and the workspace."""
