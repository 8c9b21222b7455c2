#!/usr/bin/env python3
"""Another engine behind the line protocol of build/bench/maskbench --worker.

    worker.py ENGINE VOCAB [TOKENIZER]
                    ENGINE: llguidance, xgrammar, xgrammar-dynamic,
                    outlines-core

VOCAB is what build/bench/tokenize writes, TOKENIZER the tokenizer.json that
it was made from, if it was one.  One case a line on standard input,
one result a line on standard output, the first line describing the engine;
fields, order of work and histogram are those of maskbench.  An adapter has:

    compile(schema_text) -> grammar     raises where it is refused
    start(grammar) -> matcher           not timed
    mask(matcher)                       timed: fills self.row
    accept(matcher, token) -> bool      timed
    may_end(matcher) -> bool            after a last mask

Times include the call from Python into the engine: `call_ns` tells how long
one that does next to nothing takes.
"""
import ctypes
import gc
import importlib.metadata
import importlib.util
import json
import math
import pathlib
import resource
import struct
import sys
import time

now = time.perf_counter_ns

# how text is split before it is tokenized, by most byte-level vocabularies
SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
         r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


class Histogram:
    """Bucket b counts 2^(b/8) <= ns < 2^((b+1)/8)."""

    def __init__(self):
        self.n = self.sum = self.max = 0
        self.at, self.buckets = [0, 0], {}

    def add(self, ns, *at):
        ns = max(ns, 1)
        self.n += 1
        self.sum += ns
        if ns > self.max:
            self.max, self.at = ns, list(at)
        bucket = int(8 * math.log2(ns))
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1

    def json(self):
        return {"n": self.n, "sum": self.sum, "max": self.max,
                "max_at": self.at, "h": sorted(map(list, self.buckets.items()))}


class Vocabulary:
    def __init__(self, path, file=None):
        self.file = file
        data = pathlib.Path(path).read_bytes()
        assert data[:4] == b"LGV1", "not written by build/bench/tokenize"
        n, self.end = struct.unpack_from("<II", data, 4)
        self.tokens, at = [], 16  # (is text, bytes)
        for _ in range(n):
            kind, _, size = struct.unpack_from("<BBH", data, at)
            self.tokens.append((kind == 0, data[at + 4:at + 4 + size]))
            at += 4 + size
        self.words = (n + 31) // 32


class Engine:
    def __init__(self, vocabulary):
        self.row = (ctypes.c_uint32 * vocabulary.words)()
        self.end = vocabulary.end

    def allows(self, token):
        return self.row[token >> 5] >> (token & 31) & 1

    def may_end(self, matcher):
        return self.allows(self.end)


class LLGuidance(Engine):
    package = "llguidance"

    def __init__(self, vocabulary):
        super().__init__(vocabulary)
        import llguidance
        self.new = llguidance.LLMatcher

        slices = llguidance.LLTokenizer.json_slices()
        if vocabulary.file is not None:
            self.tokenizer = llguidance.LLTokenizer(
                vocabulary.file, eos_token=vocabulary.end, slices=slices)
        else:
            self.tokenizer = self.by_ranks(vocabulary, slices, llguidance)
        self.at = ctypes.addressof(self.row)
        self.size = ctypes.sizeof(self.row)

    @staticmethod
    def by_ranks(vocabulary, slices, llguidance):
        """A byte-level BPE whose ids are its ranks.  This engine forces
        tokens where the text is forced; where the guess is wrong, cases are
        not right and do not count."""
        words, special = {}, {}
        for i, (text, token) in enumerate(vocabulary.tokens):
            if text:
                words.setdefault(token, i)
            else:
                special[token.decode(errors="replace") or f"<{i}>"] = i
        return llguidance.LLTokenizer.from_tiktoken(
            encoder=words, special_tokens=special, pattern=SPLIT,
            eos_token=vocabulary.end, n_vocab=len(vocabulary.tokens),
            slices=slices)

    def compile(self, text):
        made = self.new(self.tokenizer, self.new.grammar_from_json_schema(text),
                        log_level=0)
        if made.is_error():
            raise ValueError(made.get_error())
        return made

    def start(self, grammar):
        return grammar.deep_copy()

    def mask(self, matcher):
        matcher.unsafe_compute_mask_ptr(self.at, self.size)

    def accept(self, matcher, token):
        return matcher.consume_token(token)

    def idle(self, matcher):
        matcher.is_error()


