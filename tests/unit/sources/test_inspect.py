"""What inspection finds, and how it says what is wrong."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from customer_chunks.errors import SourceError
from customer_chunks.sources.files import list_files
from customer_chunks.sources.inspect import inspect, other_delimiter
from customer_chunks.sources.names import storage_name
from tests.unit.sources.feeds import a_feed, a_file, inspected


def the_error(path: Path, content: str | bytes = b"", **layout: object) -> str:
    fmt = str(layout.pop("fmt", "csv"))
    if content:
        a_file(path, content)
    with pytest.raises(SourceError) as caught:
        inspected(a_feed(path, fmt=fmt, **layout))
    assert caught.value.remedy
    return str(caught.value)


def test_hash_is_sha256_of_the_stored_bytes(tmp_path: Path) -> None:
    plain = a_file(tmp_path / "a.csv", "a,b\n" + "1,2\n" * 2_000_000)
    packed = a_file(tmp_path / "b.csv.gz", "a,b\n1,2\n")

    for path in (plain, packed):
        assert inspected(a_feed(path))[0].file.content_hash == hashlib.sha256(path.read_bytes()).hexdigest()


def test_hash_of_a_zip_member_is_that_of_its_content(tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.csv.zip", "a,b\n1,2\n")

    assert inspected(a_feed(path))[0].file.content_hash == hashlib.sha256(b"a,b\n1,2\n").hexdigest()


@pytest.mark.parametrize(
    ("content", "layout", "header"),
    [
        ("a,b\n1,2\n", {}, ("a", "b")),
        ("\ufeffa,b\n1,2\n", {}, ("a", "b")),
        ("\n  \na,b\r\n1,2\r\n", {}, ("a", "b")),
        ('"a ""x"", y", b \n1,2\n', {}, ('a "x", y', " b ")),
        ("a,,b,\n1,2,3,4\n", {}, ("a", "_c2", "b", "_c4")),
        ("1,2\n", {"has_header": False}, ("_c1", "_c2")),
        ("1,2\n", {"has_header": False, "columns": ("x", "y")}, ("x", "y")),
        ("a,A\n1,2\n", {"columns": ("x", "y")}, ("x", "y")),
        ("Report\nof May\na,b\n1,2\n", {"skip_rows": 2}, ("a", "b")),
        ("a~|~b,c\n", {"delimiter": "~|~"}, ("a", "b,c")),
        ('"a||1"||b\n', {"delimiter": "||"}, ("a||1", "b")),
        ('"two\nlines",b\n1,2\n', {"multi_line": True}, ("two\nlines", "b")),
        ("'a,1',b\n1,2\n", {"quote": "'", "escape": "'"}, ("a,1", "b")),
        ('"a\\"1",b\n1,2\n', {"escape": "\\"}, ('a"1', "b")),
        ('"a",b\n1,2\n', {"quote": "", "escape": ""}, ('"a"', "b")),
    ],
)
def test_header_is_read_as_laid_out(
    tmp_path: Path, content: str, layout: dict[str, object], header: tuple[str, ...]
) -> None:
    path = a_file(tmp_path / "a.csv", content)

    assert inspected(a_feed(path, **layout))[0].header == header


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "windows-1252", "cp850"]
)
def test_header_is_decoded(tmp_path: Path, encoding: str) -> None:
    path = a_file(tmp_path / "a.csv", "prénom,größe\nx,y\n", encoding)

    assert inspected(a_feed(path, encoding=encoding))[0].header == ("prénom", "größe")


def test_byte_order_mark_wins_over_a_declared_single_byte_encoding(tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.csv", "é,b\n1,2\n", "utf-8-sig")

    assert inspected(a_feed(path, encoding="latin-1"))[0].header == ("é", "b")


def test_utf8_declared_as_single_byte_text_is_told(tmp_path: Path) -> None:
    said = the_error(tmp_path / "a.csv", "prénom\nJosé\n", encoding="latin-1")

    assert said == (
        f"{tmp_path}/a.csv: is utf-8 text, `encoding:` says latin-1. "
        "Set `encoding: utf-8` in the feed, or give such files a feed of their own."
    )
    far = "a\n" + "b\n" * 3_000_000 + "é\n"
    assert "is utf-8 text" in the_error(tmp_path / "far.csv", far, encoding="windows-1252")


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"pr\xe9nom\nJos\xe9\n", "latin-1"),
        (b"name\nJose\n", "latin-1"),
        (b"name\nJos\xc3\xa9\xe9\n", "latin-1"),  # one byte of all is no utf-8
        (b"name\nJos\xc3\xa9\n", "utf-8"),
    ],
)
def test_text_that_is_as_declared_has_no_note(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = a_file(tmp_path / "a.csv", content)

    assert inspected(a_feed(path, encoding=encoding))[0].notes == ()


def test_text_of_several_bytes_a_letter_may_look_like_utf8_by_chance(tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.csv", b"\xc3\xa9\xc3\xa9\n1\n")  # two letters either way

    assert inspected(a_feed(path, encoding="gb18030"))[0].notes == (
        f"{path}: is read as gb18030 but looks like utf-8.",
    )


@pytest.mark.parametrize(
    ("cells", "layout", "found"),
    [
        (["order;at;price"], {}, ";"),
        (["order\tat\tprice"], {}, "\t"),
        (["order,at"], {"delimiter": ";"}, ","),
        (['"ORDER"|"at"'], {}, "|"),
        (["order;at", "price"], {}, None),
        (["id;name"], {}, None),
        (["order"], {}, None),
        (["order;at"], {"fmt": "excel"}, None),
    ],
)
def test_header_of_one_cell_is_parted_by_another_delimiter(
    cells: list[str], layout: dict[str, str], found: str | None
) -> None:
    assert other_delimiter(cells, a_feed("x", **layout).layout, {"order", "at", "price"}) == found


def test_first_row_without_header_that_another_delimiter_parts_is_told(tmp_path: Path) -> None:
    said = the_error(tmp_path / "a.csv", "1;2;3\n", has_header=False, columns=("a", "b", "c"))
    assert "a.csv: its columns are parted by ';', not by ','." in said
    alone = a_file(tmp_path / "b.csv", "1;2;3\n")
    assert inspected(a_feed(alone, has_header=False, columns=("a",)))[0].header == ("a",)


def test_wrong_encoding_names_byte_offset_line_and_one_that_decodes(tmp_path: Path) -> None:
    message = the_error(tmp_path / "a.csv", "id,name\n1,Anna\n2,Ren€é\n".encode("windows-1252"))

    assert "a.csv: is not utf-8; byte 0x80 at offset 20 (line 3) does not belong to it." in message
    assert "`encoding: windows-1252`" in message
    assert "Anna" not in message


def test_wrong_byte_far_into_the_file_has_the_right_offset(tmp_path: Path) -> None:
    start = ("é,b\n" * 2_000_000).encode()
    message = the_error(tmp_path / "a.csv", start + b"1,\xff\n")

    assert f"byte 0xFF at offset {len(start) + 2} (line 2000001)" in message


def test_character_cut_at_the_end_is_told(tmp_path: Path) -> None:
    assert "byte 0xC3 at offset 6 (line 2)" in the_error(tmp_path / "a.csv", b"a,b\n1,\xc3")


def test_utf16_read_as_utf8_is_told(tmp_path: Path) -> None:
    for encoding in ("utf-16", "utf-16-le"):
        message = the_error(tmp_path / f"{encoding}.csv", "id,name\n1,Anna\n".encode(encoding))
        assert "encoding: utf-16`" in message


def test_null_byte_is_told_with_its_line(tmp_path: Path) -> None:
    assert "holds a null byte in line 3" in the_error(tmp_path / "a.csv", b"a,b\n1,2\n3,\0\n")


def test_truncated_and_false_gzip_are_told(tmp_path: Path) -> None:
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(b"a,b\n" + bytes(str(list(range(5000))), "ascii"))[:-50])
    false = tmp_path / "false.csv.gz"
    false.write_bytes(b"a,b\n1,2\n")

    assert "cut.csv.gz: is cut off or damaged" in the_error(cut)
    assert "false.csv.gz: is not a whole gzip file" in the_error(false)


def test_gzip_of_two_members_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,\xff\n"))

    assert "offset 10" in the_error(path)


def test_damaged_zip_member_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.csv", "a,b\n1,2\n")
    path.write_bytes(path.read_bytes().replace(b"1,2", b"1,3", 1))

    assert "a.zip!a.csv: is cut off or damaged" in the_error(path)


def test_packed_bytes_under_a_plain_name_are_told(tmp_path: Path) -> None:
    assert "gzip-compressed" in the_error(tmp_path / "a.csv", gzip.compress(b"a,b\n"))
    assert "zip archive or an Excel workbook" in the_error(tmp_path / "b.csv", b"PK\x03\x04xxxx")


def test_empty_file_named_alone_is_an_error(tmp_path: Path) -> None:
    for n, content in enumerate((b"", b"\xef\xbb\xbf", b"\n\n")):
        (tmp_path / f"{n}.csv").write_bytes(content)
        assert f"{n}.csv: is empty." in the_error(tmp_path / f"{n}.csv")


def test_empty_file_in_a_folder_is_a_note(tmp_path: Path) -> None:
    a_file(tmp_path / "a.csv", "a,b\n1,2\n")
    a_file(tmp_path / "b.csv", b"")

    full, empty = inspected(a_feed(tmp_path))

    assert (full.header, full.notes, full.is_empty) == (("a", "b"), (), False)
    assert (empty.header, empty.is_empty) == (None, True)
    assert empty.notes == (f"{tmp_path}/b.csv: is empty.",)
    assert empty.file.content_hash == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize(
    ("end", "found"),
    [("3,4", None), ("3,4\n", None), ("", None), ("3\n", None), ("3", 1), ('"3', 1), ("3,", None)],
)
def test_file_that_breaks_off_within_a_line_is_a_note(tmp_path: Path, end: str, found: int | None) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"a,b\n1,2\n{end}", encoding="utf-8")
    said = f"{path}: breaks off in its last line, after {found} of 2 columns; is the file whole?"
    (seen,) = inspected(a_feed(path))
    assert seen.notes == ((said,) if found else ())
    assert seen.is_open_ended == (found is None and end not in ("", "3\n", "3,4\n"))


def test_header_only_is_a_note(tmp_path: Path) -> None:
    (found,) = inspected(a_feed(a_file(tmp_path / "a.csv", "a,b\n\n")))

    assert found.header == ("a", "b")
    assert found.notes == (f"{tmp_path}/a.csv: holds a header and no rows.",)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("id,name,id", "two columns named 'id'"),
        ("id,name,ID", "'id' and 'ID' are too much alike"),
        ("order id,order.id", "'order id' and 'order.id' are too much alike"),
        ("_Path,b", "'_Path' is reserved"),
        ("a,__Chunks_mark", "'__Chunks_mark' is reserved"),
        ("_c2,,", "two columns named '_c2'"),
    ],
)
def test_names_that_cannot_live_together_are_told(tmp_path: Path, header: str, said: str) -> None:
    message = the_error(tmp_path / "a.csv", f"{header}\n1,2,3\n")

    assert said in message
    assert "`columns:`" in message


def test_columns_must_be_as_many_as_the_header(tmp_path: Path) -> None:
    assert "has 2 columns, `columns:` names 3" in the_error(
        tmp_path / "a.csv", "a,b\n", columns=("x", "y", "z")
    )


def test_skipping_everything_is_told(tmp_path: Path) -> None:
    assert "no line after the 5 skipped" in the_error(tmp_path / "a.csv", "a,b\n1,2\n", skip_rows=5)


def test_hive_folder_name_is_noted(tmp_path: Path) -> None:
    a_file(tmp_path / "country=FR" / "a.csv", "a,b\n1,2\n")

    assert "'country=FR' is not read as a column" in inspected(a_feed(tmp_path))[0].notes[0]


@pytest.mark.parametrize(
    ("content", "shape"),
    [
        ('{"a": 1}\n{"a": 2}\n', "lines"),
        ('{"a": 1}', "lines"),
        ('[{"a": 1}, {"a": 2}]', "document"),
        ('\ufeff \n[\n{"a": 1}]\n', "document"),
        ('{\n "a": 1\n}\n', "document"),
        ('{"orders": [\n{"id": 1},\n{"id": 2}\n]}\n', "document"),
        ('{broken\n{"a": 2}\n{"a": 3}\n', "lines"),
    ],
)
def test_json_shape_is_found(tmp_path: Path, content: str, shape: str) -> None:
    (found,) = inspected(a_feed(a_file(tmp_path / "a.json", content), fmt="json"))

    assert (found.shape, found.header) == (shape, None)


def test_json_faults_are_told(tmp_path: Path) -> None:
    assert "is cut off" in the_error(tmp_path / "a.json", '[{"a": 1}, {"a"', fmt="json")
    assert "several JSON values" in the_error(tmp_path / "b.json", '{\n"a": 1\n}\n{\n"a": 2\n}\n', fmt="json")
    assert "several JSON values" in the_error(tmp_path / "c.json", '[{"a": 1}]\n[{"a": 2}]\n', fmt="json")


def test_parquet_header_and_faults(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"Id": [1], "name": ["x"]}), path)
    assert inspected(a_feed(path, fmt="parquet"))[0].header == ("Id", "name")

    path.write_bytes(path.read_bytes()[:-10])
    assert "cut off, damaged or no Parquet file" in the_error(path, fmt="parquet")


def test_missing_file_between_listing_and_inspection_is_told(tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.csv", "a\n1\n")
    (file,) = list_files(a_feed(path))
    path.unlink()

    with pytest.raises(SourceError, match="is no longer there"):
        inspect(file, a_feed(path))


@pytest.mark.parametrize(
    ("header", "stored"),
    [
        ("id", "id"),
        ("Unit Price", "Unit_Price"),
        (" Prix (EUR) ", "Prix_EUR"),
        ("größe", "größe"),
        ("数量", "数量"),
        ("a.b`c", "a_b_c"),
        ("a, ;b", "a_b"),
        ("x=1\n", "x_1"),
        ("_id", "_id"),
        ("()", "_"),
        ("prix\xa0HT", "prix_HT"),
        ("e\u0301", "é"),
    ],
)
def test_storage_name_keeps_letters_and_replaces_what_tables_refuse(header: str, stored: str) -> None:
    assert storage_name(header) == stored


def test_fixed_width_text_beside_the_columns_is_told(tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.txt", b" 00001 19970101  1   11.77\n 00002 19970102 12 1286.01\n")
    late = a_feed(
        path, fmt="fixed_width", spans=(("id", 1, 6), ("day", 8, 15), ("n", 17, 18), ("usd", 21, 28))
    )
    right = a_feed(
        path, fmt="fixed_width", spans=(("id", 1, 6), ("day", 8, 15), ("n", 16, 18), ("usd", 20, 28))
    )

    assert inspected(late)[0].notes == (
        f"{path}: characters 20 hold text that no column takes; compare `columns:`.",
    )
    assert inspected(right)[0].notes == ()
