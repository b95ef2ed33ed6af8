//! The parts of an alert, as plain values that borrow from it.

use crate::analysis::paths::Location;

/// Where it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On the host itself.
    Host,
    /// In a container.
    Container,
}

/// A program in the process tree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Program<'a> {
    /// The kernel's name of it, at most 15 bytes; the process's own to choose (`proc.name`, `proc.pname`).
    pub name: Option<&'a str>,
    /// The executable's path, from the kernel; not the process's to choose (`proc.exepath`, `proc.pexepath`).
    pub exepath: Option<&'a str>,
    /// The first argument, its own to choose (`proc.exe`, `proc.pexe`).
    pub exe: Option<&'a str>,
    /// The command line, its own to choose (`proc.cmdline`, `proc.pcmdline`).
    pub cmdline: Option<&'a str>,
}

impl<'a> Program<'a> {
    /// True where nothing is known of it.
    pub fn is_unknown(&self) -> bool {
        self.name.is_none() && self.exepath.is_none() && self.cmdline.is_none()
    }

    /// The best short name: of the executable where known, else the kernel's.
    pub fn label(&self) -> Option<&'a str> {
        self.exepath.map(crate::analysis::paths::base_name).filter(|name| !name.is_empty()).or(self.name)
    }

    /// Where its executable lies.
    pub fn location(&self) -> Option<Location> {
        self.exepath.map(Location::of)
    }
}

/// The process that did it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Process<'a> {
    /// Name, executable, command line.
    pub program: Program<'a>,
    /// `proc.pid`
    pub pid: Option<&'a str>,
    /// `proc.cwd`
    pub cwd: Option<&'a str>,
    /// The session leader's name (`proc.sname`).
    pub session: Option<&'a str>,
    /// `proc.tty`: `Some(true)` on a terminal, `Some(false)` where Falco says 0.
    pub on_terminal: Option<bool>,
    /// `proc.env`, where the rule prints it.
    pub environment: Option<&'a str>,
}

/// Who it ran as.
#[derive(Debug, Clone, Copy, Default)]
pub struct User<'a> {
    /// `user.name`
    pub name: Option<&'a str>,
    /// `user.uid`
    pub uid: Option<&'a str>,
    /// `user.loginuid`; `None` also where it is -1: nobody logged in.
    pub loginuid: Option<&'a str>,
    /// `user.loginname`
    pub loginname: Option<&'a str>,
    /// `group.name`
    pub group: Option<&'a str>,
}

impl User<'_> {
    /// True where it is known to be root.
    pub fn is_root(&self) -> bool {
        self.uid == Some("0") || (self.uid.is_none() && self.name == Some("root"))
    }
}

/// The container.
#[derive(Debug, Clone, Copy, Default)]
pub struct Container<'a> {
    /// `container.id`; `None` on the host.
    pub id: Option<&'a str>,
    /// `container.name`; `None` on the host.
    pub name: Option<&'a str>,
    /// `container.image.repository`, or the repository part of `container.image`.
    pub image: Option<&'a str>,
    /// `container.image.tag`
    pub tag: Option<&'a str>,
    /// `container.image.digest`
    pub digest: Option<&'a str>,
    /// `container.start_ts`, nanoseconds since the epoch.
    pub started: Option<i64>,
    /// `container.privileged`
    pub privileged: Option<bool>,
    /// `container.mounts` or `container.mount...`: source:destination:mode:rw:propagation, separated by commas.
    pub mounts: Option<&'a str>,
}

/// The Kubernetes workload.
#[derive(Debug, Clone, Copy, Default)]
pub struct Workload<'a> {
    /// `k8s.ns.name`, or the target's namespace of an audit event.
    pub namespace: Option<&'a str>,
    /// `k8s.pod.name`
    pub pod: Option<&'a str>,
    /// `k8s.deployment.name`, `k8s.rc.name` or the like.
    pub controller: Option<&'a str>,
}

/// The files that the event names.
#[derive(Debug, Clone, Default)]
pub struct File<'a> {
    /// The file that the event is about: `fd.name` where it is a path, else `fd.nameraw`, else the path arguments.
    pub path: Option<&'a str>,
    /// The field of [`path`](Self::path).
    pub path_field: &'static str,
    /// Every path that the event names, with its field, `fd.name` first, `target`/`oldpath` and the like after it.
    pub paths: Vec<(&'static str, &'a str)>,
    /// Whether it was opened for writing, where the flags say.
    pub written: Option<bool>,
}

/// The event.
#[derive(Debug, Clone, Copy, Default)]
pub struct Event<'a> {
    /// `evt.type`
    pub kind: Option<&'a str>,
    /// `evt.arg.flags`
    pub flags: Option<&'a str>,
    /// `evt.res`
    pub result: Option<&'a str>,
    /// `evt.args`
    pub arguments: Option<&'a str>,
}

impl Event<'_> {
    /// Whether `evt.arg.flags` holds this flag (`EXE_UPPER_LAYER`, `EXE_FROM_MEMFD`).
    pub fn has_flag(&self, flag: &str) -> bool {
        self.flags.is_some_and(|flags| flags.split(['|', ' ', ',']).any(|each| each == flag))
    }
}

/// A Kubernetes audit event (`ka.*`).
#[derive(Debug, Clone, Copy, Default)]
pub struct Audit<'a> {
    /// `ka.user.name`
    pub user: Option<&'a str>,
    /// `ka.verb`
    pub verb: Option<&'a str>,
    /// `ka.target.resource`
    pub resource: Option<&'a str>,
    /// `ka.target.subresource`
    pub subresource: Option<&'a str>,
    /// `ka.target.name`, or the response's name.
    pub name: Option<&'a str>,
    /// `ka.target.namespace`
    pub namespace: Option<&'a str>,
    /// `ka.uri`
    pub uri: Option<&'a str>,
    /// `ka.response.code`
    pub code: Option<&'a str>,
    /// `ka.req.pod.containers.image`
    pub images: Option<&'a str>,
    /// `ka.uri.param[command]`: what `kubectl exec` started.
    pub command: Option<&'a str>,
    /// `ka.sourceips`
    pub source_addresses: Option<&'a str>,
    /// `ka.useragent`
    pub user_agent: Option<&'a str>,
}
