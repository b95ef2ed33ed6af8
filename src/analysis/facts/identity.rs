//! The fields that say who a process is and that it cannot choose for itself.

use super::Facts;
use crate::analysis::paths::Location;

/// What identifies a process. A process chooses its own name and command line, and whoever deploys it chooses pod and
/// container names; none of those is here. Values read from text are left out as well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Identity<'a> {
    /// The executable's path, where only an administrator or an image can have put it there.
    pub exepath: Option<&'a str>,
    /// The parent's name: the kernel's word for which program started it. The parent itself may have chosen it.
    pub parent: Option<&'a str>,
    /// The parent's executable, where only an administrator or an image can have put it there.
    pub parent_exepath: Option<&'a str>,
    /// The grandparent's name.
    pub grandparent: Option<&'a str>,
    /// The image's repository.
    pub image: Option<&'a str>,
    /// The namespace.
    pub namespace: Option<&'a str>,
    /// The host that Falco ran on.
    pub host: Option<&'a str>,
    /// The authenticated user of an audit event.
    pub audit_user: Option<&'a str>,
}

impl Identity<'_> {
    /// How many independent fields are there, the host aside, which every alert has.
    pub fn count(&self) -> usize {
        let parts = [self.exepath, self.parent.or(self.parent_exepath), self.image, self.namespace, self.audit_user];
        parts.iter().flatten().count()
    }
}

impl<'a> Facts<'a> {
    /// What identifies the process.
    pub fn identity(&self) -> Identity<'a> {
        self.identity
    }

    pub(super) fn find_identity(&self) -> Identity<'a> {
        let told = !self.alert.fields_inferred();
        let sure = |field: &str| self.fields.own(field).filter(|text| !text.is_empty() && told);
        let trusted =
            |path: &&str| !matches!(Location::of(path), Location::Temporary | Location::Memory | Location::Home);
        Identity {
            exepath: sure("proc.exepath").filter(trusted),
            parent: sure("proc.pname"),
            parent_exepath: sure("proc.pexepath").filter(trusted),
            grandparent: sure("proc.aname[2]"),
            image: sure("container.image.repository"),
            namespace: sure("k8s.ns.name"),
            host: Some(self.alert.hostname()).filter(|name| !name.is_empty()),
            audit_user: sure("ka.user.name"),
        }
    }
}
