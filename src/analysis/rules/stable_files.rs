//! Stable rules on files: credentials read, links over them, logs cleared, disks wiped.

use super::{RuleEntry, TuningAdvice};

/// Sorted by rule name.
pub(super) const STABLE_FILES: &[RuleEntry] = &[
    RuleEntry {
        rule: "Clear Log Activities",
        means: "A file in /var/log or /dev/log, or one with a well-known log name (auth.log, \
            secure, syslog, access_log, ...), was opened for writing with O_TRUNC: its old \
            content is gone.",
        benign: &[
            "logrotate with copytruncate, and daemons that start a fresh file at each start \
             (gpu-manager, cloud-init, Xorg, dmesg services).",
            "Fluentd, Fluent Bit, Vector and Promtail rewriting their position file (.pos) in \
             the log directory.",
            "Image builds and image unpacking, which empty /var/log or write a layer's log files.",
        ],
        attacker_gains: "The entries that show the login, the exploit and the commands are gone \
            from the machine; only copies shipped elsewhere remain.",
        questions: &[
            "Is the file a record of logins and commands (auth.log, secure, wtmp, audit.log) or \
             one program's own debug log?",
            "Was it truncated by the program that owns it, or by a shell, `cat /dev/null` or \
             truncate?",
            "Does the central log store still hold the minutes before the truncation?",
        ],
        first_steps: &[
            "Pull the missing minutes from the log store or journald (`journalctl \
             --since \"<an hour before>\" --until \"<after it>\"`), and read what happened just before.",
            "List which logs shrank: `find /var/log -newermt \"10 minutes ago\" -size -2k -ls`.",
            "If a login log was emptied, keep the disk image and treat the account that was on \
             the machine as compromised.",
        ],
        tuning: TuningAdvice {
            advice: "Except one program for one file or log directory; position files are best \
                matched by name ending and the agent's image.",
            fields: &[("fd.name", "="), ("proc.exepath", "="), ("container.image.repository", "endswith")],
            macro_hook: Some("allowed_clear_log_files"),
        },
    },
    RuleEntry {
        rule: "Create Hardlink Over Sensitive Files",
        means: "A second directory entry was made for /etc/shadow, /etc/sudoers, pam.conf or \
            pwquality.conf with link or linkat; it names the same inode.",
        benign: &[
            "rsnapshot, rsync --link-dest and BackupPC pools, which hardlink unchanged files of \
             the last snapshot.",
            "vipw, passwd and useradd, which make `/etc/shadow-` and lock files next to the \
             original while editing.",
            "ostree and container storage drivers that check files out of a store as hardlinks.",
        ],
        attacker_gains: "A copy of the hash file that survives under a harmless name, follows \
            every later password change, and can be read once its directory is.",
        questions: &[
            "Is the new name beside the original (an editor's lock or backup) or somewhere else \
             on the same file system?",
            "Was fs.protected_hardlinks switched off, which alone would let an ordinary user do \
             this?",
            "Is the link count of the file still above one?",
        ],
        first_steps: &[
            "Find every name of the inode: `find / -xdev -samefile <evt.arg.oldpath>`, and \
             remove those that no tool made.",
            "Check `sysctl fs.protected_hardlinks`; 0 on a multi-user machine is a finding of \
             its own, and 1 means that the caller owned the file or was root.",
            "Ask the backup owner for the job's schedule, and compare it with the alert's time \
             before closing.",
        ],
        tuning: TuningAdvice {
            advice: "Backup tools are told by executable and parent job; leave the target open \
                only for tools that link /etc as a whole.",
            fields: &[("proc.exepath", "="), ("evt.arg.oldpath", "="), ("proc.pname", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Create Symlink Over Sensitive Files",
        means: "A symbolic link was made whose target is exactly /etc/shadow, /etc/sudoers, \
            /etc/pam.conf, pwquality.conf, or one of the directories /, /etc, /root.",
        benign: &[
            "Chroot and image tooling (debootstrap, mkosi, flatpak, bwrap) that links `/` or \
             /etc into a new root.",
            "snapd and systemd units that place a link to `/` in a private mount tree at start.",
            "Desktop file managers and IDEs that put a shortcut to the root directory into a \
             workspace.",
        ],
        attacker_gains: "A second name for a protected file: a privileged service that follows \
            links then reads or overwrites it for the attacker, and rules on exact paths stay \
            silent.",
        questions: &[
            "Where does the link lie: in an upload directory, a shared volume or /tmp, where \
             another process will follow it?",
            "Is the target a file such as /etc/shadow, or only the root directory of a build tree?",
            "Which privileged job (log rotation, backup, kubelet, a web server with \
             FollowSymLinks) reads the link's directory?",
        ],
        first_steps: &[
            "Look at the link and its age: `ls -l --time-style=full-iso <evt.arg.linkpath>`; \
             keep a copy of the listing before removing it.",
            "Watch who opens it: `auditctl -w <evt.arg.linkpath> -p r -k symlink` while you \
             investigate.",
            "In a pod with hostPath or subPath volumes, check the kubelet's version against the \
             subPath escape CVE-2021-25741.",
        ],
        tuning: TuningAdvice {
            advice: "Except the tool by its path and the target that it links; the target `/` \
                from a build tool is noise, /etc/shadow as target is not.",
            fields: &[("proc.exepath", "="), ("evt.arg.target", "="), ("container.image.repository", "endswith")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Directory traversal monitored file read",
        means: "A process opened, or tried to open, a file under /etc, an .ssh directory or a \
            name with id_rsa for reading through a path with at least two `../` steps. Failed \
            opens count too, and children of a shell do not.",
        benign: &[
            "Node, Python and Ruby packages that build a path from their own directory, such as \
             `node_modules/x/../../../etc/ssl/certs`, on every start.",
            "Build tools (bazel, cmake, kaniko) that resolve symlinks of a sysroot with relative \
             paths during an image build.",
            "Vulnerability scanners (Nessus, Qualys, ZAP) that send traversal probes on purpose; \
             their schedule and source address match the web server's log.",
        ],
        attacker_gains: "Reading any file that the service may read: /etc/passwd as proof of the \
            bug, then configuration, private SSH keys and application secrets, all through one \
            HTTP parameter.",
        questions: &[
            "Does fd.nameraw look like text from a request (repeated `../../../../`, encoded \
             dots) or like a fixed path of the program?",
            "Did the open succeed, or did it only fail with ENOENT or EACCES?",
            "Is the process one that serves requests from outside (nginx, httpd, php-fpm, java, \
             node)?",
        ],
        first_steps: &[
            "Search the service's access log at the alert's second for `..%2f` or `../`, and \
             note the client address and the response size: a large 200 means that the file \
             left.",
            "List what else this process opened: `ausearch -f <fd.name> -i` on a host with \
             auditd, else the neighbouring alerts of this container.",
            "If a request caused it, block the path at the proxy, then rotate every key and \
             password that the service's user could read.",
        ],
        tuning: TuningAdvice {
            advice: "Except the one program together with the one file that it reads by a \
                relative path; never the whole directory, and never a web server for all files.",
            fields: &[("proc.exepath", "="), ("fd.name", "="), ("container.image.repository", "endswith")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Find AWS Credentials",
        means: "grep ran with an AWS key name (aws_access_key_id, aws_secret_access_key, \
            aws_session_token or the camel-case forms) in its arguments, or find with arguments \
            that end in .aws/credentials.",
        benign: &[
            "Deployment scripts that read one setting, such as `grep aws_access_key_id \
             ~/.aws/credentials`, instead of `aws configure get`.",
            "Secret scans of a source tree by pre-commit hooks, git-secrets or a pipeline step.",
            "Entrypoints that check with env and grep whether AWS_ACCESS_KEY_ID is set before \
             they start the application.",
        ],
        attacker_gains: "Long-lived AWS keys: they work from anywhere, outlive the machine, and \
            often reach far more than the workload they were made for.",
        questions: &[
            "Which path is searched: the user's own file, one repository, or the whole file \
             system?",
            "Are there static AWS keys on this machine at all, or only roles?",
            "Does CloudTrail show a use of these keys from an address that is not ours?",
        ],
        first_steps: &[
            "Find the keys in reach: `ls -l /root/.aws /home/*/.aws` on the host, and the \
             environment of the container's own process.",
            "Look the key ids up in CloudTrail (`aws cloudtrail lookup-events \
             --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=<key id>`) from the \
             alert's time on.",
            "Deactivate exposed keys first (`aws iam update-access-key --status Inactive \
             --access-key-id <key id>`) and ask afterwards: undoing it is easy.",
        ],
        tuning: TuningAdvice {
            advice: "Allow the exact command of the script that reads its own file; a rule that \
                allows grep in an image allows the theft as well.",
            fields: &[("proc.cmdline", "="), ("proc.pname", "="), ("container.image.repository", "endswith")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Read sensitive file trusted after startup",
        means: "A server that may read password and PAM files when it starts (web servers, \
            mysqld, postgres, docker binaries; not sshd) read /etc/shadow, sudoers or PAM files \
            more than five seconds after its start.",
        benign: &[
            "mod_authnz_pam or mod_auth_pam in Apache, which opens /etc/pam.d and /etc/shadow at \
             each login to a protected page.",
            "PostgreSQL or MySQL set up for PAM logins, where the server process itself runs the \
             PAM stack.",
            "dockerd or containerd-shim (shown as `exe`) copying an image layer that contains an \
             /etc/shadow of its own.",
        ],
        attacker_gains: "The password hashes of all local accounts from inside a trusted, often \
            exposed daemon, for cracking offline and for logging in elsewhere.",
        questions: &[
            "Is PAM authentication configured in this server at all?",
            "Is fd.name the host's file, or one below a container's or a layer's root?",
            "Did a request, a query or a module load come just before the read?",
        ],
        first_steps: &[
            "Look for a PAM setup: `grep -ril pam /etc/httpd /etc/apache2 /etc/postgresql \
             /etc/mysql`; if there is none, treat the read as theft.",
            "Compare the server's loaded libraries with its package: `lsof -p $(pgrep -o \
             <proc.name>)`, then check the owning package with `rpm` or `debsums`.",
            "If nothing explains it, change the passwords of local accounts and look for the \
             client's session in the server log at that minute.",
        ],
        tuning: TuningAdvice {
            advice: "Name the server and the file: a daemon that does PAM reads /etc/shadow and \
                its own file in /etc/pam.d, and nothing else of the list.",
            fields: &[("proc.exepath", "="), ("fd.name", "="), ("proc.pname", "=")],
            macro_hook: Some("user_known_read_sensitive_files_activities"),
        },
    },
    RuleEntry {
        rule: "Read sensitive file untrusted",
        means: "A program outside the long list of known readers (login, sudo, package managers, \
            cron, shells, salt, rkhunter and more) opened /etc/shadow, /etc/sudoers, pam.conf, \
            pwquality.conf or a file in sudoers.d or pam.d.",
        benign: &[
            "systemd helpers seen under a number as a name (systemd-executor, systemd-userwork), \
             and dropbear, which re-executes itself per login.",
            "Screen lockers and display managers (gdm, swaylock, cinnamon-screensaver) reading \
             their own file in /etc/pam.d.",
            "Backup and inventory agents that walk /etc: restic, borg, veeam, Wazuh, Tenable and \
             Rapid7 agents.",
            "Image builders (kaniko, buildah) that snapshot the file system of the image being \
             built.",
        ],
        attacker_gains: "Password hashes to crack, or the sudo rules that show which account \
            reaches root without a password.",
        questions: &[
            "What is proc.exepath? A trusted name with a path in /tmp, /dev/shm or a home \
             directory is not that program.",
            "Is it the host's file, or the harmless default shadow file of a container image \
             with no real accounts?",
            "Which session is behind it: does user.loginuid name a person, and does the parent \
             chain lead to sshd or to a service?",
        ],
        first_steps: &[
            "Find the program's origin: `rpm -qf <proc.exepath>` or `dpkg -S <proc.exepath>`; a \
             file that no package owns deserves a hash lookup.",
            "See the person behind it: `ausearch -ua <user.loginuid> -ts recent -i` and `last \
             -F` for that minute.",
            "If the read is not explained, expire local passwords, review /etc/sudoers for new \
             lines and check logins to other machines with the same accounts.",
        ],
        tuning: TuningAdvice {
            advice: "Except the reader by its full path together with the file; in a container \
                add the image. Names alone are worthless, since anything can be called sshd.",
            fields: &[
                ("proc.exepath", "="),
                ("fd.name", "="),
                ("container.image.repository", "endswith"),
                ("proc.pname", "="),
            ],
            macro_hook: Some("user_known_read_sensitive_files_activities"),
        },
    },
    RuleEntry {
        rule: "Remove Bulk Data from Disk",
        means: "shred, mkfs or mke2fs was started, on a host or in a container. The rule looks \
            at the program's name only: it does not know what was erased.",
        benign: &[
            "CSI drivers formatting a new volume (EBS CSI, Longhorn, OpenEBS, Rook), seen as \
             mke2fs or mkfs from the driver's container.",
            "Cloud start-up and provisioning: cloud-init's disk_setup, ignition, kickstart, \
             Packer and kdump scripts.",
            "Scripts that shred a temporary key or password file after use, as some certificate \
             renewal hooks do.",
        ],
        attacker_gains: "Data destroyed beyond undeletion, as wipers and ransomware do to \
            originals after encrypting them, or evidence removed with shred.",
        questions: &[
            "What is the operand: a fresh block device, a loop file, a mounted disk with data, \
             or a log?",
            "Is it the storage driver's own container, or a shell with a person behind it?",
            "Are other machines doing the same at this minute?",
        ],
        first_steps: &[
            "See if the device carried data: `lsblk -f` and `blkid`, with the mount table of \
             before the alert from the monitoring.",
            "If a person or an unknown script runs it now, stop it (`kill -STOP <pid>` keeps it \
             for study), unmount what it did not reach, and protect the backups.",
            "For a volume driver, match the alert's time with the PersistentVolume's creation: \
             `kubectl get pv --sort-by=.metadata.creationTimestamp`.",
        ],
        tuning: TuningAdvice {
            advice: "Except the storage driver by image and program; on hosts except the exact \
                provisioning command instead of the tool.",
            fields: &[
                ("container.image.repository", "endswith"),
                ("proc.name", "="),
                ("proc.pname", "="),
                ("proc.cmdline", "startswith"),
            ],
            macro_hook: Some("user_known_remove_data_activities"),
        },
    },
    RuleEntry {
        rule: "Search Private Keys or Passwords",
        means: "grep was started with the header of a private key (BEGIN RSA PRIVATE and the \
            like) as pattern, or find with id_rsa, id_dsa, id_ecdsa or id_ed25519 among its \
            arguments.",
        benign: &[
            "Secret scanning in CI: pre-commit's detect-private-key hook, shell wrappers around \
             gitleaks or trufflehog on a checkout.",
            "Certificate tooling that tests a PEM file's type, such as an entrypoint running \
             `grep -q \"BEGIN RSA PRIVATE KEY\" tls.key`.",
            "CIS and STIG audit scripts (lynis, OpenSCAP) that look for keys without a \
             passphrase below /home.",
        ],
        attacker_gains: "The locations of usable SSH and TLS keys, the usual first step of worms \
            such as TeamTNT's before moving to the next machine.",
        questions: &[
            "Which tree is searched: one known file or checkout, or `/`, /home and /root?",
            "Does the shell's parent lead to a CI runner, to an audit tool, or to a web server \
             and an interactive terminal?",
            "Did an outbound connection, scp, tar or base64 follow from the same session?",
        ],
        first_steps: &[
            "Read the whole process chain (`ps -ef --forest` while it runs, else proc.aname in \
             this alert) to see who started the search.",
            "List the keys that the pattern would have found, by running the same find as the \
             same user, and decide which of them must be rotated.",
            "Check ~/.ssh/known_hosts and the targets' logs for logins with these keys after the \
             alert's time.",
        ],
        tuning: TuningAdvice {
            advice: "Except the scanning job by its parent and its image or working tree; the \
                pattern in the arguments must stay alerting everywhere else.",
            fields: &[("proc.cmdline", "="), ("proc.pname", "="), ("container.image.repository", "endswith")],
            macro_hook: None,
        },
    },
];
