//! Kubernetes audit rules on users, service accounts and roles.

use super::{RuleEntry, TuningAdvice};

/// Sorted by rule name.
pub(super) const K8S_AUDIT_ROLES: &[RuleEntry] = &[
    RuleEntry {
        rule: "Anonymous Request Allowed",
        means: "A request without any credential (system:anonymous) was authorised, and it was \
            no health check. Whatever it asked for, the whole network that reaches the API \
            server may ask.",
        benign: &[
            "Discovery for joining nodes: the cluster-info ConfigMap in kube-public, which \
             kubeadm opens on purpose.",
            "OIDC discovery (/.well-known/openid-configuration, /openid/v1/jwks) made public for \
             workload identity, /version, and readiness paths of other spelling.",
            "OAuth endpoints of OpenShift, which must answer before login.",
        ],
        attacker_gains: "Reading or changing cluster objects with no account at all; scanners \
            find such API servers within hours.",
        questions: &[
            "Which URI and verb: public discovery, or pods, secrets, nodes/proxy?",
            "Which binding names system:anonymous or system:unauthenticated?",
            "Is the API server open to the Internet?",
        ],
        first_steps: &[
            "Find the binding: `kubectl get clusterrolebindings,rolebindings -A -o json | grep \
             -B20 -E \"system:(anonymous|unauthenticated)\"`.",
            "Delete it, and set anonymous authentication to the needed paths only \
             (AuthenticationConfiguration) or off.",
            "List everything that system:anonymous did since it was created, and look for pods \
             and secrets among it.",
        ],
        tuning: TuningAdvice {
            advice: "Except exact public URIs; never the user as a whole.",
            fields: &[("ka.uri", "="), ("ka.verb", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Attach to cluster-admin Role",
        means: "A ClusterRoleBinding to cluster-admin was requested: its subjects get every verb \
            on everything.",
        benign: &[
            "Installing operators and platforms that ask for it: old Helm Tiller, Argo CD, \
             Rancher, GitLab agent, Crossplane, Spinnaker.",
            "The first administrator's binding on GKE or EKS, and break-glass procedures.",
            "Dashboard tutorials that bind kubernetes-dashboard to cluster-admin.",
        ],
        attacker_gains: "The cluster, permanently, for an account that looks harmless; the usual \
            persistence after one stolen admin session.",
        questions: &[
            "Who is bound: a person, a service account in which namespace, or a group such as \
             system:authenticated?",
            "Who bound it, and was it reviewed?",
            "Is there already a smaller role for that software?",
        ],
        first_steps: &[
            "Show all such bindings: `kubectl get clusterrolebindings -o json | jq -r \
             '.items[]|select(.roleRef.name==\"cluster-admin\")|.metadata.name,.subjects'`.",
            "Delete the new one if it is not agreed, and see what the subject did since.",
            "Check for tokens of the bound service account that were requested in between.",
        ],
        tuning: TuningAdvice {
            advice: "Only for an installer's account in a change window; a standing exception \
                hides the most valuable alert of this set.",
            fields: &[("ka.user.name", "="), ("ka.target.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "ClusterRole With Pod Exec Created",
        means: "A Role or ClusterRole that covers pods/exec was requested: its subjects can run \
            commands in every pod in scope.",
        benign: &[
            "Database and backup operators that work by exec: Percona, CrunchyData, Strimzi, \
             K10, Velero, Stash.",
            "CI runners on Kubernetes (GitLab, Jenkins, Tekton's debug, GitHub ARC) and \
             developer roles.",
            "Argo CD with the web terminal enabled.",
        ],
        attacker_gains: "Every secret and token inside the pods in reach, without the right to \
            read Secrets.",
        questions: &[
            "Does it hold for one namespace or for the whole cluster?",
            "Which software or people will hold it?",
            "Is there logging for exec in those namespaces?",
        ],
        first_steps: &[
            "List who gets it: `kubectl get rolebindings,clusterrolebindings -A -o wide | grep \
             <ka.target.name>`.",
            "Check whether pods in scope run with strong service accounts or host access; exec \
             inherits them.",
            "Replace a ClusterRole by a Role in the namespaces that need it.",
        ],
        tuning: TuningAdvice {
            advice: "Except the operator's role by name and creator.",
            fields: &[("ka.target.name", "="), ("ka.user.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "ClusterRole With Wildcard Created",
        means: "A Role or ClusterRole with `*` in its resources or verbs was requested: it also \
            covers kinds and verbs that come later.",
        benign: &[
            "Operators' charts with wildcards on their own API groups (Istio, Crossplane, Argo \
             CD, cert-manager forks, Knative).",
            "OLM and Rancher generating roles for tenants (namespace owners).",
            "Quick prototypes and tutorials.",
        ],
        attacker_gains: "Rights far beyond the name of the role, ready to be bound to something \
            inconspicuous.",
        questions: &[
            "Is the wildcard limited to the operator's own API group, or does it hold for the \
             core group (secrets, pods)?",
            "Is it a namespaced Role or a ClusterRole?",
            "Who is going to be bound to it?",
        ],
        first_steps: &[
            "Read it: `kubectl get clusterrole <ka.target.name> -o yaml` (or role), and `kubectl \
             auth can-i --list` as its subject.",
            "Ask for the list of verbs really used; audit2rbac makes one from the audit log.",
            "Remove bindings first, then the role, if nobody needs it.",
        ],
        tuning: TuningAdvice {
            advice: "Except the installer or GitOps account with role names of known software.",
            fields: &[("ka.target.name", "startswith"), ("ka.user.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "ClusterRole With Write Privileges Created",
        means: "A Role or ClusterRole with at least one writing verb (create, update, patch, \
            delete, deletecollection) was requested. Nearly all roles of software do; this is a \
            record rather than an alarm.",
        benign: &[
            "Each chart with a controller: leader election alone needs create and update on \
             leases.",
            "Namespaces made by templates (Rancher projects, Capsule, vcluster) with their edit \
             roles.",
            "CI that deploys RBAC beside the application.",
        ],
        attacker_gains: "Small rights that lead far: create pods, patch deployments, update \
            bindings, create tokens.",
        questions: &[
            "Does it touch pods, deployments, secrets, rolebindings, serviceaccounts/token or \
             webhooks?",
            "Is it part of a release that was rolled out now?",
            "In which namespace, and bound to whom?",
        ],
        first_steps: &[
            "Scan the rules in the alert for those resources; leases, events and own kinds can \
             be passed over.",
            "Compare with the chart's repository at that version.",
            "Where `escalate`, `bind` or `impersonate` is among the verbs, treat it as a request \
             for cluster-admin.",
        ],
        tuning: TuningAdvice {
            advice: "Except GitOps and platform accounts; keep people and application accounts.",
            fields: &[("ka.user.name", "="), ("ka.target.name", "startswith"), ("ka.target.namespace", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Disallowed K8s User",
        means: "A user whose name neither begins with `system:` nor is on the allow list made a \
            request. The stock list names installers' accounts only, so each real user triggers \
            it until the list is filled.",
        benign: &[
            "Your own people and SSO groups, whose names were never added.",
            "Cloud identities: eks: and aks accounts newer than the list, GKE's Google \
             addresses, IAM role names.",
            "Tools with client certificates: kops, Rancher, Teleport, kube-apiserver health \
             checks, CI deployers.",
        ],
        attacker_gains: "Work under a credential that nobody planned: a leaked kubeconfig, a \
            certificate signed by a stolen CA key, a forgotten contractor.",
        questions: &[
            "Is the name in the identity provider or the cloud's access entries?",
            "What did it do: a health check, reads, or changes?",
            "Is its source address plausible?",
        ],
        first_steps: &[
            "Read all that it did: audit log by user <ka.user.name>, with verbs, URIs and source \
             addresses.",
            "Find how it authenticates: client certificate (CN), OIDC or webhook; a certificate \
             cannot be revoked, only its rights can.",
            "Remove its bindings: `kubectl get clusterrolebinding,rolebinding -A -o wide | grep \
             <ka.user.name>`.",
        ],
        tuning: TuningAdvice {
            advice: "Fill allowed_k8s_users; that is the rule's purpose. Exceptions by URI only \
                for health checks.",
            fields: &[("ka.user.name", "="), ("ka.verb", "="), ("ka.uri", "startswith")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Full K8s Administrative Access",
        means: "One of the default administrator names (admin, kubernetes-admin, minikube-user, \
            ...) did something. Off until you change the macro allowed_full_admin_users. The \
            name says nothing about who used it.",
        benign: &[
            "Cluster set-up and upgrades with admin.conf, as kubeadm, kubespray and RKE do.",
            "Small or local clusters (minikube, kind, Docker Desktop), where there is no other \
             user.",
            "Scripts on control-plane nodes that use /etc/kubernetes/admin.conf: etcd backups, \
             certificate renewal.",
        ],
        attacker_gains: "All rights under a name shared by many, with a certificate that lasts a \
            year and cannot be revoked.",
        questions: &[
            "From which address: a control-plane node, or a laptop?",
            "Does a change window explain it?",
            "Who holds copies of this kubeconfig?",
        ],
        first_steps: &[
            "Read the session: all requests of <ka.user.name> in the hour, by source address and \
             user agent.",
            "Find copies: admin.conf on bastions, in CI variables, in home directories.",
            "Give people their own OIDC accounts, then re-issue the certificate from a new CA if \
             a copy has leaked.",
        ],
        tuning: TuningAdvice {
            advice: "Except backup jobs by their exact URI and verb; leave the interactive use.",
            fields: &[("ka.user.name", "="), ("ka.verb", "="), ("ka.uri", "startswith")],
            macro_hook: Some("allowed_full_admin_users"),
        },
    },
    RuleEntry {
        rule: "Service Account Created in Kube Namespace",
        means: "A service account appeared in kube-system or kube-public that is not one of the \
            built-in controllers' accounts. The list lacks newer controllers.",
        benign: &[
            "kube-controller-manager creating accounts of controllers that newer versions added \
             (ttl-after-finished, ephemeral-volume, validatingadmissionpolicy).",
            "Add-ons installed there: CSI drivers, metrics-server, cluster-autoscaler, cloud \
             agents, Helm charts.",
            "Dashboards and admin-user manifests from tutorials.",
        ],
        attacker_gains: "A lasting identity among system accounts, from which a token can be \
            made at any time, soon bound to a strong role.",
        questions: &[
            "Is the creator kube-controller-manager, an add-on manager, or a person?",
            "Was a role bound to it within minutes?",
            "Does the name copy a system one with a small difference?",
        ],
        first_steps: &[
            "See its bindings: `kubectl get clusterrolebindings -o wide | grep <ka.target.name>`.",
            "Look for tokens: Secrets of type service-account-token for it, and TokenRequest \
             calls in the audit log.",
            "Delete account and binding if nobody claims them; tokens die with the account.",
        ],
        tuning: TuningAdvice {
            advice: "Add its name to user_known_sa_list; the creator alone is no reason.",
            fields: &[("ka.target.name", "="), ("ka.user.name", "="), ("ka.target.namespace", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "System ClusterRole Modified/Deleted",
        means: "A Role or ClusterRole whose name begins with `system:` was created, changed or \
            deleted (CoreDNS's and one GKE role are left out). Components, and everyone with a \
            default binding, depend on them.",
        benign: &[
            "The API server's own reconciliation at start and upgrades, under system:apiserver.",
            "Add-on managers and Helm charts that use the prefix: metrics-server \
             (system:aggregated-metrics-reader), VPA, AKS and GKE add-ons.",
            "RBAC restore by Velero, or GitOps that applies exported roles.",
        ],
        attacker_gains: "Rights for all through a role that everybody has: one line in \
            system:basic-user or system:discovery, which nobody reviews.",
        questions: &[
            "Which role, and what changed in its rules?",
            "Was it an upgrade, or a user in daily work?",
            "Who is bound to the role, directly or through a group?",
        ],
        first_steps: &[
            "Compare with the default: `kubectl get clusterrole <ka.target.name> -o yaml`; \
             restarting the API server restores defaults (unless autoupdate is false).",
            "Read the changed rules in the audit entry's request body, especially verbs on \
             secrets, pods/exec and `*`.",
            "Remove foreign rules, then list what users did with them meanwhile.",
        ],
        tuning: TuningAdvice {
            advice: "Except the add-on's account with its own role name; nothing for the shared \
                default roles.",
            fields: &[("ka.target.name", "="), ("ka.user.name", "=")],
            macro_hook: None,
        },
    },
];
