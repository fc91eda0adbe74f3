"""Preview and commit: every row has its fate, nothing is stored before it is confirmed, twice adds nothing."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from analytics import features
from core import authors, collect, jobs, samples, store
from core.collect import Mapping, Options, Preview, Upload, paste
from core.config import ROOT
from core.errors import Invalid
from core.store import Actor
from core.store import samples as store_samples
from core.store.tables import Change, ImportBatch, Sample

LONG = "a text that is long enough to count as a post"


def unfolded(text: str) -> str:
    return re.sub(r"\s*(?:…|\.\.\.)\s*see more\s*\Z", "", text, flags=re.IGNORECASE)


def upload(name: str, content: str | bytes) -> list[Upload]:
    return [Upload(name, content if isinstance(content, bytes) else content.encode())]


def lines(*posts: dict[str, object]) -> list[Upload]:
    return upload("posts.jsonl", "\n".join(json.dumps(post) for post in posts))


def stored() -> list[Sample]:
    with store.reading() as tx:
        return list(tx.session.scalars(select(Sample).order_by(Sample.author_id, Sample.position)))


def fates(preview: Preview) -> list[tuple[int | None, str]]:
    return [(row.row, row.status) for row in preview.rows]


# ---- the preview ------------------------------------------------------------------------------------------------


def test_linkedins_own_see_more_is_left_off_and_said(data: Path, actor: Actor) -> None:
    texts = [f"First, {LONG} \n…see more", f"I see more and more, {LONG}"]
    preview = collect.preview(lines(*({"author": "Ada", "text": text} for text in texts)))
    assert [row.text for row in preview.new] == [f"First, {LONG}", texts[1]]
    assert 'In posts.jsonl posts end in LinkedIn\'s "…see more": that was left off.' in preview.notes


def test_every_row_has_a_fate_and_a_reason(data: Path, actor: Actor) -> None:
    content = "\n".join(
        [
            json.dumps({"author": "Ada", "date": "2024-01-02", "text": f"First, {LONG}"}),
            json.dumps({"author": "ada ", "date": "2024-01-03", "text": f"First,  {LONG} "}),
            json.dumps({"author": "Bo", "date": "no day", "text": f"First, {LONG}"}),
            json.dumps({"author": "Bo", "date": None, "text": "short"}),
            json.dumps({"author": "", "text": f"Nobody's: {LONG}"}),
            json.dumps({"author": "Bo", "text": f"Bad \0 {LONG}"}),
            "{not json",
        ]
    )
    preview = collect.preview(upload("posts.jsonl", content))
    assert fates(preview) == [
        (1, "new"),
        (2, "duplicate"),
        (3, "new"),
        (4, "short"),
        (5, "unreadable"),
        (6, "unreadable"),
        (7, "unreadable"),
    ]
    why = [row.reason for row in preview.rows]
    assert why[0] == ""
    assert why[1] == "is the same as row 1"
    assert "could not be read as" in why[2]
    assert "under 20 characters (5)" in why[3]
    assert why[4] == "names no author in the column 'author'"
    assert "NUL" in why[5]
    assert "not valid JSON" in why[6]
    assert preview.authors == {"Ada": 1, "Bo": 1}
    assert stored() == []
    assert authors.listed() == []


def test_nearly_the_same_post_is_said_before_it_is_stored_and_a_person_decides(data: Path, actor: Actor) -> None:
    said = "Last spring we opened the old pump house and found eleven valves that no drawing had ever shown to us."
    date = "2024-05-03"
    collect.commit(collect.preview(lines({"author": "Ada", "text": said, "date": date})), None, actor)
    again = [
        said.replace("eleven", "twelve"),
        said.replace(" ", "  ") + " https://ada.example/pump?utm=2",
        "The night shift knows which of the doors can be left open, and which must never be.",
        "The night shift knows which of the doors can be left open, and which must never be!",
    ]
    preview = collect.preview(
        lines(*({"author": "Ada", "text": text} for text in again), {"author": "Bo", "text": said})
    )
    assert [(row.status, row.near) for row in preview.rows] == [
        ("new", True), ("new", True), ("new", False), ("new", True), ("new", False),
    ]  # fmt: skip
    assert preview.rows[0].reason.startswith("nearly the same as a post of 03 May 2024 in Timbre: ")
    assert preview.rows[1].reason.endswith("but for spaces, addresses or marks")
    assert "nearly the same as row 3" in preview.rows[3].reason
    assert len(preview.near) == 3 and len(preview.new) == 5
    assert collect.commit(preview.without_near(), None, actor).counts["stored"] == 2


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"Author": "A", "Date": "2024-01-02", "Post text": LONG}, ("Post text", "Author", "Date")),
        ({"who": "A", "posted_at": "2024-01-02", "body": LONG}, ("body", "", "posted_at")),
        ({"id": "1", "when": "2024-01-02T03:04:05Z", "x": LONG * 3}, ("x", "", "when")),
        ({"text": "2024-01-02", "content": LONG}, ("content", "", "text")),
        ({"title": "T", "url": "https://x.y", "commentary": LONG}, ("commentary", "", "")),
    ],
)
def test_columns_are_guessed(data: Path, row: dict[str, object], expected: tuple[str, str, str]) -> None:
    used = collect.preview(lines(row, row)).used
    assert (used.text, used.author, used.date) == expected


def test_a_guess_can_be_changed(data: Path) -> None:
    files = lines({"text": f"one {LONG}", "other": f"two {LONG}", "owner": "Ada"})
    preview = collect.preview(files, Mapping(text="other", author="owner", date=""))
    assert [(row.text, row.author) for row in preview.rows] == [(f"two {LONG}", "Ada")]


def test_one_author_goes_before_the_column_and_otherwise_after_it(data: Path) -> None:
    files = lines({"author": "Ada", "text": f"one {LONG}"}, {"author": "", "text": f"two {LONG}"})
    assert collect.preview(files, Mapping(author_name="Cy")).authors == {"Cy": 2}
    assert collect.preview(files, Mapping(otherwise="Cy")).authors == {"Ada": 1, "Cy": 1}
    assert collect.preview(files).nameless == 1


def test_slashed_dates_follow_their_column_and_the_reading_is_said(data: Path) -> None:
    files = lines(*({"author": "A", "date": d, "text": f"{d} {LONG}"} for d in ("03/04/2024", "25/04/2024")))
    preview = collect.preview(files)
    assert [row.date for row in preview.rows] == [datetime(2024, 4, 3, tzinfo=UTC), datetime(2024, 4, 25, tzinfo=UTC)]
    assert "Dates in posts.jsonl such as 03/04/2024 were read as day/month/year." in preview.notes
    assert "Dates in posts.jsonl name no time zone: they are taken as UTC." in preview.notes
    month_first = collect.preview(files, Mapping(day_first=False))
    assert month_first.rows[0].date == datetime(2024, 3, 4, tzinfo=UTC)


def test_a_nearly_utf8_file_loses_only_its_bad_row(data: Path) -> None:
    good, bad = f"Größe und Spaß am Schreiben äöü, {LONG}".encode(), f"kaputt: {LONG} ".encode() + b"\xff"
    preview = collect.preview(upload("a.csv", b"author,text\nAda," + b'"' + good + b'"\nAda,' + bad + b"\n"))
    assert fates(preview) == [(2, "new"), (3, "unreadable")]
    assert "not valid in this encoding" in preview.rows[1].reason


def test_too_much_at_once_is_refused_with_a_way_out(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.collect.previews.ROWS", 3)
    with pytest.raises(Invalid, match=r"4 rows; at most 3.*Split the file"):
        collect.preview(lines(*({"text": f"{n} {LONG}"} for n in range(4))))
    monkeypatch.setattr("core.collect.previews.TOTAL_BYTES", 10)
    with pytest.raises(Invalid, match="Upload them in several goes"):
        collect.preview(lines({"text": LONG}))


def test_a_post_beyond_the_limit_is_named(data: Path) -> None:
    preview = collect.preview("x" * 100_001, Mapping(author_name="Ada"))
    assert "has 100,001 characters" in preview.rows[0].reason


# ---- storing ----------------------------------------------------------------------------------------------------


def test_a_confirmed_import_is_stored_with_everything(data: Path, actor: Actor) -> None:
    files = lines(
        {"author": "Ada", "date": "2024-01-03", "text": f"later\r\n{LONG}"},
        {"author": "Ada", "date": None, "text": f"undated {LONG}"},
    )
    seen: list[tuple[int, int]] = []
    batch = collect.commit(collect.preview(files), {"Ada": True}, actor, lambda d, t: seen.append((d, t)))
    first, second = stored()
    assert (first.text, first.position, second.position) == (f"later\n{LONG}", 0, 1)
    assert first.date == datetime(2024, 1, 3, tzinfo=UTC)
    assert first.provenance == {"file": "posts.jsonl", "row": 1}
    assert first.words == 12
    assert first.batch_id == batch.id
    assert np.array_equal(
        np.frombuffer(first.features or b"", np.float32), features.features(first.text), equal_nan=True
    )
    assert first.features_version == features.VERSION
    assert seen == [(0, 2), (2, 2)]
    assert batch.counts["stored"] == 2
    assert [(job.kind, job.status) for job in jobs.recent()] == [("embed", "queued")]


def test_an_import_is_in_the_change_log_as_one_thing(data: Path, actor: Actor) -> None:
    collect.commit(
        collect.preview(lines({"author": "Ada", "text": LONG}, {"author": "Ada", "text": LONG * 2})), {}, actor
    )
    with store.reading() as tx:
        entities = set(tx.session.scalars(select(Change.entity)))
        counts = tx.session.scalars(
            select(Change).where(Change.entity == "import_batch", Change.field == "counts")
        ).all()
    assert entities == {"author", "import_batch"}
    assert counts[-1].new["stored"] == 2


def test_consent_is_recorded_per_author_and_later_changes_nothing(data: Path, actor: Actor) -> None:
    people: list[dict[str, object]] = [{"author": name, "text": f"{name}: {LONG}"} for name in ("Ada", "Bo", "Cy")]
    collect.commit(collect.preview(lines(*people)), {"Ada": True, "Bo": False, "Cy": None}, actor)
    assert {a.name: a.training_consent for a in authors.listed()} == {"Ada": True, "Bo": False, "Cy": None}
    assert authors.named("Ada").consent_by == actor.name  # type: ignore[union-attr]
    again = [{**person, "text": f"again, {person['text']}"} for person in people]
    collect.commit(collect.preview(lines(*again)), {"Ada": None, "Bo": None}, actor)
    assert {a.name: a.training_consent for a in authors.listed()} == {"Ada": True, "Bo": False, "Cy": None}


def test_nothing_new_stores_nothing(data: Path, actor: Actor) -> None:
    files = lines({"author": "Ada", "text": LONG})
    collect.commit(collect.preview(files), {}, actor)
    again = collect.preview(files)
    assert (again.counts["duplicate"], again.rows[0].reason) == (1, "is in Timbre already")
    with pytest.raises(Invalid, match="nothing new"):
        collect.commit(again, {}, actor)
    with store.reading() as tx:
        assert tx.session.scalar(select(func.count()).select_from(ImportBatch)) == 1


def test_two_previews_of_the_same_file_add_it_once(data: Path, actor: Actor) -> None:
    files = lines({"author": "Ada", "text": LONG})
    first, second = collect.preview(files), collect.preview(files)
    assert collect.commit(first, {}, actor).counts["stored"] == 1
    assert collect.commit(second, {}, actor).counts["stored"] == 0
    assert len(stored()) == 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=15), max_size=4))
def test_importing_twice_adds_nothing(data: Path, actor: Actor, posts: list[str]) -> None:
    files = lines(*({"author": "Ada", "text": post} for post in posts))
    before = len(stored())
    preview = collect.preview(files)
    if preview.new:
        collect.commit(preview, {}, actor)
    assert len(stored()) == before + len(preview.new)
    assert not collect.preview(files).new


class PulledPlug(BaseException):
    """What no handler catches: the process is gone."""


def test_a_crash_in_the_middle_loses_nothing_and_a_second_import_completes_it(
    data: Path, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.collect.commits.BATCH", 3)
    files = lines(*({"author": "Ada", "text": f"number {n}: {LONG}"} for n in range(10)))

    def plug(done: int, _total: int) -> None:
        if done == 6:
            raise PulledPlug

    with pytest.raises(PulledPlug):
        collect.commit(collect.preview(files), {}, actor, plug)
    assert len(stored()) == 6
    ada = authors.named("Ada")
    assert ada is not None
    assert samples.overview(ada.id).sources[0].unfinished
    again = collect.preview(files)
    assert again.counts["duplicate"] == 6
    collect.commit(again, {}, actor)
    assert [s.text.split(":")[0] for s in stored()] == [f"number {n}" for n in range(10)]
    assert [s.position for s in stored()] == list(range(10))


def test_spelling_of_an_author_in_the_store_is_kept(data: Path, actor: Actor) -> None:
    known = authors.add("Ada Lovelace", actor)
    preview = collect.preview(lines({"author": "ADA  LOVELACE", "text": LONG}))
    assert preview.known == {"Ada Lovelace": known.id}
    collect.commit(preview, {}, actor)
    assert {s.author_id for s in stored()} == {known.id}


def test_a_zip_of_folders_takes_the_folders_as_authors(data: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in {
            "Ada/1.txt": f"one {LONG}",
            "Bo/2.md": f"two {LONG}",
            "Bo/3.csv": f"Body\n{LONG} 3\n",
        }.items():
            archive.writestr(name, text)
    preview = collect.preview([Upload("posts.zip", out.getvalue())])
    assert [(row.author, row.status) for row in preview.rows] == [("Ada", "new"), ("Bo", "new"), ("Bo", "new")]


def test_pasted_dashes_may_be_text(data: Path) -> None:
    text = f"one {LONG}\n---\ntwo {LONG}"
    one = Mapping(author_name="Ada")
    assert len(collect.preview(text, one).rows) == 2
    assert [row.text for row in collect.preview(text, one, Options(split=False)).rows] == [text]


# ---- the real posts ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_real_posts_come_in_whole(data: Path, actor: Actor, real_posts: dict[str, list[dict[str, str]]]) -> None:
    content = (ROOT.parent / "shared/data/posts.jsonl").read_bytes()
    collect.commit(collect.preview([Upload("posts.jsonl", content)]), {}, actor)
    ids = {author.name: author.id for author in authors.listed()}
    for name, posts in real_posts.items():
        assert [s.text for s in samples.of_author(ids[name])] == [unfolded(post["text"]) for post in posts], name


# ---- on both databases ------------------------------------------------------------------------------------------


def test_importing_searching_and_marking_on_either_database(any_database: str, actor: Actor) -> None:
    files = lines(
        *({"author": "Ada", "date": f"2024-01-{n + 1:02}", "text": f"No. {n}, 100% {LONG}"} for n in range(30))
    )
    first, second = collect.preview(files), collect.preview(files)
    assert collect.commit(first, {"Ada": True}, actor).counts["stored"] == 30
    assert collect.commit(second, {}, actor).counts["stored"] == 0
    ada = authors.listed()[0]
    rows, total = samples.page(ada.id, "no. 2", number=1, size=5)
    assert (total, [row.text[:6] for row in rows]) == (11, ["No. 29", "No. 28", "No. 27", "No. 26", "No. 25"])
    assert samples.page(ada.id, "0%_")[1] == 0
    samples.leave_out(rows[0].id, actor)
    figures = samples.overview(ada.id).figures
    assert (figures.count, figures.excluded, figures.dated, figures.waiting) == (29, 1, 29, 30)
    assert figures.last == datetime(2024, 1, 29, tzinfo=UTC)
    with store.writing(actor) as tx:
        store_samples.mark_embedded(tx, [row.id for row in rows])
    with store.reading() as tx:
        assert store_samples.embedding(tx) == (5, 30)
        assert len(store_samples.waiting(tx, 100)) == 25


@pytest.mark.timeout(60)
def test_a_flood_of_blank_lines_does_not_hang(data: Path) -> None:
    flood = "\n" * 2_000_000 + "a" + "\n" * 2_000_000
    (row,) = collect.preview([collect.Upload("flood.txt", flood.encode())]).rows
    assert "at most 100,000" in row.reason
    assert paste.trimmed(flood) == "a"


def test_the_fold_is_cut_from_the_end_alone(data: Path) -> None:
    for text, kept in ((f"{LONG} …see more\n", LONG), (f"{LONG} ... See More", LONG), (f"… see more {LONG}",) * 2):
        row = collect.preview(text).rows[0]
        assert row.text == kept


def test_more_columns_than_any_export_has_are_refused_at_once(data: Path) -> None:
    wide = ",".join(f"c{n}" for n in range(50_000)) + "\n" + ",".join(["x"] * 50_000)
    with pytest.raises(Invalid, match=r"50,00\d columns; at most 500") as told:
        collect.preview([collect.Upload("wide.csv", wide.encode())])
    assert "Keep the columns" in told.value.hint
