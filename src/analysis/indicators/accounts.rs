//! Staying by an account: keys, passwords, rights.

use super::kinds::Kinds;
use super::persistence::{is_general_tool, writes};
use super::words::{holds_any, parts};
use super::{Finds, Hit, Indicator};
use crate::analysis::paths::{self, Location, base_name};
use crate::cmdline::is_shell;

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "login-key-added",
        finds: Finds::Kind(Kinds::WRITES, &["chattr"], |seen| {
            let key = |path: &str| base_name(path).starts_with("authorized_keys");
            let appended = seen.writes(key)
                && !matches!(seen.name, "touch" | "ssh-copy-id")
                && (seen.is_download()
                    || matches!(seen.name, "echo" | "printf" | "cat" | "tee" | "cp" | "mv" | "curl" | "wget" | "sed"));
            appended || (matches!(seen.name, "chattr") && seen.any_arg(key))
        }),
        weight: 65,
        techniques: &["T1098.004"],
        reason: "A key is added by a command line to those that may log in: a way back that survives a changed password.",
        refuted_by: "A provisioning script or an administrator of yours; whose key is it?",
        example: &[("proc.cmdline", "sh -c echo ssh-rsa AAAA x >> /root/.ssh/authorized_keys")],
        look_alike: &[("proc.cmdline", "sh -c cat /root/.ssh/authorized_keys")],
    },
    Indicator {
        id: "login-key-file-written",
        finds: Finds::Facts(|facts| {
            let (field, path) = facts.file.paths.iter().find(|(_, path)| path.contains("/.ssh/authorized_keys"))?;
            (writes(facts) && is_general_tool(facts)).then(|| Hit::of(field, path)).flatten()
        }),
        weight: 50,
        techniques: &["T1098.004"],
        reason: "A shell or a general tool writes the file of keys that may log in.",
        refuted_by: "A provisioning script or an administrator of yours; whose key is it?",
        example: &[
            ("rule", "Adding ssh keys to authorized_keys"),
            ("proc.name", "bash"),
            ("fd.name", "/root/.ssh/authorized_keys"),
        ],
        look_alike: &[
            ("rule", "Adding ssh keys to authorized_keys"),
            ("proc.name", "google_guest_ag"),
            ("fd.name", "/home/a/.ssh/authorized_keys"),
        ],
    },
    Indicator {
        id: "root-account-made",
        finds: Finds::Command(&["useradd", "adduser", "usermod", "echo", "printf", "sed", "tee", "passwd"], |seen| {
            let text: String = seen.args().collect::<Vec<_>>().join(" ");
            let uid0 =
                matches!(seen.name, "useradd" | "adduser" | "usermod") && seen.value_of(&["-u", "--uid"]) == Some("0");
            let line =
                (text.contains(":0:0:") || text.contains("::0:")) && seen.writes(|path| path.ends_with("/etc/passwd"));
            uid0 || line || (seen.name == "passwd" && seen.has_arg(&["-d", "--delete"]) && seen.has_arg(&["root"]))
        }),
        weight: 82,
        techniques: &["T1136.001", "T1098"],
        reason: "A second account with root's rights is made, or root's password removed.",
        refuted_by: "Nothing that is known to be harmless does this.",
        example: &[("proc.cmdline", "sh -c echo 'svc::0:0::/root:/bin/bash' >> /etc/passwd")],
        look_alike: &[("proc.cmdline", "useradd -m -s /bin/bash deploy")],
    },
    Indicator {
        id: "sudo-rights-given",
        finds: Finds::Kind(Kinds::WRITES.or(Kinds::FEEDS), &[], |seen| {
            seen.any_arg(|arg| arg.contains("NOPASSWD"))
                && (seen.writes(|path| path.contains("/sudoers"))
                    || seen.feeds(|c| c.arg_texts().any(|arg| arg.contains("/sudoers"))))
        }),
        weight: 60,
        techniques: &["T1548.003"],
        reason: "An account is given root's rights without a password, by a command line.",
        refuted_by: "A provisioning script of yours that sets up this account.",
        example: &[("proc.cmdline", "sh -c echo 'svc ALL=(ALL) NOPASSWD:ALL' >> /etc/sudoers")],
        look_alike: &[("proc.cmdline", "visudo -c")],
    },
    Indicator {
        id: "password-set-by-pipe",
        finds: Finds::Command(&["chpasswd", "passwd"], |seen| {
            seen.fed_by(|c| matches!(c.program(), "echo" | "printf"))
        }),
        weight: 50,
        techniques: &["T1098"],
        reason: "A password is set by a command line that holds it.",
        refuted_by: "A provisioning script or image build of yours that sets this account's password.",
        example: &[("proc.cmdline", "sh -c echo root:hunter2 | chpasswd")],
        look_alike: &[("proc.cmdline", "chpasswd --help")],
    },
    Indicator {
        id: "setuid-shell-or-scratch",
        finds: Finds::Command(&["chmod", "install"], |seen| {
            let sets = seen.args().any(is_setuid_mode);
            sets && seen.operands().any(is_setuid_prey)
        }),
        weight: 78,
        techniques: &["T1548.001"],
        reason: "A shell, an interpreter or a file in scratch space gets the setuid bit: whoever runs it becomes its owner.",
        refuted_by: "Nothing that is known to be harmless does this.",
        example: &[("proc.cmdline", "chmod u+s /tmp/hello")],
        look_alike: &[("proc.cmdline", "chmod u+s /usr/local/libexec/chrome-sandbox")],
    },
    Indicator {
        id: "setuid-file",
        finds: Finds::Facts(|facts| {
            let mode = facts.get("evt.arg.mode")?;
            let path = facts.get("evt.arg.filename").or(facts.file.path)?;
            (mode.contains("S_ISUID") && is_setuid_prey(path)).then(|| Hit::of("evt.arg.filename", path)).flatten()
        }),
        weight: 75,
        techniques: &["T1548.001"],
        reason: "A shell, an interpreter or a file in scratch space got the setuid bit: whoever runs it becomes its owner.",
        refuted_by: "Nothing that is known to be harmless does this.",
        example: &[("evt.arg.mode", "S_IXUSR|S_ISUID"), ("evt.arg.filename", "/tmp/rootbash")],
        look_alike: &[("evt.arg.mode", "S_IXUSR|S_ISUID"), ("evt.arg.filename", "/usr/lib/chromium/chrome-sandbox")],
    },
    Indicator {
        id: "capability-given-to-interpreter",
        finds: Finds::Command(&["setcap"], |seen| {
            let strong = seen.holds_any(parts![
                "cap_setuid",
                "cap_sys_admin",
                "cap_dac_override",
                "cap_dac_read_search",
                "cap_sys_ptrace",
                "cap_sys_module",
                "=ep",
            ]);
            strong && seen.operands().any(is_setuid_prey)
        }),
        weight: 75,
        techniques: &["T1548"],
        reason: "An interpreter or a file in scratch space gets a capability that makes its user root.",
        refuted_by: "Nothing that is known to be harmless does this.",
        example: &[("proc.cmdline", "setcap cap_setuid+ep /usr/bin/python3.11")],
        look_alike: &[("proc.cmdline", "setcap cap_net_bind_service=+ep /usr/bin/caddy")],
    },
    Indicator {
        id: "authentication-module-changed",
        finds: Finds::Kind(Kinds::WRITES, &[], |seen| {
            seen.writes(|path| {
                (base_name(path).starts_with("pam_") && paths::extension(path) == Some("so"))
                    || path.contains("/etc/pam.d/")
            })
        }),
        weight: 70,
        techniques: &["T1556.003"],
        reason: "How the machine checks passwords is changed by a command line.",
        refuted_by: "A hardening script of yours that edits PAM so.",
        example: &[("proc.cmdline", "cp /tmp/pam_unix.so /lib/x86_64-linux-gnu/security/pam_unix.so")],
        look_alike: &[("proc.cmdline", "ls /etc/pam.d/")],
    },
    Indicator {
        id: "root-login-opened",
        finds: Finds::Command(&["sed", "echo", "tee", "printf"], |seen| {
            let text: String = seen.args().collect::<Vec<_>>().join(" ");
            holds_any(&text, parts!["PermitRootLogin yes", "PermitEmptyPasswords yes", "PasswordAuthentication yes"])
                && (seen.writes(|path| path.contains("sshd_config")) || text.contains("sshd_config"))
        }),
        weight: 55,
        techniques: &["T1098", "T1021.004"],
        reason: "SSH is told to let root or empty passwords in.",
        refuted_by: "A provisioning script of a test machine of yours.",
        example: &[("proc.cmdline", "sed -i s/#PermitRootLogin.*/PermitRootLogin yes/ /etc/ssh/sshd_config")],
        look_alike: &[("proc.cmdline", "sed -i s/PermitRootLogin.*/PermitRootLogin no/ /etc/ssh/sshd_config")],
    },
    Indicator {
        id: "password-hashes-edited",
        finds: Finds::Command(&["sed", "echo", "printf", "tee", "cp", "perl", "python"], |seen| {
            seen.writes(|path| matches!(paths::below_host(path), "/etc/shadow" | "/etc/gshadow"))
        }),
        weight: 72,
        techniques: &["T1098"],
        reason: "The file of password hashes is changed by a general tool; administrators and packages use `passwd` and its kin.",
        refuted_by: "A provisioning script of yours that sets a hash so.",
        example: &[("proc.cmdline", "sed -i s/^root:[^:]*/root:x/ /etc/shadow")],
        look_alike: &[("proc.cmdline", "sed -n 1p /etc/shadow")],
    },
    Indicator {
        id: "login-file-written-by-stranger",
        finds: Finds::Facts(|facts| {
            const MANAGERS: &[&str] = &[
                "ansible",
                "amazon-ssm-agen",
                "cf-agent",
                "chef-client",
                "chpasswd",
                "cloud-init",
                "dockerd",
                "dpkg",
                "exe",
                "google_accounts",
                "google_guest_ag",
                "groupadd",
                "passwd",
                "puppet",
                "rpm",
                "ruby",
                "salt-minion",
                "ssh-copy-id",
                "sssd",
                "sssd_be",
                "sudo",
                "systemd",
                "systemd-sysuser",
                "useradd",
                "userdel",
                "usermod",
                "vi",
                "vim",
                "vipw",
                "visudo",
                "waagent",
                "WALinuxAgent",
            ];
            let (field, path) = facts.file.paths.iter().find(|(_, path)| {
                let path = paths::below_host(path);
                path.contains("/.ssh/authorized_keys")
                    || matches!(path, "/etc/shadow" | "/etc/passwd" | "/etc/sudoers" | "/etc/ld.so.preload")
                    || path.starts_with("/etc/sudoers.d/")
            })?;
            let name =
                facts.process.program.name.or_else(|| facts.process.program.cmdline?.split_ascii_whitespace().next());
            let owns = name.is_some_and(|name| MANAGERS.contains(&name));
            (writes(facts) && !owns).then(|| Hit::of(field, path)).flatten()
        }),
        weight: 30,
        techniques: &["T1098"],
        reason: "A program that does not manage accounts writes a file that decides who may log in or act as root.",
        refuted_by: "The program's documentation, and what exactly it wrote.",
        example: &[("rule", "Write below etc"), ("proc.name", "python"), ("fd.name", "/root/.ssh/authorized_keys")],
        look_alike: &[("rule", "Write below etc"), ("proc.name", "usermod"), ("fd.name", "/etc/passwd")],
    },
];

fn is_setuid_mode(arg: &str) -> bool {
    let symbolic = arg.contains("+s") && !arg.starts_with("g+") && !arg.starts_with('/');
    let octal = (4..=5).contains(&arg.len())
        && arg.bytes().all(|b| b.is_ascii_digit())
        && matches!(arg.trim_start_matches('0').as_bytes().first(), Some(b'4' | b'6'))
        && arg.trim_start_matches('0').len() == 4;
    symbolic || octal || arg.starts_with("u=s")
}

/// A shell, an interpreter, a tool that reads and writes anything, or a file in scratch space or a home.
fn is_setuid_prey(path: &str) -> bool {
    let name = crate::cmdline::program_family(base_name(path));
    let interpreter = is_shell(name)
        || matches!(
            name,
            "python"
                | "perl"
                | "ruby"
                | "php"
                | "node"
                | "find"
                | "vim"
                | "nmap"
                | "awk"
                | "cp"
                | "env"
                | "tar"
                | "dd"
                | "gdb"
        );
    path.contains('/') && (interpreter || matches!(Location::of(path), Location::Temporary | Location::Home))
}
