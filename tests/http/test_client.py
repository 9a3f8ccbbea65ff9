import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import respx

from journeysync.connector import Traffic
from journeysync.errors import AuthFailed, ConfigError, ConnectorError, RateLimited, Unavailable
from journeysync.http import Clock, HttpClient, Request, RetryLimits

Make = Callable[..., HttpClient]
PATIENCE = 30.0
"""Seconds, where something comes at once unless the machine is busy."""
URL = "https://jira.example/context/rest/thing"
GET = Request("GET", "rest/thing")
POST = Request("POST", "rest/thing", body={"a": 1})


@respx.mock
def test_the_context_path_and_the_authorization_go_along(make_client: Make) -> None:
    route = respx.get(URL).respond(json={"ok": True})
    answer = make_client().send(GET)
    assert answer.value == {"ok": True}
    sent = route.calls.last.request
    assert sent.headers["authorization"] == "Basic c2VjcmV0LXRva2Vu"
    assert sent.headers["user-agent"].startswith("journeysync")
    assert "gzip" in sent.headers["accept-encoding"]


@respx.mock
def test_a_renewed_token_counts_from_the_next_request(make_client: Make) -> None:
    tokens = iter(["Bearer one", "Bearer two"])
    route = respx.get(URL).respond(json={})
    client = make_client(authorization=lambda: next(tokens))
    client.send(GET)
    client.send(GET)
    assert [call.request.headers["authorization"] for call in route.calls] == ["Bearer one", "Bearer two"]


@respx.mock
def test_a_rate_limit_is_waited_out_as_long_as_the_server_says(make_client: Make, clock: Any, traffic: Traffic) -> None:
    respx.get(URL).mock(side_effect=[httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(200, json=[])])
    assert make_client().send(GET).ok
    assert clock.slept == [7.0]
    assert (traffic.requests, traffic.retries, traffic.waited_seconds) == (2, 1, 7.0)


@respx.mock
def test_a_reset_in_the_servers_time_is_right_although_our_clock_is_wrong(make_client: Make, clock: Any) -> None:
    limited = httpx.Response(
        429, headers={"X-RateLimit-Reset": "2026-03-26T16:00Z", "Date": "Thu, 26 Mar 2026 15:59:50 GMT"}
    )
    respx.get(URL).mock(side_effect=[limited, httpx.Response(200, json=[])])
    make_client().send(GET)
    assert clock.slept == [10.0]


@respx.mock
def test_a_pause_of_half_an_hour_ends_the_run_with_the_time_to_come_back(make_client: Make, clock: Any) -> None:
    respx.get(URL).respond(429, headers={"Retry-After": "1847"})
    with pytest.raises(RateLimited) as caught:
        make_client().send(GET)
    assert caught.value.retry_after_seconds == 1847
    assert "1847 seconds" in str(caught.value)
    assert clock.slept == []


@respx.mock
def test_all_pauses_together_are_bounded(make_client: Make, clock: Any) -> None:
    respx.get(URL).respond(429, headers={"Retry-After": "50"})
    client = make_client(retry=RetryLimits(tries=100, total_wait_seconds=120, jitter=0))
    with pytest.raises(RateLimited):
        client.send(GET)
    assert sum(clock.slept) == 100


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
@respx.mock
def test_an_outage_is_retried_a_few_times_and_then_told(make_client: Make, traffic: Traffic, status: int) -> None:
    respx.get(URL).respond(status)
    with pytest.raises(Unavailable) as caught:
        make_client().send(GET)
    assert traffic.requests == 5
    assert caught.value.status == status
    assert caught.value.where == "billing"


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("peer closed connection"),
        httpx.Response(200, text="<html>log in</html>", headers={"content-type": "text/html"}),
        httpx.Response(200, text='{"half":', headers={"content-type": "application/json"}),
        httpx.Response(200, text="\n<!DOCTYPE html><p>maintenance"),
    ],
)
@respx.mock
def test_cut_slow_and_foreign_answers_are_tried_again(make_client: Make, trouble: Any) -> None:
    respx.get(URL).mock(side_effect=[trouble, httpx.Response(200, json={"whole": True})])
    assert make_client().send(GET).value == {"whole": True}


@respx.mock
def test_a_creation_whose_answer_was_lost_is_not_sent_again(make_client: Make, traffic: Traffic) -> None:
    respx.post(URL).mock(side_effect=httpx.ReadTimeout("slow"))
    with pytest.raises(Unavailable):
        make_client().send(POST)
    assert traffic.requests == 1
    assert traffic.writes == 1


