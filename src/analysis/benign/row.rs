//! One row of the table, and when it is shown.

use super::command::Line;
use super::pattern::{any, canonical_path, glob, image};
use crate::analysis::paths::{Location, base_name, below_host};
use crate::analysis::{Facts, Strength};

/// What says who did it. A pattern list matches where one of its patterns does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Is {
    /// The executable's path, with the places of programs made one (`/bin/x`, `/lib/x`).
    Exe(&'static [&'static str]),
    /// The parent's name, cut to 15 bytes by the kernel.
    Parent(&'static [&'static str]),
    /// The name of the parent or of another ancestor.
    Ancestor(&'static [&'static str]),
    /// The image's repository, without its registry.
    Image(&'static [&'static str]),
    /// The Kubernetes namespace.
    Namespace(&'static [&'static str]),
    /// On the host, not in a container.
    Host,
    /// In a container; counts for nothing.
    Container,
    /// The authenticated user of an audit event.
    AuditUser(&'static [&'static str]),
    /// The process's own name: the process chooses it, so it counts for nothing, but another name ends the match.
    Name(&'static [&'static str]),
    /// May sit on a terminal: people start it by hand.
    Interactive,
    /// The program is the product's own, installed, and no general tool: no shell, interpreter or client.
    OwnProgram,
    /// As [`Is::OwnProgram`], or one of these tools.
    OwnTool(&'static [&'static str]),
    /// The program lies where programs are installed.
    InstalledProgram,
    /// The alert names an image, whichever.
    SomeImage,
}

/// What was done.
#[derive(Debug, Clone, Copy)]
pub(super) enum Does {
    /// The whole command line matches, see [`Line::matches`].
    Command(&'static [&'static str]),
    /// Every path that the event names matches.
    File(&'static [&'static str]),
    /// The kind of happening.
    Act(&'static [Act]),
    /// Every part of the named field, which is a list separated by commas, matches.
    Field(&'static str, &'static [&'static str]),
    /// The process of one of these names touches only these files.
    Own(&'static [(&'static [&'static str], &'static [&'static str])]),
    /// The file is the process's own log, or the process is one that keeps all logs.
    OwnLog,
    /// The command only asks this machine, or one port of another, whether it is there.
    LocalProbe,
    /// The audit event is no step that an attacker would take with an account: no shell in a pod, no secret read.
    NotAuditAttack,
}

/// Kinds of happenings, told by the rule's name or the event's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// A call to the Kubernetes API.
    CallsApi,
    /// A call to a cloud's metadata service.
    CallsMetadata,
    /// `setns`, `unshare`.
    EntersNamespace,
    /// `bpf`
    LoadsBpf,
    /// A program run from memory.
    RunsFromMemory,
    /// A kernel module loaded.
    LoadsModule,
    /// `ptrace`
    Traces,
    /// A program run that the image did not have.
    RunsNewBinary,
    /// A file made executable or created executable in a container.
    MakesExecutable,
    /// A set-user-id bit set.
    SetsIdBits,
    /// A process changes its user.
    ChangesUser,
    /// A program started.
    Starts,
    /// A container started.
    StartsContainer,
    /// A file read.
    Reads,
    /// A file or directory written, made, renamed or removed.
    Writes,
    /// A log cleared.
    ClearsLog,
    /// A shell's history removed or renamed.
    RemovesHistory,
    /// A raw packet socket.
    OpensPacketSocket,
    /// A network connection, either way.
    Connects,
    /// Standard streams put on a connection.
    RedirectsToNetwork,
    /// Users or groups managed.
    ManagesUsers,
    /// A Kubernetes audit event.
    Audits,
}

/// Whether the command says by itself what is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    /// It is specific, and harmless whoever runs it.
    Harmless,
    /// It depends on who runs it.
    Ordinary,
}

/// One benign cause.
pub(super) struct Row {
    pub id: &'static str,
    pub activity: &'static str,
    pub who: &'static [Is],
    pub does: &'static [Does],
    pub command: Command,
    pub confirm: &'static str,
    pub imitation: &'static str,
    pub tuning: &'static [(&'static str, &'static str, &'static str)],
    /// An alert that shows it: fields, and `rule` for the rule's name.
    pub seen: &'static [(&'static str, &'static str)],
}

/// A row of nothing yet; the rest is said by the methods.
pub(super) const fn row(id: &'static str, activity: &'static str) -> Row {
    Row {
        id,
        activity,
        who: &[],
        does: &[],
        command: Command::Ordinary,
        confirm: "",
        imitation: "",
        tuning: &[],
        seen: &[],
    }
}

impl Row {
    pub const fn who(mut self, who: &'static [Is]) -> Self {
        self.who = who;
        self
    }

    pub const fn does(mut self, does: &'static [Does]) -> Self {
        self.does = does;
        self
    }

    /// The command is specific, and harmless whoever runs it.
    pub const fn harmless(mut self) -> Self {
        self.command = Command::Harmless;
        self
    }

    pub const fn confirm(mut self, confirm: &'static str) -> Self {
        self.confirm = confirm;
        self
    }

    pub const fn imitation(mut self, imitation: &'static str) -> Self {
        self.imitation = imitation;
        self
    }

    pub const fn tuning(mut self, tuning: &'static [(&'static str, &'static str, &'static str)]) -> Self {
        self.tuning = tuning;
        self
    }

    pub const fn seen(mut self, seen: &'static [(&'static str, &'static str)]) -> Self {
        self.seen = seen;
        self
    }
}

