"""The file connector: work that stands in a table, as campaigns, service requests or roadmap lines do. Read only.

Only this light module is imported to find it; the rest when a connection is opened.
"""

from journeysync.connector import ConnectionSettings, Connector


def connector(settings: ConnectionSettings) -> Connector:
    """Open one file.

    Raises:
        ConfigError: The address, the scope, a column or an option is wrong; the file was not opened yet.
    """
    from journeysync_file.connection import FileConnector

    return FileConnector(settings)
