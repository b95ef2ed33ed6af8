//! Stable rules on processes: shells, interactive use, tracing, binaries that came from nowhere.

use super::{RuleEntry, TuningAdvice};

/// Sorted by rule name.
pub(super) const STABLE_PROCESS: &[RuleEntry] = &[
    RuleEntry {
        rule: "Drop and execute new binary in container",
        means: "The executable lies in the container's writable overlay layer: it was not in the \
            image but written, copied or changed after the container started.",
        benign: &[
            "A package manager run in the live container (apt, apk, pip, npm) and the hooks and \
             tools that it installed.",
            "Self-updating or self-unpacking software: VS Code server, GitHub Actions and GitLab \
             runner steps, Tailscale, Vault agents, JetBrains backends.",
            "Builders inside containers (kaniko, buildah, docker-in-docker, kind, minikube \
             nodes), where everything lies in an upper layer.",
            "Entrypoints that copy or chmod their own binary at start, which moves it up a layer.",
        ],
        attacker_gains: "An attacker's own tools: miners, scanners, tunnels, escape kits. This is the \
            step after the way in, and the image scan has never seen the file.",
        questions: &[
            "How old was the file when it ran: does proc.exe_ino.ctime lie seconds before the \
             start or at the container's start?",
            "Where is it: /tmp, /var/tmp, /dev/shm and hidden directories, or a package path \
             such as /usr/bin?",
            "What wrote it: curl, wget, a package manager, or the web server's own process?",
        ],
        first_steps: &[
            "Copy it out before the container dies: `crictl exec <container.id> cat \
             <proc.exepath> > sample` or kubectl cp, then look its SHA-256 up.",
            "List everything that was added since the start: `docker diff <container.id>`, or \
             the overlay's upperdir from `crictl inspect <container.id>` on the node.",
            "If nobody installed it on purpose, cordon the pod off (label change plus deny-all \
             NetworkPolicy), keep it running for evidence, and redeploy from the image.",
        ],
        tuning: TuningAdvice {
            advice: "Except image plus executable path. Where an image drops a new name each \
                time, except the path's prefix and the parent, and move the tool into the image \
                later.",
            fields: &[("container.image.repository", "endswith"), ("proc.exepath", "="), ("proc.pname", "=")],
            macro_hook: Some("known_drop_and_execute_activities"),
        },
    },
    RuleEntry {
        rule: "Execution from /dev/shm",
        means: "A program or script was run out of /dev/shm (by path, from that working \
            directory, or as a shell's first argument). The directory is memory: writable by \
            all, gone after a restart, usually mounted without noexec.",
        benign: &[
            "Notebook and machine-learning jobs (Ray, PyTorch, JAX) that compile helpers into \
             shared memory.",
            "Fast test runs: Chrome and Playwright wrappers, Bazel or ccache set to build in \
             /dev/shm.",
            "Installers that unpack to the first directory in which execution works, such as \
             makeself archives with TMPDIR=/dev/shm.",
        ],
        attacker_gains: "A place that every user may write, that leaves no trace on disk, and \
            that is shared between containers of one pod or with the host where IPC is shared.",
        questions: &[
            "Who wrote the file, and how long before it ran: a second between download and start \
             is a dropper?",
            "Does the name pretend to be something (kworker, .x, systemd) or hide behind a dot?",
            "Is the image one that does numeric work, or a web server, database or base image?",
        ],
        first_steps: &[
            "Save it before a restart takes it: `cp -a /dev/shm /root/evidence-shm` on the host, \
             or `crictl exec <container.id> tar c /dev/shm > shm.tar`.",
            "See what it does now: `lsof +D /dev/shm` and `ss -tnp` for its connections.",
            "Mount /dev/shm with noexec where no workload needs it; in Kubernetes give the pod a \
             sized emptyDir instead.",
        ],
        tuning: TuningAdvice {
            advice: "Except the job by image and the file's path prefix below /dev/shm; without \
                the image the exception is a hiding place for everyone.",
            fields: &[("proc.exepath", "startswith"), ("container.image.repository", "endswith"), ("proc.pname", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Fileless execution via memfd_create",
        means: "A program was executed from an anonymous memory file, so it never existed on a \
            disk. runc's protection copies are excluded by name, which newer runc versions do \
            not always match.",
        benign: &[
            "runc and crun sealing themselves into a memfd (proc.exepath memfd:runc_cloned or \
             memfd:runc) where the process's name is a file descriptor number.",
            "systemd-executor and snap-confine variants that re-execute through a descriptor, \
             seen on Bottlerocket and immutable systems.",
            "Just-in-time launchers and test tools: ddexec demonstrations, PyInstaller-like \
             loaders, Chromium's sandbox helpers.",
        ],
        attacker_gains: "A payload that file scanners, integrity checks and most forensics never \
            see, and that leaves with the process.",
        questions: &[
            "Is exepath exactly a runc clone with containerd, dockerd, crio or kubelet as parent?",
            "What started it: an interpreter (python, perl, php) that just made a connection is \
             the usual loader?",
            "Is the visible name borrowed from a kernel thread or a system service?",
        ],
        first_steps: &[
            "Save the program while it lives: `ls -l /proc/*/exe | grep memfd`, then `cp \
             /proc/<pid>/exe sample` and `cat /proc/<pid>/maps`.",
            "See its connections (`ss -tnp`) and environment (`/proc/<pid>/environ`) before \
             anything is restarted.",
            "Block the remote address, then stop the process; no reboot before the memory is \
             saved, since nothing is left after it.",
        ],
        tuning: TuningAdvice {
            advice: "Except runc's clones by their memfd path and the runtime as parent; any \
                exception on the process name alone can be copied.",
            fields: &[
                ("proc.exepath", "startswith"),
                ("proc.pexepath", "="),
                ("container.image.repository", "endswith"),
            ],
            macro_hook: Some("known_memfd_execution_processes"),
        },
    },
    RuleEntry {
        rule: "PTRACE anti-debug attempt",
        means: "A process called PTRACE_TRACEME, which makes its parent its tracer. Debuggers do \
            that in the child that they start; malware does it so that no debugger can attach \
            later.",
        benign: &[
            "strace, gdb, ltrace and delve starting a program: their forked child calls TRACEME \
             just before execve.",
            "Protected commercial software (licence managers, games, DRM) and some antivirus \
             agents that defend themselves.",
            "Go and Rust test suites for debuggers, and seccomp or syscall tracers such as proot \
             and fakeroot variants.",
        ],
        attacker_gains: "Time: an analyst cannot attach to the running implant, and sandboxes \
            that trace samples see it exit at once.",
        questions: &[
            "Is the parent a debugger that was just started, or does a lone binary trace itself?",
            "Where does the executable lie, and does a package own it?",
            "Did the same process open connections or spawn children after the call?",
        ],
        first_steps: &[
            "Look at the parent first: strace or gdb as proc.pname closes the case if a \
             developer sits behind it.",
            "Keep a copy of the program without running it: `cp /proc/<pid>/exe sample` for the \
             live process, then sha256sum and strings.",
            "Dump memory in spite of the trick with `gcore` after killing the tracer, or from \
             the hypervisor, before the process ends.",
        ],
        tuning: TuningAdvice {
            advice: "Except debuggers by the parent's path, or protected software by its own \
                path; never all programs of a user.",
            fields: &[("proc.pexepath", "="), ("proc.exepath", "="), ("container.image.repository", "endswith")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "PTRACE attached to process",
        means: "A process attached to another (PTRACE_ATTACH, SEIZE) or wrote its memory or \
            registers (POKETEXT, POKEDATA, SETREGS). One debugging session gives many of these \
            alerts.",
        benign: &[
            "gdb, strace and ltrace in a developer's or administrator's hands; delve and lldb \
             behind an IDE.",
            "Crash handlers and profilers: systemd-coredump, apport, Crashpad, async-profiler, \
             py-spy, the JVM's jstack -F.",
            "Sandboxes built on ptrace: gVisor's ptrace platform, proot, rr, and fakechroot-like \
             build tools.",
        ],
        attacker_gains: "Code inside a trusted process, or its memory: passwords from sshd or \
            sudo, keys from an agent, tokens from an application.",
        questions: &[
            "Which process was the target: sshd, sudo, an agent and browsers hold secrets; one's \
             own program under test does not?",
            "Is yama's ptrace_scope 0, or did the caller have root or CAP_SYS_PTRACE?",
            "Is there a person with a terminal, or did a service or a fresh binary do it?",
        ],
        first_steps: &[
            "See if a tracer is still attached: `grep -H TracerPid /proc/[0-9]*/status | grep -v \
             \":\\t0$\"`.",
            "If sshd or sudo was the target, assume that passwords typed since then are known; \
             look for injected libraries in `/proc/<pid>/maps` of the target.",
            "Set `kernel.yama.ptrace_scope=2` where no debugging is needed, and drop SYS_PTRACE \
             from containers.",
        ],
        tuning: TuningAdvice {
            advice: "Except a named debugger or profiler by full path, for one user or one \
                image; the list behind known_ptrace_procs matches names only.",
            fields: &[("proc.exepath", "="), ("container.image.repository", "endswith"), ("proc.pname", "=")],
            macro_hook: Some("known_ptrace_procs"),
        },
    },
    RuleEntry {
        rule: "Run shell untrusted",
        means: "A shell was started with a network-facing server among its ancestors: nginx, \
            httpd, mysqld, postgres, redis, mongod, mail daemons, or Java running Kafka, \
            Elasticsearch, Cassandra, JBoss (Tomcat and node only if you switched them on). Its \
            direct parent is no known script starter.",
        benign: &[
            "CloudNativePG, wal-g and pgBackRest running archive_command through `sh -c` under \
             postgres.",
            "ingress-nginx and OpenResty images that expand configuration includes or reload \
             through sh.",
            "GitLab (puma, unicorn) and Rails applications that call pgrep, ps or git through \
             the shell.",
            "PHP applications calling convert, wkhtmltopdf or sendmail with exec(); the same \
             shape as an exploit.",
        ],
        attacker_gains: "Commands with the server's rights: the normal result of command \
            injection, an unsafe upload, deserialization, or SQL with COPY FROM PROGRAM or \
            xp_cmdshell-like functions.",
        questions: &[
            "Is the command the same text every time and as often as the server does that job, \
             or is this its first appearance?",
            "Does it hold a download, an interpreter with -c, base64, /dev/tcp, or discovery \
             commands such as id and uname?",
            "Is the server reachable from outside, and which request came in at that second?",
        ],
        first_steps: &[
            "Read the whole command and its children; then look in the server's access or query \
             log at the same second for the request that carried it.",
            "List what the server's user wrote lately: `find / -xdev -user <user.name> -newermt \
             \"1 hour ago\" -type f -ls`.",
            "If the command is not the application's, take the workload out of the load balancer \
             before killing anything, and save its memory and file system.",
        ],
        tuning: TuningAdvice {
            advice: "Except the direct parent with the exact command or its fixed beginning, in \
                one image; ends of commands stay open to appended payloads with startswith, so \
                prefer equality.",
            fields: &[("proc.pexepath", "="), ("proc.cmdline", "="), ("container.image.repository", "endswith")],
            macro_hook: Some("user_shell_container_exclusions"),
        },
    },
    RuleEntry {
        rule: "System user interactive",
        means: "A process of an account that should never log in (bin, daemon, games, lp, mail, \
            nobody, sshd, sync, uucp, www-data) has an SSH session or a login process among its \
            ancestors.",
        benign: &[
            "An administrator in an SSH session running `sudo -u www-data php occ`, wp-cli or \
             drush as the web application's user.",
            "Deployment over SSH (Capistrano, Deployer, Ansible with become_user) that runs \
             steps as www-data.",
            "`runuser` or `su` to nobody in a maintenance script started from a login.",
        ],
        attacker_gains: "A quiet account for commands: service accounts are rarely watched, and \
            a password or key set on one is a lasting way back in.",
        questions: &[
            "Did a person log in under their own name and switch, or did the system account \
             itself log in over SSH?",
            "Does the account have a real shell or a password hash now: what do /etc/passwd and \
             /etc/shadow say?",
            "Is the command part of the application's documented administration?",
        ],
        first_steps: &[
            "Find the login behind it: `last -w` and `journalctl -t sshd --since \"1 hour \
             ago\"`; user.loginuid names the person who switched.",
            "Check the account for a way in: `getent passwd <user.name>`, and look for an \
             authorized_keys file below its home directory.",
            "If it logged in directly, lock it (`usermod -L -s /usr/sbin/nologin <user.name>`) \
             and look for the web shell or key that started this.",
        ],
        tuning: TuningAdvice {
            advice: "Except the maintenance command for its one account; a login user id alone \
                would excuse everything that person does as a system user.",
            fields: &[("user.name", "="), ("proc.cmdline", "startswith"), ("proc.pname", "=")],
            macro_hook: Some("user_known_system_user_login"),
        },
    },
    RuleEntry {
        rule: "Terminal shell in container",
        means: "A shell with a terminal started as a container's entry or exec process: somebody \
            used kubectl exec -it, docker exec -it or a dashboard's console, or the image itself \
            starts a shell with a terminal.",
        benign: &[
            "An engineer debugging with kubectl exec, k9s, Lens, Rancher or the OpenShift console.",
            "Web terminals and developer workspaces (Coder, Gitpod, JupyterHub terminals, VS \
             Code dev containers) where a shell is the product.",
            "`docker run -it` of a base image on a developer's machine or in a training cluster.",
        ],
        attacker_gains: "Interactive control of a workload with a stolen kubeconfig or token: \
            its secrets, its service account and its network position.",
        questions: &[
            "Who opened it: which user or service account does the API server's audit log name \
             for pods/exec at this second?",
            "Does a change ticket or a colleague's message explain a session in this namespace \
             now?",
            "What happened in the container afterwards: downloads, new binaries, reads of tokens?",
        ],
        first_steps: &[
            "Find the caller in the audit log: verb create, subresource exec, pod <k8s.pod.name> \
             in <k8s.ns.name>; without audit logs ask in the on-call channel at once.",
            "See the session's processes while it lasts: `kubectl exec -n <k8s.ns.name> \
             <k8s.pod.name> -- ps -ef`, or `crictl inspect <container.id>` and ps on the node.",
            "If nobody owns it, revoke the credential used, and isolate the pod with a deny-all \
             NetworkPolicy rather than deleting it.",
        ],
        tuning: TuningAdvice {
            advice: "Leave production open. Except workspace images, or a namespace meant for \
                debugging, together with the shell; a person's habit is better handled by \
                notification than by silence.",
            fields: &[("container.image.repository", "endswith"), ("k8s.ns.name", "="), ("proc.name", "=")],
            macro_hook: Some("user_expected_terminal_shell_in_container_conditions"),
        },
    },
];
