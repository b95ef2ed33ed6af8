//! A typed view of one alert: what it says about the process, its parents, the place, the file, the connection.
//!
//! Constraints:
//! - `output_fields` first; where Falco sent no value for a field, the `key=value` text of `output` is read. Anyone who
//!   chooses an argument chooses part of that text, so such a value is marked ([`Facts::is_inferred`]) and identifies
//!   nothing.
//! - What is absent is `None`, never guessed. An empty string is absent too, `container.id` aside, where Falco means
//!   "not in a container" by it.
//! - Everything borrows from the alert.

mod connection;
mod fields;
mod identity;
mod parts;

pub use connection::{Connection, Direction, Endpoint};
pub use identity::Identity;
pub use parts::{Audit, Container, Event, File, Place, Process, Program, User, Workload};

use crate::alert::Alert;
use crate::cmdline::{Script, parse_argv};
use fields::Fields;

/// The typed view.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The alert itself.
    pub alert: &'a Alert,
    /// The process that did it.
    pub process: Process<'a>,
    /// Its command line, read; empty where there is none.
    pub script: Script,
    /// Its parent.
    pub parent: Program<'a>,
    /// Its further ancestors, grandparent (`proc.aname[2]`) first; as far as Falco was asked to print them.
    pub ancestors: Vec<Program<'a>>,
    /// Who it ran as.
    pub user: User<'a>,
    /// The container, where it ran in one.
    pub container: Container<'a>,
    /// The Kubernetes workload, where it belongs to one.
    pub workload: Workload<'a>,
    /// The files that the event names.
    pub file: File<'a>,
    /// The connection that the event is about.
    pub connection: Option<Connection<'a>>,
    /// The event itself.
    pub event: Event<'a>,
    /// What a Kubernetes audit event says.
    pub audit: Option<Audit<'a>>,
    place: Option<Place>,
    identity: Identity<'a>,
    fields: Fields<'a>,
}

/// Falco calls a process by its container where the event is the container's start.
const CONTAINER_EVENT: &str = "container:";

impl<'a> Facts<'a> {
    /// The view of this alert.
    pub fn of(alert: &'a Alert) -> Self {
        let fields = Fields::of(alert);
        let get = |field: &str| fields.get(field).filter(|text| says_something(text));
        let program = |name, exepath, exe, cmdline| Program {
            name: get(name).filter(|text| !text.starts_with(CONTAINER_EVENT)),
            exepath: get(exepath),
            exe: get(exe),
            cmdline: get(cmdline).filter(|text| !text.starts_with(CONTAINER_EVENT)),
        };
        let process = Process {
            program: program("proc.name", "proc.exepath", "proc.exe", "proc.cmdline"),
            pid: get("proc.pid"),
            cwd: get("proc.cwd"),
            session: get("proc.sname"),
            on_terminal: get("proc.tty").map(|tty| tty != "0"),
            environment: get("proc.env"),
        };
        let user = User {
            name: get("user.name"),
            uid: get("user.uid"),
            loginuid: get("user.loginuid").filter(|id| *id != "-1" && *id != "4294967295"),
            loginname: get("user.loginname"),
            group: get("group.name"),
        };
        let in_container = |value: &&str| *value != "host";
        let image = get("container.image.repository").or_else(|| get("container.image").map(without_tag));
        let container = Container {
            id: get("container.id").filter(in_container),
            name: get("container.name").filter(in_container),
            image,
            tag: get("container.image.tag"),
            digest: get("container.image.digest"),
            started: get("container.start_ts").and_then(|text| text.parse().ok()),
            privileged: get("container.privileged").and_then(|text| text.parse().ok()),
            mounts: get("container.mounts"),
        };
        let audit = audit(alert, &fields, &get);
        let controllers = ["k8s.deployment.name", "k8s.rs.name", "k8s.rc.name"];
        let workload = Workload {
            namespace: get("k8s.ns.name").or(audit.and_then(|audit| audit.namespace)),
            pod: get("k8s.pod.name"),
            controller: controllers.into_iter().find_map(get),
        };
        let event = Event {
            kind: get("evt.type"),
            flags: get("evt.arg.flags"),
            result: get("evt.res"),
            arguments: get("evt.args"),
        };
        let mut facts = Self {
            alert,
            process,
            script: process.program.cmdline.map(parse_argv).unwrap_or_default(),
            parent: program("proc.pname", "proc.pexepath", "proc.pexe", "proc.pcmdline"),
            ancestors: ancestors(&get),
            user,
            container,
            workload,
            file: file(&get, &event),
            connection: Connection::of(&get, event.kind),
            event,
            audit,
            place: None,
            identity: Identity::default(),
            fields,
        };
        facts.place = facts.find_place();
        facts.identity = facts.find_identity();
        facts
    }

