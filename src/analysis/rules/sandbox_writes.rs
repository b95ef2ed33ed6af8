//! Sandbox rules on writes: binary directories, /etc, /root, package data, hidden files.

use super::{RuleEntry, TuningAdvice};

/// Sorted by rule name.
pub(super) const SANDBOX_WRITES: &[RuleEntry] = &[
    RuleEntry {
        rule: "Create Hidden Files or Directories",
        means: "A file or directory whose path contains `/.` was created, made by mkdir, or \
            renamed into place. Disabled in the stock set: home directories are full of such \
            names.",
        benign: &[
            "Everything that keeps state in dotfiles: git, npm, Go, Java preferences, browsers, \
             .cache, .config, .local.",
            "Atomic writes through temporary names: rsync's .file.k3Xq9Z, Kubernetes' ..data \
             links, vim's swap files.",
            "Container runtimes' markers such as /.dockerenv.",
        ],
        attacker_gains: "A name that ls does not show, for tools, loot and configuration, often \
            `.x`, `. ` or `...` in /tmp, /var/tmp or /dev/shm.",
        questions: &[
            "Is the directory one where dotfiles are normal (a home), or /tmp, /dev, a web root \
             or a system path?",
            "Is the name odd: dots and blanks only, or a look-alike of a system file?",
            "Is something executable in it?",
        ],
        first_steps: &[
            "Find such names where they do not belong: `find /tmp /var/tmp /dev/shm /var/www \
             -name \".*\" -ls`.",
            "Look at owner, content and hash before deleting anything.",
            "Watch who comes back to it: `auditctl -w <fd.name> -p rwxa -k hidden` for an hour.",
        ],
        tuning: TuningAdvice {
            advice: "Replace it by a rule on the few directories that matter; if you keep it, \
                except home directories by prefix.",
            fields: &[("fd.name", "startswith"), ("proc.name", "="), ("container.image.repository", "endswith")],
            macro_hook: Some("user_known_create_hidden_file_activities"),
        },
    },
    RuleEntry {
        rule: "Mkdir binary dirs",
        means: "A directory was made below /bin, /sbin, /usr/bin or /usr/sbin. Programs live \
            there as files; directories almost never belong there.",
        benign: &[
            "Image layers and odd installers that unpack there: some printer, Oracle, MATLAB or \
             Perl core_perl trees.",
            "Build steps with a wrong DESTDIR, and conda or npm prefixes set to /usr.",
            "Container unpacking by dockerd, containerd and buildkit.",
        ],
        attacker_gains: "A corner for tools inside a path that exclusions of scanners often \
            cover, such as /usr/bin/.X11.",
        questions: &[
            "Does the name start with a dot, or imitate something (`/usr/bin/X11`, \
             `/usr/sbin/lib`)?",
            "Is there a package or build that explains it?",
            "Were files moved in afterwards?",
        ],
        first_steps: &[
            "List such directories: `find /bin /sbin /usr/bin /usr/sbin -mindepth 1 -type d -ls`.",
            "Look inside without running anything: `find <evt.arg.path> -type f -exec sha256sum \
             {} +`.",
            "Tell the scanner's owner if the path is excluded there: the exclusion is what made \
             the place attractive.",
        ],
        tuning: TuningAdvice {
            advice: "Except the one directory name and its installer.",
            fields: &[("evt.arg.path", "="), ("proc.exepath", "="), ("container.image.repository", "endswith")],
            macro_hook: Some("user_known_mkdir_bin_dir_activities"),
        },
    },
    RuleEntry {
        rule: "Modify binary dirs",
        means: "A file in /bin, /sbin, /usr/bin or /usr/sbin was renamed or removed by something \
            other than a package manager.",
        benign: &[
            "Image builds and `docker build` clean-up steps (rm of tools), slimming tools such \
             as docker-slim and distroless builders.",
            "Installers that swap a binary by rename (kubelet updaters, k3s, Vagrant, AWS SSM \
             agent, self-updating CLIs).",
            "update-alternatives-like links by hand: `ln -sf /usr/bin/python3 /usr/bin/python`, \
             usrmerge conversions.",
        ],
        attacker_gains: "A system program replaced by a wrapper (the original kept as ps.bak or \
            .ps), or a security tool removed.",
        questions: &[
            "Which program, and is the old one still there under another name?",
            "Did a new file with the same name appear at once?",
            "Is it a builder's layer, or the running system?",
        ],
        first_steps: &[
            "Look at the pair: `ls -lc /bin /sbin /usr/bin /usr/sbin | sort -k8 | tail`, and \
             `file` on the newest.",
            "Verify the package that owned it, and look for wrappers: a small script where an \
             ELF was is one.",
            "Use a static busybox or a rescue image for the investigation when ps, ls, ss or top \
             are touched.",
        ],
        tuning: TuningAdvice {
            advice: "Except updaters by path, builders by image. The path arguments depend on \
                the call, so keep exceptions on the process.",
            fields: &[("proc.exepath", "="), ("proc.cmdline", "="), ("container.image.repository", "endswith")],
            macro_hook: Some("user_known_modify_bin_dir_activities"),
        },
    },
    RuleEntry {
        rule: "Read Shell Configuration File",
        means: "A program that is no shell read what bash, csh or zsh run at their start, or \
            what they keep as history. Disabled in the stock set, because many editors, agents \
            and backups do it.",
        benign: &[
            "Prompt and dotfile tools (starship, chezmoi, stow, direnv), editors, IDEs that \
             resolve the login environment.",
            "Backup, malware and compliance scanners reading home directories (ClamAV, restic, \
             Wazuh, OpenSCAP).",
            "direnv-like launchers, cron and PAM's pam_env reading a user's environment.",
        ],
        attacker_gains: "Passwords and tokens that people keep in exports and in their history, \
            with host names to use them on.",
        questions: &[
            "Was it a history file, where secrets typed by mistake stay, or a plain start-up file?",
            "Does the reader act for the owner, or for another account?",
            "Does it read those of all users one after the other?",
        ],
        first_steps: &[
            "Look at what the file gives away: `grep -nE \"TOKEN|PASS|SECRET|KEY\" <fd.name>`, \
             and rotate what is there.",
            "See if more homes were read: neighbouring alerts with other fd.name from the same \
             process.",
            "Move exported secrets to a keyring or a vault; then a read of these files matters \
             little.",
        ],
        tuning: TuningAdvice {
            advice: "Except scanners and backups by path; keep history files open by listing \
                start-up files only.",
            fields: &[("proc.exepath", "="), ("fd.name", "endswith"), ("container.image.repository", "endswith")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Update Package Repository",
        means: "A file in /etc/apt, sources.list.d or /etc/yum.repos.d was written or renamed \
            into place by something that is no package manager and has none as ancestor.",
        benign: &[
            "Ansible, Puppet, Chef, cloud-init and katello-agent managing repositories and \
             mirrors.",
            "Vendors' install scripts (Docker, NodeSource, Kubernetes, Chrome) that add their \
             source with tee or curl.",
            "Image builds and entrypoints replacing the mirror with sed.",
        ],
        attacker_gains: "Packages of their choice installed by the next regular upgrade, as \
            root, with signature checks off if [trusted=yes] is set.",
        questions: &[
            "Which address was added, over http or https, and with which signing key?",
            "Is there [trusted=yes], gpgcheck=0 or a new key in trusted.gpg.d?",
            "Was it a managed change, or a shell in a running container?",
        ],
        first_steps: &[
            "Show it: `grep -rn \"^deb\\|^baseurl\\|gpgcheck\\|trusted=yes\" \
             /etc/apt/sources.list* /etc/yum.repos.d`.",
            "Compare installed packages' origins: `apt-cache policy` or `dnf repoquery \
             --installed --qf \"%{name} %{from_repo}\"`.",
            "Remove a foreign source before the unattended upgrade runs, and verify what came \
             from it meanwhile.",
        ],
        tuning: TuningAdvice {
            advice: "Except the management tool by parent and file; in builds the image. Shell \
                and curl writing sources stay visible.",
            fields: &[
                ("fd.name", "="),
                ("proc.pname", "="),
                ("proc.exepath", "="),
                ("container.image.repository", "endswith"),
            ],
            macro_hook: Some("user_known_update_package_registry"),
        },
    },
    RuleEntry {
        rule: "Write below binary dir",
        means: "A file directly in /bin, /sbin, /usr/bin or /usr/sbin was opened for writing by \
            something other than a package manager, get-pip or the Azure agent.",
        benign: &[
            "Installers that copy one binary: kubectl, helm, AWS CLI, runners' tool caches, \
             `install -m 755` and `make install` with prefix /usr.",
            "Image builds and unpacking (buildkit, containerd, kaniko), busybox --install, \
             update-alternatives-like scripts.",
            "CNI and CSI set-up containers with the host's /usr/bin mounted, and agents that \
             update themselves.",
        ],
        attacker_gains: "A trojaned ls, ps, sshd or sudo that every user and script will run, or \
            a new tool under a name that nobody questions.",
        questions: &[
            "Is the name new, or does it replace a program of the distribution?",
            "Is it the host's directory or an image layer's?",
            "Who wrote it, and does a package now own it?",
        ],
        first_steps: &[
            "Verify: `rpm -Vf <fd.name>` or `dpkg --verify $(dpkg -S <fd.name> | cut -d: -f1)`; \
             a changed checksum of ps, ss or sshd is an intrusion.",
            "Hash and keep the file; compare with the same path on a sibling machine or in the \
             image.",
            "Reinstall the owning package from a trusted source, and look for what else changed \
             in the same minute (`find /usr -newermt \"10 minutes ago\" -ls`).",
        ],
        tuning: TuningAdvice {
            advice: "Except the installer by its path and the one file that it writes; a \
                directory as exception gives the rule away.",
            fields: &[("fd.name", "="), ("proc.exepath", "="), ("container.image.repository", "endswith")],
            macro_hook: Some("user_known_write_below_binary_dir_activities"),
        },
    },
    RuleEntry {
        rule: "Write below etc",
        means: "A file below /etc was opened for writing, and none of about a hundred known \
            writers (package managers, agents, web servers for their own files) explains it. On \
            a host and in containers.",
        benign: &[
            "Agents and tools for their own directories: falcoctl in /etc/falco, SSSD's adcli \
             and krb5.keytab, McAfee in /etc/cma.d, lvs in /etc/lvm, tuned, NetworkManager.",
            "Configuration management: Puppet, Salt, cfengine, Ansible through sh, cloud-init.",
            "Container start-up writing generated configuration: Grafana sidecars, nginx \
             envsubst, HAProxy, Prometheus reloaders, JBoss adding a user to /etc/passwd.",
            "resolv.conf, hosts, mtab and adjtime updates by DHCP, VPN clients and etcd-manager.",
        ],
        attacker_gains: "Persistence and redirection: cron, systemd units, sudoers, \
            ld.so.preload, PAM, hosts and resolv.conf all live here.",
        questions: &[
            "Which file? ld.so.preload, cron.d, sudoers, pam.d, passwd and systemd units are \
             serious until explained.",
            "Does the writer own that file by its package or chart?",
            "In a container: is /etc the image's own, or a hostPath of the node?",
        ],
        first_steps: &[
            "Show the change: `diff` against the package's version (`rpm -Vf <fd.name>`, `debsums -ce`), \
             etckeeper or the image.",
            "Look for its friends: `find /etc -newermt \"30 minutes ago\" -ls`.",
            "If it is a hook for code, save it, remove it, and look for the process that it has \
             already started.",
        ],
        tuning: TuningAdvice {
            advice: "Except the writer by path for its own directory with startswith; never a \
                shell or cp for all of /etc.",
            fields: &[
                ("fd.name", "startswith"),
                ("proc.exepath", "="),
                ("container.image.repository", "endswith"),
                ("proc.pname", "="),
            ],
            macro_hook: Some("user_known_write_below_etc_activities"),
        },
    },
    RuleEntry {
        rule: "Write below monitored dir",
        means: "A file directly in /boot, /lib, /lib64, /usr/lib, /usr/local/{lib,bin,sbin} or \
            an .ssh directory was opened for writing by no package manager and no known cloud \
            agent.",
        benign: &[
            "Software installed by hand into /usr/local/bin: Terraform, kubectl, Node global \
             modules, Go and Rust tools.",
            "grub, dracut, kdump and kernel-install rewriting /boot after an update; ldconfig \
             and depmod.",
            "ssh writing known_hosts, and cloud agents that put keys into .ssh.",
        ],
        attacker_gains: "A library loaded by other programs, an initramfs changed before the \
            disk is unlocked, or a key for the next login.",
        questions: &[
            "Which of the directories is it: /boot and /lib weigh more than /usr/local/bin?",
            "For .ssh: known_hosts (harmless), config (ProxyCommand runs code) or authorized_keys?",
            "Is it a managed change with a time that fits?",
        ],
        first_steps: &[
            "Verify owners: `rpm -qf <fd.name> || dpkg -S <fd.name>`, and for /boot compare with \
             `lsinitrd` or `lsinitramfs` of a sibling.",
            "Check for a library in a search path that should not be there: `ldconfig -p | grep \
             -v \"/lib/x86_64\"`, `cat /etc/ld.so.preload`.",
            "If /boot changed without an update, do not reboot; image the partition and \
             reinstall the kernel package.",
        ],
        tuning: TuningAdvice {
            advice: "Except the agent with its file, or the installer with its path below \
                /usr/local; keep /boot, /lib and authorized_keys.",
            fields: &[("fd.name", "startswith"), ("proc.exepath", "="), ("container.image.repository", "endswith")],
            macro_hook: Some("user_known_write_monitored_dir_conditions"),
        },
    },
    RuleEntry {
        rule: "Write below root",
        means: "A file directly in / or anywhere below /root was opened for writing, other than \
            a long list of caches, histories and tool directories.",
        benign: &[
            "Containers whose process runs as root with / as its home: /status.json of calico \
             kube-controllers, health files, npm and Java caches.",
            "kubectl's, helm's, Terraform's and cloud SDKs' caches and configuration in /root.",
            "CFEngine, Chef, Oracle and IBM agents with state in /root, and an administrator's \
             own files.",
            "runc's exec fifo and layer unpacking at container start.",
        ],
        attacker_gains: "A quiet place for tools and loot on hosts where root's home is never \
            looked at, or start-up files that root runs at login.",
        questions: &[
            "Is it the host, or a container whose root is a throw-away?",
            "Is the name an application's state file, or an archive, a script or a hidden \
             directory?",
            "Does the process run as root by design?",
        ],
        first_steps: &[
            "List what is new: `find / -maxdepth 1 -newermt \"1 hour ago\" -ls; find /root \
             -newermt \"1 hour ago\" -ls`.",
            "Look into archives and scripts before they leave: `file` and `head` on <fd.name>.",
            "Give the application a state directory and a read-only root, so that this alert \
             means something again.",
        ],
        tuning: TuningAdvice {
            advice: "Except the state file or directory of one program, by image; this is the \
                noisiest of the write rules, so start with the top three paths.",
            fields: &[("fd.name", "startswith"), ("container.image.repository", "endswith"), ("proc.exepath", "=")],
            macro_hook: Some("user_known_write_below_root_activities"),
        },
    },
    RuleEntry {
        rule: "Write below rpm database",
        means: "A file below /var/lib/rpm was opened for writing by something that is neither \
            rpm, yum, dnf nor one of their known callers.",
        benign: &[
            "Python and other programs linked to librpm: Spacewalk and Uyuni agents, osquery, \
             Satellite's katello-agent, PackageKit, Ansible's dnf module under another name.",
            "Scanners that open the database read-write by accident (older Trivy-like, oscap \
             probes, Qualys): the lock file alone triggers it.",
            "Image builders (buildah, kaniko, mkosi) that write a layer's database.",
        ],
        attacker_gains: "An inventory that lies: a back door registered as a package, or \
            checksums changed so that `rpm -V` stays silent.",
        questions: &[
            "Was it the database itself, or only .rpm.lock and the __db.00x environment files?",
            "Is the process a manager or scanner of ours, and root?",
            "Do package lists differ from those of sibling machines?",
        ],
        first_steps: &[
            "Check its health: `rpmdb --verifydb`, then `rpm -qa --last | head` for what appeared.",
            "Verify files against packages from the repository, not against the local database: \
             `dnf reinstall --downloadonly <package>` and compare checksums.",
            "If it was altered, restore it from backup or rebuild the host; a local verification \
             proves nothing any more.",
        ],
        tuning: TuningAdvice {
            advice: "Except the agent by path; the lock file may be excepted for scanners, the \
                database files not.",
            fields: &[("proc.exepath", "="), ("fd.name", "="), ("container.image.repository", "endswith")],
            macro_hook: Some("user_known_write_rpm_database_activities"),
        },
    },
];
