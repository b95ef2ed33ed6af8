//! Rules that the stock set once had under these names and that installations still carry.

use super::{RuleEntry, TuningAdvice};

/// Sorted by rule name.
pub(super) const RETIRED: &[RuleEntry] = &[
    RuleEntry {
        rule: "Delete Bash History",
        means: "The predecessor of the shell history rule: a bash history file was removed or \
            truncated, on a host or in a container. It knows only bash's file.",
        benign: &[
            "bash itself rewriting .bash_history at the end of a session, and image clean-up.",
            "Removal of a user's home or of a container's layer by dockerd.",
        ],
        attacker_gains: "Loss of the typed commands as evidence, right after the work was done.",
        questions: &[
            "Was the process bash that saved, or rm, shred or truncate?",
            "Which account's history was it, and was it root's?",
        ],
        first_steps: &[
            "Check the file now: `ls -l ~<user.name>/.bash_history`; size 0 or a link to \
             /dev/null is deliberate.",
            "Take the commands from auditd or from Falco's other alerts of that terminal.",
        ],
        tuning: TuningAdvice {
            advice: "Move to the current rule, which knows more shells; until then except bash's \
                own save by its temporary name.",
            fields: &[("proc.name", "="), ("fd.name", "endswith"), ("container.image.repository", "endswith")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Disallowed SSH Connection",
        means: "An SSH connection (port 22, to or from sshd or ssh) took place with a host \
            outside the allow list allowed_ssh_hosts. The stock list was empty and the rule off, \
            so this site filled it.",
        benign: &[
            "New bastions, administrators' addresses at home, cloud shells.",
            "Git over SSH, Ansible and backup servers that were never listed.",
            "Addresses shown wrongly by old Falco versions on some kernels.",
        ],
        attacker_gains: "Remote control with a stolen key or password, or a way from this host \
            to the next.",
        questions: &[
            "Which side began it, and is the other address ours?",
            "Did authentication succeed, and with which key?",
            "Is the address plausible at all (no 115.127.0.0-like artefact)?",
        ],
        first_steps: &[
            "Read sshd's log for it: `journalctl -t sshd | grep <fd.cip>` with Accepted or Failed.",
            "End a foreign session (`ss -K dst <fd.cip>`), and remove the key that it used.",
        ],
        tuning: TuningAdvice {
            advice: "Extend the list of hosts; except Git and automation by process and address.",
            fields: &[("fd.sip", "="), ("proc.pname", "="), ("proc.exepath", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "File Open by Privileged Container",
        means: "A very old rule: any file opened in a privileged container that is not a trusted \
            image. It says that such a container is alive, hardly more.",
        benign: &[
            "Every privileged agent, driver and builder, at each file that it opens.",
            "Old configurations that were copied forward over many Falco versions.",
        ],
        attacker_gains: "See the container itself: in a privileged one every file of the node is \
            a mount away.",
        questions: &["Which container is it, and should it be privileged?", "Is the file a device or a host path?"],
        first_steps: &[
            "Identify the image and its owner; judge by the rules on privileged start and mounts.",
            "Remove this rule from your files; Falco itself dropped it long ago.",
        ],
        tuning: TuningAdvice {
            advice: "Replace it by the rules on launching privileged containers and on device \
                access.",
            fields: &[("container.image.repository", "endswith"), ("fd.name", "startswith"), ("proc.exepath", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Outbound Connection to C2 Servers",
        means: "A process connected to an address on the list c2_server_ip_list, which the site \
            fills from threat feeds (Feodo Tracker and the like). As good as the feed's age.",
        benign: &[
            "Addresses that were given to a new owner: cloud and hosting ranges rotate within \
             weeks.",
            "Shared hosting, CDNs and Tor relays on a feed.",
            "Sinkholes, crawlers of the security team, DNS or mail servers that meet bad hosts \
             by nature.",
        ],
        attacker_gains: "Orders for the implant and results back; the break-in itself lies \
            before it.",
        questions: &[
            "When was the address listed, and for which malware?",
            "Which process connected, and does it belong there?",
            "Did data flow, or only an attempt (SYN without answer)?",
        ],
        first_steps: &[
            "Look the address up in the feed with its dates, then block it at the border.",
            "Save process, parents and binary: `ss -tnp dst <fd.sip>`, `ls -l /proc/<pid>/exe`.",
            "Search flow logs of all machines for the same address in the last 30 days.",
        ],
        tuning: TuningAdvice {
            advice: "Remove stale addresses from the list; do not except processes.",
            fields: &[("fd.sip", "="), ("proc.exepath", "="), ("container.image.repository", "endswith")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Outbound or Inbound Traffic not to Authorized Server Process and Port",
        means: "In a namespace or image that you profiled, a process other than the authorised \
            server binary, or a port other than the authorised one, talked on the network. Off \
            until its lists are filled.",
        benign: &[
            "A changed binary name or port in a release, side processes (health checks, log \
             shippers, service mesh).",
            "DNS lookups and metrics that the profile forgot.",
            "Debug sessions inside the container.",
        ],
        attacker_gains: "Any shell, tunnel or download in that container shows here, as none is \
            the server itself.",
        questions: &[
            "Is the process in the image's start script?",
            "Is the port part of a new version's documentation?",
            "Did a child of the server do it?",
        ],
        first_steps: &[
            "Compare the process with the image's declared command: `crictl inspect \
             <container.id> | grep -A6 '\"args\"'`.",
            "If it is a shell or downloader, go on as with a shell below a server.",
        ],
        tuning: TuningAdvice {
            advice: "Extend authorized_server_binary and authorized_server_port with the \
                release; no exceptions by hand.",
            fields: &[("container.image.repository", "endswith"), ("proc.name", "="), ("fd.sport", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Run shell in container",
        means: "An early rule: a shell started in a container, with or without a terminal, and \
            not from a list of known parents. Later sets split it into terminal shells and \
            shells below servers.",
        benign: &[
            "Entrypoints and probes written as shell scripts (CMD-SHELL health checks, `sh -c`).",
            "Supervisors and cron in containers, and exec hooks of operators.",
            "People working in the container with docker exec.",
        ],
        attacker_gains: "A first foothold through an injected command, or hands on a keyboard.",
        questions: &[
            "Is there a terminal (proc.tty), or a script with a timer's regularity?",
            "What is the parent: the runtime, the application, or a server?",
            "Is the command the image's own?",
        ],
        first_steps: &[
            "Compare the command with the image's entrypoint, HEALTHCHECK and the pod's probes.",
            "Take the time and look for pods/exec in the audit log at that second.",
        ],
        tuning: TuningAdvice {
            advice: "Replace it by the two newer rules; if kept, except probes by their whole \
                command and image.",
            fields: &[("proc.cmdline", "="), ("container.image.repository", "endswith"), ("proc.pname", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Sensitive Mount by Container",
        means: "The old name of the rule on containers that start with a sensitive host path \
            mounted, with fewer paths and trusted images than today's.",
        benign: &[
            "Node agents and CI runners with /proc, /etc or docker.sock mounted.",
            "kubelet and hyperkube run as containers, as clusters of that age did.",
        ],
        attacker_gains: "Whatever the mounted path holds on the host; with docker.sock everything.",
        questions: &[
            "Which path was it, and could it be written?",
            "Is the image one that you deploy on nodes on purpose?",
        ],
        first_steps: &[
            "Look at its mounts with `docker inspect <container.id>` or `crictl inspect \
             <container.id>`.",
            "Update the rules file; the present rule covers containerd and CRI-O sockets as well.",
        ],
        tuning: TuningAdvice {
            advice: "Except the agent's image until the update.",
            fields: &[("container.image.repository", "endswith"), ("k8s.ns.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "The docker client is executed in a container",
        means: "docker, and in later versions kubectl or crictl, started in a container. Renamed \
            since to name Kubernetes client tools.",
        benign: &[
            "Flux, Argo, Helm hooks, Jenkins agents, and GKE add-ons that run kubectl on a timer.",
            "Builders with docker.sock or Docker-in-Docker.",
            "Toolbox images in which operators work.",
        ],
        attacker_gains: "The cluster's API or the node's runtime, with the pod's token or a \
            mounted socket.",
        questions: &[
            "Which tool and command, and is it repeated by the clock?",
            "Does this image contain the tool?",
            "Is the runtime's socket mounted into the container?",
        ],
        first_steps: &[
            "See rights and history of its service account in the audit log (user agent kubectl).",
            "List containers that the docker client created: `docker ps -a --format \"{{.ID}} \
             {{.Image}} {{.CreatedAt}}\"` on the node.",
        ],
        tuning: TuningAdvice {
            advice: "Except the automation by image, parent and command; use the present rule's \
                name after the update.",
            fields: &[("container.image.repository", "endswith"), ("proc.cmdline", "="), ("proc.pname", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Unexpected outbound connection destination",
        means: "A connection went to an address, network or name outside the allow lists of this \
            rule. Off in the stock set, whose lists are examples.",
        benign: &[
            "Lists that miss cloud services, package mirrors, time and DNS servers.",
            "Services with changing addresses behind CDNs.",
            "Agents calling home: monitoring, licences, updates.",
        ],
        attacker_gains: "A way out for commands and data, from a machine that should know few \
            destinations.",
        questions: &[
            "Who owns the destination, and which program called it?",
            "Is the connection new for this machine?",
            "How much was sent there, and how often?",
        ],
        first_steps: &[
            "Resolve and look up the address; compare with proxy and flow logs.",
            "If unknown, block it and keep the process: `ss -tnp dst <fd.sip>`.",
        ],
        tuning: TuningAdvice {
            advice: "Keep the three allow lists (addresses, networks, domains) and reuse them \
                for all hosts of a role.",
            fields: &[("fd.sip", "="), ("proc.exepath", "="), ("container.image.repository", "endswith")],
            macro_hook: None,
        },
    },
];
