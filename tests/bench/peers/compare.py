#!/usr/bin/env python3
"""libgram and other engines on the same cases, in one run.

    compare.py --cases CASES --vocab VOCAB [--tokenizer FILE] --out DIR
               [--timeout S] [--budget S] [--core N] [--copy] ENGINE...

Every case is asked of libgram and then of each engine, all of them on one
core, so that they share whatever else the machine does meanwhile.  An engine
that takes more than --timeout for a case is stopped and begins anew with the
next one; one that has taken --budget seconds in all is asked no more.

DIR gets the lines of each engine (NAME.jsonl), result.json, and result.md,
which is printed: for each engine, over the schemas that it and libgram both
compile, mean, percentiles and maximum of both and their ratio.  A percentile
is the middle of a histogram bucket, at most 4.4 % off; compile times and
first masks are exact.
"""
import argparse
import json
import math
import os
import pathlib
import platform
import resource
import select
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
PARTS = ("mean", "p50", "p90", "p99", "p99.9", "max")
ROWS = (("compile", "compile_us"), ("first mask, compile included", "first"),
        ("mask", "mask_ns"), ("accept", "accept_ns"),
        ("mask + accept", "tbm_ns"))


class Worker:
    """An engine behind pipes, started when it is needed."""

    def __init__(self, name, command, args):
        self.name, self.command, self.args = name, command, args
        self.process, self.buffer, self.about = None, b"", None
        self.spent, self.results = 0.0, {}

    def limits(self):
        if self.args.core is not None:
            os.sched_setaffinity(0, {self.args.core})
        resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))

    def start(self):
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, preexec_fn=self.limits)
        self.buffer = b""
        line = self.line(120)
        if line is None:
            raise RuntimeError(f"{self.name} does not start")
        self.about = json.loads(line)

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def line(self, seconds):
        """The next line; None: the time is over, or the engine has died."""
        end = time.monotonic() + seconds
        pipe = self.process.stdout.fileno()
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                return None
            chunk = os.read(pipe, 1 << 20)
            if not chunk:
                return None
            self.buffer += chunk
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line

    def ask(self, case, key):
        if self.spent > self.args.budget:
            return
        t0 = time.monotonic()
        if self.process is None:
            self.start()
        try:
            self.process.stdin.write(case)
            self.process.stdin.flush()
            line = self.line(self.args.timeout)
        except BrokenPipeError:
            line = None
        self.spent += time.monotonic() - t0
        if line is None:
            late = self.process.poll() is None
            self.stop()
            line = json.dumps({"id": key, "tests": [],
                               "status": "timeout" if late else "crash"})
        self.results[key] = json.loads(line)


def rank(n, q):
    return max(0, math.ceil(q * n) - 1)


def exact(values):
    v = sorted(values)
    if not v:
        return None
    at = [v[rank(len(v), q)] for q in (.5, .9, .99, .999)]
    return dict(zip(PARTS, [sum(v) / len(v), *at, v[-1]]))


def histogram(parts):
    buckets, n, total, most = {}, 0, 0, 0
    for h in parts:
        n, total, most = n + h["n"], total + h["sum"], max(most, h["max"])
        for bucket, count in h["h"]:
            buckets[bucket] = buckets.get(bucket, 0) + count
    if n == 0:
        return None
    at = []
    for q in (.5, .9, .99, .999):
        left = rank(n, q)
        for bucket in sorted(buckets):
            left -= buckets[bucket]
            if left < 0:
                at.append(min(2 ** ((bucket + .5) / 8), most) / 1000)
                break
    return dict(zip(PARTS, [total / n / 1000, *at, most / 1000]))


def figures(results):
    """Microseconds, by row and part."""
    out = {}
    for title, key in ROWS:
        if key == "first":
            out[title] = exact([r["compile_us"] + r["first_mask_us"]
                                for r in results])
        elif key == "compile_us":
            out[title] = exact([r[key] for r in results])
        else:
            out[title] = histogram([r[key] for r in results])
    return out


def is_right(result):
    return result["status"] == "ok" and all(
        t["accepted"] == t["valid"] for t in result["tests"])


def number(x):
    return f"{x:,.2f}" if x < 10 else f"{x:,.1f}" if x < 1000 else f"{x:,.0f}"


