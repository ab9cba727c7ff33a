"""The packaged schemas of benches and sweeps are those of their types, and hold what is written."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from rocmtui.core.text.documents import pretty
from tests.core.bench.test_report import PLAN as BENCH_PLAN
from tests.core.bench.test_report import REPORT, report_of
from tests.core.sweep.schemas import SCHEMAS, schema_text
from tests.fakes.made_bench import made_results

PACKAGED = Path(__file__).parents[3] / "rocmtui" / "schemas"


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_packaged_schema_is_up_to_date(name: str) -> None:
    how = f"write tests.core.sweep.schemas.schema_text({name!r}) to rocmtui/schemas/{name}.schema.json"
    assert (PACKAGED / f"{name}.schema.json").read_text() == schema_text(name), how


def test_benches_hold_to_it_and_other_things_do_not() -> None:
    schema = json.loads(schema_text("bench"))
    jsonschema.Draft202012Validator.check_schema(schema)
    empty = report_of(made_results(BENCH_PLAN, lambda *_: {}), "interrupted")
    for report in (REPORT, empty):
        jsonschema.validate(json.loads(pretty(report)), schema)
    wrong = json.loads(pretty(REPORT)) | {"schema": "rocmtui.bench/2"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema)
