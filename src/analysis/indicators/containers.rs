//! How containers are started: their mounts, their images.

use super::words::{Part, holds_any, parts};
use super::{Finds, Hit, Indicator};
use crate::analysis::facts::Facts;
use crate::analysis::paths::base_name;

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "host-root-mounted",
        finds: Finds::Facts(|facts| {
            let root = root_mounts(facts).next()?;
            Hit::of("container.mounts", &format!("/:{root}"))
        }),
        weight: 40,
        techniques: &["T1611", "T1610"],
        reason: "The host's whole file system is mounted into the container, writable: whoever is in it owns the machine.",
        refuted_by: "A node agent of yours that needs it, by its manifest.",
        example: &[("container.id", "c1"), ("container.mounts", "/:/mnt::true:rprivate")],
        look_alike: &[("container.id", "c1"), ("container.mounts", "/:/host:ro:false:rslave")],
    },
    Indicator {
        id: "host-root-entered",
        finds: Finds::Facts(|facts| {
            let text = facts.process.program.cmdline?;
            let mut words = text.split_ascii_whitespace();
            let chroots = words.next().is_some_and(|word| base_name(word) == "chroot");
            let target = words.find(|word| !word.starts_with('-'))?.trim_end_matches('/');
            (chroots && root_mounts(facts).any(|mount| mount == target))
                .then(|| Hit::of("proc.cmdline", text))
                .flatten()
        }),
        weight: 78,
        techniques: &["T1611"],
        reason: "A container with the host's file system in it starts by changing its root to that file system: it works on the host.",
        refuted_by: "A node agent of yours that is started so, by its manifest.",
        example: &[
            ("container.id", "c1"),
            ("container.mounts", "/:/mnt::true:rprivate"),
            ("proc.cmdline", "chroot /mnt id"),
        ],
        look_alike: &[
            ("container.id", "c1"),
            ("container.mounts", "/srv:/mnt::true:rprivate"),
            ("proc.cmdline", "chroot /mnt id"),
        ],
    },
    Indicator {
        id: "attack-image",
        finds: Finds::Facts(|facts| {
            let own = facts.container.image.map(|image| ("container.image.repository", image));
            let asked = facts.audit.and_then(|audit| audit.images).map(|image| ("ka.req.pod.containers.image", image));
            own.into_iter()
                .chain(asked)
                .find(|(_, image)| is_attack_image(image))
                .and_then(|(field, image)| Hit::of(field, image))
        }),
        weight: 75,
        techniques: &["T1610", "T1204.003"],
        reason: "The image is a public attack or mining tool, by its name.",
        refuted_by: "A security exercise that is announced.",
        example: &[("container.image.repository", "docker.io/miningcontainers/xmrig")],
        look_alike: &[("container.image.repository", "docker.io/grafana/grafana")],
    },
    Indicator {
        id: "simulated-attack",
        finds: Finds::Facts(simulation),
        weight: 85,
        techniques: &["T1204"],
        reason: "Falco's event generator made this event: it simulates attacks, and is one unless you started it.",
        refuted_by: "A test of Falco that was running at this time.",
        example: &[("proc.pexepath", "/bin/event-generator"), ("proc.cmdline", "sh -c ls")],
        look_alike: &[("proc.pexepath", "/usr/bin/containerd-shim"), ("proc.cmdline", "sh -c ls")],
    },
];

/// Where the host's root is mounted writable, by `container.mounts` (source:destination:mode:writable:propagation).
pub(super) fn root_mounts<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    facts.container.mounts.into_iter().flat_map(|mounts| mounts.split([',', ' '])).filter_map(|mount| {
        let mut parts = mount.split(':');
        let (source, destination) = (parts.next()?, parts.next()?);
        let read_only = parts.any(|part| part == "ro" || part == "false");
        (source == "/" && !read_only).then(|| destination.trim_end_matches('/'))
    })
}

fn is_attack_image(image: &str) -> bool {
    const NAMES: &[Part<'_>] = parts![
        "kube-hunter",
        "kube-recon",
        "peirates",
        "hacker-container",
        "xmrig",
        "monero",
        "minerd",
        "cpuminer",
        "cgminer",
        "metasploit",
        "amicontained",
        "deepce",
        "botb",
        "kubeletmein",
        "kali-rolling",
        "kalilinux",
        "parrotsec",
        "sliver",
        "chisel",
        "masscan",
        "miningcontainers",
        "xmr-stak",
        "tntpwnme",
        "dockgeddon",
        "docker123321",
        "hildeteamtnt",
        "weaveworks/scope-teamtnt",
        "pocosow",
        "nmap",
        "sqlmap",
        "stratus-red-team",
        "ctr-exploit",
        "cdk-team",
        "red-team",
        "redteam",
        "pause-amd64-miner",
    ];
    holds_any(image, NAMES)
}

/// What names itself as Falco's event generator.
fn simulation(facts: &Facts<'_>) -> Option<Hit> {
    const PATHS: &[&str] = &[
        "proc.exepath",
        "proc.pexepath",
        "proc.aexepath[2]",
        "proc.aexepath[3]",
        "proc.pexe",
        "proc.exe",
        "container.image.repository",
        "fd.name",
        "evt.arg.path",
        "evt.arg.newpath",
        "evt.arg.linkpath",
        "evt.args",
        "proc.name",
        "proc.pname",
        "proc.aname[2]",
        "proc.cmdline",
        "proc.pcmdline",
        "evt.arg.filename",
        "evt.arg.name",
        "k8s.ns.name",
        "ka.target.namespace",
        "ka.resp.name",
        "ka.target.name",
    ];
    const NAME: &str = "event-generator";
    if !facts.alert.mentions(NAME) {
        return None;
    }
    PATHS.iter().find_map(|field| {
        let value = facts.get(field)?;
        let named = value.contains(NAME) && !value.contains("grep");
        named.then(|| Hit::of(field, value)).flatten()
    })
}
