//! What no row explains unless it says so, however well its identity agrees.
//!
//! A cause says who did what. What an alert shows beyond that can be an attack through the same program: so each present
//! field that a cause does not account for and that attackers need ends the match.

use super::command::Line;
use super::happening::{is_act, is_metadata};
use super::identity::{INTERPRETERS, SESSIONS, is_interpreter, named};
use super::pattern::{any, canonical_path, glob};
use super::row::{Act, Does, Is, Row};
use crate::analysis::Facts;
use crate::analysis::paths::{Location, base_name, below_host};

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
/// Users as which web servers run.
const WEB_USERS: &[&str] = &["www-data", "apache", "nginx", "httpd", "tomcat*", "wwwrun", "lighttpd", "php-fpm"];
/// Shells, which run what is named otherwise, and programs that are many under several names.
#[rustfmt::skip]
const MANY: &[&str] = &[
    "sh", "bash", "dash", "ash", "zsh", "ksh*", "mksh", "busybox*", "toybox", "coreutils*", "perl*", "lua*", "kmod",
    "xtables-*", "killall5", "gawk", "mawk", "systemctl",
];

/// Files by which a machine, an account or a container's host is handed over.
const HAND_OVER: &[&str] = &[
    "**/.ssh/**",
    "**/authorized_keys*",
    "/etc/ld.so.preload",
    "/etc/ld.so.conf*",
    "/etc/cron*",
    "/etc/cron*/**",
    "/etc/anacrontab",
    "/var/spool/cron/**",
    "/etc/sudoers*",
    "/etc/sudoers.d/**",
    "/etc/doas.conf",
    "/etc/shadow*",
    "/etc/gshadow*",
    "/etc/passwd*",
    "/etc/pam.d/**",
    "/etc/profile",
    "/etc/profile.d/**",
    "/etc/environment",
    "/etc/rc.local",
    "/etc/rc.d/**",
    "/etc/init.d/**",
    "/etc/systemd/**",
    "/lib/systemd/system/**",
    "/usr/lib/systemd/system/**",
    "/etc/udev/rules.d/**",
    "/etc/bash.bashrc",
    "/root/.bash*",
    "/root/.profile",
    "/home/*/.bash*",
    "/home/*/.profile",
    "**/docker.sock",
    "**/containerd.sock",
    "**/crio.sock",
    "/etc/kubernetes/**",
    "**/.kube/config",
    "/proc/sys/kernel/core_pattern",
    "**/release_agent",
    "/proc/sysrq-trigger",
];

/// Whether something about the alert is beyond what the row explains.
pub(super) fn is_odd(row: &Row, facts: &Facts<'_>, line: &Line<'_>) -> bool {
    let takes_command = row.does.iter().any(|does| matches!(does, Does::Command(_) | Does::LocalProbe));
    let interactive = row.who.iter().any(|is| matches!(is, Is::Interactive));
    (line.present && !line.plain && !takes_command)
        || (facts.process.on_terminal == Some(true) && !interactive)
        || is_misplaced(row, facts)
        || is_outsiders(row, facts, interactive)
        || goes_out(row, facts)
        || hands_over(row, facts)
        || is_another_program(row, facts)
        || runs_stray_script(facts)
}

/// A program from where none is installed, or a parent from where anyone can write to.
fn is_misplaced(row: &Row, facts: &Facts<'_>) -> bool {
    let scratch = |path: Option<&str>| {
        path.is_some_and(|path| matches!(Location::of(path), Location::Temporary | Location::Memory | Location::Home))
    };
    let names_exe = row.who.iter().any(|is| matches!(is, Is::Exe(_)));
    let stray = facts.process.program.exepath.is_some_and(|path| !facts.is_installed(path));
    !names_exe && (stray || scratch(facts.parent.exepath))
}

/// A child of a program that outsiders talk to, a log-in session, a web server's user.
fn is_outsiders(row: &Row, facts: &Facts<'_>, interactive: bool) -> bool {
    let takes_command = row.does.iter().any(|does| matches!(does, Does::Command(_) | Does::LocalProbe));
    let named_in_row = |name: &str| {
        row.who.iter().any(|is| match is {
            Is::Parent(names) | Is::Ancestor(names) | Is::Name(names) => any(names, name),
            _ => false,
        })
    };
    // What it starts must be said: a command, or itself again, as a server's workers are.
    let own = facts.process.program.name;
    let narrow = row.does.iter().any(|does| matches!(does, Does::Command(_) | Does::File(_) | Does::Own(_)));
    let expected = |name: &str| {
        let said = if any(EXPOSED, name) { takes_command } else { narrow };
        named_in_row(name) && (said || own == Some(name))
    };
    let outside = |name: &str| any(EXPOSED, name) || (!interactive && SESSIONS.contains(&name));
    // Whether the row is at home below such a program, or the image decides which user its programs run as.
    let at_home = facts.container.image.is_some()
        || facts.parent.name.is_some_and(|name| any(EXPOSED, name) && expected(name))
        || facts.process.program.name.is_some_and(|name| any(EXPOSED, name) && expected(name));
    facts.lineage().filter_map(|program| program.name).any(|name| outside(name) && !expected(name))
        || (!at_home && facts.user.name.is_some_and(|name| any(WEB_USERS, name)))
}