class XGrammar(Engine):
    """By the wheel's binding, without the package's own Python, which takes
    torch and transformers.  The cache is off, one thread compiles."""
    package, dynamic = "xgrammar", False

    def __init__(self, vocabulary):
        super().__init__(vocabulary)
        import tvm_ffi
        from tvm_ffi.libinfo import load_lib_module
        home = pathlib.Path(importlib.util.find_spec("xgrammar").origin).parent
        load_lib_module("xgrammar", "xgrammar_bindings", extra_lib_paths=[home])
        spec = importlib.util.spec_from_file_location(
            "xgrammar_ffi", home / "tvm_ffi_binding" / "_ffi_api.py")
        self.ffi = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.ffi)
        import numpy
        # an empty text is this engine's mark of a special token
        words = [t if text else b"" for text, t in vocabulary.tokens]
        info = self.ffi.TokenizerInfo(words, 0, len(words), [self.end], False)
        self.compiler = self.ffi.GrammarCompiler(info, 1, False, -1, self.dynamic)
        array = numpy.frombuffer(self.row, dtype=numpy.int32).reshape(1, -1)
        self.tensor = tvm_ffi.from_dlpack(array)
        self.all = False

    def compile(self, text):
        # any white space, no indent, no separators, objects open as the
        # standard says, no bound of white space, order as in the schema
        return self.compiler.compile_json_schema(text, True, None, None, False,
                                                 None, False)

    def start(self, grammar):
        return self.ffi.GrammarMatcher(grammar, None, False, -1, None)

    def mask(self, matcher):
        self.all = not matcher.fill_next_token_bitmask(self.tensor, 0, False)

    def allows(self, token):
        return self.all or super().allows(token)

    def accept(self, matcher, token):
        return matcher.accept_token(token, False)

    def idle(self, matcher):
        matcher.is_terminated()


class XGrammarDynamic(XGrammar):
    """Masks are made when they are first needed."""
    dynamic = True


class Outlines(Engine):
    package = "outlines-core"

    def __init__(self, vocabulary):
        super().__init__(vocabulary)
        import outlines_core
        from outlines_core.json_schema import build_regex_from_schema
        self.core, self.regex = outlines_core, build_regex_from_schema
        words = {}
        for i, (text, token) in enumerate(vocabulary.tokens):
            if text:
                words.setdefault(token, []).append(i)
        self.vocabulary = outlines_core.Vocabulary(self.end, words)
        self.at = ctypes.addressof(self.row)

    def compile(self, text):
        return self.core.Index(self.regex(text), self.vocabulary)

    def start(self, grammar):
        return self.core.Guide(grammar)

    def mask(self, matcher):
        matcher.write_mask_into(self.at, len(self.row), 4)

    def accept(self, matcher, token):
        matcher.advance(token, False)
        return True

    def may_end(self, matcher):
        return matcher.is_finished() or super().may_end(matcher)

    def idle(self, matcher):
        matcher.get_state()


ENGINES = {"llguidance": LLGuidance, "xgrammar": XGrammar,
           "xgrammar-dynamic": XGrammarDynamic, "outlines-core": Outlines}


def follow(engine, grammar, test, index, masks, accepts, both):
    matcher, result = engine.start(grammar), {"valid": test["valid"],
                                              "accepted": False}
    for at, token in enumerate(test["tokens"]):
        t0 = now()
        engine.mask(matcher)
        mask_ns = now() - t0
        masks.add(mask_ns, index, at)
        if not engine.allows(token):
            return {**result, "at_token": at}
        t0 = now()
        accepted = engine.accept(matcher, token)
        accept_ns = now() - t0
        accepts.add(accept_ns, index, at)
        both.add(mask_ns + accept_ns, index, at)
        if not accepted:
            return {**result, "at_token": at, "error": "accept differs"}
    t0 = now()
    engine.mask(matcher)
    masks.add(now() - t0, index, len(test["tokens"]))
    return {**result, "accepted": bool(engine.may_end(matcher)),
            "at_token": len(test["tokens"])}


def run(engine, case):
    result = {"id": case["id"], "status": "ok", "tests": []}
    t0 = now()
    try:
        grammar = engine.compile(case["schema_text"])
        result["compile_us"] = (now() - t0) / 1000
        matcher = engine.start(grammar)
        t0 = now()
        engine.mask(matcher)
        result["first_mask_us"] = (now() - t0) / 1000
    except BaseException as e:  # panics of the engines are no Exception
        return {**result, "status": "compile_error", "error": str(e)[:300]}
    masks, accepts, both = Histogram(), Histogram(), Histogram()
    for index, test in enumerate(case["tests"]):
        try:
            result["tests"].append(
                follow(engine, grammar, test, index, masks, accepts, both))
        except Exception as e:
            result["tests"].append({"valid": test["valid"], "accepted": False,
                                    "error": str(e)[:300]})
    return {**result, "mask_ns": masks.json(), "accept_ns": accepts.json(),
            "tbm_ns": both.json(),
            "rss_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


def call_ns(engine):
    matcher = engine.start(engine.compile('{"type":"boolean"}'))
    t0 = now()
    for _ in range(10000):
        engine.idle(matcher)
    return (now() - t0) / 10000


def main():
    vocabulary = Vocabulary(*sys.argv[2:4])
    t0 = now()
    engine = ENGINES[sys.argv[1]](vocabulary)
    load_us = (now() - t0) / 1000
    print(json.dumps({
        "engine": sys.argv[1], "clock": "wall",
        "version": importlib.metadata.version(engine.package),
        "n_vocab": len(vocabulary.tokens), "vocab_load_us": load_us,
        "call_ns": call_ns(engine)}), flush=True)
    gc.disable()  # nothing here makes cycles
    for line in sys.stdin:
        print(json.dumps(run(engine, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
