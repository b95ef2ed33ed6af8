//! Connections that do not fit the program that makes them.

use super::words;
use super::{Finds, Hit, Indicator};
use crate::analysis::facts::Facts;
use crate::analysis::paths::Location;
use crate::cmdline::is_shell;

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "connection-on-backdoor-port",
        finds: Finds::Facts(|facts| {
            let remote = facts.connection?.remote()?;
            let port = remote
                .port
                .is_some_and(|port| [1337, 4444, 5554, 6666, 6667, 9001, 12345, 13337, 31337, 54321].contains(&port));
            let name = facts.process.program.name.map(crate::cmdline::program_family);
            let operated = name.is_some_and(|name| {
                is_shell(name) || matches!(name, "python" | "perl" | "ruby" | "php" | "nc" | "socat")
            });
            (port && operated && words::is_public_address(remote.address))
                .then(|| Hit::of("fd.name", facts.get("fd.name").unwrap_or(remote.address)))
                .flatten()
        }),
        weight: 62,
        techniques: &["T1571", "T1095"],
        reason: "A shell or an interpreter talks to a public address on a port that remote shells and bots use by default.",
        refuted_by: "The address belongs to a service of yours on this port.",
        example: &[("evt.type", "connect"), ("proc.name", "perl"), ("fd.name", "10.0.0.5:1->203.0.113.9:6667")],
        look_alike: &[("evt.type", "connect"), ("proc.name", "java"), ("fd.name", "10.0.0.5:1->203.0.113.9:9001")],
    },
    Indicator {
        id: "scratch-program-on-network",
        finds: Finds::Facts(|facts| {
            let path = facts.process.program.exepath.filter(|path| Location::of(path).is_writable_by_anyone())?;
            let remote = facts.connection?.remote()?;
            (!remote.is_loopback()).then(|| Hit::of("proc.exepath", path)).flatten()
        }),
        weight: 60,
        techniques: &["T1071", "T1105"],
        reason: "A program from scratch space talks over the network.",
        refuted_by: "A build or a test that runs its programs there.",
        example: &[("evt.type", "connect"), ("proc.exepath", "/tmp/kw"), ("fd.name", "10.0.0.5:1->203.0.113.9:443")],
        look_alike: &[("evt.type", "connect"), ("proc.exepath", "/tmp/kw"), ("fd.name", "127.0.0.1:1->127.0.0.1:443")],
    },
    Indicator {
        id: "system-program-on-network",
        finds: Finds::Facts(|facts| {
            let quiet = [
                "ls", "cat", "sleep", "date", "mkdir", "who", "id", "cp", "mv", "rm", "tail", "head", "sort", "uniq",
                "touch", "chmod", "useradd", "passwd", "true", "false", "kworker", "[kworker",
            ];
            let name = facts.process.program.name?;
            let remote = facts.connection?.remote()?;
            (quiet.contains(&name) && words::is_public_address(remote.address) && remote.port != Some(53))
                .then(|| Hit::of("fd.name", facts.get("fd.name").unwrap_or(name)))
                .flatten()
        }),
        weight: 60,
        techniques: &["T1036", "T1055"],
        reason: "A program that has no business with the network talks to a public address: another runs under its name, or inside it.",
        refuted_by: "A name service that this program asked on the way (LDAP, DNS over an unusual port).",
        example: &[("evt.type", "connect"), ("proc.name", "sleep"), ("fd.name", "10.0.0.5:1->203.0.113.9:443")],
        look_alike: &[("evt.type", "connect"), ("proc.name", "sleep"), ("fd.name", "10.0.0.5:1->203.0.113.9:53")],
    },
    Indicator {
        id: "java-fetches-class",
        finds: Finds::Facts(|facts| {
            let remote = facts.connection.filter(|_| facts.alert.rule() == "Java Process Class File Download")?;
            let mut ends = [remote.server, remote.client].into_iter().flatten();
            let end = ends.find(|end| words::is_public_address(end.address))?;
            Hit::of("fd.name", facts.get("fd.name").unwrap_or(end.address))
        }),
        weight: 72,
        techniques: &["T1190", "T1105"],
        reason: "A Java process receives program code from a public address: what Log4Shell and unsafe deserialisation do.",
        refuted_by: "An application of yours that loads its classes from this address.",
        example: &[
            ("rule", "Java Process Class File Download"),
            ("proc.name", "java"),
            ("fd.name", "10.0.0.5:40000->203.0.113.9:8888"),
        ],
        look_alike: &[
            ("rule", "Java Process Class File Download"),
            ("proc.name", "java"),
            ("fd.name", "10.0.0.5:40000->10.0.0.9:8081"),
        ],
    },
    Indicator {
        id: "cluster-api-asked-by-shell-tool",
        finds: Finds::Facts(|facts| {
            if !facts.alert.rule().starts_with("Contact K8S API Server") {
                return None;
            }
            let name = facts.process.program.name?;
            let shell_tool = matches!(name, "curl" | "wget" | "nc") || is_shell(name);
            let shell = facts.parent.name.is_some_and(is_shell);
            (shell_tool && shell).then(|| Hit::of("proc.name", name)).flatten()
        }),
        weight: 30,
        techniques: &["T1613"],
        reason: "The Kubernetes API is asked with a plain HTTP client from a shell, not by a program made for it.",
        refuted_by: "A start-up script of the image that calls the API so.",
        example: &[("rule", "Contact K8S API Server From Container"), ("proc.name", "curl"), ("proc.pname", "bash")],
        look_alike: &[
            ("rule", "Contact K8S API Server From Container"),
            ("proc.name", "app"),
            ("proc.pname", "containerd-shim"),
        ],
    },
    Indicator {
        id: "ssh-to-outside-on-other-port",
        finds: Finds::Facts(outside_ssh),
        weight: 30,
        techniques: &["T1021.004", "T1571"],
        reason: "SSH goes out to a bare public address on a port that is not its own.",
        refuted_by: "A Git host or a bastion of yours that listens on this port.",
        example: &[
            ("rule", "Disallowed SSH Connection Non Standard Port"),
            ("evt.type", "connect"),
            ("proc.name", "ssh"),
            ("proc.cmdline", "ssh a@203.0.113.9 -p 443"),
            ("fd.name", "10.0.0.5:1->203.0.113.9:443"),
        ],
        look_alike: &[
            ("rule", "Disallowed SSH Connection Non Standard Port"),
            ("evt.type", "connect"),
            ("proc.name", "ssh"),
            ("proc.cmdline", "ssh -p 443 git@ssh.github.com"),
            ("fd.name", "10.0.0.5:1->140.82.121.36:443"),
        ],
    },
];

fn outside_ssh(facts: &Facts<'_>) -> Option<Hit> {
    let remote = facts.connection?.remote()?;
    let text = facts.process.program.cmdline?;
    let named_by_address = text.split([' ', '@']).any(|word| word == remote.address);
    let ssh = facts.process.program.name == Some("ssh");
    (ssh && named_by_address && words::is_public_address(remote.address) && remote.port != Some(22))
        .then(|| Hit::of("proc.cmdline", text))
        .flatten()
}
