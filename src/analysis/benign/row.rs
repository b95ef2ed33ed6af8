//! One row of the table, and when it is shown.

use super::command::Line;
use super::happening::holds;
use super::identity::{Says, named, says, starts_anything, tells_program};
use super::oddity::is_odd;
use crate::analysis::{Facts, Strength};

/// What says who did it. A pattern list matches where one of its patterns does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Is {
    /// The executable's path, with the places of programs made one (`/bin/x`, `/lib/x`).
    Exe(&'static [&'static str]),
    /// The parent's name, cut to 15 bytes by the kernel.
    Parent(&'static [&'static str]),
    /// The name of the parent or of another ancestor.
    Ancestor(&'static [&'static str]),
    /// The image's repository, without its registry.
    Image(&'static [&'static str]),
    /// The Kubernetes namespace.
    Namespace(&'static [&'static str]),
    /// On the host, not in a container.
    Host,
    /// In a container; counts for nothing.
    Container,
    /// The authenticated user of an audit event.
    AuditUser(&'static [&'static str]),
    /// The process's own name: the process chooses it, so it counts for nothing, but another name ends the match.
    Name(&'static [&'static str]),
    /// May sit on a terminal: people start it by hand.
    Interactive,
    /// The program is the product's own, installed, and no general tool: no shell, interpreter or client.
    OwnProgram,
    /// As [`Is::OwnProgram`], or one of these tools.
    OwnTool(&'static [&'static str]),
    /// The program lies where programs are installed.
    InstalledProgram,
    /// The alert names an image, whichever.
    SomeImage,
    /// The image is named as the program is (`tailscale` in `tailscale/tailscale`); counts for nothing.
    NamedAsImage,
}

/// What was done.
#[derive(Debug, Clone, Copy)]
pub(super) enum Does {
    /// The whole command line matches, see [`super::command_pattern::Pattern`]. One list a row.
    Command(&'static [&'static str]),
    /// Every path that the event names matches.
    File(&'static [&'static str]),
    /// One of the paths that the event names matches.
    SomeFile(&'static [&'static str]),
    /// The kind of happening.
    Act(&'static [Act]),
    /// Every part of the named field, which is a list separated by commas, matches.
    Field(&'static str, &'static [&'static str]),
    /// The process of one of these names touches only these files.
    Own(&'static [(&'static [&'static str], &'static [&'static str])]),
    /// The file is the process's own log, or the process is one that keeps all logs.
    OwnLog,
    /// The command only asks this machine, or one port of another, whether it is there.
    LocalProbe,
    /// Every image of the pod that the audit event creates matches.
    AuditImages(&'static [&'static str]),
    /// The audit event is no step that an attacker would take with an account: no shell in a pod, no secret read.
    NotAuditAttack,
}

/// Kinds of happenings, told by the rule's name or the event's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// A call to the Kubernetes API.
    CallsApi,
    /// A call to a cloud's metadata service.
    CallsMetadata,
    /// `setns`, `unshare`.
    EntersNamespace,
    /// `bpf`
    LoadsBpf,
    /// A program run from memory.
    RunsFromMemory,
    /// A kernel module loaded.
    LoadsModule,
    /// `ptrace`
    Traces,
    /// A program run that the image did not have.
    RunsNewBinary,
    /// A file made executable or created executable in a container.
    MakesExecutable,
    /// A set-user-id bit set.
    SetsIdBits,
    /// A process changes its user.
    ChangesUser,
    /// A program started.
    Starts,
    /// A container started.
    StartsContainer,
    /// A file read.
    Reads,
    /// A file or directory written, made, renamed or removed.
    Writes,
    /// A log cleared.
    ClearsLog,
    /// A shell's history removed or renamed.
    RemovesHistory,
    /// A raw packet socket.
    OpensPacketSocket,
    /// A network connection, either way.
    Connects,
    /// Standard streams put on a connection.
    RedirectsToNetwork,
    /// Users or groups managed.
    ManagesUsers,
    /// A Kubernetes audit event.
    Audits,
}

/// Whether the command says by itself what is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    /// It is specific, and harmless whoever runs it.
    Harmless,
    /// It depends on who runs it.
    Ordinary,
}

/// One benign cause.
pub(super) struct Row {
    pub id: &'static str,
    pub activity: &'static str,
    pub who: &'static [Is],
    pub does: &'static [Does],
    pub command: Command,
    pub confirm: &'static str,
    pub imitation: &'static str,
    pub tuning: &'static [(&'static str, &'static str, &'static str)],
    /// Ports on which it may talk to public addresses; elsewhere such a connection is another activity.
    pub reaches: &'static [u16],
    /// Files that would hand over the machine and that it writes all the same, see [`super::oddity`].
    pub touches: &'static [&'static str],
    /// An alert that shows it: fields, and `rule` for the rule's name.
    pub seen: &'static [(&'static str, &'static str)],
}

/// A row of nothing yet; the rest is said by the methods.
pub(super) const fn row(id: &'static str, activity: &'static str) -> Row {
    Row {
        id,
        activity,
        who: &[],
        does: &[],
        command: Command::Ordinary,
        confirm: "",
        imitation: "",
        tuning: &[],
        reaches: &[],
        touches: &[],
        seen: &[],
    }
}

