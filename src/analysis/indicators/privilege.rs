//! Ways to root and into the kernel: modules, known exploits.

use super::words::{holds_any, parts};
use super::{Finds, Hit, Indicator};
use crate::analysis::paths::{self, Location, base_name};

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "module-from-scratch-space",
        finds: Finds::Command(&["insmod", "modprobe", "kmod"], |seen| {
            seen.any_arg(|arg| {
                let scratch = Location::of(arg).is_writable_by_anyone();
                paths::extension(arg) == Some("ko")
                    && (scratch
                        || (paths::is_hidden(arg) && !arg.starts_with("/root/.falco/"))
                        || !arg.starts_with('/'))
            })
        }),
        weight: 80,
        techniques: &["T1547.006", "T1014"],
        reason: "A kernel module is loaded from where no package puts one: it runs as the kernel itself.",
        refuted_by: "A developer who tests this module on this machine.",
        example: &[("proc.cmdline", "insmod /tmp/.x/d.ko")],
        look_alike: &[("proc.cmdline", "insmod /lib/modules/6.1.0/extra/falco.ko")],
    },
    Indicator {
        id: "module-from-home",
        finds: Finds::Command(&["insmod", "modprobe", "kmod"], |seen| {
            let by_falco = seen.facts.parent.name.is_some_and(|name| matches!(name, "falcoctl" | "falco-driver-lo"))
                || seen.facts.container.image.is_some_and(|image| image.contains("falcosecurity/"));
            !by_falco && seen.any_arg(|arg| paths::extension(arg) == Some("ko") && Location::of(arg) == Location::Home)
        }),
        weight: 45,
        techniques: &["T1547.006"],
        reason: "A kernel module is loaded from a home directory: it runs as the kernel itself.",
        refuted_by: "A developer who tests this module on this machine, or a driver loader that keeps its builds there.",
        example: &[("proc.pname", "bash"), ("proc.cmdline", "insmod /root/.falco/x.ko")],
        look_alike: &[("proc.pname", "falcoctl"), ("proc.cmdline", "insmod /root/.falco/falco_x.ko")],
    },
    Indicator {
        id: "module-loaded-in-container",
        finds: Finds::Facts(|facts| {
            let loads = facts.event.kind.is_some_and(|kind| kind.ends_with("init_module"))
                || facts.alert.rule().starts_with("Linux Kernel Module Injection");
            (loads && facts.in_container())
                .then(|| Hit::of("proc.cmdline", facts.process.program.cmdline.unwrap_or("init_module")))
                .flatten()
        }),
        weight: 20,
        techniques: &["T1547.006"],
        reason: "A container loads a kernel module, which works on the whole machine.",
        refuted_by: "A driver or network component of yours whose purpose this is.",
        example: &[("container.id", "c1"), ("evt.type", "finit_module"), ("proc.cmdline", "modprobe wireguard")],
        look_alike: &[("container.id", "host"), ("evt.type", "finit_module"), ("proc.cmdline", "modprobe wireguard")],
    },
    Indicator {
        id: "rootkit-module",
        finds: Finds::Command(&["insmod", "modprobe", "kmod", "rmmod"], |seen| {
            seen.any_arg(|arg| {
                holds_any(
                    base_name(arg),
                    parts![
                        "diamorphine",
                        "reptile",
                        "suterusu",
                        "adore",
                        "rootkit",
                        "azazel",
                        "kovid",
                        "singularity",
                        "bdvl",
                        "puszek",
                        "brokepkg",
                        "khook",
                        "symbiote",
                    ],
                )
            })
        }),
        weight: 90,
        techniques: &["T1014", "T1547.006"],
        reason: "The module has the name of a public rootkit.",
        refuted_by: "A security exercise that is announced.",
        example: &[("proc.cmdline", "insmod diamorphine.ko")],
        look_alike: &[("proc.cmdline", "modprobe nf_conntrack")],
    },
    Indicator {
        id: "loader-tunables-exploit",
        finds: Finds::Facts(|facts| {
            let env = facts.process.environment?;
            let overflow = env.split("GLIBC_TUNABLES=").nth(1).is_some_and(|rest| {
                let value = rest.split(' ').next().unwrap_or(rest);
                value.matches('=').count() >= 2 && value.matches("glibc.").count() >= 2
            });
            (overflow || env.contains("GCONV_PATH=.")).then(|| Hit::of("proc.env", env)).flatten()
        }),
        weight: 80,
        techniques: &["T1068", "T1574.006"],
        reason: "The environment has the form of a known exploit of the loader (CVE-2023-4911) or of pkexec (CVE-2021-4034).",
        refuted_by: "A tuning of glibc that happens to repeat its names; ordinary ones have one `=` a name.",
        example: &[("proc.env", "GLIBC_TUNABLES=glibc.malloc.mxfast=glibc.malloc.mxfast=AAAA HOME=/root")],
        look_alike: &[("proc.env", "GLIBC_TUNABLES=glibc.malloc.arena_max=2 HOME=/root")],
    },
    Indicator {
        id: "sudoedit-overflow",
        finds: Finds::Command(&[], |seen| {
            let is_sudo = matches!(seen.facts.process.program.name, Some("sudoedit" | "sudo"));
            let text = seen.facts.process.program.cmdline.unwrap_or("");
            is_sudo
                && seen.visit.depth == 0
                && text.trim_end().ends_with('\\')
                && (text.contains(" -s") || text.contains(" -i"))
        }),
        weight: 85,
        techniques: &["T1068", "T1548.003"],
        reason: "sudoedit with a lone backslash at its end is the exploit of CVE-2021-3156, and nothing else.",
        refuted_by: "A vulnerability check of yours that tries this.",
        example: &[("proc.name", "sudoedit"), ("proc.cmdline", "sudoedit -s AAAA\\")],
        look_alike: &[("proc.name", "sudoedit"), ("proc.cmdline", "sudoedit /etc/hosts")],
    },
    Indicator {
        id: "pkexec-without-arguments",
        finds: Finds::Facts(|facts| {
            let name = facts.process.program.name?;
            let text = facts.process.program.cmdline?;
            (name == "pkexec" && text.trim() == "pkexec" && facts.user.loginuid != Some("0"))
                .then(|| Hit::of("proc.cmdline", text))
                .flatten()
        }),
        weight: 76,
        techniques: &["T1068"],
        reason: "pkexec without any argument is how CVE-2021-4034 is exploited; it has no other use.",
        refuted_by: "Somebody typed `pkexec` alone to see its help.",
        example: &[("proc.name", "pkexec"), ("proc.cmdline", "pkexec")],
        look_alike: &[("proc.name", "pkexec"), ("proc.cmdline", "pkexec systemctl restart x")],
    },
    Indicator {
        id: "backdoored-liblzma",
        finds: Finds::Facts(|facts| {
            let (field, path) = facts
                .file
                .paths
                .iter()
                .find(|(_, path)| path.contains("liblzma.so.5.6.0") || path.contains("liblzma.so.5.6.1"))?;
            Hit::of(field, path)
        }),
        weight: 80,
        techniques: &["T1195.002", "T1556"],
        reason: "The SSH daemon loads a release of liblzma that carries a backdoor (CVE-2024-3094).",
        refuted_by: "The package's version: some distributions rebuilt 5.6.1 without the backdoor.",
        example: &[("proc.name", "sshd"), ("fd.name", "/usr/lib/x86_64-linux-gnu/liblzma.so.5.6.1")],
        look_alike: &[("proc.name", "sshd"), ("fd.name", "/usr/lib/x86_64-linux-gnu/liblzma.so.5.4.1")],
    },
];
