//! Made-up alerts of about 650 bytes on the wire: the fields that Falco's stock rules print, the same ones each time.

use anyhow::Context as _;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// How alike the alerts of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mix {
    /// 99 in 100 belong to one of 100 groups, and one opens a group of its own.
    Repeats,
    /// Every second one opens a group of its own.
    Half,
    /// Each opens a group of its own.
    Different,
}

/// How many groups the repeats belong to.
pub const GROUPS: u64 = 100;

impl Mix {
    /// The mix in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Repeats => "99 % repeats",
            Self::Half => "50 % repeats",
            Self::Different => "all different",
        }
    }

    /// Which group alert `n` belongs to.
    fn group(self, n: u64) -> u64 {
        let own = match self {
            Self::Repeats => n % 100 == 99,
            Self::Half => n % 2 == 1,
            Self::Different => true,
        };
        if own { GROUPS + n } else { scatter(n) % GROUPS }
    }

    /// How many groups `count` alerts are.
    pub fn groups(self, count: u64) -> u64 {
        match self {
            Self::Repeats => count / 100 + GROUPS.min(count),
            Self::Half => count / 2 + GROUPS.min(count),
            Self::Different => count,
        }
    }
}

/// A rule of Falco's, and what its alerts look like.
struct Rule {
    name: &'static str,
    priority: &'static str,
    text: &'static str,
    process: &'static str,
    parent: &'static str,
    call: &'static str,
    tags: [&'static str; 5],
    /// What was touched: a path in which `{}` is the activity, or a connection.
    target: &'static str,
}

#[rustfmt::skip]
const RULES: [Rule; 6] = [
    Rule { name: "Read sensitive file untrusted", priority: "Warning",
        text: "Sensitive file opened for reading by non-trusted program", process: "cat", parent: "sh", call: "openat",
        tags: ["T1555", "container", "filesystem", "maturity_stable", "mitre_credential_access"], target: "/etc/{}/shadow" },
    Rule { name: "Terminal shell in container", priority: "Notice",
        text: "A shell was spawned in a container with an attached terminal", process: "bash", parent: "runc", call: "execve",
        tags: ["T1059", "container", "maturity_stable", "mitre_execution", "shell"], target: "/srv/{}/run.sh" },
    Rule { name: "Contact K8S API Server From Container", priority: "Notice",
        text: "Unexpected connection to K8s API Server from container", process: "curl", parent: "entrypoint.sh", call: "connect",
        tags: ["T1565", "container", "k8s", "maturity_stable", "mitre_discovery"], target: ":" },
    Rule { name: "Write below etc", priority: "Error",
        text: "File below /etc opened for writing", process: "install", parent: "dpkg", call: "openat",
        tags: ["T1098", "container", "filesystem", "maturity_sandbox", "mitre_persistence"], target: "/etc/{}.conf" },
    Rule { name: "Drop and execute new binary in container", priority: "Critical",
        text: "Executing binary not part of base image", process: "updater", parent: "node", call: "execve",
        tags: ["PCI_DSS_11.5.1", "T1059", "container", "maturity_stable", "mitre_persistence"], target: "/opt/{}/updater" },
    Rule { name: "Launch Package Management Process in Container", priority: "Error",
        text: "Package management process launched in container", process: "apt-get", parent: "bash", call: "execve",
        tags: ["T1505", "container", "maturity_incubating", "mitre_persistence", "process"], target: "/var/lib/{}/lists" },
];

/// Alert `n` of a mix, as Falco's JSON. The time is put in by the stand-in, which repeats the file.
pub fn alert(mix: Mix, n: u64) -> Value {
    let group = mix.group(n);
    // A container does a few things, each with the same rule or another.
    let container = scatter(if group < GROUPS { group / 2 } else { GROUPS + group / 4 });
    let rule = &RULES[(scatter(group) % RULES.len() as u64) as usize];
    let activity = words(group);
    let target = if rule.target == ":" {
        // The client's port is another each time.
        format!("10.42.{}.{}:{}->10.43.0.1:443", container >> 8 & 0xff, container & 0xff, 32_768 + scatter(n) % 28_000)
    } else {
        rule.target.replace("{}", &activity)
    };
    let process = rule.process;
    let command = format!("{process} --from {activity} /srv/{}", words(container % 1000));
    let namespace = words(container % 40);
    let image = format!("registry.example.com/{namespace}/{}", words(container % 200));
    let id = format!("{:012x}", container & 0xffff_ffff_ffff);
    let pod = format!("{}-{:08x}-{:05x}", words(container % 200), container as u32, container >> 44);
    let call = rule.call;
    let parent = rule.parent;
    let output = format!(
        "12:00:00.000000000: {} {} | target={target} evt_type={call} user=root parent={parent} \
         command={command} container_id={id}",
        rule.priority, rule.text
    );
    json!({
        "hostname": format!("node-{:02}", container % 30), "priority": rule.priority, "rule": rule.name,
        "source": "syscall", "tags": rule.tags, "time": "2026-01-01T12:00:00.000000000Z", "output": output,
        "output_fields": {
            "container.id": id, "container.image.repository": image, "evt.type": call, "fd.name": target,
            "k8s.ns.name": namespace, "k8s.pod.name": pod, "proc.cmdline": command, "proc.name": process,
            "proc.pid": 1000 + scatter(n) % 30_000, "proc.pname": parent, "user.name": "root",
        },
    })
}

/// Alert `n` of a mix, with a time of its own.
pub fn timed(mix: Mix, n: u64) -> Value {
    let mut alert = alert(mix, n);
    let (seconds, millis) = (n / 1000, n % 1000);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    alert["time"] = format!("2026-01-01T{hour:02}:{minute:02}:{second:02}.{millis:03}000000Z").into();
    alert
}

/// An alert that is found by its rule.
pub fn marker(rule: &str) -> Value {
    let mut alert = alert(Mix::Different, u64::MAX / 2);
    alert["rule"] = rule.into();
    alert
}

/// Writes `count` alerts, one in a line.
pub fn write(path: &Path, alerts: impl Iterator<Item = Value>) -> anyhow::Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).context("cannot write the alerts")?);
    for alert in alerts {
        serde_json::to_writer(&mut file, &alert)?;
        file.write_all(b"\n")?;
    }
    Ok(file.flush()?)
}

/// Writes the first `count` alerts of a mix, from the alert `from`.
pub fn write_mix(path: &Path, mix: Mix, from: u64, count: u64) -> anyhow::Result<()> {
    write(path, (from..from + count).map(|n| alert(mix, n)))
}

/// How many bytes an alert of this mix has on the wire, on average over the first thousand.
pub fn wire_bytes(mix: Mix) -> anyhow::Result<f64> {
    use lanner::simulate::{Form, Template};
    let mut bytes = Vec::new();
    for n in 0..1000 {
        let template = std::sync::Arc::new(Template::from_json(&alert(mix, n).to_string(), Form::Text)?);
        template.queued().write(&mut bytes);
    }
    Ok(bytes.len() as f64 / 1000.0)
}

/// Spreads numbers: SplitMix64's finaliser.
fn scatter(n: u64) -> u64 {
    let n = (n ^ n >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ n >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ n >> 31
}

/// A name without digits, another for each number: digits might be taken for a counter.
pub fn words(n: u64) -> String {
    const SYLLABLES: [&str; 16] =
        ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va"];
    let mut text = String::with_capacity(16);
    let mut rest = n;
    while rest > 0 || text.len() < 6 {
        // Writing to a string does not fail.
        let _ = text.write_str(SYLLABLES[(rest & 15) as usize]);
        rest >>= 4;
    }
    text
}
