//! Kubernetes audit events and cloud plug-ins: who asks the control plane for what.

use super::words::{holds_any, parts};
use super::{Finds, Hit, Indicator};
use crate::cmdline::base_name;

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "anonymous-acts-on-cluster",
        finds: Finds::Facts(|facts| {
            let audit = facts.audit?;
            let user = audit
                .user
                .filter(|user| matches!(*user, "system:anonymous" | "system:unsecured" | "system:unauthenticated"))?;
            let health = audit.uri.is_some_and(|uri| {
                ["/healthz", "/livez", "/readyz", "/version", "/openid", "/.well-known"]
                    .iter()
                    .any(|path| uri.starts_with(path))
            });
            let refused = audit.code.is_some_and(|code| code.starts_with('4'));
            (!health && !refused).then(|| Hit::of("ka.user.name", user)).flatten()
        }),
        weight: 80,
        techniques: &["T1078.001", "T1133"],
        reason: "Somebody who has not logged in acts on the cluster and is let.",
        refuted_by: "A path that you opened to everybody on purpose.",
        example: &[
            ("ka.user.name", "system:anonymous"),
            ("ka.verb", "create"),
            ("ka.target.resource", "pods"),
            ("ka.response.code", "201"),
        ],
        look_alike: &[("ka.user.name", "system:anonymous"), ("ka.uri", "/healthz"), ("ka.response.code", "200")],
    },
    Indicator {
        id: "workload-account-makes-privileged-pod",
        finds: Finds::Facts(|facts| {
            let audit = facts.audit?;
            let user = audit.user.filter(|user| is_plain_account(user))?;
            makes_pod_that_owns_node(facts.alert.rule()).then(|| Hit::of("ka.user.name", user)).flatten()
        }),
        weight: 74,
        techniques: &["T1610", "T1611"],
        reason: "A workload's account, not a person or a controller, makes a pod that owns its node.",
        refuted_by: "An operator of yours that runs under this account.",
        example: &[
            ("rule", "Create Privileged Pod"),
            ("ka.user.name", "system:serviceaccount:default:web"),
            ("ka.resp.name", "x"),
        ],
        look_alike: &[
            ("rule", "Create Privileged Pod"),
            ("ka.user.name", "system:serviceaccount:kube-system:daemon-set-controller"),
            ("ka.resp.name", "x"),
        ],
    },
    Indicator {
        id: "workload-account-opens-shell",
        finds: Finds::Facts(|facts| {
            let audit = facts.audit?;
            let user = audit.user.filter(|user| is_plain_account(user))?;
            let exec = audit.subresource.is_some_and(|name| matches!(name, "exec" | "attach"))
                || facts.alert.rule().starts_with("Attach/Exec");
            exec.then(|| Hit::of("ka.user.name", user)).flatten()
        }),
        weight: 62,
        techniques: &["T1609"],
        reason: "A workload's account opens a shell in another pod: a stolen token is used so.",
        refuted_by: "A job of yours that runs commands in pods by this account.",
        example: &[
            ("ka.user.name", "system:serviceaccount:default:web"),
            ("ka.target.subresource", "exec"),
            ("ka.target.name", "db-0"),
        ],
        look_alike: &[
            ("ka.user.name", "jane@acme.example"),
            ("ka.target.subresource", "exec"),
            ("ka.target.name", "db-0"),
        ],
    },
    Indicator {
        id: "workload-account-reads-all-secrets",
        finds: Finds::Facts(|facts| {
            let audit = facts.audit?;
            let user = audit.user.filter(|user| is_plain_account(user))?;
            let secrets = audit.resource == Some("secrets")
                && audit.verb.is_some_and(|verb| matches!(verb, "list" | "get" | "watch"));
            let wide = audit.namespace.is_none() || audit.namespace == Some("kube-system");
            (secrets && wide).then(|| Hit::of("ka.user.name", user)).flatten()
        }),
        weight: 60,
        techniques: &["T1552.007"],
        reason: "A workload's account reads secrets of the whole cluster or of kube-system.",
        refuted_by: "A secrets operator of yours that runs under this account.",
        example: &[
            ("ka.user.name", "system:serviceaccount:default:web"),
            ("ka.verb", "list"),
            ("ka.target.resource", "secrets"),
        ],
        look_alike: &[
            ("ka.user.name", "system:serviceaccount:default:web"),
            ("ka.verb", "get"),
            ("ka.target.resource", "secrets"),
            ("ka.target.namespace", "default"),
        ],
    },
    Indicator {
        id: "cluster-admin-given",
        finds: Finds::Facts(|facts| {
            let audit = facts.audit?;
            let role = facts.get("ka.req.binding.role").or_else(|| facts.get("ka.req.binding.role.name"));
            let admin = role == Some("cluster-admin") || facts.alert.rule().contains("Attach to cluster-admin");
            let granted_to_all = facts.get("ka.req.binding.subjects").is_some_and(|text| {
                holds_any(text, parts!["system:anonymous", "system:unauthenticated", "system:authenticated"])
            });
            let plain = audit.user.is_some_and(is_plain_account);
            (admin && (granted_to_all || plain))
                .then(|| Hit::of("ka.user.name", audit.user.unwrap_or("cluster-admin")))
                .flatten()
        }),
        weight: 76,
        techniques: &["T1098.006", "T1078"],
        reason: "All rights over the cluster are given by a workload's account, or to everybody.",
        refuted_by: "An installer of yours that runs under this account.",
        example: &[
            ("rule", "Attach to cluster-admin Role"),
            ("ka.user.name", "system:serviceaccount:default:web"),
            ("ka.req.binding.role", "cluster-admin"),
        ],
        look_alike: &[
            ("rule", "Attach to cluster-admin Role"),
            ("ka.user.name", "jane@acme.example"),
            ("ka.req.binding.role", "cluster-admin"),
        ],
    },
    Indicator {
        id: "attack-client-on-cluster",
        finds: Finds::Facts(|facts| {
            let agent = facts.audit?.user_agent?;
            holds_any(
                agent,
                parts![
                    "peirates",
                    "kube-hunter",
                    "kubeletctl",
                    "curl/",
                    "python-requests",
                    "python-urllib",
                    "nmap",
                    "masscan",
                    "zgrab",
                    "wget/",
                ],
            )
            .then(|| Hit::of("ka.useragent", agent))
            .flatten()
        }),
        weight: 45,
        techniques: &["T1613"],
        reason: "The API is asked by an attack tool or a plain HTTP client, not by a program made for it.",
        refuted_by: "A script of yours that calls the API so.",
        example: &[("ka.user.name", "system:serviceaccount:default:web"), ("ka.useragent", "curl/7.88.1")],
        look_alike: &[
            ("ka.user.name", "system:serviceaccount:default:web"),
            ("ka.useragent", "kubectl/v1.29.0 (linux/amd64)"),
        ],
    },
    Indicator {
        id: "shell-asked-for-in-system-pod",
        finds: Finds::Facts(|facts| {
            let audit = facts.audit?;
            let system = audit
                .namespace
                .is_some_and(|name| matches!(name, "kube-system" | "falco" | "kube-public" | "kube-node-lease"));
            let exec = audit.subresource.is_some_and(|name| matches!(name, "exec" | "attach"));
            let shell = audit
                .command
                .is_some_and(|text| crate::cmdline::is_shell(base_name(&super::words::percent_decoded(text))));
            (system && exec && shell).then(|| Hit::of("ka.target.namespace", audit.namespace.unwrap_or(""))).flatten()
        }),
        weight: 40,
        techniques: &["T1609"],
        reason: "A shell is opened in a pod of the control plane or of the security tools.",
        refuted_by: "An administrator who worked there at this time.",
        example: &[
            ("ka.user.name", "jane"),
            ("ka.target.namespace", "kube-system"),
            ("ka.target.subresource", "exec"),
            ("ka.uri.param[command]", "%2Fbin%2Fbash"),
        ],
        look_alike: &[
            ("ka.user.name", "jane"),
            ("ka.target.namespace", "shop"),
            ("ka.target.subresource", "exec"),
            ("ka.uri.param[command]", "%2Fbin%2Fbash"),
        ],
    },
    Indicator {
        id: "cloud-logging-switched-off",
        finds: Finds::Facts(|facts| {
            let call =
                facts.get("ct.name").or_else(|| facts.get("gcp.methodName")).or_else(|| facts.get("aws.eventName"))?;
            let off = [
                "StopLogging",
                "DeleteTrail",
                "UpdateTrail",
                "DeleteFlowLogs",
                "DeleteDetector",
                "DisableSecurityHub",
                "DeleteLogGroup",
                "PutEventSelectors",
                "StopConfigurationRecorder",
                "DeleteSink",
                "DisableKey",
            ];
            off.iter().any(|name| call.ends_with(name)).then(|| Hit::of("ct.name", call)).flatten()
        }),
        weight: 55,
        techniques: &["T1562.008"],
        reason: "The cloud's own record of what happens is switched off or cut.",
        refuted_by: "A change of the logging set-up that is documented.",
        example: &[("ct.name", "StopLogging"), ("ct.user", "bob")],
        look_alike: &[("ct.name", "DescribeTrails"), ("ct.user", "bob")],
    },
];

/// Whether the rule is about a pod that is made with the run of its node: privileges, the host's files or namespaces.
pub(in crate::analysis) fn makes_pod_that_owns_node(rule: &str) -> bool {
    let rule = rule.to_ascii_lowercase();
    ["privileged pod", "sensitive mount pod", "hostnetwork pod", "hostipc pod", "hostpid pod"]
        .iter()
        .any(|pod| rule.contains(pod))
}

/// A workload's own account: a service account outside the system's namespaces and not a controller's.
fn is_plain_account(user: &str) -> bool {
    let Some(rest) = user.strip_prefix("system:serviceaccount:") else { return false };
    let Some((namespace, name)) = rest.split_once(':') else { return false };
    let system = namespace.starts_with("kube-")
        || namespace.ends_with("-system")
        || matches!(
            namespace,
            "argocd"
                | "flux"
                | "cert-manager"
                | "istio-operator"
                | "monitoring"
                | "velero"
                | "gitlab-runner"
                | "tekton-pipelines"
                | "openshift"
        );
    let controller = ["controller", "operator", "-manager", "provisioner", "runner", "helm", "argocd", "tiller"]
        .iter()
        .any(|part| name.contains(part));
    !system && !controller && !namespace.starts_with("openshift-")
}
