//! What a host's own services do: logins, systemd, cron, log rotation, shells' histories, desktops.

use super::super::row::{Act, Does, Is, Row, row};

#[rustfmt::skip]
pub(super) const SENSITIVE: &[&str] = &[
    "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d/**", "/etc/pam.conf",
    "/etc/pam.d/**", "/etc/security/**", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/krb5.keytab",
    "/etc/shells",
];

/// Executables of log-in services, of what unlocks a session, and of what they start to check an account.
#[rustfmt::skip]
const LOGIN: &[&str] = &[
    "/bin/sshd", "/lib/openssh/sshd*", "/usr/libexec/openssh/**", "/usr/libexec/sshd*", "/bin/dropbear",
    "/usr/local/sbin/sshd", "/bin/login", "/bin/su", "/bin/sudo", "/bin/sudo-rs", "/bin/doas",
    "/bin/runuser", "/bin/passwd", "/bin/chage", "/bin/unix_chkpwd", "/bin/unix_update", "/bin/cron",
    "/bin/crond", "/bin/atd", "/bin/anacron", "/bin/agetty", "/lib/systemd/**", "/bin/systemd*",
    "/lib/polkit-1/**", "/usr/libexec/polkit*", "/usr/libexec/accounts-daemon", "/lib/accountsservice/**",
    "/bin/gdm*", "/usr/libexec/gdm*", "/lib/gdm3/**", "/bin/lightdm", "/bin/sddm*", "/usr/libexec/sddm*",
    "/lib/**/sddm/**", "/bin/xdm", "/bin/lxdm*", "/bin/greetd", "/bin/i3lock", "/bin/swaylock",
    "/bin/xscreensaver*", "/usr/libexec/xscreensaver/**", "/bin/gnome-screensaver*", "/bin/kcheckpass",
    "/lib/**/kcheckpass", "/lib/**/kscreenlocker*", "/usr/libexec/kscreenlocker*", "/bin/kscreenlocker*",
    "/bin/slock", "/bin/xlock", "/bin/vlock", "/bin/physlock", "/bin/hyprlock",
    "/bin/cinnamon-screensaver*", "/usr/libexec/cinnamon*", "/bin/mate-screensaver*", "/bin/light-locker",
    "/bin/xfce4-screensaver*", "/lib/x86_64-linux-gnu/libexec/**", "/bin/dovecot", "/lib/dovecot/**",
    "/usr/libexec/dovecot/**", "/bin/vsftpd", "/bin/proftpd", "/bin/pure-ftpd", "/bin/smbd", "/bin/nmbd",
    "/bin/winbindd", "/bin/saslauthd", "/bin/nscd", "/bin/nslcd", "/bin/sssd", "/usr/libexec/sssd/**",
    "/lib/sssd/**", "/lib/**/sssd/**", "/bin/cupsd", "/bin/xrdp*", "/bin/vncserver*", "/lib/cockpit/**",
    "/usr/libexec/cockpit*", "/bin/radiusd", "/bin/freeradius", "/bin/openvpn", "/lib/openvpn/**",
    "/bin/ocserv*", "/bin/exim4", "/bin/postfix", "/lib/postfix/**", "/usr/libexec/postfix/**",
    "/bin/webmin", "/usr/share/webmin/**", "/usr/libexec/webmin/**", "/bin/at", "/bin/newgrp", "/bin/sg",
    "/bin/chsh", "/bin/chfn", "/bin/expiry", "/bin/pkexec", "/bin/mosh-server", "/bin/rlogind",
    "/bin/pveproxy", "/bin/pvedaemon", "/bin/userhelper", "/bin/pam_*", "/bin/tlp", "/bin/vmtoolsd",
    "/bin/qemu-ga", "/bin/ntlm_auth", "/bin/fprintd", "/usr/libexec/fprintd", "/usr/libexec/gnome-*",
    "/bin/screen*", "/bin/tmux", "/bin/snapd", "/lib/snapd/**", "/bin/NetworkManager",
    "/lib/NetworkManager/**", "/bin/systemd-sysusers",
];

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row("login-reads-accounts", "a log-in service checks an account")
        .who(&[
            Is::Host,
            Is::Exe(LOGIN),
            Is::Interactive,
        ])
        .does(&[Does::Act(&[Act::Reads]), Does::File(SENSITIVE)])
        .confirm("the executable belongs to its package unchanged: dpkg -V or rpm -V; journalctl shows the log-in at this time")
        .imitation("replace a log-in program, which root alone can do")
        .seen(&[
            ("rule", "Read sensitive file untrusted"),
            ("container.id", "host"),
            ("evt.type", "openat"),
            ("fd.name", "/etc/shadow"),
            ("proc.cmdline", "5 -EF -p 22 -W 65536 -2 8"),
            ("proc.exepath", "/usr/sbin/dropbear"),
            ("proc.name", "5"),
            ("proc.pname", "dropbear"),
        ]),
    row("login-by-parent", "a log-in service's helper checks an account")
        .who(&[
            Is::Host,
            Is::Name(&[
                "unix_chkpwd", "sshd*", "sudo", "su", "login", "cron", "crond", "CRON", "systemd*", "(sd-pam)",
                "polkit-agent-he", "accounts-daemon", "gdm-*", "lightdm", "sddm-helper", "dovecot*", "auth",
                "auth-worker", "saslauthd", "vsftpd", "proftpd", "smbd", "sssd*", "krb5_child", "runuser", "agetty",
                "i3lock", "swaylock", "kcheckpass", "xscreensaver*", "polkitd", "atd", "dropbear", "at-spi*", "nscd",
                "pam_*", "passwd", "pkexec",
            ]),
            Is::Exe(LOGIN),
            Is::Parent(&[
                "systemd", "sshd*", "login", "sudo", "su", "cron", "crond", "gdm*", "lightdm", "sddm*", "dovecot",
                "saslauthd", "vsftpd", "proftpd", "smbd", "sssd", "i3lock", "xss-lock", "swayidle", "kscreenlocker*",
                "polkitd", "runuser", "atd", "dropbear", "init", "xinetd", "inetd", "master", "accounts-daemon",
                "bash", "xfce4-*", "systemd-logind",
            ]),
        ])
        .does(&[Does::Act(&[Act::Reads]), Does::File(SENSITIVE)])
        .confirm("journalctl shows the log-in or job at this time; the executable belongs to its package unchanged: dpkg -V or rpm -V")
        .imitation("have one of these programs start a process that takes another of these names")
        .seen(&[
            ("rule", "Read sensitive file untrusted"),
            ("container.id", "host"),
            ("fd.name", "/etc/shadow"),
            ("proc.cmdline", "unix_chkpwd root chkexpiry"),
            ("proc.name", "unix_chkpwd"),
            ("proc.pname", "sudo"),
        ]),
    row("account-check-by-pam", "a log-in service has an account checked, by the helper and the words that PAM has for it")
        .who(&[
            Is::Host,
            Is::Name(&["unix_chkpwd"]),
            Is::Exe(&["/bin/unix_chkpwd", "/lib/**/unix_chkpwd"]),
            Is::Parent(&["sshd*", "dropbear", "login", "su", "sudo", "cron", "crond", "systemd", "(sd-pam)"]),
        ])
        .does(&[
            Does::Act(&[Act::Reads]),
            Does::File(SENSITIVE),
            Does::Command(&["unix_chkpwd * chkexpiry", "unix_chkpwd * nullok", "unix_chkpwd * nonull"]),
        ])
        .harmless()
        .confirm("journalctl shows the log-in at this time; the helper belongs to its package unchanged: dpkg -V or rpm -V")
        .imitation("be root already, and name a program of one's own so")
        .seen(&[
            ("rule", "Read sensitive file untrusted"),
            ("container.id", "host"),
            ("fd.name", "/etc/shadow"),
            ("proc.cmdline", "unix_chkpwd root chkexpiry"),
            ("proc.name", "unix_chkpwd"),
            ("proc.pname", "sshd"),
        ]),
    row("systemd-itself", "systemd and its helpers do their own work")
        .who(&[Is::Host, Is::Exe(&["/lib/systemd/**", "/bin/systemd*"]), Is::Parent(&[
            "systemd*", "init", "swapper*", "0", "dracut*", "(sd*",
        ])])
        .does(&[Does::Act(&[Act::Reads, Act::Writes, Act::LoadsBpf, Act::EntersNamespace, Act::LoadsModule, Act::ChangesUser, Act::Connects, Act::RunsFromMemory, Act::Traces, Act::Starts, Act::ClearsLog])])
        .reaches(&[53, 123, 853])
        .touches(&["/etc/systemd/**", "/lib/systemd/system/**", "/etc/passwd*", "/etc/shadow*", "/etc/gshadow*"])
        .confirm("the executable belongs to the systemd package unchanged: dpkg -V systemd or rpm -V systemd")
        .imitation("replace systemd's executables, which root alone can do")
        .seen(&[
            ("rule", "BPF Program Not Profiled"),
            ("container.id", "host"),
            ("evt.type", "bpf"),
            ("proc.cmdline", "systemd --switched-root --system --deserialize=36 rhgb"),
            ("proc.exepath", "/usr/lib/systemd/systemd"),
            ("proc.name", "systemd"),
        ]),
    row("kernel-modules-at-boot", "the host loads the kernel's own modules")
        .who(&[
            Is::Host,
            Is::Exe(&[
                "/bin/kmod", "/bin/modprobe", "/lib/systemd/**", "/bin/systemd-*", "/bin/insmod", "/bin/udevadm",
                "/bin/dkms", "/bin/mount.zfs", "/bin/zpool",
            ]),
            Is::Parent(&[
                "systemd*", "udevd", "(udev-worker)", "kthreadd", "kworker**", "dockerd", "containerd", "kube-proxy",
                "iptables*", "ip6tables*", "xtables*", "NetworkManager", "firewalld", "libvirtd", "ufw*",
                "cloud-init", "wg-quick", "tuned", "init", "dkms", "keepalived", "mount", "multipathd", "iscsid",
                "vmtoolsd", "VBoxClient", "nvidia-*", "nft", "crio", "kubelet", "lvm", "thermald", "k3s*", "rke2*",
                "snapd", "lxd", "zfs*", "openvpn", "strongswan", "charon", "falcoctl", "falco-driver-lo", "virtqemud",
                "fprintd", "sensors", "ipset", "tailscaled", "ip", "modprobe", "ovs-*",
            ]),
        ])
        .does(&[Does::Act(&[Act::LoadsModule]), Does::Command(&[
            "modprobe -* *", "modprobe -* -- *", "modprobe -* -* *", "modprobe *", "systemd-modules*",
            "systemd-udevd", "systemd-udevd ...", "(udev-worker)", "systemd-modules-l ...", "udevadm ...",
            "modprobe -va ...", "modprobe ... ip_vs*", "kmod load ...", "insmod /lib/modules/**",
        ])])
        .confirm("modinfo of the module shows a file of the kernel's own package below /lib/modules, signed")
        .imitation("be root on the host and put a module below /lib/modules")
        .seen(&[
            ("rule", "Linux Kernel Module Injection Detected"),
            ("container.id", "host"),
            ("evt.type", "finit_module"),
            ("proc.cmdline", "modprobe ip_vs_rr"),
            ("proc.exepath", "/usr/bin/kmod"),
            ("proc.name", "modprobe"),
            ("proc.pname", "systemd"),
        ]),
    row("shell-keeps-history", "a shell saves or locks its own history as it ends")
        .who(&[Is::Host, Is::Interactive, Is::Name(&[
            "bash", "zsh", "fish", "ksh", "ash", "mksh", "-bash", "-zsh",
        ]), Is::Exe(&[
            "/bin/bash", "/bin/zsh*", "/bin/fish", "/bin/ksh*", "/bin/mksh", "/usr/local/bin/zsh",
            "/usr/local/bin/fish", "/bin/busybox",
        ])])
        .does(&[
            Does::Act(&[Act::RemovesHistory]),
            Does::Command(&[
                "bash", "-bash", "bash -l", "bash --login", "zsh", "-zsh", "zsh -l", "zsh -i", "fish", "fish -l",
                "-fish", "bash -i", "bash --posix", "zsh --login", "sudo -i", "ksh", "-ksh", "fish -i",
                "bash --init-file ...", "bash --rcfile ...",
            ]),
            Does::File(&[
                "**/.bash_history-#.tmp", "**/.zsh_history.LOCK", "**/.zsh_history.new", "**/.zsh_history.*",
                "**/.zsh_history", "**/.histfile.LOCK", "**/.histfile.new", "**/.history.LOCK", "**/.zhistory.LOCK",
                "**/.zhistory*", "**/fish_history*", "**/fish_history",
                "**/.bash_history",
            ]),
            Does::SomeFile(&[
                "**/.bash_history-#.tmp", "**/.zsh_history.LOCK", "**/.zsh_history.*", "**/.histfile.*", "**/.history.LOCK",
                "**/.zhistory.*", "**/fish_history*",
            ]),
        ])
        .harmless()
        .confirm("last or loginctl shows the user's session ending at this time; the history file is still there and has its lines")
        .imitation("unset or empty the history within the shell before it ends, which leaves the same event")
        .seen(&[
            ("rule", "Delete or rename shell history"),
            ("container.id", "host"),
            ("evt.type", "unlink"),
            ("evt.arg.path", "/home/vagrant/.zsh_history.LOCK"),
            ("proc.cmdline", "zsh"),
        ]),
    row("log-writer", "a log service or a log's own writer rotates or opens a log")
        .who(&[
            Is::Host,
            Is::Name(&[
                "logrotate", "rsyslogd", "syslog-ng", "systemd-journal*", "journald", "auditd", "savelog",
                "newsyslog", "anacron", "dpkg", "apt*", "unattended-upgr", "yum", "dnf*", "cloud-init", "cloud-final",
                "gpu-manager", "tuned", "Xorg", "aptd", "ubuntu-advantage", "fsck*", "sssd*", "NetworkManager",
                "waagent", "python3", "google_*", "snapd", "lightdm", "gdm*", "cups*", "mysqld", "postgres", "nginx",
                "apache2", "httpd", "named", "squid", "chronyd", "dnsmasq", "salt-minion", "puppet", "fluentd",
                "td-agent", "fluent-bit", "ruby", "vmware-*", "vmtoolsd", "open-vm-tools", "amazon-*", "ssm-agent-*",
                "acpid", "bootlogd", "landscape-*", "update-*", "needrestart", "alternatives", "update-alternat",
                "do-release-upgr", "zypper", "tail", "kubelet", "samba*", "smbd", "sysstat", "sadc", "sa1", "aide",
                "clamd", "freshclam",
            ]),
            Is::Exe(&[
                "/bin/*", "/lib/**", "/usr/libexec/**", "/opt/**", "/snap/**", "/usr/local/bin/*",
                "/usr/local/sbin/*", "/usr/share/**",
            ]),
            Is::Parent(&[
                "systemd", "cron", "crond", "anacron", "run-parts", "logrotate", "init", "prime-switch", "apt*",
                "dpkg", "unattended-upgr", "sh", "savelog", "python3", "supervisord", "containerd-shim*", "dnf",
                "yum", "cloud-init", "gdm*", "lightdm", "runsv", "packagekitd", "gpu-manager", "perl",
            ]),
        ])
        .does(&[Does::Act(&[Act::ClearsLog]), Does::File(&[
            "/var/log/**", "/var/lib/docker/containers/**", "/run/log/**",
        ]), Does::OwnLog])
        .harmless()
        .confirm("the log's size and its rotated copies: ls -la beside it; journalctl -u the service")
        .imitation("have the log's own writer empty it, which needs its privileges")
        .seen(&[
            ("rule", "Clear Log Activities"),
            ("container.id", "host"),
            ("fd.name", "/var/log/gpu-manager-switch.log"),
            ("proc.cmdline", "gpu-manager --log /var/log/gpu-manager-switch.log"),
            ("proc.exepath", "/usr/bin/gpu-manager"),
            ("proc.name", "gpu-manager"),
            ("proc.pname", "prime-switch"),
        ]),
    row("log-shipper-position", "a log shipper writes the file that remembers how far it has read")
        .who(&[
            Is::Image(&[
                "fluent/*", "fluentd/*", "openshift*/*", "gcr.io/stackdriver-agents/**", "stackdriver-agents/*",
                "gcr.io/google-containers/**", "k8s.gcr.io/**", "gke.gcr.io/**", "registry.redhat.io/**",
                "banzaicloud/*", "kube-logging/*", "grafana/*", "elastic/*", "beats/*", "docker.elastic.co/**",
                "timberio/vector", "vectordotdev/*", "sumologic/*", "splunk/*", "datadog/*", "newrelic/*", "logdna/*",
                "amazon/*", "aws-*/*", "bitnami/fluent*", "amazon/aws-for-fluent-bit", "azure*/*",
                "mcr.microsoft.com/**", "quay.io/fluentd_elasticsearch/**", "fluentd_elasticsearch/*", "observiq/*",
                "coralogixrepo/*", "logstash", "open-telemetry/*", "otel/*", "rancher/*",
            ]),
            Is::Name(&[
                "fluentd", "ruby*", "fluent-bit", "td-agent*", "google-fluentd", "pos_writer*", "in_tail*",
                "promtail", "filebeat", "vector", "logstash", "java", "splunkd", "agent", "omsagent", "logdna-agent",
                "otelcol*", "flb-*", "sd_journal*", "systemd_journal", "*.rb:*", "event_loop", "flush_thread*",
                "enqueue_thread*",
            ]),
            Is::Namespace(&["**"]),
            Is::Parent(&[
                "containerd-shim*", "ruby*", "fluentd", "tini", "dumb-init", "conmon", "runc", "google-fluentd",
                "entrypoint*", "docker-containe*", "run.sh", "supervisord",
            ]),
        ])
        .does(&[Does::File(&[
            "**.pos", "**.pos.*", "**-pos", "**/positions.yaml*", "**.db", "**.db-*", "**/registry/**", "**.pos.tmp",
            "**/flb_*", "/var/log/journal.pos", "**/sincedb*", "/var/log/**/.**.pos", "/var/log/fluent*/**",
            "/var/log/td-agent/**", "/var/log/google-fluentd/**", "**.buffer**",
        ])])
        .harmless()
        .confirm("the pod is the log shipper's daemon set")
        .imitation("none worth having: the file holds a position")
        .seen(&[
            ("rule", "Clear Log Activities"),
            ("container.id", "5b21c6d84e0f"),
            ("container.image.repository", "registry.redhat.io/openshift3/ose-logging-fluentd"),
            ("fd.name", "/var/log/journal.pos"),
            ("proc.cmdline", "fluentd /usr/bin/fluentd --no-supervisor"),
        ]),
    row("debugger-of-crashes", "a crash handler attaches to the process that crashed")
        .who(&[
            Is::Name(&[
                "apport", "systemd-coredum*", "abrt*", "createdump", "chrome_crashpad*", "crashpad_handle*",
                "crashpad*", "kdumpctl", "drkonqi", "gnome-abrt", "core_handler", "criu", "minidump*", "snap-confine",
                "sentry-crashpad", "breakpad*", "falcon-sensor*", "gcore-crash",
            ]),
            Is::Exe(&[
                "/usr/share/apport/apport", "/lib/systemd/**", "/usr/libexec/abrt*", "/usr/share/dotnet/**",
                "/lib/dotnet/**", "/opt/**", "/snap/**", "/bin/criu", "/lib/**", "/usr/libexec/**",
            ]),
            Is::Parent(&[
                "kthreadd", "kworker**", "systemd*", "dotnet", "chrome*", "chromium*", "electron*", "code", "slack",
                "teams*", "discord*", "abrtd", "podman", "runc", "crun", "falcon*", "brave*", "msedge*", "crashpad*",
            ]),
            Is::Host,
        ])
        .does(&[Does::Act(&[Act::Traces, Act::EntersNamespace, Act::Reads, Act::RunsFromMemory])])
        .confirm("coredumpctl list, or /var/crash, shows the crash at this time")
        .imitation("replace the crash handler, which root alone can do")
        .seen(&[
            ("rule", "PTRACE attached to process"),
            ("container.id", "host"),
            ("evt.type", "ptrace"),
            ("proc.cmdline", "chrome_crashpad_handler --monitor-self-annotation=ptype=crashpad-handler"),
            ("proc.exepath", "/opt/google/chrome/chrome_crashpad_handler"),
            ("proc.name", "chrome_crashpad"),
            ("proc.pname", "systemd"),
        ]),
    row("runs-from-memory-by-design", "a program that runs parts of itself from memory by design")
        .who(&[
            Is::Exe(&[
                "memfd:doublemapper*", "/memfd:doublemapper*", "memfd:wayland*", "memfd:systemd*", "memfd:snap-*",
                "memfd:flatpak*", "memfd:sysbox*", "memfd:kata*", "memfd:lxc*", "memfd:/lxc*", "memfd:lxc_liblxc",
                "memfd:podman*", "memfd:oci*", "memfd:conmon*", "memfd:vmtouch*", "memfd:osqueryd*",
            ]),
            Is::Parent(&[
                "dotnet", "systemd", "snapd", "flatpak*", "lxc*", "lxd", "incusd", "podman", "sysbox*",
                "containerd-shim*", "conmon", "exe", "dockerd",
            ]),
            Is::Host,
        ])
        .does(&[Does::Act(&[Act::RunsFromMemory])])
        .confirm("the parent's executable belongs to its package unchanged: dpkg -V or rpm -V")
        .imitation("be root on the host already and name its memory file so, below that parent")
        .seen(&[
            ("rule", "Fileless execution via memfd_create"),
            ("container.id", "host"),
            ("evt.arg.flags", "EXE_WRITABLE|EXE_FROM_MEMFD"),
            ("proc.cmdline", "lxc-init -- /sbin/init"),
            ("proc.exepath", "memfd:lxc_liblxc"),
            ("proc.name", "lxc-init"),
            ("proc.pname", "lxc-start"),
        ]),
    row("privilege-dropping-daemon", "a daemon or helper changes to the user that it works as")
        .who(&[
            Is::Host,
            Is::Name(&[
                "umount", "mount", "fusermount*", "ntpd", "chronyd", "rpcbind", "rpc.statd", "dbus-daemon*",
                "polkit*", "cron", "crond", "atd", "sshd*", "nginx", "apache2", "httpd", "named", "dnsmasq",
                "postfix", "master", "pickup", "qmgr", "smtpd", "cleanup", "local", "bounce", "dovecot*", "mysqld",
                "mariadbd", "postgres", "redis-server", "rabbitmq*", "snapd", "snap-*", "systemd*", "(sd-pam)",
                "gdm*", "lightdm", "sddm*", "ping", "fping", "traceroute", "nrpe", "zabbix_agent*", "collectd",
                "sudo", "su", "pkexec", "start-stop-daem", "runuser", "setpriv", "chroot", "gosu", "su-exec",
                "tcpdump", "uuidd", "apt", "apt-get", "http", "https", "gpgv", "store", "method", "man", "mandb",
                "squid", "haproxy", "varnishd", "memcached", "unbound", "avahi-daemon", "colord", "rtkit-daemon",
                "cupsd", "PassengerAgent", "pmm*", "bwrap", "chage", "passwd", "logrotate", "dhclient",
                "NetworkManager", "nm-*", "sendmail", "exim4", "dockerd", "amazon-*", "google_*", "waagent",
                "osqueryd", "wazuh*", "ossec*", "pcscd", "kdeinit*", "slurm*", "munge*", "pveproxy*", "spiceproxy",
                "bacula*", "vsftpd", "proftpd", "smbd", "xdm", "at", "newgrp", "chfn", "chsh",
            ]),
            Is::Parent(&[
                "systemd", "umount", "mount", "init", "kubelet", "cron", "crond", "sshd*", "master", "dovecot",
                "nginx", "apache2", "httpd", "apt*", "postfix", "gdm*", "lightdm", "sddm*", "dbus-daemon", "runsv",
                "supervisord", "start-stop-daem", "ping", "nrpe", "anacron", "run-parts", "snapd", "NetworkManager",
                "mandb", "man", "smbd", "dockerd", "logrotate", "login",
            ]),
            Is::Exe(&["/bin/**", "/lib/**", "/usr/libexec/**", "/opt/**", "/snap/**", "/usr/local/**"]),
        ])
        .does(&[Does::Act(&[Act::ChangesUser])])
        .confirm("the executable belongs to its package unchanged: dpkg -V or rpm -V")
        .imitation("replace a daemon that root starts")
        .seen(&[
            ("rule", "Non sudo setuid"),
            ("container.id", "host"),
            ("evt.type", "setuid"),
            ("proc.cmdline", "chronyd -F 1"),
            ("proc.name", "chronyd"),
            ("proc.pname", "systemd"),
        ]),
    row("desktop-session", "a desktop's own programs use their namespaces and sandboxes")
        .who(&[
            Is::Host,
            Is::Exe(&[
                "/opt/google/chrome*/**", "/lib/chromium*/**", "/snap/**", "/opt/brave.com/**", "/opt/microsoft/**",
                "/lib/firefox*/**", "/usr/share/code/**", "/opt/**/chrome*", "/bin/bwrap", "/bin/flatpak*",
                "/usr/libexec/flatpak*", "/lib/slack/**", "/bin/firejail", "/lib/electron*/**",
                "/usr/libexec/webkit*/**", "/lib/**/webkit*/**", "/opt/Signal/**", "/usr/share/discord/**",
                "/opt/Slack/**", "/usr/share/spotify/**", "/opt/zoom/**", "/lib/snapd/**", "/opt/google/**",
            ]),
        ])
        .does(&[Does::Act(&[Act::EntersNamespace, Act::ChangesUser, Act::Traces])])
        .confirm("the executable belongs to its package unchanged: dpkg -V or rpm -V")
        .imitation("replace the program, which root alone can do")
        .seen(&[
            ("rule", "Change namespace privileges via unshare"),
            ("container.id", "host"),
            ("evt.type", "unshare"),
            ("proc.cmdline", "chrome --type=zygote"),
            ("proc.exepath", "/opt/google/chrome/chrome"),
            ("proc.name", "chrome"),
        ]),
];
