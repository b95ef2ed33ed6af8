//! Tracks that are covered: histories, logs, times.

use super::kinds::Kinds;
use super::{Finds, Hit, Indicator};
use crate::analysis::paths::{self, base_name};
use crate::cmdline::is_shell;

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "history-destroyed",
        finds: Finds::Command(
            &["rm", "unlink", "shred", "truncate", "ln", "mv", "cp", "tee", "cat", "echo", "dd", "true", ":", ""],
            |seen| {
                let kept = matches!(seen.name, "cat" | "echo" | "tee" | "cp" | "")
                    && !seen.command.redirections.iter().any(|r| r.kind.writes() && is_history(&r.target.text));
                let nulled =
                    seen.name == "cp" && seen.operands().next() == Some("/dev/null") && seen.operands().any(is_history);
                let removed = matches!(seen.name, "rm" | "unlink" | "shred" | "truncate" | "ln" | "mv")
                    && seen.operands().any(is_history);
                nulled || removed || (!kept && seen.written().any(is_history))
            },
        ),
        weight: 72,
        techniques: &["T1070.003"],
        reason: "The record of what was typed is deleted, emptied or sent to nowhere by a command made for that.",
        refuted_by: "The clean-up step of a machine-image build.",
        example: &[("proc.cmdline", "ln -sf /dev/null /root/.bash_history")],
        look_alike: &[("proc.cmdline", "tail -n 5 /root/.bash_history")],
    },
    Indicator {
        id: "history-switched-off",
        finds: Finds::Kind(Kinds::ENVIRONMENT, &["unset", "history", "set", "export", "declare"], |seen| {
            let unset =
                seen.name == "unset" && seen.any_arg(|arg| matches!(arg, "HISTFILE" | "HISTSIZE" | "HISTFILESIZE"));
            let cleared = seen.name == "history" && seen.any_arg(|arg| matches!(arg, "-c" | "-cw" | "-wc"));
            let off = seen.name == "set" && seen.has_arg(&["+o"]) && seen.has_arg(&["history"]);
            let value = |name: &str, value: &str| {
                (name == "HISTFILE" && matches!(value, "/dev/null" | ""))
                    || (matches!(name, "HISTSIZE" | "HISTFILESIZE") && value == "0")
            };
            let assigned = seen.command.environment().any(|(name, text)| value(name, text));
            let exported = matches!(seen.name, "export" | "declare")
                && seen.args().filter_map(|arg| arg.split_once('=')).any(|(name, text)| value(name, text));
            unset || cleared || off || assigned || exported
        }),
        weight: 70,
        techniques: &["T1070.003", "T1562.003"],
        reason: "The shell is told to forget what is typed, as somebody does who does not want to be followed.",
        refuted_by: "The clean-up step of a machine-image build.",
        example: &[("proc.cmdline", "bash -c unset HISTFILE; id")],
        look_alike: &[("proc.cmdline", "bash -c export HISTSIZE=100000")],
    },
    Indicator {
        id: "login-records-destroyed",
        finds: Finds::Kind(
            Kinds::REDIRECTS,
            &["rm", "shred", "unlink", "truncate", "wtmpclean", "utmpdump", "sed", "cp", "ln", "cat"],
            |seen| {
                let destroys = matches!(seen.name, "rm" | "shred" | "unlink" | "truncate" | "wtmpclean" | "utmpdump");
                let edits = seen.name == "sed" && seen.command.has_option('i', "in-place");
                let nulled = matches!(seen.name, "cp" | "ln" | "cat")
                    && seen.operands().next() == Some("/dev/null")
                    && seen.operands().any(is_login_record);
                nulled
                    || ((destroys || edits) && seen.operands().any(is_login_record))
                    || seen.written().any(is_login_record)
            },
        ),
        weight: 78,
        techniques: &["T1070.002", "T1070.006"],
        reason: "The records of who logged in are emptied, deleted or edited by a command; rotation does that by a program of its own.",
        refuted_by: "The clean-up step of a machine-image build.",
        example: &[("proc.cmdline", "sh -c >/var/log/wtmp; >/var/log/lastlog")],
        look_alike: &[("proc.cmdline", "truncate -s 0 /var/log/app/app.log")],
    },
    Indicator {
        id: "login-record-emptied-by-shell",
        finds: Finds::Facts(|facts| {
            let (field, path) = facts.file.paths.iter().find(|(_, path)| is_login_record(path))?;
            let shell = facts.process.program.name.is_some_and(|name| {
                is_shell(name)
                    || matches!(
                        name,
                        "truncate" | "tee" | "shred" | "dd" | "sed" | "vi" | "vim" | "nano" | "python3" | "perl" | "cp"
                    )
            });
            let clears = facts.alert.rule() == "Clear Log Activities" || facts.event.has_flag("O_TRUNC");
            (shell && clears).then(|| Hit::of(field, path)).flatten()
        }),
        weight: 70,
        techniques: &["T1070.002"],
        reason: "A shell or an editor empties the records of who logged in; rotation does that by a program of its own.",
        refuted_by: "The clean-up step of a machine-image build.",
        example: &[("rule", "Clear Log Activities"), ("proc.name", "bash"), ("fd.name", "/var/log/wtmp")],
        look_alike: &[("rule", "Clear Log Activities"), ("proc.name", "logrotate"), ("fd.name", "/var/log/wtmp")],
    },
    Indicator {
        id: "all-logs-deleted",
        finds: Finds::Command(&["rm", "shred", "find"], |seen| {
            let all = |arg: &str| {
                matches!(
                    arg.trim_end_matches('/'),
                    "/var/log"
                        | "/var/log/*"
                        | "/var/log/**"
                        | "/var/log/*.log"
                        | "/var/log/audit"
                        | "/var/log/audit/*"
                        | "/var/log/journal"
                        | "/var/log/journal/*"
                )
            };
            (seen.name != "find" || seen.has_arg(&["-delete"]) || seen.any_arg(|arg| arg == "rm"))
                && seen.operands().any(all)
                && (seen.name != "find"
                    || seen.facts.process.program.cmdline.is_some_and(|text| !text.contains("-mtime")))
        }),
        weight: 72,
        techniques: &["T1070.002"],
        reason: "All logs are deleted at once; clean-up by age or size looks different.",
        refuted_by: "The clean-up step of an image build.",
        example: &[("proc.cmdline", "rm -rf /var/log/*")],
        look_alike: &[("proc.cmdline", "find /var/log -name *.gz -mtime +14 -delete")],
    },
    Indicator {
        id: "time-forged",
        finds: Finds::Command(&["touch"], |seen| {
            let stamped = seen.any_arg(|arg| {
                matches!(arg, "-r" | "-t" | "-d" | "-acmr" | "-amr" | "-cmr")
                    || arg.starts_with("--reference")
                    || arg.starts_with("--date")
            });
            let prey = |path: &str| {
                paths::is_hidden(path)
                    || super::execution::is_scratch(path)
                    || (path.contains("bin/") && path.starts_with('/'))
                    || path.contains("/.ssh/")
                    || path.contains("/cron")
                    || path.contains(".php")
            };
            stamped && seen.operands().any(prey)
        }),
        weight: 60,
        techniques: &["T1070.006"],
        reason: "A file's time is set to an old one, so that it does not stand out among those beside it.",
        refuted_by: "A build that makes its times reproducible.",
        example: &[("proc.cmdline", "touch -r /bin/ls /usr/bin/.kw")],
        look_alike: &[("proc.cmdline", "touch -d @0 build/out.tar")],
    },
];

fn is_history(path: &str) -> bool {
    let name = base_name(path);
    (name.ends_with("_history") && name.starts_with('.'))
        || matches!(name, ".zhistory" | ".histfile" | "fish_history" | "$HISTFILE" | "${HISTFILE}")
}

fn is_login_record(path: &str) -> bool {
    let path = paths::below_host(path);
    matches!(
        path,
        "/var/log/wtmp"
            | "/var/log/btmp"
            | "/var/log/lastlog"
            | "/var/run/utmp"
            | "/run/utmp"
            | "/var/log/utmp"
            | "/var/log/auth.log"
            | "/var/log/secure"
            | "/var/log/audit/audit.log"
            | "/var/log/faillog"
            | "/var/adm/wtmpx"
    )
}
