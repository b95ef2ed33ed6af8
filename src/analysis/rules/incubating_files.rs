//! Incubating rules on files: shell start-up, cron, SSH, /dev, shell history, mode bits, /proc.

use super::{RuleEntry, TuningAdvice};

/// Sorted by rule name.
pub(super) const INCUBATING_FILES: &[RuleEntry] = &[
    RuleEntry {
        rule: "Adding ssh keys to authorized_keys",
        means: "A program outside OpenSSH opened an authorized_keys file under /home or \
            /root/.ssh for writing. ssh-copy-id and `>>` in a shell appear here as sh, cat or \
            tee.",
        benign: &[
            "cloud-init, google_guest_agent, waagent, ec2-instance-connect and ignition \
             installing keys at boot or on project changes.",
            "Ansible's authorized_key module, Puppet's ssh_authorized_key, Teleport or Foreman's \
             remote execution.",
            "An administrator adding a colleague's key with an editor or tee.",
        ],
        attacker_gains: "A login that survives password changes and looks like an ordinary \
            session; botnets add theirs within seconds of a break-in.",
        questions: &[
            "Which key is new: do its comment and fingerprint belong to a person or system that \
             we know?",
            "Which account got it, and did root or a service write it for somebody else?",
            "Was there a login with it after the alert?",
        ],
        first_steps: &[
            "Show keys and their age: `ssh-keygen -lf <fd.name>` and `stat <fd.name>`; compare \
             with the inventory.",
            "Look for its use: `journalctl -t sshd | grep \"Accepted publickey\"` with that \
             fingerprint, here and on the rest of the fleet.",
            "Remove the unknown line, then check AuthorizedKeysFile and AuthorizedKeysCommand in \
             sshd_config for a second place.",
        ],
        tuning: TuningAdvice {
            advice: "Except provisioning agents by full path; for configuration management add \
                the parent and the account's file.",
            fields: &[("proc.exepath", "="), ("fd.name", "="), ("proc.pname", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Backdoored library loaded into SSHD (CVE-2024-3094)",
        means: "sshd opened liblzma 5.6.0 or 5.6.1, the xz releases with the planted backdoor. \
            It shows that the library is present and loaded, not that anybody used it.",
        benign: &[
            "A rebuilt package that kept the version number but dropped the payload (some \
             distributions repackaged 5.6.1 as 5.6.1-2 and similar).",
            "A rolling or testing system (Debian testing/sid, Fedora 40 beta, openSUSE \
             Tumbleweed, Arch, Kali) from March 2024 that was never updated.",
            "Malware analysts and teaching images that install the bad release on purpose.",
        ],
        attacker_gains: "Running commands as root before authentication, for whoever holds the \
            attacker's private key; nothing appears in the login log.",
        questions: &[
            "Is the package the original bad build or a cleaned one of the same number?",
            "Does this sshd link liblzma through libsystemd at all, on x86-64 and glibc?",
            "Could the Internet reach port 22 while this version was installed?",
        ],
        first_steps: &[
            "Ask the package manager: `xz --version`, `dpkg -l liblzma5` or `rpm -q xz-libs`, \
             and `ldd $(command -v sshd) | grep lzma`.",
            "Downgrade or update xz at once and restart sshd; close port 22 to the Internet in \
             the meantime.",
            "If it was exposed, look for unexplained children of sshd and root processes since \
             the installation date, and plan a reinstallation.",
        ],
        tuning: TuningAdvice {
            advice: "Never except it; update the package. A cleaned build with the same file \
                name may be excepted for one host until its next update.",
            fields: &[("fd.name", "="), ("proc.exepath", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Create files below dev",
        means: "A file was created directly in /dev (O_CREAT), by a program other than a few \
            device managers, and outside the usual names such as null, tty* and kmsg.",
        benign: &[
            "Device set-up by systemd-udevd, mdadm, lvm, multipathd, ploop and hardware vendor \
             agents.",
            "A typo or an old script: `> /dev/nul`, `2>/dev/nulll`, `tee /dev/log.txt`, which \
             leaves an ordinary file.",
            "Container runtimes and builders (runc, bubblewrap, kaniko, LXC) that fill a new \
             root's /dev.",
        ],
        attacker_gains: "A hiding place that administrators rarely list and that many integrity \
            scans skip; rootkits and port knockers have kept their files there for decades.",
        questions: &[
            "Is the new entry an ordinary file, or a device node that the kernel or udev would \
             make?",
            "Does its name imitate a device (ttyS9x, .udev, shmem) or start with a dot or a blank?",
            "Is the path in a container's private /dev, or the host's?",
        ],
        first_steps: &[
            "List ordinary files there: `find /dev -xdev -type f -not -path \"/dev/shm/*\" -ls`; \
             on a healthy system there are hardly any.",
            "Read and hash what you find, and see who has it open: `fuser -v <fd.name>`.",
            "If it is a payload or a log of keystrokes, look for the kernel module or preload \
             library that uses it before you delete it.",
        ],
        tuning: TuningAdvice {
            advice: "Except one program for one name; a prefix such as /dev/ in an exception \
                removes the rule.",
            fields: &[("fd.name", "="), ("proc.exepath", "="), ("container.image.repository", "endswith")],
            macro_hook: Some("user_known_create_files_below_dev_activities"),
        },
    },
    RuleEntry {
        rule: "Delete or rename shell history",
        means: "A history file of bash, ash, zsh or fish was removed, renamed or truncated. \
            Shells do this themselves when they exit and save, also after kubectl exec.",
        benign: &[
            "bash, ash and zsh writing history through a temporary file or a lock at the end of \
             a session (.bash_history-1234.tmp, .zsh_history.LOCK, fish_read_history).",
            "dockerd, containerd or kubelet deleting the file tree of a removed container or \
             image layer.",
            "Image clean-up steps (Packer, cloud image sysprep, `virt-sysprep`) that empty \
             histories on purpose.",
            "logrotate-like housekeeping of home directories and userdel -r.",
        ],
        attacker_gains: "The list of commands that shows what they did, and often the addresses \
            of their servers, disappears.",
        questions: &[
            "Is the acting process the shell that owns the history, or rm, shred, ln, truncate \
             or unlink called by hand?",
            "Was the history replaced by a link to /dev/null, or HISTFILE unset in the session?",
            "Who was logged in, and what else did this session do?",
        ],
        first_steps: &[
            "See what is left: `ls -la ~/.*history` of that user; a link to /dev/null or an \
             empty file with a fresh date was made on purpose.",
            "Rebuild the session from other sources: `ausearch -ua <user.loginuid> -i`, process \
             accounting (`lastcomm`), and this container's other alerts.",
            "If it was deliberate, keep the disk: deleted history blocks can often be recovered \
             while little is written.",
        ],
        tuning: TuningAdvice {
            advice: "Except the shell's own save by process name and the temporary name's \
                ending, and container engines below their storage; rm and ln stay.",
            fields: &[
                ("proc.name", "="),
                ("fd.name", "endswith"),
                ("proc.cmdline", "="),
                ("container.image.repository", "endswith"),
            ],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Modify Shell Configuration File",
        means: "A program that is not a shell opened a start-up or history file of bash, csh or \
            zsh (.bashrc, .profile, /etc/profile, /etc/zsh/...) for writing. Shells themselves \
            are left out, so `echo >> ~/.bashrc` does not fire it.",
        benign: &[
            "Installers that add themselves to PATH: rustup, nvm, conda, sdkman, Homebrew, \
             Google Cloud SDK, kubectl completions.",
            "useradd and adduser copying /etc/skel into a new home, and configuration management \
             (Ansible, Puppet, Chef) with managed profiles.",
            "Layer extraction by dockerd, containerd or podman, where the file belongs to an \
             image below the storage directory.",
            "vim, nano, sed -i or VS Code in the owner's own session.",
        ],
        attacker_gains: "A command that runs at the user's every login, or an alias for sudo or \
            ssh that records the password.",
        questions: &[
            "Is fd.name a real home directory of the machine, or a path inside image storage?",
            "Which lines changed, and do they call curl, base64, nohup, LD_PRELOAD or an alias \
             of sudo?",
            "Does the writer act for the file's owner, or for another user or a service?",
        ],
        first_steps: &[
            "Show what is new: `diff /etc/skel/.bashrc <fd.name>` and `stat <fd.name>`; in a \
             container compare with a fresh copy of the image.",
            "Look at the other start-up files of all accounts: `find / -xdev -name \".*rc\" \
             -newermt \"1 day ago\" -ls 2>/dev/null`.",
            "Remove the foreign line before anybody logs in again, and change the password of a \
             user who did in the meantime.",
        ],
        tuning: TuningAdvice {
            advice: "Except installers or container engines by path of the program and of the \
                file's directory; leave /root and /etc/profile without exceptions.",
            fields: &[("proc.exepath", "="), ("fd.name", "startswith"), ("proc.pname", "=")],
            macro_hook: Some("user_known_shell_config_modifiers"),
        },
    },
    RuleEntry {
        rule: "Read environment variable from /proc files",
        means: "A process in a container opened some process's /proc/PID/environ: the variables \
            that process was started with, which is where containers usually get their secrets.",
        benign: &[
            "Agents that label processes: Datadog, New Relic, Dynatrace OneAgent, Instana, \
             Elastic and OpenTelemetry eBPF profilers.",
            "Argo Workflows' executor, s6 and other init scripts that rebuild their environment \
             from /proc/1/environ.",
            "JVM and .NET diagnostic tools, `ps eww`, htop and procps in a debugging session.",
        ],
        attacker_gains: "Database passwords, API keys and tokens of the neighbour processes, in \
            one read and without touching a file on disk.",
        questions: &[
            "Whose environ was read: its own (/proc/self), process 1, or another process through \
             a shared PID namespace?",
            "Is the reader an agent of this image, or cat, strings, tr, python or a shell?",
            "Does the container run with hostPID, so that the whole node's secrets were in reach?",
        ],
        first_steps: &[
            "See what the variables hold: `kubectl get pod -n <k8s.ns.name> <k8s.pod.name> -o \
             yaml | grep -A3 -nE \"env:|envFrom:\"`.",
            "Check how far it could read: hostPID and shareProcessNamespace in the pod, and the \
             user that it runs as.",
            "If a shell or an exploit read it, rotate every secret in that environment now, and \
             move them to mounted files next.",
        ],
        tuning: TuningAdvice {
            advice: "Except the agent's image with its process; for start-up scripts add the \
                file name /proc/1/environ or /proc/self/environ.",
            fields: &[("container.image.repository", "endswith"), ("proc.name", "="), ("fd.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Read ssh information",
        means: "A program that does not belong to OpenSSH opened a file or directory below \
            /home/*/.ssh or /root/.ssh for reading.",
        benign: &[
            "Git clients and libraries (go-git, libgit2, JGit), Ansible with paramiko, \
             Terraform, VS Code Remote and JetBrains Gateway.",
            "Backup and synchronisation: rsync, restic, borg, duplicity and home directory \
             scanners.",
            "Cloud agents that manage keys (google_guest_agent, ec2-instance-connect, waagent) \
             and sshd helpers such as sss_ssh_authorizedkeys.",
            "cat, ls or less by the owner of the key.",
        ],
        attacker_gains: "Private keys for other machines, with known_hosts and config as a list \
            of where they work: the fuel of lateral movement.",
        questions: &[
            "Was it a private key (id_*, *.pem), or only known_hosts, config or the directory \
             listing?",
            "Is the reader the key's owner, another user, or root on behalf of a service?",
            "Does a copy, an archive or a connection follow?",
        ],
        first_steps: &[
            "Check the key's worth: does it have a passphrase (`ssh-keygen -y -P \"\" -f \
             <fd.name>` succeeds without one), and where is its public half installed?",
            "Look for its use elsewhere: `grep \"Accepted publickey\" /var/log/auth.log` with \
             its fingerprint on the machines named in known_hosts.",
            "If theft is likely, remove the public key from all authorized_keys files first, and \
             only then replace the pair.",
        ],
        tuning: TuningAdvice {
            advice: "Except the tool and the one home directory, or the agent by path; do not \
                except cat, tar or an interpreter.",
            fields: &[("proc.exepath", "="), ("fd.name", "startswith"), ("container.image.repository", "endswith")],
            macro_hook: Some("user_known_read_ssh_information_activities"),
        },
    },
    RuleEntry {
        rule: "Schedule Cron Jobs",
        means: "A file below /etc/cron* was opened for writing, or the crontab program was \
            started, even only to list entries (`crontab -l`).",
        benign: &[
            "Package installation that drops a file into /etc/cron.d (sysstat, e2scrub, certbot, \
             php, popularity-contest).",
            "Ansible's cron module, Puppet's cron type, and cPanel or Plesk maintaining users' \
             crontabs.",
            "Monitoring that lists jobs with `crontab -l`, such as Lynis, osquery wrappers and \
             inventory scripts.",
            "Laravel, WordPress or Nextcloud images that install their scheduler at container \
             start.",
        ],
        attacker_gains: "A payload that comes back after every cleanup and reboot; miners and \
            botnets re-download themselves this way each minute.",
        questions: &[
            "Did crontab only list (-l), or was a job added by `crontab -`, a file or an editor?",
            "What does the new line run, for which user, and how often?",
            "Is the writer a package manager or configuration tool, or a web server, database or \
             shell from a login?",
        ],
        first_steps: &[
            "Read all jobs: `grep -rv \"^#\" /etc/cron* /var/spool/cron 2>/dev/null`, and the \
             journal's `CRON` lines since the alert.",
            "A line with curl, wget, base64 or a path in /tmp is the payload: save the line and \
             the script, then delete it and end its processes.",
            "In a container ask why cron exists at all: a CronJob object leaves a trace in the \
             cluster, a crontab does not.",
        ],
        tuning: TuningAdvice {
            advice: "Except listing (`crontab -l`) and the configuration tool as parent, in two \
                exceptions; writes by anything else stay visible.",
            fields: &[
                ("proc.cmdline", "="),
                ("fd.name", "="),
                ("proc.pname", "="),
                ("container.image.repository", "endswith"),
            ],
            macro_hook: Some("user_known_cron_jobs"),
        },
    },
    RuleEntry {
        rule: "Set Setuid or Setgid bit",
        means: "chmod, fchmod or fchmodat was called with the setuid or setgid bit in the mode. \
            The rule sees the request, not whether it worked, and not who owns the file.",
        benign: &[
            "Package managers and image builders restoring modes (dpkg, rpm, apk, dockerd's \
             `exe`, buildkit, kaniko, tar).",
            "setgid on directories for shared group work, such as `chmod g+s /srv/share`, \
             systemd-tmpfiles and PostgreSQL or mail spools.",
            "kubelet and CSI drivers applying fsGroup to volumes, which sets setgid on \
             directories.",
            "Software that needs a helper: Chromium's chrome-sandbox, VirtualBox, fping, ubridge.",
        ],
        attacker_gains: "A root shell on demand: a setuid copy of bash or a small compiled \
            program lets any account become root later, quietly.",
        questions: &[
            "Is the target a directory (harmless sharing) or an executable file, and who owns it?",
            "Is it below /tmp, /var/tmp, /dev/shm or a home directory?",
            "Did the same session compile or copy the file just before?",
        ],
        first_steps: &[
            "Look at the file: `ls -la <evt.arg.filename>` and `file` on it; a setuid root copy \
             of a shell needs no further proof.",
            "Find others of its kind: `find / -xdev -perm -4000 -newermt \"1 day ago\" -ls`.",
            "Take the bit away (`chmod u-s <evt.arg.filename>`), keep the file as evidence, and \
             mount /tmp and /home with nosuid.",
        ],
        tuning: TuningAdvice {
            advice: "Except builders and kubelet by path and image; for users except the exact \
                command on the exact directory.",
            fields: &[("proc.exepath", "="), ("proc.cmdline", "="), ("container.image.repository", "endswith")],
            macro_hook: Some("user_known_set_setuid_or_setgid_bit_conditions"),
        },
    },
];
