//! Cryptocurrency miners: programs, pools, wallets, and what they do to the machine and to rivals.

use super::words::{self, Part, holds_any, parts};
use super::{Finds, Hit, Indicator};
use crate::analysis::paths::base_name;
use foldhash::HashSet;
use std::sync::LazyLock;

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "miner-program",
        finds: Finds::Command(&[], |seen| is_miner(seen.program) && !seen.has_arg(&["--version"])),
        weight: 88,
        techniques: &["T1496.001", "T1496"],
        reason: "The program has the name of a cryptocurrency miner or of the malware that brings one.",
        refuted_by: "You mine here.",
        example: &[("proc.cmdline", "xmrig -c config.json -B")],
        look_alike: &[("proc.cmdline", "xmllint config.xml")],
    },
    Indicator {
        id: "miner-in-tree",
        finds: Finds::Facts(|facts| {
            let own = [
                ("proc.exepath", facts.process.program.exepath),
                ("proc.name", facts.process.program.name),
                ("proc.exe", facts.process.program.exe),
                ("proc.pexepath", facts.parent.exepath),
                ("proc.pname", facts.parent.name),
            ];
            let above = facts.ancestors.iter().map(|program| ("proc.aname", program.name));
            let files = facts.file.paths.iter().map(|(field, path)| (*field, Some(*path)));
            own.into_iter().chain(above).chain(files).find_map(|(field, value)| {
                let value = value?;
                is_miner(base_name(value)).then(|| Hit::of(field, value)).flatten()
            })
        }),
        weight: 85,
        techniques: &["T1496.001", "T1496"],
        reason: "A program of the process tree, or a file, has the name of a cryptocurrency miner or of the malware that brings one.",
        refuted_by: "You mine here.",
        example: &[("proc.name", "sh"), ("proc.pname", "kinsing")],
        look_alike: &[("proc.name", "sh"), ("proc.pname", "kine")],
    },
    Indicator {
        id: "mining-options",
        finds: Finds::Command(&[], |seen| {
            let shows =
                matches!(seen.name, "grep" | "echo" | "pgrep" | "pkill" | "cat" | "awk" | "sed" | "printf" | "git");
            let stratum =
                seen.holds_any(parts!["stratum+tcp", "stratum+ssl", "stratum+tls", "stratum2+tcp", "stratum1+tcp"]);
            let options = seen.holds_any(parts![
                "--donate-level",
                "--coin=monero",
                "--coin=xmr",
                "--algo=rx/",
                "--algo=randomx",
                "--algo=cryptonight",
                "randomx-1gb-pages",
                "--nicehash",
                "--cpu-priority=",
            ]);
            let pool = seen.holds_any(POOLS);
            !shows && (stratum || options || pool)
        }),
        weight: 85,
        techniques: &["T1496.001", "T1496"],
        reason: "The words are those of a miner: a pool, its protocol or a mining algorithm.",
        refuted_by: "You mine here.",
        example: &[("proc.cmdline", "kw -o stratum+tcp://pool.example:3333 -u w")],
        look_alike: &[("proc.cmdline", "grep -c stratum+tcp access.log")],
    },
    Indicator {
        id: "wallet-on-command-line",
        finds: Finds::Command(&[], |seen| seen.any_arg(words::is_wallet)),
        weight: 78,
        techniques: &["T1496.001", "T1496"],
        reason: "A Monero wallet is named: what is mined goes there.",
        refuted_by: "You mine here.",
        example: &[(
            "proc.cmdline",
            "bash -s 49UVbUeeWjV824vMb8z41M9BqLMxQSkz41pP76CFtkSuKfTwhRWw5MWE13rdB5uxerbnE8Rj2h2nvGAfEPuApn9bGNUV4UJ",
        )],
        look_alike: &[("proc.cmdline", "bash -s 49UVbUee")],
    },
    Indicator {
        id: "connection-to-pool",
        finds: Finds::Facts(|facts| {
            let names = ["fd.sip.name", "fd.rip.name", "fd.name", "dns.question", "evt.args"];
            names.iter().find_map(|field| {
                let value = facts.get(field)?;
                is_pool(value).then(|| Hit::of(field, value)).flatten()
            })
        }),
        weight: 85,
        techniques: &["T1496.001", "T1071"],
        reason: "It connects to a mining pool, by its name.",
        refuted_by: "You mine here.",
        example: &[("fd.sip.name", "xmr-eu1.nanopool.org"), ("fd.name", "10.0.0.5:1->203.0.113.9:14444")],
        look_alike: &[("fd.sip.name", "pool.ntp.org"), ("fd.name", "10.0.0.5:1->203.0.113.9:123")],
    },
    Indicator {
        id: "connection-to-pool-port",
        finds: Finds::Facts(|facts| {
            let remote = facts.connection?.remote()?;
            let port = remote.port.is_some_and(|port| {
                [3333, 4444, 5555, 7777, 14433, 14444, 45560, 45700, 3334, 8333, 9999, 14443].contains(&port)
            });
            let rule = facts.alert.rule().contains("miner pool");
            let named = facts.get("fd.name")?;
            (port && rule && !remote.is_private()).then(|| Hit::of("fd.name", named)).flatten()
        }),
        weight: 50,
        techniques: &["T1496.001", "T1571"],
        reason: "It connects to a public address on a port that mining pools use.",
        refuted_by: "The address belongs to a service of yours on this port.",
        example: &[
            ("rule", "Detect outbound connections to common miner pool ports"),
            ("evt.type", "connect"),
            ("fd.name", "10.0.0.5:1->203.0.113.9:3333"),
        ],
        look_alike: &[
            ("rule", "Detect outbound connections to common miner pool ports"),
            ("evt.type", "connect"),
            ("fd.name", "10.0.0.5:1->10.0.0.9:3333"),
        ],
    },
    Indicator {
        id: "machine-tuned-for-mining",
        finds: Finds::Command(&["sysctl", "echo", "modprobe", "wrmsr", "tee"], |seen| {
            let pages = seen.any_arg(|arg| arg.contains("vm.nr_hugepages="))
                || seen.writes(|path| path.ends_with("/nr_hugepages"));
            let registers = seen.name == "wrmsr" || (seen.name == "modprobe" && seen.has_arg(&["msr"]));
            registers || (pages && seen.facts.in_container())
        }),
        weight: 45,
        techniques: &["T1496.001"],
        reason: "Huge pages or processor registers are set as miners need them.",
        refuted_by: "A database or a packet-processing program of yours that needs huge pages.",
        example: &[("container.id", "c1"), ("proc.cmdline", "sysctl -w vm.nr_hugepages=1280")],
        look_alike: &[("container.id", "host"), ("proc.cmdline", "sysctl -w vm.nr_hugepages=1024")],
    },
    Indicator {
        id: "rival-miners-killed",
        finds: Finds::Command(&["pkill", "killall", "kill", "xargs", "grep", "pgrep"], |seen| {
            let named = seen.any_arg(|arg| {
                is_miner(base_name(arg))
                    || holds_any(
                        arg,
                        parts!["kdevtmpfsi", "kinsing", "xmrig", "minerd", "xmr-stak", "cryptonight", "watchbog"],
                    )
            });
            let kills = matches!(seen.name, "pkill" | "killall")
                || seen.feeds(|c| c.program() == "kill" || (c.family() == "xargs"));
            named && kills
        }),
        weight: 76,
        techniques: &["T1496.001", "T1489"],
        reason: "Miners are killed by their names, as the scripts of rival miners do before they start their own.",
        refuted_by: "A responder of yours who cleaned this machine at this time.",
        example: &[("proc.cmdline", "sh -c ps aux | grep kdevtmpfsi | awk '{print $2}' | xargs kill -9")],
        look_alike: &[("proc.cmdline", "sh -c ps aux | grep nginx | awk '{print $2}' | xargs kill -9")],
    },
];

