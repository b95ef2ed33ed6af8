//! Kubernetes audit rules that record the deletion of objects, without a judgement.

use super::{RuleEntry, TuningAdvice};

/// Sorted by rule name.
pub(super) const K8S_AUDIT_DELETED: &[RuleEntry] = &[
    RuleEntry {
        rule: "K8s ClusterRole Deleted",
        means: "A ClusterRole was deleted successfully; everything bound to it loses those \
            rights at once.",
        benign: &[
            "Uninstalled operators and upgraded charts.",
            "OLM removing the roles that it generated for an old operator version.",
        ],
        attacker_gains: "Paralysing controllers: policy engines, autoscalers and agents fail one \
            by one.",
        questions: &["Whose controllers now log `forbidden`?", "Was it a default role such as view or edit?"],
        first_steps: &[
            "Re-apply it from the chart; default roles come back with a restart of the API server.",
            "See what else <ka.user.name> deleted.",
        ],
        tuning: TuningAdvice {
            advice: "Except the accounts that uninstall software in this cluster.",
            fields: &[("ka.user.name", "="), ("ka.target.name", "startswith")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s ClusterRoleBinding Deleted",
        means: "A ClusterRoleBinding was deleted successfully; what depended on it stops working \
            in the whole cluster.",
        benign: &[
            "Uninstalls, and replacing a binding (its role cannot be changed in place).",
            "Temporary administrators' access that ended.",
        ],
        attacker_gains: "Breaking admission controllers, log collection or the administrators' \
            own access.",
        questions: &[
            "Was the subject a security component or the administrators' group?",
            "Did the same user create another one?",
        ],
        first_steps: &[
            "Restore it from Git, using a break-glass identity if your own access went with it.",
            "Check webhooks of policy engines: with failurePolicy Ignore they now let everything \
             pass.",
        ],
        tuning: TuningAdvice {
            advice: "Except binding names of charts with their deployer.",
            fields: &[("ka.target.name", "startswith"), ("ka.user.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s ConfigMap Deleted",
        means: "A ConfigMap was deleted successfully; pods that need it will not start again.",
        benign: &[
            "Kustomize and Helm removing hashed old versions after a release.",
            "Tests and previews cleaning up.",
        ],
        attacker_gains: "Breaking configuration such as aws-auth, coredns or a policy engine's \
            rules.",
        questions: &[
            "Is it one of the cluster's own (kube-system, aws-auth, coredns)?",
            "Is it a generated name with a hash, as Kustomize makes?",
        ],
        first_steps: &[
            "Restore it from Git or from the audit log's earlier request body before pods restart.",
            "For aws-auth, use the EKS access entries API: kubectl itself may be locked out.",
        ],
        tuning: TuningAdvice {
            advice: "Except generated names with their deployer; never kube-system.",
            fields: &[("ka.target.name", "startswith"), ("ka.user.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s Deployment Deleted",
        means: "A Deployment was deleted successfully, and its pods with it: an outage unless it \
            was meant.",
        benign: &[
            "Clean-up of previews and old releases (Helm uninstall, Argo CD prune).",
            "Operators replacing a Deployment whose selector changed.",
        ],
        attacker_gains: "Sabotage, or removal of a defender such as an admission webhook's or an \
            agent's workload.",
        questions: &[
            "Was it a security component, such as an admission controller or log shipper?",
            "Were other objects deleted by the same user in that minute?",
        ],
        first_steps: &[
            "Put it back from Git or Helm (`helm rollback <release>`), then ask; the audit log holds who \
             and from where.",
            "If several went, suspend <ka.user.name>'s bindings before you restore.",
        ],
        tuning: TuningAdvice {
            advice: "Except GitOps controllers; keep deletions in namespaces of security tools \
                whoever does them.",
            fields: &[("ka.user.name", "="), ("ka.target.namespace", "="), ("ka.target.name", "startswith")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s Namespace Deleted",
        means: "A user outside system: deleted a namespace, and with it each object in it, \
            volumes with reclaim policy Delete included.",
        benign: &[
            "Previews that end, vcluster or test clean-up, decommissioning.",
            "A mistaken context or name in kubectl.",
        ],
        attacker_gains: "Destruction of a whole application in one call, its data included.",
        questions: &[
            "Was it production, and is it still Terminating?",
            "Were backups of its volumes made, and do they still exist?",
        ],
        first_steps: &[
            "Terminating cannot be undone: save what still answers (`kubectl get all,cm,secret \
             -n <ka.target.name> -o yaml`), and set volumes to Retain at once.",
            "Restore by Velero or GitOps; suspend the account if it was not its owner.",
        ],
        tuning: TuningAdvice {
            advice: "Except preview environments by the name's beginning and their tool's account.",
            fields: &[("ka.target.name", "startswith"), ("ka.user.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s Role Deleted",
        means: "A namespaced Role was deleted successfully: its bindings remain and point at \
            nothing, until a Role of that name comes back.",
        benign: &["Chart upgrades that rename roles.", "Clean-up at the end of a project."],
        attacker_gains: "Taking rights from defenders; or preparation for a stronger Role under \
            a name that bindings already trust.",
        questions: &["Do bindings to it still exist?", "Was a Role with the same name created afterwards?"],
        first_steps: &[
            "Find dangling bindings: `kubectl get rolebindings -n <ka.target.namespace> -o wide \
             | grep <ka.target.name>`.",
            "Compare a new Role of that name with the deleted one in the audit log.",
        ],
        tuning: TuningAdvice {
            advice: "Except the accounts that deploy and upgrade charts.",
            fields: &[("ka.user.name", "="), ("ka.target.namespace", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s RoleBinding Deleted",
        means: "A RoleBinding was deleted successfully; its subjects lost rights in the namespace.",
        benign: &[
            "Offboarding and access that expired (Teleport, just-in-time tools).",
            "A chart's bindings going away when it is uninstalled.",
        ],
        attacker_gains: "Locking out operators while they work, or tidying up after a misuse.",
        questions: &["Was it made only shortly before?", "Can the team still reach its namespace?"],
        first_steps: &[
            "Look at its life: creation and deletion in the audit log, and what the subjects did \
             in between.",
            "Restore the team's binding from Git first if people are locked out.",
        ],
        tuning: TuningAdvice {
            advice: "Except access tools' accounts, which delete what they made.",
            fields: &[("ka.user.name", "="), ("ka.target.namespace", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s Secret Deleted",
        means: "A user outside system: deleted a Secret outside kube-system; pods that mount it \
            will not start again.",
        benign: &[
            "Helm pruning old releases, certificate renewal, rotation jobs.",
            "Preview environments being removed with all their objects.",
        ],
        attacker_gains: "Outages by missing keys, loss of encryption keys (sealed-secrets, Vault \
            unseal), or removal of a token that was used.",
        questions: &[
            "Is it a key without which data cannot be read?",
            "Was it created a short time ago by the same user?",
        ],
        first_steps: &[
            "Restore it from the secret store before pods restart; running pods still hold \
             mounted copies.",
            "For short-lived token Secrets, read what the token's account did meanwhile.",
        ],
        tuning: TuningAdvice {
            advice: "Except Helm's release secrets and rotation jobs by name and account.",
            fields: &[("ka.target.name", "startswith"), ("ka.user.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s Service Deleted",
        means: "A Service was deleted successfully: clients of its name lose their way to the \
            pods, and its cloud load balancer goes.",
        benign: &[
            "Uninstalls, and renames in a chart's new version.",
            "cert-manager and Knative removing temporary services.",
        ],
        attacker_gains: "An outage, or making room to create a Service of the same name that \
            leads elsewhere.",
        questions: &[
            "Was one with the same name made soon after, with another selector?",
            "Do applications report connection errors since then?",
        ],
        first_steps: &[
            "Re-apply it from its source; note that a cloud address may have changed.",
            "Compare the selector of a re-created Service with the repository's.",
        ],
        tuning: TuningAdvice {
            advice: "Except solver services by the name's beginning and operators' accounts.",
            fields: &[("ka.target.name", "startswith"), ("ka.user.name", "=")],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "K8s Serviceaccount Deleted",
        means: "A service account was deleted successfully; pods that run under it lose their \
            API access as their tokens are refused.",
        benign: &["Uninstalls and namespace deletion.", "Rotation: deleting and creating again to void old tokens."],
        attacker_gains: "Disabling a controller or agent that would report them, or covering up \
            a used account.",
        questions: &["Which workload ran under this account?", "Was it made only for a short time, by the same user?"],
        first_steps: &[
            "List what it did before: audit log by user \
             system:serviceaccount:<ka.target.namespace>:<ka.target.name>.",
            "Re-create it from the chart if its pods report Unauthorized.",
        ],
        tuning: TuningAdvice {
            advice: "Except uninstallers' and namespace controllers' accounts.",
            fields: &[("ka.user.name", "="), ("ka.target.namespace", "=")],
            macro_hook: None,
        },
    },
];
