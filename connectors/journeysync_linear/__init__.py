"""The Linear connector. Only this light module is imported to find it; the rest when a connection is opened."""

from journeysync.connector import ConnectionSettings, Connector


def connector(settings: ConnectionSettings) -> Connector:
    """Open one connection to a Linear workspace.

    Raises:
        ConfigError: Address, auth kind, scope or an option is wrong; nothing was requested yet.
    """
    from journeysync_linear.connection import LinearConnector

    return LinearConnector(settings)
