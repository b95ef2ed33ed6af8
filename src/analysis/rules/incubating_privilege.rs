//! Incubating rules on privilege: databases, namespaces, privileged containers, users, packages.

use super::{RuleEntry, TuningAdvice};

/// Sorted by rule name.
pub(super) const INCUBATING_PRIVILEGE: &[RuleEntry] = &[
    RuleEntry {
        rule: "BPF Program Not Profiled",
        means: "A process other than falco, bpftool and systemd asked the kernel to load a BPF \
            program (BPF_PROG_LOAD), successfully or not.",
        benign: &[
            "eBPF products: Cilium, Tetragon, Pixie, Parca, Beyla, Datadog system-probe, \
             Elastic, Inspektor Gadget, Calico's eBPF mode.",
            "Runtimes and systems: runc and crun (device cgroup programs), systemd variants \
             under other names, Android-like LXC, libvirt.",
            "Engineers with bcc, bpftrace or perf; container-runtime unit tests.",
        ],
        attacker_gains: "A rootkit without a module: hidden processes and ports, captured \
            keystrokes and TLS data, or a magic-packet back door (BPFDoor uses socket filters).",
        questions: &[
            "Is it an agent that was deployed here, by image and version?",
            "Which program type: cgroup and scheduling (usual), or kprobes and socket filters by \
             an unknown binary?",
            "Does an unprivileged user load it (kernel.unprivileged_bpf_disabled is 0)?",
        ],
        first_steps: &[
            "List what is loaded: `bpftool prog show` and `bpftool link show`; names, owners' \
             PIDs and load times are there.",
            "An entry without a living owner is pinned: look below /sys/fs/bpf, and keep a dump \
             (`bpftool prog dump xlated id <id>`).",
            "Set `kernel.unprivileged_bpf_disabled=1`, and take CAP_BPF and SYS_ADMIN from \
             workloads that do no tracing.",
        ],
        tuning: TuningAdvice {
            advice: "Except each agent by image and process once you have profiled them; the \
                list bpf_profiled_binaries knows names only.",
            fields: &[("container.image.repository", "endswith"), ("proc.exepath", "="), ("proc.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Change namespace privileges via unshare",
        means: "A container's process without CAP_SYS_ADMIN called unshare: it makes namespaces \
            of its own, and in a new user namespace it holds every capability over them.",
        benign: &[
            "Browsers and their test drivers: Chrome, Puppeteer and Playwright sandboxes.",
            "Rootless builders and sandboxes: buildah, podman, rootlesskit, bubblewrap, Bazel's \
             sandboxfs, nsjail, systemd-run --user.",
            "Container start itself (runc init) and agents such as Elastic's synthetic monitors.",
        ],
        attacker_gains: "Reach to kernel code that only root may call: many recent exploits \
            (nf_tables, cgroup v1 CVE-2022-0492, overlayfs) begin with unshare -Ur.",
        questions: &[
            "Is the caller a browser or builder that brings its own sandbox, or unshare typed in \
             a shell?",
            "Did mount, nft, a module or an exploit binary follow?",
            "Is the node's kernel patched against the user namespace bugs of its time?",
        ],
        first_steps: &[
            "Check the profile: a pod with seccompProfile RuntimeDefault normally blocks this \
             call, so look at `kubectl get pod -n <k8s.ns.name> <k8s.pod.name> -o yaml | grep \
             -A2 seccomp`.",
            "Look at the node for a root process with that container as ancestor that is not in \
             its namespaces.",
            "Set `user.max_user_namespaces=0` on nodes that run no such software, or \
             RuntimeDefault seccomp for all pods.",
        ],
        tuning: TuningAdvice {
            advice: "Except the browser or builder by image and executable; leave unshare and \
                shells.",
            fields: &[("container.image.repository", "endswith"), ("proc.exepath", "="), ("proc.pname", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Change thread namespace",
        means: "A process called setns to enter another namespace, and is none of the known \
            runtimes, CNI plugins and agents. From a container it can mean stepping onto the \
            host.",
        benign: &[
            "CNI and network daemons: Calico, Cilium, Multus, Flannel, kube-router, OVN, \
             aws-node's egress plugins.",
            "Storage managers entering the host's mount namespace: longhorn-manager, Rook, \
             OpenEBS, Portworx, iscsi helpers with nsenter.",
            "Runtimes and inspectors: podman, buildah, LXC, systemd-nspawn, Weave Scope, \
             cAdvisor, eBPF agents, `ip netns exec`.",
            "Falco alerts with <NA> in every field while events are being dropped: nothing can \
             be said from those.",
        ],
        attacker_gains: "The host's view from inside a container (nsenter -t 1 -m -p), or a \
            neighbour container's network and files.",
        questions: &[
            "Does the caller live in a container, and is that container privileged or with \
             hostPID?",
            "Which program is it: a component of the node, or nsenter from a shell?",
            "Which namespace did it join: a pod's network (usual), or mount and PID of process 1?",
        ],
        first_steps: &[
            "See what it is now: `lsns -t mnt -t net -t pid` on the node, and compare \
             `/proc/<pid>/ns` with `/proc/1/ns`.",
            "For nsenter with --target 1, follow the children on the host: every later command \
             appears there with the container's ancestor.",
            "If it was not maintenance, take the node out of service (`kubectl cordon <node>`) and look \
             for changes by root on it since the alert.",
        ],
        tuning: TuningAdvice {
            advice: "Except a node component by image and process; nsenter on its own must stay, \
                with the node component as parent if it is excepted.",
            fields: &[("container.image.repository", "endswith"), ("proc.exepath", "="), ("proc.pname", "=")],
            macro_hook: Some("user_known_change_thread_namespace_activities"),
        },
    },
    RuleEntry {
        rule: "DB program spawned process",
        means: "mysqld, postgres or Oracle's sqlplus started a program that is not itself a \
            database program. Archiving with wal-e or wal-g through envdir is the only stock \
            exception.",
        benign: &[
            "PostgreSQL's archive_command and restore_command: wal-g, pgBackRest, barman, \
             CloudNativePG's manager, `cp` or `test ! -f`.",
            "Postgres maintenance in its image: initdb scripts, pg_ctl, `locale -a` at start, \
             postgres exporters run beside it.",
            "MySQL and MariaDB notify scripts: wsrep_notify_cmd and SST scripts of Galera \
             (wsrep_sst_mariabackup), orchestrator hooks.",
        ],
        attacker_gains: "A shell as the database's user through COPY FROM PROGRAM, a malicious \
            UDF or extension, or an open port 5432 with a weak password; Kinsing and similar \
            miners live on it.",
        questions: &[
            "Is the command the configured archive or notify command, to the letter?",
            "Is the database reachable from the Internet, and does it accept password logins for \
             a superuser?",
            "Which client connection ran a COPY ... PROGRAM or CREATE FUNCTION at that second?",
        ],
        first_steps: &[
            "Compare with the settings: `psql -c \"show archive_command\"`, or `grep -r \
             notify_cmd /etc/mysql`.",
            "Search the database's log for COPY FROM PROGRAM, lo_export, CREATE EXTENSION or \
             sys_exec, and the client address beside it.",
            "If it was injected, cut the port off from outside, stop the child, and revoke \
             superuser and pg_execute_server_program from application roles.",
        ],
        tuning: TuningAdvice {
            advice: "Except the configured command by its full text and the database's image; a \
                prefix lets an appended command through.",
            fields: &[("proc.cmdline", "="), ("proc.pexepath", "="), ("container.image.repository", "endswith")],
            macro_hook: Some("user_known_db_spawned_processes"),
        },
    },
    RuleEntry {
        rule: "Launch Excessively Capable Container",
        means: "The first process of a container holds at least one dangerous capability \
            (SYS_ADMIN, SYS_MODULE, SYS_PTRACE, NET_ADMIN, BPF, DAC_READ_SEARCH, ...) and its \
            image is not on the trusted list.",
        benign: &[
            "NET_ADMIN for networks: Istio and Linkerd init containers, VPN pods (WireGuard, \
             Tailscale), MetalLB, keepalived, Pi-hole.",
            "SYS_PTRACE and BPF for profilers and eBPF agents: Parca, Pyroscope, Beyla, Pixie, \
             Datadog.",
            "SYS_ADMIN for FUSE mounts (s3fs, gcsfuse, mountpoint-s3) and rootless builders.",
            "Falco start with some 0.41 container plugins, which reported host processes' \
             capabilities for each running container.",
        ],
        attacker_gains: "The one capability that the next step needs: SYS_ADMIN for mounts and \
            cgroup escapes, SYS_PTRACE with hostPID for other processes' memory, DAC_READ_SEARCH \
            for shocker.",
        questions: &[
            "Which of the capabilities is it, and which feature of this software uses it?",
            "Is it combined with hostPID, hostNetwork or a hostPath?",
            "Did the capability appear with a recent change of the manifest?",
        ],
        first_steps: &[
            "Decode it: `capsh --decode=$(grep CapPrm /proc/<pid>/status | cut -f2)`, or \
             thread.cap_permitted in this alert.",
            "Compare with the manifest: `kubectl get pod -n <k8s.ns.name> <k8s.pod.name> -o \
             jsonpath={..securityContext}`.",
            "Drop all capabilities and add back only those without which it fails; many charts \
             ask for more than they use.",
        ],
        tuning: TuningAdvice {
            advice: "Except the image together with the namespace; the two container-start rules \
                share a hook, so check that both get quieter as you mean.",
            fields: &[
                ("container.image.repository", "endswith"),
                ("k8s.ns.name", "="),
                ("thread.cap_permitted", "contains"),
            ],
            macro_hook: Some("user_privileged_containers"),
        },
    },
    RuleEntry {
        rule: "Launch Package Management Process in Container",
        means: "apt, dpkg, yum, dnf, apk, pip, npm, gem, conda or a related tool started in a \
            running container, and no package manager is its parent.",
        benign: &[
            "Image builds in containers: BuildKit, kaniko, buildah, docker-in-docker CI jobs, \
             GitHub and GitLab runners.",
            "Entrypoints that install at start: Home Assistant add-ons, Jupyter with pip \
             install, dbt, Airflow with _PIP_ADDITIONAL_REQUIREMENTS, WordPress CLI.",
            "`npm start` and `npm run` in Node images: npm is the launcher there, and installs \
             nothing.",
            "An engineer adding curl or vim for debugging.",
        ],
        attacker_gains: "Tools for the next step from a trusted mirror, without a suspicious \
            download: compilers, nmap, curl, python.",
        questions: &[
            "Was something installed, or does npm or pip only start or list?",
            "Which packages: editors and curl, or scanners, compilers and socat?",
            "Is there a terminal and a person, or does it repeat at each start of the image?",
        ],
        first_steps: &[
            "Read the packages from the command and the tool's log: `crictl exec <container.id> \
             tail /var/log/apt/history.log /var/log/apk.log 2>/dev/null`.",
            "Ask who had a session in the pod (audit log: pods/exec) at that minute.",
            "Redeploy from the image afterwards, so that the change does not stay; make the root \
             file system read-only.",
        ],
        tuning: TuningAdvice {
            advice: "Except builders by image; for entrypoints the exact command in the image, \
                best followed by moving the step into the build.",
            fields: &[("container.image.repository", "endswith"), ("proc.cmdline", "="), ("proc.pname", "=")],
            macro_hook: Some("user_known_package_manager_in_container"),
        },
    },
    RuleEntry {
        rule: "Launch Privileged Container",
        means: "The first process of a privileged container started: all capabilities, all \
            devices, no seccomp or AppArmor. Trusted system images (kube-proxy, Calico, Falco, \
            OpenShift's) are left out.",
        benign: &[
            "Node components: CSI drivers (Azure Disk, EBS, Longhorn), Cilium, GPU operators, \
             node-local DNS, kured, Ceph.",
            "Docker-in-Docker and kaniko-like builders in CI namespaces.",
            "Security and monitoring agents: Sysdig, Datadog, Dynatrace, Aqua, CrowdStrike, \
             Tetragon.",
        ],
        attacker_gains: "One command from root on the node: mounting its disk, loading a module, \
            entering process 1.",
        questions: &[
            "Was this workload meant to be privileged in its chart, and who may create such pods \
             here?",
            "Is the image pinned and from our registry?",
            "Do other alerts come from this container?",
        ],
        first_steps: &[
            "See its owner: `kubectl get pod -n <k8s.ns.name> <k8s.pod.name> -o yaml | grep -nE \
             \"ownerReferences|privileged|hostPath\" -A3`.",
            "For a bare pod with no owner, look up its creator in the audit log before anything \
             else.",
            "Enforce the baseline Pod Security level on namespaces that need no privilege: \
             `kubectl label ns <k8s.ns.name> pod-security.kubernetes.io/enforce=baseline`.",
        ],
        tuning: TuningAdvice {
            advice: "Except the image in its namespace; an image alone can be started by anyone \
                anywhere.",
            fields: &[("container.image.repository", "endswith"), ("k8s.ns.name", "=")],
            macro_hook: Some("user_privileged_containers"),
        },
    },
    RuleEntry {
        rule: "Mount Launched in Privileged Container",
        means: "The mount program ran with arguments in a privileged container, other than known \
            GKE, AKS and EKS disk drivers in kube-system.",
        benign: &[
            "CSI node plugins: NFS, SMB, Ceph, Longhorn, GlusterFS, blobfuse, vSphere, OpenStack \
             Cinder.",
            "kubelet in a container (RKE, Talos, k3s in Docker, kind, minikube), and \
             docker-in-docker set-up scripts.",
            "Backup agents that mount snapshots, and cgroup or debugfs mounts by eBPF tools.",
        ],
        attacker_gains: "The node's disk as a directory: write a cron job, a key or a static pod \
            manifest there, and the next minute runs on the host.",
        questions: &[
            "What was mounted where: a volume below kubelet's directory, or /dev/sda1, /dev/vda1 \
             or /dev/nvme0n1p1 on /mnt?",
            "Did chroot, or a write to etc/cron.d below the mount point, follow?",
            "Is the parent the driver's own process, or a shell?",
        ],
        first_steps: &[
            "List mounts in the container: `crictl exec <container.id> cat /proc/mounts`, and \
             compare devices with `lsblk` on the node.",
            "If the node's root disk is there, look on the node for fresh files: `find /etc \
             /root /var/spool/cron -newermt \"1 hour ago\" -ls`.",
            "Evict the pod, rotate the node's kubelet certificate, and stop privileged pods in \
             that namespace by admission policy.",
        ],
        tuning: TuningAdvice {
            advice: "Except the driver by image, parent and the target directory in the command; \
                device operands must not be covered.",
            fields: &[
                ("container.image.repository", "endswith"),
                ("proc.pname", "="),
                ("proc.cmdline", "startswith"),
                ("k8s.ns.name", "="),
            ],
            macro_hook: Some("user_known_mount_in_privileged_containers"),
        },
    },
    RuleEntry {
        rule: "Non sudo setuid",
        means: "A non-root user's process called setuid to become another user, and is not sudo, \
            su, sshd, a mail program or one of the other usual setuid programs. The call may \
            fail: the rule does not look at the result.",
        benign: &[
            "setuid helpers that drop rights again: umount and mount of kubelet subpath volumes, \
             fusermount, ntfs-3g, crontab, at, screen.",
            "Services that switch to their own account at start: Chrome's sandbox, PHP-FPM and \
             Apache's suexec, Nagios NRPE, Oracle and SAP helpers.",
            "Batch systems that run jobs as the submitter: Slurm, HTCondor, SGE, Jupyter's \
             sudospawner.",
        ],
        attacker_gains: "A process that becomes root or another person without a password, \
            through a planted setuid file or an exploit.",
        questions: &[
            "Which uid did it ask for: a lower one (drop of rights) or 0?",
            "Is the executable a packaged setuid file, or one in /tmp or a home directory?",
            "Did the process do root's work afterwards?",
        ],
        first_steps: &[
            "Read evt.arg.uid against user.name in this alert: from root-like to service is \
             harmless, from service to root is not.",
            "Verify the file: `ls -l <proc.exepath>` and its package's checksum (`rpm -Vf <proc.exepath>` \
             or `debsums`).",
            "List setuid files that no package owns, and remove the bit from those without an \
             owner.",
        ],
        tuning: TuningAdvice {
            advice: "Except the program by path with the uid that it changes to; a name alone is \
                what a planted file would take.",
            fields: &[("proc.exepath", "="), ("evt.arg.uid", "="), ("container.image.repository", "endswith")],
            macro_hook: Some("user_known_non_sudo_setuid_conditions"),
        },
    },
    RuleEntry {
        rule: "Potential Local Privilege Escalation via Environment Variables Misuse",
        means: "A program was started with GLIBC_TUNABLES in its environment, the variable \
            behind Looney Tunables (CVE-2023-4911). It fires for each child that inherits the \
            variable, on patched systems too.",
        benign: &[
            "Tuned workloads: GLIBC_TUNABLES for malloc arenas or tcache in JVM, Ruby, Presto \
             and database images.",
            "HPC and benchmark environments (glibc.cpu.hwcaps, rseq off for CRIU and tcmalloc \
             users).",
            "Distribution packages that set glibc.pthread.rseq=0 for one service.",
        ],
        attacker_gains: "Root from any local account on an unpatched glibc 2.34 to 2.38, by \
            overflowing the loader when a setuid program starts.",
        questions: &[
            "What is the value: an ordinary glibc.malloc setting, or a long or repeated \
             glibc.x=glibc.x text?",
            "Is a setuid program (su, sudo, pkexec) started again and again with it?",
            "Is the machine's glibc patched (October 2023 and later)?",
        ],
        first_steps: &[
            "Check the package: `ldd --version | head -1` with `rpm -q --changelog glibc | grep \
             4911` or the distribution's notice.",
            "Count: an exploit makes thousands of starts of su in minutes; `journalctl --since \
             \"10 min ago\" | grep -c \"su\\b\"` shows failed ones.",
            "If somebody tried, end the session of <user.name>, patch glibc, and look for root \
             processes that it left.",
        ],
        tuning: TuningAdvice {
            advice: "Except the application that carries the setting, by executable or image; \
                never su, sudo, pkexec or other setuid programs.",
            fields: &[("proc.exepath", "="), ("container.image.repository", "endswith"), ("proc.pname", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "User mgmt binaries",
        means: "On a host (not in containers) a user or login tool ran: useradd, usermod, \
            passwd, chage, login, systemd-logind and the like, and it was not started by cron, \
            systemd or package scripts.",
        benign: &[
            "Configuration management creating accounts: Ansible's user module, Puppet, Chef, \
             Salt; parent python, ruby or sh.",
            "Package scriptlets that add service users below dpkg or rpm, and cloud-init's \
             default user.",
            "Administrators changing passwords; newgrp and sg in users' shells; desktops \
             starting systemd --user.",
        ],
        attacker_gains: "An account of their own, or a changed password or group on an old one: \
            access that looks regular in every log.",
        questions: &[
            "What did it change: a new account, a password, or membership in sudo, wheel or \
             docker?",
            "Was it a person (user.loginuid), and is there a ticket?",
            "Was it only a query, like `chage -l` in another spelling?",
        ],
        first_steps: &[
            "See the result: `getent passwd | awk -F: \"\\$3>=1000||\\$3==0\"`, `grep -E \
             \"^(sudo|wheel|docker):\" /etc/group`.",
            "Read who did it: `ausearch -m ADD_USER,USER_CHAUTHTOK,ADD_GROUP -ts recent -i`, or \
             /var/log/secure.",
            "Lock an account that nobody owns (`usermod -L -e 1 <account>`), and look for its keys, cron \
             jobs and sessions.",
        ],
        tuning: TuningAdvice {
            advice: "Except the management tool as parent with the exact tool; useradd itself \
                and uid 0 must stay visible.",
            fields: &[("proc.pexepath", "="), ("proc.cmdline", "startswith"), ("proc.pname", "=")],
            macro_hook: Some("user_known_user_management_activities"),
        },
    },
];
