"""The shell doors' shared parts, and the score door: what they refuse, how they name it, what they write."""

import json
import random
import subprocess
import sys

import pytest

from analytics import doors, score, voice

LINES = "When we went back to the {} we saw that it was gone, and so we thought about the {} again."
SHORT = "No {}. Why? Just a {} – really!"
THINGS = ["harvest", "ledger", "turbine", "bakery", "classroom", "pipeline", "orchard", "warehouse", "clinic", "garden"]


def _post(rng, form=LINES):
    return " ".join(form.format(*rng.sample(THINGS, 2)) for _ in range(8 if form is LINES else 14))


@pytest.fixture
def files(tmp_path):
    rng = random.Random(1)
    personas = [{"persona": "long", "text": _post(rng), "date": None} for _ in range(6)]
    personas += [{"persona": "short", "text": _post(rng, SHORT), "date": "2026-01-02"} for _ in range(6)]
    personas += [{"persona": "few", "text": _post(rng), "date": None}]
    texts = [{"id": "a", "text": _post(rng)}, {"id": 2, "text": _post(rng, SHORT)}, {"id": "c", "text": "Too short."}]
    out = {name: tmp_path / f"{name}.jsonl" for name in ("personas", "texts", "scores")}
    out["personas"].write_text("\n".join(map(json.dumps, personas)))
    out["texts"].write_text("\n".join(map(json.dumps, texts)) + "\n\n")
    return out


def _run(files):
    args = ["--personas", str(files["personas"]), "--texts", str(files["texts"]), "--out", str(files["scores"])]
    return doors.run(score.main, args)


def _scores(files):
    rows = [json.loads(line) for line in files["scores"].read_text().splitlines()]
    return {(row["persona"], row["id"]): row for row in rows}


def test_every_text_and_persona_has_a_record(files):
    assert _run(files) == 0
    rows = _scores(files)
    assert set(rows) == {(p, t) for p in ("long", "short", "few") for t in ("a", 2, "c")}
    assert rows["long", "a"]["style"] > rows["long", 2]["style"]
    assert rows["short", 2]["likeness"] > rows["short", "a"]["likeness"]
    posts = [json.loads(line)["text"] for line in files["personas"].read_text().splitlines()][:6]
    alone = voice.score(voice.fit(posts), json.loads(files["texts"].read_text().splitlines()[0])["text"])
    for name in ("style", "topic", "likeness"):
        assert rows["long", "a"][name] == pytest.approx(getattr(alone, name), rel=1e-4)
    for key in (("few", "a"), ("long", "c")):
        assert rows[key] == {"persona": key[0], "id": key[1], "style": None, "topic": None, "likeness": None,
                             "evidence": "too little"}  # fmt: skip


def test_a_persona_is_scored_as_if_the_others_were_not_there(files):
    _run(files)
    together = _scores(files)
    lines = files["personas"].read_text().splitlines()
    files["personas"].write_text("\n".join(line for line in lines if '"long"' in line))
    _run(files)
    alone = _scores(files)
    for text in ("a", 2):
        assert alone["long", text]["style"] == pytest.approx(together["long", text]["style"], rel=1e-4)


def test_the_newest_posts_by_date_count(files, monkeypatch):
    monkeypatch.setattr(score, "NEWEST", 6)
    rng = random.Random(2)
    old = [{"persona": "short", "text": _post(rng), "date": "2001-01-01"} for _ in range(30)]
    before = _run(files), _scores(files)["short", 2]["style"]
    with files["personas"].open("a") as file:
        file.write("\n" + "\n".join(map(json.dumps, old)))
    assert _run(files) == 0
    assert _scores(files)["short", 2]["style"] == pytest.approx(before[1], rel=1e-4)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"id": 1}', "no “text”"),
        (b'{"id": 1, "text": 5}', "“text” is a whole number; it must be text"),
        (b'{"id": null, "text": "x"}', "“id” is null"),
        (b'{"id": true, "text": "x"}', "“id” is true or false"),
        (b"[1, 2]", "holds a list"),
        (b"{broken", "not JSON"),
        (b'{"id": 1, "text": "\xff"}', "not UTF-8"),
    ],
)
def test_a_bad_line_is_named(files, capsys, line, said):
    files["texts"].write_bytes(b'{"id": 0, "text": "fine"}\r\n\r\n' + line + b"\n")
    assert _run(files) == 1
    error = capsys.readouterr().err
    assert f"{files['texts']}, line 3: " in error
    assert said in error


