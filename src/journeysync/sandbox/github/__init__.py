"""GitHub in the sandbox: one state; REST and GraphQL over it, in the form of github.com or of an Enterprise Server."""
