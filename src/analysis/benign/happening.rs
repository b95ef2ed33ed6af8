//! What was done: whether a happening is of the kind that a row explains.

use super::command::Line;
use super::command_pattern::commands;
use super::identity::named;
use super::pattern::{any, image};
use super::probe;
use super::row::{Act, Does, Row};
use crate::analysis::Facts;
use crate::analysis::facts::Endpoint;
use crate::analysis::indicators::makes_pod_that_owns_node;
use crate::analysis::paths::{base_name, below_host};

/// Whether this, which the row asks for, was done.
pub(super) fn holds(does: Does, row: &Row, facts: &Facts<'_>, line: &Line<'_>) -> bool {
    match does {
        Does::Command(_) => commands(row).is_some_and(|all| all.iter().any(|pattern| pattern.matches(line))),
        Does::File(patterns) => {
            !facts.file.paths.is_empty()
                && facts.file.paths.iter().all(|(_, path)| any(patterns, below_host(path)) && !path.contains("/../"))
        }
        Does::SomeFile(patterns) => facts.file.paths.iter().any(|(_, path)| any(patterns, below_host(path))),
        Does::Act(acts) => acts.iter().any(|act| is_act(*act, facts)),
        Does::Own(pairs) => {
            let program = facts.process.program;
            let first = program.cmdline.and_then(|line| line.split_ascii_whitespace().next()).map(base_name);
            let Some(name) = program.name.or(first) else { return false };
            // A file that Falco could not place is named without a path.
            let unplaced = facts.get("fd.name").filter(|_| facts.file.paths.is_empty() && facts.connection.is_none());
            if let Some(file) = unplaced {
                return pairs.iter().any(|(names, files)| named(names, name) && any(files, file));
            }
            !facts.file.paths.is_empty()
                && pairs.iter().any(|(names, files)| {
                    named(names, name)
                        && facts
                            .file
                            .paths
                            .iter()
                            .all(|(_, path)| any(files, below_host(path)) && !path.contains("/../"))
                })
        }
        Does::OwnLog => own_log(facts),
        Does::LocalProbe => probe::is_local_probe(&facts.script),
        Does::AuditImages(patterns) => facts.audit.and_then(|audit| audit.images).is_some_and(|images| {
            let each = images.split([',', ' ']).map(|name| name.trim_matches(['(', ')', '[', ']', '"']));
            each.filter(|name| !name.is_empty()).all(|name| image(patterns, without_tag(name)))
        }),
        Does::NotAuditAttack => {
            let audit = facts.audit.unwrap_or_default();
            let rule = facts.alert.rule().to_ascii_lowercase();
            let makes_others_pods = || audit.user.is_some_and(|user| POD_CONTROLLERS.contains(&user));
            let grave = [
                "exec",
                "attach",
                "portforward",
                "anonymous",
                "privileged",
                "hostpath",
                "sensitive",
                "ephemeral",
                "cluster-admin",
            ];
            audit.subresource.is_none_or(|name| {
                matches!(
                    name,
                    "status" | "scale" | "finalize" | "finalizers" | "token" | "approval" | "binding" | "eviction"
                )
            }) && audit.command.is_none()
                && !(audit.resource == Some("secrets") && matches!(audit.verb, Some("list" | "watch")))
                && !grave.iter().any(|word| rule.contains(word))
                && (!makes_pod_that_owns_node(&rule) || makes_others_pods())
        }
        Does::Field(field, patterns) => {
            facts.get(field).is_some_and(|text| text.split(',').all(|each| any(patterns, each.trim())))
        }
    }
}

/// Accounts whose work is to make the pods that others describe: who described them is another event.
const POD_CONTROLLERS: &[&str] = &[
    "system:kube-controller-manager",
    "system:serviceaccount:kube-system:daemon-set-controller",
    "system:serviceaccount:kube-system:replicaset-controller",
    "system:serviceaccount:kube-system:replication-controller",
    "system:serviceaccount:kube-system:statefulset-controller",
    "system:serviceaccount:kube-system:job-controller",
];

/// An image's repository without digest and tag.
fn without_tag(name: &str) -> &str {
    let name = name.split('@').next().unwrap_or(name);
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}

/// Programs that keep other programs' logs.
const LOG_KEEPERS: &[&str] =
    &["logrotate", "rsyslogd", "syslog-ng", "systemd-journal*", "auditd", "savelog", "newsyslog", "journald"];