def test_a_byte_order_mark_is_no_matter(files):
    files["texts"].write_bytes(b"\xef\xbb\xbf" + files["texts"].read_bytes())
    assert _run(files) == 0


def test_it_does_not_write_over_what_it_reads(files, capsys):
    files["scores"] = files["texts"]
    before = files["texts"].read_bytes()
    assert _run(files) == 1
    assert files["texts"].read_bytes() == before
    assert "Give --out another name" in capsys.readouterr().err


def test_a_missing_file_is_one_line(files, capsys):
    files["texts"] = files["texts"].with_name("nowhere.jsonl")
    assert _run(files) == 1
    assert capsys.readouterr().err.count("nowhere.jsonl") == 1


def test_personas_without_posts_are_refused(files, capsys):
    files["personas"].write_text("")
    assert _run(files) == 1
    assert "holds no posts" in capsys.readouterr().err


def test_texts_are_read_as_they_come(files, monkeypatch):
    """What is held at a time is a batch, whatever the file's length."""
    held = []
    real = voice.score_many
    monkeypatch.setattr(voice, "score_many", lambda p, r, *more: held.append(len(r)) or real(p, r, *more))
    monkeypatch.setattr(score, "BATCH", 4)
    one = json.dumps({"id": 1, "text": _post(random.Random(3))})
    files["texts"].write_text("\n".join([one] * 11))
    assert _run(files) == 0
    assert held == [4, 4, 3]
    assert len(files["scores"].read_text().splitlines()) == 33


@pytest.mark.parametrize("module", ["score", "drift", "genericness"])
def test_the_doors_start_from_the_shell(module, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", f"analytics.{module}", "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "JSON Lines" in done.stdout


def test_the_doors_load_no_torch():
    code = "import sys; import analytics.score, analytics.drift, analytics.genericness; analytics.score.voice.bank(); print([m for m in ('torch', 'sklearn', 'scipy', 'sentence_transformers') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_half_a_character_goes_out_as_it_came_in(files):
    files["texts"].write_text('{"id": "\\ud800", "text": "half \\udfff a character"}\n')
    assert _run(files) == 0
    assert {row[1] for row in _scores(files)} == {"\ud800"}


@pytest.mark.parametrize("line", ['{"id": ' + "9" * 5000 + ', "text": "x"}', "[" * 100_000])
def test_what_json_cannot_hold_is_one_plain_line(files, capsys, line):
    files["texts"].write_text(line)
    assert _run(files) == 1
    (error,) = (row for row in capsys.readouterr().err.splitlines() if "%" not in row)
    assert "line 1: holds a number too long or lists too deep" in error


def test_what_is_not_a_number_is_written_as_null(tmp_path):
    with doors.writing(tmp_path / "out.jsonl") as put:
        put([{"a": float("nan"), "b": float("-inf"), "c": 0.5}])
    assert json.loads((tmp_path / "out.jsonl").read_text()) == {"a": None, "b": None, "c": 0.5}


def test_what_came_before_a_bad_line_stands(files):
    with files["texts"].open("a") as file:
        file.write("{broken\n")
    assert _run(files) == 1
    assert {row[1] for row in _scores(files)} == {"a", 2, "c"}


def test_no_folder_for_the_output_is_said_before_the_work(files, capsys, monkeypatch):
    monkeypatch.setattr(score, "personas", None)
    files["scores"] = files["scores"].parent / "nowhere" / "scores.jsonl"
    assert _run(files) == 1
    assert "there is no folder" in capsys.readouterr().err


def test_a_pipe_is_refused_in_plain_words(files, tmp_path):
    code = "import sys; from analytics import doors, drift; sys.exit(doors.run(drift.main))"
    given = json.dumps({"author": "a", "order": 1, "text": "x"}) + "\n"
    done = subprocess.run(
        [sys.executable, "-c", code, "--posts", "/dev/stdin", "--out", str(tmp_path / "out")],
        input=given, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "A pipe cannot be read twice" in done.stderr and "Traceback" not in done.stderr
