//! Sandbox rules on network use: inbound sources, interpreters, NodePorts, mining, class files.

use super::{RuleEntry, TuningAdvice};

/// Sorted by rule name.
pub(super) const SANDBOX_NETWORK: &[RuleEntry] = &[
    RuleEntry {
        rule: "Detect crypto miners using the Stratum protocol",
        means: "A program was started with a pool address such as stratum+tcp:// or \
            stratum+ssl:// in its command line: the miner was told where to work.",
        benign: &[
            "Blockchain companies, hobby machines and pool operators who run miners or proxies \
             on purpose.",
            "A text search or a security test that names the scheme: grep, curl documentation, \
             YARA, event-generator.",
            "Benchmarks that use xmrig or similar as load.",
        ],
        attacker_gains: "The victim's electricity turned into coins; the same access sells on to \
            others afterwards.",
        questions: &[
            "Is it the miner, or a program that only mentions the text?",
            "Which wallet and pool, and do other machines show the same wallet?",
            "What started it: cron, systemd, a web server, a container from a public registry?",
        ],
        first_steps: &[
            "Save wallet, pool and binary: the command line of this alert, and `sha256sum \
             <proc.exepath>`.",
            "Search the fleet for the same wallet and pool, then kill and remove with its \
             persistence (cron, systemd unit, authorized_keys) in one go.",
            "Close the way in: look at what the parent of the first process was.",
        ],
        tuning: TuningAdvice {
            advice: "Only for a sanctioned machine or image, by image and executable path \
                together.",
            fields: &[("container.image.repository", "endswith"), ("proc.exepath", "="), ("proc.cmdline", "contains")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Detect outbound connections to common miner pool ports",
        means: "A connection or datagram went to a known mining pool's address on one of its \
            ports. Falco resolves the pool names itself, so the match depends on DNS. Disabled \
            in the stock set for that traffic.",
        benign: &[
            "Falco's own lookups of the pool names, which DNS monitors report as mining on the \
             node.",
            "Addresses shared by many sites (CDNs, cloud load balancers) that a pool's name \
             points to.",
            "Security research, blockchain companies, and sensors that test blocked domains.",
        ],
        attacker_gains: "Money from your processors: CPU and cloud bills up, services slow, and \
            a sign that somebody can run anything here.",
        questions: &[
            "Does the process use much CPU, and which program is it?",
            "Is the name behind the address the pool's, or a shared front?",
            "How did the program get here: image, job, exploit, leaked CI token?",
        ],
        first_steps: &[
            "Confirm with load: `top -b -n1 | head -15` on the node, or `kubectl top pod -n \
             <k8s.ns.name>`.",
            "Stop the process, but keep its configuration and binary (wallet and pool tie it to \
             a campaign), and block the pool at egress.",
            "Find the entry before restarting: exposed API, weak password, vulnerable package; a \
             miner that is only killed comes back.",
        ],
        tuning: TuningAdvice {
            advice: "Except an address that you have proved to be shared, for one image; never a \
                port.",
            fields: &[("container.image.repository", "endswith"), ("fd.sip", "="), ("proc.exepath", "=")],
            macro_hook: Some("trusted_images_query_miner_domain_dns"),
        },
    },
    RuleEntry {
        rule: "Interpreted procs inbound network activity",
        means: "lua, node, perl, php, python, ruby or tcl accepted, listened on, or received \
            network traffic beyond loopback. Disabled in the stock set: most web applications \
            are such programs.",
        benign: &[
            "Application servers: gunicorn, uvicorn, Django, Flask, Express, Next.js, Puma, \
             PHP-FPM over TCP.",
            "Tools in Python or Node with a port: Jupyter, Airflow, Ansible's callback, \
             Prometheus exporters, Home Assistant.",
            "Test runners and `python -m http.server` in development.",
        ],
        attacker_gains: "A bind shell or file server in a language that every image has, with no \
            binary to find.",
        questions: &[
            "Is the script the image's application, or text given with -c, -e or -m http.server?",
            "Is the port the one that the service declares?",
            "Did somebody start it from a terminal?",
        ],
        first_steps: &[
            "Compare the port with the declared ones: `kubectl get svc,pod -n <k8s.ns.name> -o \
             wide`, or the unit's socket on a host.",
            "Look for `-c`, `-e`, `socket`, `pty` in the command line, and the parent that gave \
             it.",
            "If it serves files, list what directory it ran in and who fetched from it.",
        ],
        tuning: TuningAdvice {
            advice: "Name the application by image and command beginning; do not except an \
                interpreter.",
            fields: &[("container.image.repository", "endswith"), ("proc.cmdline", "startswith"), ("fd.sport", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Interpreted procs outbound network activity",
        means: "lua, node, perl, php, python, ruby or tcl opened a connection to an address \
            outside RFC 1918 and loopback. Disabled in the stock set for its volume.",
        benign: &[
            "Ordinary API clients: boto3, requests, axios, Stripe and Slack SDKs, webhooks.",
            "Package installation (pip, npm, gem run as their interpreters), licence and update \
             checks, telemetry.",
            "Cloud agents in Python: gcloud, aws, az, salt-minion, certbot, cloud-init, \
             unattended reports.",
        ],
        attacker_gains: "A reverse shell or downloader in one line of Python or Perl, and \
            exfiltration over HTTPS.",
        questions: &[
            "Does the command name a script of the application, or carry code with -c or -e?",
            "Is the peer a known API, and is the port 443?",
            "Is this program's first connection to that peer now?",
        ],
        first_steps: &[
            "Read the peer in <fd.name>, then DNS or proxy logs for the name behind it.",
            "For code in the command line, read all of it: `socket`, `subprocess`, `pty.spawn` \
             and `dup2` mean a shell.",
            "Force egress through a proxy with an allow list; then this rule can be switched on \
             for what bypasses it.",
        ],
        tuning: TuningAdvice {
            advice: "Except by image and destination; a rule for critical namespaces only is \
                better than many exceptions.",
            fields: &[("container.image.repository", "endswith"), ("fd.sip", "="), ("proc.cmdline", "startswith")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Java Process Class File Download",
        means: "Java read from a network socket a buffer that holds cafebabe, the first bytes of \
            a class file: code is being loaded over the network, as Log4Shell makes it. Disabled \
            in the stock set.",
        benign: &[
            "Applications that load classes remotely by design: RMI codebase, Spark and Flink \
             job shipping, Hazelcast, Ignite, OSGi and applet servers.",
            "Downloads that merely contain class files: Maven, Gradle, Nexus, Jenkins agents \
             (remoting sends classes to agents).",
            "Mach-O universal binaries, which share the magic number.",
        ],
        attacker_gains: "Code running inside the Java server with its rights, from one logged \
            string on an unpatched Log4j or an unsafe JNDI or deserialization sink.",
        questions: &[
            "Is the peer one of our build or cluster nodes, or an outside address after an LDAP \
             or RMI connection?",
            "Does the application contain Log4j 2.0 to 2.16, or another JNDI sink?",
            "Did a child process or file follow?",
        ],
        first_steps: &[
            "Search requests for `${jndi:` (also nested forms like `${lower:j}`) around the alert.",
            "Look at Java's connections just before: ports 389, 1389, 1099 to the same outside \
             host complete the picture.",
            "Update Log4j, block outbound LDAP and RMI, and treat secrets in that JVM's \
             environment as read.",
        ],
        tuning: TuningAdvice {
            advice: "Except the cluster or build peer by address range per image; Jenkins agents \
                by their command's beginning.",
            fields: &[("container.image.repository", "endswith"), ("fd.sip", "="), ("proc.cmdline", "startswith")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Known Cryptominer Process Executed",
        means: "A process with a well-known miner's name started: xmrig, minerd, ethminer, \
            t-rex, nbminer, lolminer and others. Attackers who rename the file are not seen \
            here.",
        benign: &[
            "GPU or mining farms and research clusters where mining is allowed.",
            "Another program of the same name: a `claymore` or `t-rex` script of some project.",
            "Malware analysis and detection tests.",
        ],
        attacker_gains: "Steady income from the machine; xmrig is what most exploits against \
            exposed Docker, Redis, Jenkins and Kubernetes end with.",
        questions: &[
            "Is the machine meant to mine, in writing?",
            "Where does the binary lie, and who owns it?",
            "Which account and parent started it, and since when has the load been up?",
        ],
        first_steps: &[
            "Check its path and arguments: `ps -eo pid,user,pcpu,lstart,args --sort=-pcpu | head`.",
            "Look for watchers that restart it: cron, systemd timers, shells in an endless loop, \
             LD_PRELOAD hiders in /etc/ld.so.preload.",
            "Take CPU away at once (`kill -STOP <pid>`, or a resource limit) while evidence is \
             collected, then eradicate and close the entry.",
        ],
        tuning: TuningAdvice {
            advice: "Only where mining is the machine's purpose: the full path and the image.",
            fields: &[("proc.exepath", "="), ("container.image.repository", "endswith")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Unexpected K8s NodePort Connection",
        means: "A container connected to, accepted on or listened on a server port between 30000 \
            and 32767, the default NodePort range. Disabled in the stock set. The range also \
            overlaps ephemeral and application ports.",
        benign: &[
            "Traffic through NodePorts by design: ingress controllers, bare-metal load \
             balancers, hairpin calls to one's own public name.",
            "Software with ports in the range: Redis Cluster bus, passive FTP, Erlang \
             distribution, RMI, Spark and Dask workers.",
            "Node-local probes and kube-proxy conformance tests.",
        ],
        attacker_gains: "Reaching services around ingress, authentication and network policy, or \
            a hidden service left on a NodePort.",
        questions: &[
            "Is there a Service of type NodePort with this port at all?",
            "Who opened it, and does policy allow NodePorts?",
            "Which side is the container: client or server?",
        ],
        first_steps: &[
            "Look the port up: `kubectl get svc -A | grep <fd.sport>`; if there is none, it is \
             an application's port and not a NodePort.",
            "If there is one, see its creation and owner in the audit log.",
            "Restrict the range at the node's firewall or cloud security group to the load \
             balancer.",
        ],
        tuning: TuningAdvice {
            advice: "Except the workload with its port; turn the rule off in clusters that \
                publish by NodePort.",
            fields: &[("fd.sport", "="), ("container.image.repository", "endswith"), ("fd.sip", "=")],
            macro_hook: Some("nodeport_containers"),
        },
    },
    RuleEntry {
        rule: "Unexpected inbound connection source",
        means: "A process accepted a connection (or listened, or received UDP) from an address \
            that is not in your allow lists. Disabled in the stock set, whose lists are only \
            samples (loopback, 10/8, google.com).",
        benign: &[
            "Lists that were never filled: load balancers, health checkers, 172.16/12 and \
             192.168/16, IPv6.",
            "Public services, for which any source is expected.",
            "Monitoring, backup and vulnerability scanners from a new address.",
        ],
        attacker_gains: "A way in that your inventory does not know: an exposed debug port, a \
            bind shell, a forgotten service.",
        questions: &[
            "Is the listening service meant to be reached from there?",
            "Is the source one of ours, a cloud provider's health check, or the open Internet?",
            "Was this port already open yesterday?",
        ],
        first_steps: &[
            "See what listens and since when: `ss -tlnp`, and `ps -o lstart,args -p <pid>` for \
             its owner.",
            "Test from outside whether the firewall lets it through, and close it there first.",
            "Read that service's own log for this source: logins, requests, errors.",
        ],
        tuning: TuningAdvice {
            advice: "Fill the three allow lists (addresses, networks, names); exceptions per \
                process come second.",
            fields: &[
                ("fd.cip", "="),
                ("fd.sport", "="),
                ("proc.name", "="),
                ("container.image.repository", "endswith"),
            ],
            macro_hook: None,
        },
    },
];
