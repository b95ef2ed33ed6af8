//! What grouping costs from a decoded alert: nanoseconds per repeat and per new alert, and bytes per live group.
//!
//! `cargo bench --bench dedup`. Each figure is printed beside a BLAKE3 hash of the same alert's text in the same run,
//! so that runs on different machines can be compared: see `hash_of_the_text`.

use divan::{Bencher, black_box};
use lanner::alert::{Alert, AlertBuilder, Context, Priority, Time};
use lanner::dedup::{Dedup, Fingerprint, Settings};

/// As the program allocates.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    if !std::env::args().any(|arg| arg == "--test" || arg == "--list") {
        // None is freed before the last is measured: memory that is used again does not show.
        let _one = print_bytes_of_one_group();
        let _more = [10_000, 100_000].map(print_bytes_per_group);
    }
    divan::main();
}

/// A shell in a container, as a stock rule reports it: 26 fields, some 600 bytes.
fn alert(n: u64, command: &str, file: &str) -> Alert {
    builder(n, command, file).build().unwrap()
}

fn builder<'a>(n: u64, command: &'a str, file: &'a str) -> AlertBuilder<'a> {
    let time = 1_730_209_000_000_000_000 + n as i64 * 1_000_000;
    let output = format!(
        "13:41:35.792272681: Notice A shell was spawned in a container with an attached terminal | evt_type=execve \
         user=root process=sh command={command} terminal=34816 container_id=185304d1bba4 container_name=web"
    );
    AlertBuilder::new()
        .rule("Terminal shell in container")
        .time(Time::from_nanos(time))
        .priority(Priority::Notice)
        .hostname("k8s-worker-01")
        .output(output)
        .field("container.id", "185304d1bba4")
        .field("container.image.repository", "docker.io/library/nginx")
        .field("container.image.tag", "1.27")
        .field("container.name", "web")
        .field("container.start_ts", "1717000000000000000")
        .field("evt.arg.flags", "EXE_WRITABLE|EXE_LOWER_LAYER")
        .field("evt.time", time.to_string())
        .field("evt.type", "execve")
        .field("fd.name", file)
        .field("group.gid", "0")
        .field("k8s.ns.name", "shop")
        .field("k8s.pod.name", "web-7d4b9c6f5-x2x8z")
        .field("proc.aname[2]", "containerd-shim")
        .field("proc.aname[3]", "systemd")
        .field("proc.cmdline", command)
        .field("proc.cwd", "/")
        .field("proc.exe_ino.ctime", "1728133257764054081")
        .field("proc.exepath", "/usr/bin/bash")
        .field("proc.name", "bash")
        .field("proc.pcmdline", "runc init")
        .field("proc.pid", (4000 + n).to_string())
        .field("proc.pname", "runc")
        .field("proc.tty", "34816")
        .field("user.loginuid", "-1")
        .field("user.name", "root")
        .field("user.uid", "0")
}

const PIPELINE: &str =
    r#"bash -c /usr/sbin/dkms status -m "falco" | tr -d "," | tr -d ":" | tr "/" " " | cut -d' ' -f2"#;

/// Every alert is one of a hundred that came before.
#[divan::bench(sample_size = 1000)]
fn repeat(bencher: Bencher) {
    let alerts: Vec<Alert> = (0..100).map(|n| alert(n, PIPELINE, &format!("/etc/file{n}"))).collect();
    repeats(bencher, &alerts);
}

/// Every alert is one of a hundred connections, each time from another port.
#[divan::bench(sample_size = 1000)]
fn repeat_of_a_connection(bencher: Bencher) {
    let connection = |n: u64| format!("10.0.0.1:{}->10.0.0.2:443", 32_768 + n * 20);
    let alerts: Vec<Alert> = (0..1000).map(|n| alert(n, PIPELINE, &connection(n))).collect();
    repeats(bencher, &alerts);
}

/// Every alert has a command line that never came before and is masked to one that did.
#[divan::bench(sample_size = 100)]
fn repeat_under_a_mask(bencher: Bencher) {
    let name = |n: u64| blake3::hash(&n.to_le_bytes()).to_hex()[..10].replace('a', "Z").replace('c', "Q");
    let alerts: Vec<Alert> =
        (0..40_000).map(|n| alert(n, &format!("shred -u /tmp/upload-{}", name(n)), "/etc/x")).collect();
    repeats(bencher, &alerts);
}