/// How a row is shown by an alert.
pub(super) struct Shown {
    pub strength: Strength,
    /// The identity fields that agree.
    pub counted: Vec<&'static str>,
    pub field: &'static str,
    pub value: String,
}

/// What one identity field says of a row.
pub(super) enum Says {
    /// It agrees; its field, where it counts.
    Yes(Option<&'static str>),
    /// It says otherwise; its field.
    No(&'static str),
    /// It is not in the alert.
    Nothing,
}

/// Programs that serve or relay what outsiders send: what they start is theirs, unless a row says so.
const EXPOSED: &[&str] = &[
    "apache2",
    "httpd",
    "nginx",
    "php-fpm*",
    "php-cgi",
    "php",
    "lighttpd",
    "caddy",
    "tomcat*",
    "catalina*",
    "gunicorn*",
    "uwsgi",
    "puma*",
    "unicorn*",
    "next-server*",
    "gotty",
    "ttyd",
    "wetty",
    "nc",
    "ncat",
    "netcat",
    "socat",
    "event-generator",
    "w3wp",
    "dropbear_exploit",
    "gs-netcat",
    "chisel",
    "frpc",
    "ngrok",
    "jupyter*",
    "flask",
    "werkzeug",
    "node",
    "java",
];

impl Row {
    /// How the alert shows this cause, if it does.
    pub fn shown_by(&self, facts: &Facts<'_>, line: &Line) -> Option<Shown> {
        let mut counted: Vec<&'static str> = Vec::new();
        let mut ran_as: Option<&'static str> = None;
        for is in self.who {
            match self.says(*is, facts) {
                Says::Yes(Some(field)) => {
                    // Parent and further ancestors are one chain: they count once.
                    let chain = matches!(is, Is::Parent(_) | Is::Ancestor(_));
                    if !(chain && ran_as.is_some()) && !counted.contains(&field) {
                        counted.push(field);
                    }
                    if chain {
                        ran_as = Some(field);
                    }
                }
                Says::Yes(None) | Says::Nothing => {}
                Says::No(_) => return None,
            }
        }
        if !self.does.iter().all(|does| holds(*does, facts, line)) || self.is_odd(facts, line) {
            return None;
        }
        let harmless = self.command == Command::Harmless;
        let strength = match counted.len() {
            0 if harmless && facts.identity().count() == 0 => Strength::Weak,
            0 => return None,
            1 if !harmless => return None,
            _ => Strength::Strong,
        };
        let (field, value) = self.telling(facts, &counted);
        Some(Shown { strength, counted, field, value })
    }

    /// What this identity field says; a row that names both the host and images is at home in either place.
    pub fn says(&self, is: Is, facts: &Facts<'_>) -> Says {
        let names_image = self.who.iter().any(|is| matches!(is, Is::Image(_) | Is::SomeImage));
        let anywhere = names_image && self.who.iter().any(|is| matches!(is, Is::Host));
        match is {
            Is::Host if anywhere && facts.in_container() => Says::Nothing,
            Is::Image(_) if anywhere && facts.on_host() => Says::Nothing,
            _ => says(is, facts),
        }
    }

    /// What no row explains unless it says so: a program from a place that anyone can write to, a child of a program
    /// that outsiders talk to, a terminal, a command of several parts.
    fn is_odd(&self, facts: &Facts<'_>, line: &Line) -> bool {
        let names_exe = self.who.iter().any(|is| matches!(is, Is::Exe(_)));
        let scratch = |path: Option<&str>| {
            path.is_some_and(|path| {
                matches!(Location::of(path), Location::Temporary | Location::Memory | Location::Home)
            })
        };
        if (!names_exe && scratch(facts.process.program.exepath)) || (!names_exe && scratch(facts.parent.exepath)) {
            return true;
        }
        let expected = |name: &str| {
            self.who.iter().any(|is| match is {
                Is::Parent(names) | Is::Ancestor(names) | Is::Name(names) => any(names, name),
                _ => false,
            })
        };
        let exposed =
            facts.lineage().filter_map(|program| program.name).any(|name| any(EXPOSED, name) && !expected(name));
        let takes_command = self.does.iter().any(|does| matches!(does, Does::Command(_) | Does::LocalProbe));
        let on_terminal =
            facts.process.on_terminal == Some(true) && !self.who.iter().any(|is| matches!(is, Is::Interactive));
        exposed || on_terminal || runs_stray_script(facts) || (line.present && !line.plain && !takes_command)
    }

    /// The field that tells most, and its value.
    fn telling(&self, facts: &Facts<'_>, counted: &[&'static str]) -> (&'static str, String) {
        let by_command = self.does.iter().any(|does| matches!(does, Does::Command(_)));
        let order =
            ["container.image.repository", "proc.exepath", "ka.user.name", "proc.pname", "k8s.ns.name", "container.id"];
        let counts = |field: &&str| counted.contains(field);
        let field = if by_command && self.command == Command::Harmless {
            "proc.cmdline"
        } else {
            order.into_iter().find(counts).unwrap_or("proc.cmdline")
        };
        let text = facts.get(field).unwrap_or_default();
        (field, text.chars().take(200).collect())
    }
}

/// Whether an interpreter runs a script that lies where anyone can write.
fn runs_stray_script(facts: &Facts<'_>) -> bool {
    let mut words = facts.process.program.cmdline.unwrap_or_default().split_ascii_whitespace().skip(1);
    let script = words.find(|word| !word.starts_with('-'));
    let interprets = facts.process.program.exepath.map(base_name).is_none_or(|name| {
        any(
            &[
                "sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "python*", "perl*", "ruby*", "node", "php*",
                "lua*",
            ],
            name,
        )
    });
    interprets
        && script.is_some_and(|path| {
            path.starts_with('/') && matches!(Location::of(path), Location::Temporary | Location::Memory)
        })
}

/// What this identity field says.
fn says(is: Is, facts: &Facts<'_>) -> Says {
    let sure = |field: &str| facts.get(field).filter(|_| !facts.is_inferred(field));
    let judged = |value: Option<&str>, matches: bool, field: &'static str| match value {
        None => Says::Nothing,
        Some(_) if !matches => Says::No(field),
        Some(_) => Says::Yes(sure(field).map(|_| field)),
    };
    match is {
        Is::Exe(patterns) => {
            let path = facts.process.program.exepath;
            let matches = path.is_some_and(|path| any(patterns, &canonical_path(path)));
            match judged(path, matches, "proc.exepath") {
                // In a container, what lies in the upper layer was put there after the start.
                Says::Yes(Some(_)) if facts.in_container() && facts.event.has_flag("EXE_UPPER_LAYER") => {
                    Says::Yes(None)
                }
                says => says,
            }
        }
        Is::Parent(names) => {
            judged(facts.parent.name, facts.parent.name.is_some_and(|name| named(names, name)), "proc.pname")
        }
        Is::Ancestor(names) => {
            let mut known = facts.lineage().filter_map(|program| program.name).peekable();
            if known.peek().is_none() {
                return Says::Nothing;
            }
            if known.any(|name| named(names, name)) {
                return judged(
                    Some(""),
                    true,
                    if facts.parent.name.is_some() { "proc.pname" } else { "proc.aname[2]" },
                );
            }
            // Falco prints a few ancestors: that the one is not among them says little.
            if facts.ancestors.is_empty() { Says::Nothing } else { Says::No("proc.aname[2]") }
        }
        Is::Image(patterns) => {
            if facts.on_host() {
                return Says::No("container.id");
            }
            let repository = facts.container.image;
            judged(repository, repository.is_some_and(|name| image(patterns, name)), "container.image.repository")
        }
        Is::Namespace(patterns) => {
            if facts.on_host() {
                return Says::No("container.id");
            }
            let namespace = facts.workload.namespace;
            let field = if facts.audit.is_some() { "ka.target.namespace" } else { "k8s.ns.name" };
            judged(namespace, namespace.is_some_and(|name| any(patterns, name)), field)
        }
        Is::Host if facts.in_container() => Says::No("container.id"),
        Is::Host if facts.on_host() => judged(Some(""), true, "container.id"),
        Is::Container if facts.on_host() => Says::No("container.id"),
        Is::AuditUser(patterns) => {
            let user = facts.audit.and_then(|audit| audit.user);
            judged(user, user.is_some_and(|name| any(patterns, name)), "ka.user.name")
        }
        Is::Name(names) => {
            let program = facts.process.program;
            let first = program.cmdline.and_then(|line| line.split_ascii_whitespace().next());
            let name = program.name.or(first.map(base_name));
            match name {
                Some(name) if named(names, name) => Says::Yes(None),
                Some(_) => Says::No("proc.name"),
                None => Says::Nothing,
            }
        }
        Is::OwnProgram => own_program(facts, &[]),
        Is::OwnTool(tools) => own_program(facts, tools),
        Is::InstalledProgram => {
            let identity = facts.identity();
            match facts.process.program.exepath {
                None => Says::Nothing,
                Some(_) if identity.exepath.is_none() => Says::No("proc.exepath"),
                Some(_) if facts.event.has_flag("EXE_UPPER_LAYER") => Says::Yes(None),
                Some(_) => Says::Yes(Some("proc.exepath")),
            }
        }
        Is::SomeImage => match facts.identity().image {
            Some(_) => Says::Yes(Some("container.image.repository")),
            None => Says::Nothing,
        },
        Is::Host | Is::Container | Is::Interactive => Says::Nothing,
    }
}

