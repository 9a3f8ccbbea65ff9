"""The Jira connector. Only this light module is imported to find it; the rest when a connection is opened.

The class stands in ``connection.py``: a submodule named ``connector`` would take the place of the function below,
which the entry point names, as soon as it is imported, and a second connection could not be opened.
"""

from journeysync.connector import ConnectionSettings, Connector


def connector(settings: ConnectionSettings) -> Connector:
    """Open one connection to Jira.

    Raises:
        ConfigError: Address, auth kind, scope or an option is wrong; nothing was requested yet.
    """
    from journeysync_jira.connection import JiraConnector

    return JiraConnector(settings)
