//! Image builds and continuous integration: package managers, compilers and new files are their work.

use super::super::row::{Act, Does, Is, Row, row};
use super::images;

#[rustfmt::skip]
const BUILD_PARENTS: &[&str] = &[
    "buildkit-runc", "buildkitd", "executor", "kaniko*", "buildah*", "podman", "img", "docker-init", "runc", "crun",
    "sh", "bash", "make", "npm*", "node", "yarn", "pip*", "python*", "apt*", "dpkg*", "apk", "cargo", "rustc", "go",
    "gcc", "cc", "ld", "mvn", "java", "gradle*", "containerd-shim*", "dotnet", "msbuild", "bundle", "gem", "ruby",
    "composer", "php", "cmake", "ninja", "lifecycle", "creator", "builder", "bazel", "earthly*", "dagger*", "conda",
    "mamba", "poetry", "uv", "ca-certificates*", "ash", "xargs", "find", "tini", "dumb-init", "exe", "frontend",
    "yum", "dnf", "rpm", "microdnf", "perl", "configure", "meson", "corepack", "pnpm", "bun", "git",
    "openshift-docker*",
];
const CONFIRM: &str =
    "the builder's own log shows this step: the CI job's page, kubectl logs of the build pod, docker buildx history";
const IMITATE: &str = "have the build run a step that does it: the Dockerfile, a dependency or the pipeline would have to be the attacker's";
/// What builds run.
#[rustfmt::skip]
const BUILD_COMMANDS: &[&str] = &[
    "apt-get ...", "apt ...", "apt-key ...", "apt-mark ...", "dpkg ...", "apk ...", "yum ...", "dnf ...",
    "microdnf ...", "tdnf ...", "rpm ...", "zypper ...", "pip ...", "pip3 ...", "pip# ...", "python* -m pip ...",
    "python* /usr/**/pip* ...", "python* setup.py ...", "npm ...", "npx ...", "node /usr/local/**/npm* ...",
    "node /usr/local/bin/* ...", "node /opt/yarn* ...", "node /usr/lib/node_modules/** ...", "yarn ...", "pnpm ...",
    "corepack ...", "bundle ...", "gem ...", "ruby ... bundle ...", "composer ...", "php ... composer ...",
    "cargo ...", "rustc ...", "go build ...", "go install ...", "go mod ...", "go test ...", "go generate ...",
    "go ...", "mvn ...", "gradle* ...", "java ... -jar ...", "dotnet ...", "make ...", "cmake ...", "ninja ...",
    "meson ...", "gcc ...", "g++ ...", "cc ...", "cc1* ...", "ld ...", "collect2 ...", "as ...", "ar ...",
    "strip ...", "configure ...", "conda ...", "mamba ...", "poetry ...", "uv ...", "node ... ci ...", "chmod +x ...",
    "chmod # ...", "chmod -R ...", "chmod 0# ...", "chmod ...", "cp ...", "mv ...", "ln ...", "install ...",
    "tar ...", "unzip ...", "mkdir ...", "sed ...", "update-ca-certificates ...", "useradd ...", "adduser ...",
    "groupadd ...", "addgroup ...", "usermod ...", "executor ...", "buildkitd ...", "buildctl ...", "buildah ...",
    "rm ...", "esbuild ...", "tsc ...", "webpack ...", "vite ...", "ldconfig ...", "locale-gen ...", "touch ...",
    "docker-php-ext-* ...", "pecl ...", "git clone ...", "chown ...", "lifecycle ...", "setcap ...", "gpg ...",
    "gpgv ...",
];

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row("image-build-step", "an image is built, and a build step does its work")
        .who(&[Is::Image(images::BUILDERS), Is::Parent(BUILD_PARENTS), Is::Namespace(&["**"])])
        .does(&[Does::Command(BUILD_COMMANDS)])
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Launch Package Management Process in Container"),
            ("container.id", "6e2177bdcb83"),
            ("container.image.repository", "docker.io/moby/buildkit"),
            ("k8s.ns.name", "buildkit"),
            ("evt.type", "execve"),
            ("proc.cmdline", "apt-get install -y --no-install-recommends ca-certificates curl tini"),
            ("proc.exepath", "/usr/bin/apt-get"),
            ("proc.name", "apt-get"),
            ("proc.pname", "buildkit-runc"),
        ]),
    row("kaniko-step", "kaniko builds an image: it unpacks the base image into its own root and runs the steps there")
        .who(&[
            Is::Parent(&["executor", "kaniko*"]),
            Is::Ancestor(&["executor", "containerd-shim*", "kaniko*"]),
            Is::Namespace(&[
                "*build*", "*ci*", "*kaniko*", "*pipeline*", "*runner*", "*tekton*", "*jenkins*", "*argo*",
                "*devops*", "*cicd*",
            ]),
            Is::Container,
        ])
        .does(&[
            Does::Command(BUILD_COMMANDS),
            Does::Act(&[Act::RunsNewBinary, Act::Starts, Act::MakesExecutable, Act::Writes]),
        ])
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Drop and execute new binary in container"),
            ("container.id", "01a57b013436"),
            ("container.image.repository", "harbor.local/builders/builder-image"),
            ("k8s.ns.name", "paas-builds"),
            ("evt.arg.flags", "EXE_WRITABLE|EXE_UPPER_LAYER"),
            ("evt.type", "execve"),
            ("proc.cmdline", "node /usr/local/bin/npm ci --no-audit"),
            ("proc.exepath", "/usr/local/bin/node"),
            ("proc.name", "node"),
            ("proc.pname", "executor"),
            ("proc.aname[2]", "containerd-shim"),
        ]),
    row("kaniko-snapshot", "kaniko reads every file of the image that it builds, account files among them")
        .who(&[
            Is::Exe(&["/kaniko/executor", "/kaniko/warmer"]),
            Is::Name(&["executor", "warmer"]),
            Is::Parent(&[
                "containerd-shim*", "conmon", "runc", "sh", "busybox", "tini", "entrypoint*", "gitlab-runner*",
            ]),
            Is::Container,
        ])
        .does(&[
            Does::Act(&[Act::Reads, Act::Writes, Act::MakesExecutable, Act::SetsIdBits, Act::ChangesUser]),
            Does::Command(&["executor ...", "/kaniko/executor ...", "warmer ...", "/kaniko/warmer ..."]),
        ])
        .touches(&["/etc/**", "/lib/systemd/system/**", "/usr/lib/systemd/system/**"])
        .confirm(CONFIRM)
        .imitation("put another program at /kaniko/executor of a build image")
        .seen(&[
            ("rule", "Read sensitive file untrusted"),
            ("container.id", "2e5ca3a2ca47"),
            ("container.image.repository", "harbor.local/builders/builder-image"),
            ("evt.type", "openat"),
            ("fd.name", "/etc/shadow"),
            ("proc.cmdline", "executor --context=git://gitlab.local/team23/app --cache=true"),
            ("proc.exepath", "/kaniko/executor"),
            ("proc.name", "executor"),
            ("proc.pname", "containerd-shim"),
        ]),
    row("ci-job-step", "a build job installs its dependencies and builds")
        .who(&[
            Is::Image(images::CI),
            Is::Parent(BUILD_PARENTS),
            Is::Namespace(&[
                "*gitlab*", "*runner*", "*ci*", "*jenkins*", "*tekton*", "*build*", "*argo*", "*actions*", "arc-*",
                "*buildkite*", "*drone*", "*pipeline*", "*concourse*", "*teamcity*", "*devops*",
            ]),
        ])
        .does(&[Does::Command(BUILD_COMMANDS)])
        .reaches(&[22, 80, 443])
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Launch Package Management Process in Container"),
            ("container.id", "6e2177bdcb83"),
            ("container.image.repository", "ghcr.io/actions/actions-runner"),
            ("k8s.ns.name", "arc-runners"),
            ("evt.type", "execve"),
            ("proc.cmdline", "apt-get install -y build-essential"),
            ("proc.exepath", "/usr/bin/apt-get"),
            ("proc.name", "apt-get"),
            ("proc.pname", "bash"),
        ]),
    row("ci-agent", "a build agent works on its jobs")
        .who(&[
            Is::Image(images::CI),
            Is::Name(&[
                "gitlab-runner*", "Runner.Listener", "Runner.Worker", "java", "jenkins-agent", "node",
                "buildkite-agent", "drone*", "argoexec", "entrypoint", "agent", "concourse", "act_runner",
                "circleci*", "dotnet", "tekton*", "teamcity*", "woodpecker*", "harness*",
            ]),
            Is::Exe(&[
                "/bin/**", "/usr/local/**", "/opt/**", "/actions-runner/**", "/home/runner/**", "/var/run/argo/**",
                "/tekton/**", "/ko-app/**", "/app/**", "/azp/**",
            ]),
            Is::Namespace(&["**"]),
        ])
        .does(&[Does::Act(&[
            Act::CallsApi,
            Act::RunsNewBinary,
            Act::CallsMetadata,
            Act::Writes,
            Act::MakesExecutable,
            Act::Connects,
        ])])
        .reaches(&[22, 80, 443])
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Contact K8S API Server From Container"),
            ("container.id", "6e2177bdcb83"),
            ("container.image.repository", "gitlab/gitlab-runner"),
            ("k8s.ns.name", "gitlab-runner"),
            ("fd.name", "10.244.1.23:50512->10.0.0.1:443"),
            ("proc.cmdline", "gitlab-runner run --user=gitlab-runner"),
            ("proc.exepath", "/usr/bin/gitlab-runner"),
            ("proc.name", "gitlab-runner"),
            ("proc.pname", "dumb-init"),
        ]),
    row("injected-step-binary", "a pipeline's own helper, put into the step's container by its controller, runs there")
        .who(&[
            Is::Container,
            Is::Exe(&[
                "/var/run/argo/argoexec", "/tekton/bin/entrypoint", "/ko-app/entrypoint", "/opt/gitlab-runner/**",
                "/var/run/argo/**", "/azp/agent/**", "/vault/vault-agent", "/otel-auto-instrumentation*/**",
                "/opt/dynatrace/**", "/vault/**",
            ]),
            Is::Name(&["argoexec", "entrypoint", "gitlab-runner*", "vault*", "Agent.*", "oneagent*"]),
            Is::Parent(&["containerd-shim*", "conmon", "runc", "argoexec", "tini", "entrypoint"]),
            Is::Namespace(&["**"]),
        ])
        .does(&[Does::Act(&[Act::RunsNewBinary, Act::CallsApi, Act::Starts])])
        .confirm(CONFIRM)
        .imitation("write to the volume that the controller shares with the step")
        .seen(&[
            ("rule", "Contact K8S API Server From Container"),
            ("container.id", "6e2177bdcb83"),
            ("container.image.repository", "registry.example/team/step"),
            ("k8s.ns.name", "argo"),
            ("fd.name", "10.244.1.23:50512->10.0.0.1:443"),
            ("proc.cmdline", "argoexec emissary -- python main.py"),
            ("proc.exepath", "/var/run/argo/argoexec"),
            ("proc.name", "argoexec"),
            ("proc.pname", "containerd-shim"),
        ]),
    row("gitlab-runner-step", "GitLab's runner starts a job's shell with the helper that it put into the job's container")
        .who(&[Is::Container, Is::Exe(&[
            "/scripts-#-#/dumb-init", "/scripts-#-#/gitlab-runner-helper", "/scripts-#-#/**",
        ]), Is::Parent(&["containerd-shim*", "conmon", "runc", "dumb-init", "docker-init"]), Is::Namespace(&[
            "*gitlab*", "*runner*", "*ci*", "*build*", "*jobs*",
        ])])
        .does(&[
            Does::Command(&[
                "argv:dumb-init -- sh -c if [ -x /usr/local/bin/bash ]; then .exec /usr/local/bin/bash  elif [ -x /usr/bin/bash ]; then .exec /usr/bin/bash  elif [ -x /bin/bash ]; then .exec /bin/bash",
                "argv:dumb-init -- sh -c if [ -x /usr/local/bin/bash ]; then .exec /usr/local/bin/bash .elif [ -x /usr/bin/bash ]; then .exec /usr/bin/bash .elif [ -x /bin/bash ]; then .exec /bin/bash .elif [ -x /usr/local/bin/sh ]; then .exec /usr/local/bin/sh .elif [ -x /usr/bin/sh ]; then .exec /usr/bin/sh .elif [ -x /bin/sh ]; then .exec /bin/sh .elif [ -x /busybox/sh ]; then .exec /busybox/sh .else .echo shell not found .exit 1 .fi..",
                "dumb-init -- sh -c ...", "gitlab-runner-helper ...",
            ]),
            Does::Field("k8s.pod.name", &["runner-*-project-*-concurrent-*"]),
        ])
        .confirm("the job of this project and concurrency number ran at this time: its page in GitLab")
        .imitation("run a job of its own on this runner, whose steps are other alerts")
        .seen(&[
            ("rule", "Drop and execute new binary in container"),
            ("container.id", "a15b6813725e"),
            ("container.image.repository", "docker.io/library/golang"),
            ("k8s.ns.name", "gitlab-runner"),
            ("k8s.pod.name", "runner-xs6vzpvo-project-37474587-concurrent-0-8fsl4x"),
            ("evt.type", "execve"),
            ("evt.arg.flags", "EXE_WRITABLE|EXE_UPPER_LAYER"),
            ("proc.cmdline", "dumb-init -- sh -c if [ -x /usr/local/bin/bash ]; then .exec /usr/local/bin/bash  elif [ -x /usr/bin/bash ]; then .exec /usr/bin/bash  elif [ -x /bin/bash ]; then .exec /bin/bash"),
            ("proc.exepath", "/scripts-37474587-5556589047/dumb-init"),
            ("proc.name", "dumb-init"),
            ("proc.pname", "containerd-shim"),
        ]),
    row("ci-on-host", "a build agent on a host works on its jobs")
        .who(&[
            Is::Host,
            Is::Name(&[
                "gitlab-runner*", "Runner.Listener", "Runner.Worker", "buildkite-agent", "jenkins*", "teamcity*",
                "Agent.Listener", "Agent.Worker", "circleci*",
            ]),
            Is::Exe(&["/bin/**", "/opt/**", "/usr/local/**", "/home/runner/**", "/lib/jvm/**"]),
            Is::Parent(&[
                "systemd", "Runner.Listener", "runsvc.sh", "init", "node", "Agent.Listener", "java", "supervisord",
            ]),
        ])
        .does(&[Does::Act(&[Act::Reads, Act::Connects, Act::Writes, Act::ChangesUser, Act::EntersNamespace])])
        .reaches(&[22, 80, 443])
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Non sudo setuid"),
            ("container.id", "host"),
            ("evt.type", "setuid"),
            ("proc.cmdline", "gitlab-runner run --config /etc/gitlab-runner/config.toml"),
            ("proc.exepath", "/usr/bin/gitlab-runner"),
            ("proc.name", "gitlab-runner"),
            ("proc.pname", "systemd"),
        ]),
    row("docker-save", "the container engine's own helper works on an image's files")
        .who(&[
            Is::Host,
            Is::Name(&["exe"]),
            Is::Parent(&["dockerd", "docker", "dockerd-current", "docker-current", "containerd"]),
        ])
        .does(&[Does::Command(&[
            "exe /var/lib/docker/** ...", "exe /var/run/docker/** ...", "exe ... /var/lib/docker/** ...",
        ])])
        .confirm("docker events --since shows a pull, save or build at this time")
        .imitation("be root on the host already")
        .seen(&[
            ("rule", "Write below etc"),
            ("container.id", "host"),
            ("fd.name", "/etc/ssl/certs/x.pem"),
            ("proc.cmdline", "exe /var/lib/docker/overlay2/1/diff"),
            ("proc.name", "exe"),
            ("proc.pname", "dockerd"),
        ]),
];