/// Programs that do what their arguments say, so that a product's image running them says nothing.
const TOOLS: &[&str] = &[
    "sh",
    "bash",
    "dash",
    "ash",
    "zsh",
    "ksh",
    "fish",
    "busybox",
    "toybox",
    "curl",
    "wget",
    "nc",
    "ncat",
    "netcat",
    "nc.*",
    "socat",
    "telnet",
    "ssh",
    "scp",
    "sftp",
    "kubectl",
    "docker",
    "crictl",
    "ctr",
    "nerdctl",
    "helm",
    "aws",
    "gcloud",
    "az",
    "nsenter",
    "chroot",
    "unshare",
    "perl*",
    "lua*",
    "php*",
    "nmap",
    "masscan",
    "zmap",
    "openssl",
    "xargs",
    "find",
    "awk",
    "gawk",
    "sed",
    "tar",
    "cat",
    "cp",
    "dd",
    "base64",
    "su",
    "sudo",
    "gdb",
    "strace",
    "tcpdump",
    "script",
    "expect",
    "rsync",
    "git",
    "insmod",
    "modprobe",
    "mount",
    "umount",
    "chmod",
    "chown",
    "id",
    "whoami",
    "ls",
    "env",
    "dig",
    "nslookup",
    "host",
    "ping",
    "ftp",
    "tftp",
    "lftp",
    "rclone",
    "amicontained",
    "cdk",
    "peirates",
    "kube-hunter",
    "kube-bench",
    "kdigger",
    "linpeas*",
    "event-generator",
    "xmrig*",
    "ruby-shell",
];
/// Interpreters: a product's own program where they run a script that the image installed.
const INTERPRETERS: &[&str] =
    &["python*", "ruby*", "node", "nodejs", "java", "dotnet", "php-fpm*", "pypy*", "deno", "bun"];

