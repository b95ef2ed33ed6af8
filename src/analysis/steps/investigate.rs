//! What to look at, by place and by what the event is about.

use super::names::Names;
use super::quote::{operand, quote, socket_address};
use crate::analysis::paths::Location;
use crate::analysis::{Facts, Step, StepKind, Text};

fn step(action: impl Into<Text>, command: impl Into<Text>, reason: &'static str) -> Step {
    Step { kind: StepKind::Investigate, action: action.into(), command: command.into(), reason: reason.into() }
}

/// Steps that find out, most telling first. Each is made when it is asked for: few are told.
pub(super) fn steps(facts: &Facts<'_>, names: &Names<'_>) -> impl Iterator<Item = Step> {
    let all: [fn(&Facts<'_>, &Names<'_>) -> Option<Step>; 10] =
        [audit, internal, whose, process, executable, file, connection, session, logs, |facts, _| {
            Some(elsewhere(facts))
        }];
    all.into_iter().filter_map(|step| step(facts, names))
}

fn audit(facts: &Facts<'_>, _: &Names<'_>) -> Option<Step> {
    let user = facts.audit?.user?;
    let user = quote(user)?;
    Some(step(
        "See what this account may do.",
        ["kubectl auth can-i --list --as=", &user].concat(),
        "The account's rights are what an attacker with its credentials has.",
    ))
}

fn internal(facts: &Facts<'_>, _: &Names<'_>) -> Option<Step> {
    facts.alert.is_internal().then(|| {
        step(
            "See how Falco fares on this host: drops, buffers, restarts.",
            "journalctl -u 'falco*' --since '1 hour ago' --no-pager",
            "While events are dropped, attacks on this host go unseen.",
        )
    })
}

fn whose(_: &Facts<'_>, names: &Names<'_>) -> Option<Step> {
    if let Some((namespace, name)) = &names.pod {
        return Some(step(
            "See whose pod it is, since when, on which node, with which image and restarts.",
            ["kubectl -n ", namespace, " get pod ", name, " -o wide && kubectl -n ", namespace, " describe pod ", name]
                .concat(),
            "Owner, image digest and start time decide whether this belongs to a deployment or to a stranger.",
        ));
    }
    let id = names.container?;
    Some(step(
        names.on_node("see what the container is: its image, command, mounts and start."),
        ["crictl inspect ", id, " 2>/dev/null || docker inspect ", id].concat(),
        "Image, command line and mounts decide what the process could do and whether it belongs there.",
    ))
}

fn process(facts: &Facts<'_>, names: &Names<'_>) -> Option<Step> {
    if facts.has_no_process() || facts.audit.is_some() {
        return None;
    }
    if facts.in_container() {
        let id = names.container?;
        return Some(step(
            names.on_node("see what runs in the container now, from outside of it."),
            ["docker top ", id, " 2>/dev/null || ps -eo pid,ppid,user,lstart,cgroup,args | grep -F ", id].concat(),
            "The process may still run; its parents show how it was started.",
        ));
    }
    let is_number = |pid: &&str| !pid.is_empty() && pid.bytes().all(|b| b.is_ascii_digit());
    if let Some(pid) = facts.process.pid.filter(is_number) {
        return Some(step(
            ["See whether process ", pid, " still runs, and below what."].concat(),
            ["ps -o pid,ppid,user,lstart,args -p ", pid, "; ls -l /proc/", pid, "/exe /proc/", pid, "/cwd"].concat(),
            "The running process tells its real executable and its parents.",
        ));
    }
    let name = operand(facts.process.program.name?)?;
    Some(step(
        "See whether such a process still runs, and below what.",
        ["pgrep -a -x ", &name, "; ps -eo pid,ppid,user,lstart,args --forest"].concat(),
        "The process tree shows how it was started.",
    ))
}

