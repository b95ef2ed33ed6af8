//! Files that are planted: web shells, replaced and hidden programs.

use super::download;
use super::kinds::Kinds;
use super::persistence::writes;
use super::seen;
use super::words::{has_any, holds_any, parts};
use super::{Finds, Hit, Indicator};
use crate::analysis::facts::Facts;
use crate::analysis::paths::{self, Location, base_name};
use crate::cmdline::is_shell;

pub(super) const ROWS: &[Indicator] = &[
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
        finds: Finds::Kind(Kinds::WRITES, &[], |seen| {
            let page = seen.writes(is_web_page);
            if !page && seen.written().next().is_none() {
                return false;
            }
            let text: String = seen.args().collect::<Vec<_>>().join(" ");
            let code = holds_any(
                &text,
                parts![
                    "$_POST",
                    "$_GET",
                    "$_REQUEST",
                    "Runtime.getRuntime",
                    "eval(",
                    "passthru(",
                    "shell_exec(",
                    "system("
                ],
            );
            code && (page || holds_any(&text, parts!["<?php", "<?=", "<%"]))
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

fn is_web_page(path: &str) -> bool {
    let root = parts![
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
    page.iter().any(|end| path.ends_with(end)) && has_any(path, root)
}
