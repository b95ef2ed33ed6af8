//! Container runtimes, the kubelet, network plugins: what starts containers and wires them up.

use super::super::row::{Act, Does, Is, Row, row};

#[rustfmt::skip]
const RUNTIMES: &[&str] = &[
    "runc", ".runc", "crun", "youki", "containerd-shim*", "containerd", "conmon", "conmonrs", "crio", "cri-o",
    "dockerd", "docker-containe*", "docker-init", "kubelet", "hyperkube", "podman", "buildah", "buildkitd",
    "buildkit-runc", "oci-add-hooks", "nvidia-container*", "k3s", "k3s-server", "k3s-agent", "rke2", "k0s", "systemd",
    "cri-dockerd", "exe", "runc:\\[*", "sysbox-runc", "kata-runtime", "shimv2*", "tini",
];
const CONFIRM_RUNTIME: &str = "the time is a container's start or exec: crictl ps -a, docker ps -a or journalctl -u containerd -u docker -u crio around it";
const IMITATE_RUNTIME: &str = "be root on the host already, or start a container through the runtime itself";

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row("runc-memfd-clone", "runc runs a sealed copy of itself from memory, its protection against CVE-2019-5736")
        .who(&[
            Is::Host,
            Is::Exe(&[
                "memfd:runc", "memfd:runc_cloned:/proc/self/exe", "memfd:runc_cloned*", "/memfd:runc*", "memfd:crun*",
                "memfd:buildkit-runc*", "/memfd:crun*", "/proc/self/fd/#", "/proc/self/exe", "/dev/fd/#",
            ]),
            Is::Parent(RUNTIMES),
        ])
        .does(&[Does::Command(&[
            "* init", "runc:* init", "*runc --root ...", "*runc --log ...", "*runc --systemd-cgroup ...",
            "*runc ... create ...", "*runc ... start ...", "*runc ... exec ...", "*runc ... init",
            "crun ... create ...", "crun ... exec ...", "exe init",
        ])])
        .harmless()
        .confirm(CONFIRM_RUNTIME)
        .imitation("be root on the host already and name its memory file runc_cloned")
        .seen(&[
            ("rule", "Fileless execution via memfd_create"),
            ("container.id", "host"),
            ("evt.arg.flags", "EXE_WRITABLE|EXE_FROM_MEMFD"),
            ("proc.cmdline", "5 init"),
            ("proc.exepath", "memfd:runc_cloned:/proc/self/exe"),
            ("proc.name", "5"),
            ("proc.pname", "runc"),
        ]),
    row("runc-init", "runc prepares a container before its own program runs")
        .who(&[Is::Name(&["runc:*", "exe", "runc", "5", "6", "7", "8", "9", "crun"]), Is::Parent(RUNTIMES), Is::Host])
        .does(&[
            Does::Command(&["runc:* init", "exe init", "# init", "runc init", "runc:* ..."]),
            Does::File(&[
                "/exec.fifo", "**/exec.fifo", "/var/lib/docker/**", "/var/lib/containerd/**", "/run/containerd/**",
                "/run/runc/**", "/var/lib/containers/**", "/run/docker/**", "/dev/**", "/proc/**",
                "/sys/fs/cgroup/**",
            ]),
        ])
        .harmless()
        .confirm(CONFIRM_RUNTIME)
        .imitation(IMITATE_RUNTIME)
        .seen(&[
            ("rule", "Write below root"),
            ("container.id", "host"),
            ("fd.name", "/exec.fifo"),
            ("proc.cmdline", "runc:[1:CHILD] init"),
            ("proc.name", "runc:[1:CHILD]"),
        ]),
    row("runtime-namespaces", "the container runtime sets up a container's namespaces")
        .who(&[
            Is::Host,
            Is::Name(&[
                "runc*", "crun", "containerd*", "crio", "conmon*", "dockerd", "kubelet", "podman", "buildkitd", "exe",
                "docker-*", "nvidia-container*", "slirp4netns", "netavark", "aardvark-dns", "snap-confine",
                "systemd*", "lxc*", "lxd", "incusd", "virt-launcher", "cri-dockerd", "k3s*", "rke2*", "hyperkube",
                "unshare_helper", "ip", "oci-*", "rootlesskit", "fuse-overlayfs", "bwrap", "flatpak*", "pinns",
            ]),
            Is::Exe(&[
                "/bin/runc", "/bin/crun", "/bin/containerd*", "/bin/crio", "/bin/conmon*", "/bin/dockerd",
                "/bin/kubelet", "/bin/podman", "/lib/podman/**", "/usr/libexec/podman/**", "/lib/snapd/**",
                "/snap/**", "/bin/pinns", "/usr/local/bin/*", "/usr/local/sbin/*", "/opt/bin/*", "/bin/lx*",
                "/lib/lx*/**", "/bin/nvidia-container*", "/var/lib/rancher/**", "/bin/bwrap", "/lib/systemd/**",
                "/bin/hyperkube", "/home/kubernetes/bin/*", "/x86_64-bottlerocket-linux-gnu/**", "/bin/buildkitd",
                "/bin/docker*", "memfd:runc*", "/usr/libexec/**", "/bin/cri-dockerd", "/bin/slirp4netns",
                "/bin/rootlesskit",
            ]),
            Is::Parent(RUNTIMES),
        ])
        .does(&[Does::Act(&[Act::EntersNamespace, Act::LoadsBpf, Act::Traces, Act::ChangesUser])])
        .confirm(CONFIRM_RUNTIME)
        .imitation(IMITATE_RUNTIME)
        .seen(&[
            ("rule", "Change thread namespace"),
            ("container.id", "host"),
            ("evt.type", "setns"),
            ("proc.name", "crio"),
            ("proc.cmdline", "crio"),
            ("proc.exepath", "/usr/bin/crio"),
            ("proc.pname", "systemd"),
        ]),
    row("docker-layers", "the container runtime unpacks or removes an image's layer, with the files that the image has")
        .who(&[
            Is::Host,
            Is::Name(&[
                "exe", "dockerd", "docker-untar", "docker-applylay*", "docker", "containerd", "buildkitd", "podman",
                "buildah", "skopeo", "crio", "kubelet", "/var/lib/docker/**", "k3s*", "stargz*", "containerd-star*",
            ]),
            Is::Exe(&[
                "/bin/dockerd", "/bin/docker", "/bin/containerd", "/bin/buildkitd", "/bin/podman", "/bin/buildah",
                "/bin/skopeo", "/bin/crio", "/bin/kubelet", "/usr/local/bin/**", "/snap/docker/**", "/proc/self/exe",
                "/var/lib/rancher/**",
            ]),
            Is::Parent(&[
                "dockerd", "docker", "systemd", "dockerd-current", "docker-current", "containerd", "exe", "podman",
                "buildah",
            ]),
        ])
        .does(&[Does::Command(&[
            "exe /var/lib/docker/**", "docker-untar ...", "docker-applyLayer ...", "docker-applylayer ...",
            "exe /var/lib/docker/** ...", "exe / /var/lib/docker/**", "dockerd", "dockerd ...", "containerd",
            "containerd --config ...", "podman ... pull ...", "buildkitd ...", "crio ...", "crio", "skopeo copy ...",
            "storage-applyLayer ...", "storage-untar ...",
        ])])
        .harmless()
        .touches(&[
            "/etc/profile*", "/etc/profile.d/**", "/etc/bash.bashrc*", "/root/.bash*", "/root/.profile", "/home/*/.bash*",
            "/home/*/.profile", "/etc/passwd*", "/etc/shadow*", "/etc/gshadow*", "/etc/pam.d/**", "/etc/init.d/**",
            "/etc/environment*",
        ])
        .confirm("an image was pulled or a container removed at this time: docker events --since, or journalctl -u docker -u containerd")
        .imitation("be root on the host already, or have an image pulled that carries such a file, which is then inside the image")
        .seen(&[
            ("rule", "Set Setuid or Setgid bit"),
            ("container.id", "host"),
            ("evt.arg.filename", "/home/appuser"),
            ("proc.cmdline", "exe /var/lib/docker/overlay2/d06cc577802ae17ab015005a43d1370a3fdc039af0948cc05d0909e9a4404845/diff"),
            ("proc.name", "exe"),
        ]),
    row("kubelet-volumes", "the kubelet mounts or unmounts a pod's volumes")
        .who(&[Is::Exe(&["/bin/umount", "/bin/mount", "/bin/systemd-run", "/bin/mount.*", "/bin/umount.*"]),
            Is::Parent(&[
                "kubelet", "umount", "mount", "hyperkube", "systemd-run", "systemd", "k3s*", "rke2*", "kubelite",
                "nsenter",
            ])])
        .does(&[Does::Command(&[
            "umount /var/lib/kubelet/pods/**", "umount /var/lib/kubelet/plugins/**", "umount -f /var/lib/kubelet/**",
            "mount ... /var/lib/kubelet/pods/**", "mount ... /var/lib/kubelet/plugins/**",
            "systemd-run --description=Kubernetes transient mount for /var/lib/kubelet/** ...",
            "systemd-run '--description=Kubernetes transient mount for **' ... mount ...",
            "umount /var/snap/microk8s/common/var/lib/kubelet/pods/**", "umount.* /var/lib/kubelet/pods/** ...",
        ])])
        .harmless()
        .confirm("journalctl -u kubelet around this time names the pod and the volume")
        .imitation("none worth having: the command mounts or unmounts a volume of the kubelet's own")
        .seen(&[
            ("rule", "Non sudo setuid"),
            ("container.id", "host"),
            ("proc.cmdline", "umount /var/lib/kubelet/pods/3630aac9-5810-43a9-8c81-f2ceea6f9888/volume-subpaths/77b0d7f3-files/setup/14"),
            ("proc.pname", "kubelet"),
            ("proc.exepath", "/usr/bin/umount"),
        ]),
    row("cni-plugin", "a network plugin wires up a pod")
        .who(&[
            Is::Host,
            Is::Name(&[
                "calico", "calico-ipam", "cilium-cni", "flannel", "aws-cni", "aws-vpc-cni", "egress-cni",
                "azure-vnet*", "weave-net", "weaver", "portmap", "bridge", "host-local", "loopback", "bandwidth",
                "ptp", "macvlan", "ipvlan", "multus*", "ovn-k8s-cni*", "ovnkube", "antrea-cni", "kube-router",
                "firewall", "tuning", "vlan", "whereabouts", "galaxy*", "terway*", "ptp", "sbr", "dhcp", "istio-cni",
                "linkerd-cni", "kindnet*", "gke", "netd", "contiv*", "romana*", "sriov", "canal", "nodelocaldns",
                "cni*", "dra-cni", "kube-ovn*", "spiderpool", "tigera*", "kuryr*",
            ]),
            Is::Exe(&[
                "/opt/cni/bin/*", "/home/kubernetes/bin/*", "/var/lib/rancher/**", "/var/lib/cni/**", "/lib/cni/**",
                "/usr/libexec/cni/*", "/bin/cni-plugins/*", "/var/snap/microk8s/**", "/var/vcap/**",
            ]),
            Is::Parent(&[
                "kubelet", "containerd", "crio", "cri-o", "dockerd", "calico", "cilium-cni", "multus*", "hyperkube",
                "k3s*", "rke2*", "podman", "cri-dockerd", "aws-cni", "azure-vnet*", "containerd-shim*", "ovn*",
                "flannel", "weave*", "exe",
            ]),
        ])
        .does(&[Does::Act(&[Act::EntersNamespace, Act::ChangesUser, Act::Writes, Act::Connects, Act::OpensPacketSocket, Act::LoadsBpf])])
        .confirm("a pod starts or stops on this node at this time: kubectl get events -A --field-selector reason=Started; the plugin's hash equals the release's: sha256sum /opt/cni/bin/*")
        .imitation("replace a file in /opt/cni/bin, which root on the node alone can do")
        .seen(&[
            ("rule", "Change thread namespace"),
            ("container.id", "host"),
            ("evt.type", "setns"),
            ("proc.cmdline", "calico"),
            ("proc.pname", "calico"),
            ("proc.name", "calico"),
        ]),
    row("cni-temporary-link", "Calico's Felix removes its own temporary network link")
        .who(&[Is::Image(&["calico/node", "rancher/mirrored-calico-node", "projectcalico-org/node"]), Is::Parent(&[
            "calico-felix", "calico-node", "calico-iptables*", "felix",
        ])])
        .does(&[Does::Command(&[
            "ip link del calico_tmp_* || true", "ip link del calico_tmp_*", "ip link del cali_tmp_* || true",
        ])])
        .harmless()
        .confirm("the container is calico-node: crictl ps --id ID")
        .imitation("none worth having: the command removes a link that only Calico makes")
        .seen(&[
            ("rule", "Detect Shell in Container"),
            ("container.id", "64fac540e48f"),
            ("container.image.repository", "docker.io/calico/node"),
            ("proc.cmdline", "sh -c ip link del calico_tmp_A || true"),
        ]),
    row("cni-install", "a network plugin's pod writes its configuration and installs its binaries")
        .who(&[
            Is::Image(super::images::CNI),
            Is::Parent(&[
                "install-cni.sh", "install-cni", "containerd-shim*", "conmon", "runc", "entrypoint.sh", "calico-node",
                "start_runit", "runsv", "sh", "bash", "runsvdir", "tini", "dumb-init",
            ]),
            Is::Name(&[
                "sed", "cp", "mv", "install", "install-cni*", "calico*", "cilium*", "flanneld", "aws-*",
                "kube-controller", "start_runit", "entrypoint.sh", "cni-installer", "tee", "kube-router", "cat",
                "chmod", "ln", "mkdir", "rm", "opt", "multus*", "sh", "bash", "weave*", "jq", "awk", "envsubst",
            ]),
        ])
        .does(&[Does::File(&[
            "/sed*", "/*.conf.tmp", "/*.conflist*", "/calico*", "/etc/cni/**", "/opt/cni/**", "/host/etc/cni/**",
            "/host/opt/cni/**", "/etc/calico/**", "/status.json", "/etc/envvars/**", "/root/.kube/**",
            "/etc/service/**", "/etc/kube-flannel/**", "/etc/weave/**", "/hostbin/**", "/net.d/**", "/bin/**",
            "/var/lib/calico/**",
        ])])
        .harmless()
        .confirm("the pod is the network plugin's daemon set or init container: kubectl -n kube-system get pods -o wide")
        .imitation("run code in the network plugin's own pod")
        .seen(&[
            ("rule", "Write below root"),
            ("container.id", "42bf147f20ff"),
            ("container.image.repository", "docker.io/calico/cni"),
            ("fd.name", "/sedZTiSuf"),
            ("proc.cmdline", "sed -i s/__KUBERNETES_NODE_NAME__/ebpf01/g /calico.conf.tmp"),
            ("proc.name", "sed"),
            ("proc.pname", "install-cni.sh"),
        ]),
    row("calico-status", "Calico's controllers write the file that their readiness probe reads")
        .who(&[Is::Name(&["kube-controller*"]), Is::Image(&[
            "calico/kube-controllers", "rancher/mirrored-calico-kube-controllers",
        ]), Is::Parent(&["containerd-shim*", "conmon", "runc", "docker-containe*", "dockerd"])])
        .does(&[Does::File(&["/status.json", "/status/status.json", "/profiles/**"])])
        .harmless()
        .confirm("the pod is calico-kube-controllers in kube-system or calico-system")
        .imitation("none worth having: the file holds a probe's answer")
        .seen(&[
            ("rule", "Write below root"),
            ("container.id", "4dda2f787f21"),
            ("fd.name", "/status.json"),
            ("proc.cmdline", "kube-controller"),
            ("proc.name", "kube-controller"),
            ("proc.pname", "containerd-shim"),
        ]),
    row("packet-sockets", "a network daemon reads or answers frames: addresses, neighbours, virtual addresses")
        .who(&[
            Is::Image(super::images::NETWORK),
            Is::OwnProgram,
            Is::Namespace(&[
                "kube-system", "metallb*", "calico-system", "cilium*", "kube-vip", "keepalived*", "ingress*",
                "openshift-*", "tigera*", "purelb", "kubevirt", "network*", "multus",
            ]),
        ])
        .does(&[Does::Act(&[Act::OpensPacketSocket])])
        .confirm("the pod is the network daemon's, with NET_RAW or NET_ADMIN in its manifest: kubectl get pod -o yaml")
        .imitation("run code in the network daemon's own pod")
        .seen(&[
            ("rule", "Packet socket created in container"),
            ("container.id", "42bf147f20ff"),
            ("container.image.repository", "quay.io/metallb/speaker"),
            ("k8s.ns.name", "metallb-system"),
            ("proc.cmdline", "speaker --port=7472 --log-level=info"),
            ("proc.exepath", "/speaker"),
            ("proc.name", "speaker"),
        ]),
];
