//! How to keep it from getting worse, and from happening again.

use super::names::Names;
use super::quote::{operand, quote};
use crate::analysis::search::{Part, holds_any, parts};
use crate::analysis::{Facts, Level, Step, StepKind, Text};

fn step(kind: StepKind, action: impl Into<Text>, command: impl Into<Text>, reason: &'static str) -> Step {
    Step { kind, action: action.into(), command: command.into(), reason: reason.into() }
}

/// Steps that respond, by when they are taken.
#[derive(Default)]
pub(super) struct Response {
    /// Keep the evidence, or cut off what can still be looked at.
    pub at_once: Vec<Step>,
    /// Ends every look into the container.
    pub after_looking: Option<Step>,
    pub prevent: Option<Step>,
}

/// Steps that contain and prevent.
pub(super) fn steps(facts: &Facts<'_>, names: &Names<'_>, level: Level) -> Response {
    if level == Level::Expected {
        let load = step(
            StepKind::Prevent,
            "Load the exception below once the cause is confirmed.",
            "",
            "It silences this activity, as narrowly as the alert allows; the next alert of this rule is then worth reading.",
        );
        return Response { prevent: Some(load), ..Response::default() };
    }
    let mut response = Response { prevent: prevent(facts), ..contain(facts, names) };
    if level == Level::Review {
        let all = response.at_once.into_iter().chain(response.after_looking.take());
        response.at_once = all.take(1).map(only_if).collect();
    }
    response.at_once.truncate(2);
    response
}

/// A containing step that waits for the answer.
fn only_if(mut step: Step) -> Step {
    let mut chars = step.action.chars();
    let mut action = String::with_capacity(step.action.len() + 32);
    action.push_str("If nobody can explain it: ");
    action.extend(chars.next().into_iter().flat_map(char::to_lowercase));
    action.push_str(chars.as_str());
    step.action = action.into();
    step
}

fn contain(facts: &Facts<'_>, names: &Names<'_>) -> Response {
    let mut response = Response::default();
    let contain = |action: Text, command: Text, reason| step(StepKind::Contain, action, command, reason);
    if facts.alert.is_internal() {
        return response;
    }
    let mut push = |action: Text, command: Text, reason| response.at_once.push(contain(action, command, reason));
    if let Some((namespace, name)) = &names.pod {
        if let Some(id) = names.container {
            push(
                ["Keep the evidence, on ", names.node(), ": the manifest and a checkpoint of the container."]
                    .concat()
                    .into(),
                [
                    "kubectl -n ",
                    namespace,
                    " get pod ",
                    name,
                    " -o yaml > pod.yaml; crictl checkpoint --export=checkpoint.tar ",
                    id,
                ]
                .concat()
                .into(),
                "Deleting the pod deletes what the attacker left in it.",
            );
        }
        response.after_looking = Some(contain(
            "Delete the pod once the evidence is kept; stop its deployment if the image or a hole in it is the cause."
                .into(),
            ["kubectl -n ", namespace, " delete pod ", name, " --wait=false"].concat().into(),
            "It ends the attacker's processes and every look into the container; a pod that is made anew from the \
             same image has the same hole.",
        ));
    } else if let Some(id) = names.container {
        push(
            "Keep the container's file system as an image.".into(),
            ["docker commit ", id, " evidence-", id].concat().into(),
            "What the attacker left can then be looked at whatever happens to the container.",
        );
        response.after_looking = Some(contain(
            "Freeze the container once it was looked into.".into(),
            ["docker pause ", id].concat().into(),
            "Frozen, it can do no more harm and keeps its memory, but runs no command for you either.",
        ));
    } else if let Some(user) = facts.audit.and_then(|audit| audit.user) {
        let account = user.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
        match account.and_then(|(namespace, name)| Some((operand(namespace)?, operand(name)?, quote(user)?))) {
            Some((namespace, name, user)) => {
                push(
                    "List what binds the account, and delete those bindings by their names: `kubectl -n <namespace> \
                     delete rolebinding <name>`, `kubectl delete clusterrolebinding <name>`."
                        .into(),
                    [
                        "kubectl get rolebindings,clusterrolebindings -A -o wide | grep -F -e ",
                        &namespace,
                        "/",
                        &name,
                        " -e ",
                        &user,
                    ]
                    .concat()
                    .into(),
                    "A binding names the account: one that is made anew has every right that is still bound.",
                );
                push(
                    "Then delete the account, and make it anew if something still needs it.".into(),
                    ["kubectl -n ", &namespace, " delete serviceaccount ", &name].concat().into(),
                    "Tokens of a deleted account are refused, and are not good for the new one.",
                );
            }
            None => push(
                "Revoke the credentials of this user where they were issued.".into(),
                "".into(),
                "Client certificates cannot be taken back one by one: remove the user's bindings until they expire.",
            ),
        }
    } else if facts.on_host() {
        if let Some(pid) = facts.process.pid.filter(|pid| !pid.is_empty() && pid.bytes().all(|b| b.is_ascii_digit())) {
            push(
                "Stop the process without ending it, so that it can be looked at.".into(),
                ["kill -STOP ", pid].concat().into(),
                "A stopped process keeps its memory, files and connections.",
            );
        }
        push(
            "Cut the host off from the network, its management aside, and keep a disk image before cleaning up.".into(),
            "".into(),
            "What else was changed is not in one alert: the host is not to be trusted again before it is rebuilt.",
        );
    }
    let outside = facts.connection.and_then(|connection| connection.remote()).filter(|end| !end.is_private());
    if let Some(address) = outside
        .map(|end| end.address)
        .filter(|text| text.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '.' | ':')))
        && facts.on_host()
    {
        let tool = if address.contains(':') { "ip6tables" } else { "iptables" };
        push(
            "Block the outside address.".into(),
            [tool, " -I OUTPUT -d ", address, " -j DROP"].concat().into(),
            "It cuts the attacker's channel while the rest is looked at.",
        );
    }
    response
}

