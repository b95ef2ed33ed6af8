//! Sandbox rules on containers: what they may start with, drift, devices, host paths.

use super::{RuleEntry, TuningAdvice};

/// Sorted by rule name.
pub(super) const SANDBOX_CONTAINER: &[RuleEntry] = &[
    RuleEntry {
        rule: "Container Access to Host Sensitive Paths",
        means: "A container's process opened a file below /host/, /rootfs/ or /hostfs/, the \
            usual mount points of the host's root in agents. It says nothing about which file, \
            nor whether it is really the host's.",
        benign: &[
            "Agents by design: node-exporter (/host), cAdvisor and Sysdig (/rootfs), Datadog and \
             Metricbeat (/host, /hostfs), Falco, Wazuh.",
            "`kubectl debug node/...`, which mounts the node at /host, and OpenShift's `oc debug \
             node`.",
            "Applications with a directory of that name for other reasons.",
        ],
        attacker_gains: "Reading the node's keys, tokens and shadow file, and with a writable \
            mount planting cron jobs and static pods.",
        questions: &[
            "Which file: /proc and /sys for metrics, or etc/shadow, var/lib/kubelet, root/.ssh?",
            "Read or write, and is the mount read-only?",
            "Is the process the agent itself, or chroot, a shell, cat or tar?",
        ],
        first_steps: &[
            "Check mount and mode: `kubectl get pod -n <k8s.ns.name> <k8s.pod.name> -o yaml | \
             grep -B2 -A4 -nE \"hostPath|readOnly\"`.",
            "For kubectl debug, find who created the debugger pod in the audit log.",
            "If secrets were read, rotate what lies at that path on that node, starting with \
             kubelet's credentials.",
        ],
        tuning: TuningAdvice {
            advice: "Except the agent's image and program for proc and sys prefixes only, so \
                that its compromise still shows.",
            fields: &[("container.image.repository", "endswith"), ("fd.name", "startswith"), ("proc.exepath", "=")],
            macro_hook: Some("user_known_host_path_access"),
        },
    },
    RuleEntry {
        rule: "Container Drift Detected (chmod)",
        means: "In a container chmod succeeded with an execute bit in the mode. Disabled in the \
            stock set: entrypoints and package managers do it all the time.",
        benign: &[
            "Image builds (BuildKit, kaniko) with RUN chmod +x, and package installation in a \
             container.",
            "Entrypoints that prepare scripts from ConfigMaps or copy plug-ins (Airflow, Jenkins \
             agents, Vault injector, Istio's validation).",
            "Git checkouts and tar or unzip restoring modes in CI jobs.",
            "Directories: the execute bit on one only means that it may be entered.",
        ],
        attacker_gains: "A downloaded file made ready to run; the middle step of download, \
            chmod, execute.",
        questions: &[
            "Is it a directory or a file, and what kind of file?",
            "Is the path in /tmp, /var/tmp, /dev/shm or the web root?",
            "Was there a download just before, or an execution just after?",
        ],
        first_steps: &[
            "Pair it with its neighbours: the same container's alerts on curl, wget and on \
             binaries outside the image.",
            "Hash the file: `crictl exec <container.id> sha256sum <evt.arg.filename>`.",
            "Use noexec and read-only mounts for the writable directories, then this becomes \
             harmless.",
        ],
        tuning: TuningAdvice {
            advice: "Prefer the rule on executing new binaries. Otherwise except builders by \
                image and entrypoints by process and image.",
            fields: &[("container.image.repository", "endswith"), ("proc.name", "="), ("proc.cmdline", "startswith")],
            macro_hook: Some("user_known_container_drift_activities"),
        },
    },
    RuleEntry {
        rule: "Container Drift Detected (open+create)",
        means: "A process in a container created a file that is executable from its first moment \
            (open or creat whose mode has an execute bit). The stock set has it disabled.",
        benign: &[
            "Package managers, tar, unzip, git and cp -p writing programs and hooks.",
            "Compilers and linkers (go build, gcc, ld) in CI and developer containers.",
            "Runtimes that unpack helpers: PyInstaller programs, Node native modules, JNA and \
             Netty libraries under Java.",
        ],
        attacker_gains: "A payload written by exploit code itself, without the chmod that other \
            rules wait for.",
        questions: &[
            "Which program wrote it: a builder and unpacker, or the server process?",
            "Is the new file run later, and by whom?",
            "Does the image do this at every start?",
        ],
        first_steps: &[
            "Look at the file and its type: `crictl exec <container.id> ls -la <fd.name>`, with \
             file and sha256sum from a copy.",
            "If a server process wrote it, look at its requests at that second, such as uploads \
             and deserialization errors.",
            "Rebuild the image with the helper in it, or give the runtime a noexec-free scratch \
             directory of its own.",
        ],
        tuning: TuningAdvice {
            advice: "Except builders by image; for runtimes the directory prefix with the \
                runtime's executable.",
            fields: &[("container.image.repository", "endswith"), ("fd.name", "startswith"), ("proc.exepath", "=")],
            macro_hook: Some("user_known_container_drift_activities"),
        },
    },
    RuleEntry {
        rule: "Container Run as Root User",
        means: "A container's first process runs as uid 0. Disabled in the stock set, because \
            most public images do; without extra capabilities it is weak root.",
        benign: &[
            "Official images that start as root and drop later: nginx, postgres, redis, mysql \
             (gosu, setpriv).",
            "System agents and CSI or CNI pods that need it.",
            "Legacy software, and images that nobody has given a USER.",
        ],
        attacker_gains: "A shorter way out of the container when another bug appears (runc, \
            kernel), and write access to host paths that are mounted.",
        questions: &[
            "Does the process stay root, or drop to a service user right away?",
            "Does policy forbid it in this namespace?",
            "Does the container also have hostPath mounts, capabilities or hostPID?",
        ],
        first_steps: &[
            "Check the running users: `crictl exec <container.id> ps -o user,args`, since only \
             the first moment is in the alert.",
            "Try it: set runAsNonRoot: true and runAsUser in staging, and see what fails.",
            "Enforce it where it passes, with the restricted Pod Security level.",
        ],
        tuning: TuningAdvice {
            advice: "A posture report, not an alert: turn it off here and check by admission; if \
                kept, except images by repository.",
            fields: &[("container.image.repository", "endswith"), ("k8s.ns.name", "=")],
            macro_hook: Some("user_known_run_as_root_container"),
        },
    },
    RuleEntry {
        rule: "Decoding Payload in Container",
        means: "A command line in a container holds `base64` and a -d or --decode. The match is \
            on text: also `-d` of another program in the same sh -c counts.",
        benign: &[
            "Start scripts that decode certificates, kubeconfigs or JSON keys from variables \
             (`echo $TLS_KEY | base64 -d > tls.key`).",
            "CI jobs and Helm hooks reading secrets with `kubectl get secret -o jsonpath | \
             base64 -d`.",
            "Airflow, Spark and Tekton passing scripts in encoded form.",
        ],
        attacker_gains: "Commands that logs and filters did not show in clear text, and that \
            arrive whole through quoting in an injection.",
        questions: &[
            "Where does the output go: to a file, or into sh, bash, python or perl?",
            "Where does the input come from: a variable of the pod, or a blob in the command?",
            "Is the parent an entrypoint or a server process?",
        ],
        first_steps: &[
            "Decode the blob at your desk without running it (`base64 -d <file> | head -c 2000 | cat \
             -v`), and read it.",
            "If it was piped into an interpreter, take the decoded commands as the list of what \
             happened.",
            "Put secrets into mounted files, so that start scripts need no decoding.",
        ],
        tuning: TuningAdvice {
            advice: "Except the image with the exact command; when the blob changes each time, \
                the fixed beginning and the parent.",
            fields: &[("container.image.repository", "endswith"), ("proc.cmdline", "="), ("proc.pname", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Kubernetes Client Tool Launched in Container",
        means: "docker, kubectl or crictl was started inside a container, other than in a few \
            GKE and AKS system images.",
        benign: &[
            "GitOps and CI: Flux's kustomize-controller, Argo CD hooks, Helm hooks with \
             bitnami/kubectl, Jenkins, GitLab, Tekton.",
            "CronJobs that run kubectl rollout restart, and backup hooks (Velero, Stash, \
             Kanister).",
            "Toolbox pods, Rancher's shell and cloud shells where people work.",
            "Docker-in-Docker builders and docker.sock clients such as Watchtower.",
        ],
        attacker_gains: "Control of the cluster or the node's runtime from a pod, with whatever \
            its token or socket allows.",
        questions: &[
            "Is the tool part of the image and its purpose, or was it downloaded?",
            "Which verb and object: get and apply for its own app, or secrets, exec, `auth \
             can-i`, privileged pods?",
            "What is the service account bound to?",
        ],
        first_steps: &[
            "Read what it did in the audit log by its service account; the user agent \
             kubectl/v1... tells it from the application.",
            "See its rights: `kubectl auth can-i --list -n <k8s.ns.name> \
             --as=system:serviceaccount:<k8s.ns.name>:<service account>`.",
            "If the tool arrived after the start, treat the pod as taken and rotate its token.",
        ],
        tuning: TuningAdvice {
            advice: "Except the automation image with its parent or its exact command; a \
                person's toolbox stays visible.",
            fields: &[
                ("container.image.repository", "endswith"),
                ("proc.cmdline", "="),
                ("k8s.ns.name", "="),
                ("proc.pname", "="),
            ],
            macro_hook: Some("user_known_k8s_client_container_parens"),
        },
    },
    RuleEntry {
        rule: "Launch Disallowed Container",
        means: "A container started that your allow list (macro allowed_containers) does not \
            match. The stock macro allows everything, so the list is this site's own.",
        benign: &[
            "A new release, chart or base image whose repository was not added to the list yet.",
            "The same image through another registry or mirror (docker.io/library prefix, \
             pull-through cache, digest only).",
            "Debug containers (`kubectl debug`, netshoot, busybox) used by operators.",
        ],
        attacker_gains: "Their own software in the cluster with a place in the network, a \
            service account and the node's resources, often a miner.",
        questions: &[
            "Is it our software under a name that the list lacks, or something foreign?",
            "Who started it, and with which controller?",
            "Where does the image come from, and when was it pushed?",
        ],
        first_steps: &[
            "Identify it: `crictl inspecti <container.image.repository>` for digest, labels and \
             size, and the registry's page for its owner.",
            "Find the creator: ownerReferences of pod <k8s.pod.name>, then the audit log's \
             create call.",
            "Delete the workload rather than the pod if nobody owns it, and enforce the allow \
             list at admission (Kyverno, Gatekeeper, ImagePolicyWebhook).",
        ],
        tuning: TuningAdvice {
            advice: "Maintain the allow list instead of exceptions: one place, by repository.",
            fields: &[("container.image.repository", "="), ("k8s.ns.name", "=")],
            macro_hook: Some("allowed_containers"),
        },
    },
    RuleEntry {
        rule: "Launch Sensitive Mount Container",
        means: "A container's first process started with a sensitive host path mounted: /proc, a \
            runtime's socket, /, /etc, /root, /etc/kubernetes or the kubelet's directory. Known \
            agents' images are left out.",
        benign: &[
            "Node agents: node-exporter, cAdvisor, Datadog, Fluent Bit, ECS agent, Filebeat, \
             Dynatrace, kube-bench, Velero's node agent.",
            "CI and management with the socket: Jenkins, GitLab runner, Portainer, Traefik, \
             Watchtower, Dozzle, Diun.",
            "CSI drivers and kubelet plugins that need /var/lib/kubelet.",
        ],
        attacker_gains: "The host through its files: docker.sock is root, \
            /etc/kubernetes/manifests is a pod of any kind, / is everything.",
        questions: &[
            "Which path, and read-only or writable?",
            "Is it an agent that we deployed, or an ad-hoc base image (alpine, ubuntu, busybox) \
             with a shell or chroot?",
            "Who created the container, and is that a controller or a person?",
        ],
        first_steps: &[
            "Show its mounts: `docker inspect -f \"{{json .Mounts}}\" <container.id>` or `crictl \
             inspect <container.id> | grep -A4 host_path`.",
            "If the runtime's socket was in reach, list the containers started since: `crictl ps \
             -a` or `docker ps -a --filter since=<container.id>`.",
            "If / or /etc was writable, search the host for fresh cron jobs, keys and units \
             before removing the container.",
        ],
        tuning: TuningAdvice {
            advice: "Except the agent's image; where the same image runs for users too, add the \
                namespace. One mount path cannot be told from another by a field that always \
                exists.",
            fields: &[("container.image.repository", "endswith"), ("k8s.ns.name", "=")],
            macro_hook: Some("user_sensitive_mount_containers"),
        },
    },
    RuleEntry {
        rule: "Modify Container Entrypoint",
        means: "A container's process opened /proc/self/exe or a path in /proc/self/fd for \
            writing. CVE-2019-5736 overwrites the host's runc this way. Disabled in the stock \
            set.",
        benign: &[
            "Logging to /proc/self/fd/1 or /proc/self/fd/2: nginx, Apache, PHP-FPM and \
             supervisor images do this by symbolic link.",
            "Shell scripts that write to /proc/self/fd/N for redirection.",
            "runc's own init under an unusual process name.",
        ],
        attacker_gains: "The host's runtime binary replaced: the next exec or start by anyone \
            runs their code as root on the node.",
        questions: &[
            "Is it fd/1 or fd/2, that is logging, or /proc/self/exe?",
            "Is runc older than 1.0-rc7 (CVE-2019-5736) or 1.1.12 (CVE-2024-21626)?",
            "Was there an exec into this container just then, which the exploit waits for?",
        ],
        first_steps: &[
            "Check the runtime on the node: `runc --version`, and `rpm -V runc` or `debsums runc \
             containerd.io` for a changed file.",
            "If the checksum differs, stop scheduling there, and do not exec into any container \
             on that node.",
            "Update runc, and use user namespaces or read-only runtime binaries so that the \
             overwrite cannot work.",
        ],
        tuning: TuningAdvice {
            advice: "Except the descriptors of logging by exact name; leave /proc/self/exe with \
                no exception at all.",
            fields: &[("fd.name", "="), ("container.image.repository", "endswith"), ("proc.exepath", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Privileged Container Device Access",
        means: "A process in a container opened a raw disk (/dev/sd*, nvme*, vd*, xvd*) or \
            /dev/mem or /dev/kmem for reading or writing.",
        benign: &[
            "Storage software: Rook and Ceph OSDs, Longhorn, OpenEBS, Portworx, LVM and CSI \
             drivers running blkid, lsblk or mkfs.",
            "Monitoring of disks: smartctl_exporter, Netdata, Scrutiny, node-problem-detector.",
            "Backup and imaging agents that read volumes as blocks, and KubeVirt's virt-launcher.",
        ],
        attacker_gains: "Host files past all permissions, by reading or patching blocks, and \
            kernel memory through /dev/mem on old kernels.",
        questions: &[
            "Is it the node's system disk or a data disk of the storage layer?",
            "Was it opened for writing, and by which program (dd, debugfs, a driver)?",
            "Is this a pod that we run privileged for storage?",
        ],
        first_steps: &[
            "Map the device: `lsblk -o NAME,TYPE,MOUNTPOINT <fd.name>` on the node; a mounted / \
             is the bad case.",
            "See the program and arguments: dd with of= or a shell's redirection to the device \
             is destruction or tampering.",
            "Give monitoring only the device that it needs (device plugin or hostPath to one \
             device) instead of privileged.",
        ],
        tuning: TuningAdvice {
            advice: "Except the storage image and program; keep dd, cat and shells, and keep \
                /dev/mem.",
            fields: &[("container.image.repository", "endswith"), ("proc.exepath", "="), ("fd.name", "startswith")],
            macro_hook: Some("user_known_privileged_device_access"),
        },
    },
];
