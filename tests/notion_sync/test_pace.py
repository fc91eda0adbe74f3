"""The pace keeper: never more than the budget in any window, people first, everybody parked together."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import pytest

from core.config import ROOT
from core.errors import Unavailable
from notion_sync.pace import MARGIN, Lane, Pace


class Clock:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 1_000_000.0

    def __call__(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def pace(folder: Path, limit: int, clock: Clock) -> Pace:
    return Pace(folder, limit, 60.0, clock, clock.sleep)


def most_in_a_window(times: list[float], window: float = 60.0) -> int:
    """The largest number of requests that any window of that length holds, wherever it begins."""
    return max(sum(start <= t < start + window for t in times) for start in times)


def test_never_more_than_the_budget_in_any_window(tmp_path: Path) -> None:
    clock = Clock()
    first, second = (pace(tmp_path, 10, clock) for _ in range(2))
    times = []
    for number in range(35):
        (first if number % 2 else second).take("interactive")
        times.append(clock())
        clock.at += 0.01
    assert most_in_a_window(times) == 10
    assert times[-1] - times[0] <= 3 * 60 * 1.05


@pytest.mark.parametrize(("limit", "windows"), [(180, 5), (600, 1)])
def test_a_bulk_push_of_1000_rows_keeps_close_to_the_floor(tmp_path: Path, limit: int, windows: int) -> None:
    """Bursts at the start of a window, no smoothing: within 1.05 of what Notion's fixed windows allow."""
    clock, busy = Clock(), 0.004
    bulk, times = pace(tmp_path, limit, clock), []
    for _ in range(1000):
        bulk.take("bulk")
        times.append(clock())
        clock.at += busy
        bulk.done()
    floor = windows * 60.0 + (1000 - windows * limit) * busy
    assert floor <= times[-1] - times[0] <= 1.05 * floor
    assert most_in_a_window(times) == limit - max(1, limit // 36)


def test_a_request_counts_from_its_answer_on(tmp_path: Path) -> None:
    """Notion may count a slow request as late as it answers: its place is not free 60 s after it left, but later."""
    clock = Clock()
    slow = pace(tmp_path, 1, clock)
    slow.take()
    clock.at += 20.0
    slow.done()
    slow.take()
    assert clock() == pytest.approx(1_000_000.0 + 20.0 + 60.0 + MARGIN, abs=0.01)


def test_bulk_leaves_a_reserve_to_people(tmp_path: Path) -> None:
    clock = Clock()
    bulk, person = (pace(tmp_path, 180, clock) for _ in range(2))
    for _ in range(175):
        bulk.take("bulk")
    assert bulk.room("bulk") == pytest.approx(60.0 + MARGIN, abs=0.01)
    assert bulk.room("interactive") == 0.0
    for _ in range(5):
        person.take("interactive")
    assert clock() == 1_000_000.0
    assert person.room("interactive") == pytest.approx(60.0 + MARGIN, abs=0.01)
    assert bulk.used() == 180


@pytest.mark.parametrize(("limit", "reserve"), [(600, 16), (180, 5), (36, 1), (2, 1), (1, 0), (0, 0)])
def test_the_reserve_never_stops_bulk_for_good(tmp_path: Path, limit: int, reserve: int) -> None:
    clock = Clock()
    bulk = pace(tmp_path, limit, clock)
    assert bulk.reserve == reserve
    for _ in range(3):
        bulk.take("bulk")


def test_bulk_goes_second_while_a_person_waits(tmp_path: Path) -> None:
    clock = Clock()
    person, bulk = (pace(tmp_path, 3, clock) for _ in range(2))
    for _ in range(3):
        person.take("interactive")
    clock.at += 58
    assert person._try("interactive") > 0  # waits, and says so
    clock.at += 60.3 - 58  # three places are free; the person has not looked again yet
    assert bulk._try("bulk") > 0
    assert person._try("interactive") == 0.0
    assert bulk._try("bulk") == 0.0


def test_a_person_who_was_killed_while_waiting_holds_nobody(tmp_path: Path) -> None:
    clock = Clock()
    person, bulk = (pace(tmp_path, 3, clock) for _ in range(2))
    for _ in range(3):
        person.take("interactive")
    assert person._try("interactive") > 0
    clock.at += 70
    bulk.take("bulk")
    assert clock() == 1_000_070.0


def test_room_takes_nothing(tmp_path: Path) -> None:
    clock = Clock()
    one = pace(tmp_path, 10, clock)
    for _ in range(50):
        assert one.room("bulk") == 0.0
    assert one.used() == 0


@pytest.mark.parametrize("lane", ["bulk", "interactive"])
def test_a_park_holds_everybody_in_both_lanes(tmp_path: Path, lane: Lane) -> None:
    clock = Clock()
    pace(tmp_path, 10, clock).park(7)
    other = pace(tmp_path, 10, clock)
    assert other.room(lane) == 7.0
    other.take(lane)
    assert clock() == 1_000_007.0


def test_a_shorter_park_does_not_end_a_longer_one(tmp_path: Path) -> None:
    clock = Clock()
    one = pace(tmp_path, 10, clock)
    one.park(100)
    one.park(5)
    assert one.parked() == 100.0


def test_a_park_longer_than_a_pass_waits_ends_it_with_a_clear_error(tmp_path: Path) -> None:
    clock = Clock()
    one = pace(tmp_path, 10, clock)
    one.park(3600)
    with pytest.raises(Unavailable, match=r"60 more minutes\. Nothing is lost"):
        one.take("interactive")
    assert clock() == 1_000_000.0


def test_a_clock_set_back_or_forward_does_not_block(tmp_path: Path) -> None:
    clock = Clock()
    one = pace(tmp_path, 10, clock)
    for _ in range(9):
        one.take("bulk")
    one.park(30)
    clock.at -= 86_400
    one.take("bulk")
    assert clock() == 1_000_000.0 - 86_400
    one.park(30)
    clock.at += 30 * 86_400
    one.take("bulk")
    assert clock() == 1_000_000.0 + 29 * 86_400


def test_nobody_sets_the_clock_that_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall clock may jump: the budget of the last minute stays spent."""
    one = Pace(tmp_path, 5)
    for _ in range(4):
        one.take("bulk")
    for jump in (-3600.0, 3600.0):
        monkeypatch.setattr("time.time", lambda jump=jump, real=time.time: real() + jump)
        assert Pace(tmp_path, 5).used() == 4
        assert Pace(tmp_path, 5).room("bulk") > 50


FOREIGN = [
    b"", b"{", b'{"sent": [1.0, 2', b"[]", b"null", b'"text"', b"\xff\xfe\x00", b'{"sent": "abc", "since": 0, "until": 0}',
    b'{"sent": [null], "since": 0, "until": 0, "claims": {}, "turn": 1}',
    b'{"sent": [NaN], "since": 0, "until": Infinity, "claims": {}, "turn": 1}',
    b'{"sent": [1e999], "since": 0, "until": 0, "claims": {}, "turn": 1}',
    b'{"sent": [], "since": 0, "until": true, "claims": {}, "turn": 1}',
    b'{"sent": [], "since": 0, "until": 0, "claims": [1], "turn": 1}',
    b'{"sent": [], "since": 0, "until": 0, "claims": {}, "turn": "x"}', b"[" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("raw", FOREIGN)
@pytest.mark.parametrize("marked", [True, False])
def test_a_foreign_file_is_begun_anew(tmp_path: Path, raw: bytes, marked: bool) -> None:
    clock = Clock()
    for number in (0, 1):
        mark = b"%08x " % zlib.crc32(raw) if marked else b""
        (tmp_path / f"notion-pace-{number}.txt").write_bytes(mark + raw + b"\n")
    one = pace(tmp_path, 10, clock)
    assert (one.parked(), one.room("bulk"), one.used()) == (0.0, 0.0, 0)
    for taken in (1, 2, 3):
        one.take()
        assert (clock(), pace(tmp_path, 10, clock).used()) == (1_000_000.0, taken)


@pytest.mark.parametrize("left", [0, 1, 9, 40])
def test_a_write_that_was_cut_leaves_the_one_before(tmp_path: Path, left: int) -> None:
    """Killed in the middle of a write: at most the last place is forgotten, never the budget or the park."""
    clock = Clock()
    one = pace(tmp_path, 10, clock)
    one.park(50)
    clock.at += 50
    for taken in range(2, 9):
        one.take()
        before = {path: path.read_bytes() for path in tmp_path.glob("notion-pace-*.txt")}
        one.take("interactive")
        (newer,) = [path for path in before if path.read_bytes() != before[path]]
        whole = newer.read_bytes()
        newer.write_bytes(whole[:left] + before[newer][left:])
        assert pace(tmp_path, 10, clock).used() == taken - 1
        newer.write_bytes(whole)
        assert pace(tmp_path, 10, clock).used() == taken
        clock.at += 70
        for _ in range(taken - 1):
            one.take()


def test_a_file_that_somebody_changed_is_not_believed(tmp_path: Path) -> None:
    clock = Clock()
    one = pace(tmp_path, 10, clock)
    one.take()
    for path in tmp_path.glob("notion-pace-*.txt"):
        path.write_bytes(path.read_bytes().replace(b'"until": 0.0', b'"until": 2000000.0'))
    assert pace(tmp_path, 10, clock).parked() == 0.0


def test_a_file_that_cannot_be_written_is_said_and_nothing_is_sent(tmp_path: Path) -> None:
    for number in (0, 1):
        (tmp_path / f"notion-pace-{number}.txt").mkdir()
    with pytest.raises(Unavailable, match="pace of requests cannot be kept"):
        Pace(tmp_path, 10).take()


def test_threads_share_the_budget(tmp_path: Path) -> None:
    taken: list[float] = []

    def work() -> None:
        one = Pace(tmp_path, 12, 0.5)
        for _ in range(6):
            one.take("interactive")
            taken.append(time.monotonic())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 18
    assert most_in_a_window(taken, 0.5) <= 12


WORKER = """
import sys, time
from pathlib import Path
from notion_sync.pace import Pace
one = Pace(Path(sys.argv[1]), 40, 1.0)
print("ready", flush=True)
while True:
    one.take(sys.argv[2])
    print(time.monotonic(), flush=True)
    one.done()
"""


def test_processes_share_the_budget_through_kill_9(tmp_path: Path) -> None:
    """One is killed in the middle of its work, again and again: the others go on, and no window is overdrawn."""
    times: list[float] = []

    def start(lane: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path), lane], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "ready"
        return child

    def end(child: subprocess.Popen[str]) -> list[float]:
        child.kill()
        said = child.communicate()[0].split("\n")[:-1]  # what was cut in the middle does not count
        return [float(line) for line in said]

    keeps = start("bulk")
    for _ in range(4):
        dies = start("interactive")
        time.sleep(0.3)
        times += end(dies)
    time.sleep(0.5)
    times += end(keeps)
    assert len(times) > 60
    assert most_in_a_window(times, 1.0) <= 40
    assert Pace(tmp_path, 40, 1.0).room("bulk") < 2.0