fn prevent(facts: &Facts<'_>) -> Option<Step> {
    let about = |words: &[Part<'_>]| holds_any(facts.alert.rule(), words);
    let prevent = |action: &'static str, reason| Some(step(StepKind::Prevent, action, "", reason));
    let kubernetes = facts.workload.pod.is_some();
    if facts.alert.is_internal() {
        return prevent(
            "Give Falco a larger buffer (engine.*.buf_size_preset) or fewer events to look at (base_syscalls).",
            "Drops stop when Falco keeps up with the host's events.",
        );
    }
    if facts.audit.is_some() {
        return prevent(
            "Reduce the account's roles to the verbs and resources that it uses.",
            "A right that is not there cannot be misused.",
        );
    }
    if about(parts!["metadata"]) {
        return prevent(
            "Require IMDSv2 with a hop limit of 1, or block the metadata address for pods that do not need it.",
            "A pod then cannot take the node's credentials.",
        );
    }
    if about(parts!["drop and execute", "drift", "memfd", "/dev/shm"]) && facts.in_container() {
        return if kubernetes {
            prevent(
                "Set readOnlyRootFilesystem, and mount scratch volumes with noexec where the node allows it.",
                "What cannot be written cannot be run.",
            )
        } else {
            prevent(
                "Start the container with --read-only and --tmpfs /tmp:noexec.",
                "What cannot be written cannot be run.",
            )
        };
    }
    if about(parts!["k8s api", "kubernetes client"]) && kubernetes {
        return prevent(
            "Set automountServiceAccountToken: false where the workload does not need the API, and least roles where it does.",
            "Without a token the API answers nothing of value.",
        );
    }
    if about(parts!["privileged", "namespace", "kernel module", "mount", "release_agent", "debugfs"])
        && facts.in_container()
    {
        return prevent(
            "Drop all capabilities that the container does not need, and do not run it privileged.",
            "Leaving the container needs those capabilities.",
        );
    }
    if kubernetes {
        return prevent(
            "Give the namespace a NetworkPolicy and the restricted Pod Security level; remove shells and clients from the image.",
            "The next foothold then finds no tools and no way out.",
        );
    }
    if facts.in_container() {
        return prevent(
            "Start the container without root, with --cap-drop ALL and --security-opt no-new-privileges; remove shells and clients from the image.",
            "The next foothold then finds no tools and few rights.",
        );
    }
    if facts.user.loginuid.is_some() {
        return prevent(
            "Limit who may log in here and what sudo lets them do; record sessions on hosts that matter.",
            "A person's session stands behind this process.",
        );
    }
    prevent(
        "Update what let it in, and let the service run as a user of its own with systemd's ProtectSystem=strict and NoNewPrivileges=yes.",
        "A service that is taken over can then do little.",
    )
}