/// Every alert joins the last of as many groups as differ from it in an ancestor alone: it is compared with each.
#[divan::bench(args = [1, 8, 64], sample_size = 1000)]
fn compared(bencher: Bencher, groups: u8) {
    // Names without digits, which might be taken for a counter.
    let ancestor = |n: u8| format!("starter-{}{}", char::from(b'a' + n / 26), char::from(b'a' + n % 26));
    let one = |n: u8| builder(0, PIPELINE, "/etc/x").field("proc.aname[4]", ancestor(n)).build().unwrap();
    let alerts: Vec<Alert> = (0..groups).map(one).collect();
    let (mut dedup, context) = (Dedup::new(Settings::default()), Context::default());
    let mut seq = 0;
    for alert in &alerts {
        seq += 1;
        dedup.observe(alert, &context, seq, alert.time());
    }
    assert_eq!(dedup.stats().live, alerts.len());
    let last = &alerts[alerts.len() - 1];
    bencher.counter(1_u32).bench_local(|| {
        seq += 1;
        if seq % 4096 == 0 {
            dedup.take_changes();
        }
        black_box(dedup.observe(black_box(last), &context, seq, last.time()))
    });
}

fn repeats(bencher: Bencher, alerts: &[Alert]) {
    let mut dedup = Dedup::new(Settings::default());
    let context = Context::default();
    let mut seq = 0;
    for alert in alerts {
        seq += 1;
        dedup.observe(alert, &context, seq, alert.time());
    }
    bencher.counter(1_u32).bench_local(|| {
        seq += 1;
        let alert = &alerts[seq as usize % alerts.len()];
        if seq % 4096 == 0 {
            dedup.take_changes();
        }
        black_box(dedup.observe(black_box(alert), &context, seq, alert.time()))
    });
}

/// Every alert opens a group: a file that was never seen, under a command line that was.
#[divan::bench(args = [1, 10_000, 100_000], sample_size = 50)]
fn new(bencher: Bencher, live: usize) {
    opened(bencher, live, |n| alert(n, PIPELINE, &format!("/etc/file{n}")));
}

/// Every alert opens a group: a command line that was never seen.
#[divan::bench(args = [1, 10_000, 100_000], sample_size = 50)]
fn new_command(bencher: Bencher, live: usize) {
    opened(bencher, live, |n| alert(n, &format!("{PIPELINE} | /opt/tool{n} --run"), "/etc/x"));
}

fn opened(bencher: Bencher, live: usize, make: fn(u64) -> Alert) {
    let mut dedup = Dedup::new(Settings { max_groups: live, ..Settings::default() });
    let context = Context::default();
    let mut seq = 0;
    for n in 0..live as u64 {
        seq += 1;
        dedup.observe(&make(1 << 40 | n), &context, seq, Time::from_nanos(0));
    }
    dedup.take_changes();
    bencher
        .with_inputs(|| {
            seq += 1;
            (seq, make(seq))
        })
        .bench_local_values(|(seq, alert)| {
            if seq % 4096 == 0 {
                dedup.take_changes();
            }
            black_box(dedup.observe(black_box(&alert), &context, seq, alert.time()).number)
        });
}

/// Normalising and hashing alone, without what was seen before: a command line with five programs, and one with one.
#[divan::bench(args = [PIPELINE, "cat /etc/shadow"], sample_size = 100)]
fn fingerprint(bencher: Bencher, command: &str) {
    let (alert, context, settings) = (alert(0, command, "/etc/x"), Context::default(), Settings::default());
    bencher.counter(1_u32).bench_local(|| Fingerprint::of(black_box(&alert), &context, &settings));
}

/// The measure beside which the others stand.
#[divan::bench]
fn hash_of_the_text(bencher: Bencher) {
    let alert = alert(0, PIPELINE, "/etc/x");
    let text: String = alert.fields().flat_map(|(key, value)| [key, value]).collect();
    bencher.bench(|| blake3::hash(black_box(text.as_bytes())));
}

/// Alerts that open a thousand groups.
fn thousand(from: u64) -> impl Iterator<Item = Alert> {
    (from..from + 1000).map(|n| alert(n, "cat /etc/shadow", &format!("/etc/file{n}")))
}

/// What a node with one activity pays: the group, and all that is there for the others. A process grows by pages, so
/// it is the mean of a thousand engines with a group each.
fn print_bytes_of_one_group() -> Vec<Dedup> {
    let context = Context::default();
    let before = resident();
    let engines: Vec<Dedup> = thousand(0)
        .map(|alert| {
            let mut dedup = Dedup::new(Settings::default());
            dedup.observe(&alert, &context, 1, alert.time());
            dedup.take_changes();
            dedup
        })
        .collect();
    let grown = resident().saturating_sub(before);
    println!("1 live group: {} bytes with its engine", grown / engines.len() as u64);
    engines
}

/// What the process grows by while groups open, divided by their number.
fn print_bytes_per_group(count: u64) -> Dedup {
    let context = Context::default();
    let before = resident();
    let mut dedup = Dedup::new(Settings::default());
    for from in (0..count).step_by(1000) {
        for alert in thousand(from) {
            dedup.observe(&alert, &context, alert.time().nanos() as u64, alert.time());
        }
        dedup.take_changes();
    }
    let grown = resident().saturating_sub(before);
    println!("{count} live groups: {} bytes each, full caches included ({} live)", grown / count, dedup.stats().live);
    dedup
}

/// Resident bytes of this process.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}
