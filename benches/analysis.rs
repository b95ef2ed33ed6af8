//! What an analysis costs: microseconds per alert that opens a group, by what it turns out to be; and what a report of it
//! and the message to a watcher cost.
//!
//! `cargo bench --bench analysis`. The attacks and the ambiguous alerts are the verdict tests' own; the known activities
//! are written here. An analysis is all of it: facts, indicators, causes, verdict, words, steps and the exception.

use divan::{Bencher, black_box};
use lanner::alert::{Alert, AlertBuilder, Context, Priority, Time, decode_json};
use lanner::analysis::{Analysis, Input, analyse};
use lanner::dedup::{Fingerprint, GroupId, GroupView, Reason, State};
use lanner::report::{Format, render};
use lanner::serve::convert;
use prost::Message as _;

/// As the program allocates.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    divan::main();
}

/// Alerts out of a file of the verdict tests.
fn lines(text: &str) -> Vec<Alert> {
    text.lines().filter(|line| !line.is_empty()).map(|line| decode_json(line).expect("a well-formed alert")).collect()
}

fn attacks() -> Vec<Alert> {
    lines(include_str!("../tests/verdicts/attacks.jsonl"))
}

fn by_hand() -> Vec<Alert> {
    lines(include_str!("../tests/verdicts/ambiguous.jsonl"))
}

/// Rule, image (`host` for none), namespace, executable, parent, command line, file or connection.
const KNOWN: &[[&str; 7]] = &[
    [
        "Redirect STDOUT/STDIN to Network Connection in Container",
        "falcosecurity/falco-driver-loader",
        "falco",
        "/usr/bin/bash",
        "falcoctl",
        r#"bash -c /usr/sbin/dkms status -m "falco" | tr -d "," | tr -d ":" | tr "/" " " | cut -d' ' -f2"#,
        "",
    ],
    [
        "Contact K8S API Server From Container",
        "quay.io/jetstack/cert-manager-controller",
        "cert-manager",
        "/app/cmd/controller/controller",
        "containerd-shim",
        "controller --v=2 --cluster-resource-namespace=cert-manager",
        "10.244.1.23:50512->10.0.0.1:443",
    ],
    [
        "Contact EC2 Instance Metadata Service From Container",
        "registry.k8s.io/autoscaling/cluster-autoscaler",
        "kube-system",
        "/cluster-autoscaler",
        "containerd-shim",
        "cluster-autoscaler --v=4 --cloud-provider=aws",
        "10.0.3.61:57120->169.254.169.254:80",
    ],
    [
        "Write below etc",
        "host",
        "",
        "/usr/sbin/lvm",
        "ceph-volume",
        "lvs --noheadings --readonly -a -o lv_tags,lv_path,lv_name",
        "/etc/lvm/cache/.cache",
    ],
    [
        "Change thread namespace",
        "docker.io/longhornio/longhorn-manager",
        "longhorn-system",
        "/usr/bin/nsenter",
        "longhorn-manage",
        "nsenter --mount=/host/proc/1/ns/mnt --net=/host/proc/1/ns/net iscsiadm -m session",
        "",
    ],
];

fn known() -> Vec<Alert> {
    let each = |[rule, image, namespace, exepath, parent, command, file]: &[&'static str; 7]| {
        let name = command.split(' ').next().unwrap_or_default();
        let mut builder = AlertBuilder::new().rule(*rule).time(Time::from_nanos(1)).priority(Priority::Notice);
        let container = if *image == "host" { "host" } else { "f05788b9a8d0" };
        let fields = [
            ("container.id", container),
            ("container.image.repository", if *image == "host" { "" } else { *image }),
            ("k8s.ns.name", *namespace),
            ("proc.exepath", *exepath),
            ("proc.pname", *parent),
            ("proc.cmdline", *command),
            ("proc.name", name),
            ("fd.name", *file),
            ("user.name", "root"),
            ("proc.tty", "0"),
        ];
        for (key, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            builder = builder.field(key, value);
        }
        builder.build().expect("a well-formed alert")
    };
    KNOWN.iter().map(each).collect()
}

#[divan::bench(sample_size = 500)]
fn attack(bencher: Bencher) {
    analyses(bencher, &attacks());
}

#[divan::bench(sample_size = 500)]
fn expected(bencher: Bencher) {
    analyses(bencher, &known());
}

#[divan::bench(sample_size = 500)]
fn review(bencher: Bencher) {
    analyses(bencher, &by_hand());
}

/// Mostly what happens every day, as on a cluster.
#[divan::bench(sample_size = 500)]
fn mixed(bencher: Bencher) {
    let mut all = by_hand();
    for _ in 0..40 {
        all.extend(known());
    }
    all.extend(attacks().into_iter().take(20));
    analyses(bencher, &all);
}

#[divan::bench(args = [Format::Markdown, Format::Html, Format::Text], sample_size = 50)]
fn report(bencher: Bencher, format: Format) {
    let analyses: Vec<Analysis> = attacks().iter().map(analysis).collect();
    let mut next = 0;
    bencher.counter(1_u32).bench_local(|| {
        next += 1;
        render(black_box(&analyses[next % analyses.len()]), format)
    });
}

/// What every watcher gets the bytes of: made once.
#[divan::bench(sample_size = 500)]
fn message(bencher: Bencher) {
    let analyses: Vec<Analysis> = attacks().iter().map(analysis).collect();
    let mut next = 0;
    let mut owned = || {
        next += 1;
        analyses[next % analyses.len()].clone()
    };
    bencher
        .counter(1_u32)
        .with_inputs(&mut owned)
        .bench_local_values(|analysis| convert::analysis(black_box(analysis)).encode_to_vec());
}

/// One alert after another; the figure is for one.
fn analyses(bencher: Bencher, alerts: &[Alert]) {
    let mut next = 0;
    bencher.counter(1_u32).bench_local(|| {
        next += 1;
        analysis(black_box(&alerts[next % alerts.len()]))
    });
}

/// The analysis of a group that this alert opens.
fn analysis(alert: &Alert) -> Analysis {
    let fingerprint = Fingerprint::from_bytes([7; 16]);
    let group = GroupView {
        id: GroupId::new(fingerprint, alert.id()),
        fingerprint,
        revision: 1,
        state: State::Opened,
        reason: Reason::First,
        count: 1,
        first: alert.time(),
        last: alert.time(),
        gap: None,
        distinct: Vec::new(),
    };
    analyse(Input { alert, context: &Context::default(), group, history: None, book: None })
}
