#!/usr/bin/env python3
"""Documents drawn from nothing but the masks, judged by another validator.

    house_samples.py [SCHEMAS.jsonl[.xz] [N_SCHEMAS [N_EACH]]]

Without arguments: the schemas of grammars/.  A line of SCHEMAS.jsonl is
{"id", "schema"}; schemas that libgram does not compile are left out and
counted.  Numbers are read exactly, never as doubles.  Skipped where the
package `jsonschema` is missing."""

import decimal
import json
import lzma
import os
import pathlib
import subprocess
import sys
import tempfile

GRAMC = os.environ.get("B", "build") + "/gramc"


def number(text):
    d = decimal.Decimal(text)
    if d.is_finite() and d == d.to_integral_value() and abs(d.adjusted()) < 999:
        return int(d)
    return d


def load(text):
    return json.loads(text, parse_float=number, parse_int=number)


def schemas(arguments):
    if not arguments:
        for path in sorted(pathlib.Path("grammars").glob("*.json")):
            yield path.name, path.read_text()
        return
    opened = lzma.open if arguments[0].endswith(".xz") else open
    with opened(arguments[0], "rt", encoding="utf-8") as f:
        for line in f:
            case = json.loads(line, parse_float=decimal.Decimal)
            yield case["id"], json.dumps(case["schema"], default=str)


def sample(path, count):
    """The documents, or None where the schema does not compile."""
    run = subprocess.run([GRAMC, "sample", path, "--count", str(count),
                          "--seed", "11", "--max-tokens", "2000"],
                         capture_output=True, timeout=120)
    if run.returncode == 3:
        return None
    if run.returncode != 0:
        raise RuntimeError(f"status {run.returncode}: "
                           + run.stderr.decode("utf-8", "replace"))
    return [json.loads(line) for line in run.stdout.splitlines()]


def judge(validator, document):
    """None, or what is wrong."""
    if not document["finished"]:
        return "not finished"
    try:
        value = load(document["text"])
    except (ValueError, KeyError) as error:
        return f"no JSON: {error}"
    error = next(validator.iter_errors(value), None)
    return error.message[:200] if error else None


def main():
    if not os.path.exists(GRAMC):
        print(f"skipped: no {GRAMC}")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    try:
        import jsonschema
    except ImportError:
        print("skipped: no Python package jsonschema")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    limit = int(sys.argv[2]) if len(sys.argv) > 2 else 10**9
    each = int(sys.argv[3]) if len(sys.argv) > 3 else 25
    passed = failed = taken = refused = 0
    texts = set()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "schema.json")
        for name, text in schemas(sys.argv[1:]):
            if taken == limit:
                break
            pathlib.Path(path).write_text(text, encoding="utf-8")
            try:
                documents = sample(path, each)
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                print(f"{name}: {error}")
                failed += 1
                continue
            if documents is None:
                refused += 1
                continue
            taken += 1
            schema = load(text)
            kind = jsonschema.validators.validator_for(
                schema, default=jsonschema.Draft202012Validator)
            for document in documents:
                wrong = judge(kind(schema), document)
                texts.add((name, document.get("text")))
                if wrong is None:
                    passed += 1
                else:
                    failed += 1
                    print(f"{name}: {wrong}: {document.get('text')!r:.300}")
    print(f"{taken} schemas, {refused} that libgram does not take, "
          f"{len(texts)} distinct documents")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
