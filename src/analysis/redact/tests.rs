use super::*;
use crate::alert::{Priority, Time};
use proptest::prelude::*;

#[test]
fn every_row_finds_its_secret_and_leaves_its_look_alike_alone() {
    for sample in table() {
        let (text, redacted) = sample.found;
        assert_eq!(redact(text), redacted, "{}", sample.reason);
        assert_eq!(redact(sample.untouched), sample.untouched, "look-alike of: {}", sample.reason);
        assert!(matches!(redact(sample.untouched), Cow::Borrowed(_)));
    }
}

#[test]
fn ordinary_commands_and_messages_stay_as_they_are() {
    for text in [
        "bash -c /usr/sbin/dkms status -m \"falco\" | tr -d \",\" | tr -d \":\" | tr \"/\" \" \" | cut -d' ' -f2",
        "Sensitive file opened for reading (file=/etc/shadow gparent=sshd user=root process=cat command=cat /etc/shadow)",
        "cat /var/run/secrets/kubernetes.io/serviceaccount/token",
        "find / -name id_rsa -o -name *.pem",
        "mounts: /etc/passwd:/mnt/passwd:ro, /run/secrets/x:/x",
        "10.0.0.1:4444->192.168.1.9:443 [2001:db8::1]:80",
        "docker run -p 8080:80 -v /a:/b --rm nginx:1.27",
        "grep -rn aws_secret_access_key .",
        "ssh -p 2222 -i /root/.ssh/id_ed25519 git@github.com git-upload-pack 'acme/x.git'",
        "echo x:x:0:0::/:/bin/sh | tee -a /etc/passwd",
        "echo hello there | tee /srv/passwd",
        "echo hello there | grep passwd",
        "curl -sSL -o x http://x:8080/a",
        "proc_name=sh proc_exepath=/bin/busybox terminal=0 container_id=3d8a1c7b9e21",
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn secrets_are_found_wherever_a_command_hides_them() {
    for (text, redacted) in [
        ("env PGPASSWORD=hunter2 psql -h db", "env PGPASSWORD=[redacted] psql -h db"),
        (
            "sh -c 'mysql -phunter2 shop; redis-cli -a abc ping'",
            "sh -c 'mysql -p[redacted] shop; redis-cli -a [redacted] ping'",
        ),
        (
            "java -Djavax.net.ssl.keyStorePassword=changeit -jar x",
            "java -Djavax.net.ssl.keyStorePassword=[redacted] -jar x",
        ),
        ("Server=db;User Id=sa;Password=hunter2;Encrypt=true", "Server=db;User Id=sa;Password=[redacted];Encrypt=true"),
        ("curl -H 'Authorization: Basic YWRtaW46eA==' http://x", "curl -H 'Authorization: Basic [redacted]' http://x"),
        ("curl -H Cookie: a=1; b=2 http://x", "curl -H Cookie: [redacted] http://x"),
        (
            "kubectl create secret generic x --from-literal=password=hunter2",
            "kubectl create secret generic x --from-literal=password=[redacted]",
        ),
        ("npm config set //r.example/:_authToken abc", "npm config set //r.example/:_authToken [redacted]"),
        ("redis-cli config set requirepass hunter2", "redis-cli config set requirepass [redacted]"),
        ("aws configure set aws_secret_access_key abc/def", "aws configure set aws_secret_access_key [redacted]"),
        (
            "process=mysql command=mysql -uroot -phunter2 parent=sh",
            "process=mysql command=mysql -uroot -p[redacted] parent=sh",
        ),
        ("curl -su admin:hunter2 http://x", "curl -su admin:[redacted] http://x"),
        ("zip -rP hunter2 x.zip /srv", "zip -rP [redacted] x.zip /srv"),
        ("curl -H 'Authorization: 0a1b2c3d' http://x", "curl -H 'Authorization: [redacted]' http://x"),
        ("curl -H Authorization: 0a1b2c3d http://x", "curl -H Authorization: [redacted] http://x"),
        ("curl -H Authorization:0a1b2c3d http://x", "curl -H Authorization:[redacted] http://x"),
        ("curl -H Authorization: SSWS 00ab http://x", "curl -H Authorization: SSWS [redacted] http://x"),
        ("curl -H 'Authorization: SSWS 00ab' http://x", "curl -H 'Authorization: SSWS [redacted]' http://x"),
        ("{\"Authorization\": \"SSWS 00ab\"}", "{\"Authorization\": \"SSWS [redacted]\"}"),
        ("{\"Authorization\":\"0a1b2c3d\"}", "{\"Authorization\":\"[redacted]\"}"),
        ("curl -H Authorization: hunter http://x", "curl -H Authorization: [redacted] http://x"),
        ("curl http://x -H 'Authorization: hunter'", "curl http://x -H 'Authorization: [redacted]'"),
        ("sshpass -pTurnip ssh root@db", "sshpass -p[redacted] ssh root@db"),
        ("echo turnip | sudo -n passwd root", "echo [redacted] | sudo -n passwd root"),
        ("sh -c 'echo -e \"pw\\npw\" | passwd root'", "sh -c 'echo -e \"[redacted]\" | passwd root'"),
        ("openssl aes-256-cbc -k hunter2 -in x", "openssl aes-256-cbc -k [redacted] -in x"),
    ] {
        assert_eq!(redact(text), redacted);
    }
    assert_eq!(redact_arguments("mysql", "-uroot -phunter2"), "-uroot -p[redacted]");
}

#[test]
fn a_redacted_alert_keeps_its_form_and_loses_its_secrets() {
    let build = |output: &'static str| {
        AlertBuilder::new().rule("R").time(Time::from_nanos(1)).priority(Priority::Notice).output(output)
    };
    let alert = build("x (command=mysql -phunter2)")
        .hostname("h")
        .tag("t")
        .field("proc.name", "mysql")
        .field("proc.args", "-phunter2")
        .field("proc.env", "A=b DB_PASSWORD=hunter2")
        .build()
        .unwrap();
    let shown = redact_alert(&alert);
    assert_eq!((shown.rule(), shown.hostname(), shown.time()), (alert.rule(), alert.hostname(), alert.time()));
    assert_eq!(shown.field("proc.args"), Some("-p[redacted]"));
    assert_eq!(shown.field("proc.env"), Some("A=b DB_PASSWORD=[redacted]"));
    assert!(!format!("{shown:?}").contains("hunter2"));
    let text_only = redact_alert(&build("x (command=mysql -phunter2 user=root)").build().unwrap());
    assert!(text_only.fields_inferred() && !format!("{text_only:?}").contains("hunter2"));
}

#[test]
fn many_openings_without_an_end_take_linear_time() {
    for piece in [
        "password='",
        "://",
        "-----BEGIN PRIVATE KEY-----",
        "mysql -p",
        "curl -u ",
        "Cookie: a;",
        "echo x | ",
        "pass:",
        "$6$",
        "a.b:",
        "sk-",
        "hvs.",
        "Authorization: ",
    ] {
        let text = piece.repeat(60_000 / piece.len());
        let shown = redact(&text);
        assert_eq!(redact(&shown), shown);
    }
}

/// Pieces that openings and closings are made of.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "password=",
        "--token ",
        "token: ",
        "\"",
        "'",
        " ",
        ";",
        "&",
        "|",
        "mysql -p",
        "curl -u ",
        "a:b",
        "AKIAIOSFODNN7EXAMPLE",
        "://u:",
        "@",
        "Bearer ",
        "Authorization: ",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "x",
        "=",
        ":",
        "[redacted]",
        "echo ",
        "chpasswd",
        "$6$",
        "abcdef.0123456789abcdef",
        "Cookie: ",
        "\\",
        "sshpass -p ",
        "pass:",
        "é",
        "\n",
        "eyJhbGciOiJIUzI1NiJ9.",
        "identified by '",
        "login",
        " -p ",
        "--user ",
    ]);
    prop::collection::vec(piece, 0..14).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn redacting_twice_is_redacting_once(text in pieces()) {
        let once = redact(&text).into_owned();
        let twice = redact(&once).into_owned();
        prop_assert_eq!(&twice, &once);
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC{0,200}") {
        let once = redact(&text).into_owned();
        let twice = redact(&once).into_owned();
        prop_assert_eq!(twice, once);
    }

    #[test]
    fn a_named_secret_never_survives(secret in "[A-Za-z0-9+/!%^*_-]{6,24}", name in prop::sample::select(vec!["password", "DB_PASS", "api-key", "clientSecret", "auth.token"])) {
        prop_assume!(!secret.starts_with('-') && !"password".contains(&secret));
        for text in [format!("x --{name}={secret} y"), format!("x {name}: {secret} y"), format!("x --{name} {secret} y"), format!("{{\"{name}\": \"{secret}\"}}")] {
            prop_assert!(!redact(&text).contains(&secret), "{}", text);
        }
    }
}
