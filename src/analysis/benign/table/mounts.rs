//! Containers that start with privileges or with the host's directories because they are node agents.

use super::super::row::{Act, Does, Is, Row, row};
use super::images;

const CONFIRM: &str = "the owner is the vendor's daemon set and the image's digest the vendor's: kubectl get pod -o yaml, or docker inspect";
const IMITATE: &str = "be allowed to start containers, and start one of that image with another command";
/// Directories of the host that agents look at: where writing would change the host, as with `release_agent` and
/// `uevent_helper` below `/sys`, modules, and the pods' tokens of the kubelet, only read-only counts. Logs and `/data` are
/// written to by those that ship and keep them. No socket is named: a read-only mount does not keep anyone from
/// connecting, and a runtime's socket is the host. The whole of `/` read-only brings them along; node exporters have it.
#[rustfmt::skip]
const LOOKED_AT: &[&str] = &[
    "/proc:*:ro:**", "/proc:**:ro:false:**", "/sys:**:ro:**", "/:**:ro:**", "/etc:**:ro:**", "/var/log:**",
    "/var/lib/docker:**:ro:**", "/var/lib/docker/containers:**:ro:**", "/run/udev:**:ro:**", "/dev:**:ro:**",
    "/var/lib/kubelet/**:ro:**", "/etc/localtime:**", "/etc/hosts:**:ro:**", "/etc/resolv.conf:**:ro:**",
    "/etc/hostname:**:ro:**", "/run/log:**", "/etc/machine-id:**", "/etc/os-release:**", "/usr/lib/os-release:**",
    "/lib/modules:**:ro:**", "/usr/src:**:ro:**", "/run/xtables.lock:**", "/var/run/utmp:**", "/etc/passwd:**:ro:**",
    "/etc/group:**:ro:**", "/etc/ssl**:ro:**", "/etc/pki**:ro:**", "/data/**", "/var/lib/docker/volumes/**:ro:**",
    "/var/log/**", "/sys/fs/**:ro:**", "/sys/kernel/**:ro:**",
];

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row("node-agent-mounts-read-only", "a node agent starts with the host's state mounted to look at")
        .who(&[Is::Image(images::NODE_AGENTS), Is::Namespace(&["**"])])
        .does(&[Does::Act(&[Act::StartsContainer]), Does::Field("container.mounts", LOOKED_AT)])
        .harmless()
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Launch Sensitive Mount Container"),
            ("container.id", "19d4e98bb0dc"),
            ("container.image.repository", "amazon/amazon-ecs-agent"),
            ("container.mounts", "/proc:/host/proc:ro:false:rprivate"),
            ("proc.cmdline", "init -- /agent"),
        ]),
    row("node-agent-starts-privileged", "a node agent works with the privileges that it was given")
        .who(&[
            Is::Image(images::NODE_AGENTS),
            Is::Namespace(&[
                "kube-*", "calico-*", "tigera-*", "cilium*", "*-system", "openshift-*", "cattle-*", "rook-*",
                "monitoring", "logging", "observability", "datadog*", "dynatrace", "falco*", "portworx*", "openebs*",
                "longhorn-*", "gpu-operator", "nvidia*", "security*", "velero", "amazon-*", "aws-*", "gke-*", "gmp-*",
                "istio*", "linkerd*", "newrelic*", "splunk*", "elastic*", "crowdstrike*", "falcon*", "wiz*",
                "lacework*", "stackrox*", "twistlock*", "neuvector*", "sysdig*", "kured", "node-*", "ingress*",
                "metallb*", "*csi*", "storage*", "trident*", "ceph*", "kubescape*", "trivy*", "prometheus*",
                "grafana*", "fluent*", "loki*", "vector*", "system-*", "default-system",
            ]),
        ])
        .does(&[Does::Act(&[Act::StartsContainer])])
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Launch Privileged Container"),
            ("container.id", "8c0a6f7714e2"),
            ("container.image.repository", "mcr.microsoft.com/oss/kubernetes-csi/azuredisk-csi"),
            ("k8s.ns.name", "kube-system"),
            ("proc.cmdline", "container:8c0a6f7714e2"),
        ]),
];
