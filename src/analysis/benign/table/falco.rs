//! Falco itself: its driver loader, old and new, and falcoctl.

use super::super::row::{Act, Does, Is, Row, row};

#[rustfmt::skip]
const LOADER_IMAGES: &[&str] = &[
    "falcosecurity/falco-driver-loader*", "falcosecurity/falco", "falcosecurity/falco-no-driver",
    "falcosecurity/falco-debian",
];
#[rustfmt::skip]
const LOADERS: &[&str] = &["falcoctl", "falco-driver-loader", "docker-entrypoint.sh", "docker-entrypoi"];
const CONFIRM_LOADER: &str = "the parent is falcoctl or falco-driver-loader, the image falcosecurity/falco-driver-loader, the time the node's or Falco's start: kubectl get pods -A -l app.kubernetes.io/name=falco -o wide";
const IMITATE_LOADER: &str =
    "run the same command inside Falco's own image, or below a process that Falco's loader started";
#[rustfmt::skip]
const LOADER_TUNING: &[(&str, &str, &str)] =
    &[("container.image.repository", "endswith", "falcosecurity/falco-driver-loader"), ("proc.pname", "=", "falcoctl")];

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row("falco-loader-dkms-status", "Falco's driver loader lists the driver versions that dkms has installed")
        .who(&[Is::Image(LOADER_IMAGES), Is::Parent(LOADERS)])
        .does(&[Does::Command(&[
            "dkms status -m falco | tr -d , | tr -d : | tr / ' ' | cut '-d ' -f2",
            "dkms status -m falco | tr -d , | tr -d : | tr / ' ' | cut -d' ' -f2",
            "dkms status -m falco | tr -d , | tr -d : | tr / ' ' | cut -d ' ' -f2",
            "dkms status -m falco | tr -d , | tr -d : | tr / | cut -d -f2",
            "dkms status -m falco | tr -d , | tr -d : | tr / ' ' | cut -d '' -f2",
            // As a copy prints it in which a quote was damaged on the way.
            r#"argv:bash -c dkms status -m "falco" | tr -d ",\" | tr -d ":" | tr "/" " ""#,
            // The shell's children carry the pipeline cut short behind any stage.
            "dkms status -m falco | tr -d , | tr -d : | tr / ' '",
            "dkms status -m falco | tr -d , | tr -d : | tr / ''",
            "dkms status -m falco | tr -d , | tr -d : | tr / '' | cut '-d ' -f2",
            "dkms status -m falco | tr -d , | tr -d : | tr /",
            "dkms status -m falco | tr -d , | tr -d :",
            "dkms status -m falco | tr -d ,",
            "dkms status -m falco",
            "dkms status",
        ])])
        .harmless()
        .confirm(CONFIRM_LOADER)
        .imitation(IMITATE_LOADER)
        .tuning(LOADER_TUNING)
        .seen(&[
            ("rule", "Run shell untrusted"),
            ("container.id", "185304d1bba4"),
            ("container.image.repository", "docker.io/falcosecurity/falco-driver-loader"),
            ("proc.pname", "falcoctl"),
            ("proc.cmdline", "bash -c /usr/sbin/dkms status -m \"falco\" | tr -d \",\" | tr -d \":\" | tr \"/\" \" \" | cut -d' ' -f2"),
        ]),
    row("falco-loader-entrypoint", "the entry point of Falco's image starts the driver loader")
        .who(&[Is::Image(LOADER_IMAGES), Is::Parent(&["containerd-shim", "conmon", "runc", "docker-init", "tini"])])
        .does(&[Does::Command(&[
            "bash /docker-entrypoint.sh auto", "bash /docker-entrypoint.sh auto ...",
            "bash /docker-entrypoint.sh kmod", "bash /docker-entrypoint.sh ebpf",
            "bash /docker-entrypoint.sh modern_ebpf", "bash /docker-entrypoint.sh --print-env",
            "docker-entrypoint.sh /docker-entrypoint.sh ...", "bash /usr/bin/falco-driver-loader ...",
            "falco-driver-loader /usr/bin/falco-driver-loader ...",
        ])])
        .harmless()
        .confirm(CONFIRM_LOADER)
        .imitation("build an image of that name with a script of its own at that path")
        .seen(&[
            ("rule", "Detect Shell in Container"),
            ("container.id", "185304d1bba4"),
            ("container.image.repository", "falcosecurity/falco-driver-loader"),
            ("proc.cmdline", "bash /docker-entrypoint.sh auto"),
        ]),
    row("falco-loader-module", "Falco's driver loader loads or unloads Falco's own kernel module")
        .who(&[Is::Image(LOADER_IMAGES), Is::Parent(LOADERS), Is::Exe(&[
            "/bin/insmod", "/bin/modprobe", "/bin/rmmod", "/bin/kmod",
        ])])
        .does(&[Does::Command(&[
            "insmod /root/.falco/**/falco*.ko", "insmod /root/.falco/falco*.ko", "insmod /lib/modules/**/falco*.ko*",
            "insmod /var/lib/dkms/falco/**.ko*", "insmod /usr/src/falco-**.ko", "modprobe falco", "modprobe -r falco",
            "rmmod falco", "modprobe scap", "rmmod scap",
        ])])
        .confirm("sha256sum of the module equals the one at download.falco.org for this driver version and kernel; modinfo shows falco")
        .imitation("put a module of its own below /root/.falco in Falco's privileged loader")
        .seen(&[
            ("rule", "Linux Kernel Module Injection Detected"),
            ("container.id", "24926e9392b7"),
            ("container.image.repository", "docker.io/falcosecurity/falco-driver-loader"),
            ("proc.cmdline", "insmod /root/.falco/7.3.0+driver/x86_64/falco_ubuntu-generic_5.4.0-196-generic_216.ko"),
            ("proc.exepath", "/usr/sbin/insmod"),
            ("proc.pname", "falcoctl"),
        ]),
    row("falco-loader-build", "Falco's driver loader builds or fetches its driver for this kernel")
        .who(&[Is::Image(LOADER_IMAGES), Is::Ancestor(LOADERS)])
        .does(&[Does::Command(&[
            "dkms install ...", "dkms remove ...", "dkms status ...", "dkms build ...", "make ...", "gcc ...",
            "cc1 ...", "ld ...", "depmod ...", "curl ... https://download.falco.org/**", "mount -t debugfs ...",
            "lsmod", "grep ...", "uname ...", "ln -s /host/** /**", "sleep ...", "rm -f /usr/bin/gcc*",
            "ln -s gcc-* /usr/bin/gcc",
        ])])
        .confirm(CONFIRM_LOADER)
        .imitation(IMITATE_LOADER)
        .seen(&[
            ("rule", "Drop and execute new binary in container"),
            ("container.id", "24926e9392b7"),
            ("container.image.repository", "falcosecurity/falco-driver-loader"),
            ("proc.cmdline", "dkms install -m falco -v 7.3.0+driver -k 5.4.0-196-generic"),
            ("proc.pname", "falcoctl"),
        ]),
    row("falcoctl-artifacts", "falcoctl installs or follows Falco's rules and plugins")
        .who(&[
            Is::Name(&["falcoctl"]),
            Is::Exe(&["/bin/falcoctl", "/usr/local/bin/falcoctl"]),
            Is::Image(&["falcosecurity/falcoctl", "falcosecurity/falco*"]),
            Is::Parent(&["systemd", "falcoctl", "containerd-shim", "conmon", "cron", "crond"]),
            Is::Host,
        ])
        .does(&[
            Does::Command(&[
                "falcoctl artifact follow ...", "falcoctl artifact install ...", "falcoctl driver ...",
                "falcoctl index ...",
            ]),
            Does::File(&[
                "/etc/falco/**", "/etc/falcoctl/**", "/usr/share/falco/plugins/**", "/root/.config/falcoctl/**",
                "/rulesfiles/**", "/plugins/**",
            ]),
        ])
        .confirm("systemctl status falcoctl-artifact-follow; the executable belongs to the falco package: dpkg -S or rpm -qf /usr/bin/falcoctl")
        .imitation("replace /usr/bin/falcoctl, which root alone can do, or point its configuration at another index")
        .seen(&[
            ("rule", "Write below etc"),
            ("container.id", "host"),
            ("fd.name", "/etc/falco/._check_writable"),
            ("proc.cmdline", "falcoctl artifact follow --allowed-types=rulesfile"),
            ("proc.name", "falcoctl"),
            ("proc.pname", "systemd"),
            ("proc.exepath", "/usr/bin/falcoctl"),
        ]),
    row("falco-engine", "Falco's own engine does its work")
        .who(&[Is::Name(&["falco"]), Is::Exe(&["/bin/falco"]), Is::Image(&["falcosecurity/falco*"]), Is::Host])
        .does(&[Does::Act(&[Act::LoadsBpf, Act::Reads, Act::EntersNamespace, Act::CallsApi])])
        .confirm("systemctl status 'falco*', or kubectl get pods -A -l app.kubernetes.io/name=falco")
        .imitation("replace Falco's executable, which root alone can do")
        .seen(&[
            ("rule", "BPF Program Not Profiled"),
            ("container.id", "host"),
            ("proc.name", "falco"),
            ("proc.cmdline", "falco -o engine.kind=modern_ebpf"),
            ("proc.exepath", "/usr/bin/falco"),
            ("evt.type", "bpf"),
        ]),
];
