//! Programs that start other programs, and how their own options are skipped.

/// How a wrapper's own words end and the started command begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    /// Base name.
    pub name: &'static str,
    /// Single letters that take a value in the next word.
    pub letters: &'static str,
    /// Long options that take a value in the next word.
    pub long: &'static [&'static str],
    /// Words before the command that are not options.
    pub operands: u8,
}

const fn start(name: &'static str, letters: &'static str, long: &'static [&'static str], operands: u8) -> Start {
    Start { name, letters, long, operands }
}

/// Wrappers that run their last words as a program in place: they are peeled off. Sorted by name.
/// Options are those of the tools' own manual pages (coreutils, util-linux, sudo, doas, ...).
pub(super) const WRAPPERS: &[Start] = &[
    start("busybox", "", &[], 0),
    start("catatonit", "", &[], 0),
    start("chpst", "ueoUnlLmdscftr", &[], 0),
    start("chroot", "", &["groups", "userspec"], 1),
    start("chrt", "TPD", &["sched-runtime", "sched-period", "sched-deadline"], 1),
    start("command", "", &[], 0),
    start("cpulimit", "lpeP", &["limit", "pid", "exe", "path"], 0),
    start("daemonize", "cepouElL", &[], 0),
    start("doas", "uC", &[], 0),
    start("dumb-init", "r", &["rewrite"], 0),
    start("env", "uC", &["unset", "chdir"], 0),
    start("exec", "a", &[], 0),
    start("fakechroot", "", &[], 0),
    start("fakeroot", "lfisb", &["lib", "faked"], 0),
    start("firejail", "", &[], 0),
    start("flock", "wEc", &["timeout", "wait", "conflict-exit-code"], 1),
    start("gosu", "", &[], 1),
    start("ionice", "cnpPu", &["class", "classdata"], 0),
    start("linux32", "", &[], 0),
    start("linux64", "", &[], 0),
    start("ltrace", "aAeFlnoOpsuwx", &["output"], 0),
    start("nice", "n", &["adjustment"], 0),
    start("nohup", "", &[], 0),
    start("nsenter", "tSGW", &["target", "setuid", "setgid"], 0),
    start("numactl", "iNmCplP", &["interleave", "membind", "cpunodebind", "physcpubind"], 0),
    start("pkexec", "", &["user"], 0),
    start("prlimit", "p", &["pid", "output"], 0),
    start("proot", "rbwqk", &["rootfs", "bind", "cwd", "qemu"], 0),
    start("proxychains", "f", &[], 0),
    start("proxychains4", "f", &[], 0),
    start("rlwrap", "", &[], 0),
    start("runcon", "turl", &["type", "user", "role", "range"], 0),
    start("runuser", "ugG", &["user", "group", "supp-group"], 0),
    start("s6-setuidgid", "", &[], 1),
    start("screen", "cehpstTSX", &[], 0),
    start("setarch", "", &[], 1),
    start("setpriv", "", &["reuid", "regid", "groups", "inh-caps", "ambient-caps"], 0),
    start("setsid", "", &[], 0),
    start("setuidgid", "", &[], 1),
    start("stdbuf", "ioe", &["input", "output", "error"], 0),
    start("strace", "aeEIoOpPsSuUXbz", &["output", "trace", "attach", "user"], 0),
    start("su-exec", "", &[], 1),
    start("sudo", "ACDghpRrTtUu", &["user", "group", "chdir", "host", "prompt", "chroot"], 0),
    start("systemd-cat", "tp", &["identifier", "priority"], 0),
    start("systemd-inhibit", "", &["what", "who", "why", "mode"], 0),
    start("systemd-run", "pEMHu", &["unit", "property", "setenv", "uid", "gid", "slice"], 0),
    start("taskset", "", &[], 1),
    start("time", "fo", &["format", "output"], 0),
    start("timeout", "ks", &["kill-after", "signal"], 1),
    start("tini", "pe", &[], 0),
    start("tini-static", "pe", &[], 0),
    start("torify", "", &[], 0),
    start("torsocks", "aPu", &[], 0),
    start("toybox", "", &[], 0),
    start("tsocks", "", &[], 0),
    start("unbuffer", "", &[], 0),
    start("unshare", "SGRw", &["setuid", "setgid", "root", "wd"], 0),
    start("valgrind", "", &[], 0),
];

/// Container clients whose `exec` (or `run`) starts a command elsewhere: the sub-commands that
/// lead there, the options with values, and the words (container, pod, image) before the command.
pub(super) struct Client {
    pub name: &'static str,
    /// Options of the client itself that take a value.
    pub global: Start,
    /// Sub-command, with its options and operands.
    pub verbs: &'static [Start],
}

