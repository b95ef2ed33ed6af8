//! Services that run from installed scripts, supervisors, name and time services; controllers known by their program.

use super::super::row::{Act, Does, Is, Row, row};
use super::images;

const CONFIRM: &str =
    "systemctl status shows the service, and its files belong to its package unchanged: dpkg -V or rpm -V";
const IMITATE: &str = "change the service's installed files, which root alone can do";

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row("installed-script-service", "a service that is an installed script does its work")
        .who(&[
            Is::Host,
            Is::Exe(&[
                "/bin/python3*", "/bin/python2*", "/bin/python", "/bin/perl*", "/bin/ruby*",
                "/usr/libexec/platform-python*", "/opt/puppetlabs/puppet/bin/ruby", "/opt/saltstack/salt/bin/python*",
            ]),
            Is::Parent(&[
                "systemd", "init", "cron", "crond", "run-parts", "anacron", "python3*", "waagent", "salt-minion*",
                "/opt/saltstack*", "fail2ban*", "puppet*", "supervisord",
            ]),
        ])
        .does(&[Does::Command(&[
            "python3* -u /usr/sbin/waagent ...", "python3* -u bin/WALinuxAgent* ...", "waagent ...",
            "python3* /usr/bin/cloud-init ...", "cloud-init /usr/bin/cloud-init ...",
            "python3* /usr/bin/salt-minion ...", "salt-minion ...", "python3* /opt/saltstack/** ...",
            "/opt/saltstack/** ...", "python3* /usr/bin/unattended-upgrade ...",
            "unattended-upgr* /usr/bin/unattended-upgrade ...", "python3* /usr/share/unattended-upgrades/** ...",
            "python3* /usr/bin/networkd-dispatcher ...", "networkd-dispat* /usr/bin/networkd-dispatcher ...",
            "python3* /usr/sbin/tuned ...", "python3* -Es /usr/sbin/tuned ...", "tuned ...",
            "python3* -s /usr/sbin/firewalld ...", "firewalld ...", "python3* /usr/bin/fail2ban-server ...",
            "fail2ban-server ...", "python3* /usr/lib/ubuntu-advantage/** ...",
            "python3* /usr/lib/ubuntu-release-upgrader/** ...", "python3* /usr/sbin/denyhosts ...",
            "denyhosts* /usr/sbin/denyhosts ...", "python3* /usr/bin/supervisord ...", "supervisord ...",
            "puppet agent ...", "puppet agent: *", "ruby /opt/puppetlabs/** ...", "python3* /usr/bin/landscape-* ...",
            "landscape-* ...", "python3* /usr/libexec/rhsm** ...", "python3* /usr/bin/insights-client ...",
            "perl /usr/share/munin/** ...", "munin-node ...", "perl /usr/sbin/munin-node ...",
            "perl /usr/bin/logcheck ...", "perl -wT /usr/sbin/munin-node ...", "python3* /usr/sbin/aptd ...",
            "python3* /usr/bin/glances ...", "perl /usr/share/webmin/** ...", "python3* /usr/bin/certbot ...",
            "certbot ...", "perl /opt/psa/admin/** ...", "perl /usr/share/centrifydc/** ...",
            "python3* /usr/bin/duplicity ...",
        ])])
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Read sensitive file untrusted"),
            ("container.id", "host"),
            ("fd.name", "/etc/shadow"),
            ("proc.cmdline", "python3 -u bin/WALinuxAgent-2.11.1.4-py3.9.egg -run-exthandlers"),
            ("proc.exepath", "/usr/bin/python3.10"),
            ("proc.name", "python3"),
            ("proc.pname", "python3"),
        ]),
    row("supervised-start", "a supervisor runs a service's own start, stop or log script")
        .who(&[
            Is::Parent(&[
                "runsv", "runsvdir", "s6-supervise", "s6-svscan", "supervise", "svscan", "perpd", "supervisord",
            ]),
            Is::Exe(&[
                "/bin/sh", "/bin/bash", "/bin/dash", "/bin/busybox", "/bin/execline*", "/bin/s6-*",
                "/opt/gitlab/embedded/bin/*", "/bin/svlogd",
            ]),
            Is::SomeImage,
            Is::Host,
        ])
        .does(&[Does::Command(&[
            "run ./run", "sh ./run", "bash ./run", "sh -e ./run", "bash -e ./run", "./run", "run ./finish",
            "sh ./finish", "bash ./finish", "finish ./finish", "./finish", "sh ./log/run", "svlogd ...", "s6-log ...",
            "sh run", "sh -e run", "run", "finish", "execlineb ... ./run", "sh ./run ...", "bash ./control/*",
            "sh ./control/*", "control/* ./control/*", "t ./control/t",
        ])])
        .confirm("the script is the image's or package's own: compare it with the same path in a fresh container")
        .imitation("change the service's run script, which needs the service directory's owner")
        .seen(&[
            ("rule", "Run shell untrusted"),
            ("container.id", "a1edcfdec270"),
            ("container.image.repository", "gitlab/gitlab-ce"),
            ("evt.type", "execve"),
            ("proc.cmdline", "sh ./run"),
            ("proc.exepath", "/bin/dash"),
            ("proc.name", "sh"),
            ("proc.pname", "runsv"),
        ]),
    row("name-and-time-services", "a name, time or address service talks to its peers")
        .who(&[
            Is::Host,
            Is::Image(&[
                "coredns/*", "registry.k8s.io/**", "k8s.gcr.io/**", "gke.gcr.io/**", "rancher/*", "calico/*",
                "cilium/*", "flannel/*", "hashicorp/consul*", "consul", "tailscale/*", "pihole/*", "nodelocaldns*",
                "kube-dns*", "bitnami/external-dns", "cturra/ntp", "linuxserver/*", "netbirdio/*", "unbound*",
                "adguard/*", "internetsystemsconsortium/*", "602401143452.dkr.ecr.*.amazonaws.com/**", "eks/*",
                "mcr.microsoft.com/oss/**",
            ]),
            Is::Name(&[
                "coredns", "kube-dns", "node-cache", "dnsmasq*", "chronyd", "ntpd", "ntpdate", "systemd-timesyn*",
                "systemd-resolve*", "systemd-network*", "named", "unbound", "avahi-daemon", "consul", "flanneld",
                "tailscaled", "dhclient", "dhcpcd", "NetworkManager", "nscd", "pihole-FTL", "AdGuardHome", "sntp",
                "timedatex", "calico-node", "cilium-agent", "cilium-dnsproxy", "external-dns", "wireguard-go",
                "zerotier-one", "netbird", "rsyslogd", "snmpd", "openvpn", "charon", "keepalived",
            ]),
            Is::Exe(&[
                "/coredns", "/node-cache", "/bin/*", "/lib/**", "/usr/libexec/**", "/usr/local/**", "/opt/**",
                "/external-dns", "/dnsmasq*",
            ]),
        ])
        .does(&[Does::Act(&[Act::Connects])])
        .reaches(&[53, 67, 123, 443, 500, 547, 853, 1194, 3478, 4500, 5353, 9993, 41641, 51820])
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Unexpected UDP Traffic"),
            ("container.id", "a1edcfdec270"),
            ("container.image.repository", "registry.k8s.io/coredns/coredns"),
            ("fd.name", "10.244.0.3:41234->8.8.8.8:53"),
            ("proc.cmdline", "coredns -conf /etc/coredns/Corefile"),
            ("proc.exepath", "/coredns"),
            ("proc.name", "coredns"),
        ]),
    row("controller-by-program", "a controller known by its program calls the Kubernetes API, which is its work")
        .who(&[
            Is::Container,
            Is::OwnProgram,
            Is::Exe(&[
                "/coredns", "/metrics-server", "/kube-state-metrics", "/cluster-autoscaler", "/external-dns",
                "/storage-provisioner", "/nginx-ingress-controller", "/dashboard", "/velero", "/speaker",
                "/bin/prometheus", "/bin/prometheus-config-reloader", "/bin/operator", "/bin/alertmanager",
                "/bin/thanos", "/bin/kube-proxy", "/usr/local/bin/kube-proxy", "/usr/local/bin/kube-scheduler",
                "/usr/local/bin/kube-controller-manager", "/usr/local/bin/argocd*", "/bin/calico-node",
                "/usr/bin/kube-controllers", "/bin/kube-controllers", "/bin/cilium-*", "/opt/bin/flanneld",
                "/app/cmd/*/*", "/usr/local/bin/pilot-*", "/usr/local/bin/istio*", "/bin/traefik",
                "/usr/local/bin/traefik", "/usr/local/bin/source-controller", "/usr/local/bin/kustomize-controller",
                "/usr/local/bin/helm-controller", "/usr/local/bin/notification-controller", "/opt/datadog-agent/**",
                "/fluent-bit/bin/fluent-bit", "/bin/promtail", "/bin/vault-k8s", "/vault-k8s", "/bin/consul-k8s*",
                "/keda", "/keda-adapter", "/ko-app/*", "/kyverno", "/karpenter", "/ebs-csi-driver",
                "/bin/aws-ebs-csi-driver", "/csi-*", "/livenessprobe", "/snapshot-controller",
                "/node-driver-registrar", "/node-problem-detector", "/cpa", "/cluster-proportional-autoscaler",
                "/pod_nanny", "/addon-resizer", "/usr/local/bin/longhorn-manager", "/usr/local/bin/rook",
                "/bin/k8s-sidecar", "/kubernetes-dashboard", "/metrics-sidecar", "/reloader", "/manager-kured",
                "/usr/bin/kured", "/eventrouter", "/aws-load-balancer-controller", "/gatekeeper", "/konnectivity-*",
                "/proxy-agent", "/etcd-operator", "/postgres-operator", "/bin/rancher*", "/usr/bin/rancher",
                "/usr/bin/agent", "/usr/bin/fleet*", "/sealed-secrets-controller", "/usr/local/bin/controller-sealed",
                "/hubble-*", "/usr/bin/hubble-*", "/cloud-controller-manager", "/bin/*-cloud-controller-manager",
                "/tigera-operator", "/usr/local/bin/operator", "/bin/tempo", "/bin/loki", "/bin/grafana-agent",
                "/bin/alloy", "/otelcol*", "/bin/otelcol*", "/telegraf", "/usr/bin/telegraf", "/filebeat",
                "/usr/share/filebeat/filebeat", "/usr/share/metricbeat/metricbeat", "/usr/bin/falco", "/bin/falco",
                "/bin/falcosidekick", "/usr/bin/vector", "/usr/local/bin/vector", "/linkerd*", "/usr/lib/linkerd/**",
                "/usr/local/bin/workflow-controller", "/bin/workflow-controller", "/bin/argoexec",
                "/usr/local/bin/tekton*", "/ko-app/controller", "/kube-vip", "/kube-rbac-proxy",
                "/usr/local/bin/kube-rbac-proxy", "/crossplane", "/bin/crossplane", "/descheduler",
                "/bin/descheduler", "/nfd-*", "/usr/bin/nfd-*",
            ]),
            Is::Parent(&[
                "containerd-shim*", "conmon", "runc", "tini", "dumb-init", "docker-init", "catatonit", "runsv",
                "s6-supervise", "crun", "docker-containe*",
            ]),
            Is::Image(images::CONTROLLERS),
        ])
        .does(&[Does::Act(&[Act::CallsApi])])
        .confirm("kubectl get pods -A -o wide at the alert's source address shows the controller's own pod")
        .imitation("build an image with another program at that path, and be allowed to run it")
        .seen(&[
            ("rule", "Contact K8S API Server From Container"),
            ("container.id", "a1edcfdec270"),
            ("fd.name", "10.244.0.3:41234->10.96.0.1:443"),
            ("proc.cmdline", "metrics-server --cert-dir=/tmp --secure-port=10250"),
            ("proc.exepath", "/metrics-server"),
            ("proc.name", "metrics-server"),
            ("proc.pname", "containerd-shim"),
        ]),
    row("iptables-wrapper", "a network container picks the iptables variant that the host uses")
        .who(&[
            Is::Image(&[
                "registry.k8s.io/**", "k8s.gcr.io/**", "gke.gcr.io/**", "calico/*", "rancher/*", "cilium/*",
                "flannel/*", "kube-proxy*", "602401143452.dkr.ecr.*.amazonaws.com/**",
                "*.dkr.ecr.*.amazonaws.com/eks/**", "eks/*", "mcr.microsoft.com/oss/**", "dns/*", "nodelocaldns*",
                "cloudnativelabs/kube-router", "istio/*", "linkerd/*", "kindest/*", "antrea/*",
            ]),
            Is::Parent(&[
                "iptables-wrappe*", "iptables", "ip6tables*", "sh", "kube-proxy", "bash", "iptables-*", "start_runit",
                "update-alternat*", "node-cache", "proxy-init", "entrypoint*",
            ]),
            Is::Namespace(&["kube-system", "calico-system", "cilium*", "kube-flannel", "istio*", "linkerd*", "**"]),
        ])
        .does(&[Does::Command(&[
            "update-alternatives --set iptables ...", "update-alternatives --set ip6tables ...",
            "update-alternatives ... iptables ...", "update-alternat* ... iptables ...",
            "update-alternat* --set ip*tables ...", "perl /usr/bin/update-alternatives ...",
            "alternatives --set iptables ...", "dpkg-query ...", "update-alternat* /usr/sbin/update-alternatives ...",
            "update-alternat* /usr/bin/update-alternatives --set iptables ...", "sh /usr/sbin/iptables-wrapper ...",
            "iptables-wrappe* ...",
        ])])
        .confirm("the time is the container's start; the image is the network component's")
        .imitation("none worth having: the command chooses between two programs of the image")
        .seen(&[
            ("rule", "Launch Package Management Process in Container"),
            ("container.id", "a1edcfdec270"),
            ("container.image.repository", "registry.k8s.io/kube-proxy"),
            ("k8s.ns.name", "kube-system"),
            ("evt.type", "execve"),
            ("proc.cmdline", "update-alternatives --set iptables /usr/sbin/iptables-legacy"),
            ("proc.exepath", "/usr/bin/update-alternatives"),
            ("proc.name", "update-alternat"),
            ("proc.pname", "iptables-wrappe"),
        ]),
    row("daemon-set-controller-creates", "the cluster's controllers create the pods of a known node agent")
        .who(&[
            Is::AuditUser(&[
                "system:serviceaccount:kube-system:daemon-set-controller",
                "system:serviceaccount:kube-system:replicaset-controller",
                "system:serviceaccount:kube-system:statefulset-controller",
                "system:serviceaccount:kube-system:job-controller", "system:node:*", "system:kube-controller-manager",
                "system:addon-manager",
            ]),
            Is::Namespace(&[
                "kube-system", "calico-system", "tigera-operator", "cilium*", "*-system", "openshift-*", "cattle-*",
                "rook-*", "monitoring", "logging", "falco*", "datadog*", "gpu-operator", "kube-*", "portworx",
                "velero", "gke-*", "gmp-*", "openebs", "istio-*",
            ]),
        ])
        .does(&[Does::Act(&[Act::Audits]), Does::AuditImages(images::NODE_AGENTS)])
        .confirm("the daemon set is the vendor's: kubectl get daemonset -A -o wide")
        .imitation("be allowed to change that daemon set, which the audit log shows as another entry")
        .seen(&[
            ("rule", "Create Privileged Pod"),
            ("source", "k8s_audit"),
            ("ka.user.name", "system:serviceaccount:kube-system:daemon-set-controller"),
            ("ka.target.namespace", "kube-system"),
            ("ka.req.pod.containers.image", "docker.io/calico/node:v3.27.0"),
            ("ka.resp.name", "calico-node-x2x4z"),
        ]),
];