@respx.mock
def test_a_creation_that_never_left_is_sent_again(make_client: Make) -> None:
    respx.post(URL).mock(side_effect=[httpx.ConnectError("refused"), httpx.Response(201, json={"id": 1})])
    assert make_client().send(POST).status == 201


@respx.mock
def test_a_refused_token_stops_at_once(make_client: Make, traffic: Traffic) -> None:
    respx.get(URL).respond(401, text="nope")
    with pytest.raises(AuthFailed):
        make_client().send(GET)
    assert traffic.requests == 1


@respx.mock
def test_a_refusal_of_one_request_is_the_callers_to_read(make_client: Make) -> None:
    respx.get(URL).respond(404, json={"errorMessages": ["gone"]})
    answer = make_client().send(GET)
    assert (answer.status, answer.value) == (404, {"errorMessages": ["gone"]})


@respx.mock
def test_the_token_never_follows_a_redirect_to_another_origin(make_client: Make) -> None:
    respx.get(URL).respond(302, headers={"Location": "https://evil.example/collect?x=1"})
    evil = respx.route(host="evil.example").respond(200, json={})
    with pytest.raises(ConfigError, match=r"evil\.example"):
        make_client().send(GET)
    assert not evil.called


@pytest.mark.parametrize(
    "address", ["https://evil.example/x", "http://jira.example/x", "https://jira.example:8443/x", "//evil.example/x"]
)
def test_a_next_page_at_another_origin_is_refused(make_client: Make, address: str, traffic: Traffic) -> None:
    with pytest.raises(ConnectorError, match="another origin"):
        make_client().send(Request("GET", address))


@respx.mock
def test_a_redirect_at_home_is_followed(make_client: Make) -> None:
    respx.get(URL).respond(301, headers={"Location": "/context/rest/other"})
    respx.get("https://jira.example/context/rest/other").respond(json={"moved": True})
    request = Request("GET", "rest/thing", tag="mine")
    answer = make_client().send(request)
    assert answer.value == {"moved": True}
    assert answer.request.tag == "mine"


@respx.mock
def test_a_redirect_in_a_circle_ends(make_client: Make) -> None:
    respx.get(URL).respond(302, headers={"Location": URL})
    with pytest.raises(Unavailable, match="circle"):
        make_client().send(GET)


@respx.mock
def test_errors_show_no_secret_and_no_control_characters(make_client: Make) -> None:
    respx.get(URL).mock(side_effect=httpx.ReadError("broke with Basic c2VjcmV0LXRva2Vu and secret-token\x1b[31m"))
    with pytest.raises(Unavailable) as caught:
        make_client().send(GET)
    for words in (str(caught.value), repr(caught.value)):
        assert "secret-token" not in words
        assert "c2VjcmV0" not in words
        assert "\x1b" not in words


@respx.mock
def test_no_session_of_the_server_is_kept(make_client: Make) -> None:
    route = respx.get(URL).respond(json={}, headers={"Set-Cookie": "JSESSIONID=1; Path=/"})
    client = make_client()
    client.send(GET)
    client.send(GET)
    assert "cookie" not in route.calls.last.request.headers


@respx.mock
def test_the_date_header_tells_the_clock_skew(make_client: Make, traffic: Traffic) -> None:
    respx.get(URL).respond(json={}, headers={"Date": "Sun, 22 Nov 2026 12:05:00 GMT"})
    answer = make_client().send(GET)
    assert answer.server_time == datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
    assert traffic.clock_skew_seconds == 300


@respx.mock
def test_half_an_emoji_does_not_spoil_an_answer(make_client: Make) -> None:
    respx.get(URL).respond(content=b'{"title": "broken \\ud83d end"}', headers={"content-type": "application/json"})
    assert make_client().send(GET).value == {"title": "broken ? end"}


@respx.mock
def test_answers_come_in_order_whatever_the_server_does(make_client: Make) -> None:
    def slow_first(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["n"])
        time.sleep(0.03 if number % 4 == 0 else 0)
        return httpx.Response(200, json=number)

    respx.get(URL).mock(side_effect=slow_first)
    client = make_client(in_flight=4)
    answers = client.window(Request("GET", "rest/thing", {"n": str(number)}) for number in range(40))
    assert [answer.value for answer in answers] == list(range(40))


@respx.mock
def test_the_window_is_fed_no_further_than_it_is_wide(make_client: Make) -> None:
    respx.get(URL).respond(json={})
    fed = 0

    def requests() -> Iterator[Request]:
        nonlocal fed
        for _number in range(1_000):
            fed += 1
            yield GET

    window = make_client(in_flight=4).window(requests())
    for _answer in range(3):
        next(window)
    assert fed <= 7


