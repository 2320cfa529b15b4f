"""`triptych brief check`: what was understood, or everything that is wrong."""

import json
from pathlib import Path

from typer.testing import CliRunner

from triptych.cli import app

DATA = Path(__file__).parent / "data"
runner = CliRunner()


def check(*arguments, **options):
    return runner.invoke(app, ["brief", "check", *map(str, arguments)], **options)


def test_fields_and_notes_are_shown():
    result = check(DATA / "feed.csv", "--sku", "NV-0446")
    assert result.exit_code == 0
    assert result.stdout.startswith("A brief, read from a product feed in CSV:\n")
    assert "price: '39.90'" in result.stdout
    assert "Note: Left out: image_link" in result.stderr
    assert "NV-0446" in check(DATA / "feed.csv", "--row", 1).stdout


def test_json_for_machines():
    result = check(DATA / "product.jsonld", "--json")
    said = json.loads(result.stdout)
    assert said["kind"] == "brief"
    assert said["form"] == "schema.org Product data"
    assert said["fields"]["brand"] == "Norvik"
    assert said["notes"][1].startswith("Left out: image")


def test_errors_end_with_1_and_say_what_to_do():
    result = check(DATA / "feed.csv")
    assert result.exit_code == 1
    assert "row 2: LU-0010, Driftline, Lumora" in result.stderr
    assert "--sku SKU or --row N" in result.stderr
    assert check("").exit_code == 1
    assert "There is no brief" in check("").stderr
    assert check(DATA / "feed.csv", "--row", 0).exit_code == 2


def test_standard_input():
    result = check("-", input="Norvik: the #1 lantern\n")
    assert "Norvik: the #1 lantern" in result.stdout
    assert "read from plain text" in result.stdout


def test_what_steers_a_terminal_is_shown_as_text(tmp_path):
    path = tmp_path / "b.txt"
    path.write_text("a lantern \x1b[31m\u202e and [ZIEL\u202eGRUPPE]")
    result = check(path)
    assert "\x1b" not in result.output
    assert "\u202e" not in result.output
