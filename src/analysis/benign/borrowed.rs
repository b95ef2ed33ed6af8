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

#[test]
fn a_shell_or_a_log_in_server_as_the_parent_tells_nothing() {
    let reads: Fields<'_> = &[
        ("rule", "Read sensitive file untrusted"),
        ("evt.type", "openat"),
        ("container.id", "host"),
        ("fd.name", "/etc/shadow"),
    ];
    for name in ["auth", "pam_dump"] {
        let path = format!("/opt/x/{name}");
        for parent in ["bash", "sshd", "systemd"] {
            let own = [("proc.cmdline", name), ("proc.name", name), ("proc.pname", parent)];
            assert!(!is_expected(reads, &[&own[..], &[("proc.exepath", &path)]].concat()), "{name} {parent}");
        }
        for parent in ["bash", "sshd"] {
            let own = [("proc.cmdline", name), ("proc.name", name), ("proc.pname", parent)];
            assert!(!is_expected(reads, &own), "{name} {parent}");
        }
    }
    let checks: Fields<'_> = &[("proc.cmdline", "unix_chkpwd root nullok"), ("proc.name", "unix_chkpwd")];
    let by = |more: Fields<'_>| is_expected(reads, &[checks, more].concat());
    assert!(by(&[("proc.pname", "sudo")]));
    assert!(by(&[("proc.pname", "sshd"), ("proc.exepath", "/usr/sbin/unix_chkpwd")]));
    assert!(by(&[("proc.pname", "sshd")]) && !by(&[("proc.pname", "bash")]));
    assert!(!by(&[("proc.pname", "sshd"), ("proc.exepath", "/opt/x/unix_chkpwd")]));
}

#[test]
fn a_package_script_lies_among_the_packages_scripts() {
    let writes: Fields<'_> = &[
        ("rule", "Write below etc"),
        ("evt.type", "openat"),
        ("container.id", "host"),
        ("fd.name", "/etc/systemd/system/x.service"),
    ];
    let runs = |line: &str, exe: &str, parent: &str| {
        let name = line.split(' ').next().unwrap();
        let own = [("proc.cmdline", line), ("proc.name", name), ("proc.exepath", exe), ("proc.pname", parent)];
        is_expected(writes, &own)
    };
    assert!(runs("foo.postinst /var/lib/dpkg/info/foo.postinst configure", "/usr/bin/dash", "dpkg"));
    assert!(runs("dpkg --unpack /var/cache/apt/archives/x.deb", "/usr/bin/dpkg", "bash"));
    for (script, parent) in
        [("/var/lib/x/postinst", "bash"), ("/var/lib/x/postinst", "dpkg"), ("/opt/x/postinst", "systemd")]
    {
        assert!(!runs(&format!("postinst {script}"), "/usr/bin/bash", parent), "{script} {parent}");
    }
    assert!(!runs("postinst /usr/lib/x/postinst", "/usr/bin/bash", "sshd"));
    assert!(
        !runs("postinst ./postinst", "/usr/bin/bash", "sudo") && !runs("postinst postinst", "/usr/bin/dash", "dpkg")
    );
}

#[test]
fn a_program_among_a_containers_data_is_not_the_products_own() {
    let calls: Fields<'_> = &[
        ("rule", "Contact K8S API Server From Container"),
        ("evt.type", "connect"),
        ("container.id", "1a2b3c4d5e6f"),
        ("container.image.repository", "quay.io/argoproj/argocd"),
        ("k8s.ns.name", "argocd"),
    ];
    let own: Fields<'_> = &[("proc.name", "k"), ("proc.cmdline", "k get secrets -A")];
    for path in ["/data/k", "/var/lib/k", "/run/k", "/srv/k", "/mnt/x/k", "/media/k"] {
        assert!(!is_expected(calls, &[own, &[("proc.exepath", path)]].concat()), "{path}");
    }
    let mounted =
        [("proc.exepath", "/app/config/k"), ("container.mounts", "/var/lib/kubelet/pods/x:/app/config::true:rprivate")];
    assert!(!is_expected(calls, &[own, &mounted].concat()));
    let controller = "argocd-application-controller";
    let path = format!("/usr/local/bin/{controller}");
    assert!(is_expected(calls, &[("proc.cmdline", controller), ("proc.exepath", &path)]));
}

#[test]
fn a_runtimes_socket_or_a_writable_kernel_directory_is_never_mounted_to_look_at() {
    let starts: Fields<'_> = &[
        ("rule", "Launch Sensitive Mount Container"),
        ("evt.type", "container"),
        ("container.id", "19d4e98bb0dc"),
        ("container.image.repository", "amazon/amazon-ecs-agent"),
        ("proc.cmdline", "container:19d4e98bb0dc"),
    ];
    let mounts = |mounts: &str| is_expected(starts, &[("container.mounts", mounts)]);
    for looked_at in [
        "/proc:/host/proc:ro:false:rprivate",
        "/sys/fs/cgroup:/host/cgroup:ro:false:rprivate",
        "/var/lib/kubelet/pods:/pods:ro:false:rslave",
    ] {
        assert!(mounts(looked_at), "{looked_at}");
    }
    for host in [
        "/var/run/docker.sock:/var/run/docker.sock:ro:false:rprivate",
        "/run/docker.sock:/x:ro:false:rprivate",
        "/run/containerd/containerd.sock:/x:ro:false:rprivate",
        "/var/run/crio/crio.sock:/x:ro:false:rprivate",
        "/sys/fs/cgroup:/cgroup::true:rprivate",
        "/sys/kernel/debug:/debug::true:rprivate",
        "/var/lib/kubelet/pods:/pods::true:rprivate",
    ] {
        assert!(!mounts(host) && !mounts(&format!("/proc:/host/proc:ro:false:rprivate,{host}")), "{host}");
    }
}

#[test]
fn a_pod_that_owns_its_node_is_expected_of_pod_controllers_only() {
    let made = |rule: &str, user: &str| {
        is_expected(
            &[
                ("rule", rule),
                ("source", "k8s_audit"),
                ("ka.user.name", user),
                ("ka.verb", "create"),
                ("ka.target.resource", "pods"),
                ("ka.target.namespace", "kube-system"),
            ],
            &[],
        )
    };
    for rule in ["Create HostPid Pod", "Create HostIPC Pod", "Create HostNetwork Pod"] {
        assert!(made(rule, "system:serviceaccount:kube-system:daemon-set-controller"), "{rule}");
        for user in ["system:serviceaccount:kube-system:default", "system:node:n1", "eks:addon-manager"] {
            assert!(!made(rule, user), "{rule} {user}");
        }
    }
}
