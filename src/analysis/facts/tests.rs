use super::*;
use crate::alert::{AlertBuilder, Priority, Time};

fn alert(output: &'static str, fields: &[(&'static str, &'static str)]) -> Alert {
    let builder = AlertBuilder::new().rule("R").time(Time::from_nanos(1)).priority(Priority::Notice).output(output);
    fields.iter().fold(builder, |builder, (key, value)| builder.field(*key, *value)).build().unwrap()
}

#[test]
fn falsy_values_and_container_events_are_not_mistaken_for_facts() {
    let host =
        alert("", &[("container.id", "host"), ("container.name", "host"), ("user.loginuid", "-1"), ("proc.tty", "0")]);
    let facts = Facts::of(&host);
    assert_eq!(facts.place(), Some(Place::Host));
    assert_eq!((facts.container.id, facts.container.name), (None, None));
    assert_eq!((facts.user.loginuid, facts.process.on_terminal), (None, Some(false)));
    assert_eq!(Facts::of(&alert("", &[("container.id", "")])).place(), Some(Place::Host));
    assert_eq!(Facts::of(&alert("", &[("proc.name", "x")])).place(), None);
    assert_eq!(Facts::of(&alert("", &[("k8s.pod.name", "p")])).place(), Some(Place::Container));
    let start = alert("", &[("proc.cmdline", "container:91b2c7d0aa13"), ("container.id", "91b2c7d0aa13")]);
    assert!(Facts::of(&start).has_no_process());
}

#[test]
fn the_text_fills_gaps_and_identifies_nothing() {
    let mixed = alert("x (user=root command=curl x parent=falcoctl)", &[("proc.exepath", "/usr/bin/curl")]);
    let facts = Facts::of(&mixed);
    assert_eq!(facts.parent.name, Some("falcoctl"));
    assert!(facts.is_inferred("proc.pname") && !facts.is_inferred("proc.exepath"));
    assert_eq!(facts.identity().parent, None);
    assert_eq!(facts.identity().exepath, Some("/usr/bin/curl"));
    let text_only = alert("x (user=root command=curl x parent=falcoctl)", &[]);
    let facts = Facts::of(&text_only);
    assert_eq!(facts.process.program.cmdline, Some("curl x"));
    assert_eq!(facts.identity().count(), 0);
}

#[test]
fn a_dropped_executable_is_no_identity() {
    let dropped = alert("", &[("proc.exepath", "/tmp/falcoctl"), ("proc.pexepath", "/dev/shm/x")]);
    assert_eq!(Facts::of(&dropped).identity().count(), 0);
}

#[test]
fn an_executable_among_data_is_no_identity() {
    let identified = |path: &'static str, mounts: &'static str| {
        let alert = alert("", &[("proc.exepath", path), ("container.mounts", mounts)]);
        Facts::of(&alert).identity().exepath.is_some()
    };
    for path in
        ["/data/k", "/var/lib/x/k", "/run/k", "/srv/k", "/mnt/disk/k", "/media/k", "/host/var/lib/k", "/usr/../srv/k"]
    {
        assert!(!identified(path, ""), "{path}");
    }
    for path in ["/app/k", "/opt/x/k", "/usr/share/x/k", "/usr/libexec/k", "/coredns", "/ko-app/k", "/var/ossec/bin/k"]
    {
        assert!(identified(path, "/x:/y::true:rprivate"), "{path}");
    }
    assert!(!identified("/app/cache/k", "/a:/b:ro:false:rprivate,/var/lib/kubelet/pods/x:/app/cache::true:rprivate"));
    assert!(identified("/app/cache/k", "/x:/app/cache:ro:false:rprivate") && identified("/app/k", "/x:/ap::true:"));
}

#[test]
fn both_ends_of_a_connection_are_read() {
    let out = alert("", &[("fd.name", "10.0.0.1:5->203.0.113.9:3333"), ("evt.type", "connect"), ("fd.l4proto", "tcp")]);
    let connection = Facts::of(&out).connection.unwrap();
    assert_eq!(connection.remote(), Some(Endpoint { address: "203.0.113.9", port: Some(3333) }));
    assert!(!connection.remote().unwrap().is_private() && connection.client.unwrap().is_private());
    let v6 = alert("", &[("fd.name", "::1:5->2001:db8::7:443"), ("evt.type", "accept")]);
    let connection = Facts::of(&v6).connection.unwrap();
    assert_eq!(connection.server, Some(Endpoint { address: "2001:db8::7", port: Some(443) }));
    assert!(connection.remote().unwrap().is_loopback());
    assert!(Facts::of(&out).file.path.is_none());
    let lone = alert("", &[("fd.sip", "169.254.169.254"), ("fd.sport", "80")]);
    assert_eq!(Facts::of(&lone).connection.unwrap().remote().unwrap().port, Some(80));
    assert!(Facts::of(&alert("", &[("fd.name", "/etc/shadow")])).connection.is_none());
}

#[test]
fn files_flags_and_ancestors_are_read() {
    let link = alert(
        "",
        &[
            ("evt.arg.target", "/etc/shadow"),
            ("evt.arg.linkpath", "/tmp/x"),
            ("evt.arg.flags", "O_RDWR|O_CREAT"),
            ("proc.aname[2]", "bash"),
            ("proc.aname[3]", "sshd"),
            ("proc.aname[5]", "init"),
        ],
    );
    let facts = Facts::of(&link);
    assert_eq!(facts.file.paths, [("evt.arg.linkpath", "/tmp/x"), ("evt.arg.target", "/etc/shadow")]);
    assert_eq!(facts.file.written, Some(true));
    assert_eq!(facts.ancestors.iter().filter_map(|a| a.name).collect::<Vec<_>>(), ["bash", "sshd"]);
}