impl Row {
    pub const fn who(mut self, who: &'static [Is]) -> Self {
        self.who = who;
        self
    }

    pub const fn does(mut self, does: &'static [Does]) -> Self {
        self.does = does;
        self
    }

    /// The command is specific, and harmless whoever runs it.
    pub const fn harmless(mut self) -> Self {
        self.command = Command::Harmless;
        self
    }

    pub const fn confirm(mut self, confirm: &'static str) -> Self {
        self.confirm = confirm;
        self
    }

    pub const fn imitation(mut self, imitation: &'static str) -> Self {
        self.imitation = imitation;
        self
    }

    pub const fn tuning(mut self, tuning: &'static [(&'static str, &'static str, &'static str)]) -> Self {
        self.tuning = tuning;
        self
    }

    /// May talk to public addresses on these ports.
    pub const fn reaches(mut self, ports: &'static [u16]) -> Self {
        self.reaches = ports;
        self
    }

    /// Writes these files, although they would hand over the machine.
    pub const fn touches(mut self, files: &'static [&'static str]) -> Self {
        self.touches = files;
        self
    }

    pub const fn seen(mut self, seen: &'static [(&'static str, &'static str)]) -> Self {
        self.seen = seen;
        self
    }
}

/// How a row is shown by an alert.
pub(super) struct Shown {
    pub strength: Strength,
    /// The identity fields that agree.
    pub counted: Vec<&'static str>,
    pub field: &'static str,
    pub value: String,
}

impl Row {
    /// How the alert shows this cause, if it does.
    pub fn shown_by(&self, facts: &Facts<'_>, line: &Line<'_>) -> Option<Shown> {
        let mut counted: Vec<&'static str> = Vec::new();
        let mut ran_as: Option<&'static str> = None;
        let mut program =
            self.does.iter().any(|does| matches!(does, Does::Command(_) | Does::LocalProbe | Does::Own(_)));
        for is in self.who {
            let says = self.says(*is, facts);
            program |= matches!(says, Says::Yes(_)) && tells_program(*is);
            match says {
                Says::Yes(Some(field)) => {
                    // Parent and further ancestors are one chain: they count once.
                    let chain = matches!(is, Is::Parent(_) | Is::Ancestor(_));
                    if !(counted.contains(&field) || chain && ran_as.is_some()) {
                        counted.push(field);
                    }
                    if chain {
                        ran_as = Some(field);
                    }
                }
                Says::Yes(None) | Says::Nothing => {}
                Says::No(_) => return None,
            }
        }
        // Where only an ancestor says what it is, that ancestor must be there.
        let of_ancestor = self.who.iter().any(|is| matches!(is, Is::Ancestor(_)))
            && !self.who.iter().any(|is| matches!(is, Is::Parent(_) | Is::Name(_)));
        if !program || (of_ancestor && ran_as.is_none()) {
            return None;
        }
        let harmless = self.command == Command::Harmless;
        let strength = match counted.len() {
            0 if harmless && facts.identity().count() == 0 => Strength::Weak,
            0 => return None,
            1 if !harmless => return None,
            _ => Strength::Strong,
        };
        if !self.does.iter().all(|does| holds(*does, self, facts, line)) || is_odd(self, facts, line) {
            return None;
        }
        let (field, value) = self.telling(facts, &counted);
        Some(Shown { strength, counted, field, value })
    }

    /// What this identity field says; a row that names both the host and images is at home in either place.
    pub fn says(&self, is: Is, facts: &Facts<'_>) -> Says {
        let names_image = self.who.iter().any(|is| matches!(is, Is::Image(_) | Is::SomeImage));
        let anywhere = names_image && self.who.iter().any(|is| matches!(is, Is::Host));
        match is {
            Is::Host if anywhere && facts.in_container() => Says::Nothing,
            Is::Image(_) if anywhere && facts.on_host() => Says::Nothing,
            Is::Parent(_) | Is::Ancestor(_) if self.command == Command::Ordinary => match says(is, facts) {
                Says::Yes(Some(_)) if !has_telling_starter(is, facts) => Says::Yes(None),
                says => says,
            },
            _ => says(is, facts),
        }
    }

    /// The field that tells most, and its value.
    fn telling(&self, facts: &Facts<'_>, counted: &[&'static str]) -> (&'static str, String) {
        let by_command = self.does.iter().any(|does| matches!(does, Does::Command(_)));
        let order =
            ["container.image.repository", "proc.exepath", "ka.user.name", "proc.pname", "k8s.ns.name", "container.id"];
        let counts = |field: &&str| counted.contains(field);
        let field = if by_command && self.command == Command::Harmless {
            "proc.cmdline"
        } else {
            order.into_iter().find(counts).unwrap_or("proc.cmdline")
        };
        let text = facts.get(field).unwrap_or_default();
        (field, text.chars().take(200).collect())
    }
}

/// Whether one of the parents that agree is more than a shell or a log-in server, which start whatever they are told to.
fn has_telling_starter(is: Is, facts: &Facts<'_>) -> bool {
    let tells = |names: &[&str], name: &str| named(names, name) && !starts_anything(name);
    match is {
        Is::Parent(names) => facts.parent.name.is_some_and(|name| tells(names, name)),
        Is::Ancestor(names) => facts.lineage().filter_map(|program| program.name).any(|name| tells(names, name)),
        _ => true,
    }
}
