//! A known cause does not cover what borrows its name, its parent, its image or its account.

use super::tests::alert;
use crate::analysis::{Level, find, judge};

type Fields<'a> = &'a [(&'a str, &'a str)];

fn is_expected(fields: Fields<'_>, more: Fields<'_>) -> bool {
    let alert = alert(fields.iter().chain(more).copied());
    judge(&find(&alert), None).level == Level::Expected
}

#[test]
fn a_storage_driver_in_the_hosts_namespaces_runs_its_own_tools_only() {
    let driver: Fields<'_> = &[
        ("rule", "Change thread namespace"),
        ("evt.type", "setns"),
        ("container.id", "db86187ee0b9"),
        ("container.image.repository", "docker.io/longhornio/longhorn-manager"),
        ("k8s.ns.name", "longhorn-system"),
        ("proc.exepath", "/usr/bin/nsenter"),
        ("proc.name", "nsenter"),
        ("proc.pname", "longhorn-manage"),
    ];
    let enters = |rest: &str| {
        let line = format!("nsenter --mount=/host/proc/1/ns/mnt {rest}");
        is_expected(driver, &[("proc.cmdline", &line)])
    };
    assert!(enters("-- ls /dev/longhorn") && enters("--net=/host/proc/1/ns/net iscsiadm -m session"));
    assert!(!enters("-- python3 /var/lib/x.py ls") && !enters("-- /var/lib/x ls"));
}
