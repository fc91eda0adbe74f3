"""Drift: splices are found, clean timelines are left alone, the door is exact about its input."""

import json
import random
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from analytics import drift, drift_scan, drift_scores
from analytics.voice import read

VOICES = {
    "calm": (
        "we often find that patience pays and teams which listen tend to learn more than teams which talk",
        "the work of a good editor is mostly invisible and rarely rewarded however it holds everything together",
        "I spent the morning reading old notes about planning because our next quarter needs a steadier rhythm",
        "people in the workshop asked whether a slower schedule could still meet what the customers expect",
        "what matters in the long run is a habit of small corrections rather than one heroic rescue",
    ),
    "loud": (
        "HUGE news today!!! 🚀 Our app just hit 10k users!!",
        "You NEED this. Seriously. Stop scrolling, sign up now 👉 it's free!",
        "Hot take: nobody reads your emails 😅 do video!",
        "3 hacks to grow fast 🔥\n- post daily\n- reply fast\n- be bold!",
        "Let's GO!!! Crushing goals with the squad 💪💪",
    ),
}


def post(voice: str, rng: random.Random) -> str:
    parts = [rng.choice(VOICES[voice]) for _ in range(4)]
    if voice == "loud":
        return "\n\n".join(parts)
    return ". ".join(p.capitalize() for p in parts) + "."


def timeline(*parts: tuple[str, int], seed: int = 0) -> list:
    rng = random.Random(seed)
    return [read(post(voice, rng)) for voice, n in parts for _ in range(n)]


def test_a_take_over_is_found_soon_and_placed():
    found = drift.watch(timeline(("calm", 50), ("loud", 15)))
    assert found.baseline == (0, 35)
    assert not found.alarm[:50].any()
    assert found.alarm[50:60].any() and found.alarm[-1]
    assert found.change is not None
    assert abs(found.change.index - 50) <= 1
    assert found.change.low <= found.change.index <= found.change.high
    assert found.change.effect > 2


def test_a_clean_timeline_gives_no_alarm_and_no_change():
    for seed in range(3):
        found = drift.watch(timeline(("calm", 70), seed=seed))
        assert not found.alarm.any()
        assert found.change is None


def test_one_odd_post_is_no_alarm():
    assert not drift.watch(timeline(("calm", 45), ("loud", 1), ("calm", 15))).alarm.any()


def test_an_alarm_ends_when_the_author_is_back():
    found = drift.watch(timeline(("calm", 50), ("loud", 10), ("calm", 20)))
    assert found.alarm[55:60].all()
    assert not found.alarm[-5:].any()
    assert found.change is not None and abs(found.change.index - 50) <= 1


def test_a_chosen_baseline_is_what_counts():
    readings = timeline(("calm", 20), ("loud", 50))
    assert drift.watch(readings, (0, 20)).alarm[25:].any()
    assert not drift.watch(readings, (20, 55)).alarm.any()
    assert np.isnan(drift.watch(readings, (20, 55)).statistic[:55]).all()


def test_what_cannot_be_judged_says_why():
    few = drift.watch(timeline(("calm", 6)))
    assert "10" in few.reason and np.isnan(few.statistic).all() and few.change is None
    none_after = drift.watch(timeline(("calm", 20)), (0, 20))
    assert "after the baseline" in none_after.reason
    assert drift.watch([]).n == 0
    with pytest.raises(ValueError, match="no part"):
        drift.watch(timeline(("calm", 6)), (2, 9))


def test_posts_without_words_are_skipped():
    readings = timeline(("calm", 60))
    readings[10], readings[40] = read(""), read("Yes.")
    found = drift.watch(readings)
    assert np.isnan(found.statistic[40]) and not found.alarm.any()
    assert not np.isnan(found.threshold[35:]).any()


def test_identical_posts_are_no_alarm():
    assert not drift.watch([read(post("calm", random.Random(1)))] * 60).alarm.any()


def test_the_effect_stays_a_figure_where_the_baseline_is_one_post_many_times():
    """Its spread is next to nothing, and the change would be millions of spreads wide."""
    rng = random.Random(5)
    same = [read(post("calm", rng))] * 35
    found = drift.watch([*same, *(read(post("loud", rng)) for _ in range(15))])
    assert found.change is not None and found.change.index == 35
    assert 2 < found.change.effect < 15


def test_a_little_variation_of_one_post_is_as_near_as_the_post():
    same = post("calm", random.Random(1))
    assert not drift.watch([read(f"{same} {k}") for k in range(60)]).alarm.any()


def test_the_effect_is_in_the_baselines_own_spreads():
    found = drift.watch(timeline(("calm", 50), ("loud", 15)))
    assert found.change is not None
    base = found.line[slice(*found.baseline)]
    assert np.std(base, ddof=1) == pytest.approx(1.0)
    before, after = found.line[: found.change.index], found.line[found.change.index :]
    assert found.change.effect <= after.mean() - before.mean() + 1e-9  # single posts are held before they count


