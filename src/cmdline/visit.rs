//! Walking all commands of a script.

use super::ast::{Command, Connector, NestedKind, Pipeline, Script};

/// One command, and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Visit<'a> {
    /// The command.
    pub command: &'a Command,
    /// How many commands enclose it.
    pub depth: usize,
    /// Its pipeline.
    pub pipeline: &'a Pipeline,
    /// Its place in the pipeline, from 0.
    pub position: usize,
    /// What joins its pipeline to the one before; `None` for the first.
    pub before: Option<Connector>,
    /// What follows its pipeline.
    pub after: Connector,
    /// Why its script is nested; `None` for the outermost script.
    pub within: Option<NestedKind>,
    /// The command that encloses it.
    pub parent: Option<&'a Command>,
}

impl<'a> Visit<'a> {
    /// The stage whose output it reads.
    pub fn previous(&self) -> Option<&'a Command> {
        self.position.checked_sub(1).and_then(|at| self.pipeline.commands.get(at))
    }

    /// The stage that reads its output.
    pub fn next(&self) -> Option<&'a Command> {
        self.pipeline.commands.get(self.position + 1)
    }

    /// The stages after it.
    pub fn following(&self) -> &'a [Command] {
        self.pipeline.commands.get(self.position + 1..).unwrap_or_default()
    }

    /// The stages before it.
    pub fn preceding(&self) -> &'a [Command] {
        &self.pipeline.commands[..self.position]
    }
}

struct Level<'a> {
    depth: usize,
    within: Option<NestedKind>,
    parent: Option<&'a Command>,
}

impl Script {
    /// Calls `f` with every command at any depth, in text order, an enclosing command before
    /// what is inside it.
    pub fn for_each_command<'a>(&'a self, mut f: impl FnMut(&Visit<'a>)) {
        walk(self, &Level { depth: 0, within: None, parent: None }, &mut f);
    }

    /// Whether `f` holds for a command at any depth.
    pub fn any_command<'a>(&'a self, mut f: impl FnMut(&Visit<'a>) -> bool) -> bool {
        let mut found = false;
        self.for_each_command(|visit| found = found || f(visit));
        found
    }

    /// How many commands there are, at all depths.
    pub fn count_commands(&self) -> usize {
        let mut count = 0;
        self.for_each_command(|_| count += 1);
        count
    }
}

fn walk<'a>(script: &'a Script, level: &Level<'a>, f: &mut dyn FnMut(&Visit<'a>)) {
    let mut before = None;
    for item in &script.items {
        for (position, command) in item.pipeline.commands.iter().enumerate() {
            f(&Visit {
                command,
                depth: level.depth,
                pipeline: &item.pipeline,
                position,
                before,
                after: item.connector,
                within: level.within,
                parent: level.parent,
            });
            for nested in &command.nested {
                let inner = Level { depth: level.depth + 1, within: Some(nested.kind), parent: Some(command) };
                walk(&nested.script, &inner, f);
            }
        }
        before = Some(item.connector);
    }
}
