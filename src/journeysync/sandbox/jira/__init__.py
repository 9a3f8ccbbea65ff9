"""Jira in the sandbox: one state, one wire per flavour."""