/// Whether the process is the product's own program.
fn own_program(facts: &Facts<'_>, tools: &[&str]) -> Says {
    let program = facts.process.program;
    let mut words = program.cmdline.unwrap_or_default().split_ascii_whitespace();
    let first = words.next().map(base_name);
    let of_path = program.exepath.map(base_name);
    let names = [program.name, of_path, first];
    let is_tool = |name: &&str| any(TOOLS, name) && !any(tools, name);
    if names.iter().flatten().any(is_tool) {
        return Says::No("proc.name");
    }
    let Some(path) = program.exepath else {
        return if program.name.or(first).is_some() { Says::Yes(None) } else { Says::Nothing };
    };
    if matches!(Location::of(path), Location::Temporary | Location::Memory | Location::Home) {
        return Says::No("proc.exepath");
    }
    if any(INTERPRETERS, base_name(path)) {
        // Code on the command line, or a script from elsewhere, is not the image's own.
        let installed =
            |word: &&str| word.starts_with('/') && matches!(Location::of(word), Location::System | Location::Other);
        let is_script = words.clone().any(|word| {
            installed(&word)
                || word == "-jar"
                || word == "-m"
                || word.ends_with(".dll")
                || word.starts_with("-Xm")
                || word == "-cp"
        });
        if words.any(|word| matches!(word, "-c" | "-e" | "--eval" | "-r" | "-p")) || !is_script {
            return Says::No("proc.cmdline");
        }
    }
    if facts.event.has_flag("EXE_UPPER_LAYER") { Says::Yes(None) } else { Says::Yes(Some("proc.exepath")) }
}

