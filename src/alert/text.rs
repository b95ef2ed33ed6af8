//! What can be read from an alert's rendered text where Falco sent no fields (`json_include_output_fields_property`
//! off, old log lines).
//!
//! Anyone who chooses an argument chooses part of this text, so it is read with suspicion: a key that occurs twice is
//! ambiguous and counts as absent.

/// The text without Falco's leading time and priority (`13:41:35.792272681: Warning `), which vary without meaning.
/// Text without such a prefix is given back whole.
pub fn strip_prefix(output: &str) -> &str {
    let Some((time, rest)) = output.split_once(": ") else { return output };
    let plausible = time.len() >= 8 && time.len() <= 40 && time.starts_with(|c: char| c.is_ascii_digit());
    if !plausible || !time.bytes().all(|b| b.is_ascii_digit() || b":.-+TZ".contains(&b)) {
        return output;
    }
    match rest.split_once(' ') {
        Some((priority, message)) if super::Priority::from_name(priority).is_some() => message,
        _ => rest,
    }
}

/// Reads `key=value` pairs: the parenthesised form (`... (user=root command=ls -l)`) and the one behind a bar
/// (`... | user=root command=ls -l`). Keys get the name of the Falco field that stock rules print under them. A value
/// reaches to the next known key. Pairs whose value is `<NA>`, and keys that occur twice, are left out.
pub fn key_values(message: &str) -> Vec<(&'static str, &str)> {
    let mut starts: Vec<(usize, usize, &'static str)> = Vec::new();
    let mut from = 0;
    while let Some(found) = message[from..].find('=') {
        let equals = from + found;
        // Looked for behind the last `=` only: no key holds one, and the text may be long and of nothing else.
        let edge = message[from..equals].rfind([' ', '(', '|', ',']).map(|at| from + at + 1);
        let word = edge.or_else(|| (from == 0).then_some(0));
        from = equals + 1;
        if let Some(word) = word
            && let Some(field) = field_of(&message[word..equals])
        {
            starts.push((word, from, field));
        }
        if starts.len() >= MAX_PAIRS {
            break;
        }
    }
    let mut pairs: Vec<(&'static str, &str)> = Vec::with_capacity(starts.len());
    let mut ambiguous: Vec<&str> = Vec::new();
    for (n, &(_, value_start, field)) in starts.iter().enumerate() {
        let end = starts.get(n + 1).map_or(message.len(), |next| next.0);
        let mut value = message[value_start..end].trim_end_matches([' ', ',']);
        if n + 1 == starts.len() && message.contains('(') && !opens_more(value) {
            value = value.strip_suffix(')').unwrap_or(value);
        }
        if pairs.iter().any(|&(key, _)| key == field) {
            ambiguous.push(field);
        } else {
            pairs.push((field, value.trim()));
        }
    }
    pairs.retain(|(key, value)| *value != "<NA>" && !ambiguous.contains(key));
    pairs
}

const MAX_PAIRS: usize = 128;

/// True where the value opens as many parentheses as it closes, so that its last `)` is its own.
fn opens_more(value: &str) -> bool {
    value.matches('(').count() >= value.matches(')').count() && value.contains('(')
}

/// The Falco field that stock rules print under a key.
fn field_of(key: &str) -> Option<&'static str> {
    KEYS.binary_search_by_key(&key, |row| row.0).ok().map(|at| KEYS[at].1)
}

/// Keys as stock rules (0.2x to 5.x) print them, sorted, and the field that each shows.
const KEYS: &[(&str, &str)] = &[
    ("cmdline", "proc.cmdline"),
    ("command", "proc.cmdline"),
    ("connection", "fd.name"),
    ("container", "container.name"),
    ("container_id", "container.id"),
    ("container_image", "container.image.repository"),
    ("container_image_repository", "container.image.repository"),
    ("container_image_tag", "container.image.tag"),
    ("container_name", "container.name"),
    ("cwd", "proc.cwd"),
    ("directory", "evt.arg.path"),
    ("evt_type", "evt.type"),
    ("exe_flags", "evt.arg.flags"),
    ("fd.name", "fd.name"),
    ("file", "fd.name"),
    ("gggparent", "proc.aname[4]"),
    ("ggparent", "proc.aname[3]"),
    ("gparent", "proc.aname[2]"),
    ("group_name", "group.name"),
    ("image", "container.image.repository"),
    ("image_id", "container.image.id"),
    ("k8s.ns", "k8s.ns.name"),
    ("k8s.pod", "k8s.pod.name"),
    ("k8s_ns_name", "k8s.ns.name"),
    ("k8s_pod_name", "k8s.pod.name"),
    ("linkpath", "evt.arg.linkpath"),
    ("loginuid", "user.loginuid"),
    ("newpath", "evt.arg.newpath"),
    ("ns", "k8s.ns.name"),
    ("oldpath", "evt.arg.oldpath"),
    ("parent", "proc.pname"),
    ("pcmdline", "proc.pcmdline"),
    ("pid", "proc.pid"),
    ("pod", "k8s.pod.name"),
    ("proc_exe", "proc.exe"),
    ("proc_exepath", "proc.exepath"),
    ("proc_name", "proc.name"),
    ("process", "proc.name"),
    ("program", "proc.name"),
    ("repo", "container.image.repository"),
    ("shell", "proc.name"),
    ("tag", "container.image.tag"),
    ("target", "evt.arg.target"),
    ("terminal", "proc.tty"),
    ("user", "user.name"),
    ("user_loginname", "user.loginname"),
    ("user_loginuid", "user.loginuid"),
    ("user_name", "user.name"),
    ("user_uid", "user.uid"),
    ("verb", "ka.verb"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn get<'a>(pairs: &[(&'static str, &'a str)], key: &str) -> Option<&'a str> {
        pairs.iter().find(|(k, _)| *k == key).map(|(_, v)| *v)
    }

    #[test]
    fn leading_time_and_priority_are_no_content() {
        assert_eq!(strip_prefix("13:41:35.792272681: Warning Shell (a=b)"), "Shell (a=b)");
        assert_eq!(strip_prefix("2026-04-06T18:23:43.685873558+0000: Warning Links"), "Links");
        assert_eq!(strip_prefix("13:41:35.792272681: Shell: x"), "Shell: x");
        assert_eq!(strip_prefix("note: Warning x"), "note: Warning x");
        assert_eq!(strip_prefix(""), "");
    }

    #[test]
    fn both_layouts_are_read_with_values_that_hold_spaces() {
        let old = key_values("File opened (user=root command=vi /etc/x -c y parent=sh file=/etc/x image=<NA>)");
        assert_eq!(get(&old, "proc.cmdline"), Some("vi /etc/x -c y"));
        assert_eq!(get(&old, "fd.name"), Some("/etc/x"));
        assert_eq!(get(&old, "container.image.repository"), None);
        let new = key_values("A shell | evt_type=execve user=root command=bash -c id; uname -a terminal=34816");
        assert_eq!(get(&new, "proc.cmdline"), Some("bash -c id; uname -a"));
        assert_eq!(get(&new, "proc.tty"), Some("34816"));
        let last = key_values("x (user=root command=sh -c (id))");
        assert_eq!(get(&last, "proc.cmdline"), Some("sh -c (id)"));
    }

    #[test]
    fn a_key_that_is_there_twice_counts_as_absent() {
        let pairs = key_values("x (user=root command=curl x image=falcosecurity/falco image=evil)");
        assert_eq!(get(&pairs, "container.image.repository"), None);
        assert_eq!(get(&pairs, "user.name"), Some("root"));
    }

    #[test]
    fn a_text_of_megabytes_that_hides_its_keys_is_read_at_once() {
        let hostile = format!("{}{} user=root", "=".repeat(4 << 20), "a=".repeat(4 << 20));
        assert_eq!(key_values(&hostile), [("user.name", "root")]);
        assert_eq!(key_values("sh --env=user=root"), [], "a part of a word is no key");
    }

    #[test]
    fn the_key_table_is_sorted_so_that_it_can_be_searched() {
        assert!(KEYS.is_sorted_by(|a, b| a.0 < b.0));
    }
}
