//! Kubernetes audit events of the cluster's own accounts.

use super::super::row::{Act, Does, Is, Row, row};

const CONFIRM: &str = "the audit log's entry with this auditID: user agent and source address are the control plane's";
const IMITATE: &str = "hold the credentials of that account, which is as good as holding the cluster";

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row("controller-manager-accounts", "the controller manager makes the service accounts of its own controllers")
        .who(&[Is::AuditUser(&[
            "system:kube-controller-manager", "system:serviceaccount:kube-system:*-controller", "system:apiserver",
            "system:kube-scheduler",
        ])])
        .does(&[
            Does::Act(&[Act::Audits]),
            Does::Field("ka.target.namespace", &["kube-system", "kube-public", "kube-node-lease"]),
            Does::Field(
                "ka.target.name",
                &[
                    "*-controller", "*-provisioner", "*-binder", "*-collector", "*-scheduler",
                    "generic-garbage-collector", "pod-garbage-collector", "resourcequota-controller", "token-cleaner",
                    "bootstrap-signer", "*-cleaner", "*-signer", "*-reconciler", "*-publisher", "*-approver",
                    "node-*", "pv*-protection-controller", "ttl-*", "cronjob-*", "kube-*", "coredns",
                    "root-ca-cert-publisher", "expand-*", "horizontal-*", "namespace-*", "attachdetach-*",
                    "certificate-*", "clusterrole-*", "daemon-set-*", "deployment-*", "disruption-*", "endpoint*",
                    "job-*", "persistent-volume-*", "replica*", "service-*", "statefulset-*", "default",
                    "legacy-service-account-token-cleaner", "validatingadmissionpolicy-*",
                ],
            ),
        ])
        .harmless()
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Service Account Created in Kube Namespace"),
            ("source", "k8s_audit"),
            ("ka.target.name", "endpoint-controller"),
            ("ka.target.namespace", "kube-system"),
            ("ka.user.name", "system:kube-controller-manager"),
        ]),
    row("control-plane-health", "the cluster's own health check asks the API server whether it is well")
        .who(&[Is::AuditUser(&[
            "kube-apiserver-healthcheck", "system:kube-apiserver-healthcheck", "health-probe", "system:anonymous",
            "system:unauthenticated", "kube-probe", "masterclient", "aksService", "system:node:*", "eks:*", "gke-*",
            "system:gke-*", "azure:*", "system:serviceaccount:kube-system:*", "kubelet-api", "readinessChecker",
            "kubernetes-admin", "system:monitoring", "konnectivity*",
        ])])
        .does(&[
            Does::Act(&[Act::Audits]),
            Does::Field(
                "ka.uri",
                &[
                    "/healthz", "/livez", "/readyz", "/healthz?**", "/livez?**", "/readyz?**", "/healthz/**",
                    "/livez/**", "/readyz/**", "/version", "/version?**",
                ],
            ),
            Does::Field("ka.verb", &["get"]),
        ])
        .harmless()
        .confirm(CONFIRM)
        .imitation("none worth having: the answer says only whether the API server is well")
        .seen(&[
            ("rule", "Disallowed K8s User"),
            ("source", "k8s_audit"),
            ("ka.response.code", "200"),
            ("ka.uri", "/healthz"),
            ("ka.user.name", "kube-apiserver-healthcheck"),
            ("ka.verb", "get"),
        ]),
    row("managed-control-plane", "the cluster's control plane or its provider works in the cluster's own namespaces")
        .who(&[
            Is::AuditUser(&[
                "system:kube-controller-manager", "system:kube-scheduler", "system:apiserver", "system:addon-manager",
                "system:cloud-controller-manager", "eks:*", "aksService", "hcpService", "gke:*", "system:gke-*",
                "system:kube-addon-manager", "system:node:*", "system:node-problem-detector", "cluster-autoscaler",
                "system:cluster-autoscaler", "azure:*", "system:volume-scheduler",
                "system:serviceaccount:kube-system:*", "system:serviceaccount:gke-*:*",
                "system:serviceaccount:openshift-*:*", "system:serviceaccount:cattle-*:*", "system:openshift-*",
                "system:serviceaccount:cert-manager:*", "system:serviceaccount:argocd:*",
                "system:serviceaccount:flux-system:*", "system:serviceaccount:istio-system:*",
                "system:serviceaccount:gatekeeper-system:*", "system:serviceaccount:kyverno:*",
                "system:serviceaccount:ingress-nginx:*", "system:serviceaccount:cnpg-system:*",
                "system:serviceaccount:monitoring:*operator*", "system:serviceaccount:rook-ceph:*",
                "system:serviceaccount:longhorn-system:*", "system:serviceaccount:velero:*",
                "system:serviceaccount:external-secrets:*", "system:serviceaccount:metallb-system:*",
                "system:serviceaccount:calico-system:*", "system:serviceaccount:tigera-operator:*",
            ]),
            Is::Namespace(&[
                "kube-system", "kube-public", "kube-node-lease", "gke-*", "gmp-*", "openshift-*", "cattle-*",
                "calico-*", "tigera-*", "cert-manager", "argocd", "flux-system", "istio-system", "gatekeeper-system",
                "kyverno", "ingress-nginx", "cnpg-system", "monitoring", "rook-ceph", "longhorn-system", "velero",
                "external-secrets", "metallb-system",
            ]),
        ])
        .does(&[Does::Act(&[Act::Audits]), Does::NotAuditAttack])
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Create/Modify Configmap With Private Credentials"),
            ("source", "k8s_audit"),
            ("ka.target.name", "extension-apiserver-authentication"),
            ("ka.target.namespace", "kube-system"),
            ("ka.verb", "update"),
            ("ka.user.name", "system:kube-controller-manager"),
        ]),
];
