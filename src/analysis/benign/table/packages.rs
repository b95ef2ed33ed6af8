//! Package managers on hosts and what they start.

use super::super::row::{Act, Does, Is, Row, row};

#[rustfmt::skip]
const MANAGERS: &[&str] = &[
    "dpkg", "apt", "apt-get", "aptitude", "apt.systemd.dai", "unattended-upgr", "unattended-upgrade", "aptd",
    "packagekitd", "yum", "dnf", "dnf5", "dnf-automatic", "microdnf", "rpm", "rpm-ostreed", "zypper", "pacman", "apk",
    "snapd", "snap", "frontend", "debconf*", "*.postinst", "*.prerm", "*.postrm", "*.preinst", "postinst", "preinst",
    "prerm", "dpkg-reconfigur", "dpkg-preconfigu", "dpkg-maintscrip", "needrestart", "ucf", "update-rc.d",
    "invoke-rc.d", "deb-systemd-*", "triggers", "dnf-3", "yum-cron", "update-initramf*", "mkinitramfs", "dracut",
    "kernel-install", "update-ca-certi*", "update-alternat*", "landscape-*", "do-release-upgr", "zypp*", "emerge",
    "ebuild*", "nix-daemon", "software-center", "gnome-software", "fwupd", "systemd-sysuser*", "man-db*", "mandb",
    "ldconfig*", "dkms", "dkms_common.po*",
];
/// What packages install and their scripts change, of the files that hand over a machine. Keys and the preloaded
/// library are no package's.
#[rustfmt::skip]
const INSTALLED: &[&str] = &[
    "/etc/cron*/**", "/etc/crontab*", "/etc/anacrontab*", "/etc/sudoers*", "/etc/sudoers.d/**", "/etc/shadow*",
    "/etc/gshadow*", "/etc/passwd*", "/etc/pam.d/**", "/etc/profile*", "/etc/profile.d/**", "/etc/init.d/**",
    "/etc/rc.d/**", "/etc/systemd/**", "/lib/systemd/system/**", "/usr/lib/systemd/system/**", "/etc/udev/rules.d/**",
    "/etc/bash.bashrc*", "/etc/ld.so.conf*", "/etc/environment*", "/etc/kubernetes/**",
];
const CONFIRM: &str = "the package manager's log shows the transaction at this time: /var/log/dpkg.log, /var/log/apt/history.log, dnf history, journalctl -t yum";
const IMITATE: &str = "be root and have a package installed that does it, which the package manager's log then names";

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row("package-manager-writes", "a package manager installs, updates or removes a package on the host")
        .who(&[
            Is::Host,
            Is::Name(MANAGERS),
            Is::Exe(&[
                "/bin/**", "/lib/**", "/usr/libexec/**", "/snap/**", "/usr/share/**", "/var/lib/dpkg/**",
                "/var/lib/rpm-ostree/**",
            ]),
            Is::Ancestor(&[
                "dpkg", "apt*", "unattended-upgr*", "systemd", "yum*", "dnf*", "rpm*", "zypper", "packagekitd",
                "aptd", "snapd", "cron", "crond", "sudo", "puppet", "chef-client", "salt-minion", "ansible*",
                "python3", "frontend", "init", "gnome-software", "cloud-init", "update-initramf*", "bash", "sshd",
            ]),
            Is::Interactive,
        ])
        .does(&[Does::Act(&[
            Act::Writes,
            Act::SetsIdBits,
            Act::Reads,
            Act::ClearsLog,
            Act::ChangesUser,
            Act::ManagesUsers,
        ])])
        .touches(INSTALLED)
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Write below binary dir"),
            ("container.id", "host"),
            ("fd.name", "/usr/bin/curl.dpkg-new"),
            ("proc.cmdline", "dpkg --status-fd 10 --unpack --auto-deconfigure --recursive /tmp/apt-dpkg-install-x"),
            ("proc.exepath", "/usr/bin/dpkg"),
            ("proc.name", "dpkg"),
            ("proc.pname", "apt"),
        ]),
    row("package-script", "a package's own script runs while the package manager installs it on the host")
        .who(&[
            Is::Host,
            Is::Parent(&[
                "dpkg", "*.postinst", "*.prerm", "*.postrm", "*.preinst", "postinst", "frontend", "ucf", "rpm", "yum",
                "dnf*", "dpkg-reconfigur", "dpkg-preconfigu", "needrestart", "unattended-upgr*", "zypper", "adduser",
                "addgroup", "update-initramf*", "mkinitramfs", "dracut", "snapd", "packagekitd", "apt-get", "apt",
                "systemd-sysuser*", "dkms", "update-ca-certi*", "update-rc.d", "yum-cron", "man-db*",
                "pam-auth-update", "kernel-install", "rpm-ostreed",
            ]),
            Is::Ancestor(&[
                "dpkg", "rpm", "yum*", "dnf*", "apt*", "unattended-upgr*", "zypper", "frontend", "snapd",
                "packagekitd", "needrestart", "update-initramf*", "dracut", "aptd", "rpm-ostreed", "ucf",
                "*.postinst", "adduser", "addgroup", "systemd",
            ]),
        ])
        .does(&[
            Does::Act(&[Act::Writes, Act::ManagesUsers, Act::Reads, Act::Starts, Act::SetsIdBits, Act::ChangesUser]),
            Does::Command(&[
                "useradd -r ...", "useradd --system ...", "useradd ... -s /usr/sbin/nologin ...",
                "useradd ... /sbin/nologin ...", "useradd ... -r ...", "groupadd -r ...", "groupadd --system ...",
                "groupadd -g # *", "adduser --system ...", "adduser ... --system ...", "addgroup --system ...",
                "usermod -c ...", "usermod ... -L *", "chage -M 99999 *", "chfn -f ...", "gpasswd -a ...",
                "systemctl ...", "update-rc.d ...", "postconf ...", "install ...", "cp ...", "mv ...", "ln ...",
                "chmod ...", "chown ...", "mkdir ...", "sed -i ...", "ldconfig ...", "ldconfig.real ...",
                "update-mime-database ...", "pam-auth-update ...", "update-alternatives ...", "depmod ...", "gpg ...",
                "perl -w /usr/share/debconf/frontend ...", "systemd-sysusers ...", "add-shell ...",
                "dpkg-statoverride ...", "setcap ...", "apparmor_parser ...", "semodule ...", "restorecon ...",
                "trust ...", "tee ...", "touch ...", "rm -f /etc/**", "glib-compile-schemas ...", "locale-gen ...",
                "mandb ...", "fc-cache ...", "dpkg-divert ...", "shadowconfig ...", "iptables ...", "xz ...",
                "gzip ...", "cpio ...",
            ]),
        ])
        .touches(INSTALLED)
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "User mgmt binaries"),
            ("container.id", "host"),
            ("evt.type", "execve"),
            ("proc.cmdline", "useradd -r -g chrony -d /var/lib/chrony -s /sbin/nologin chrony"),
            ("proc.exepath", "/usr/sbin/useradd"),
            ("proc.name", "useradd"),
            ("proc.pname", "rpm"),
            ("proc.aname[2]", "dnf"),
        ]),
    row("snap-refresh", "snapd refreshes or runs a snap on the host")
        .who(&[
            Is::Host,
            Is::Exe(&["/snap/**", "/lib/snapd/**", "/bin/snap*"]),
            Is::Parent(&["systemd", "snapd", "snap*", "init", "udevd", "(udev-worker)", "systemd-udevd"]),
        ])
        .does(&[Does::Act(&[
            Act::Writes,
            Act::EntersNamespace,
            Act::ChangesUser,
            Act::LoadsBpf,
            Act::Reads,
            Act::Starts,
        ])])
        .touches(&["/etc/systemd/system/snap*", "/etc/systemd/**/snap*", "/etc/udev/rules.d/*snap*"])
        .confirm("snap changes shows the refresh at this time")
        .imitation("be root, or publish a snap that this host follows")
        .seen(&[
            ("rule", "Change namespace privileges via unshare"),
            ("container.id", "host"),
            ("evt.type", "unshare"),
            ("proc.cmdline", "snap-confine --base core22 snap.lxd.daemon /usr/lib/snapd/snap-exec lxd.daemon"),
            ("proc.exepath", "/usr/lib/snapd/snap-confine"),
            ("proc.name", "snap-confine"),
            ("proc.pname", "systemd"),
        ]),
];
