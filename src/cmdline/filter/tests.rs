use super::super::parse_shell;
use super::*;

fn check(text: &str, expect: bool) {
    let script = parse_shell(text);
    let is = script.items.len() == 1
        && script.items[0].pipeline.commands.len() == 1
        && is_text_filter(&script.items[0].pipeline.commands[0]);
    assert_eq!(is, expect, "{text}");
}

#[test]
fn the_table_is_sorted() {
    assert!(FILTERS.is_sorted_by_key(|filter| filter.name));
}

#[test]
fn filters_are_known() {
    for text in [
        "tr -d ','",
        "cut -d' ' -f2",
        "cut -d = -f 2",
        "head -1",
        "head -n 1",
        "tail -n +2",
        "sort -u",
        "sort -rn -k2",
        "uniq -c",
        "wc -l",
        "cat",
        "cat -",
        "column -t",
        "rev",
        "nl",
        "tac",
        "fold -w 80",
        "grep -v grep",
        "grep -qx \"falco\"",
        "egrep -i 'a|b'",
        "grep -e a -e b",
        "awk '{print $2}'",
        "awk -F': ' '{print $2}'",
        "awk '{s+=$5} END {print s}'",
        "sed 's#pod/##'",
        "sed -e s/a/b/g -e 1d",
        "sed -n '2,5p'",
        "sed -n '/x/p;q'",
        "/usr/bin/tr a b",
        "busybox tr a b",
        "grep x 2>/dev/null",
        "sed 's/[a-z]*//g'",
        "jq .",
        "jq -r '.items[].name'",
        "sha256sum",
        "paste -sd,",
        "xargs",
        "xargs -n1 echo",
        "xargs -r -n 1 echo",
    ] {
        check(text, true);
    }
}

#[test]
fn what_reads_writes_or_runs_is_no_filter() {
    for text in [
        "head /etc/shadow",
        "tail -f",
        "tail -F x",
        "sort -o /x",
        "sort -o/x",
        "sort x",
        "sort -T /tmp",
        "uniq a b",
        "uniq - b",
        "cat /etc/shadow",
        "cat < /etc/shadow",
        "grep x /etc/shadow",
        "grep -r x",
        "grep -f /x",
        "grep",
        "tr $x y",
        "tr * y",
        "tr a b > x",
        "tr a b 2> x",
        "tr a b 2>&1",
        "A=1 tr a b",
        "/tmp/tr a b",
        "/usr/bin/../../tmp/tr a b",
        "./tr a b",
        "awk '{print | \"sh\"}'",
        "awk -f x",
        "awk '{print}' /etc/shadow",
        "awk -i inplace '{print}'",
        "sed -i s/a/b/",
        "sed -f x",
        "sed s/a/b/ /etc/shadow",
        "sed 's/a/b/w x'",
        "sed 's/a/b/e'",
        "sed '1e'",
        "sed 'w x'",
        "sed 'R x'",
        "sed 'a x'",
        "sed -n '$!{h;d}; e'",
        "sed --in-place s/a/b/",
        "tr a b; id",
        "tr a b | sh",
        "(tr a b)",
        "tee x",
        "jq -f x",
        "jq -n env",
        "jq -r $ENV.TOKEN",
        "awk 'BEGIN { print ENVIRON[\"TOKEN\"] }'",
        "jq . /etc/shadow",
        "jq -L /tmp 'import \"x\" as x; .'",
        "jq --rawfile a /etc/shadow .",
        "sha256sum -c",
        "sha256sum /etc/shadow",
        "paste - /etc/shadow",
        "xargs rm",
        "xargs -n1 sh -c echo",
        "xargs -a /etc/shadow echo",
        "xargs -I{} echo {}",
        "xargs echo $(id)",
        "xargs /tmp/echo",
        "xargs -n1 echo > /x",
        "xargs -P4 -- echo",
        "wc --files0-from=/x",
        "sed 's/a/b/;e id'",
        "sed s",
        "",
        "tr a b &>x",
        "env tr a b",
        "awk '{system(\"id\")}'",
        "tr $'a' `id`",
    ] {
        check(text, false);
    }
}