def machine():
    cpu = platform.processor() or platform.machine()
    try:
        for line in open("/proc/cpuinfo"):
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()}"


def commit():
    try:
        return subprocess.run(["git", "describe", "--always", "--dirty"],
                              capture_output=True, text=True, cwd=HERE,
                              check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def compare(ours, peer):
    both = [k for k, r in peer.results.items()
            if r["status"] == "ok" and ours.results[k]["status"] == "ok"]
    a = figures([ours.results[k] for k in both])
    b = figures([peer.results[k] for k in both])
    ratio = {row: {p: b[row][p] / a[row][p] for p in PARTS}
             for row in a if a[row] and b[row]}
    asked = list(peer.results)
    return {"asked": len(asked), "compiled_by_both": len(both),
            "right": {"libgram": sum(is_right(ours.results[k]) for k in asked),
                      peer.name: sum(is_right(peer.results[k]) for k in asked)},
            "status": {s: sum(r["status"] == s for r in peer.results.values())
                       for s in ("ok", "compile_error", "timeout", "crash")},
            "about": peer.about, "libgram_us": a, "peer_us": b, "ratio": ratio}


def markdown(result):
    lines = [f"libgram {result['commit']} on {result['machine']}; "
             f"{result['cases']} schemas, {result['n_vocab']:,} tokens; "
             "microseconds, one core, each schema compiled afresh"]
    for name, c in result["peers"].items():
        status = ", ".join(f"{n} {s}" for s, n in c["status"].items() if n)
        lines += ["", f"### {name} {c['about']['version']}", "",
                  f"{c['asked']} schemas asked: {status}; all verdicts right: "
                  f"{c['right'][name]}, libgram {c['right']['libgram']}.  "
                  f"{c['compiled_by_both']} compiled by both.  A call from "
                  f"Python takes {c['about']['call_ns']:.0f} ns of each of "
                  "its times.", "",
                  "| | " + " | ".join(PARTS) + " |",
                  "|---|" + "--:|" * len(PARTS)]
        for row, ratio in c["ratio"].items():
            for title, values in ((f"{row}: libgram", c["libgram_us"][row]),
                                  (f"{row}: {name}", c["peer_us"][row])):
                lines.append(f"| {title} | " + " | ".join(
                    number(values[p]) for p in PARTS) + " |")
            lines.append(f"| **{row}: ratio** | " + " | ".join(
                f"**{number(ratio[p])}**" for p in PARTS) + " |")
    return "\n".join(lines) + "\n"


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("--cases", "--vocab", "--out"):
        parser.add_argument(name, required=True)
    parser.add_argument("--tokenizer")
    parser.add_argument("--timeout", type=float, default=20)
    parser.add_argument("--budget", type=float, default=180)
    parser.add_argument("--core", type=int)
    parser.add_argument("--copy", action="store_true")
    parser.add_argument("engines", nargs="*")
    return parser.parse_args()


def main():
    args = arguments()
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    command = ["build/bench/maskbench", "--worker", "--vocab", args.vocab]
    ours = Worker("libgram", command + ["--copy"] * args.copy, args)
    peers = [Worker(name, [sys.executable, str(HERE / "worker.py"), name,
                           args.vocab] + [args.tokenizer] * bool(args.tokenizer),
                    args) for name in args.engines]
    cases = pathlib.Path(args.cases).read_bytes().splitlines(keepends=True)
    try:
        for n, case in enumerate(cases):
            for worker in [ours] + peers:
                worker.ask(case, str(n))
            if sys.stderr.isatty():
                print(f"\r{n + 1} of {len(cases)}", end="", file=sys.stderr)
    finally:
        for worker in [ours] + peers:
            worker.stop()
    for worker in [ours] + peers:
        with open(out / f"{worker.name}.jsonl", "w") as file:
            for result in [worker.about, *worker.results.values()]:
                print(json.dumps(result), file=file)
    result = {"commit": commit(), "machine": machine(), "cases": len(cases),
              "n_vocab": ours.about["n_vocab"], "libgram": ours.about,
              "peers": {p.name: compare(ours, p) for p in peers if p.about}}
    (out / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    (out / "result.md").write_text(markdown(result))
    print(markdown(result), end="")


if __name__ == "__main__":
    main()
