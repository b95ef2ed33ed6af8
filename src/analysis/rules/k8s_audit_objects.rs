//! Kubernetes audit rules on services, configuration, secrets, nodes and namespaces.

use super::{RuleEntry, TuningAdvice};

/// Sorted by rule name.
pub(super) const K8S_AUDIT_OBJECTS: &[RuleEntry] = &[
    RuleEntry {
        rule: "All K8s Audit Events",
        means: "Every audit event matches: the catch-all was switched on by changing \
            consider_all_events. It reports activity, not a finding.",
        benign: &[
            "Debugging of the audit pipeline itself, or a demonstration.",
            "A custom override that was meant for one test and stayed.",
            "Collecting all events into another system through Falco.",
        ],
        attacker_gains: "Only that the important alerts drown in it.",
        questions: &[
            "Who turned it on, and is it still needed?",
            "Does another system keep the audit log already?",
            "Are other rules still being delivered in time?",
        ],
        first_steps: &[
            "Find the override of consider_all_events in the rules folder and remove it.",
            "Check queue and drop counters of Falco's outputs for the time that it was on.",
            "Read single events from the API server's audit log instead.",
        ],
        tuning: TuningAdvice {
            advice: "Turn it off; there is nothing to except.",
            fields: &[("ka.verb", "="), ("ka.uri", "startswith")],
            macro_hook: Some("consider_all_events"),
        },
    },
    RuleEntry {
        rule: "Create Disallowed Namespace",
        means: "A namespace was requested that is not among kube-system, kube-public and \
            default: the stock list allows only these, so each ordinary namespace fires it until \
            you fill the list.",
        benign: &[
            "Teams, previews per pull request (Argo CD, vcluster, Okteto, Garden), Helm with \
             --create-namespace.",
            "Operators that bring their own namespaces: OLM, Istio, cert-manager, Rancher's \
             cattle-*.",
            "Conformance and load tests (sonobuoy, k6 operator).",
        ],
        attacker_gains: "Space without quotas, network policies and admission labels, in which \
            pods are not looked for.",
        questions: &[
            "Who made it, and by which tool?",
            "Does it have the labels and policies that your templates give?",
            "What was started in it right after?",
        ],
        first_steps: &[
            "See: `kubectl get all,sa,rolebindings -n <ka.target.name>` and its labels.",
            "If it is not ours, record its contents and delete it; its pods go too.",
            "Let only the platform's tool create namespaces.",
        ],
        tuning: TuningAdvice {
            advice: "Fill allowed_namespaces, or except the platform's account with the name's \
                prefix.",
            fields: &[("ka.target.name", "startswith"), ("ka.user.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Create NodePort Service",
        means: "A Service of type NodePort was requested: a port on every node leads to its \
            pods, past the ingress.",
        benign: &[
            "Load balancer integrations that need node ports: ingress controllers on bare metal, \
             AWS ALB in instance mode, MetalLB.",
            "k3s, minikube and training clusters, where it is the usual way to publish.",
            "Charts whose default is NodePort (Jenkins, Rancher, monitoring demos).",
        ],
        attacker_gains: "A door to an internal service, or for their own pod, open on all nodes \
            at once.",
        questions: &[
            "Which pods does it select, and do they ask for authentication?",
            "Are the nodes' ports reachable from outside?",
            "Is the requester a deployer or a person?",
        ],
        first_steps: &[
            "See it: `kubectl get svc -n <ka.target.namespace> <ka.target.name> -o wide`, and \
             test the port from outside the cluster.",
            "Close the range in the cloud's security group until it is agreed.",
            "Change the Service to ClusterIP and publish through the ingress.",
        ],
        tuning: TuningAdvice {
            advice: "Except the ingress controller's namespace and account.",
            fields: &[("ka.target.namespace", "="), ("ka.target.name", "="), ("ka.user.name", "=")],
            macro_hook: Some("user_known_node_port_service"),
        },
    },
    RuleEntry {
        rule: "Create/Modify Configmap With Private Credentials",
        means: "A ConfigMap was created or changed whose content contains words such as \
            password, passphrase or aws_access_key_id. The match is on words, so a setting named \
            passwordPolicy counts too.",
        benign: &[
            "Application configuration with the word in a key: password_encryption, \
             basic-auth-password-file, Keycloak realms, Grafana dashboards.",
            "Leader election or state stored in ConfigMaps by controllers (Argo CD's argocd-cm, \
             Rancher, Istio's CA bundles).",
            "Templates that only refer to a variable, such as ${DB_PASSWORD}.",
        ],
        attacker_gains: "Credentials that everyone with read access to the namespace's \
            configuration can see; view roles include ConfigMaps but not Secrets.",
        questions: &[
            "Is there a value behind the word, or only a name or reference?",
            "Who can read ConfigMaps in this namespace?",
            "Has it been in Git like this as well?",
        ],
        first_steps: &[
            "Look without printing it into a ticket: `kubectl get cm -n <ka.target.namespace> \
             <ka.target.name> -o yaml | grep -niE \"passw|passphrase|aws_\"`.",
            "If a real secret is there, rotate it, then move it to a Secret or an external \
             store; deleting the ConfigMap alone does not help.",
            "Check backups, Git history and the audit log itself (it holds the object) for copies.",
        ],
        tuning: TuningAdvice {
            advice: "Except a ConfigMap by name and writer once its content has been seen to be \
                harmless.",
            fields: &[("ka.target.name", "="), ("ka.target.namespace", "="), ("ka.user.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Ingress Object without TLS Certificate Created",
        means: "An Ingress without a tls section was created: its host is served in clear text, \
            unless something in front adds TLS.",
        benign: &[
            "TLS ended before the cluster: cloud load balancers (ALB, GCLB), Cloudflare, a \
             wildcard default certificate of the controller.",
            "cert-manager's HTTP-01 solver Ingresses, which must be plain and live for minutes.",
            "Hosts of internal or test systems that carry no logins.",
        ],
        attacker_gains: "Passwords, cookies and tokens of users in readable form on the way, and \
            content that can be changed in transit.",
        questions: &[
            "Does the controller or a proxy in front end TLS for this host?",
            "Is the host public, and does it take logins?",
            "Is it a solver (cm-acme-http-solver)?",
        ],
        first_steps: &[
            "Try it: `curl -sI http://<host>/` must redirect to https or be refused.",
            "Add the certificate (cert-manager annotation or tls section), and force redirects \
             at the controller.",
            "If logins went through meanwhile, plan a reset of those sessions.",
        ],
        tuning: TuningAdvice {
            advice: "Except the solver's names and the namespaces behind an external TLS end.",
            fields: &[("ka.target.name", "startswith"), ("ka.target.namespace", "="), ("ka.user.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s Secret Get Successfully",
        means: "Somebody read a Secret by name, successfully. Controllers do so constantly, \
            which makes this by far the loudest audit rule; list and watch are not covered.",
        benign: &[
            "Kubelets fetching pods' secrets, ingress controllers and cert-manager reading TLS \
             secrets, external-secrets, Argo CD, Flux and Helm (release secrets).",
            "Operators reading their own credentials at each reconciliation.",
            "People with kubectl, k9s or Lens (the latter read many at once).",
        ],
        attacker_gains: "Passwords, certificates and tokens in clear text, by one call that \
            leaves no other trace than this.",
        questions: &[
            "Is it a person, or an account that never read this secret before?",
            "Is it one secret of its own, or many in a row across namespaces?",
            "Which systems does this secret open?",
        ],
        first_steps: &[
            "Count by user: requests of <ka.user.name> for secrets in the last hour, by \
             namespace and name.",
            "For a person, ask; for a service account, compare with what its software needs.",
            "Rotate what was read without reason, and take the right to get secrets from that role, \
             or narrow it by resourceNames.",
        ],
        tuning: TuningAdvice {
            advice: "Except each controller's account with its namespace; never a wildcard over \
                users.",
            fields: &[("ka.user.name", "="), ("ka.target.namespace", "="), ("ka.target.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s Secret Get Unsuccessfully Tried",
        means: "Reading a Secret failed: it does not exist (404), or the caller may not (403).",
        benign: &[
            "Optional secrets that controllers look for: pull secrets, TLS not issued yet, Helm \
             release names, ServiceAccount tokens of old style.",
            "Charts deployed in the wrong order, and leftovers after a rename.",
            "Tools that probe rights (`kubectl auth can-i` style checks, dashboards).",
        ],
        attacker_gains: "Knowledge of which names exist and what the stolen token may do: the \
            steps before a successful read.",
        questions: &[
            "Is the answer 403 (no right) or 404 (no such secret)?",
            "One name again and again (a controller), or many names in turn (a search)?",
            "Did a successful read by the same user follow?",
        ],
        first_steps: &[
            "Group the user's tries by name and code; a row of different names with 403 is \
             enumeration.",
            "Look at the pod or person behind <ka.user.name>: which image uses that account, and \
             are there runtime alerts from it?",
            "If the token is stolen, delete the pod or account so that it expires, and see where \
             it was used from.",
        ],
        tuning: TuningAdvice {
            advice: "Except missing optional secrets by exact name and account.",
            fields: &[("ka.target.name", "="), ("ka.user.name", "="), ("ka.response.code", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Untrusted Node Successfully Joined the Cluster",
        means: "A Node object with a name that is not on your list was created: a machine has \
            joined. Off until you change allow_all_k8s_nodes.",
        benign: &[
            "Autoscaling and upgrades: Karpenter, cluster-autoscaler, managed node pools with \
             fresh names every time.",
            "A replaced or renamed machine.",
            "Virtual nodes: Fargate, virtual-kubelet, Liqo.",
        ],
        attacker_gains: "A kubelet of their own: pods with their secrets are scheduled onto it, \
            and its identity may read what those pods use.",
        questions: &[
            "Does the cloud account have an instance with this name, with our image and role?",
            "Which bootstrap token or identity was used?",
            "Which pods were scheduled onto it since?",
        ],
        first_steps: &[
            "Stop scheduling at once: `kubectl cordon <ka.target.name>`, then `kubectl get pods \
             -A --field-selector spec.nodeName=<ka.target.name>`.",
            "Compare its machine id, provider id and address with the cloud's inventory: \
             `kubectl get node <ka.target.name> -o yaml`.",
            "If it is foreign: delete the node, revoke the bootstrap token (`kubeadm token \
             list`), and rotate the secrets of pods that ran there.",
        ],
        tuning: TuningAdvice {
            advice: "Fill allowed_k8s_nodes, or except names by the pool's prefix together with \
                the pool's bootstrap identity.",
            fields: &[("ka.target.name", "startswith"), ("ka.user.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Untrusted Node Unsuccessfully Tried to Join the Cluster",
        means: "Creating a Node object with an unlisted name failed: a machine with some \
            credential tried to register and was refused.",
        benign: &[
            "A new node with an expired bootstrap token or a clock that is wrong.",
            "A kubelet that registers again under a changed name, which the NodeRestriction \
             plug-in refuses.",
            "Conflicts (409) while a node re-registers, which are harmless.",
        ],
        attacker_gains: "Nothing yet; somebody holds part of what is needed: network access to \
            the API server and a credential.",
        questions: &[
            "What was the reason: 409, 403 or 401?",
            "Which user and address sent it?",
            "Is there a machine of ours at that address?",
        ],
        first_steps: &[
            "Read response code and reason in the alert; repeat offenders by source address in \
             the audit log.",
            "Revoke the bootstrap token used, if it is not one of a pool that is starting now.",
            "Limit access to the API server to node and office networks.",
        ],
        tuning: TuningAdvice {
            advice: "Except conflict answers (409) by response code; refusals of rights stay.",
            fields: &[("ka.response.code", "="), ("ka.target.name", "startswith"), ("ka.user.name", "=")],
            macro_hook: None,
        },
    },
];
