"""journeysync: links the backlog to the customer journey it serves."""

__version__ = "0.1.0"
