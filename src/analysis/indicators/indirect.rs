//! Programs that start a shell, or another program, for somebody else.

use super::execution::{is_build_output, is_scratch};
use super::kinds::Kinds;
use super::seen::Seen;
use super::words::{holds_any, parts};
use super::{Finds, Indicator};
use crate::analysis::paths::{self};
use crate::cmdline::{Command, Language, NestedKind, is_shell};

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "shell-through-another-program",
        finds: Finds::Command(
            &[
                "tar", "find", "awk", "vim", "vi", "ex", "nvim", "rvim", "zip", "tcpdump", "rsync", "ssh", "scp",
                "git", "gdb", "expect", "capsh",
            ],
            starts_shell_indirectly,
        ),
        weight: 72,
        techniques: &["T1218", "T1059.004"],
        reason: "A program whose business is another is made to start a shell: a way around restrictions on commands.",
        refuted_by: "A wrapper script of yours that is written so.",
        example: &[("proc.cmdline", "tar cf /dev/null x --checkpoint=1 --checkpoint-action=exec=/bin/sh")],
        look_alike: &[("proc.cmdline", "tar czf /backup/x.tgz /srv")],
    },
    Indicator {
        id: "terminal-upgrade",
        finds: Finds::Kind(Kinds::CODE, &["script", "stty"], upgrades_terminal),
        weight: 72,
        techniques: &["T1059"],
        reason: "A dumb shell is turned into one with a terminal, as attackers do first in a shell that came over the network.",
        refuted_by: "Somebody of your team worked in a container without a terminal at this time.",
        example: &[("proc.cmdline", "python3 -c import pty; pty.spawn('/bin/bash')")],
        look_alike: &[("proc.cmdline", "python3 -c import platform; print(platform.node())")],
    },
    Indicator {
        id: "interpreter-runs-shell",
        finds: Finds::Kind(Kinds::CODE, &[], |seen| {
            seen.code().is_some_and(|(language, code)| {
                language != Language::Awk
                    && holds_any(
                        code,
                        parts![
                            "os.system(",
                            "os.exec",
                            "exec \"/bin",
                            "exec '/bin",
                            "exec(\"/bin",
                            "system(\"/bin",
                            "system('/bin",
                            "child_process",
                            "subprocess.",
                            "shell_exec(",
                        ],
                    )
                    && holds_any(code, parts!["/bin/sh", "/bin/bash", "'sh'", "\"sh\"", "'bash'", "\"bash\""])
            })
        }),
        weight: 60,
        techniques: &["T1059"],
        reason: "A one-line program starts a shell: it hides the shell behind another interpreter.",
        refuted_by: "The program that starts this line.",
        example: &[("proc.cmdline", "python3 -c import os; os.system('/bin/sh')")],
        look_alike: &[("proc.cmdline", "python3 -c import os; print(os.getcwd())")],
    },
    Indicator {
        id: "privilege-by-one-liner",
        finds: Finds::Kind(Kinds::CODE, &[], |seen| {
            seen.code().is_some_and(|(_, code)| {
                holds_any(code, parts!["setuid(0)", "setresuid(0", "setreuid(0", "posix_setuid(0", "$< = 0", "$>=0"])
            })
        }),
        weight: 75,
        techniques: &["T1548.001"],
        reason: "A one-line program makes itself root: it uses a setuid bit or a capability that an interpreter should not have.",
        refuted_by: "Nothing that is known to be harmless does this from a command line.",
        example: &[("proc.cmdline", "perl -e use POSIX qw(setuid); POSIX::setuid(0); exec \"/bin/sh\";")],
        look_alike: &[("proc.cmdline", "python3 -c import os; print(os.getuid())")],
    },
    Indicator {
        id: "compiles-in-scratch-space",
        finds: Finds::Command(&["gcc", "cc", "clang", "g++", "tcc", "make", "go", "rustc"], |seen| {
            seen.any_arg(|arg| is_scratch(arg) && !is_build_output(arg)) && seen.facts.in_container()
        }),
        weight: 35,
        techniques: &["T1027.004"],
        reason: "It compiles in scratch space inside a running container: exploits are built where they are used.",
        refuted_by: "A package manager that builds a native extension (pip, npm, gem) as the parent.",
        example: &[("container.id", "c1"), ("proc.cmdline", "gcc -o /tmp/x /tmp/x.c")],
        look_alike: &[("container.id", "c1"), ("proc.cmdline", "gcc -o /tmp/pip-build-env/x /tmp/pip-build-env/x.c")],
    },
];

/// Tricks by which a program starts a shell (as GTFOBins collects them).
fn starts_shell_indirectly(seen: &Seen<'_, '_>) -> bool {
    let shell_in = |text: &str| {
        text.split(|c: char| !(c.is_ascii_alphanumeric() || "/._-".contains(c)))
            .any(|word| is_shell(paths::base_name(word)) && !word.starts_with('.'))
    };
    match seen.name {
        "tar" => seen.any_arg(|arg| {
            arg.starts_with("--checkpoint-action=exec") || arg.starts_with("--to-command") && shell_in(arg)
        }),
        "find" => {
            let bare = |command: &Command| {
                command.is_shell() && !command.has_arg("-c") && command.arg_texts().all(|arg| arg.starts_with('-'))
            };
            seen.nested(&[NestedKind::Exec], bare)
        }
        "awk" => seen.code().is_some_and(|(_, code)| code.contains("system(") && shell_in(code)),
        "vim" | "vi" | "ex" | "nvim" | "rvim" => seen.any_arg(|arg| arg.contains('!') && shell_in(arg)),
        "zip" => seen.any_arg(|arg| arg.starts_with("--unzip-command") || arg.starts_with("-TT")),
        "tcpdump" => {
            seen.command.has_option('z', "")
                && seen.value_of(&["-z"]).is_some_and(|value| value.contains('/') || shell_in(value))
        }
        "rsync" => seen.value_of(&["-e", "--rsh"]).is_some_and(&shell_in),
        "ssh" | "scp" => seen.any_arg(|arg| arg.contains("ProxyCommand=") && (arg.contains(';') || shell_in(arg))),
        "git" => seen.any_arg(|arg| arg.starts_with("core.pager=") && shell_in(arg)),
        "gdb" => seen.any_arg(|arg| arg.starts_with('!') && shell_in(arg)),
        "expect" => seen.any_arg(|arg| arg.starts_with("spawn")) && seen.any_arg(shell_in),
        "capsh" => seen.command.has_arg("--"),
        _ => false,
    }
}

fn upgrades_terminal(seen: &Seen<'_, '_>) -> bool {
    if seen.code().is_some_and(|(_, code)| code.contains("pty.spawn") || code.contains("pty.fork")) {
        return true;
    }
    match seen.name {
        "script" => {
            seen.has_arg(&["/dev/null"])
                && seen.any_arg(|arg| is_shell(paths::base_name(arg)) || arg.starts_with("-qc") || arg == "-c")
        }
        "stty" => seen.has_arg(&["raw"]) && seen.has_arg(&["-echo"]),
        _ => false,
    }
}
