//! Where an alert happened, as one key.

use super::settings::Scope;
use crate::alert::{Alert, Context};

/// The workload of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Workload {
    /// The field that tells it, for explanations.
    pub field: &'static str,
    /// Equal for alerts of one workload. Parts are preceded by their lengths.
    pub key: Vec<u8>,
    /// True where the key is wider than one container, so that what names a single instance does not count.
    pub wide: bool,
}

/// The host: as Falco says, else as the node that lanner runs on.
pub(super) fn host<'a>(alert: &'a Alert, context: &'a Context) -> &'a str {
    if alert.hostname().is_empty() { &context.node } else { alert.hostname() }
}

/// Whether a container's id is one. Falco says `host` outside containers.
fn is_container(id: &str) -> bool {
    !matches!(id, "" | "host" | "<NA>")
}

/// The workload of an alert.
pub(super) fn of(alert: &Alert, context: &Context, scope: Scope) -> Workload {
    let host = host(alert, context);
    let id = alert.field("container.id").filter(|id| is_container(id));
    let full = alert.field("container.full_id").filter(|id| is_container(id));
    let Some(container) = id.or(full) else {
        return match scope {
            Scope::Cluster => Workload { field: "hostname", key: key(b'a', &[]), wide: false },
            Scope::Container | Scope::Workload => Workload { field: "hostname", key: key(b'h', &[host]), wide: false },
        };
    };
    if scope != Scope::Container
        && let Some(owner) = owner(alert)
    {
        return Workload { field: "k8s.pod.name", key: key(b'w', &owner), wide: true };
    }
    let parts = [container, full.unwrap_or_default(), host];
    let parts = if scope == Scope::Cluster { &parts[..2] } else { &parts[..] };
    Workload { field: "container.id", key: key(b'c', parts), wide: false }
}

fn key(kind: u8, parts: &[&str]) -> Vec<u8> {
    let mut key = Vec::with_capacity(128);
    key.push(kind);
    for part in parts {
        key.extend_from_slice(&(part.len() as u64).to_le_bytes());
        key.extend_from_slice(part.as_bytes());
    }
    key
}

/// The fields that tell a workload wider than a container.
pub(super) const OWNER: [&str; 3] = ["container.image.repository", "k8s.ns.name", "k8s.pod.name"];

/// Image, namespace and pod owner; `None` where one is unknown.
fn owner(alert: &Alert) -> Option<[&str; 3]> {
    let known = |field| alert.field(field).filter(|value| !value.is_empty());
    let [image, namespace, pod] = OWNER;
    Some([known(image)?, known(namespace)?, pod_owner(known(pod)?)])
}

/// What owns a pod, as far as its name shows: `web-7d4b9c6f5-x2x8z` is of `web`, `node-agent-x2x8z` of `node-agent`,
/// `db-0` of `db`. A name that shows nothing is its own owner.
fn pod_owner(name: &str) -> &str {
    // Kubernetes draws from letters without vowels and digits without 0, 1 and 3.
    let drawn = |text: &str| text.bytes().all(|b| b"bcdfghjklmnpqrstvwxz2456789".contains(&b));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let Some((rest, last)) = name.rsplit_once('-') else { return name };
    if last.len() == 5 && drawn(last) {
        let set = rest.rsplit_once('-').filter(|(_, set)| {
            (matches!(set.len(), 8..=10) && drawn(set) && set.bytes().any(|b| b.is_ascii_digit()))
                || (set.len() >= 8 && digits(set))
        });
        return set.map_or(rest, |(owner, _)| owner);
    }
    if digits(last) && last.len() <= 4 { rest } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{AlertBuilder, Priority, Time};

    #[test]
    fn a_pod_s_name_shows_its_owner() {
        for (pod, owner) in [
            ("web-7d4b9c6f5-x2x8z", "web"),
            ("node-agent-x2x8z", "node-agent"),
            ("backup-28311840-x2x8z", "backup"),
            ("db-0", "db"),
            ("web-shell", "web-shell"),
            ("web", "web"),
            ("a-aeiou", "a-aeiou"),
        ] {
            assert_eq!(pod_owner(pod), owner, "{pod}");
        }
    }

    #[test]
    fn missing_parts_fall_back_to_the_container() {
        let alert = |id: &'static str, pod: &'static str| {
            let builder = AlertBuilder::new().rule("R").time(Time::from_nanos(1)).priority(Priority::Notice);
            let builder = builder.hostname("n1").field("container.id", id).field("k8s.ns.name", "shop");
            builder.field("container.image.repository", "nginx").field("k8s.pod.name", pod).build().unwrap()
        };
        let of = |id, pod, scope| of(&alert(id, pod), &Context::default(), scope);
        let (a, b) = ("185304d1bba4", "285304d1bba4");
        assert_eq!(of(a, "web-0", Scope::Workload), of(b, "web-1", Scope::Workload));
        assert_ne!(of(a, "<NA>", Scope::Workload), of(b, "<NA>", Scope::Workload));
        assert_ne!(of(a, "web-0", Scope::Container), of(b, "web-1", Scope::Container));
        assert_ne!(of("host", "<NA>", Scope::Workload), of(a, "<NA>", Scope::Workload));
    }

    #[test]
    fn without_a_hostname_the_node_is_the_host() {
        let alert = AlertBuilder::new().rule("R").time(Time::from_nanos(1)).priority(Priority::Notice).build().unwrap();
        let node = |node: &str| Context { node: node.to_owned(), ..Context::default() };
        let of = |name: &str, scope| of(&alert, &node(name), scope);
        assert_ne!(of("n1", Scope::Container), of("n2", Scope::Container));
        assert_eq!(of("n1", Scope::Cluster), of("n2", Scope::Cluster));
    }
}
