//! Stable rules on containers' network use and on ways out of a container.

use super::{RuleEntry, TuningAdvice};

/// Sorted by rule name.
pub(super) const STABLE_CONTAINER: &[RuleEntry] = &[
    RuleEntry {
        rule: "Contact K8S API Server From Container",
        means: "A container outside kube-system and outside a list of known controllers \
            (cert-manager's cainjector, Prometheus, Velero, MetalLB, ...) connected to \
            kubernetes.default.svc, the cluster's API server.",
        benign: &[
            "Controllers and operators by design: cert-manager, Argo CD, Flux, external-dns, \
             Linkerd and Istio control planes, Crossplane.",
            "Sidecars and agents that watch objects: kiwigrid k8s-sidecar, Datadog, Vector and \
             Fluent Bit with Kubernetes metadata, Vault injector.",
            "Applications with leader election or service discovery through client-go, Spring \
             Cloud Kubernetes, Akka or Hazelcast.",
        ],
        attacker_gains: "With the pod's token: the list of secrets and pods of the namespace, \
            exec into neighbours, or the whole cluster where the role is too wide.",
        questions: &[
            "Is the process the image's own controller binary, or curl, python, kubectl or a \
             shell?",
            "What may its service account do, and is the token mounted on purpose?",
            "Has this image on this cluster spoken to the API server since it was deployed, or \
             is this the first time?",
        ],
        first_steps: &[
            "See what the account can do: `kubectl auth can-i --list \
             --as=system:serviceaccount:<k8s.ns.name>:<service account>`.",
            "Read what it did: filter the audit log for that service account from the alert's \
             time, and look for secrets, pods/exec and create verbs.",
            "If the client was not the application, delete the token's secret or restart the pod \
             to rotate it, and set automountServiceAccountToken: false.",
        ],
        tuning: TuningAdvice {
            advice: "The image by its ending and the controller's process name, with the \
                namespace where the operator lives; keep curl and shells in the same image \
                alerting.",
            fields: &[("container.image.repository", "endswith"), ("proc.name", "="), ("k8s.ns.name", "=")],
            macro_hook: Some("user_known_contact_k8s_api_server_activities"),
        },
    },
    RuleEntry {
        rule: "Debugfs Launched in Privileged Container",
        means: "debugfs, the ext2/3/4 debugger, was started in a privileged container. It reads \
            and writes a disk's blocks directly, past mount options and file permissions.",
        benign: &[
            "Storage engineers repairing or inspecting a volume from a toolbox pod \
             (rook-ceph-tools, node debug images).",
            "Node problem detectors and support bundles that run e2fsprogs tools read-only.",
            "Courses on container escape that show `debugfs /dev/sda1`.",
        ],
        attacker_gains: "The node's files without a mount: `cat /etc/shadow`, kubelet keys and \
            other pods' secrets, with -w also changes that the host does not log.",
        questions: &[
            "Which device was opened, and is it the node's root disk?",
            "Was -w given, or only read commands?",
            "Who runs privileged pods in this namespace, and was this one created today?",
        ],
        first_steps: &[
            "Map the device to the node's mounts: `lsblk -o NAME,MOUNTPOINT,FSTYPE` on the node.",
            "Find the pod's creator in the audit log, and whether it was started by a controller \
             or by hand: `kubectl get pod -n <k8s.ns.name> <k8s.pod.name> -o \
             jsonpath={.metadata.ownerReferences}`.",
            "If it was not maintenance, rotate what lies on that disk: kubelet client \
             certificate, static pod tokens, SSH host keys; then reinstall the node.",
        ],
        tuning: TuningAdvice {
            advice: "Nothing to tune as a rule; an agreed repair is better covered by deleting \
                the pod afterwards than by a standing exception.",
            fields: &[("container.image.repository", "endswith"), ("proc.cmdline", "="), ("k8s.ns.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Detect release_agent File Container Escapes",
        means: "A container's root with CAP_SYS_ADMIN opened a file named release_agent for \
            writing. On cgroup v1 the kernel runs the program named there on the host, as root, \
            when a cgroup empties.",
        benign: &[
            "Security testing: event-generator, kube-hunter exercises, deepce and CDK \
             demonstrations.",
            "Old container-in-container setups (docker-in-docker start scripts, LXC, systemd in \
             a container) that set up cgroup v1 hierarchies.",
            "Custom cgroup management daemons from before cgroup v2; rare on any current \
             distribution.",
        ],
        attacker_gains: "Root on the node with two more lines of shell, and from there every pod \
            and the kubelet's credentials.",
        questions: &[
            "Does the node run cgroup v1 at all: is /sys/fs/cgroup of type cgroup2fs?",
            "Which program path was written into the file, and did notify_on_release become 1?",
            "Why does this container have SYS_ADMIN: privileged pod, added capability, or a \
             namespace made with CVE-2022-0492?",
        ],
        first_steps: &[
            "On the node, read the agents: `find /sys/fs/cgroup -name release_agent -exec grep \
             -H . {} +`; any path there is a finding.",
            "Look for processes with kthreadd as parent that are no kernel threads (`ps --ppid 2 \
             -o pid,cmd | grep -v \"\\[\"`), and at new files in the container's overlay \
             directory.",
            "Isolate the node, treat it as lost, rotate the kubelet's and all mounted service \
             accounts' credentials, and move to cgroup v2.",
        ],
        tuning: TuningAdvice {
            advice: "Do not tune it for production images; except a named test image in a test \
                namespace while the test runs.",
            fields: &[("container.image.repository", "endswith"), ("k8s.ns.name", "="), ("proc.exepath", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Disallowed SSH Connection Non Standard Port",
        means: "An ssh client connected from this machine or container to an outside address \
            (not RFC 1918, not loopback) on port 80, 8080, 88, 443, 8443, 53 or 4444.",
        benign: &[
            "Git over ssh.github.com:443 or altssh.gitlab.com:443 where port 22 is closed: Argo \
             CD, Flux, Renovate, developers' machines.",
            "Bastions, jump hosts and managed appliances whose sshd listens on 443 or 8443 on \
             purpose.",
            "Support tunnels of vendors (autossh to a support host) and cloud consoles that \
             proxy ssh over 443.",
        ],
        attacker_gains: "A tunnel through the firewall that looks like web traffic: a shell \
            brought back with -R, a SOCKS proxy with -D, or data carried out.",
        questions: &[
            "Do the arguments contain -R, -D, -L, -w, -N, -f or StrictHostKeyChecking=no?",
            "Who owns the peer address, and is it one of the known Git hosts?",
            "Which process started ssh: git, a person, or a service that has no reason to?",
        ],
        first_steps: &[
            "Look the address up (`whois <fd.sip>`, passive DNS) and compare it with GitHub's \
             and GitLab's published ranges.",
            "While it lives, see its options and parent: `ps -o pid,ppid,user,lstart,args -C \
             ssh`, and forwarded ports with `ss -tlnp | grep ssh`.",
            "If it is a tunnel that nobody owns, drop the address at the border, then kill the \
             client and look for the cron job or unit that restarts it.",
        ],
        tuning: TuningAdvice {
            advice: "Except git's ssh child with the Git host's address or name in the command; \
                ports alone or ssh alone would let tunnels through.",
            fields: &[
                ("proc.pname", "="),
                ("fd.sip", "="),
                ("proc.cmdline", "contains"),
                ("container.image.repository", "endswith"),
            ],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Linux Kernel Module Injection Detected",
        means: "init_module or finit_module was called from a container whose process holds \
            CAP_SYS_MODULE: code was put, or tried to be put, into the kernel that all \
            containers share.",
        benign: &[
            "Driver loaders by design: falco-driver-loader and falcoctl, the NVIDIA GPU \
             operator, Mellanox OFED, sysdig agent.",
            "CNI and storage pods calling modprobe for in-tree modules: Calico, Cilium, \
             kube-proxy (ip_vs), Longhorn, Rook, OpenEBS.",
            "VPN sidecars loading wireguard or tun from the node's /lib/modules.",
        ],
        attacker_gains: "The kernel itself: a rootkit that hides processes and files from every \
            tool on the node, and control of all its containers.",
        questions: &[
            "Which module: an in-tree name below /lib/modules, or a .ko in /tmp, /root or an \
             upload directory?",
            "Is evt.res a success, and does lsmod on the node show something new?",
            "Does this image have a documented reason to load modules?",
        ],
        first_steps: &[
            "On the node: `lsmod | head`, `dmesg --ctime | grep -iE \"module|taint\" | tail` and \
             `cat /proc/sys/kernel/tainted`; an out-of-tree, unsigned module is marked there.",
            "Compare with another node of the same pool; a module that only this node has needs \
             an owner.",
            "If it is not ours, do not trust tools on this node: drain it, image its disk from \
             outside, and rebuild it. Set kernel.modules_disabled=1 where you can.",
        ],
        tuning: TuningAdvice {
            advice: "Except driver images by repository together with the program that loads \
                (falcoctl, modprobe) and, where stable, the module's arguments.",
            fields: &[("container.image.repository", "endswith"), ("proc.exepath", "="), ("proc.args", "startswith")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Netcat Remote Code Execution in Container",
        means: "nc with -e or -c, or ncat with an exec option, was started in a container: the \
            far end of the connection gets a program's input and output. The nc match is loose \
            and also hits other options that begin with -c or -e.",
        benign: &[
            "Health checks and wait-for loops whose nc options hold ` -c` or ` -e` by accident, \
             for instance in a host name argument.",
            "Capture-the-flag and training images that serve a challenge with ncat --exec.",
            "Legacy lab scripts that serve one file per connection with `nc -l -c`.",
        ],
        attacker_gains: "A shell over the network: bind shell when it listens, reverse shell \
            when it connects out, both without a trace in application logs.",
        questions: &[
            "Which program follows -e, -c or --exec: a shell, or one fixed harmless command?",
            "Does it listen or connect out, and is the address inside the cluster or on the \
             Internet?",
            "Does nc belong to this image at all, or was it installed or dropped before?",
        ],
        first_steps: &[
            "Check for a live connection at once: `crictl exec <container.id> ss -tnp`, or \
             `nsenter -t <pid> -n ss -tnp` from the node.",
            "Cut it with a NetworkPolicy or a firewall drop of the peer's address before you \
             kill the process, and keep its process tree.",
            "Find what ran nc (proc.pname and its parents): that is the vulnerable entry that \
             must be closed.",
        ],
        tuning: TuningAdvice {
            advice: "There is hardly a good reason for it in production; except only one fixed \
                command in one training image.",
            fields: &[("proc.cmdline", "="), ("container.image.repository", "endswith"), ("proc.pname", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Packet socket created in container",
        means: "A container opened an AF_PACKET socket, which sees and sends raw Ethernet frames \
            on its interface. It needs CAP_NET_RAW, which many clusters still grant by default.",
        benign: &[
            "Observability agents: Grafana Beyla, Datadog system-probe, Pixie, Hubble, ntopng, \
             Suricata, Zeek.",
            "tcpdump, tshark, arping or a `kubectl debug` container in an engineer's hands.",
            "Address announcers and DHCP: MetalLB speaker, keepalived, kube-vip, udhcpc, \
             Multus's dhcp daemon.",
        ],
        attacker_gains: "Sniffing neighbours' traffic and forging ARP or DNS answers inside the \
            pod network; AF_PACKET bugs such as CVE-2020-14386 lead to the node's kernel.",
        questions: &[
            "Is the program a network agent that this image is known for?",
            "Does the pod use hostNetwork, so that it sees the node's traffic?",
            "Did ARP entries or DNS answers in the same subnet change at the time?",
        ],
        first_steps: &[
            "See the capability and network mode: `kubectl get pod -n <k8s.ns.name> \
             <k8s.pod.name> -o yaml | grep -nE \"NET_RAW|hostNetwork\"`.",
            "List packet sockets on the node with `ss -0p` and match the owner to the container.",
            "Drop NET_RAW in the pod's securityContext (the restricted Pod Security level does) \
             for everything that is not a network tool.",
        ],
        tuning: TuningAdvice {
            advice: "Except the agent by image and process name; a list of binary names, as the \
                stock template has, lets any image run a renamed sniffer.",
            fields: &[("container.image.repository", "endswith"), ("proc.name", "="), ("k8s.ns.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Redirect STDOUT/STDIN to Network Connection in Container",
        means: "A container's process duplicated an IPv4 or IPv6 socket onto descriptor 0, 1 or \
            2: from then on a network peer is its keyboard or screen.",
        benign: &[
            "Daemons that close their standard streams, so that a new socket lands on 0, 1 or 2 \
             (longhorn-manager, old inetd-like servers, some JVM wrappers).",
            "Docker or Kubernetes probes written with bash's /dev/tcp on localhost, as in \
             promtail's health check.",
            "CGI and FastCGI starters, socket-activated services, and sshd or rsyncd in a \
             container.",
        ],
        attacker_gains: "The classic reverse shell: a command prompt for the attacker in the \
            container, started from one injected line.",
        questions: &[
            "Is the peer loopback or inside the cluster, or an outside address on a port such as \
             4444, 9001 or 443?",
            "Is the process a shell or interpreter with a command like `bash -i` or `python -c \
             import socket,pty`?",
            "Does the same process duplicate the socket onto all of 0, 1 and 2 within a \
             millisecond?",
        ],
        first_steps: &[
            "Look at the live connection: `nsenter -t <pid> -n ss -tnp` on the node for the \
             process in this alert; note the peer <fd.sip>.",
            "If it is a shell, block <fd.sip> at the egress firewall and freeze the container, or \
             stop its processes with SIGSTOP.",
            "Find the injected request in the application's log in the seconds before, and \
             search other pods of the same image for the same peer.",
        ],
        tuning: TuningAdvice {
            advice: "Except the daemon by image, process and a loopback or service peer; never \
                by process name bash alone.",
            fields: &[
                ("container.image.repository", "endswith"),
                ("proc.exepath", "="),
                ("fd.sip", "="),
                ("proc.cmdline", "="),
            ],
            macro_hook: Some("user_known_stand_streams_redirect_activities"),
        },
    },
];
