"""Reading: every kind of file, well-formed and broken, comes out right or is named with file and row."""

from __future__ import annotations

import io
import json
import random
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.collect import linkedin, paste, registry, zipped
from core.collect.decode import decode, newlines
from core.collect.model import FOLDER, Found, Options, Upload
from core.errors import Invalid
from core.export import cell, csv_bytes, uncell

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def read(name: str, content: bytes | str, **options: object) -> Found:
    raw = content if isinstance(content, bytes) else content.encode()
    return registry.read(Upload(name, raw), Options(**options))  # type: ignore[arg-type]


def texts(found: Found) -> list[str]:
    return [record.fields["text"] for record in found.records]


def packed(members: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


# ---- paste and text ---------------------------------------------------------------------------------------------


@given(TEXT)
def test_pasted_text_comes_back_exactly(text: str) -> None:
    found = paste.read(text, Options(split=False))
    assert texts(found) == [newlines(text)]


@given(st.lists(TEXT.filter(lambda t: "---" not in t and paste.trimmed(newlines(t)) == newlines(t) and t), min_size=2))
def test_posts_between_lines_of_dashes_come_back_exactly(posts: list[str]) -> None:
    assert texts(paste.read("\n\n---\n\n".join(posts), Options())) == [newlines(post) for post in posts]


def test_a_dashed_line_inside_a_line_parts_nothing() -> None:
    assert texts(paste.read("a --- b\n----\nc", Options())) == ["a --- b\n----\nc"]


@given(TEXT.filter(lambda t: not t.startswith("\ufeff") and t.strip() and "---" not in t))
def test_a_text_file_in_any_unicode_encoding_comes_back_exactly(text: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        assert texts(read("post.txt", text.encode(encoding)))[0] == newlines(text), encoding


@pytest.mark.parametrize(
    ("content", "used"),
    [
        ("Größe – “quoted”, naïve café".encode("cp1252"), "cp1252"),
        ("plain words in two bytes each".encode("utf-16-le"), "utf-16-le"),
        (("Прошлой весной мы переписали весь архив заново. " * 8).encode("cp1251"), "cp1251"),
    ],
)
def test_old_encodings_are_recognised_and_said(content: bytes, used: str) -> None:
    found = read("old.txt", content)
    assert texts(found)[0] == content.decode(used)
    assert found.notes == [f"old.txt was read as {used}."]


def test_a_wrong_choice_of_encoding_names_the_byte() -> None:
    with pytest.raises(Invalid, match=r"a.txt is not utf-8 text \(byte 3\)"):
        decode(b"abc\xff\xfe", "a.txt", "utf-8")


def test_a_picture_is_not_text() -> None:
    found = read("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)))
    assert not found.records
    assert "does not look like text" in found.problems[0].reason


def test_front_matter_names_date_and_author_and_is_never_run() -> None:
    found = read(
        "a.md", '---\ntitle: "On valves"\ndate: 2024-03-04\nauthor: Ada\nx: !!python/object:os.system\n---\n\n# H\nB\n'
    )
    fields = found.records[0].fields
    assert (fields["text"], fields["date"], fields["author"], fields["title"]) == (
        "# H\nB\n",
        "2024-03-04",
        "Ada",
        "On valves",
    )


def test_a_rule_at_the_top_of_markdown_is_no_front_matter() -> None:
    text = "---\nJust a line between rules.\n---\nAnd more."
    assert texts(read("a.md", text)) == [text]


# ---- CSV --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    rows = [("author", "date", "text"), ("Ada", "2024-01-02", "One, two; three | four"), ("Bo", "2024-01-03", "A\nB")]
    lines = [delimiter.join('"' + c + '"' for c in row) for row in rows]
    found = read("a.csv", "\r\n".join(lines))
    assert texts(found) == ["One, two; three | four", "A\nB"]
    assert [record.row for record in found.records] == [2, 3]


def test_a_file_without_a_header_gets_numbered_columns() -> None:
    found = read("a.csv", '2024-01-02,"The first post."\n2024-01-03,"The second post."\n')
    assert [r.fields["column 2"] for r in found.records] == ["The first post.", "The second post."]


def test_broken_rows_are_named_and_the_rest_is_read() -> None:
    found = read("a.csv", 'author,text\nAda,"good"\nAda,"bad" tail"\nAda,one,two,three\nBo,"fine"\n')
    assert texts(found) == ["good", "fine"]
    assert [(p.file, p.row) for p in found.problems] == [("a.csv", 3), ("a.csv", 4)]


def test_a_quote_that_is_never_closed_is_named() -> None:
    found = read("a.csv", 'author,text\nAda,"good"\nAda,"never closed\nBo,more\n')
    assert texts(found) == ["good"]
    assert found.problems[0].row == 3
    assert "never closed" in found.problems[0].reason


@given(TEXT)
def test_an_exported_cell_never_begins_like_a_formula_and_comes_back(text: str) -> None:
    armed = str(cell(text))
    assert not armed.lstrip(" \n").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert uncell(armed) == text or text.startswith("'")


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", " =1", "\n=1", "＝1", "＋1", "－1", "＠a"])
def test_every_way_to_begin_a_formula_is_disarmed(text: str) -> None:
    assert cell(text) == "'" + text


def test_our_own_export_comes_back_as_it_was() -> None:
    columns = ("author", "date", "text", "words", "source", "file", "row", "left out")
    content = csv_bytes(columns, [("Ada", "2024-01-02", "=1+1 is\nwhat I wrote", 5, "paste", "", 1, "")])
    assert b"'=1+1" in content
    assert texts(read("export.csv", content)) == ["=1+1 is\nwhat I wrote"]


def test_linkedin_shares_are_recognised_and_mended() -> None:
    raw = (
        "Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility\r\n"
        '2024-05-06 07:08:09,https://l/1,"First line""\n""\n""He said """"no"""" twice.",,,MEMBER_NETWORK\r\n'
        "2024-05-07 07:08:09,https://l/2,,https://x,,MEMBER_NETWORK\r\n"
    )
    found = read("Shares.csv", raw)
    assert texts(found) == ['First line\n\nHe said "no" twice.', ""]
    assert found.records[0].fields["date"] == "2024-05-06 07:08:09"
    assert linkedin.mended('a"\n""\n"b"\n"c') == "a\n\nb\nc"
    assert linkedin.mended('end"""\n"""start') == 'end"\n"start'


def test_linkedin_rows_torn_by_undoubled_quotes_are_joined() -> None:
    raw = 'Date,ShareLink,ShareCommentary,Visibility\n2024-05-06 07:08:09,https://l/1,"First line"\n"Second line",ALL\n'
    assert texts(read("s.csv", raw)) == ["First line\nSecond line"]


# ---- JSON -------------------------------------------------------------------------------------------------------


@given(st.lists(st.fixed_dictionaries({"author": TEXT, "text": TEXT}), min_size=1, max_size=5))
def test_json_lines_come_back_exactly(posts: list[dict[str, str]]) -> None:
    found = read("a.jsonl", "\n".join(json.dumps(p, ensure_ascii=False) for p in posts))
    assert [(r.fields["author"], r.fields["text"]) for r in found.records] == [
        (newlines(p["author"]), newlines(p["text"])) for p in posts
    ]


def test_bad_json_lines_are_named_by_number_and_the_rest_is_read() -> None:
    deep = '{"a":' + "[" * 100_000 + "]" * 100_000 + "}"
    lines = ['{"text":"one"}', "{oops", "", '"two"', "3", deep, '{"n":' + "9" * 5000 + "}", '{"post":{"text":"six"}}']
    found = read("a.jsonl", "\n".join(lines))
    assert [p.row for p in found.problems] == [2, 5, 6, 7]
    assert [r.row for r in found.records] == [1, 4, 8]
    assert found.records[-1].fields["post.text"] == "six"


@pytest.mark.parametrize("content", ['[{"text":"one"},{"text":"two"}]', '{"posts":[{"text":"one"},{"text":"two"}]}'])
def test_json_documents(content: str) -> None:
    assert texts(read("a.json", content)) == ["one", "two"]


def test_a_broken_json_document_says_where() -> None:
    found = read("a.json", '[{"text": "one",}]')
    assert "column" in found.problems[0].reason


# ---- zip --------------------------------------------------------------------------------------------------------


def test_a_zip_is_read_member_by_member() -> None:
    content = packed(
        {"Ada/a.txt": "one", "Bo/b.jsonl": '{"text":"two"}', "__MACOSX/x": "no", ".DS_Store": "no", "c.pdf": "%"}
    )
    found = read("posts.zip", content)
    assert [(r.file, r.fields["text"], r.fields.get(FOLDER)) for r in found.records] == [
        ("posts.zip/Ada/a.txt", "one", "Ada"),
        ("posts.zip/Bo/b.jsonl", "two", "Bo"),
    ]
    assert [p.file for p in found.problems] == ["posts.zip/c.pdf"]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.txt", "/abs/x.txt", "C:\\evil\\x.txt", "..\\..\\x.txt", "a/../../x.txt"]
)
def test_names_that_climb_are_harmless(name: str) -> None:
    shown = read("z.zip", packed({name: "a text"})).records[0].file
    assert shown.startswith("z.zip/")
    assert ".." not in shown
    assert ":" not in shown


def test_a_zip_inside_a_zip_is_refused() -> None:
    found = read("z.zip", packed({"inner.zip": packed({"a.txt": "a"}), "b.txt": "b"}))
    assert texts(found) == ["b"]
    assert "archive inside an archive" in found.problems[0].reason


def test_bombs_are_refused() -> None:
    found = read("z.zip", packed({"a.txt": b"0" * 20_000_000}))
    assert not found.records
    assert f"more than {zipped.RATIO} times" in found.problems[0].reason
    found = read("z.zip", packed({f"{n}.txt": "x" for n in range(zipped.MEMBERS + 1)}))
    assert "holds 5,001 files" in found.problems[0].reason


def test_a_zip_that_lies_about_its_sizes_is_counted_while_unpacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "_guard", lambda *_: None)
    monkeypatch.setattr(zipped, "FILE_BYTES", 1_000_000)
    noise = random.Random(1).randbytes(3_000_000)
    assert "unpacks to more than 1 MB" in read("z.zip", packed({"a.txt": noise})).problems[0].reason


@pytest.mark.parametrize("content", [b"PK\x03\x04 nonsense", b"no zip at all"])
def test_a_damaged_archive_says_so(content: bytes) -> None:
    assert "cannot be opened" in read("z.zip", content).problems[0].reason


def test_a_damaged_member_is_named_and_the_others_are_read() -> None:
    content = bytearray(packed({"a.txt": "first text " * 50, "b.txt": "second text"}))
    content[45] ^= 0xFF
    found = read("z.zip", bytes(content))
    assert [p.file for p in found.problems] == ["z.zip/a.txt"]
    assert texts(found) == ["second text"]


@given(st.binary(max_size=400), st.sampled_from(registry.SUFFIXES))
def test_no_bytes_whatever_raise(content: bytes, suffix: str) -> None:
    found = read(f"any{suffix}", content)
    assert found.records or found.problems
