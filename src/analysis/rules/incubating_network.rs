//! Incubating rules on network use: unexpected programs, tools, metadata services, copying.

use super::{RuleEntry, TuningAdvice};

/// Sorted by rule name.
pub(super) const INCUBATING_NETWORK: &[RuleEntry] = &[
    RuleEntry {
        rule: "Contact EC2 Instance Metadata Service From Container",
        means: "A container connected to 169.254.169.254, EC2's metadata service, which hands \
            out the node role's temporary credentials. Non-AWS clouds use the same address.",
        benign: &[
            "AWS components that run on nodes: VPC CNI (aws-node), EBS and EFS CSI drivers, \
             cluster-autoscaler, AWS Load Balancer Controller, CloudWatch agent, Karpenter.",
            "Any AWS SDK without other credentials, whose default provider chain ends at the \
             metadata service, also for the region.",
            "Datadog, New Relic, Fluent Bit and Consul reading instance tags.",
        ],
        attacker_gains: "The node's IAM role outside the cluster: describe, pull images, read \
            buckets, change network interfaces, as in the Capital One breach.",
        questions: &[
            "Was it the SDK of the application, or curl, wget or a proxied request (SSRF)?",
            "Does the pod have a role of its own (IRSA or Pod Identity), so that it never needs \
             the node's?",
            "Does CloudTrail show the node role's credentials used from an address outside our \
             VPC?",
        ],
        first_steps: &[
            "Look for the role's use: GuardDuty's InstanceCredentialExfiltration findings, and \
             CloudTrail by the role's session name (the instance id).",
            "If it was SSRF or a shell, revoke the role's active sessions in IAM \
             (AWSRevokeOlderSessions) and find the injected request.",
            "Close it for pods: IMDSv2 with hop limit 1, and a NetworkPolicy that denies \
             169.254.169.254/32.",
        ],
        tuning: TuningAdvice {
            advice: "The component's image and process; give applications a role of their own \
                instead of an exception.",
            fields: &[("container.image.repository", "endswith"), ("proc.name", "="), ("k8s.ns.name", "=")],
            macro_hook: Some("ec2_metadata_containers"),
        },
    },
    RuleEntry {
        rule: "Contact cloud metadata service from container",
        means: "A container outside kube-system connected to 169.254.169.254, where GCP, Azure, \
            AWS, OpenStack and others serve instance data and identity tokens.",
        benign: &[
            "Client libraries finding their project, region or identity: google-cloud SDKs with \
             Workload Identity, Azure Identity's managed identity, AWS default chains.",
            "Agents that describe the machine: node-problem-detector, Datadog, Dynatrace, \
             Elastic Agent, Telegraf's cloud processors, Ceph and MinIO in the cloud.",
            "Azure's aad-pod-identity nmi and GKE's gke-metadata-server, which proxy this \
             address for pods.",
        ],
        attacker_gains: "Tokens of the machine's service account or managed identity and its \
            start-up scripts, which often contain passwords.",
        questions: &[
            "Which path was asked: identity tokens (/token, /identity/oauth2), user data, or \
             only names and zones?",
            "Does the cluster answer pods itself (Workload Identity), so that no machine \
             identity was in reach?",
            "Is there a web-facing process that fetches URLs given by users?",
        ],
        first_steps: &[
            "See the caller's kind: proc.exepath of an SDK program or of curl; then the \
             application's log for a URL with 169.254 or metadata.",
            "Check the cloud's audit log for the machine identity (GCP: \
             protoPayload.authenticationInfo; Azure: sign-ins of managed identities) from \
             unusual addresses.",
            "Deny the address for pods that do not need it, or turn on the metadata proxy of the \
             platform.",
        ],
        tuning: TuningAdvice {
            advice: "Except the workload by image and namespace once its identity is its own; \
                keep interpreters and curl in it visible.",
            fields: &[("container.image.repository", "endswith"), ("proc.exepath", "="), ("k8s.ns.name", "=")],
            macro_hook: Some("user_known_metadata_access"),
        },
    },
    RuleEntry {
        rule: "Exfiltrating Artifacts via Kubernetes Control Plane",
        means: "tar ran as a container's exec entry without a terminal and read a file outside \
            /etc, /proc, /lib, /run and /usr: the shape of `kubectl cp` out of a pod.",
        benign: &[
            "Engineers fetching logs, heap dumps or core files with kubectl cp or `oc rsync`.",
            "Tools that copy the same way: Velero's and Kanister's hooks, Tilt, Skaffold and \
             DevSpace sync, Argo Workflows artifacts.",
            "Support bundle collectors (troubleshoot.sh, must-gather).",
        ],
        attacker_gains: "The application's files (keys, databases, source) through the API \
            server, with no connection from the pod that a firewall could see.",
        questions: &[
            "Which user called pods/exec with tar, by the audit log?",
            "What was copied: logs and dumps, or configuration, keys and data directories?",
            "Is the caller's address usual for that user?",
        ],
        first_steps: &[
            "Search the audit log for exec with command=tar on <k8s.pod.name> at this time: \
             user, source address and user agent are there.",
            "List what was in the copied directory, and classify it: `kubectl exec -n \
             <k8s.ns.name> <k8s.pod.name> -- ls -la <directory>`.",
            "If the identity was misused, revoke its kubeconfig or token, and rotate the secrets \
             found in that directory.",
        ],
        tuning: TuningAdvice {
            advice: "Except the directory of the collector's files in its image; do not except \
                tar for a namespace.",
            fields: &[("container.image.repository", "endswith"), ("fd.name", "startswith"), ("k8s.ns.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Launch Ingress Remote File Copy Tools in Container",
        means: "wget was started in a container, or curl with an option that writes to a file \
            (-o, -O, --output, --remote-name). Nothing is said about what was fetched or whether \
            it ran.",
        benign: &[
            "Probes with `wget -q -O- http://localhost/healthz` or `curl -o /dev/null \
             localhost:8080/ready`.",
            "Entrypoints and init containers that fetch configuration, plugins or models \
             (Jenkins, Grafana, WordPress, Keycloak).",
            "CI jobs and image builds downloading tools from GitHub releases.",
        ],
        attacker_gains: "Their tools inside: a miner, a script piped to sh, a second stage, from \
            an address chosen by them.",
        questions: &[
            "Is the target loopback or a service of ours, a known release host, or a bare IP \
             address, a paste site or a tunnel service?",
            "Where is it saved, and was it made executable or piped into a shell next?",
            "What is the parent: a probe or start script, or a server process or terminal?",
        ],
        first_steps: &[
            "Fetch nothing from your desk; ask the proxy's or DNS logs for that URL, and hash \
             the file where it was saved.",
            "Look for the follow-up in the next seconds: chmod, an executable from the upper \
             layer, a new connection.",
            "Block the host at egress if it is not ours, and look for it in other pods' logs.",
        ],
        tuning: TuningAdvice {
            advice: "Except the whole command of the probe; for start-up downloads the image \
                with the beginning of the fixed URL command.",
            fields: &[("proc.cmdline", "="), ("container.image.repository", "endswith"), ("proc.pname", "=")],
            macro_hook: Some("user_known_ingress_remote_file_copy_activities"),
        },
    },
    RuleEntry {
        rule: "Launch Remote File Copy Tools in Container",
        means: "rsync, scp, sftp or dcp was started in a container, as client or as server side \
            of a copy.",
        benign: &[
            "Volume migration and replication: pv-migrate, Velero and Restic helpers, VolSync's \
             rsync mover, lsyncd, GitLab Geo.",
            "Deployment steps in CI containers that copy a build to a web host.",
            "Dump scripts (mysqldump or pg_dump with scp) in CronJobs.",
        ],
        attacker_gains: "The data, packed and sent over an encrypted channel that looks like \
            administration.",
        questions: &[
            "Which direction: to a remote host, or from it?",
            "Who owns the remote host, and which files were named?",
            "Is it a job with a schedule, or typed in a session?",
        ],
        first_steps: &[
            "Take host, user and paths from the arguments, and check the far side's log for what \
             arrived.",
            "Estimate the size from flow logs between pod and peer; megabytes of a database are \
             an incident with duties to notify.",
            "If it is not ours, block the peer, and find where the key or password for it came \
             from.",
        ],
        tuning: TuningAdvice {
            advice: "Except the mover or CI image with the program and the fixed destination in \
                the command.",
            fields: &[("container.image.repository", "endswith"), ("proc.cmdline", "startswith"), ("proc.pname", "=")],
            macro_hook: Some("user_known_remote_file_copy_activities"),
        },
    },
    RuleEntry {
        rule: "Launch Suspicious Network Tool in Container",
        means: "One of nc, ncat, netcat, nmap, dig, tcpdump, tshark, ngrep, telnet, mitmproxy, \
            socat or zmap was started in a container, whatever its arguments.",
        benign: &[
            "Readiness and wait loops: `nc -z db 5432`, Longhorn's `nc -zv localhost 8500`, init \
             containers.",
            "Debugging images: nicolaka/netshoot, busybox and `kubectl debug`, dig against \
             CoreDNS.",
            "Proxies that use socat on purpose: kubelet port-forward on old Docker nodes, \
             HAProxy's admin socket scripts.",
        ],
        attacker_gains: "A map of the pod network, a relay past network policies, captured \
            traffic, or a channel to carry data.",
        questions: &[
            "Is it a port test with one fixed target (-z), or a range, an address block, or a \
             payload through a pipe?",
            "Is a person at a terminal, a probe on a timer, or the application itself the parent?",
            "Was the tool part of the image or installed a minute before?",
        ],
        first_steps: &[
            "Read the arguments: a CIDR or port range with nmap or zmap is a scan; take its \
             targets as the list of what to check next.",
            "See if it repeats by the second or minute: a probe does, a person does not; compare \
             with the pod's livenessProbe and init containers.",
            "For a scan nobody ordered, apply a deny-all egress policy to the pod and look for \
             how the caller got in.",
        ],
        tuning: TuningAdvice {
            advice: "Except the probe's exact command in its image; never the tool for an image, \
                because the same nc carries shells.",
            fields: &[("proc.cmdline", "="), ("container.image.repository", "endswith"), ("proc.pname", "=")],
            macro_hook: Some("user_known_network_tool_activities"),
        },
    },
    RuleEntry {
        rule: "Launch Suspicious Network Tool on Host",
        means: "On the host itself, outside any container, a network tool was started: for \
            capture (tcpdump, tshark, ngrep, mitmproxy), scanning (nmap, zmap), relaying (nc, \
            ncat, netcat, socat), or telnet or dig.",
        benign: &[
            "Administrators diagnosing DNS and connections, and vendors' support bundles that \
             capture traffic.",
            "Monitoring plugins (Nagios check_dig, Zabbix, keepalived and HAProxy check scripts) \
             on a timer.",
            "Vulnerability management and network inventory hosts, where nmap is the product.",
        ],
        attacker_gains: "From the host's address, which firewalls trust: scanning the server \
            network, listening on its interfaces, relaying with socat.",
        questions: &[
            "Which login session or service started it, and is this host meant to scan?",
            "What is the target, and is a capture file being written?",
            "Was the package installed recently on this machine?",
        ],
        first_steps: &[
            "Who and from where: `last -F | head`, `ausearch -x <proc.exepath> -i`, and the \
             terminal in this alert.",
            "For captures, find the file (`lsof -c tcpdump -c tshark`) and treat it as holding \
             credentials.",
            "On servers that never need them, remove the tools; then any later alert is an import.",
        ],
        tuning: TuningAdvice {
            advice: "Except the monitoring parent with its exact command; for a scanning host \
                use a rule override by host in its own rules file.",
            fields: &[("proc.pexepath", "="), ("proc.cmdline", "="), ("proc.exepath", "=")],
            macro_hook: Some("user_known_network_tool_activities"),
        },
    },
    RuleEntry {
        rule: "Network Connection outside Local Subnet",
        means: "A container in a namespace that you listed as local-only connected to or \
            accepted from an address outside RFC 1918. The stock list of namespaces is empty, so \
            somebody chose to watch this one.",
        benign: &[
            "A new dependency on the Internet: licence checks, update pings, telemetry, a SaaS \
             API added by a release.",
            "Public addresses that are internal after all: cloud services through private \
             endpoints, carrier-grade NAT 100.64/10, IPv6 inside the cluster.",
            "Load balancer health checks that come from the provider's public ranges.",
        ],
        attacker_gains: "A way out of a zone that was believed closed: command channel, \
            exfiltration, or download of the next stage.",
        questions: &[
            "Who owns the address, and does the release notes' dependency list name it?",
            "Was it inbound (something exposes this namespace) or outbound?",
            "Does a network policy exist that should have stopped it?",
        ],
        first_steps: &[
            "Compare with policy: `kubectl get networkpolicy -n <k8s.ns.name>`; a missing egress \
             rule is the real fault.",
            "Look the peer up in flow logs (VPC, Hubble, Calico) for volume and first appearance.",
            "If the owner does not know it, add a deny rule for the peer now, and look at what \
             the process ran before.",
        ],
        tuning: TuningAdvice {
            advice: "Except the destination for the one workload; the namespace list decides the \
                scope, so do not drop the namespace from it.",
            fields: &[("container.image.repository", "endswith"), ("fd.sip", "="), ("k8s.ns.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Program run with disallowed http proxy env",
        means: "curl or wget started with a variable whose name or value contains HTTP_PROXY (in \
            any case, so http_proxy and HTTPS proxies set beside it count) in its environment.",
        benign: &[
            "Company networks where every shell and container gets HTTP_PROXY from \
             /etc/environment, Docker's config.json or the cluster's proxy object (OpenShift).",
            "CI runners behind Squid, Artifactory or Nexus, and image builds with --build-arg \
             HTTP_PROXY.",
            "Debugging through mitmproxy, Burp, Charles or Fiddler on a developer's machine.",
        ],
        attacker_gains: "A man in the middle by configuration: requests with their tokens pass a \
            proxy of the attacker's, or an internal host becomes reachable through it.",
        questions: &[
            "Is the proxy's address the company's own, or something new?",
            "Is it set for the whole image or machine, or only for this one process?",
            "What was fetched, and did the request carry credentials?",
        ],
        first_steps: &[
            "Read the variable: `tr \"\\0\" \"\\n\" < /proc/<pid>/environ | grep -i proxy` for a \
             live process of the same parent.",
            "Find where it is set: `grep -ri http_proxy /etc/environment /etc/profile.d \
             ~/.bashrc`, or the pod's env.",
            "An unknown proxy: take the setting out, and rotate the tokens that went through it.",
        ],
        tuning: TuningAdvice {
            advice: "In a proxied network this rule says nothing: disable it there. Elsewhere \
                except the image or parent job that needs the proxy.",
            fields: &[("container.image.repository", "endswith"), ("proc.pname", "="), ("proc.exepath", "=")],
            macro_hook: Some("allowed_ssh_proxy_env"),
        },
    },
    RuleEntry {
        rule: "System procs network activity",
        means: "A program that has no business on the network (coreutils such as cat, date, \
            sleep; user management tools; a shell) accepted, listened on or opened an IP \
            connection other than to loopback.",
        benign: &[
            "bash's /dev/tcp and /dev/udp redirections in health checks and wait-for-it scripts.",
            "Name lookups by tools that resolve users or hosts through SSSD, LDAP or NIS (id, \
             who, groups, su, login).",
            "A wrapper script named like a system tool, or busybox, where sh, cat and wget are \
             one binary with many names.",
        ],
        attacker_gains: "A connection under an inconspicuous name: a shell's own /dev/tcp \
            channel, or malware renamed to cat or date.",
        questions: &[
            "Where does the connection go: a directory server, a service of the cluster, or an \
             unknown address?",
            "Does proc.exepath match the name, or is it something in /tmp that calls itself sleep?",
            "For a shell: does the command line contain /dev/tcp, and who started it?",
        ],
        first_steps: &[
            "Identify the program behind the name: `ls -l /proc/<pid>/exe` while it lives, else \
             proc.exepath and the package that owns it.",
            "Note the peer in <fd.name> and see who else talks to it: flow logs, `ss -tnp dst \
             <fd.sip>` on neighbouring hosts.",
            "If the name is a disguise, capture traffic and the binary first, then stop it.",
        ],
        tuning: TuningAdvice {
            advice: "Except the directory lookup by port and program, or the probe by its whole \
                command; never a shell by name alone.",
            fields: &[
                ("proc.name", "="),
                ("fd.sport", "="),
                ("proc.cmdline", "="),
                ("container.image.repository", "endswith"),
            ],
            macro_hook: Some("user_expected_system_procs_network_activity_conditions"),
        },
    },
    RuleEntry {
        rule: "Unexpected UDP Traffic",
        means: "A process listened on or connected a UDP socket on a port outside a short list \
            (53, 123, VPN ports, statsd 8125 and a few test ports). QUIC, DHCP, syslog and many \
            others are not on it.",
        benign: &[
            "HTTP/3 (QUIC on 443) by browsers, Chrome, curl, Caddy, Envoy and cloudflared.",
            "Telemetry and logging: syslog 514, StatsD on other ports, Jaeger 6831, NetFlow, \
             collectd 25826, SNMP 161.",
            "Cluster plumbing: VXLAN 8472 and 4789, WireGuard 51820, memberlist 7946, Serf, \
             Corosync, mDNS 5353, DHCP 67/68.",
            "Media: STUN and TURN 3478, RTP, game servers.",
        ],
        attacker_gains: "A command channel or exfiltration path that few proxies and firewalls \
            inspect: tunnels over QUIC, KCP, or data in odd UDP.",
        questions: &[
            "Which port and which side: did it listen, or send to one outside address again and \
             again?",
            "Does the program's purpose explain UDP?",
            "Is the volume or the regularity that of a beacon?",
        ],
        first_steps: &[
            "Read <fd.name> for both ends and look the port up; then `ss -unp` for the owner and \
             its other sockets.",
            "Capture a minute: `tcpdump -ni any udp and host <fd.sip> -w udp.pcap`, and see \
             whether the protocol is what its port says.",
            "Deny UDP egress other than DNS, NTP and QUIC where you can; the exceptions that \
             people ask for make the inventory.",
        ],
        tuning: TuningAdvice {
            advice: "Best replaced by adding ports to expected_udp_ports; otherwise except one \
                program with one port.",
            fields: &[
                ("proc.name", "="),
                ("fd.sport", "="),
                ("container.image.repository", "endswith"),
                ("fd.sip", "="),
            ],
            macro_hook: None,
        },
    },
];
