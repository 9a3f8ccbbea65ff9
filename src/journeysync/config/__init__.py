"""journeysync.yaml and mappings/: read, checked, and turned into settings and connections."""

from journeysync.config.check import check_mappings, with_current_ids
from journeysync.config.connect import fields_of, installed_connectors, load_connector, resolve_connection
from journeysync.config.load import load_settings
from journeysync.config.locate import find_config
from journeysync.config.packs import available_packs, copy_pack
from journeysync.config.schemas import schemas
from journeysync.config.settings import Brakes, ConnectionConfig, Settings, WriteScope
from journeysync.config.show import shown_config
from journeysync.config.store import absolute_store_url, address_holds_password, store_password
from journeysync.config.validate import validate_workspace
from journeysync.sources.problem import Problem

__all__ = [
    "Brakes",
    "ConnectionConfig",
    "Problem",
    "Settings",
    "WriteScope",
    "absolute_store_url",
    "address_holds_password",
    "available_packs",
    "check_mappings",
    "copy_pack",
    "fields_of",
    "find_config",
    "installed_connectors",
    "load_connector",
    "load_settings",
    "resolve_connection",
    "schemas",
    "shown_config",
    "store_password",
    "validate_workspace",
    "with_current_ids",
]
