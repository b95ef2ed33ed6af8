"""Falco's official Python client (falco 0.4.0) against `lanner simulate`: version, get and sub over a unix socket.

    LANNER=path/to/lanner python falco_client.py SCRATCH_FOLDER
"""
import json, os, subprocess, sys, time

import falco

LANNER, SCRATCH = os.environ["LANNER"], sys.argv[1]
SOCKET = os.path.join(SCRATCH, "falco.sock")
ALERTS = os.path.join(SCRATCH, "alerts.jsonl")
COUNT = 25


def wait_for(condition, what):
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"timed out: {what}")
        time.sleep(0.05)


def main():
    with open(ALERTS, "w") as out:
        for n in range(COUNT):
            out.write(json.dumps({
                "time": f"2026-01-02T03:04:05.{n:09d}Z", "rule": "Terminal shell in container", "priority": "Notice",
                "source": "syscall", "hostname": "node-1", "output": f"03:04:05.{n:09d}: Notice A shell (n={n})",
                "tags": ["container", "shell"], "output_fields": {"proc.name": "bash", "n": str(n)},
            }) + "\n")
    for method in ("get", "sub"):
        server = subprocess.Popen([LANNER, "simulate", "--listen", f"unix://{SOCKET}", "--alerts", ALERTS])
        try:
            wait_for(lambda: os.path.exists(SOCKET), "the stand-in's socket")
            client = falco.Client(endpoint=f"unix://{SOCKET}", output_format="json")
            version = json.loads(client.version())
            assert version["major"] == 0 and version["version"], version
            seen = []
            wait_for(lambda: seen.extend(client.get()) or len(seen) >= COUNT, "25 alerts over get") if method == "get" else None
            if method == "sub":
                for alert in client.sub():
                    seen.append(alert)
                    if len(seen) == COUNT:
                        break
            rows = [json.loads(row) for row in seen]
            assert [row["output_fields"]["n"] for row in rows] == [str(n) for n in range(COUNT)], rows
            assert rows[0]["rule"] == "Terminal shell in container" and rows[0]["hostname"] == "node-1", rows[0]
            print(f"   {method}: {len(rows)} alerts, Falco {version['version']}")
        finally:
            server.kill()
            server.wait()
            if os.path.exists(SOCKET):
                os.unlink(SOCKET)


main()
