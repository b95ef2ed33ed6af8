//! What the controllers and agents of a cluster do by design.

use super::super::row::{Act, Does, Is, Row, row};
use super::images;

const CONFIRM_POD: &str = "kubectl get pod -o jsonpath of .spec.containers[*].image and .status.containerStatuses[*].imageID shows the vendor's image and digest, and the owner is its deployment or daemon set";
const IMITATE_POD: &str = "run code in that product's own pod with that product's own executable, or be allowed to create pods with its image";

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row("controller-calls-api", "a controller or agent of the cluster calls the Kubernetes API, which is its work")
        .who(&[
            Is::Image(images::CONTROLLERS),
            Is::OwnProgram,
            Is::Namespace(&["**"]),
        ])
        .does(&[Does::Act(&[Act::CallsApi])])
        .confirm(CONFIRM_POD)
        .imitation(IMITATE_POD)
        .seen(&[
            ("rule", "Contact K8S API Server From Container"),
            ("container.id", "f05788b9a8d0"),
            ("container.image.repository", "quay.io/jetstack/cert-manager-controller"),
            ("k8s.ns.name", "cert-manager"),
            ("evt.type", "connect"),
            ("fd.name", "10.244.1.23:50512->10.0.0.1:443"),
            ("proc.cmdline", "controller --v=2 --cluster-resource-namespace=cert-manager"),
            ("proc.exepath", "/app/cmd/controller/controller"),
            ("proc.name", "controller"),
            ("proc.pname", "containerd-shim"),
        ]),
    row("sidecar-calls-api", "Grafana's sidecar watches ConfigMaps through the Kubernetes API")
        .who(&[Is::Image(&["kiwigrid/k8s-sidecar"]), Is::Exe(&[
            "/usr/local/bin/python3*", "/bin/python3*", "/app/.venv/bin/python*",
        ]), Is::Parent(&["python*", "containerd-shim*", "conmon", "runc"])])
        .does(&[Does::Command(&[
            "python -u /app/sidecar.py", "python3 -u /app/sidecar.py", "python* -u -m sidecar",
        ]), Does::Act(&[Act::CallsApi, Act::Writes, Act::Connects])])
        .harmless()
        .confirm(CONFIRM_POD)
        .imitation("put a script of its own at /app/sidecar.py of the sidecar's image")
        .seen(&[
            ("rule", "Contact K8S API Server From Container"),
            ("container.id", "9cb803c378cc"),
            ("fd.name", "10.0.3.115:53848->10.43.0.1:443"),
            ("proc.cmdline", "python -u /app/sidecar.py"),
            ("proc.exepath", "/usr/local/bin/python3.12"),
            ("proc.name", "python"),
            ("proc.pname", "python"),
        ]),
    row("cloud-agent-calls-metadata", "a controller or agent asks the cloud's metadata service for its region and its own credentials")
        .who(&[Is::Image(images::CLOUD), Is::OwnProgram, Is::Namespace(&["**"])])
        .does(&[Does::Act(&[Act::CallsMetadata])])
        .confirm(CONFIRM_POD)
        .imitation(IMITATE_POD)
        .seen(&[
            ("rule", "Contact EC2 Instance Metadata Service From Container"),
            ("container.id", "80046b996828"),
            ("container.image.repository", "registry.k8s.io/autoscaling/cluster-autoscaler"),
            ("k8s.ns.name", "kube-system"),
            ("fd.name", "10.0.3.61:57120->169.254.169.254:80"),
            ("proc.cmdline", "cluster-autoscaler --v=4 --cloud-provider=aws"),
            ("proc.exepath", "/cluster-autoscaler"),
            ("proc.name", "cluster-autosca"),
            ("proc.pname", "containerd-shim"),
        ]),
    row("controller-runs-kubectl", "a controller of the cluster runs the Kubernetes client, as it is built to")
        .who(&[
            Is::Image(&[
                "fluxcd/*", "argoproj/*", "fluentd-gcp-scaler", "k8s.gcr.io/**", "registry.k8s.io/**",
                "gke.gcr.io/**", "rancher/*", "weaveworks/kured", "kubereboot/kured", "kubernetes-sigs/*", "helm/*",
                "fluxcd/helm-operator", "weaveworks/*", "spinnaker/*", "spinnaker-release/**", "armory/*",
                "gitlab-org/**", "portainer/*", "crossplane-contrib/*", "kubesphere/*", "sonobuoy/*",
                "vmware-tanzu/*", "bitpoke/*", "kubeshop/*", "appscode/*", "kubedb/*", "stashed/*", "openshift/*",
                "quay.io/openshift*/**", "registry.redhat.io/**", "openebs/*", "longhornio/*", "rook/*", "portworx/*",
                "percona/*", "kiali/*", "cilium/*", "metacontroller/*", "flant/*", "deckhouse/*", "zalando/*",
                "tektoncd/*", "keel*/*", "jenkins-x/*", "komodor*/*", "robusta-dev/*", "hashicorp/*", "velero/*",
                "aquasecurity/*", "gitlab/*", "addon-manager*", "kube-addon-manager*", "cluster-proportional-*",
                "addon-resizer*", "amazon/*", "aws-*/*", "azure*/*", "kops/*",
            ]),
            Is::Name(&["kubectl", "oc", "helm", "kustomize"]),
            Is::Parent(&[
                "kustomize-contr*", "argocd*", "helm-operator", "fluxd", "scaler.sh", "kured", "rancher*",
                "addon-manager*", "kube-addons*", "kubectl", "clouddriver", "java", "entrypoint*", "portainer",
                "agent", "*controller*", "*operator*", "*-manager*", "*.sh", "tini", "fleetagent", "fleetcontroller",
                "containerd-shim*", "metacontroller*", "deckhouse*", "shell-operator", "addon-operator", "node",
                "pod_nanny", "gitlab-agent*", "helm", "cilium*", "conmon", "vault*", "apply", "kube-addons.sh",
                "monitor*",
            ]),
            Is::Namespace(&[
                "kube-system", "flux*", "argocd*", "argo*", "cattle-*", "fleet-*", "openshift-*", "*-system",
                "spinnaker", "monitoring", "kube-*", "gitlab*", "rook-*", "cilium*", "kiali*", "keel", "percona*",
                "velero", "portainer", "tekton*", "d8-*", "kubesphere*",
            ]),
        ])
        .does(&[Does::Act(&[Act::Starts, Act::Writes, Act::CallsApi])])
        .confirm(CONFIRM_POD)
        .imitation(IMITATE_POD)
        .seen(&[
            ("rule", "Kubernetes Client Tool Launched in Container"),
            ("container.id", "464b18f6af71"),
            ("container.image.repository", "ghcr.io/fluxcd/kustomize-controller"),
            ("k8s.ns.name", "flux-system"),
            ("evt.type", "execve"),
            ("proc.cmdline", "kubectl apply -f /tmp/apps-7f6c.yaml --server-side --field-manager=kustomize-controller"),
            ("proc.exepath", "/usr/local/bin/kubectl"),
            ("proc.name", "kubectl"),
            ("proc.pname", "kustomize-contr"),
        ]),
    row("kubectl-cache", "the Kubernetes client writes its own discovery cache")
        .who(&[Is::Name(&["kubectl", "oc", "helm", "k9s"]), Is::Container, Is::Parent(&[
            "kubectl", "*.sh", "oc", "sh", "bash", "containerd-shim*", "*controller*", "*operator*", "helm",
            "argocd*",
        ]), Is::Exe(&["/usr/local/bin/*", "/bin/*"])])
        .does(&[Does::File(&[
            "/root/.kube/cache/**", "/root/.kube/http-cache/**", "/root/.cache/helm/**", "/.kube/cache/**",
            "/.kube/http-cache/**",
        ])])
        .harmless()
        .confirm("the pod is meant to use the Kubernetes client: kubectl auth can-i --list for its service account")
        .imitation("none worth having: the file is a cache; what the client was used for is another question")
        .seen(&[
            ("rule", "Write below root"),
            ("container.id", "d0ab88949b4c"),
            ("fd.name", "/root/.kube/cache/discovery/10.7.240.1_443/v1/serverresources.json.668007090"),
            ("proc.cmdline", "kubectl get scalingpolicies -n kube-system fluentd-gcp-scaling-policy"),
            ("proc.name", "kubectl"),
            ("proc.pname", "kubectl"),
        ]),
    row("storage-enters-host", "a storage driver enters the host's namespaces to attach volumes")
        .who(&[
            Is::Image(&[
                "longhornio/*", "rook/*", "ceph/*", "cephcsi/*", "openebs/*", "portworx/*", "purestorage/*",
                "netapp/*", "linbit/*", "piraeusdatastore/*", "kubernetes-csi/*", "sig-storage/*", "k8scsi/*",
                "democratic-csi/*", "hpestorage/*", "dellemc/*", "juicedata/*", "synology/*", "storageos/*",
                "ondat/*", "robin*/*", "trident*", "mcr.microsoft.com/oss/**", "k8s-storage/**",
            ]),
            Is::Parent(&[
                "longhorn*", "instance-manage", "rook*", "ceph*", "iscsi*", "trident*", "csi*", "*csi*", "openebs*",
                "px*", "portworx*", "node-driver*", "sh", "bash", "containerd-shim*", "engine-manager",
                "share-manager", "node", "hpe*", "driver*", "scini*", "pure*", "juicefs*", "nsenter", "blobfuse*",
                "azuredisk*", "chroot",
            ]),
            Is::Namespace(&[
                "longhorn-system", "rook-*", "openebs*", "portworx", "kube-system", "trident*", "*csi*", "piraeus*",
                "linstor*", "*storage*", "ceph*", "democratic-csi", "ondat", "px*", "hpe-storage",
            ]),
        ])
        .does(&[Does::Command(&[
            "nsenter --mount=/** --net=/** iscsiadm ...", "nsenter --mount=/** --net=/** *scsi* ...",
            "nsenter --mount=/** ... iscsiadm ...", "nsenter ... -- iscsiadm ...", "nsenter ... blkid ...",
            "nsenter ... lsblk ...", "nsenter ... mount ...", "nsenter ... umount ...",
            "nsenter ... cat /proc/mounts", "nsenter ... findmnt ...", "nsenter ... fstrim ...",
            "nsenter ... mkfs.* ...", "nsenter ... fsck* ...", "nsenter ... resize2fs ...",
            "nsenter ... xfs_growfs ...", "nsenter ... cryptsetup ...", "nsenter ... dmsetup ...",
            "nsenter ... multipath* ...", "nsenter ... nvme ...", "nsenter ... lvs ...", "nsenter ... pvs ...",
            "nsenter ... vgs ...", "nsenter ... lvm ...", "nsenter ... df ...", "nsenter ... stat ...",
            "nsenter ... ls ...", "nsenter ... uname ...", "nsenter ... modprobe ...", "nsenter ... lsmod ...",
            "nsenter ... systemctl is-active ...", "nsenter ... systemctl status ...", "nsenter ... ps ...",
            "nsenter ... rbd ...", "nsenter ... losetup ...", "nsenter ... udevadm ...", "iscsiadm ...", "iscsid ...",
            "blkid ...", "lsblk ...", "mount ...", "umount ...", "multipath ...", "rbd ...", "ceph ...",
            "longhorn-manage* ...", "longhorn ...", "instance-manage* ...",
        ])])
        .confirm(CONFIRM_POD)
        .imitation("run code in the storage driver's own privileged pod, which is as good as root on the node")
        .seen(&[
            ("rule", "Change thread namespace"),
            ("container.id", "db86187ee0b9"),
            ("container.image.repository", "docker.io/longhornio/longhorn-manager"),
            ("k8s.ns.name", "longhorn-system"),
            ("evt.type", "setns"),
            ("proc.cmdline", "nsenter --mount=/host/proc/1/ns/mnt --net=/host/proc/1/ns/net iscsiadm -m session"),
            ("proc.exepath", "/usr/bin/nsenter"),
            ("proc.name", "nsenter"),
            ("proc.pname", "longhorn-manage"),
        ]),
    row("node-agent-enters-host", "a node agent enters the host's namespaces to ask for a service's state or to reboot in order")
        .who(&[
            Is::Image(&[
                "protokube", "kops/*", "weaveworks/kured", "kubereboot/kured", "kubernetes/*", "registry.k8s.io/**",
                "k8s.gcr.io/**", "node-problem-detector*", "node-problem-detector/*", "rancher/*", "amazon/*",
                "bottlerocket*/*", "calico/*", "cilium/*", "tigera/*", "datadog/*", "dynatrace/*", "sysdig/*",
                "aquasecurity/*", "kubescape/*", "nvidia/*", "nvcr.io/nvidia/**", "openshift/*",
                "quay.io/openshift*/**", "gke.gcr.io/**", "mcr.microsoft.com/**", "weaveworks/scope", "kubevirt/*",
                "k8snetworkplumbingwg/*",
            ]),
            Is::Parent(&[
                "protokube", "kured", "node-problem-*", "scope", "containerd-shim*", "cilium*", "calico*", "rancher*",
                "agent", "*-agent", "kube-bench", "nvidia*", "system-agent", "node-agent", "ovnkube*", "sh", "bash",
                "machine-config*",
            ]),
            Is::Namespace(&[
                "kube-system", "cattle-*", "openshift-*", "calico-system", "cilium*", "kured", "*-system", "datadog",
                "dynatrace", "gpu-operator",
            ]),
        ])
        .does(&[Does::Command(&[
            "nsenter ... systemctl status ...", "nsenter ... systemctl is-active ...",
            "nsenter ... systemctl show ...", "nsenter ... systemctl --no-block status ...",
            "nsenter ... systemctl reboot", "nsenter ... /bin/systemctl reboot", "nsenter ... journalctl ...",
            "nsenter ... sysctl ...", "nsenter ... hostname", "nsenter ... chronyc ...",
            "nsenter ... timedatectl ...", "nsenter ... mount ...", "nsenter ... findmnt ...", "nsenter ... ip ...",
            "nsenter ... test -f /var/run/reboot-required", "nsenter ... uptime ...",
            "nsenter ... cat /etc/os-release", "nsenter ... systemctl restart kubelet", "nsenter ... stat ...",
            "scope ...", "cilium-agent ...", "cilium-mount ...", "calico-node ...", "kube-bench ...", "weaver ...",
            "agent ...", "system-probe ...",
        ]), Does::Act(&[Act::EntersNamespace, Act::Starts])])
        .confirm(CONFIRM_POD)
        .imitation("run code in that agent's own privileged pod, which is as good as root on the node")
        .seen(&[
            ("rule", "Change thread namespace"),
            ("container.id", "2dd99ef65177"),
            ("container.image.repository", "protokube"),
            ("proc.cmdline", "nsenter --mount=/rootfs/proc/1/ns/mnt -- systemctl status --no-block kubelet"),
            ("proc.pname", "protokube"),
        ]),
    row("node-agent-kernel", "a node agent loads the kernel programs, modules or rules that it works with")
        .who(&[Is::Image(images::NODE_AGENTS), Is::OwnProgram, Is::Namespace(&["**"])])
        .does(&[Does::Act(&[Act::LoadsBpf, Act::EntersNamespace])])
        .confirm(CONFIRM_POD)
        .imitation(IMITATE_POD)
        .seen(&[
            ("rule", "BPF Program Not Profiled"),
            ("container.id", "2dd99ef65177"),
            ("container.image.repository", "quay.io/cilium/cilium"),
            ("k8s.ns.name", "kube-system"),
            ("evt.type", "bpf"),
            ("proc.cmdline", "cilium-agent --config-dir=/tmp/cilium/config-map"),
            ("proc.exepath", "/usr/bin/cilium-agent"),
            ("proc.name", "cilium-agent"),
        ]),
    row("node-agent-modules", "a network or device agent loads the kernel's own modules that it needs")
        .who(&[
            Is::Image(&[
                "calico/*", "cilium/*", "flannel/*", "weaveworks/*", "kube-proxy*", "registry.k8s.io/**",
                "k8s.gcr.io/**", "cloudnativelabs/kube-router", "rancher/*", "nvidia/*", "nvcr.io/nvidia/**",
                "openshift/*", "quay.io/openshift*/**", "kubeovn/*", "antrea/*", "openvswitch/*", "sysdig/*",
                "longhornio/*", "rook/*", "ceph/*", "cephcsi/*", "portworx/*", "linbit/*", "piraeusdatastore/*",
                "metallb/*", "kube-vip/*", "602401143452.dkr.ecr.*.amazonaws.com/**", "gke.gcr.io/**",
                "mcr.microsoft.com/oss/**", "istio/*", "kindest/*", "docker", "juicedata/*", "intel/*",
                "k8snetworkplumbingwg/*",
            ]),
            Is::Name(&["modprobe", "insmod", "kmod"]),
            Is::Parent(&[
                "calico*", "cilium*", "kube-proxy", "weave*", "weaver", "launch.sh", "flanneld", "kube-router",
                "nvidia*", "rook*", "ceph*", "csi*", "*csi*", "linstor*", "entrypoint*", "start_runit", "longhorn*",
                "containerd-shim*", "dockerd*", "iptables", "xtables*", "ovs*", "px*", "sysdig*", "agent*",
            ]),
            Is::Namespace(&[
                "kube-system", "calico-system", "cilium*", "*-system", "rook-*", "gpu-operator", "kube-flannel",
                "openshift-*", "portworx", "*storage*", "weave",
            ]),
        ])
        .does(&[Does::Command(&[
            "modprobe ip_set*", "modprobe ... ip_tables", "modprobe ... ip6_tables", "modprobe ... iptable_*",
            "modprobe ... xt_*", "modprobe ... nf_*", "modprobe ... ip_vs*", "modprobe ... ipip",
            "modprobe ... vxlan", "modprobe ... wireguard", "modprobe ... br_netfilter", "modprobe ... overlay",
            "modprobe ... rbd", "modprobe ... ceph", "modprobe ... nbd", "modprobe ... iscsi_tcp",
            "modprobe ... nvme*", "modprobe ... dm_*", "modprobe ... openvswitch", "modprobe ... geneve",
            "modprobe ... nvidia*", "modprobe ... configs", "modprobe ... sch_*", "modprobe ... cls_*",
            "modprobe ... fuse", "modprobe ... nfs*", "modprobe ... drbd*", "modprobe ... ip_conntrack",
            "modprobe ... tcp_*", "modprobe ... tun", "modprobe ... zfs",
        ])])
        .confirm("modinfo of the module shows the kernel's or the vendor's own file below /lib/modules")
        .imitation("run code in that agent's own privileged pod; the modules themselves are the kernel's own")
        .seen(&[
            ("rule", "Linux Kernel Module Injection Detected"),
            ("container.id", "2dd99ef65177"),
            ("container.image.repository", "registry.k8s.io/kube-proxy"),
            ("k8s.ns.name", "kube-system"),
            ("proc.cmdline", "modprobe ip_vs"),
            ("proc.name", "modprobe"),
            ("proc.pname", "kube-proxy"),
        ]),
    row("daemon-streams-to-network", "a daemon duplicates descriptors of its own connections")
        .who(&[Is::Image(&[
            "longhornio/*", "grafana/*", "calico/*", "cilium/*", "istio/*", "envoyproxy/*", "linkerd/*", "rook/*",
            "ceph/*", "openebs/*", "portworx/*", "hashicorp/*", "haproxy*", "haproxytech/*", "traefik*",
            "ingress-nginx/*", "postfix*", "boky/*", "tailscale/*", "argoproj/*", "kubernetes-csi/*", "sig-storage/*",
            "datadog/*", "dynatrace/*", "newrelic/*", "rancher/*", "fluent/*", "fluentd/*", "mailserver/*",
            "zabbix/*", "registry.k8s.io/**",
        ]), Is::OwnProgram, Is::Parent(&[
            "containerd-shim*", "conmon", "runc", "tini", "dumb-init", "s6-supervise", "docker-init", "catatonit",
            "supervisord", "runsv", "master", "*manage*", "*operator*", "launch*", "docker-containe*",
        ])])
        .does(&[Does::Act(&[Act::RedirectsToNetwork])])
        .reaches(&[443])
        .confirm(CONFIRM_POD)
        .imitation(IMITATE_POD)
        .seen(&[
            ("rule", "Redirect STDOUT/STDIN to Network Connection in Container"),
            ("container.id", "cfa4b09fa633"),
            ("container.image.repository", "docker.io/longhornio/longhorn-manager"),
            ("evt.type", "dup2"),
            ("fd.name", "10.42.1.33:48812->10.42.2.19:8501"),
            ("proc.cmdline", "longhorn-manage -d daemon --engine-image longhornio/longhorn-engine:v1.9.1 --manager-url http://longhorn-backend:9500/v1"),
            ("proc.exepath", "/usr/local/sbin/longhorn-manager"),
            ("proc.name", "longhorn-manage"),
            ("proc.pname", "containerd-shim"),
        ]),
    row("own-binary-upper-layer", "a container runs its image's own program, which the storage driver reports as new")
        .who(&[
            Is::SomeImage,
            Is::NamedAsImage,
            Is::OwnProgram,
            Is::Exe(&[
                "/bin/*", "/usr/local/bin/*", "/usr/local/sbin/*", "/opt/**", "/lib/**", "/app/**", "/usr/libexec/**",
                "/usr/share/**",
            ]),
            Is::Parent(&[
                "containerboot", "containerd-shim*", "s6-supervise", "tini", "dumb-init", "entrypoint*",
                "docker-entrypoi", "runsv", "supervisord", "tailscaled", "init", "conmon", "s6-svscan", "runsvdir",
            ]),
        ])
        .does(&[Does::Act(&[Act::RunsNewBinary])])
        .confirm("docker diff, or the overlay's upper directory: the file's hash equals the image's: sha256sum inside a fresh container of the same digest")
        .imitation("replace that program inside the running container and have the supervisor restart it")
        .seen(&[
            ("rule", "Drop and execute new binary in container"),
            ("container.id", "e7a84393e45c"),
            ("container.image.repository", "docker.io/tailscale/tailscale"),
            ("evt.arg.flags", "EXE_WRITABLE|EXE_UPPER_LAYER"),
            ("evt.type", "execve"),
            ("proc.cmdline", "tailscale --socket=/tmp/tailscaled.sock up --accept-dns=false --hostname=k8s-ingress"),
            ("proc.exepath", "/usr/local/bin/tailscale"),
            ("proc.name", "tailscale"),
            ("proc.pname", "containerboot"),
        ]),
    row("gitops-fetch-ssh", "a GitOps controller fetches a repository over SSH on a port that passes firewalls")
        .who(&[Is::Image(&[
            "argoproj/argocd*", "argoproj/*", "fluxcd/*", "gitlab/*", "jenkins/*", "atlantis/*", "runatlantis/*",
            "renovate/*", "weaveworks/*", "spacelift*/*", "tektoncd/*", "git-sync/*", "git-sync*",
        ]), Is::Parent(&["git", "git-sync", "source-controll*", "fluxd"]), Is::Exe(&["/bin/ssh"]), Is::Name(&[
            "ssh",
        ])])
        .does(&[Does::Command(&[
            "ssh ... git@*.github.com git-upload-pack **", "ssh ... git@ssh.github.com git-upload-pack **",
            "ssh ... git@** git-upload-pack **", "ssh ... git@** git-receive-pack **",
            "ssh ... git@** 'git-upload-pack **'", "ssh ... git@* git-upload-pack ...",
            "ssh ... -p # git@* git-upload-pack ...",
        ])])
        .reaches(&[22, 443, 7999])
        .confirm("the repository is one of the controller's own: argocd repo list, or flux get sources git")
        .imitation("run ssh below git in the controller's own pod, to a host that speaks git")
        .seen(&[
            ("rule", "Disallowed SSH Connection Non Standard Port"),
            ("container.id", "c9484453df54"),
            ("container.image.repository", "quay.io/argoproj/argocd"),
            ("fd.name", "10.244.4.19:51844->140.82.121.36:443"),
            ("proc.cmdline", "ssh -i /dev/shm/3402558812 -o StrictHostKeyChecking=yes -p 443 git@ssh.github.com git-upload-pack 'acme/platform-gitops.git'"),
            ("proc.exepath", "/usr/bin/ssh"),
            ("proc.name", "ssh"),
            ("proc.pname", "git"),
        ]),
];
