//! Execution: decoded and hidden payloads, dropped programs, programs that start a shell for somebody else.

use super::kinds::{Kinds, is_interpreter};
use super::seen::Seen;
use super::{Finds, Hit, Indicator};
use crate::analysis::paths::{self, Location};

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "run-and-deleted",
        finds: Finds::Script(super::story::executed_and_deleted),
        weight: 65,
        techniques: &["T1070.004"],
        reason: "A program is started and its file deleted behind it, so that nobody can look at it.",
        refuted_by: "An installer that cleans up after itself, from a source that you trust.",
        example: &[("proc.cmdline", "sh -c nohup /tmp/k & rm -f /tmp/k")],
        look_alike: &[("proc.cmdline", "sh -c /usr/bin/app; rm -f /tmp/app.log")],
    },
    Indicator {
        id: "deleted-program-runs",
        finds: Finds::Facts(|facts| {
            let path = facts.process.program.exepath?;
            let stem = path.strip_suffix(" (deleted)")?;
            (Location::of(stem) != Location::System).then(|| Hit::of("proc.exepath", path)).flatten()
        }),
        weight: 60,
        techniques: &["T1070.004"],
        reason: "The program's file is gone while it runs: nobody can look at it any more.",
        refuted_by: "An update replaced the program while it ran; its file is then back under the same name.",
        example: &[("proc.exepath", "/var/tmp/k (deleted)")],
        look_alike: &[("proc.exepath", "/usr/bin/dockerd (deleted)")],
    },
    Indicator {
        id: "dropped-program-in-scratch-space",
        finds: Finds::Facts(|facts| {
            let path = facts.process.program.exepath?;
            let dropped = facts.event.has_flag("EXE_UPPER_LAYER") && facts.in_container();
            (dropped && is_scratch(path) && !is_build_output(path)).then(|| Hit::of("proc.exepath", path)).flatten()
        }),
        weight: 70,
        techniques: &["T1105", "T1059"],
        reason: "A program that is no part of the image runs from scratch space: it was put there after the container's start.",
        refuted_by: "The application unpacks this program there at each start (compare with other replicas).",
        example: &[
            ("container.id", "5729a694e1a5"),
            ("evt.arg.flags", "EXE_WRITABLE|EXE_UPPER_LAYER"),
            ("proc.exepath", "/tmp/svc"),
        ],
        look_alike: &[
            ("container.id", "5729a694e1a5"),
            ("evt.arg.flags", "EXE_WRITABLE|EXE_UPPER_LAYER"),
            ("proc.exepath", "/tmp/go-build92/b001/exe/main"),
        ],
    },
    Indicator {
        id: "program-in-scratch-space",
        finds: Finds::Facts(|facts| {
            let path = facts.process.program.exepath?;
            is_scratch(path).then(|| Hit::of("proc.exepath", path)).flatten()
        }),
        weight: 30,
        techniques: &["T1059"],
        reason: "The program lies where any user may write, and nothing that is installed does.",
        refuted_by: "A build, a test or an installer that unpacks its programs there.",
        example: &[("proc.exepath", "/dev/shm/bench")],
        look_alike: &[("proc.exepath", "/usr/bin/bench")],
    },
    Indicator {
        id: "program-in-hidden-directory",
        finds: Finds::Facts(|facts| {
            let path = facts.process.program.exepath?;
            let hidden = is_scratch(path) && paths::is_hidden(path) && !path.contains("/.mount_");
            hidden.then(|| Hit::of("proc.exepath", path)).flatten()
        }),
        weight: 72,
        techniques: &["T1564.001", "T1059"],
        reason: "The program lies in a hidden place in scratch space, where nothing honest installs itself.",
        refuted_by: "The tool that unpacks itself there, and who started it.",
        example: &[("proc.exepath", "/var/tmp/.ICE-unix/.x/kw")],
        look_alike: &[("proc.exepath", "/root/.vscode-server/cli/node")],
    },
    Indicator {
        id: "runs-file-in-scratch-space",
        finds: Finds::Kind(Kinds::RUNS_FILE, &[], |seen| {
            scratch_script(seen).is_some_and(|path| !paths::is_hidden(path))
        }),
        weight: 30,
        techniques: &["T1059.004"],
        reason: "It runs a file that lies where any user may write.",
        refuted_by: "The program that wrote the file, and the file's content.",
        example: &[("proc.cmdline", "bash /tmp/payload.sh")],
        look_alike: &[("proc.cmdline", "bash /usr/local/bin/backup.sh")],
    },
    Indicator {
        id: "runs-hidden-file-in-scratch-space",
        finds: Finds::Kind(Kinds::RUNS_FILE, &[], |seen| scratch_script(seen).is_some_and(paths::is_hidden)),
        weight: 70,
        techniques: &["T1564.001", "T1059.004"],
        reason: "It runs a hidden file from scratch space, where nothing honest hides its programs.",
        refuted_by: "The program that wrote the file, and the file's content.",
        example: &[("proc.cmdline", "sh -c /dev/shm/.x/run")],
        look_alike: &[("proc.cmdline", "sh -c ls /dev/shm/.x")],
    },
    Indicator {
        id: "scratch-program-touches-secrets",
        finds: Finds::Facts(|facts| {
            let path = facts.process.program.exepath.filter(|path| is_scratch(path))?;
            super::credentials::touches_secrets(facts).and_then(|_| Hit::of("proc.exepath", path))
        }),
        weight: 74,
        techniques: &["T1003.008", "T1105"],
        reason: "A program from scratch space opens the machine's secrets.",
        refuted_by: "A test or an installer that runs from there and needs this file.",
        example: &[("proc.exepath", "/dev/shm/vim"), ("fd.name", "/etc/shadow")],
        look_alike: &[("proc.exepath", "/usr/bin/vim"), ("fd.name", "/etc/shadow")],
    },
    Indicator {
        id: "program-among-uploads",
        finds: Finds::Facts(|facts| {
            let path = facts.process.program.exepath?;
            let uploads = [
                "/uploads/",
                "/upload/",
                "/wp-content/",
                "/var/www/html/",
                "/htdocs/",
                "/webapps/ROOT/",
                "/public_html/",
            ];
            uploads.iter().any(|part| path.contains(part)).then(|| Hit::of("proc.exepath", path)).flatten()
        }),
        weight: 72,
        techniques: &["T1505.003", "T1105"],
        reason: "A program runs from among a web server's pages or uploads, where visitors' files land and programs do not belong.",
        refuted_by: "A web application that brings this helper program along.",
        example: &[("proc.exepath", "/var/www/html/wp-content/uploads/php")],
        look_alike: &[("proc.exepath", "/usr/local/bin/php")],
    },
    Indicator {
        id: "cluster-client-in-scratch-space",
        finds: Finds::Facts(|facts| {
            let path = facts.process.program.exepath.filter(|path| is_scratch(path))?;
            let client = matches!(
                paths::base_name(path),
                "kubectl" | "docker" | "crictl" | "ctr" | "oc" | "nerdctl" | "helm" | "aws" | "etcdctl"
            );
            (client && facts.in_container()).then(|| Hit::of("proc.exepath", path)).flatten()
        }),
        weight: 62,
        techniques: &["T1609", "T1105"],
        reason: "A client for the cluster was brought into a container's scratch space, to use the pod's token with it.",
        refuted_by: "Somebody of your team who debugged from this pod at this time.",
        example: &[("container.id", "c1"), ("proc.exepath", "/tmp/kubectl")],
        look_alike: &[("container.id", "c1"), ("proc.exepath", "/usr/local/bin/kubectl")],
    },
];

/// Scratch space: anywhere that any user may write.
pub(super) fn is_scratch(path: &str) -> bool {
    Location::of(path) == Location::Temporary && !path.ends_with('/')
}

/// Where compilers, test runners and self-unpacking programs put what they run.
pub(super) fn is_build_output(path: &str) -> bool {
    [
        "/go-build",
        "/_MEI",
        "/pip-",
        "/npm-",
        "/cargo-",
        "/.mount_",
        "/bazel",
        "/rustc",
        "/ort_build",
        "/pytest-",
        "/yarn--",
        "/jruby-",
        "/jna-",
        "/ccache",
        "/buildkit",
        "/conda",
    ]
    .iter()
    .any(|part| path.contains(part))
}

/// The file in scratch space that the command runs.
fn scratch_script<'a>(seen: &Seen<'_, 'a>) -> Option<&'a str> {
    if is_scratch(seen.command.path()) {
        return Some(seen.command.path());
    }
    if !is_interpreter(seen) || seen.command.code.is_some() {
        return None;
    }
    seen.operands().next().filter(|path| is_scratch(path) && !seen.has_arg(&["-c"]))
}