fn executable(facts: &Facts<'_>, names: &Names<'_>) -> Option<Step> {
    let raw = facts.process.program.exepath?;
    let path = operand(raw).filter(|_| raw.starts_with('/') && Location::of(raw) != Location::Memory)?;
    if facts.in_container() {
        let id = names.container?;
        return Some(step(
            names.on_node("see whether the executable came with the image or later, and keep its hash."),
            ["docker diff ", id, " 2>/dev/null | grep -F -- ", &path, "; crictl exec ", id, " sha256sum -- ", &path]
                .concat(),
            "A program that the image does not have was brought by somebody.",
        ));
    }
    Some(step(
        "See which package the executable belongs to, and keep its hash and times.",
        ["sha256sum -- ", &path, "; stat -- ", &path, "; rpm -qf ", &path, " 2>/dev/null || dpkg -S ", &path].concat(),
        "A program that no package owns, or that differs from its package, was brought by somebody.",
    ))
}

fn file(facts: &Facts<'_>, names: &Names<'_>) -> Option<Step> {
    let raw = facts.file.path.filter(|path| path.starts_with('/'))?;
    let path = operand(raw)?;
    if facts.in_container() {
        let id = names.container?;
        return Some(step(
            names.on_node("see the file's owner and times."),
            ["crictl exec ", id, " stat -- ", &path, " 2>/dev/null || docker exec ", id, " stat -- ", &path].concat(),
            "The times show whether it was changed, and the owner by whom.",
        ));
    }
    Some(step(
        "See the file's times and hash, and who else touched it.",
        ["stat -- ", &path, "; sha256sum -- ", &path, "; ausearch -i -f ", &path].concat(),
        "The times show whether it was changed, and the audit log by whom.",
    ))
}

fn connection(facts: &Facts<'_>, _: &Names<'_>) -> Option<Step> {
    let remote = facts.connection?.remote()?;
    let address = operand(remote.address)?;
    if !remote.address.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '.' | ':')) || remote.is_loopback() {
        return None;
    }
    if remote.is_private() && facts.workload.pod.is_some() {
        return Some(step(
            "See which service or pod the address is.",
            ["kubectl get services,endpoints,pods -A -o wide | grep -F -- ", &address].concat(),
            "An inner address that nothing owns, or another team's, needs a reason.",
        ));
    }
    Some(step(
        "See whether the connection is still open, and what else talks to that address.",
        ["ss -tunap dst ", &*socket_address(remote.address)?].concat(),
        "An open connection is an attacker's hand on the machine, or the proof that there is none.",
    ))
}

fn session(facts: &Facts<'_>, _: &Names<'_>) -> Option<Step> {
    let login = facts.user.loginuid.filter(|id| id.bytes().all(|b| b.is_ascii_digit()))?;
    facts.on_host().then(|| {
        step(
            ["See who was logged in as user id ", login, ", from where, and what else they did."].concat(),
            ["last -F -w | head -n 20; ausearch -i -ua ", login, " -ts today"].concat(),
            "A person's session stands behind this process: they can be asked.",
        )
    })
}

fn logs(_: &Facts<'_>, names: &Names<'_>) -> Option<Step> {
    if let Some((namespace, name)) = &names.pod {
        return Some(step(
            "Read what the pod's containers said around this time.",
            ["kubectl -n ", namespace, " logs ", name, " --all-containers --timestamps --since=1h"].concat(),
            "A request that made the program do this is in its log.",
        ));
    }
    let id = names.container?;
    Some(step(
        names.on_node("read what the container said around this time."),
        ["crictl logs --tail 200 -t ", id, " 2>/dev/null || docker logs --tail 200 -t ", id].concat(),
        "A request that made the program do this is in its log.",
    ))
}

/// What is always there to look at.
fn elsewhere(facts: &Facts<'_>) -> Step {
    if facts.audit.is_some() {
        return step(
            "Find the audit log's whole entry: source address, user agent, request and response.",
            "",
            "The alert holds a part of the entry; address and agent tell a controller from a person.",
        );
    }
    step(
        "Read the host's journal around the alert's time.",
        "journalctl --since '1 hour ago' --no-pager -p warning",
        if facts.on_host() {
            "Log-ins, jobs and package changes just before explain most of what a host does."
        } else {
            "What happened on the node just before may explain it."
        },
    )
}