/// A connection with a public address that the row does not name.
fn goes_out(row: &Row, facts: &Facts<'_>) -> bool {
    let Some(connection) = facts.connection else { return false };
    let Some(far) = connection.remote() else { return false };
    if far.is_private() || is_metadata(&far) {
        return false;
    }
    let port = connection.server.and_then(|server| server.port);
    !port.is_some_and(|port| row.reaches.contains(&port))
}

/// A file by which the machine is handed over and that the row does not name. Reading it hands nothing over.
fn hands_over(row: &Row, facts: &Facts<'_>) -> bool {
    let grave = |path: &str| any(HAND_OVER, path) || any(HAND_OVER, below_host(path));
    let mut grave = facts.file.paths.iter().map(|(_, path)| *path).filter(|path| grave(path)).peekable();
    if grave.peek().is_none() {
        return false;
    }
    let sockets = grave.clone().any(|path| path.strip_suffix(".sock").is_some());
    if is_read(facts) && !sockets {
        return false;
    }
    let own = |path: &str| {
        let path = below_host(path);
        any(row.touches, path)
            || row.does.iter().any(|does| match does {
                Does::File(files) | Does::SomeFile(files) => any(files, path),
                // Which of the pairs it was is asked where the row is matched.
                Does::Own(pairs) => pairs.iter().any(|(_, files)| any(files, path)),
                _ => false,
            })
    };
    grave.any(|path| !own(path))
}

/// Whether the event is known to have read its file only.
fn is_read(facts: &Facts<'_>) -> bool {
    let by_rule = facts.alert.rule().to_ascii_lowercase().contains("read ");
    (by_rule || facts.file.written == Some(false)) && is_act(Act::Reads, facts)
}

/// An executable that is another program than the one that the process calls itself, where the row goes by that name.
fn is_another_program(row: &Row, facts: &Facts<'_>) -> bool {
    let program = facts.process.program;
    let first = program.cmdline.and_then(|line| line.split_ascii_whitespace().next()).map(base_name);
    let (Some(path), Some(name)) = (program.exepath, program.name.or(first)) else { return false };
    let by_name = row.does.iter().any(|does| matches!(does, Does::Own(_) | Does::Command(_) | Does::LocalProbe))
        || row.who.iter().any(|is| matches!(is, Is::Name(_)))
        // A helper of many possible programs, told by its parent and its file.
        || (row.who.iter().any(|is| matches!(is, Is::Parent(_)))
            && row.does.iter().any(|does| matches!(does, Does::File(_))));
    if !by_name {
        return false;
    }
    let file = base_name(path);
    let related = |a: &str, b: &str| a == b || (a.len() >= 3 && b.starts_with(a));
    let one_of = |names: &[&str]| named(names, file);
    let whole = canonical_path(path);
    let known = row.who.iter().any(|is| match is {
        Is::Name(names) => one_of(names),
        Is::Exe(paths) => {
            paths.iter().any(|known| !known.ends_with("/*") && !known.ends_with("/**") && glob(known, &whole))
        }
        _ => false,
    }) || row.does.iter().any(|does| match does {
        // `lvs` is a link to `lvm`: one of the names under which the same files are its own.
        Does::Own(pairs) => pairs.iter().any(|(names, _)| named(names, name) && one_of(names)),
        _ => false,
    });
    let many = any(MANY, file) || any(INTERPRETERS, file);
    !(related(file, name) || related(name, file) || known || (many && runs_own_script(row, facts, name, file)))
}

/// Whether the script that goes by this name, if it is one, lies where the row's programs do. A row of commands names it
/// there.
fn runs_own_script(row: &Row, facts: &Facts<'_>, name: &str, file: &str) -> bool {
    let takes_command = row.does.iter().any(|does| matches!(does, Does::Command(_)));
    let Some(script) = script(facts).filter(|_| !takes_command) else { return true };
    let goes_by_its_name = base_name(script).starts_with(name);
    if !script.starts_with('/') {
        // Where it lies is not said; any other word is the program's own argument.
        return !(is_interpreter(file) && goes_by_its_name);
    }
    // The first word of an applet, as of `cp` that is busybox, is no script.
    if !is_interpreter(file) && !goes_by_its_name {
        return true;
    }
    let places = row.who.iter().find_map(|is| if let Is::Exe(paths) = is { Some(*paths) } else { None });
    places.map_or_else(|| facts.is_installed(script), |paths| any(paths, &canonical_path(script)))
}

/// The first word of the command line that is no option: the script, where a shell or an interpreter runs one.
fn script<'a>(facts: &Facts<'a>) -> Option<&'a str> {
    facts.process.program.cmdline?.split_ascii_whitespace().skip(1).find(|word| !word.starts_with('-'))
}

/// An interpreter that runs a script from where none is installed.
fn runs_stray_script(facts: &Facts<'_>) -> bool {
    let Some(path) = script(facts).filter(|path| path.starts_with('/')) else { return false };
    let program = facts.process.program;
    let file = program.exepath.map(base_name);
    let interprets = file.map(|name| is_interpreter(name) || any(&["busybox", "php*"], name));
    match Location::of(path) {
        Location::Temporary | Location::Memory | Location::Home => interprets != Some(false),
        // Programs are given data to work on: only what surely is a script counts.
        _ => {
            let by_name = program.name.is_some_and(|name| is_interpreter(name) || base_name(path).starts_with(name));
            !facts.is_installed(path) && interprets.unwrap_or(by_name) && (file != Some("busybox") || by_name)
        }
    }
}