@respx.mock
def test_the_first_error_ends_a_window_and_no_more_is_sent(make_client: Make, traffic: Traffic) -> None:
    respx.get(URL).respond(401)
    with pytest.raises(AuthFailed):
        list(make_client(in_flight=4).window([GET] * 1_000))
    assert traffic.requests <= 5


@respx.mock
def test_one_pause_holds_all_threads_of_a_connection(make_client: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """One 429 among many requests in flight: the next requests start only after the pause."""
    lock, paused = threading.Lock(), threading.Event()
    times: list[float] = []
    limited = False

    def answer(_request: httpx.Request) -> httpx.Response:
        nonlocal limited
        with lock:
            times.append(time.monotonic())
            first, limited = not limited, True
        if first:
            return httpx.Response(429, headers={"Retry-After": "0.3"})
        assert paused.wait(PATIENCE)  # however late the first one's thread gets its turn
        return httpx.Response(200, json={})

    respx.get(URL).mock(side_effect=answer)
    client = make_client(in_flight=4, clock=Clock())
    pause = client._pacer.pause
    monkeypatch.setattr(client._pacer, "pause", lambda *how, **more: (pause(*how, **more), paused.set()))
    assert len(list(client.window([GET] * 12))) == 12
    begun_inside_the_pause = [at for at in times[4:] if at - times[0] < 0.29]
    assert begun_inside_the_pause == []


@respx.mock
def test_a_limit_on_one_endpoint_does_not_hold_the_others(make_client: Make, clock: Any) -> None:
    respx.get(URL).mock(side_effect=[httpx.Response(429, headers={"Retry-After": "5"}), httpx.Response(200, json={})])
    respx.get("https://jira.example/context/rest/other").respond(json={})
    client = make_client(lane_of=lambda request, _headers: request.lane)
    client._pacer.pause(60, lane="search")
    client.send(Request("GET", "rest/other", lane="issue"))
    assert clock.slept == []


@respx.mock
def test_with_nothing_left_the_next_request_waits_for_the_reset(make_client: Make, clock: Any) -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-11-22T12:00:03Z"}
    respx.get(URL).mock(side_effect=[httpx.Response(200, json={}, headers=headers), httpx.Response(200, json={})])
    client = make_client()
    client.send(GET)
    assert clock.slept == []
    client.send(GET)
    assert clock.slept == [3.0]


@respx.mock
def test_near_the_limit_requests_leave_one_after_the_other(make_client: Make, clock: Any) -> None:
    respx.get(URL).respond(json={}, headers={"X-RateLimit-NearLimit": "true"})
    client = make_client()
    for _request in range(4):
        client.send(GET)
    assert len(clock.slept) == 3


def test_an_address_that_is_none_is_a_mistake_in_the_configuration(make_client: Make) -> None:
    for address in ("jira.example", "ftp://jira.example", "https://", "https://host:port/"):
        with pytest.raises(ConfigError):
            make_client(base_url=address)


class _Rude(BaseHTTPRequestHandler):
    """Half a body, a trickle, or a dropped connection, by path."""

    def do_GET(self) -> None:
        if self.path == "/trickle":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _piece in range(50):
                try:
                    self.wfile.write(b" ")
                    self.wfile.flush()
                except OSError:
                    return
                time.sleep(0.02)
            return
        if self.path == "/half":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"half": ')
        self.close_connection = True

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def rude_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Rude) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["half", "dropped"])
def test_a_real_connection_that_breaks_is_an_outage(make_client: Make, rude_server: str, path: str) -> None:
    client = make_client(base_url=rude_server)
    with pytest.raises(Unavailable, match="broke off"):
        client.send(Request("GET", path))


def test_a_body_that_trickles_for_ever_ends(make_client: Make, rude_server: str) -> None:
    client = make_client(base_url=rude_server, clock=Clock(), answer_seconds=0.1, retry=RetryLimits(tries=1))
    with pytest.raises(Unavailable, match="in time"):
        client.send(Request("GET", "trickle"))


def test_closing_a_connection_ends_its_waits(make_client: Make) -> None:
    client = make_client(clock=Clock())
    client._pacer.pause(60)
    begun = time.monotonic()
    waiting = client.submit(client.send, GET)
    time.sleep(0.05)
    client.close()
    with pytest.raises(Unavailable):
        waiting.result(timeout=PATIENCE)
    assert time.monotonic() - begun < PATIENCE
