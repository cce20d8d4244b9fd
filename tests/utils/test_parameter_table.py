"""What is printed for the reader of the parameters, and for editors."""

import json

import hparams
from hparams import HParams


def test_schema_and_table_are_printed(capsys):
    assert hparams.main(["--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == HParams.model_json_schema()
    assert hparams.main(["--table"]) == 0
    assert capsys.readouterr().out == hparams.parameter_table()
    assert hparams.main(["--tabel"]) == 2
    assert capsys.readouterr().err == "usage: python hparams.py --schema | --table\n"
