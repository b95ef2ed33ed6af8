//! Databases, brokers, web servers: what their own scripts do; and health checks.

use super::super::row::{Act, Does, Is, Row, row};

const CONFIRM: &str = "the command stands in the product's configuration (archive_command, entry point, liveness probe): kubectl get pod -o yaml, or the configuration file";
const IMITATE: &str = "change that configuration, which the database's or cluster's administrator alone can do";

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row("health-check", "a probe asks the container itself, or a service that it waits for, whether it is there")
        .who(&[Is::SomeImage, Is::InstalledProgram])
        .does(&[Does::LocalProbe])
        .harmless()
        .confirm("the command stands in the pod's livenessProbe, readinessProbe or init container, or in the image's HEALTHCHECK: kubectl get pod -o yaml, docker inspect")
        .imitation("none worth having: the command sends nothing, saves nothing and reaches only this container or one port")
        .seen(&[
            ("rule", "Launch Ingress Remote File Copy Tools in Container"),
            ("container.id", "30947dcb4bff"),
            ("container.image.repository", "registry.internal/shop/cart"),
            ("evt.type", "execve"),
            ("proc.cmdline", "curl -sf -o /dev/null http://localhost:8080/healthz"),
            ("proc.exepath", "/usr/bin/curl"),
            ("proc.name", "curl"),
            ("proc.pname", "sh"),
        ]),
    row("postgres-archive", "PostgreSQL archives a segment of its log with the operator's or backup tool's own command")
        .who(&[
            Is::Parent(&["postgres", "postmaster"]),
            Is::Image(&[
                "cloudnative-pg/*", "postgres", "zalando/*", "acid/*", "spilo*", "crunchydata/*",
                "bitnami/postgresql*", "timescale/*", "percona/*", "stackgres/*", "enterprisedb/*", "ongres/*",
                "postgis/*", "supabase/*", "wal-g/*",
            ]),
            Is::Exe(&["/bin/sh", "/bin/bash", "/bin/dash", "/bin/busybox"]),
        ])
        .does(&[Does::Command(&[
            "/controller/manager wal-archive ...", "/controller/manager wal-restore ...",
            "-- /controller/manager wal-archive ...", "wal-g wal-push ...", "wal-g wal-fetch ...",
            "envdir /etc/wal-e.d/env /usr/local/bin/wal-e wal-push ...", "envdir /etc/wal-e.d/env wal-e wal-push ...",
            "envdir /run/etc/wal-e.d/env wal-g wal-push ...", "envdir /etc/wal-e.d/env wal-g wal-push ...",
            "envdir ** wal-g wal-push ...", "pgbackrest ... archive-push ...", "pgbackrest ... archive-get ...",
            "pgbackrest ...", "barman-wal-archive ...", "barman-cloud-wal-archive ...", "test ! -f ** && cp ** **",
            "cp pg_wal/** **", "/usr/bin/pg_probackup archive-push ...",
            "source /opt/pgbackrest/bin/** && pgbackrest ...", "/bin/true", "true", "envdir ** /scripts/** ...",
            "wal-e wal-push ...",
        ])])
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Run shell untrusted"),
            ("container.id", "3b1676e68f33"),
            ("container.image.repository", "ghcr.io/cloudnative-pg/postgresql"),
            ("evt.type", "execve"),
            ("proc.cmdline", "sh -c -- /controller/manager wal-archive --log-destination /controller/log/postgres.json pg_wal/0000000100000003000000A7"),
            ("proc.exepath", "/bin/sh"),
            ("proc.name", "sh"),
            ("proc.pname", "postgres"),
        ]),
    row("rabbitmq-scripts", "RabbitMQ's Erlang machine asks the system for its memory, disks and names")
        .who(&[Is::Parent(&[
            "beam.smp", "beam", "erl_child_setup", "erlexec", "inet_gethost", "rabbitmqctl", "rabbitmq-server",
        ]), Is::Image(&[
            "rabbitmq", "bitnami/rabbitmq*", "rabbitmq/*", "rabbitmqoperator/*", "couchdb", "bitnami/couchdb",
            "emqx/*", "emqx", "vernemq/*", "ejabberd/*", "riak*", "couchbase*", "couchbase/*", "openstack*/*",
        ]), Is::Exe(&["/bin/sh", "/bin/bash", "/bin/dash", "/bin/busybox"]), Is::Host])
        .does(&[Does::Command(&[
            "sh -s unix:cmd", "exec /bin/sh -s unix:cmd 2>&1", "exec ps ...", "exec inet_gethost ...", "exec df ...",
            "exec cat /proc/**", "inet_gethost #", "exec /usr/**/inet_gethost ...", "df ...", "ps ...",
            "/usr/bin/df ...", "exec erl ...",
        ])])
        .confirm(CONFIRM)
        .imitation("run code inside RabbitMQ's Erlang machine, which starts every command this way: look at what its children do")
        .seen(&[
            ("rule", "Run shell untrusted"),
            ("container.id", "3b1676e68f33"),
            ("container.image.repository", "docker.io/library/rabbitmq"),
            ("evt.type", "execve"),
            ("proc.cmdline", "sh -s unix:cmd"),
            ("proc.exepath", "/bin/dash"),
            ("proc.name", "sh"),
            ("proc.pname", "beam.smp"),
        ]),
    row("database-entrypoint", "the entry point of a database's image prepares its data directory and starts it")
        .who(&[
            Is::Image(&[
                "postgres", "mysql", "mariadb", "mongo", "redis", "valkey/*", "cassandra", "elasticsearch",
                "elasticsearch/*", "docker.elastic.co/**", "opensearchproject/*", "bitnami/*", "bitnamilegacy/*",
                "percona", "percona/*", "zookeeper", "kafka", "confluentinc/*", "apache/kafka", "rabbitmq", "couchdb",
                "neo4j", "influxdb", "memcached", "clickhouse/*", "timescale/*", "mongodb/*", "mysql/mysql-server",
                "mcr.microsoft.com/mssql/**", "gvenzl/*", "cockroachdb/*", "minio/*", "strimzi/*", "zalando/*",
                "cloudnative-pg/*", "arangodb", "dgraph/*", "scylladb/*", "redis/*",
            ]),
            Is::Parent(&[
                "containerd-shim*", "conmon", "runc", "tini", "docker-init", "docker-entrypoi*",
                "docker-entrypoint.sh", "dumb-init", "entrypoint*", "run-mysqld", "catatonit", "mysqld_safe",
                "start-mysql.sh",
            ]),
            Is::Exe(&[
                "/bin/bash", "/bin/sh", "/bin/dash", "/bin/busybox", "/usr/local/bin/gosu", "/usr/local/bin/*",
                "/bin/su-exec", "/bin/*", "/opt/bitnami/**", "/lib/postgresql/**",
            ]),
        ])
        .does(&[Does::Command(&[
            "docker-entrypoint.sh ** ...", "docker-entrypoi ...", "docker-entrypoint.sh ...",
            "bash /usr/local/bin/docker-entrypoint.sh ...", "bash /opt/bitnami/scripts/** ...", "gosu * docker-entrypoint.sh ...",
            "gosu postgres postgres ...", "gosu mysql mysqld ...", "gosu mysql mariadbd ...",
            "gosu mongodb mongod ...", "gosu redis redis-server ...", "gosu rabbitmq rabbitmq-server ...",
            "gosu cassandra cassandra ...", "su-exec * docker-entrypoint.sh ...", "su-exec postgres postgres ...",
            "su-exec redis redis-server ...", "gosu nobody true",
            "find . ! -user redis -exec chown redis {} +", "initdb ...", "mysqld --initialize* ...", "mysqld ...",
            "postgres ...", "redis-server ...", "mongod ...", "mysqld_safe ...", "chown ...", "chmod 700 ...",
            "chmod 0700 ...", "chmod 1777 ...", "chmod 775 ...", "chmod 03777 ...", "chmod 3777 ...",
            "chmod 00700 ...", "mkdir ...", "id -u", "mysql_tzinfo_to_sql ...", "bash /docker-entrypoint.sh ...",
            "sh /usr/local/bin/docker-entrypoint.sh ...",
        ])])
        .confirm("the time is the container's start: kubectl get pod -o wide, docker ps")
        .imitation("replace the image's entry point")
        .seen(&[
            ("rule", "Non sudo setuid"),
            ("container.id", "3b1676e68f33"),
            ("container.image.repository", "docker.io/library/postgres"),
            ("proc.cmdline", "gosu postgres /usr/local/bin/docker-entrypoint.sh postgres"),
            ("proc.exepath", "/usr/local/bin/gosu"),
            ("proc.name", "gosu"),
            ("proc.pname", "containerd-shim"),
        ]),
    row("nginx-include-glob", "nginx's configuration loader expands an include pattern through the shell")
        .who(&[Is::Image(&[
            "ingress-nginx/*", "nginx-ingress-controller*", "kubernetes-ingress-controller/*", "nginx/*",
            "openresty/*", "kong", "kong/*", "apache/apisix*",
        ]), Is::Parent(&["nginx", "openresty", "nginx-ingress-c"]), Is::Exe(&[
            "/bin/sh", "/bin/dash", "/bin/bash", "/bin/busybox",
        ])])
        .does(&[Does::Command(&["eval \"printf %s\\\\0 x $1 $2\" sh /etc/nginx/** ..."]), Does::Act(&[Act::Starts])])
        .confirm("the same command comes at every reload: lanner's history of this fingerprint")
        .imitation("be able to run other code in nginx, which needs no such command")
        .seen(&[
            ("rule", "Run shell untrusted"),
            ("container.id", "a1edcfdec270"),
            ("container.image.repository", "registry.k8s.io/ingress-nginx/controller"),
            ("evt.type", "execve"),
            ("proc.cmdline", "sh -c eval \"printf %s\\\\0 x $1 $2\" sh /etc/nginx/conf.d/*.conf"),
            ("proc.exepath", "/bin/sh"),
            ("proc.name", "sh"),
            ("proc.pname", "nginx"),
        ]),
    row("process-count", "an application server counts or lists its own workers")
        .who(&[Is::Parent(&["puma*", "unicorn*", "ruby*", "sidekiq*", "gitlab*", "runsv", "bundle", "rails*"]),
            Is::Ancestor(&["puma*", "unicorn*", "runsv", "runsvdir", "sidekiq*", "gitlab*"])])
        .does(&[Does::Command(&[
            "pgrep -fl ...", "pgrep -f ...", "pgrep ...", "ps -o rss= -p #", "ps -o rss -p #", "ps -o ppid= -p #",
            "ps -o ...", "ps -A -o ...", "ps -e -o ...", "ps -p # ...", "getconf ...",
        ])])
        .harmless()
        .confirm("the same command comes at regular times: lanner's history of this fingerprint")
        .imitation("none worth having: the command lists processes of a name")
        .seen(&[
            ("rule", "Run shell untrusted"),
            ("proc.cmdline", "sh -c pgrep -fl \"unicorn.* worker\\[.*?\\]\""),
            ("proc.name", "sh"),
            ("proc.pname", "puma reactor"),
            ("proc.aname[2]", "puma"),
        ]),
    row("mesh-init", "a service mesh's init container or plugin sets up the pod's own packet rules")
        .who(&[
            Is::Image(&[
                "istio/*", "istio-release/**", "linkerd/*", "cr.l5d.io/**", "buoyant/*", "hashicorp/consul*",
                "openservicemesh/*", "kuma/*", "kumahq/*", "envoyproxy/*", "tetrate/*", "dapr/*", "proxyv2",
                "aws-appmesh*/**", "amazon/aws-app*", "openshift-service-mesh/*",
            ]),
            Is::Parent(&[
                "pilot-agent", "istio-iptables", "istio-cni*", "linkerd*", "proxy-init", "containerd-shim*", "conmon",
                "runc", "sh", "bash", "consul*", "kumactl", "xtables*", "iptables*", "envoy", "tini",
            ]),
            Is::OwnTool(&[
                "iptables*", "ip6tables*", "xtables*", "pilot-agent", "istio-iptables", "envoy", "linkerd*",
                "proxy-init", "consul*", "ip", "nsenter", "kumactl", "nft", "sysctl", "install-cni", "cp", "chmod",
            ]),
        ])
        .does(&[Does::Act(&[Act::Starts, Act::EntersNamespace, Act::Writes, Act::ChangesUser, Act::OpensPacketSocket, Act::Connects, Act::LoadsModule, Act::RunsNewBinary])])
        .confirm("the container is the mesh's init container or sidecar: kubectl get pod -o yaml")
        .imitation("run code in the mesh's own container")
        .seen(&[
            ("rule", "Change thread namespace"),
            ("container.id", "a1edcfdec270"),
            ("container.image.repository", "docker.io/istio/install-cni"),
            ("evt.type", "setns"),
            ("proc.cmdline", "install-cni --log_output_level=default:info"),
            ("proc.exepath", "/opt/cni/bin/install-cni"),
            ("proc.name", "install-cni"),
            ("proc.pname", "containerd-shim"),
        ]),
    row("certificate-renewal", "a certificate manager renews a certificate and has the server reload it")
        .who(&[Is::Name(&[
            "certbot", "acme.sh", "lego", "dehydrated", "step", "vault*", "consul-template", "certmonger", "getcert",
            "python3", "openssl", "sh", "bash", "cfssl", "certutil", "update-ca-certi*", "update-ca-trust", "trust",
            "nginx-launch.sh", "kcertbot", "traefik", "caddy",
        ]), Is::Parent(&[
            "systemd", "cron", "crond", "certbot", "acme.sh", "lego", "certmonger", "vault*", "run-parts", "snap*",
            "dehydrated", "containerd-shim*", "nginx-launch.sh", "update-ca-trust", "python3", "update-ca-certi*",
        ]), Is::Exe(&[
            "/bin/**", "/snap/certbot/**", "/usr/local/bin/*", "/opt/**", "/usr/libexec/certmonger/**", "/lib/**",
        ]), Is::Host])
        .does(&[Does::File(&[
            "/etc/letsencrypt/**", "/etc/ssl/**", "/etc/pki/**", "/etc/nginx/certs/**", "/var/lib/acme/**",
            "/root/.acme.sh/**", "/etc/acme/**", "/etc/ca-certificates/**", "/usr/local/share/ca-certificates/**",
            "/etc/vault*/**", "/vault/secrets/**", "/etc/certmonger/**", "/var/lib/certmonger/**", "/etc/traefik/**",
            "/etc/caddy/**",
        ])])
        .confirm("openssl x509 -noout -dates on the certificate, and the manager's log: certbot certificates")
        .imitation("write a certificate of its own there as root")
        .seen(&[
            ("rule", "Write below etc"),
            ("container.id", "host"),
            ("fd.name", "/etc/letsencrypt/.updated-options-ssl-nginx-conf-digest.txt"),
            ("proc.cmdline", "certbot -q renew"),
            ("proc.name", "certbot"),
            ("proc.exepath", "/usr/bin/python3.11"),
            ("proc.pname", "systemd"),
        ]),
    row("cluster-ca-copy", "a node pod adds the cluster's public certificate to its trust store")
        .who(&[Is::Container, Is::Name(&["cp"]), Is::Parent(&["bash", "sh", "entrypoint*", "containerd-shim*"])])
        .does(&[Does::Command(&[
            "cp /run/secrets/kubernetes.io/serviceaccount/ca.crt /etc/pki/ca-trust/source/anchors/openshift-ca.crt",
            "cp /var/run/secrets/kubernetes.io/serviceaccount/ca.crt /etc/pki/ca-trust/source/anchors/*.crt",
            "cp /run/secrets/kubernetes.io/serviceaccount/ca.crt /usr/local/share/ca-certificates/*.crt",
            "cp /var/run/secrets/kubernetes.io/serviceaccount/ca.crt /usr/local/share/ca-certificates/*.crt",
            "cp /run/secrets/kubernetes.io/serviceaccount/service-ca.crt **.crt",
        ])])
        .harmless()
        .confirm("the copied file is a public certificate: openssl x509 -in it -noout -subject")
        .imitation("none worth having: the file is public, and the token beside it is not touched")
        .seen(&[
            ("rule", "Write below etc"),
            ("container.id", "c2f0a8814b7e"),
            ("fd.name", "/etc/pki/ca-trust/source/anchors/openshift-ca.crt"),
            ("proc.cmdline", "cp /run/secrets/kubernetes.io/serviceaccount/ca.crt /etc/pki/ca-trust/source/anchors/openshift-ca.crt"),
            ("proc.name", "cp"),
            ("proc.pname", "bash"),
        ]),
    row("redis-scripts", "the database's package runs its start and stop hooks")
        .who(&[Is::Ancestor(&[
            "redis-server", "mysqld_safe", "run-parts", "elasticsearch", "logstash", "kafka-server-st*",
        ]), Is::Host, Is::Exe(&["/bin/*", "/usr/share/**", "/opt/**"])])
        .does(&[Does::Command(&[
            "run-parts ... /etc/redis/redis-server.*.d", "sh -c run-parts ... /etc/redis/**",
            "bash /etc/redis/** ...", "sh /etc/redis/** ...", "bash /usr/share/elasticsearch/bin/** ...",
            "bash /usr/share/logstash/bin/** ...", "bash /opt/kafka/bin/** ...", "mysqld_safe ...",
            "bash /usr/bin/mysqld_safe ...", "sh /usr/bin/mysqld_safe ...",
        ])])
        .confirm(CONFIRM)
        .imitation(IMITATE)
        .seen(&[
            ("rule", "Run shell untrusted"),
            ("container.id", "host"),
            ("evt.type", "execve"),
            ("proc.cmdline", "sh /etc/redis/redis-server.post-up.d/00_example"),
            ("proc.exepath", "/usr/bin/dash"),
            ("proc.name", "sh"),
            ("proc.pname", "run-parts"),
            ("proc.aname[2]", "redis-server"),
        ]),
];