const EXEC_LETTERS: &str = "euwc";
const EXEC_LONG: &[&str] = &["env", "env-file", "user", "workdir", "detach-keys", "index"];
const RUN_LONG: &[&str] = &[
    "name",
    "env",
    "env-file",
    "volume",
    "user",
    "workdir",
    "entrypoint",
    "network",
    "net",
    "publish",
    "mount",
    "label",
    "hostname",
    "memory",
    "cpus",
    "restart",
    "cap-add",
    "cap-drop",
    "device",
    "pid",
    "ipc",
    "uts",
    "userns",
    "security-opt",
    "add-host",
    "dns",
    "ulimit",
    "platform",
    "pull",
    "runtime",
    "shm-size",
    "tmpfs",
    "volumes-from",
    "cgroup-parent",
    "cidfile",
    "log-driver",
    "log-opt",
    "expose",
];
const RUN_LETTERS: &str = "evuwplhmc";

const DOCKER: &[Start] = &[
    start("exec", EXEC_LETTERS, EXEC_LONG, 1),
    start("run", RUN_LETTERS, RUN_LONG, 1),
    start("create", RUN_LETTERS, RUN_LONG, 1),
];
const DOCKER_GLOBAL: Start =
    start("", "Hlcn", &["host", "context", "config", "log-level", "namespace", "root", "url"], 0);
const KUBE: &[Start] = &[
    start("exec", "cnfs", &["container", "namespace", "filename", "context", "kubeconfig"], 1),
    start("rsh", "c", &["container", "shell", "timeout"], 1),
    start("run", "nlrs", &["image", "namespace", "overrides", "restart", "env", "labels"], 1),
    start("debug", "cn", &["image", "target", "container", "namespace", "profile", "copy-to"], 1),
];
const KUBE_GLOBAL: Start = start(
    "",
    "nsv",
    &[
        "namespace",
        "context",
        "kubeconfig",
        "server",
        "token",
        "cluster",
        "user",
        "as",
        "certificate-authority",
        "client-certificate",
        "client-key",
        "request-timeout",
        "cache-dir",
    ],
    0,
);

/// Sorted by name.
pub(super) const CLIENTS: &[Client] = &[
    Client {
        name: "crictl",
        global: start("", "riDct", &["runtime-endpoint", "image-endpoint", "config", "timeout"], 0),
        verbs: &[start("exec", "e", &["env", "mask", "transport"], 1)],
    },
    Client {
        name: "ctr",
        global: start("", "an", &["address", "namespace", "timeout", "connect-timeout"], 0),
        verbs: &[
            start("exec", "", &["exec-id", "cwd", "user", "fifo-dir", "log-uri"], 1),
            start("run", "", &["mount", "env", "env-file", "runtime", "user", "cwd", "label"], 2),
        ],
    },
    Client { name: "docker", global: DOCKER_GLOBAL, verbs: DOCKER },
    Client { name: "docker-compose", global: start("", "fpH", &["file", "project-name", "host"], 0), verbs: DOCKER },
    Client { name: "k3s", global: KUBE_GLOBAL, verbs: KUBE },
    Client { name: "kubectl", global: KUBE_GLOBAL, verbs: KUBE },
    Client {
        name: "lxc",
        global: start("", "", &["project"], 0),
        verbs: &[start("exec", "TtnT", &["env", "user", "group", "cwd", "mode"], 1)],
    },
    Client {
        name: "machinectl",
        global: start("", "EHM", &["setenv", "uid", "host", "machine"], 0),
        verbs: &[start("shell", "E", &["setenv", "uid"], 1)],
    },
    Client { name: "microk8s.kubectl", global: KUBE_GLOBAL, verbs: KUBE },
    Client { name: "nerdctl", global: DOCKER_GLOBAL, verbs: DOCKER },
    Client { name: "oc", global: KUBE_GLOBAL, verbs: KUBE },
    Client { name: "podman", global: DOCKER_GLOBAL, verbs: DOCKER },
    Client {
        name: "runc",
        global: start("", "", &["root", "log", "log-format", "criu", "rootless"], 0),
        verbs: &[start(
            "exec",
            "eupg",
            &["console-socket", "cwd", "env", "user", "pid-file", "process", "process-label", "apparmor", "cap"],
            1,
        )],
    },
];

/// Options of `ssh` that take a value.
pub(super) const SSH: Start = start("ssh", "BbcDEeFIiJLlmOoPpQRSWw", &[], 1);
/// Options of `xargs` and `parallel` that take a value.
pub(super) const XARGS: Start = start(
    "xargs",
    "aEIdLnPsj",
    &["arg-file", "delimiter", "max-lines", "max-args", "max-procs", "max-chars", "jobs", "process-slot-var"],
    0,
);
/// Options of `watch` that take a value.
pub(super) const WATCH: Start = start("watch", "nq", &["interval", "equexit"], 0);
/// Options of shells that take a value.
pub(super) const SHELL: Start = start("", "oO", &["rcfile", "init-file"], 0);
/// Options of awk that take a value.
pub(super) const AWK: Start = start("awk", "Fvfi", &["field-separator", "assign", "file", "include"], 0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_by_name() {
        assert!(WRAPPERS.is_sorted_by_key(|row| row.name));
        assert!(CLIENTS.is_sorted_by_key(|row| row.name));
    }
}
