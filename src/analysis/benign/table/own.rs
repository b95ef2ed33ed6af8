//! Programs that write their own configuration or state, each with the files that are its own.

use super::super::row::{Act, Does, Is, Row, row};

type Pair = (&'static [&'static str], &'static [&'static str]);

/// Programs of a host or a container, and their own files.
#[rustfmt::skip]
const OWN: &[Pair] = &[
    (
        &[
            "lvs", "pvs", "vgs", "pvscan", "lvcreate", "lvm", "dmeventd", "vgchange", "lvchange", "vgscan",
            "pvcreate", "vgcreate", "lvremove", "lvextend",
        ],
        &["/etc/lvm/archive/**", "/etc/lvm/backup/**", "/etc/lvm/cache/**", "/etc/lvm/devices/**"],
    ),
    (&["multipath", "multipathd"], &["/etc/multipath/**"]),
    (&["iscsiadm", "iscsid", "iscsistart", "iscsi-iname"], &["/etc/iscsi/**", "/var/lib/iscsi/**"]),
    (&["macompatsvc", "masvc", "macmnsvc"], &["/etc/cma.d/**", "/var/McAfee/**"]),
    (&["symcfgd", "navdefutil", "rtvscand"], &["/etc/symantec/**", "/etc/symc-defutils.conf"]),
    (
        &[
            "vxconfigd", "sfcache", "vxclustadm", "vxdctl", "vxprint", "vxdmpadm", "vxdisk", "vxdg", "vxassist",
            "vxtune",
        ],
        &["/etc/vx/**", "/etc/opt/VRTS**", "/etc/vom**"],
    ),
    (&["ovsdb-server", "ovs-vswitchd"], &["/etc/openvswitch/**"]),
    (
        &["adcli", "adjoin", "addns", "realmd", "sssd*", "krb5_child", "net", "winbindd"],
        &["/etc/krb5.keytab*", "/etc/krb5.conf*", "/etc/krb5/**", "/etc/sssd/**", "/var/lib/sss/**"],
    ),
    (&["qualys-cloud-ag"], &["/etc/qualys/**"]),
    (
        &[
            "omiagent", "omsagent", "omsadmin.sh", "PerformInventor", "dsc_host", "in_heartbeat_r*", "omiserver",
            "omiengine",
        ],
        &["/etc/opt/omi/**", "/etc/opt/microsoft/**"],
    ),
    (&["GetLinuxOS.sh", "scxadmin"], &["/etc/opt/microsoft/scx/**"]),
    (&["NetworkWatcherA*"], &["/etc/init.d/AzureNetworkWatcherAgent"]),
    (
        &["semodule", "genhomedircon", "sefcontext_comp*", "setsebool", "load_policy", "semanage"],
        &["/etc/selinux/**", "/var/lib/selinux/**"],
    ),
    (&["apparmor_parser"], &["/etc/apparmor.d/cache/**", "/var/cache/apparmor/**", "/etc/apparmor.d/cache.d/**"]),
    (&["keepalived", "kube-keepalived*"], &["/etc/keepalived/**"]),
    (
        &["haproxy*", "update-haproxy-*", "haproxy_reload*", "haproxy-ingress", "lb-controller"],
        &["/etc/haproxy/**", "/etc/openvpn/client.map"],
    ),
    (&["nginx", "nginx-ingress-c", "nginx-ingress*"], &["/etc/nginx/**", "/etc/ingress-controller/**"]),
    (&["pilot-agent", "envoy"], &["/etc/istio/**"]),
    (&["galley"], &["/healthready", "/healthliveness"]),
    (&["prometheus-conf*", "reloader*"], &["/etc/prometheus/config_out/**"]),
    (&["grafana*"], &["/etc/grafana/**", "/var/lib/grafana/**"]),
    (&["consul-template"], &["/etc/haproxy/**", "/etc/nginx/**", "/etc/consul-template/**"]),
    (&["consul"], &["/etc/consul.d/**", "/consul/**"]),
    (&["confd"], &["/etc/confd/**", "/etc/calico/**", "/etc/nginx/**", "/etc/haproxy/**"]),
    (&["etcd-manager"], &["/etc/hosts", "/etc/kubernetes/**"]),
    (
        &["kubelet", "kubeadm", "hyperkube", "protokube", "nodeup", "kops-controller"],
        &[
            "/etc/kubernetes/**", "/var/lib/kubelet/**", "/etc/cni/**", "/etc/hosts", "/etc/resolv.conf",
            "/opt/cni/**",
        ],
    ),
    (&["k3s*", "rke2*", "k0s"], &["/etc/rancher/**", "/var/lib/rancher/**", "/etc/k0s/**", "/etc/cni/**"]),
    (
        &["oc", "openshift*", "machine-config*"],
        &["/etc/origin/**", "/etc/kubernetes/**", "/etc/machine-config-daemon/**"],
    ),
    (&["checkpoint"], &["/etc/kubernetes/**"]),
    (&["rancher-metadat*", "rancher-dns", "healthcheck"], &[
        "/answers.json", "/etc/rancher-dns/**", "/etc/haproxy/**",
    ]),
    (&["calico-node", "start_runit"], &["/etc/calico/**", "/etc/envvars/**"]),
    (
        &["flanneld", "cilium-agent", "weaver", "kube-router", "antrea-agent", "aws-k8s-agent"],
        &["/etc/cni/**", "/run/flannel/**", "/opt/cni/**"],
    ),
    (
        &[
            "dhclient*", "dhcpcd", "resolvconf", "NetworkManager", "systemd-resolve*", "netconfig", "connmand",
            "dhclient-script", "pppd", "openresolv",
        ],
        &[
            "/etc/resolv.conf*", "/etc/resolvconf/**", "/run/resolvconf/**", "/etc/NetworkManager/**", "/etc/dhcp/**",
            "/etc/ntp.conf*", "/etc/chrony*",
        ],
    ),
    (
        &["tailscaled", "openvpn*", "wg-quick", "vpnc*", "openconnect", "charon", "starter", "start-ipsec.sh"],
        &[
            "/etc/resolv.conf*", "/etc/resolv.*.conf", "/etc/openvpn/**", "/etc/wireguard/**", "/etc/ipsec.d/**",
            "/etc/ipsec**", "/etc/strongswan/**",
        ],
    ),
    (&["cupsd", "cups-browsed", "lpadmin"], &["/etc/cups/**", "/etc/printcap"]),
    (
        &["ufw", "firewalld", "iptables-save", "netfilter-persi*", "iptables-apply"],
        &["/etc/ufw/**", "/etc/firewalld/**", "/etc/iptables/**"],
    ),
    (&["tuned", "tuned-adm"], &["/etc/tuned/**", "/etc/modprobe.d/tuned.conf"]),
    (
        &["chronyd", "ntpd", "timedatectl", "systemd-timedat*"],
        &["/etc/adjtime*", "/etc/localtime*", "/etc/ntp/**", "/etc/chrony/**"],
    ),
    (&["hwclock"], &["/etc/adjtime"]),
    (&["automount", "mount", "umount", "mount.nfs*", "mount.cifs", "mount.fuse"], &["/etc/mtab*"]),
    (&["add-shell", "remove-shell"], &["/etc/shells*"]),
    (&["update-xmlcatal*", "xmlcatalog"], &["/etc/xml/**", "/etc/sgml/**"]),
    (&["update-texmf", "updmap*", "mktexlsr"], &["/etc/texmf/**"]),
    (&["update-alternat*", "alternatives"], &["/etc/alternatives/**"]),
    (&["ldconfig*"], &["/etc/ld.so.cache*"]),
    (&["brandbot"], &["/etc/os-release"]),
    (
        &["trust", "update-ca-trust", "update-ca-certi*", "p11-kit"],
        &["/etc/pki/**", "/etc/ssl/certs/**", "/etc/ca-certificates/**"],
    ),
    (&["slapd", "slapadd"], &["/etc/ldap/**", "/etc/openldap/**"]),
    (&["rabbitmq-server", "beam.smp"], &["/etc/rabbitmq/**", "/etc/couchdb/**"]),
    (&["start-mysql.sh", "run-mysqld", "mysqld", "mysql_install_d*"], &["/etc/mysql/**", "/etc/my.cnf.d/**"]),
    (
        &["run-redis", "redis-launcher.*", "redis-server", "redis-sentinel"],
        &["/etc/redis**", "/etc/redis/**", "/data/**"],
    ),
    (&["mysqlsh"], &["/root/.mysqlsh/**"]),
    (&["toolbox.sh", "ceph*", "rook", "radosgw"], &["/etc/ceph/**", "/var/lib/ceph/**"]),
    (&["httpd", "apache2"], &["/etc/httpd/logs/**", "/etc/httpd/run/**"]),
    (
        &["cf-agent", "cf-execd", "cf-monitord", "cf-serverd", "cf-promises", "cf-check"],
        &["**cf_lock.lmdb*", "/var/cfengine/**", "/var/lib/cfengine*/**", "/root/.cfagent/**", "/cf_*"],
    ),
    (&["duply", "touch"], &["/etc/duply/**"]),
    (&["cockpit*", "remotectl"], &["/etc/cockpit/**"]),
    (&["userhelper"], &["/etc/security/**"]),
    (&["supervise", "svc", "multilog"], &["/etc/sb/**", "/etc/service/**", "/service/**"]),
    (&["se_supervisor.p*"], &["/etc/ssh/known_host_*", "/etc/ssh/ssh_monitor_config_*", "/etc/ssh/ssh_config_*"]),
    (&["sw-engine*", "filemng", "f2bmng", "plesk*", "php_handlers_co*"], &["/etc/sw/keys/**", "/etc/psa/**"]),
    (&["etckeeper", "git"], &["/etc/.git/**", "/etc/.etckeeper"]),
    (
        &["telegraf", "zabbix_agent*", "netdata", "newrelic-infra*", "oneagent*", "splunkd"],
        &[
            "/etc/telegraf/**", "/etc/zabbix/**", "/etc/netdata/**", "/etc/newrelic-infra/**", "/opt/splunk*/**",
            "/var/lib/dynatrace/**",
        ],
    ),
    (&["agent", "datadog*", "trace-agent"], &["/etc/dd-agent/**", "/etc/datadog-agent/**"]),
    (&["wazuh*", "ossec*"], &["/var/ossec/**", "/etc/ossec-init.conf"]),
    (&["falcon-sensor*", "falcond"], &["/opt/CrowdStrike/**"]),
    (
        &["start-fluentd", "fluentd", "td-agent", "fluent-bit", "config-reloader"],
        &["/etc/fluent/**", "/etc/td-agent/**", "/fluentd/**", "/fluent-bit/**"],
    ),
    (&["gugent"], &["GuestAgent.log", "/GuestAgent.log"]),
    (&["rpm", "yum", "dnf*", "microdnf"], &["/root/.rpmdb/**", "/var/lib/rpm/**", "/usr/lib/sysimage/rpm/**"]),
    (&["chef-client", "chef-*", "knife"], &["/root/.chef/**", "/etc/chef/**", "/var/chef/**"]),
    (&["airflow"], &["/root/airflow/**"]),
    (
        &["java"],
        &[
            "/etc/.java/.systemPrefs/**", "/root/.java/**", "/root/.groovy/**", "/root/.m2/**", "/root/.gradle/**",
            "/root/.jenkins/**", "/root/.sonar/**",
        ],
    ),
    (
        &["npm*", "node", "yarn"],
        &["/root/.npm/**", "/root/.config/configstore/**", "/root/.cache/**", "/root/.node-gyp/**", "/root/.pm2/**"],
    ),
    (&["pip*"], &["/root/.cache/pip/**"]),
    (&["go"], &["/root/.cache/go-build/**", "/root/go/**"]),
    (&["dockerd", "docker", "containerd"], &[
        "/etc/docker/key.json*", "/root/.docker/config.json*", "/etc/docker/**",
    ]),
    (&["snmpd"], &["/var/lib/snmp/**", "/etc/snmp/**", "/var/lib/net-snmp/**"]),
    (
        &["acpid", "udisksd", "upowerd", "colord", "ModemManager", "bluetoothd", "fwupd", "geoclue"],
        &["/var/lib/udisks2/**", "/etc/fwupd/**", "/var/lib/bluetooth/**", "/etc/udisks2/**", "/var/lib/fwupd/**"],
    ),
    (&["gpsd", "hddtemp", "smartd"], &["/var/lib/smartmontools/**"]),
    (
        &["postfix*", "postmap", "newaliases", "postalias", "sendmail", "exim4", "update-exim4*", "makemap"],
        &["/etc/aliases*", "/etc/postfix/**.db", "/etc/postfix/**.lmdb", "/etc/mail/**", "/var/lib/exim4/**"],
    ),
    (
        &["unbound-anchor", "unbound", "named", "rndc-confgen"],
        &[
            "/etc/unbound/**", "/var/lib/unbound/**", "/etc/bind/**", "/etc/named/**", "/var/named/**",
            "/etc/rndc.key",
        ],
    ),
    (&["git-remote-http*", "curl", "urlgrabber-ext-"], &["/etc/pki/nssdb/**"]),
    (&["cron_start.sh", "start-cron"], &["/etc/security/pam_env.conf"]),
    (
        &["locale-gen", "localedef", "localectl", "systemd-localed"],
        &["/etc/locale*", "/usr/lib/locale/**", "/etc/default/locale*", "/etc/vconsole.conf*"],
    ),
    (&["hostnamectl", "systemd-hostnam*"], &["/etc/hostname*", "/etc/machine-info*"]),
    (&["systemd-machine*"], &["/etc/machine-id*"]),
    (
        &["pvedaemon*", "pmxcfs", "pveproxy*", "pvestatd", "pve-firewall", "corosync"],
        &["/etc/pve/**", "/etc/corosync/**"],
    ),
    (&["vmtoolsd", "VGAuthService", "open-vm-tools"], &["/etc/vmware-tools/**"]),
    (
        &["cloud-init", "cloud-final"],
        &[
            "/etc/cloud/**", "/etc/netplan/**", "/etc/network/**", "/etc/hosts*", "/etc/hostname*",
            "/var/lib/cloud/**",
        ],
    ),
    (
        &["google_*"],
        &["/etc/boto.cfg*", "/etc/google_instance_id", "/etc/instance_id*", "/etc/hosts*"],
    ),
    (&["waagent", "python3"], &["/etc/waagent.conf*", "/var/lib/waagent/**", "/etc/azure/**"]),
];

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row("own-state", "a program writes its own configuration or state")
        .who(&[
            Is::Host,
            Is::SomeImage,
            Is::InstalledProgram,
            Is::Parent(&[
                "systemd*", "init", "containerd-shim*", "conmon", "runc", "supervisord", "runsv", "cron", "crond",
                "run-parts", "anacron", "tini", "dumb-init", "docker-init", "dpkg", "*.postinst", "dnf*", "yum*",
                "rpm", "apt*", "entrypoint*", "kubelet", "ceph*", "rook*", "sssd*", "lv*", "lvm*", "multipathd",
                "iscsid", "udevd", "systemd-udevd", "(udev-worker)", "nm-dispatcher", "NetworkManager", "cf-*",
                "puppet*", "chef-*", "salt*", "macompatsvc", "omiserver", "omiengine", "omsagent", "qualys-*",
                "automount", "nginx*", "haproxy*", "keepalived", "postfix*", "ucf", "update-*", "catatonit", "s6-*",
                "dhclient*", "dockerd", "docker", "k3s*", "rke2*", "longhorn*", "openebs*", "csi*", "*csi*",
                "cloud-init", "google_*", "waagent", "python3", "consul-template", "confd", "start*", "run-*",
                "VGAuthService", "master", "snapd", "etckeeper", "git", "make", "java", "pvedaemon", "semodule",
                "realmd", "adclient", "fluentd", "chronyd", "agent", "falcon*", "libvirtd", "virtqemud", "dmeventd",
                "rancher*", "kops*", "protokube", "vx*", "toolbox.sh", "kubelite", "s6-supervise", "docker-entrypoi",
                "ovs-ctl", "ovsdb-server",
            ]),
        ])
        .does(&[Does::Own(OWN), Does::Act(&[Act::Writes])])
        .harmless()
        .confirm("the file belongs to that program's package or volume, and the change is one that it makes: diff with its last backup, or its log")
        .imitation("run a program of that name with the rights to write there; only what that program's own files can do is gained")
        .seen(&[
            ("rule", "Write below etc"),
            ("container.id", "host"),
            ("fd.name", "/etc/lvm/cache/.cache"),
            ("proc.cmdline", "lvs --noheadings --readonly --separator=\";\" -a -o lv_tags,lv_path,lv_name,vg_name,lv_uuid,lv_size"),
            ("proc.name", "lvs"),
            ("proc.pname", "ceph-volume"),
        ]),
    row("sidecar-writes-configuration", "a configuration sidecar writes the files that it was deployed to write")
        .who(&[Is::Image(&[
            "kiwigrid/k8s-sidecar", "prometheus-operator/prometheus-config-reloader", "jimmidyson/configmap-reload",
            "grafana/*", "fluent/*", "kube-logging/*", "banzaicloud/*", "hashicorp/*", "git-sync/*", "stakater/*",
            "vault*",
        ]), Is::Namespace(&["**"]), Is::Parent(&[
            "containerd-shim*", "conmon", "runc", "python*", "tini", "dumb-init",
        ])])
        .does(&[Does::File(&[
            "/etc/grafana/**", "/etc/prometheus/**", "/tmp/dashboards/**", "/var/lib/grafana/**",
            "/etc/alertmanager/**", "/fluentd/**", "/fluent-bit/**", "/etc/fluent/**", "/rules/**", "/etc/loki/**",
            "/vault/**", "/git/**", "/etc/config/**",
        ])])
        .confirm("the ConfigMap of this name changed at this time: kubectl get configmap -A --sort-by=.metadata.creationTimestamp")
        .imitation("be allowed to change that ConfigMap")
        .seen(&[
            ("rule", "Write below etc"),
            ("container.id", "fd71c"),
            ("container.image.repository", "quay.io/kiwigrid/k8s-sidecar"),
            ("k8s.ns.name", "monitoring"),
            ("fd.name", "/etc/grafana/provisioning/datasources/datasource.yaml"),
            ("proc.cmdline", "python -u /app/sidecar.py"),
            ("proc.name", "python"),
            ("proc.pname", "containerd-shim"),
        ]),
];