/// Whether the file is the process's own log.
fn own_log(facts: &Facts<'_>) -> bool {
    let Some(path) = facts.file.path else { return false };
    let program = facts.process.program;
    let names = [program.name, program.exepath.map(base_name)];
    names.iter().flatten().any(|name| {
        let stem: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
        let stem = stem.trim_end_matches('d');
        named(LOG_KEEPERS, name)
            || (stem.len() >= 3 && base_name(path).contains(stem))
            || (stem.len() >= 4 && path.contains(stem))
    })
}

/// Ports of API servers: the service's own, and those of kubeadm, MicroK8s, k3s and minikube.
const API_PORTS: &[u16] = &[443, 6443, 6444, 7443, 8443, 16443];

/// Whether the far end, where the alert names it, can be an API server.
fn reaches_api(facts: &Facts<'_>) -> bool {
    let port = facts.connection.and_then(|connection| connection.server).and_then(|end| end.port);
    port.is_none_or(|port| API_PORTS.contains(&port))
}

/// Whether this is a cloud's metadata service: link-local, or the fixed address of Azure's or Alibaba's.
pub(super) fn is_metadata(end: &Endpoint<'_>) -> bool {
    end.address.starts_with("169.254.")
        || matches!(end.address, "fd00:ec2::254" | "fd00:ec2::23" | "168.63.129.16" | "100.100.100.200")
        || end.address == "metadata.google.internal"
}

pub(super) fn is_act(act: Act, facts: &Facts<'_>) -> bool {
    let rule = facts.alert.rule().to_ascii_lowercase();
    let named = |words: &[&str]| words.iter().any(|word| rule.contains(word));
    let event = |kinds: &[&str]| facts.event.kind.is_some_and(|kind| kinds.contains(&kind));
    let file_written = (facts.file.path.is_some() && facts.file.written != Some(false)) || named(&["write below"]);
    match act {
        Act::CallsApi => named(&["k8s api", "kubernetes api", "kube-apiserver"]) && reaches_api(facts),
        Act::CallsMetadata => match facts.connection.and_then(|connection| connection.server) {
            Some(end) => is_metadata(&end),
            None => named(&["metadata"]),
        },
        Act::EntersNamespace => named(&["namespace"]) && !named(&["kube namespace"]) || event(&["setns", "unshare"]),
        Act::LoadsBpf => named(&["bpf"]) || event(&["bpf"]),
        Act::RunsFromMemory => named(&["memfd", "fileless"]) || facts.event.has_flag("EXE_FROM_MEMFD"),
        Act::LoadsModule => named(&["kernel module"]) || event(&["init_module", "finit_module"]),
        Act::Traces => named(&["ptrace"]) || event(&["ptrace"]),
        Act::RunsNewBinary => named(&["drop and execute"]),
        Act::MakesExecutable => named(&["drift"]),
        Act::SetsIdBits => named(&["setuid or setgid"]),
        Act::ChangesUser => named(&["non sudo setuid"]) || event(&["setuid", "setresuid", "setreuid"]),
        Act::Starts => {
            event(&["execve", "execveat", "clone", "vfork", "fork"])
                || (facts.event.kind.is_none()
                    && facts.process.program.cmdline.is_some()
                    && facts.file.path.is_none()
                    && facts.connection.is_none())
        }
        Act::StartsContainer => named(&[
            "launch privileged",
            "launch sensitive mount",
            "launch excessively",
            "launch disallowed",
            "container run as root",
            "privileged container",
            "sensitive paths",
        ]),
        Act::Reads => {
            facts.file.path.is_some()
                && facts.file.written != Some(true)
                && !named(&["write", "modify", "clear", "delete", "rename", "create", "mkdir", "remove"])
        }
        Act::Writes => file_written && !named(&["read "]),
        Act::ClearsLog => named(&["clear log"]),
        Act::RemovesHistory => named(&["shell history", "bash history"]),
        Act::OpensPacketSocket => named(&["packet socket"]),
        Act::Connects => facts.connection.is_some(),
        Act::RedirectsToNetwork => {
            named(&["redirect std"]) || (event(&["dup", "dup2", "dup3"]) && facts.connection.is_some())
        }
        Act::ManagesUsers => named(&["user mgmt", "user management"]),
        Act::Audits => facts.audit.is_some(),
    }
}
