//! Kubernetes audit rules (k8saudit plugin and its EKS and GKE relatives) on pods.

use super::{RuleEntry, TuningAdvice};

/// Sorted by rule name.
pub(super) const K8S_AUDIT_PODS: &[RuleEntry] = &[
    RuleEntry {
        rule: "Attach/Exec Pod",
        means: "A user or service account opened exec or attach on a pod through the API server, \
            and the stream was started. The command is in the request; what was typed later is \
            not.",
        benign: &[
            "Engineers with kubectl exec, k9s, Lens or a console.",
            "Automation that works through exec: Velero and Stash hooks, Jenkins' Kubernetes \
             plugin, GitLab runner, Argo Workflows, Strimzi and database operators.",
            "Tests and support collectors (sonobuoy, troubleshoot.sh).",
        ],
        attacker_gains: "Commands in any container of the namespace without touching an image: \
            secrets from the environment, the mounted token, a way on.",
        questions: &[
            "Who is the user, from which address and with which user agent?",
            "Is it a person who works on this service now, or an account that never used exec?",
            "Is the command a shell, or a fixed one of a tool?",
        ],
        first_steps: &[
            "Pair it with the container's own alerts in the next minutes: they show what the \
             session did.",
            "See everything that <ka.user.name> did around that time in the audit log; \
             system:anonymous, system:unsecured or a node's user here is an incident.",
            "If the credential is misused: delete the token or certificate binding, and restart \
             the pod from its image.",
        ],
        tuning: TuningAdvice {
            advice: "Except an automation account with its fixed command and namespace; leave \
                people visible.",
            fields: &[("ka.user.name", "="), ("ka.target.namespace", "="), ("ka.uri.param[command]", "=")],
            macro_hook: Some("user_known_exec_pod_activities"),
        },
    },
    RuleEntry {
        rule: "Create Disallowed Pod",
        means: "The API server was asked to create a pod with an image outside your allow list \
            (macro allowed_k8s_containers). The stock macro allows all images, so the list is \
            this cluster's own. The request may have been refused.",
        benign: &[
            "A new service or chart version whose registry path is missing in the list.",
            "Mutating webhooks that rewrite images to a mirror or add sidecars (Istio, Linkerd, \
             Vault, Harbor proxy cache).",
            "Jobs of operators that bring their own helper images (busybox, kubectl, backup \
             tools).",
        ],
        attacker_gains: "A foothold of their choice in the cluster, scheduled and restarted by \
            Kubernetes itself.",
        questions: &[
            "Who is <ka.user.name>: a controller that acts for a Deployment, or a person?",
            "Which image was named, from which registry, and by tag or by digest?",
            "Did admission let it through (response 201)?",
        ],
        first_steps: &[
            "Look at the pod and its owner: `kubectl get pod -n <ka.target.namespace> \
             <ka.resp.name> -o yaml | grep -nE \"image:|ownerReferences\" -A4`.",
            "For a controller's pod, find who changed the Deployment or Job: the same audit log, \
             verbs create, update and patch minutes before.",
            "Remove the owner, not the pod, if it is foreign; block the registry by admission \
             policy.",
        ],
        tuning: TuningAdvice {
            advice: "Maintain the image list in the macro; exceptions for a service account only \
                where it creates nothing else.",
            fields: &[
                ("ka.req.pod.containers.image.repository", "in"),
                ("ka.user.name", "="),
                ("ka.target.namespace", "="),
            ],
            macro_hook: Some("allowed_k8s_containers"),
        },
    },
    RuleEntry {
        rule: "Create HostIPC Pod",
        means: "A pod was requested that shares the node's IPC namespace: System V and POSIX \
            shared memory and semaphores of node processes and of other such pods.",
        benign: &[
            "Databases and HPC software that share memory with the host: Oracle, SAP HANA, some \
             MPI and GPU (NCCL, CUDA MPS) set-ups.",
            "Old charts that set all three host namespaces by habit.",
            "Desktop or X11 forwarding experiments in developer clusters.",
        ],
        attacker_gains: "Reading or changing data that other processes keep in shared memory, \
            such as database buffers, and files in the host's /dev/shm.",
        questions: &[
            "Does this software really share memory with the host?",
            "Are hostPID or hostNetwork set as well?",
            "What lies in shared memory on those nodes (`ipcs -m`)?",
        ],
        first_steps: &[
            "Ask the chart's owner which feature needs it; for NCCL and PyTorch a larger \
             emptyDir at /dev/shm is enough.",
            "List who is attached on the node with `ipcs -mp` and match the pids to pods.",
            "Disallow hostIPC in application namespaces.",
        ],
        tuning: TuningAdvice {
            advice: "Name the images in k8s_audit_hostipc_images; few clusters need more than one.",
            fields: &[
                ("ka.req.pod.containers.image.repository", "in"),
                ("ka.target.namespace", "="),
                ("ka.user.name", "="),
            ],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Create HostNetwork Pod",
        means: "A pod was requested that uses the node's own network: it sees the node's \
            interfaces and loopback, takes the node's address, and is outside pod network \
            policies.",
        benign: &[
            "Network and node software: kube-proxy, Cilium, Calico, MetalLB, node-exporter, \
             ingress-nginx on bare metal, node-local DNS.",
            "Static control-plane pods mirrored by the kubelet, and cloud controllers.",
            "Bootstrap jobs before the CNI works.",
        ],
        attacker_gains: "Sniffing the node's traffic, the kubelet's read-only and debug ports on \
            localhost, and the metadata service with the node's own identity.",
        questions: &[
            "Is it part of the network or monitoring stack?",
            "Who created it, and with a DaemonSet?",
            "Does it open ports on the node that are reachable from outside?",
        ],
        first_steps: &[
            "Check the author: ownerReferences of <ka.resp.name> and the audit entry of its \
             DaemonSet.",
            "Look on the node at what it listens on (`ss -tlnp`), and at localhost services it \
             could reach.",
            "Deny hostNetwork outside system namespaces by Pod Security baseline.",
        ],
        tuning: TuningAdvice {
            advice: "Except the image in its namespace; mirror pods by the node's user name \
                pattern only in kube-system.",
            fields: &[
                ("ka.req.pod.containers.image.repository", "in"),
                ("ka.target.namespace", "="),
                ("ka.user.name", "="),
            ],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Create HostPid Pod",
        means: "A pod was requested that shares the node's process table: it sees each process \
            of the node and, as root with ptrace rights, can read and enter them.",
        benign: &[
            "Profilers and security agents: Falco, Datadog, Parca, Pyroscope, node-exporter, \
             Tetragon, kured (which reboots with nsenter).",
            "`kubectl debug node/...` pods and Longhorn's manager, which enter the host on \
             purpose.",
            "OpenShift and vendor support bundles.",
        ],
        attacker_gains: "With privileges it is the host: `nsenter -t 1 -a sh`. Without them, \
            command lines and environments with secrets can still be read.",
        questions: &[
            "Is it also privileged or with SYS_PTRACE?",
            "Is its command nsenter, or a plain shell?",
            "Is the requester a person debugging a node now?",
        ],
        first_steps: &[
            "Read the request's securityContext and command in the audit log.",
            "On the node look for processes with the pod's shim as ancestor that run in the \
             host's namespaces (`lsns -p 1` against theirs).",
            "Keep hostPID to one namespace of node tools, enforced by admission.",
        ],
        tuning: TuningAdvice {
            advice: "List the images in k8s_audit_hostpid_images, or except image plus namespace.",
            fields: &[
                ("ka.req.pod.containers.image.repository", "in"),
                ("ka.target.namespace", "="),
                ("ka.user.name", "="),
            ],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Create Privileged Pod",
        means: "A pod with at least one privileged container was requested, with an image \
            outside the list of known system images. Who asked is known; whether it runs is seen \
            in the response.",
        benign: &[
            "DaemonSets of node software: CSI drivers, Cilium, Longhorn, GPU operator, Falco, \
             Datadog, created by daemon-set-controller.",
            "CI with Docker-in-Docker, created by a runner's service account.",
            "`kubectl debug node/...` with the sysadmin profile, and kind, k3d or conformance \
             tests.",
        ],
        attacker_gains: "Root on whatever node it lands on, with nodeName even on a chosen one: \
            a stolen deployer token becomes the cluster.",
        questions: &[
            "Is the requester daemon-set-controller (look at the DaemonSet's author then) or a \
             human or application account?",
            "Does the pod also ask for hostPID, hostPath / or a toleration for control-plane \
             nodes?",
            "Is the pod's command a shell, sleep or nsenter?",
        ],
        first_steps: &[
            "Read the whole request in the audit log: image, command, volumes, nodeName; keep \
             it, since the pod may soon be gone.",
            "If it runs and is not ours, save its logs (`kubectl logs -n <ka.target.namespace> \
             <ka.resp.name> --all-containers`), then delete it and cordon its node for inspection.",
            "Take pod creation from that account, and enforce Pod Security baseline or \
             restricted in <ka.target.namespace>.",
        ],
        tuning: TuningAdvice {
            advice: "Except the controller's account with the image and the namespace; never a \
                human user or a default service account.",
            fields: &[
                ("ka.req.pod.containers.image.repository", "in"),
                ("ka.target.namespace", "="),
                ("ka.user.name", "="),
            ],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Create Sensitive Mount Pod",
        means: "A pod with a hostPath volume on a sensitive place (/, /etc, /root, /proc, a \
            runtime's socket, the kubelet's or Kubernetes' directories) was requested, and its \
            image is not a known agent's.",
        benign: &[
            "Log and metric agents: Fluent Bit, Promtail, Vector, Filebeat, node-exporter, \
             kube-bench, Trivy's node collector.",
            "CSI and device plugins with /var/lib/kubelet, and cert or etcd backup jobs with \
             /etc/kubernetes.",
            "Runner pods that mount docker.sock for builds.",
        ],
        attacker_gains: "The node's file system through the API: with / mounted a chroot is all \
            that is missing.",
        questions: &[
            "Which path is mounted, and is readOnly set?",
            "Is it a DaemonSet of ours or a single pod with a shell?",
            "May that user create hostPath volumes on purpose?",
        ],
        first_steps: &[
            "See the volumes in the alert and the mounts in `kubectl get pod -n \
             <ka.target.namespace> <ka.resp.name> -o yaml | grep -nE \"hostPath|readOnly\" -A3`.",
            "If it ran, look at the node for new files below the mounted path since then.",
            "Forbid hostPath by Pod Security baseline; give agents their own namespace that may \
             have it.",
        ],
        tuning: TuningAdvice {
            advice: "Except the agent's image in its namespace, created by its controller.",
            fields: &[
                ("ka.req.pod.containers.image.repository", "in"),
                ("ka.target.namespace", "="),
                ("ka.user.name", "="),
            ],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "EphemeralContainers Created",
        means: "An ephemeral container was added to a running pod (`kubectl debug`): another \
            image inside the pod's namespaces, which cannot be removed until the pod goes.",
        benign: &[
            "Debugging with netshoot, busybox or a distroless image's -debug twin.",
            "Debug buttons of Lens, Rancher and GKE's console.",
            "Agents that attach so on demand: mirrord, Inspektor Gadget, dynamic profilers.",
        ],
        attacker_gains: "Their tools beside the application, with its network, volumes and (with \
            --target) its processes, while the pod's own image stays clean.",
        questions: &[
            "Which image was attached, and does it share the process namespace of a container?",
            "Which person or tool is <ka.user.name>?",
            "Is the pod one with secrets worth the effort?",
        ],
        first_steps: &[
            "See it: `kubectl get pod -n <ka.target.namespace> <ka.target.name> -o \
             jsonpath={.spec.ephemeralContainers}`.",
            "Read what it printed with `kubectl logs -c <name>` before the pod is replaced.",
            "Delete the pod afterwards, so that its controller makes a clean one; restrict \
             pods/ephemeralcontainers.",
        ],
        tuning: TuningAdvice {
            advice: "Except debug tooling by account in development namespaces.",
            fields: &[("ka.user.name", "="), ("ka.target.namespace", "=")],
            macro_hook: Some("user_known_pod_debug_activities"),
        },
    },
    RuleEntry {
        rule: "Pod Created in Kube Namespace",
        means: "A pod was created in kube-system or kube-public with an image that is not on the \
            list of known system images. The list is old and short: many of today's add-ons are \
            missing.",
        benign: &[
            "Managed add-ons and their updates: CoreDNS, metrics-server, aws-node, EBS CSI, \
             konnectivity, Cilium, kube-vip.",
            "Charts that install into kube-system by default: sealed-secrets, descheduler, \
             cluster-autoscaler, Traefik on k3s.",
            "Node debugger pods and Helm hooks run there.",
        ],
        attacker_gains: "A hiding place among system pods with weaker policy and quotas and, in \
            older clusters, strong service accounts; miners took names such as kube-controller \
            there.",
        questions: &[
            "Is it a pod of a controller, or a single one?",
            "Does its name imitate a system component that this cluster does not run?",
            "Is the image from the vendor's registry?",
        ],
        first_steps: &[
            "Compare: `kubectl get pods -n kube-system -o \
             custom-columns=N:.metadata.name,I:.spec.containers[*].image,O:.metadata.ownerReferences[*].name`.",
            "Find its author in the audit log; a person who creates single pods in kube-system \
             must explain it.",
            "Delete it with its owner if it is foreign, and look at the node that it ran on.",
        ],
        tuning: TuningAdvice {
            advice: "Add the image to user_allowed_kube_namespace_image_list; do not except users.",
            fields: &[
                ("ka.req.pod.containers.image.repository", "in"),
                ("ka.user.name", "="),
                ("ka.target.namespace", "="),
            ],
            macro_hook: Some("allowed_kube_namespace_pods"),
        },
    },
    RuleEntry {
        rule: "port-forward",
        means: "Somebody opened a port-forward to a pod: a tunnel from their machine through the \
            API server to a port of the pod, past ingress, authentication proxies and network \
            policy.",
        benign: &[
            "Developers reaching a database, Grafana, Argo CD or a debugger.",
            "Tools that tunnel for the user: Helm plugins, Linkerd and Istio dashboards, \
             Telepresence, Skaffold, Lens.",
            "Scripts in CI that test a service before it is exposed.",
        ],
        attacker_gains: "Direct contact with internal services, such as an unauthenticated Redis \
            or an admin port, with one stolen kubeconfig.",
        questions: &[
            "Who forwards to what: a dashboard, or a production database?",
            "Is the source address the user's usual one?",
            "How long did it last, and how much went through?",
        ],
        first_steps: &[
            "Look the user up and ask; note the pod <ka.target.name> and what listens in it.",
            "Check the target's own log for sessions from 127.0.0.1 at that time, which is how \
             forwarded connections appear.",
            "Take pods/portforward from roles that need only read access.",
        ],
        tuning: TuningAdvice {
            advice: "Except developer groups in non-production namespaces.",
            fields: &[("ka.user.name", "="), ("ka.target.namespace", "="), ("ka.target.name", "startswith")],
            macro_hook: Some("user_known_portforward_activities"),
        },
    },
];
