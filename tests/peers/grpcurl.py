"""grpcurl against `lanner run`: lists, describes and calls every method by reflection, over TCP and a unix socket.

    LANNER=path/to/lanner GRPCURL=path/to/grpcurl python grpcurl.py SCRATCH_FOLDER
"""
import json, os, re, socket, subprocess, sys, time

LANNER, GRPCURL, SCRATCH = os.environ["LANNER"], os.environ["GRPCURL"], sys.argv[1]
SERVICE = "lanner.v1.AnalysisService"
METHODS = {"WatchAnalyses", "ListAnalyses", "GetAnalysis", "ListAlerts", "GetReport", "GetTuning", "ExplainGrouping",
           "GetStatus"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def grpcurl(target, *arguments, data=None, more=()):
    unix = ["-unix"] if target.startswith("/") else []
    command = [GRPCURL, "-plaintext", *unix, *more, *(["-d", json.dumps(data)] if data is not None else []), target, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def call(target, method, data, more=()):
    code, out, err = grpcurl(target, f"{SERVICE}/{method}", data=data, more=more)
    assert code == 0, f"{method} on {target}: {err}"
    return json.loads(out)


def first_message(target, data, more=()):
    """The first message of a watch: -max-time ends the stream."""
    code, out, err = grpcurl(target, f"{SERVICE}/WatchAnalyses", data=data, more=["-max-time", "3", *more])
    message, _ = json.JSONDecoder().raw_decode(out.strip())
    return message


def check(target, alert_ids, more=()):
    code, out, err = grpcurl(target, "list", more=more)
    assert code == 0 and {SERVICE, "grpc.health.v1.Health"} <= set(out.split()), (target, out, err)
    code, out, err = grpcurl(target, "list", SERVICE, more=more)
    assert {name.rsplit(".", 1)[1] for name in out.split()} == METHODS, out
    code, out, err = grpcurl(target, "describe", f"{SERVICE}.WatchAnalyses", more=more)
    assert code == 0 and "stream" in out, (out, err)
    code, out, err = grpcurl(target, "describe", "lanner.v1.Analysis", more=more)
    assert code == 0 and "verdict" in out, (out, err)
    code, out, err = grpcurl(target, "grpc.health.v1.Health/Check", data={}, more=more)
    assert code == 0 and "SERVING" in out, (out, err)

    listed = call(target, "ListAnalyses", {"page_size": 10}, more)["analyses"]
    assert listed, "no analyses"
    group = listed[0]["groupId"]
    assert call(target, "GetAnalysis", {"group_id": group}, more)["analysis"]["groupId"] == group
    assert call(target, "ListAlerts", {"group_id": group}, more)["alerts"]
    assert "## Summary" in call(target, "GetReport", {"group_id": group}, more)["report"]
    message = first_message(target, {"start": "START_OLDEST"}, more)
    assert message["cursor"] and message["analysis"]["groupId"], message
    code, out, err = grpcurl(target, f"{SERVICE}/GetTuning", data={"group_id": group}, more=more)
    assert code == 0 or "FailedPrecondition" in err, (out, err)
    explained = call(target, "ExplainGrouping", {"alert_id": alert_ids[0], "other_alert_id": alert_ids[1]}, more)
    assert explained["reasons"], explained
    status = call(target, "GetStatus", {}, more)
    assert status["version"] and status["journal"]["id"], status
    code, out, err = grpcurl(target, f"{SERVICE}/GetAnalysis", data={"group_id": "nonsense"}, more=more)
    assert code != 0 and "InvalidArgument" in err, err
    code, out, err = grpcurl(target, f"{SERVICE}/WatchAnalyses", data={"cursor": "nonsense"}, more=more)
    assert code != 0 and "InvalidArgument" in err, err
    print(f"   {'unix socket' if target.startswith('/') else 'TCP'}: {len(METHODS)} methods, {len(listed)} groups")


def main():
    falco, ours, port = os.path.join(SCRATCH, "f.sock"), os.path.join(SCRATCH, "lanner.sock"), free_port()
    config = os.path.join(SCRATCH, "lanner.yaml")
    with open(config, "w") as out:
        out.write(f"""
journal: {{path: {SCRATCH}/journal.db}}
falco: {{address: "unix://{falco}"}}
http: {{enabled: false}}
serve:
  grpc: {{address: "127.0.0.1:{port}", unix: "{ours}"}}
  metrics: {{enabled: false}}
""")
    processes = [subprocess.Popen([LANNER, "simulate", "--listen", f"unix://{falco}", "--count", "40"]),
                 subprocess.Popen([LANNER, "run", "--config", config])]
    try:
        target = f"127.0.0.1:{port}"
        deadline = time.monotonic() + 30
        while True:
            code, out, err = grpcurl(target, f"{SERVICE}/ListAnalyses", data={"page_size": 10})
            if code == 0 and json.loads(out).get("analyses"):
                break
            assert time.monotonic() < deadline, f"no analyses: {err}"
            time.sleep(0.2)
        group = json.loads(out)["analyses"][0]["groupId"]
        ids = [alert["id"] for alert in call(target, "ListAlerts", {"group_id": group})["alerts"]] * 2
        check(target, ids)
        check(ours, ids)
        processes[1].terminate()
        assert processes[1].wait(timeout=30) == 0, "SIGTERM must end with 0"
    finally:
        for process in processes:
            process.kill()
            process.wait()


main()
