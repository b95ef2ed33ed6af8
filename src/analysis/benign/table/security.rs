//! Agents on hosts: security, inventory, monitoring, configuration management, backup.

use super::super::row::{Act, Does, Is, Row, row};
use super::host::SENSITIVE;

const CONFIRM: &str = "systemctl status shows the agent's service; its executable belongs to its package unchanged: dpkg -V or rpm -V, or the vendor's hash";
const IMITATE: &str = "replace the agent's executable or its scripts, which root alone can do";

/// Security and inventory agents, by name.
#[rustfmt::skip]
const SECURITY: &[&str] = &[
    "aide*", "tripwire", "samhain", "rkhunter", "chkrootkit", "unhide*", "lynis", "logcheck", "debsecan",
    "checksecurity", "tiger", "osqueryd", "osquery-extensi", "orbit", "fleetd", "wazuh*", "ossec-*", "auditbeat",
    "elastic-endpoin", "elastic-agent", "falcon-sensor*", "falcond", "falconctl", "qualys-cloud-ag*", "qualys-*",
    "nessus*", "nessusd", "nessus-service", "ir_agent", "rapid7*", "insight*", "TaniumClient*", "Tanium*",
    "taniumclient", "sentinelone*", "s1-*", "sentinelctl", "cbagentd", "cbdaemon", "cbsensor*", "cylancesvc", "xagt",
    "ds_agent", "ds_am", "mdatp", "wdavdaemon*", "microsoft_mdatp", "sav-protect", "savd", "savscand", "sophos*",
    "SophosFSScanner*", "clamd", "clamscan", "clamonacc", "freshclam", "esets_*", "eea*", "ekrn", "bdsecd",
    "bitdefender*", "kesl*", "drweb*", "fsav*", "symcfgd", "rtvscand", "sisidsdaemon", "symantec*", "mcafee*",
    "masvc", "macmnsvc", "macompatsvc", "mfetpd", "mfeespd", "nails*", "isectpd", "openscap", "oscap*", "oscapd",
    "inspec", "cis-cat*", "linux-bench", "kube-bench", "docker-bench*", "trivy*", "grype", "syft", "sysdig",
    "dragent", "sdjagent", "lacework*", "datacollector", "twistlock*", "defender*", "armor*", "threatstack*",
    "tsagentd", "tsfim", "uptycs*", "huntress*", "velociraptor*", "traps_pmd", "pmd", "cortex*", "cyserver", "cytool",
    "snoopy", "fail2ban*", "crowdsec*", "denyhosts*", "sshguard", "maldet", "imunify*", "cpanel*", "lfd", "csf",
    "vulners*", "vuls", "BESClient", "bigfix*", "jamf*", "kolide*", "launcher", "puppet-audit", "snare*", "nxlog*",
    "security-misc", "oms*", "inspectorssmplu*", "amazon-inspecto*", "awsagent", "guardduty*", "aws-guardduty*",
    "ocsinventory*", "fusioninventory", "glpi-agent", "landscape-*", "lansweeper*", "snow*", "flexera*", "ndtask",
    "scx*", "nmap-service", "hids*",
];
/// Where security and inventory agents are installed.
#[rustfmt::skip]
const SECURITY_PATHS: &[&str] = &[
    "/bin/aide*", "/bin/tripwire", "/bin/samhain", "/bin/dash", "/bin/bash", "/bin/rkhunter", "/bin/chkrootkit*",
    "/lib/chkrootkit/**", "/bin/lynis", "/usr/share/lynis/**", "/bin/perl*", "/bin/python3*", "/bin/osquery*",
    "/opt/**", "/var/ossec/**", "/bin/auditbeat", "/usr/share/**", "/usr/local/qualys/**", "/lib/systemd/**",
    "/usr/local/**", "/bin/clam*", "/bin/freshclam", "/bin/oscap*", "/bin/kube-bench", "/bin/trivy", "/bin/fail2ban*",
    "/bin/crowdsec*", "/usr/libexec/**", "/lib/**", "/bin/awsagent", "/bin/ruby*", "/bin/nxlog",
    "/bin/fusioninventory*", "/bin/glpi-agent", "/bin/wazuh*", "/bin/velociraptor*", "/bin/inspec", "/bin/unhide*",
    "/bin/debsecan",
];
/// What configuration management declares, of the files that hand over a machine. The preloaded library is none.
#[rustfmt::skip]
const MANAGED: &[&str] = &[
    "/etc/cron*/**", "/etc/crontab*", "/var/spool/cron/**", "/etc/sudoers*", "/etc/sudoers.d/**", "/etc/shadow*",
    "/etc/gshadow*", "/etc/passwd*", "/etc/pam.d/**", "/etc/profile*", "/etc/profile.d/**", "/etc/init.d/**",
    "/etc/systemd/**", "/lib/systemd/system/**", "/usr/lib/systemd/system/**", "/etc/udev/rules.d/**",
    "/root/.ssh/authorized_keys*", "/home/*/.ssh/authorized_keys*", "/etc/environment*", "/etc/ld.so.conf*",
    "/etc/kubernetes/**",
];
/// Configuration management, by name.
#[rustfmt::skip]
const CONFIGURATION: &[&str] = &[
    "puppet*", "facter", "chef-client*", "chef_command_wr*", "cinc-client", "chef-*", "ohai", "salt-minion*",
    "salt-call*", "/opt/saltstack*", "cf-agent", "cf-execd", "cf-promises", "cf-serverd", "cf-monitord", "rudder*",
    "ansible*", "ansible-pull", "amazon-ssm-agen*", "ssm-agent-worke*", "ssm-document-wo*", "ssm-session-wor*",
    "google_guest_ag*", "google_accounts*", "google_osconfig*", "google_network*", "google_metadata*",
    "google_clock*", "google_instance*", "google_startup*", "GCEWindowsAgent", "waagent", "WALinuxAgent",
    "cloud-init*", "cloud-final", "cloud-config", "ignition", "afterburn", "coreos-*", "rpm-ostreed", "oscar",
    "nixos-*", "guix*", "bcfg2", "synctool", "omsagent", "omiagent", "omsconfig*", "dsc_host", "GuestConfig*",
    "gc_linux_service", "himds", "azcmagent", "oci-*", "oracle-cloud-*", "do-agent", "droplet-agent", "qemu-ga",
    "vmtoolsd", "ovs-vswitchd", "juju*", "jujud", "landscape-client", "katello*", "subscription-ma*", "rhsmcertd*",
    "rhsm*", "insights-client", "foreman*", "etckeeper", "confd", "consul-template", "fleetd-updater",
    "NetworkManager", "netplan*", "dhclient*", "resolvconf", "tuned*",
];

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row("security-agent-reads", "a security or inventory agent reads the files that it watches")
        .who(&[Is::Host, Is::Name(SECURITY), Is::Exe(SECURITY_PATHS), Is::Ancestor(&[
            "systemd", "init", "cron", "crond", "CRON", "run-parts", "anacron", "rkhunter", "aide*", "chkrootkit",
            "lynis", "qualys-*", "nessus*", "wazuh*", "ossec-*", "falcon*", "Tanium*", "ir_agent", "osqueryd",
            "runsv", "supervisord", "perl", "sh", "amazon-*", "insight*", "launcher", "logcheck",
        ])])
        .does(&[Does::Act(&[Act::Reads, Act::Traces, Act::EntersNamespace, Act::LoadsBpf, Act::Connects, Act::RunsFromMemory])])
        .reaches(&[443])
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Read sensitive file untrusted"),
            ("container.id", "host"),
            ("evt.type", "openat"),
            ("fd.name", "/etc/shadow"),
            ("proc.cmdline", "rkhunter /usr/bin/rkhunter --cronjob --report-warnings-only --appendlog"),
            ("proc.exepath", "/usr/bin/dash"),
            ("proc.name", "rkhunter"),
            ("proc.pname", "rkhunter"),
            ("proc.aname[2]", "run-parts"),
            ("proc.aname[3]", "cron"),
        ]),
    row("security-agent-helper", "a helper that a security agent started reads the files that it checks")
        .who(&[
            Is::Host,
            Is::Parent(&[
                "qualys-cloud-ag", "qualys-*", "nessus*", "rkhunter", "chkrootkit", "lynis", "aide*",
                "wazuh-modulesd", "wazuh-*", "ossec-*", "ir_agent", "TaniumClient", "TaniumCX", "Tanium*",
                "linux-bench", "kube-bench", "falcon-sensor*", "osqueryd", "oscap*", "insights-client",
                "inspectorssmplu*", "cis-cat*", "BESClient", "logcheck", "dragent", "tiger", "checksecurity",
                "debsecan", "passwd.cron", "unhide*",
            ]),
            Is::Exe(&["/bin/*", "/opt/**", "/lib/**", "/usr/local/qualys/**", "/var/ossec/**", "/usr/libexec/**"]),
        ])
        .does(&[Does::Act(&[Act::Reads]), Does::File(SENSITIVE)])
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Read sensitive file untrusted"),
            ("container.id", "host"),
            ("fd.name", "/etc/shadow"),
            ("proc.cmdline", "awk -F: {print $1} /etc/shadow"),
            ("proc.exepath", "/usr/bin/gawk"),
            ("proc.name", "awk"),
            ("proc.pname", "qualys-cloud-ag"),
        ]),
    row("account-file-backup", "the daily job compares the account files with their backup")
        .who(&[Is::Host,
            Is::Parent(&["passwd", "cron", "run-parts", "anacron", "dash", "sh", "dpkg-db-backup"]),
            Is::Ancestor(&["passwd", "cron", "crond", "run-parts", "anacron", "systemd"])])
        .does(&[Does::Command(&[
            "cmp -s shadow.bak /etc/shadow", "cmp -s gshadow.bak /etc/gshadow", "cp -p /etc/shadow shadow.bak",
            "cp -p /etc/gshadow gshadow.bak", "cmp -s /etc/shadow shadow.bak", "cmp -s passwd.bak /etc/passwd",
        ])])
        .confirm("/etc/cron.daily/passwd is the package's: dpkg -V; /var/backups/shadow.bak has this time")
        .imitation("run the same copy from /var/backups as root")
        .seen(&[
            ("rule", "Read sensitive file untrusted"),
            ("container.id", "host"),
            ("fd.name", "/etc/shadow"),
            ("proc.cmdline", "cmp -s shadow.bak /etc/shadow"),
            ("proc.name", "cmp"),
            ("proc.pname", "passwd"),
            ("proc.aname[2]", "run-parts"),
        ]),
    row("monitoring-agent", "a monitoring agent reads the host's state")
        .who(&[
            Is::Host,
            Is::Name(&[
                "node_exporter", "prometheus-nod*", "agent", "trace-agent", "process-agent", "system-probe",
                "datadog-*", "newrelic-infra*", "zabbix_agent*", "zabbix_server", "nrpe", "nagios", "check_*",
                "icinga2", "telegraf", "collectd", "netdata", "apps.plugin", "ebpf.plugin", "cgroup-network*",
                "grafana-agent", "alloy", "promtail", "oneagent*", "splunkd", "fluent-bit", "fluentd", "td-agent",
                "vector", "filebeat", "metricbeat", "auditbeat", "packetbeat", "journalbeat", "heartbeat",
                "amazon-cloudwat*", "google_cloud_op*", "otelopscol*", "stackdriver*", "omsagent", "ama-logs", "mdsd",
                "azuremonitoragent*", "snmpd", "munin-node", "monit", "sensu-*", "checkmk*", "cmk-agent*",
                "check_mk*", "pcp*", "pmcd", "pmda*", "atop*", "sysstat", "sadc", "sar", "glances", "scollector",
                "instana*", "appd-*", "machineagent", "dynatrace*", "cadvisor", "telegraf", "sumologic*",
                "logdna-agent", "nxlog", "opentelemetry*", "otelcol*", "beyla", "parca-agent", "pyroscope", "kepler",
                "tetragon", "tracee*", "hubble*", "cilium-agent", "inspektor*", "ig", "smartd", "lm-sensors",
                "ganglia*", "gmond", "riemann*", "vnstatd", "iftop", "site24x7*", "MonAgent*", "logicmonitor*",
                "lm-*", "solarwinds*", "SWIAgent*", "nable*", "kubelet", "pixie", "pem", "coroot*", "vmagent",
            ]),
            Is::Exe(&[
                "/bin/**", "/opt/**", "/usr/local/**", "/usr/libexec/**", "/lib/**", "/usr/share/**",
                "/var/lib/dynatrace/**", "/snap/**",
            ]),
            Is::Parent(&[
                "systemd", "init", "runsv", "supervisord", "s6-supervise", "agent", "netdata", "nrpe", "nagios*",
                "zabbix_agent*", "snmpd", "splunkd", "oneagent*", "containerd-shim*", "telegraf", "collectd", "cron",
                "crond", "monit", "munin*", "cmk-agent*", "xinetd", "newrelic*", "process-agent", "otelopscol*",
                "google_cloud_op*", "amazon-cloudwat*", "start-amazon-cl*", "datadog-*", "pmcd", "tini", "dumb-init",
            ]),
        ])
        .does(&[Does::Act(&[Act::EntersNamespace, Act::LoadsBpf, Act::Connects, Act::CallsMetadata, Act::CallsApi, Act::OpensPacketSocket, Act::Traces, Act::ChangesUser])])
        .reaches(&[443])
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Change thread namespace"),
            ("container.id", "host"),
            ("evt.type", "setns"),
            ("proc.cmdline", "process-agent --cfgpath=/etc/datadog-agent/datadog.yaml"),
            ("proc.exepath", "/opt/datadog-agent/embedded/bin/process-agent"),
            ("proc.name", "process-agent"),
            ("proc.pname", "systemd"),
        ]),
    row("monitoring-runs-check", "a monitoring agent runs one of its checks")
        .who(&[
            Is::Parent(&[
                "nrpe", "nagios*", "icinga2", "zabbix_agent*", "snmpd", "splunkd", "telegraf", "collectd", "monit",
                "sensu-agent", "check_mk_agent", "cmk-agent*", "xinetd", "munin-node", "datadog-agent", "agent",
                "newrelic-infra", "consul", "keepalived", "haproxy", "td-agent", "fluentd",
            ]),
            Is::Exe(&[
                "/bin/sh", "/bin/bash", "/bin/dash", "/bin/sudo", "/lib/nagios/**", "/opt/**", "/lib/**", "/bin/*",
            ]),
            Is::Host,
        ])
        .does(&[Does::Command(&[
            "/usr/lib*/nagios/plugins/** ...", "check_* ...", "sh -c /usr/lib/nagios/plugins/** ...",
            "sudo /usr/lib*/nagios/plugins/** ...", "/usr/lib/monitoring-plugins/** ...",
            "/etc/zabbix/scripts/** ...", "/usr/lib/zabbix/** ...", "/opt/splunkforwarder/** ...",
            "/etc/telegraf/** ...", "/opt/datadog-agent/** ...", "/usr/lib/check_mk_agent/** ...",
            "/opt/sensu/** ...", "/etc/sensu/plugins/** ...", "systemctl is-active *", "systemctl status *",
            "pgrep ...", "pidof *", "/usr/share/munin/plugins/** ...", "/opt/splunkforwarder/bin/** ... 2>/dev/null",
            "sudo -n /usr/lib*/nagios/plugins/** ...", "/usr/libexec/zabbix/** ...", "nc -z localhost #",
            "/etc/keepalived/** ...", "killall -0 *", "/usr/local/nagios/libexec/** ...",
        ])])
        .confirm("the check is in the agent's configuration: grep it there")
        .imitation("change the agent's configuration or plug-ins, which its administrator alone can do")
        .seen(&[
            ("rule", "Run shell untrusted"),
            ("container.id", "host"),
            ("evt.type", "execve"),
            ("proc.cmdline", "sh -c /usr/lib/nagios/plugins/check_disk -w 20% -c 10% -p /"),
            ("proc.exepath", "/usr/bin/dash"),
            ("proc.name", "sh"),
            ("proc.pname", "nrpe"),
        ]),
    row("configuration-management", "configuration management brings the host to its declared state")
        .who(&[
            Is::Host,
            Is::Name(CONFIGURATION),
            Is::Exe(&[
                "/opt/puppetlabs/**", "/opt/chef/**", "/opt/cinc/**", "/opt/saltstack/**", "/var/cfengine/**",
                "/opt/rudder/**", "/bin/cf-*", "/bin/puppet", "/bin/facter", "/bin/chef*", "/bin/salt*",
                "/bin/amazon-ssm*", "/bin/ssm-*", "/snap/amazon-ssm-agent/**", "/bin/google_*", "/bin/waagent",
                "/bin/cloud-init", "/bin/ignition", "/bin/afterburn", "/lib/dracut/**", "/bin/qemu-ga",
                "/bin/vmtoolsd", "/opt/microsoft/**", "/opt/omi/**", "/opt/dsc/**", "/var/lib/waagent/**",
                "/opt/azcmagent/**", "/bin/rhsm*", "/bin/subscription-manager*", "/usr/libexec/rhsm*",
                "/bin/insights-client", "/bin/ruby*", "/bin/jujud", "/var/lib/juju/**", "/bin/netplan",
                "/bin/NetworkManager", "/bin/dhclient*", "/bin/tuned*", "/usr/libexec/oracle-cloud-agent/**",
                "/bin/rpm-ostree*", "/bin/confd", "/bin/consul-template", "/bin/landscape-*", "/opt/digitalocean/**",
                "/bin/etckeeper", "/bin/ohai",
            ]),
            Is::Parent(&[
                "systemd", "init", "puppet*", "cf-execd", "cf-agent", "chef-client*", "chef_command_wr",
                "cinc-client", "salt-minion*", "salt-call", "cron", "crond", "amazon-ssm-agen*", "ssm-*", "google_*",
                "waagent", "cloud-init", "rudder*", "supervisord", "omsagent", "omiagent", "jujud", "runsv",
                "run-parts", "ruby*", "dracut-initqueu", "oci-*", "NetworkManager", "nm-dispatcher", "anacron",
            ]),
        ])
        .does(&[Does::Act(&[Act::Reads, Act::Writes, Act::ManagesUsers, Act::CallsMetadata, Act::Connects, Act::ClearsLog, Act::SetsIdBits])])
        .reaches(&[443, 8140])
        .touches(MANAGED)
        .confirm("the agent's own run log shows this change at this time: puppet agent --test --noop, chef-client --why-run, journalctl -u the agent")
        .imitation("replace the agent's executable, or be its server")
        .seen(&[
            ("rule", "Write below etc"),
            ("container.id", "host"),
            ("fd.name", "/etc/ssh/sshd_config20240612-1841-1q2w3e.lock"),
            ("proc.cmdline", "puppet agent --onetime --no-daemonize --no-usecacheonfailure --detailed-exitcodes"),
            ("proc.name", "puppet"),
            ("proc.pname", "puppet"),
            ("proc.aname[2]", "systemd"),
        ]),
    row("configuration-management-child", "a program that configuration management started changes what is declared")
        .who(&[
            Is::Host,
            Is::Ancestor(&[
                "puppet", "chef-client", "chef_command_wr", "cinc-client", "salt-minion", "salt-call", "cf-agent",
                "rudder", "cloud-init", "ignition", "google_accounts*", "google_guest_ag*", "waagent", "jujud",
                "ansible-pull", "sssd", "sssd_be", "realmd", "adclient", "centrify", "realm",
            ]),
            Is::Exe(&[
                "/bin/*", "/opt/puppetlabs/**", "/opt/chef/**", "/opt/saltstack/**", "/usr/local/bin/*",
                "/usr/libexec/**", "/lib/**",
            ]),
        ])
        .does(&[
            Does::Act(&[Act::Writes, Act::Reads, Act::ManagesUsers]),
            Does::Command(&[
                "useradd ...", "usermod ...", "groupadd ...", "groupmod ...", "gpasswd ...", "userdel ...",
                "chage ...", "chpasswd ...", "passwd ...", "adcli update ...", "adcli join ...", "adcli info ...",
                "realm ...", "net ads ...", "update-rc.d ...", "systemctl ...", "apt-get ...", "apt-key ...",
                "dpkg ...", "yum ...", "dnf ...", "rpm ...", "sed -i ...", "cp ...", "install ...", "crontab ...",
                "visudo -c ...", "authselect ...", "update-ca-trust ...", "update-ca-certificates ...",
                "locale-gen ...", "sysctl ...", "getent ...", "semanage ...", "restorecon ...", "setfacl ...",
                "augtool ...", "krb5_child ...", "sshd -t ...",
            ]),
        ])
        .touches(MANAGED)
        .confirm("the agent's own run log shows this change at this time")
        .imitation("be the agent's server, or change the declared state")
        .seen(&[
            ("rule", "Write below etc"),
            ("container.id", "host"),
            ("fd.name", "/etc/krb5.keytab"),
            ("proc.cmdline", "adcli update --domain=ad.example.org --host-fqdn=node08.example.org --computer-password-lifetime=30"),
            ("proc.name", "adcli"),
            ("proc.pname", "sssd_be"),
            ("proc.aname[2]", "sssd"),
        ]),
    row("cloud-agent-keys", "the cloud's guest agent distributes the SSH keys that its console holds")
        .who(&[Is::Host, Is::Name(&[
            "google_accounts*", "google_guest_ag*", "cloud-init", "waagent", "python3", "afterburn",
            "coreos-metadata", "droplet-agent", "ec2-instance-co*", "eic_*", "update-ssh-keys", "ignition", "oci-*",
            "qemu-ga", "vmtoolsd",
        ]), Is::Exe(&[
            "/bin/google_*", "/bin/python3*", "/bin/cloud-init", "/bin/waagent", "/bin/afterburn", "/opt/**",
            "/bin/*",
        ]), Is::Parent(&["systemd", "init", "google_*", "cloud-init", "bash", "update-ssh-keys"])])
        .does(&[
            Does::Command(&[
                "google_accounts* /usr/bin/google_accounts_daemon", "google_accounts*", "google_guest_agent",
                "google_guest_ag*", "cloud-init /usr/bin/cloud-init ...", "python3 /usr/bin/cloud-init ...",
                "python3 -u /usr/sbin/waagent ...", "python3 -u bin/WALinuxAgent* ...", "waagent ...",
                "afterburn ...", "coreos-metadata ...", "droplet-agent ...", "update-ssh-keys ...", "ignition ...",
                "qemu-ga ...", "vmtoolsd ...",
            ]),
            Does::File(&[
                "/home/*/.ssh/**", "/root/.ssh/**", "/var/google-users.d/**", "/etc/sudoers.d/**", "/core/.ssh/**",
                "/home/*/.ssh", "/etc/ssh/**", "/var/lib/core/.ssh/**",
            ]),
        ])
        .harmless()
        .confirm("the keys equal those in the cloud's console: gcloud compute project-info describe, or the instance's user data")
        .imitation("be allowed to change the project's or instance's metadata, which is an attack of its own on the cloud account")
        .seen(&[
            ("rule", "Write below monitored dir"),
            ("container.id", "host"),
            ("fd.name", "/home/ada/.ssh/authorized_keys"),
            ("proc.cmdline", "google_accounts /usr/bin/google_accounts_daemon"),
            ("proc.pname", "systemd"),
        ]),
    row("backup-agent-reads", "a backup agent that runs as a service reads the files that it saves")
        .who(&[
            Is::Host,
            Is::Name(&[
                "bacula-fd", "bareos-fd", "veeam*", "veeamagent*", "veeamdeployment*", "bpbkar", "bpcd", "nbdisco",
                "dsmc", "dsmcad", "cvd", "cvfwd", "ClBackup", "ifind", "avagent*", "avtar*", "nsrexecd", "save",
                "acronis*", "aakore", "crashplan*", "code42*", "duplicati*", "urbackupclient*", "rubrik*",
                "amandad", "cdp-*", "burp", "borgmatic", "snapper*", "timeshift*",
                "proxmox-backup*", "vzdump", "druva*", "Phoenix*", "cohesity*", "zmanda*", "rsnapshot",
            ]),
            Is::Exe(&[
                "/bin/*", "/opt/veeam/**", "/opt/tivoli/**", "/opt/bacula/**", "/opt/bareos/**", "/opt/avamar/**",
                "/usr/local/avamar/**", "/opt/nsr/**", "/opt/networker/**", "/opt/commvault*/**", "/opt/simpana/**",
                "/opt/rubrik/**", "/opt/druva/**", "/opt/cohesity/**", "/opt/acronis/**", "/opt/crashplan/**",
                "/usr/local/crashplan/**", "/opt/zmanda/**", "/opt/druva-phoenix/**", "/usr/openv/**",
                "/usr/local/sbin/*", "/usr/local/bin/*", "/lib/bareos/**", "/lib/bacula/**", "/lib/amanda/**",
                "/usr/libexec/amanda/**", "/lib/Acronis/**", "/lib/duplicati/**", "/usr/share/timeshift/**",
                "/usr/share/duplicati/**",
            ]),
            Is::Parent(&[
                "systemd", "init", "xinetd", "veeam*", "bpcd", "cvlaunchd", "cvd", "avagent*", "nsrexecd",
                "borgmatic", "dsmcad", "aakore", "cron", "crond", "amandad", "supervisord",
            ]),
        ])
        .does(&[Does::Act(&[Act::Reads])])
        .confirm("the backup server's job log shows this client at this time")
        .imitation("replace the backup agent's executable, which root alone can do")
        .seen(&[
            ("rule", "Read sensitive file untrusted"),
            ("container.id", "host"),
            ("evt.type", "openat"),
            ("fd.name", "/etc/shadow"),
            ("proc.cmdline", "bacula-fd -fP -c /etc/bacula/bacula-fd.conf"),
            ("proc.exepath", "/usr/sbin/bacula-fd"),
            ("proc.name", "bacula-fd"),
            ("proc.pname", "systemd"),
        ]),
];
