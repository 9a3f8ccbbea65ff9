import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from journeysync.errors import ExitCode, LeaseLost
from journeysync.store import Lease, Store
from journeysync.store.process import this_process
from journeysync.testing.databases import let_leases_age

NOW = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)
SOON = NOW + timedelta(seconds=30)
LATE = NOW + timedelta(seconds=61)


def test_a_second_run_is_told_who_holds_the_connection_and_until_when(store: Store) -> None:
    store.acquire("billing", "pid 1 on build-3", seconds=60, now=NOW)
    with pytest.raises(LeaseLost) as caught:
        store.acquire("billing", "pid 2", seconds=60, now=SOON)
    said = re.sub(r"until \S+ \S+ UTC", "until then", str(caught.value))
    assert said == (
        "another run is under way on connection 'billing'\n"
        "  where: held by pid 1 on build-3 until then\n"
        "  next:  wait for it to end; one that died on another machine frees the connection at that time"
    )
    assert caught.value.exit_code == ExitCode.TRY_LATER


def test_another_connection_is_free(store: Store) -> None:
    store.acquire("billing", "pid 1", seconds=60, now=NOW)
    assert store.acquire("care", "pid 2", seconds=60, now=NOW).token == 1


def test_a_lease_given_back_is_free_at_once_and_the_token_grows(store: Store) -> None:
    first = store.acquire("billing", "pid 1", seconds=60, now=NOW)
    store.release(first)
    second = store.acquire("billing", "pid 2", seconds=60, now=NOW)
    assert (first.token, second.token) == (1, 2)
    with pytest.raises(LeaseLost):
        store.check(first)


def test_a_lease_that_ran_out_is_taken_over_and_its_holder_finds_out(store: Store) -> None:
    slow = store.acquire("billing", "pid 1", seconds=60, now=NOW)
    store.check(slow)
    let_leases_age(store, LATE - NOW)
    fast = store.acquire("billing", "pid 2", seconds=60, now=LATE)
    assert fast.token == slow.token + 1
    store.check(fast)
    for use in (store.check, store.renew):
        with pytest.raises(LeaseLost, match="to another run") as caught:
            use(slow)
        assert f"held by pid 2 until {fast.until:%Y-%m-%d %H:%M:%S} UTC" in str(caught.value)
    store.release(slow)
    store.check(fast)


def test_a_renewed_lease_lasts_its_full_time_again(store: Store) -> None:
    lease = store.acquire("billing", "pid 1", seconds=60, now=NOW)
    let_leases_age(store, SOON - NOW)
    store.renew(lease, now=SOON)
    let_leases_age(store, LATE - SOON)
    with pytest.raises(LeaseLost):
        store.acquire("billing", "pid 2", seconds=60, now=LATE)


def test_a_lease_that_ran_out_and_that_nobody_took_can_be_renewed(store: Store) -> None:
    lease = store.acquire("billing", "pid 1", seconds=60, now=NOW)
    assert store.renew(lease, now=LATE).token == lease.token


def test_of_many_that_come_at_once_one_gets_the_lease(store: Store) -> None:
    def take(number: int) -> Lease | None:
        try:
            return store.acquire("billing", f"pid {number}", seconds=60, now=NOW)
        except LeaseLost:
            return None

    with ThreadPoolExecutor(6) as pool:
        taken = [lease for lease in pool.map(take, range(6)) if lease is not None]
    assert [lease.token for lease in taken] == [1]
    store.check(taken[0])


def test_the_lease_of_a_process_that_died_here_is_free_at_once(store: Store, store_url: str) -> None:
    code = (
        "import os, sys; from datetime import datetime, UTC; from journeysync.store import Store\n"
        "from journeysync.store.process import this_process\n"
        "store = Store.open(sys.argv[1]); now = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)\n"
        "store.acquire('billing', this_process(), seconds=600, now=now); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, store_url], check=False).returncode == 9
    assert store.acquire("billing", this_process(), seconds=60, now=NOW).token == 2
    with pytest.raises(LeaseLost):
        store.acquire("billing", "pid 2", seconds=60, now=NOW)


def test_on_a_server_its_clock_decides_whatever_the_clocks_of_those_who_ask_say(store: Store, store_url: str) -> None:
    if store_url.startswith("sqlite"):
        pytest.skip("a file has no clock")
    lease = store.acquire("billing", "pid 1", seconds=60, now=NOW - timedelta(days=400))
    assert abs(lease.until - datetime.now(UTC)) < timedelta(seconds=120)
    with pytest.raises(LeaseLost):
        store.acquire("billing", "pid 2", seconds=60, now=NOW + timedelta(days=400))


def test_a_lease_holds_to_its_last_moment_in_a_file(store: Store, store_url: str) -> None:
    if not store_url.startswith("sqlite"):
        pytest.skip("the clock of a server cannot be set")
    lease = store.acquire("billing", "pid 1", seconds=60, now=NOW)
    assert lease.until == NOW + timedelta(seconds=60)
    with pytest.raises(LeaseLost):
        store.acquire("billing", "pid 2", seconds=60, now=NOW + timedelta(seconds=59))
    assert store.acquire("billing", "pid 2", seconds=60, now=NOW + timedelta(seconds=60)).token == 2
