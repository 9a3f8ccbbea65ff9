"""The benchmarks run, at sizes that take seconds; no time is asserted, since a test machine promises none."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def benchmark(*arguments: str, expect: int = 0) -> str:
    """Run benchmarks once each; return what they print, or their complaint."""
    command = [sys.executable, "-m", "benchmarks", *arguments, "--times", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400)
    assert done.returncode == expect, done.stderr
    return done.stderr if expect else done.stdout


def numbers(line: str) -> list[float]:
    """Return the numbers of a table's row, after its name."""
    return [float(number.replace(",", "")) for number in re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?", line)]


def row(printed: str, name: str) -> str:
    """Return what stands in a table's row behind its name."""
    (found,) = [line for line in printed.splitlines() if line.strip().startswith(name)]
    return found.strip().removeprefix(name)


def test_a_cold_pull_asks_for_the_most_rows_that_a_request_may_have() -> None:
    printed = benchmark("cold_pull", "--tickets", "250")

    for delay in ("0", "50"):
        assert numbers(row(printed, f"{delay} ms a request: journeysync pull"))[2] == 1 + 3
        assert numbers(row(printed, f"{delay} ms a request: bytes only, httpx, 16 in flight"))[2] == 1 + 3


def test_where_nothing_changed_one_request_is_made_and_nothing_is_written_or_matched() -> None:
    printed = benchmark("sync", "--tickets", "200")

    assert numbers(row(printed, "nothing changed (sync)"))[2:5] == [1, 0, 0]
    assert numbers(row(printed, "2 changed (pull)"))[2] == 2


def test_many_tickets_with_twelve_values_are_written_in_few_requests_and_then_in_none() -> None:
    printed = benchmark("push", "--tickets", "100")

    assert numbers(row(printed, "first write: label, field, receipt"))[2] <= 60
    assert numbers(row(printed, "another score: field, receipt"))[2] <= 60
    assert numbers(row(printed, "the same again"))[2:4] == [0, 0]
    assert " 100 links" in row(printed, "first write with a remote link each")


def test_github_is_read_by_the_fullest_pages_and_written_to_a_hundred_tickets_in_a_document() -> None:
    printed = benchmark("github", "--tickets", "120")

    assert numbers(row(printed, "journeysync, REST side by side"))[2] == 1 + 2
    assert numbers(row(printed, "other values"))[0] <= 2 * 2 + 2
    assert numbers(row(printed, "the same again"))[0] == 2


def test_linear_is_read_by_the_fullest_pages_and_written_to_a_hundred_tickets_in_a_document() -> None:
    printed = benchmark("linear", "--tickets", "260")

    assert numbers(row(printed, "journeysync, ranges side by side"))[2] == 2
    assert numbers(row(printed, "first write: label, link, receipt"))[0] <= 3 + 2 + 3
    assert numbers(row(printed, "the same again"))[0] == 2


def test_the_other_benchmarks_run_and_print_their_tables() -> None:
    printed = benchmark("start", "store", "memory", "matching", "--tickets", "300")

    assert numbers(row(printed, "journeysync --help"))[0] > 0
    assert numbers(row(printed, "unchanged tickets, skipped by hash"))[0] > 0
    assert numbers(row(printed, "coverage"))
    assert "300 tickets x 500 rules (label and component only)" in printed


def test_a_name_that_is_no_benchmark_is_answered_with_those_there_are() -> None:
    assert "cold_pull" in benchmark("cold-pull", expect=2)


def test_a_text_that_names_an_epic_of_another_tracker_is_linked_through_it_and_nothing_is_matched_twice() -> None:
    printed = benchmark("across", "--tickets", "400")

    without, named = (
        numbers(row(printed, f"{texts} "))[3]
        for texts in ("no text names another ticket", "texts name epics of the other tracker")
    )
    assert without == 190  # 200 stories of one tracker below 10 epics
    assert named > without + 100
