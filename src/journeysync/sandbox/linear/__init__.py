"""A Linear workspace on loopback: GraphQL over a state in memory, with limits, errors and webhooks like the real."""