def test_readings_of_style_alone_still_show_a_take_over():
    readings = [type(r)(r.features) for r in timeline(("calm", 50), ("loud", 15))]
    assert drift.watch(readings).alarm[50:].any()


def test_a_week_shows_its_highest_post():
    dates = [date(2024, 3, 4), date(2024, 3, 6), date(2024, 3, 11)]
    assert drift.weekly(dates, np.array([0.1, 0.4, np.nan])) == [(date(2024, 3, 4), 0.4)]


def test_the_sum_starts_at_nothing_and_is_held():
    assert drift_scan.sums(np.array([-1.0, 0.5, 0.5, -2.0, 9.0]), 3.0).tolist() == [0.0, 0.5, 1.0, 0.0, 3.0]


def test_the_cut_is_where_the_mean_moves():
    line = np.array([0.0, 0.1, -0.1, 0.0, 2.0, 2.1, 1.9])
    assert drift_scan.cut(line) == 4
    low, high = drift_scan.interval(line, 4)
    assert low <= 4 <= high


def test_the_shipped_bank_fits_the_measures():
    known = drift_scores.bank()
    assert known.marks.shape[1] == drift_scores.TOTAL
    assert (known.weights > 0).all() and (known.limits[1] > 0).all()


def test_an_author_who_changes_by_themselves_has_a_higher_limit():
    known = drift_scores.bank()
    steady = drift_scores.own(drift_scores.posts(timeline(("calm", 35))), known)
    moody = replace(steady, line=np.where(np.arange(35) % 7 < 4, 0.0, steady.foreign))  # three in a row, every week
    pooled = float(known.limits[1, -1])
    assert drift._limits(steady, 35, known)[0] == pytest.approx(pooled)
    assert drift._limits(moody, 35, known)[0] > 1.2 * pooled


def test_what_is_held_can_fall_again():
    """However long somebody else wrote, the alarm ends a few posts after the author is back."""
    found = drift.watch(timeline(("calm", 40), ("loud", 60), ("calm", 25)))
    assert found.alarm[99] and not found.alarm[-5:].any()


def test_a_little_beyond_what_people_move_adds_nothing():
    assert (drift_scan.steps(np.array([0.0, 0.3, 0.37]) * 2.0, 2.0) <= 1e-9).all()
    assert (drift_scan.steps(np.array([0.4, 0.8, 5.0]) * 2.0, 2.0) > 0).all()


def test_a_post_is_scored_without_its_neighbours():
    rng = random.Random(7)
    twins = [read(text) for text in (post("calm", rng) for _ in range(8)) for _ in range(2)]
    apart = [*twins[::2], *twins[1::2]]
    beside, away = (drift_scores.views(drift_scores.posts(some), drift_scores.bank())[0] for some in (twins, apart))
    assert beside[2:-2, 0].mean() < away[2:-2, 0].mean()  # a twin beside it says nothing, one further off does


def test_the_version_follows_the_shipped_bank(tmp_path):
    other = tmp_path / "drift.npz"
    other.write_bytes(drift_scores.KEPT.read_bytes() + b"recounted")
    assert drift.version() != drift_scores.version(other)
    assert drift.version().startswith(drift_scores.VERSION)


@pytest.fixture
def door(tmp_path):
    def run(rows: list[str]) -> tuple[list[dict], int]:
        source, out = tmp_path / "x.jsonl", tmp_path / "y.jsonl"
        source.write_text("\n".join(rows) + "\n", encoding="utf8")
        code = drift.doors.run(drift.main, ["--posts", str(source), "--out", str(out)])
        lines = out.read_text(encoding="utf8").splitlines() if out.exists() else []
        return [json.loads(line) for line in lines], code

    return run


def test_the_door_sorts_mixes_and_numbers(door, capsys):
    rng = random.Random(2)
    rows = []
    for k in range(60):
        rows.append({"author": "a", "order": 60 - k, "text": post("loud" if k < 12 else "calm", rng)})
        rows.append({"author": "b", "order": f"2024-01-{k + 1:03}", "text": post("loud", rng)})
    found, code = door([json.dumps(r) for r in rows])
    assert code == 0
    assert [r["index"] for r in found if r["author"] == "a"] == list(range(35, 60))
    assert set(found[0]) == {"author", "index", "statistic", "threshold", "alarm"}
    assert any(r["alarm"] for r in found if r["author"] == "a" and r["index"] >= 48)
    assert not any(r["alarm"] for r in found if r["author"] == "a" and r["index"] < 48)
    assert not any(r["alarm"] for r in found if r["author"] == "b")
    assert "100%" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ('{"author": "a", "order": 1}', "text"),
        ("{", "not JSON"),
        ('{"author": "a", "order": "one", "text": "x"}', "order"),
    ],
)
def test_the_door_names_the_bad_line(door, capsys, bad, says):
    good = json.dumps({"author": "a", "order": 0, "text": "x"})
    found, code = door([good, "", bad])
    assert code == 1 and not found
    err = capsys.readouterr().err
    assert "line 3" in err and says in err
