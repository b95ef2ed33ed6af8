//! Looking around: the machine, its network, its cluster, ways up.

use super::seen::Seen;
use super::words::{self, parts};
use super::{Finds, Indicator};
use crate::analysis::facts::Endpoint;

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "network-swept",
        finds: Finds::Command(
            &[
                "nmap",
                "masscan",
                "zmap",
                "zgrab",
                "rustscan",
                "pnscan",
                "fscan",
                "naabu",
                "unicornscan",
                "hping3",
                "fping",
                "arp-scan",
                "netdiscover",
                "kscan",
                "scanssh",
                "nbtscan",
                "xscan",
            ],
            |seen| {
                let mass = !matches!(seen.name, "nmap" | "fping" | "hping3");
                let wide = |arg: &str| {
                    is_network(arg)
                        || arg.contains("-iL")
                        || (arg.contains('-')
                            && arg.rsplit('.').next().is_some_and(|last| last.contains('-'))
                            && arg.starts_with(|c: char| c.is_ascii_digit()))
                };
                (mass && seen.args().next().is_some() && !is_help(seen)) || seen.any_arg(wide)
            },
        ),
        weight: 75,
        techniques: &["T1046"],
        reason: "Whole networks are scanned: how one looks for the next machine to enter.",
        refuted_by: "A scan by your security or network team that is announced.",
        example: &[("proc.cmdline", "zmap -p 6379 10.0.0.0/8 -o results.csv")],
        look_alike: &[("proc.cmdline", "nmap -p 443 10.0.0.5")],
    },
    Indicator {
        id: "host-scanned",
        finds: Finds::Command(&["nmap"], |seen| {
            let local = seen.operands().any(|word| Endpoint { address: word, port: None }.is_loopback());
            !local && !is_help(seen) && seen.args().next().is_some()
        }),
        weight: 45,
        techniques: &["T1046"],
        reason: "A machine's open ports are listed.",
        refuted_by: "Somebody of your team who checked a connection at this time.",
        example: &[("proc.cmdline", "nmap -sV 10.0.0.5")],
        look_alike: &[("proc.cmdline", "nmap --version")],
    },
    Indicator {
        id: "ports-tried-one-by-one",
        finds: Finds::Command(&["nc"], |seen| {
            let ranges = |arg: &str| {
                arg.split_once('-').is_some_and(|(from, to)| from.parse::<u16>().is_ok() && to.parse::<u16>().is_ok())
            };
            let looped =
                seen.visit.within == Some(crate::cmdline::NestedKind::Body) && seen.any_arg(|arg| arg.contains('$'));
            seen.command.has_option('z', "zero")
                && (seen.any_arg(ranges) || looped && seen.any_arg(|arg| arg.contains(".$")))
        }),
        weight: 65,
        techniques: &["T1046"],
        reason: "Many ports or addresses are tried with netcat: a scan without a scanner.",
        refuted_by: "Somebody of your team who checked connections at this time.",
        example: &[("proc.cmdline", "nc -zv 10.0.0.5 1-1024")],
        look_alike: &[("proc.cmdline", "nc -zv localhost 8500")],
    },
    Indicator {
        id: "setuid-programs-listed",
        finds: Finds::Command(&["find", "getcap"], |seen| match seen.name {
            "find" => {
                let mut args = seen.args();
                let perm = args.any(|arg| arg == "-perm")
                    && args.next().is_some_and(|mode| {
                        mode.contains("4000")
                            || mode.contains("6000")
                            || mode.contains("u=s")
                            || mode.contains("2000")
                            || mode.contains("+s")
                    });
                perm && !seen.has_arg(&["-delete"]) && !seen.any_arg(|arg| arg == "chmod")
            }
            _ => seen.command.has_option('r', "") && seen.has_arg(&["/", "/usr", "/usr/bin"]),
        }),
        weight: 70,
        techniques: &["T1083", "T1548.001"],
        reason: "It lists the programs that run with another's rights: the first question of somebody who wants to be root.",
        refuted_by: "A compliance scan of yours (CIS benchmarks ask this).",
        example: &[("proc.cmdline", "find / -perm -4000 -type f")],
        look_alike: &[("proc.cmdline", "find / -xdev -perm -4000 -exec chmod u-s {} +")],
    },
    Indicator {
        id: "looks-around",
        finds: Finds::Script(|script| {
            let mut asked: Vec<&str> = Vec::new();
            script.for_each_command(|visit| {
                let name = visit.command.family();
                let known = [
                    "id",
                    "whoami",
                    "uname",
                    "hostname",
                    "ifconfig",
                    "netstat",
                    "ss",
                    "w",
                    "who",
                    "last",
                    "lscpu",
                    "arp",
                    "route",
                    "groups",
                    "lsb_release",
                    "printenv",
                    "mount",
                    "df",
                    "ps",
                    "env",
                ];
                let question = known.iter().find(|each| **each == name).copied().or_else(|| {
                    visit.command.arg_texts().find_map(|arg| {
                        [
                            "/etc/passwd",
                            "/etc/issue",
                            "/proc/version",
                            "/proc/cpuinfo",
                            "/.dockerenv",
                            "/proc/1/cgroup",
                            "/proc/self/cgroup",
                            "/etc/group",
                        ]
                        .iter()
                        .find(|path| arg == **path)
                        .copied()
                    })
                });
                if let Some(question) = question
                    && !asked.contains(&question)
                {
                    asked.push(question);
                }
            });
            (asked.len() >= 3).then(|| asked.join(", "))
        }),
        weight: 50,
        techniques: &["T1082", "T1033", "T1016"],
        reason: "One command line asks several times who, where and what this is, as one does after getting in.",
        refuted_by: "A support bundle or an inventory script of yours.",
        example: &[("proc.cmdline", "sh -c id; uname -a; cat /etc/passwd")],
        look_alike: &[("proc.cmdline", "sh -c id; ls -l")],
    },
    Indicator {
        id: "cluster-secrets-listed",
        finds: Finds::Command(&["kubectl", "oc"], |seen| {
            let secrets = seen.has_arg(&["get", "describe"])
                && seen.any_arg(|arg| {
                    arg == "secret" || arg == "secrets" || arg.starts_with("secret/") || arg.starts_with("secrets,")
                });
            let all = seen.has_arg(&["-A", "--all-namespaces"]) || seen.facts.in_container();
            secrets && all && !seen.command.args().is_empty()
        }),
        weight: 62,
        techniques: &["T1552.007"],
        reason: "The cluster's secrets are read from inside a container, or of all namespaces at once.",
        refuted_by: "A deployment job of yours that reads this secret.",
        example: &[("container.id", "c1"), ("proc.cmdline", "kubectl get secrets -A -o yaml")],
        look_alike: &[("container.id", "c1"), ("proc.cmdline", "kubectl get pods")],
    },
    Indicator {
        id: "cluster-rights-listed",
        finds: Finds::Command(&["kubectl", "oc"], |seen| {
            seen.has_arg(&["can-i"]) && seen.any_arg(|arg| arg.starts_with("--list") || arg == "*")
        }),
        weight: 60,
        techniques: &["T1613", "T1069"],
        reason: "It asks for all that its token may do in the cluster: one asks so with a token that one has found.",
        refuted_by: "Somebody of your team who debugged permissions at this time.",
        example: &[("container.id", "c1"), ("proc.cmdline", "kubectl auth can-i --list")],
        look_alike: &[("container.id", "c1"), ("proc.cmdline", "kubectl auth can-i get pods")],
    },
    Indicator {
        id: "cluster-changed-from-shell-in-pod",
        finds: Finds::Command(&["kubectl", "oc"], |seen| {
            let acts = seen.has_arg(&["create", "run", "exec", "cp", "apply", "delete", "attach", "debug"]);
            let shell = seen.facts.parent.name.is_some_and(crate::cmdline::is_shell);
            acts && shell && seen.facts.in_container() && seen.facts.process.on_terminal == Some(true)
        }),
        weight: 35,
        techniques: &["T1610", "T1609"],
        reason: "Somebody at a terminal in a pod changes the cluster with the pod's rights.",
        refuted_by: "An administrator who works from a tools pod.",
        example: &[
            ("container.id", "c1"),
            ("proc.pname", "bash"),
            ("proc.tty", "34816"),
            ("proc.cmdline", "kubectl run x --image=alpine"),
        ],
        look_alike: &[
            ("container.id", "c1"),
            ("proc.pname", "bash"),
            ("proc.tty", "34816"),
            ("proc.cmdline", "kubectl get pods"),
        ],
    },
    Indicator {
        id: "own-address-asked",
        finds: Finds::Command(&["curl", "wget", "dig"], |seen| {
            let sites = parts![
                "ifconfig.me",
                "ipinfo.io",
                "icanhazip.com",
                "api.ipify.org",
                "checkip.amazonaws.com",
                "ifconfig.co",
                "ip.sb",
                "ident.me",
                "ipecho.net",
                "myip.opendns.com",
                "ip-api.com",
                "wtfismyip.com",
                "whatismyip",
            ];
            seen.holds_any(sites)
        }),
        weight: 30,
        techniques: &["T1016"],
        reason: "It asks the Internet for its own address, as malware does before it reports home.",
        refuted_by: "A dynamic-DNS or registration script of yours.",
        example: &[("proc.cmdline", "curl -s ifconfig.me")],
        look_alike: &[("proc.cmdline", "curl -s https://shop.example/")],
    },
    Indicator {
        id: "container-walls-probed",
        finds: Finds::Command(&["capsh", "cat", "grep", "ls", "fdisk", "lsblk", "find"], |seen| match seen.name {
            "capsh" => seen.has_arg(&["--print"]),
            "cat" | "grep" => {
                seen.any_arg(|arg| arg == "/proc/self/status" || arg == "/proc/1/status")
                    && seen.any_arg(|arg| arg.starts_with("Cap"))
            }
            "find" => seen.any_arg(|arg| arg.contains("docker.sock") || arg.contains("release_agent")),
            "ls" => seen.any_arg(|arg| arg.ends_with("docker.sock") || arg == "/.dockerenv"),
            _ => seen.has_arg(&["-l"]) && seen.facts.in_container(),
        }),
        weight: 40,
        techniques: &["T1613", "T1082"],
        reason: "It asks what holds the container: its capabilities, sockets and disks. An escape begins with these questions.",
        refuted_by: "Somebody of your team who debugged the container's rights at this time.",
        example: &[("container.id", "c1"), ("proc.cmdline", "capsh --print")],
        look_alike: &[("container.id", "c1"), ("proc.cmdline", "ls -l /app")],
    },
    Indicator {
        id: "sessions-of-others-used",
        finds: Finds::Command(&["ssh", "scp"], |seen| {
            let silent = seen.holds_any(parts!["BatchMode=yes"]) && seen.holds_any(parts!["StrictHostKeyChecking=no"]);
            silent
                && (seen.visit.within == Some(crate::cmdline::NestedKind::Body)
                    || seen.any_arg(|arg| arg.contains('$')))
                && !words::holds_any(seen.command.path(), parts!["ansible"])
        }),
        weight: 60,
        techniques: &["T1021.004"],
        reason: "It logs in to one machine after the other with keys that it finds, asking nothing.",
        refuted_by: "A deployment script of yours that visits these machines.",
        example: &[(
            "proc.cmdline",
            "sh -c for h in $(cat /root/.ssh/known_hosts); do ssh -oBatchMode=yes -oStrictHostKeyChecking=no $h id; done",
        )],
        look_alike: &[("proc.cmdline", "ssh -oBatchMode=yes backup@10.0.0.5 true")],
    },
];

fn is_help(seen: &Seen<'_, '_>) -> bool {
    seen.has_arg(&["--version", "-V", "--help", "-h"])
}

/// `10.0.0.0/8`
fn is_network(arg: &str) -> bool {
    arg.split_once('/').is_some_and(|(address, bits)| {
        address.parse::<std::net::IpAddr>().is_ok() && bits.parse::<u8>().is_ok_and(|bits| bits < 32)
    })
}