/// Whether one of the names, cut to what the kernel keeps, is this one.
fn named(names: &[&str], name: &str) -> bool {
    names.iter().any(|pattern| {
        let cut = if pattern.contains('*') { pattern } else { pattern.get(..15).unwrap_or(pattern) };
        glob(cut, name) || glob(pattern, name)
    })
}

fn holds(does: Does, facts: &Facts<'_>, line: &Line) -> bool {
    match does {
        Does::Command(patterns) => patterns.iter().any(|pattern| line.matches(pattern)),
        Does::File(patterns) => {
            !facts.file.paths.is_empty()
                && facts.file.paths.iter().all(|(_, path)| any(patterns, below_host(path)) && !path.contains("/../"))
        }
        Does::Act(acts) => acts.iter().any(|act| is_act(*act, facts)),
        Does::Own(pairs) => {
            let program = facts.process.program;
            let first = program.cmdline.and_then(|line| line.split_ascii_whitespace().next()).map(base_name);
            let Some(name) = program.name.or(first) else { return false };
            // A file that Falco could not place is named without a path.
            let unplaced = facts.get("fd.name").filter(|_| facts.file.paths.is_empty() && facts.connection.is_none());
            if let Some(file) = unplaced {
                return pairs.iter().any(|(names, files)| named(names, name) && any(files, file));
            }
            !facts.file.paths.is_empty()
                && pairs.iter().any(|(names, files)| {
                    named(names, name)
                        && facts
                            .file
                            .paths
                            .iter()
                            .all(|(_, path)| any(files, below_host(path)) && !path.contains("/../"))
                })
        }
        Does::OwnLog => own_log(facts),
        Does::LocalProbe => line.is_local_probe(),
        Does::NotAuditAttack => {
            let audit = facts.audit.unwrap_or_default();
            let rule = facts.alert.rule().to_ascii_lowercase();
            let grave = [
                "exec",
                "attach",
                "portforward",
                "anonymous",
                "privileged",
                "hostpath",
                "sensitive",
                "ephemeral",
                "cluster-admin",
            ];
            audit.subresource.is_none_or(|name| {
                matches!(
                    name,
                    "status" | "scale" | "finalize" | "finalizers" | "token" | "approval" | "binding" | "eviction"
                )
            }) && audit.command.is_none()
                && !(audit.resource == Some("secrets") && matches!(audit.verb, Some("list" | "watch")))
                && !grave.iter().any(|word| rule.contains(word))
        }
        Does::Field(field, patterns) => {
            facts.get(field).is_some_and(|text| text.split(',').all(|each| any(patterns, each.trim())))
        }
    }
}

