//! The fields that say who a process is and that it cannot choose for itself.

use super::Facts;
use crate::analysis::paths::{Location, below_host};

/// Places that hold data, not programs: what runs from there came after the installation.
const DATA: &[&str] = &["/var/", "/run/", "/srv/", "/mnt/", "/media/", "/data/"];
/// Where products install programs below such places all the same.
#[rustfmt::skip]
const PROGRAMS: &[&str] = &[
    "/var/lib/dpkg/", "/var/lib/rancher/", "/var/lib/k0s/bin/", "/var/lib/snapd/snap/", "/var/lib/flatpak/",
    "/var/ossec/", "/var/cfengine/", "/var/vcap/", "/var/lib/waagent/",
];

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

    /// Whether only an administrator, a package or an image can have put a program there. A data directory is no
    /// such place, however it got there.
    pub fn is_installed(&self, path: &str) -> bool {
        let place = below_host(path);
        let starts = |places: &[&str]| places.iter().any(|prefix| place.starts_with(prefix));
        !matches!(Location::of(path), Location::Temporary | Location::Memory | Location::Home)
            && !path.contains("/../")
            && (!starts(DATA) || starts(PROGRAMS))
            // The host's own file system is judged by its own places.
            && (place.len() != path.len() || !self.is_on_writable_mount(path))
    }

    /// Whether the path lies on a volume that the container may write to, by `container.mounts`.
    fn is_on_writable_mount(&self, path: &str) -> bool {
        let mounts = self.container.mounts.unwrap_or_default();
        mounts.split([',', ' ']).any(|mount| {
            // source:destination:mode:writable:propagation
            let mut parts = mount.split(':').skip(1);
            let target = parts.next().unwrap_or_default().trim_end_matches('/');
            let below = path.strip_prefix(target).is_some_and(|rest| rest.starts_with('/'));
            !target.is_empty() && below && parts.nth(1) == Some("true")
        })
    }

    pub(super) fn find_identity(&self) -> Identity<'a> {
        let told = !self.alert.fields_inferred();
        let sure = |field: &str| self.fields.own(field).filter(|text| !text.is_empty() && told);
        let trusted = |path: &&str| self.is_installed(path);
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
