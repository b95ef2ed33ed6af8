//! Who did it: what the identity fields of an alert say of a row.

use super::pattern::{any, canonical_image, canonical_path, glob, image};
use super::row::Is;
use crate::analysis::Facts;
use crate::analysis::paths::base_name;
use crate::cmdline;

/// What one identity field says of a row.
pub(super) enum Says {
    /// It agrees; its field, where it counts.
    Yes(Option<&'static str>),
    /// It says otherwise; its field.
    No(&'static str),
    /// It is not in the alert.
    Nothing,
}

/// Whether this identity field tells which program or product it is, not just where it runs or what started it. That a
/// program is the product's own says so only beside the product's image.
pub(super) fn tells_program(is: Is) -> bool {
    matches!(is, Is::Exe(_) | Is::Name(_) | Is::Image(_) | Is::NamedAsImage | Is::AuditUser(_))
}

/// What this identity field says.
pub(super) fn says(is: Is, facts: &Facts<'_>) -> Says {
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
                // A shell or an interpreter is what it was given to run, unless the row means that one.
                Says::Yes(Some(_)) if path.is_some_and(|path| runs_anything(patterns, path)) => Says::Yes(None),
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
            // Where any will do, only the product's own or the cluster's own says something.
            if patterns == ["**"] && !namespace.is_some_and(|name| is_products_own(name, facts.container.image)) {
                return Says::Yes(None);
            }
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
        Is::NamedAsImage => {
            let names = facts.process.program.exepath.map(base_name).zip(facts.container.image);
            match names {
                Some((program, image)) if program.len() >= 4 && canonical_image(image).contains(program) => {
                    Says::Yes(None)
                }
                Some(_) => Says::No("proc.exepath"),
                None => Says::No("container.image.repository"),
            }
        }
        Is::Host | Is::Container | Is::Interactive => Says::Nothing,
    }
}

/// Whether this is the system's shell or interpreter, and the patterns take whatever program lies there.
fn runs_anything(patterns: &[&str], path: &str) -> bool {
    let (path, file) = (canonical_path(path), base_name(path));
    let of_system = path.starts_with("/bin/") || path.starts_with("/usr/local/bin/");
    let named =
        || patterns.iter().any(|pattern| !pattern.ends_with("/*") && !pattern.ends_with("/**") && glob(pattern, &path));
    of_system && is_interpreter(file) && !named()
}

/// Whether a program of this name runs whatever script it is given.
pub(super) fn is_interpreter(name: &str) -> bool {
    cmdline::is_shell(name) || any(INTERPRETERS, name) || any(&["perl*", "lua*"], name)
}

/// Whether a parent or ancestor tells nothing by its name: shells and log-in servers start whatever anyone has them.
pub(super) fn starts_anything(name: &str) -> bool {
    cmdline::is_shell(name) || SESSIONS.contains(&name)
}

/// Log-in servers: what runs below them is somebody's session.
pub(super) const SESSIONS: &[&str] =
    &["sshd", "sshd-session", "sshd-auth", "dropbear", "telnetd", "in.telnetd", "mosh-server"];

/// Whether a namespace is the cluster's own, or named after the image's product (`linkerd` for `linkerd/controller`).
fn is_products_own(namespace: &str, image: Option<&str>) -> bool {
    let stem = namespace.strip_suffix("-system").unwrap_or(namespace);
    namespace == "kube-system" || (stem.len() >= 4 && image.is_some_and(|image| canonical_image(image).contains(stem)))
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
pub(super) const INTERPRETERS: &[&str] =
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
    if !facts.is_installed(path) {
        return Says::No("proc.exepath");
    }
    if any(INTERPRETERS, base_name(path)) {
        // Code on the command line, or a script from elsewhere, is not the image's own.
        let installed = |word: &&str| word.starts_with('/') && facts.is_installed(word);
        let is_script = words.clone().any(|word| {
            installed(&word)
                || word == "-jar"
                || word == "-m"
                || word.strip_suffix(".dll").is_some()
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
pub(super) fn named(names: &[&str], name: &str) -> bool {
    names.iter().any(|pattern| {
        let cut = || pattern.get(..15).filter(|_| pattern.len() > 15 && !pattern.contains('*'));
        glob(pattern, name) || cut().is_some_and(|cut| glob(cut, name))
    })
}
