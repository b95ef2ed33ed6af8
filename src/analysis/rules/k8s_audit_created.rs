//! Kubernetes audit rules that record the creation of objects, without a judgement.

use super::{RuleEntry, TuningAdvice};

/// Sorted by rule name.
pub(super) const K8S_AUDIT_CREATED: &[RuleEntry] = &[
    RuleEntry {
        rule: "K8s ClusterRole Created",
        means: "A ClusterRole was created successfully. With aggregation labels its rules also \
            flow into admin, edit or view.",
        benign: &[
            "Operators and their custom resources' admin, edit and view roles (OLM makes several \
             for each).",
            "API server bootstrap after an upgrade.",
        ],
        attacker_gains: "Cluster-wide rights in preparation, or rules slipped into `view` for \
            everybody through an aggregation label.",
        questions: &[
            "Are there labels rbac.authorization.k8s.io/aggregate-to-*?",
            "Does it hold nodes/proxy, impersonate, escalate, bind or secrets?",
        ],
        first_steps: &[
            "Read it: `kubectl get clusterrole <ka.target.name> -o yaml | grep -nE \
             \"aggregate|verbs|resources\" -A3`.",
            "List who could use it already by aggregation.",
        ],
        tuning: TuningAdvice {
            advice: "Except OLM's and installers' accounts with the name's beginning.",
            fields: &[("ka.user.name", "="), ("ka.target.name", "startswith")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s ClusterRoleBinding Created",
        means: "A ClusterRoleBinding was created successfully: rights across all namespaces for \
            the subjects named in the alert.",
        benign: &[
            "Operators, CSI and CNI charts, monitoring (prometheus, kube-state-metrics).",
            "Identity tools that map SSO groups.",
        ],
        attacker_gains: "Cluster-wide reach for one account; often the last step before the \
            damage.",
        questions: &[
            "Which role: admin, edit, a custom one with secrets, or a read-only one?",
            "Is the subject system:authenticated, system:unauthenticated or \
             system:serviceaccounts?",
        ],
        first_steps: &[
            "Read role and subject together: `kubectl describe clusterrolebinding \
             <ka.target.name>`.",
            "Turn it into RoleBindings where the software works in a few namespaces only.",
        ],
        tuning: TuningAdvice {
            advice: "Except installers with known binding names; groups as subjects always \
                deserve a look.",
            fields: &[("ka.target.name", "="), ("ka.user.name", "="), ("ka.req.binding.role", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s ConfigMap Created",
        means: "A ConfigMap was created successfully. Each new namespace gets kube-root-ca.crt, \
            and controllers keep state in ConfigMaps.",
        benign: &[
            "root-ca-cert-publisher in new namespaces, Istio's istio-ca-root-cert, Helm and Argo \
             CD.",
            "Old leader election locks and autoscaler status.",
        ],
        attacker_gains: "Scripts and settings that pods mount and run: an entrypoint in a \
            ConfigMap leaves the image clean.",
        questions: &[
            "Does it hold a script, and which pod mounts it?",
            "Is the creator a person rather than a controller?",
        ],
        first_steps: &[
            "Read it: `kubectl get cm -n <ka.target.namespace> <ka.target.name> -o yaml | head \
             -60`.",
            "Find its users by `kubectl get pods -n <ka.target.namespace> -o json | grep -n \
             <ka.target.name>`.",
        ],
        tuning: TuningAdvice {
            advice: "Except kube-root-ca.crt and controllers by name and account.",
            fields: &[("ka.target.name", "="), ("ka.user.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s Deployment Created",
        means: "A Deployment was created successfully by any user or controller: a record that a \
            new workload exists.",
        benign: &[
            "Releases by Helm, Argo CD, Flux, Spinnaker or CI.",
            "Operators that create Deployments for their custom resources.",
        ],
        attacker_gains: "A workload that Kubernetes keeps alive for them, with as many copies as \
            quota allows (miners come as Deployments).",
        questions: &[
            "Does the name belong to an application that the namespace's team runs?",
            "Was it <ka.user.name>'s usual way of deploying, or kubectl by hand?",
        ],
        first_steps: &[
            "Look at what it runs: `kubectl get deploy -n <ka.target.namespace> <ka.target.name> \
             -o yaml | grep -nE \"image:|command:|hostPath|privileged\"`.",
            "If nobody owns it: scale it to 0 rather than deleting it, so that the specification \
             stays as evidence.",
        ],
        tuning: TuningAdvice {
            advice: "Except deployers by account and namespace; what people create by hand is \
                the interesting rest.",
            fields: &[("ka.user.name", "="), ("ka.target.namespace", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s Namespace Created",
        means: "A namespace was created successfully; the rule keeps a record of it for all \
            users, system ones included.",
        benign: &["Project onboarding, preview environments, operators.", "Installation of the cluster's own add-ons."],
        attacker_gains: "Room of their own, outside the quotas and policies that existing \
            namespaces carry.",
        questions: &["Is it in the platform's list of projects?", "Which labels for Pod Security did it get?"],
        first_steps: &[
            "List what came into it: `kubectl get events -n <ka.target.name> \
             --sort-by=.lastTimestamp | tail`.",
            "Add the default-deny network policy and Pod Security labels if the template did not.",
        ],
        tuning: TuningAdvice {
            advice: "Except the onboarding tool's account together with its name pattern.",
            fields: &[("ka.user.name", "="), ("ka.target.name", "startswith")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s Role Created",
        means: "A namespaced Role was created successfully, with the rules that the alert shows.",
        benign: &[
            "Operators and charts (leader election, metrics), and namespace templates.",
            "Generated roles of Rancher, OpenShift and Argo CD projects.",
        ],
        attacker_gains: "Rights on secrets or pods/exec inside one namespace, waiting for a \
            binding.",
        questions: &[
            "Do the rules contain secrets, pods/exec, rolebindings or `*`?",
            "Is the author the namespace's tool or a user inside it?",
        ],
        first_steps: &[
            "Read it beside its bindings: `kubectl describe role,rolebinding -n \
             <ka.target.namespace>`.",
            "Remove what the software does not call, by the audit log of the last week.",
        ],
        tuning: TuningAdvice {
            advice: "Except platform accounts; pay attention to users who create roles for \
                themselves.",
            fields: &[("ka.user.name", "="), ("ka.target.namespace", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s RoleBinding Created",
        means: "A RoleBinding was created successfully: somebody has more rights in one \
            namespace; the alert names subjects and role.",
        benign: &[
            "Onboarding of people and groups, and charts.",
            "OpenShift's image-puller and deployer bindings in new projects.",
        ],
        attacker_gains: "Rights for an account of theirs where little review takes place; bound \
            to a ClusterRole such as admin it covers the namespace's secrets.",
        questions: &["Who gets which role, and does the giver hold it too?", "Is the subject from another namespace?"],
        first_steps: &[
            "Check the subject: `kubectl auth can-i --list -n <ka.target.namespace> \
             --as=<subject>`.",
            "Delete it if no request exists for it, and read the subject's audit trail since.",
        ],
        tuning: TuningAdvice {
            advice: "Except onboarding tools by account; bindings that users make for themselves \
                stay.",
            fields: &[("ka.user.name", "="), ("ka.req.binding.role", "="), ("ka.target.namespace", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s Secret Created",
        means: "A user outside system: created a Secret outside kube-system.",
        benign: &[
            "Helm releases (sh.helm.release.v1.*), cert-manager, External Secrets, Sealed \
             Secrets, Argo CD repositories.",
            "CI that refreshes image pull secrets.",
        ],
        attacker_gains: "A token made on purpose: a Secret of type service-account-token for a \
            strong account gives a credential without expiry.",
        questions: &[
            "Is it of type kubernetes.io/service-account-token, and for which account?",
            "Is the creator a tool that does this daily?",
        ],
        first_steps: &[
            "See its type without its content: `kubectl get secret -n <ka.target.namespace> \
             <ka.target.name> -o custom-columns=T:.type,A:.metadata.annotations`.",
            "Delete a token Secret that nobody asked for; the token dies with it.",
        ],
        tuning: TuningAdvice {
            advice: "Except release and certificate names by their beginning with the tool's \
                account.",
            fields: &[("ka.target.name", "startswith"), ("ka.user.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s Service Created",
        means: "A Service was created successfully: a stable name and address for pods, and with \
            LoadBalancer or NodePort one outside the cluster.",
        benign: &[
            "Charts, operators (databases, Knative, Strimzi) and headless services of \
             StatefulSets.",
            "Ephemeral solver services of cert-manager (cm-acme-http-solver).",
        ],
        attacker_gains: "A way to reach their pod, or a Service that takes over the name or \
            externalIPs that others trust (CVE-2020-8554).",
        questions: &[
            "Is its type LoadBalancer, NodePort or with externalIPs?",
            "Does its selector catch pods of another team?",
        ],
        first_steps: &[
            "See type and endpoints: `kubectl get svc,endpointslices -n <ka.target.namespace> -o \
             wide | grep <ka.target.name>`.",
            "Deny externalIPs by admission (DenyServiceExternalIPs) if you do not use them.",
        ],
        tuning: TuningAdvice {
            advice: "Except platform and operator accounts; watch LoadBalancer types elsewhere.",
            fields: &[("ka.user.name", "="), ("ka.target.namespace", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s Serviceaccount Created",
        means: "A service account was created successfully, in any namespace: an identity for \
            pods, without rights until something is bound to it.",
        benign: &[
            "The service-account-controller making `default` in each new namespace.",
            "Charts and operators, one account for each component.",
        ],
        attacker_gains: "An account for their pods, or for tokens that outlive the first break-in.",
        questions: &["Is there a binding for it, and to what?", "Does its name imitate another?"],
        first_steps: &[
            "See: `kubectl get rolebindings,clusterrolebindings -A -o wide | grep \
             <ka.target.name>`.",
            "Watch for TokenRequest calls for it from outside the cluster.",
        ],
        tuning: TuningAdvice {
            advice: "Except the name default and installers' accounts.",
            fields: &[("ka.target.name", "="), ("ka.user.name", "=")],
            macro_hook: None,
        },
    },
];
