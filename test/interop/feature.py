"""For the clients in Python: running a feature and saying what came of it; the records to send."""
import json
import os
import signal
import uuid

BOOTSTRAP = os.environ.get("BOOTSTRAP", "localhost:9092")
LIMIT_S = 60


def say(feature, result, note=None):
    print(json.dumps({"feature": feature, "result": result, "note": note}), flush=True)


def feature(name):
    """Runs the function below it at once; what it returns is the note beside the result."""
    def run(check):
        signal.alarm(LIMIT_S)
        try:
            say(name, "works", check())
        except Exception as error:
            say(name, "fails", f"{type(error).__name__}: {error}"[:300])
        finally:
            signal.alarm(0)
    return run


def late(*_):
    raise TimeoutError(f"not done after {LIMIT_S} s")


signal.signal(signal.SIGALRM, late)


def unique(name):
    return f"{name}-{uuid.uuid4().hex[:8]}"


def records(count):
    """The same records in each language: (key, value, headers), nulls and any length among them."""
    return [(None if i % 5 == 1 else b"k%d" % (i % 7),
             None if i % 5 == 3 else b"value %d " % i * (i % 40),
             [("trace", b"%d" % i), ("empty", b"")] if i % 3 == 0 else [])
            for i in range(count)]


def numbered(count, start=0):
    return [(b"%d" % i, b"n%d" % i, []) for i in range(start, start + count)]


def values(count, start=0):
    return [value for _, value, _ in numbered(count, start)]


def same(found, expected):
    assert len(found) == len(expected), f"{len(found)} of {len(expected)}"
    for i, (one, wanted) in enumerate(zip(found, expected)):
        assert one == wanted, f"{i}: {one!r} is not {wanted!r}"


def refused(call, *errors):
    try:
        call()
    except errors:
        return
    raise AssertionError("accepted")