    /// The value of any Falco field; read from the text where Falco sent none. Empty counts as absent.
    pub fn get(&self, field: &str) -> Option<&'a str> {
        self.fields.get(field).filter(|text| says_something(text))
    }

    /// The value as the alert itself has it, empty ones included.
    pub fn own(&self, field: &str) -> Option<&'a str> {
        self.fields.own(field)
    }

    /// Whether [`get`](Self::get) reads this field from the output's text, which identifies nothing.
    pub fn is_inferred(&self, field: &str) -> bool {
        if self.alert.fields_inferred() {
            return self.fields.own(field).is_some();
        }
        self.fields.is_from_text(field)
    }

    /// Where it happened; `None` where the alert does not say.
    pub fn place(&self) -> Option<Place> {
        self.place
    }

    fn find_place(&self) -> Option<Place> {
        let id = self.fields.own("container.id").or_else(|| self.get("container.id"));
        if self.container.image.is_some() || self.workload.pod.is_some() {
            return Some(Place::Container);
        }
        match id {
            Some("host" | "") => Some(Place::Host),
            Some(_) => Some(Place::Container),
            None if self.get("container.name") == Some("host") => Some(Place::Host),
            None if self.container.name.is_some() => Some(Place::Container),
            None => None,
        }
    }

    /// True in a container.
    pub fn in_container(&self) -> bool {
        self.place() == Some(Place::Container)
    }

    /// True on the host.
    pub fn on_host(&self) -> bool {
        self.place() == Some(Place::Host)
    }

    /// The parent and its ancestors, nearest first.
    pub fn lineage(&self) -> impl Iterator<Item = &Program<'a>> {
        std::iter::once(&self.parent).chain(&self.ancestors)
    }

    /// Whether the alert says nothing about a process (a container's start, an audit or plugin event).
    pub fn has_no_process(&self) -> bool {
        self.process.program.is_unknown()
    }

    /// The image's name without registry and path: `postgres` of `docker.io/library/postgres`.
    pub fn image_name(&self) -> Option<&'a str> {
        self.container.image.map(super::paths::base_name)
    }

    /// Fields of a plugin's event: those of no prefix that Falco itself knows.
    pub fn plugin_fields(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.alert.fields().filter(|(key, _)| {
            let prefix = key.split(['.', '[']).next().unwrap_or(key);
            !OWN_PREFIXES.contains(&prefix)
        })
    }
}

/// Prefixes of Falco's own fields.
const OWN_PREFIXES: &[&str] =
    &["container", "evt", "fd", "fs", "group", "k8s", "ka", "lanner", "proc", "syscall", "thread", "user"];

/// Whether a value is more than blanks and Falco's word for none.
#[inline]
fn says_something(text: &str) -> bool {
    let plainly = text.as_bytes().first().is_some_and(|byte| byte.is_ascii_graphic() && *byte != b'<');
    plainly || !(text.trim().is_empty() || text.starts_with("<NA>"))
}

fn without_tag(image: &str) -> &str {
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

/// As far up as the stock rules print.
const ANCESTORS: [(&str, &str, &str); 8] = [
    ("proc.aname[2]", "proc.aexepath[2]", "proc.acmdline[2]"),
    ("proc.aname[3]", "proc.aexepath[3]", "proc.acmdline[3]"),
    ("proc.aname[4]", "proc.aexepath[4]", "proc.acmdline[4]"),
    ("proc.aname[5]", "proc.aexepath[5]", "proc.acmdline[5]"),
    ("proc.aname[6]", "proc.aexepath[6]", "proc.acmdline[6]"),
    ("proc.aname[7]", "proc.aexepath[7]", "proc.acmdline[7]"),
    ("proc.aname[8]", "proc.aexepath[8]", "proc.acmdline[8]"),
    ("proc.aname[9]", "proc.aexepath[9]", "proc.acmdline[9]"),
];

fn ancestors<'a>(get: &impl Fn(&str) -> Option<&'a str>) -> Vec<Program<'a>> {
    let each = ANCESTORS.iter().map(|(name, exepath, cmdline)| Program {
        name: get(name),
        exepath: get(exepath),
        exe: None,
        cmdline: get(cmdline),
    });
    each.take_while(|program| !program.is_unknown()).collect()
}

/// Fields that hold paths, the event's own file first.
const PATH_FIELDS: &[&str] = &[
    "fd.name",
    "fd.nameraw",
    "fs.path.name",
    "evt.arg.path",
    "evt.arg.name",
    "evt.arg.filename",
    "evt.arg.pathname",
    "evt.arg.newpath",
    "evt.arg.linkpath",
    "evt.arg.oldpath",
    "evt.arg.target",
    "fs.path.source",
    "fs.path.target",
];

fn file<'a>(get: &impl Fn(&str) -> Option<&'a str>, event: &Event<'a>) -> File<'a> {
    let is_path = |text: &&str| !text.contains("->") && (text.contains('/') || text.starts_with("memfd:"));
    let paths: Vec<(&'static str, &str)> =
        PATH_FIELDS.iter().filter_map(|field| get(field).filter(is_path).map(|path| (*field, path))).collect();
    let open_for_writing = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"];
    let opened = event.flags.filter(|flags| flags.contains("O_"));
    let written = opened.map(|_| open_for_writing.iter().any(|flag| event.has_flag(flag)));
    let first = paths.first().copied();
    File { path: first.map(|(_, path)| path), path_field: first.map_or("fd.name", |(field, _)| field), paths, written }
}

fn audit<'a>(alert: &Alert, fields: &Fields<'a>, get: &impl Fn(&str) -> Option<&'a str>) -> Option<Audit<'a>> {
    let any = alert.source() == "k8s_audit" || fields.any_own("ka.");
    any.then(|| Audit {
        user: get("ka.user.name"),
        verb: get("ka.verb"),
        resource: get("ka.target.resource"),
        subresource: get("ka.target.subresource"),
        name: get("ka.target.name").or_else(|| get("ka.resp.name")),
        namespace: get("ka.target.namespace"),
        uri: get("ka.uri"),
        code: get("ka.response.code"),
        images: get("ka.req.pod.containers.image").or_else(|| get("ka.req.container.image")),
        command: get("ka.uri.param[command]"),
        source_addresses: get("ka.sourceips"),
        user_agent: get("ka.useragent"),
    })
}

#[cfg(test)]
mod tests;
