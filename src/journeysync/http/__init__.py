"""HTTP for every connector: client, window of requests, pacing by server headers, retry decisions, redaction.

Connectors import from here only; httpx itself stays inside ``client.py``. What a
vendor's answer means beyond the plain HTTP rules is the connector's to say.
"""

from journeysync.http.address import is_loopback
from journeysync.http.client import HttpClient
from journeysync.http.limits import http_date, instant_in, seconds_asked
from journeysync.http.message import Answer, Request, decode_json
from journeysync.http.pace import Clock, Pacer
from journeysync.http.redact import plain, redact
from journeysync.http.retry import RetryLimits, next_wait
from journeysync.http.settings import HttpSettings
from journeysync.http.verdict import TRY_AGAIN, standard_verdict, with_next_step

__all__ = [
    "TRY_AGAIN",
    "Answer",
    "Clock",
    "HttpClient",
    "HttpSettings",
    "Pacer",
    "Request",
    "RetryLimits",
    "decode_json",
    "http_date",
    "instant_in",
    "is_loopback",
    "next_wait",
    "plain",
    "redact",
    "seconds_asked",
    "standard_verdict",
    "with_next_step",
]