static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| MINERS.iter().copied().collect());

const MINERS: &[&str] = &[
    "bfgminer",
    "bminer",
    "c3pool_miner",
    "ccminer",
    "cgminer",
    "claymore",
    "cpuhunter",
    "cpuminer",
    "cpuminer-multi",
    "cryptonight",
    "dbused",
    "ethminer",
    "ethdcrminer64",
    "gminer",
    "hezb",
    "javae",
    "kdevtmpfsi",
    "kinsing",
    "kthrotlds",
    "lolMiner",
    "lolminer",
    "minerd",
    "minergate",
    "minergate-cli",
    "moneroocean",
    "nanominer",
    "nbminer",
    "nheqminer",
    "nicehash",
    "nsfminer",
    "perfctl",
    "phoenixminer",
    "pwnrig",
    "rigel",
    "sgminer",
    "solrd",
    "srbminer",
    "srbminer-multi",
    "SRBMiner-MULTI",
    "sysrv",
    "sysrv012",
    "sysrv013",
    "t-rex",
    "teamredminer",
    "trace_miner",
    "watchbog",
    "wildrig",
    "wildrig-multi",
    "xmr-stak",
    "xmr-stak-cpu",
    "xmrig",
    "xmrig-notls",
    "xmrigDaemon",
    "xmrigMiner",
    "xmrig-proxy",
    "xmr",
    "xmrigcc",
    "z-enemy",
    "kswapd0_miner",
    "rsync_miner",
    "cnrig",
    "wolf-m7m-cpuminer",
    "xmra64",
    "xmra32",
    "networkservice_miner",
];

pub(super) fn is_miner(name: &str) -> bool {
    let name = words::undeleted(name);
    NAMES.contains(name)
        || name.starts_with("xmrig")
        || name.starts_with("kinsing")
        || name.starts_with("minerd")
        || name.starts_with("setup_c3pool")
        || name.starts_with("setup_moneroocean")
}

/// Parts of the names of mining pools.
const POOLS: &[Part<'_>] = parts![
    "2miners.com",
    "antpool.com",
    "c3pool.",
    "crypto-pool.fr",
    "dwarfpool.com",
    "ethermine.org",
    "f2pool.com",
    "gulf.moneroocean.stream",
    "hashvault.pro",
    "herominers.com",
    "kryptex.network",
    "minergate.com",
    "minexmr.com",
    "monerohash.com",
    "moneroocean.stream",
    "nanopool.org",
    "nicehash.com",
    "p2pool.io",
    "poolin.",
    "prohashing.com",
    "rx.unmineable.com",
    "sparkpool.com",
    "supportxmr.com",
    "unmineable.com",
    "viabtc.com",
    "xmr.pool",
    "xmrpool.",
    "xmr-pool",
    "zergpool.com",
    "zpool.ca",
    "auto.c3pool",
    "pool.hashvault",
    "monero.herominers",
    "xmrfast.com",
    "skypool.org",
    "woolypooly.com",
];

/// Whether a text names a mining pool.
pub(super) fn is_pool(text: &str) -> bool {
    holds_any(text, POOLS)
}