/// Programs that keep other programs' logs.
const LOG_KEEPERS: &[&str] =
    &["logrotate", "rsyslogd", "syslog-ng", "systemd-journal*", "auditd", "savelog", "newsyslog", "journald"];

/// Whether the file is the process's own log.
fn own_log(facts: &Facts<'_>) -> bool {
    let Some(path) = facts.file.path else { return false };
    let program = facts.process.program;
    let names = [program.name, program.exepath.map(base_name)];
    names.iter().flatten().any(|name| {
        let stem: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
        let stem = stem.trim_end_matches('d');
        named(LOG_KEEPERS, name)
            || (stem.len() >= 3 && base_name(path).contains(stem))
            || (stem.len() >= 4 && path.contains(stem))
    })
}

fn is_act(act: Act, facts: &Facts<'_>) -> bool {
    let rule = facts.alert.rule().to_ascii_lowercase();
    let named = |words: &[&str]| words.iter().any(|word| rule.contains(word));
    let event = |kinds: &[&str]| facts.event.kind.is_some_and(|kind| kinds.contains(&kind));
    let file_written = (facts.file.path.is_some() && facts.file.written != Some(false)) || named(&["write below"]);
    match act {
        Act::CallsApi => named(&["k8s api", "kubernetes api", "kube-apiserver"]),
        Act::CallsMetadata => {
            let server = facts.connection.and_then(|connection| connection.server);
            named(&["metadata"])
                || server
                    .is_some_and(|end| matches!(end.address, "169.254.169.254" | "fd00:ec2::254" | "169.254.170.2"))
        }
        Act::EntersNamespace => named(&["namespace"]) && !named(&["kube namespace"]) || event(&["setns", "unshare"]),
        Act::LoadsBpf => named(&["bpf"]) || event(&["bpf"]),
        Act::RunsFromMemory => named(&["memfd", "fileless"]) || facts.event.has_flag("EXE_FROM_MEMFD"),
        Act::LoadsModule => named(&["kernel module"]) || event(&["init_module", "finit_module"]),
        Act::Traces => named(&["ptrace"]) || event(&["ptrace"]),
        Act::RunsNewBinary => named(&["drop and execute"]),
        Act::MakesExecutable => named(&["drift"]),
        Act::SetsIdBits => named(&["setuid or setgid"]),
        Act::ChangesUser => named(&["non sudo setuid"]) || event(&["setuid", "setresuid", "setreuid"]),
        Act::Starts => {
            event(&["execve", "execveat", "clone", "vfork", "fork"])
                || (facts.event.kind.is_none()
                    && facts.process.program.cmdline.is_some()
                    && facts.file.path.is_none()
                    && facts.connection.is_none())
        }
        Act::StartsContainer => named(&[
            "launch privileged",
            "launch sensitive mount",
            "launch excessively",
            "launch disallowed",
            "container run as root",
            "privileged container",
            "sensitive paths",
        ]),
        Act::Reads => {
            facts.file.path.is_some()
                && facts.file.written != Some(true)
                && !named(&["write", "modify", "clear", "delete", "rename", "create", "mkdir", "remove"])
        }
        Act::Writes => file_written && !named(&["read "]),
        Act::ClearsLog => named(&["clear log"]),
        Act::RemovesHistory => named(&["shell history", "bash history"]),
        Act::OpensPacketSocket => named(&["packet socket"]),
        Act::Connects => facts.connection.is_some(),
        Act::RedirectsToNetwork => {
            named(&["redirect std"]) || (event(&["dup", "dup2", "dup3"]) && facts.connection.is_some())
        }
        Act::ManagesUsers => named(&["user mgmt", "user management"]),
        Act::Audits => facts.audit.is_some(),
    }
}
