//! Patterns for single values: paths, names, image repositories.

/// Whether the text matches the pattern: `*` stands for anything but `/`, `**` for anything, `#` for a digit or more.
#[inline]
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    // Most patterns begin or end otherwise.
    let differs = |wanted: Option<&u8>, found: Option<&u8>| {
        wanted.is_some_and(|byte| !matches!(byte, b'*' | b'#')) && wanted != found
    };
    !differs(pattern.first(), text.first()) && !differs(pattern.last(), text.last()) && walk(pattern, text)
}

fn walk(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where to go on when a literal fails: the star's place, the text's place, whether the star crosses slashes.
    let mut resume: [Option<(usize, usize)>; 2] = [None, None];
    loop {
        if p < pattern.len() && pattern[p] == b'*' {
            let deep = pattern.get(p + 1) == Some(&b'*');
            p += if deep { 2 } else { 1 };
            resume[usize::from(deep)] = Some((p, t));
            if deep {
                resume[0] = None;
            }
            continue;
        }
        if p == pattern.len() && t == text.len() {
            return true;
        }
        if p < pattern.len() && t < text.len() {
            if pattern[p] == b'#' && text[t].is_ascii_digit() {
                while t < text.len() && text[t].is_ascii_digit() {
                    t += 1;
                }
                p += 1;
                continue;
            }
            if pattern[p] == text[t] && pattern[p] != b'#' {
                p += 1;
                t += 1;
                continue;
            }
        }
        // The inner star takes one more character, unless that is a slash; else the outer one does.
        match resume {
            [Some((star, from)), _] if from < text.len() && text[from] != b'/' => {
                resume[0] = Some((star, from + 1));
                (p, t) = (star, from + 1);
            }
            [_, Some((star, from))] if from < text.len() => {
                resume = [None, Some((star, from + 1))];
                (p, t) = (star, from + 1);
            }
            _ => return false,
        }
    }
}

/// Whether the text matches one of the patterns.
pub(super) fn any(patterns: &[&str], text: &str) -> bool {
    patterns.iter().any(|pattern| glob(pattern, text))
}

/// A path with the places of programs made one: `/usr/sbin/x`, `/usr/bin/x`, `/sbin/x` and `/bin/x` are `/bin/x`,
/// `/usr/lib/x` and `/usr/lib64/x` are `/lib/x`. A host's file system mounted into a container counts as that host's.
pub(super) fn canonical_path(path: &str) -> String {
    let path = crate::analysis::paths::below_host(path);
    for prefix in ["/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"] {
        if let Some(rest) = path.strip_prefix(prefix) {
            return format!("/bin/{rest}");
        }
    }
    for prefix in ["/usr/lib64/", "/usr/lib/", "/lib64/"] {
        if let Some(rest) = path.strip_prefix(prefix) {
            return format!("/lib/{rest}");
        }
    }
    path.to_owned()
}

/// An image's repository without its registry: `docker.io/library/postgres` is `postgres`,
/// `quay.io/jetstack/cert-manager-controller` is `jetstack/cert-manager-controller`.
pub(super) fn canonical_image(repository: &str) -> &str {
    let mut repository = repository;
    while let Some(rest) = repository.strip_prefix("docker-pullable://") {
        repository = rest;
    }
    let registry = |first: &str| first.contains(['.', ':']) || first == "localhost";
    let rest = repository.split_once('/').filter(|(first, _)| registry(first)).map_or(repository, |(_, rest)| rest);
    rest.strip_prefix("library/").unwrap_or(rest)
}

/// The registry of an image's repository; Docker Hub's where it names none.
pub(super) fn registry(repository: &str) -> &str {
    let first = repository.split('/').next().unwrap_or_default();
    if repository.contains('/') && (first.contains(['.', ':']) || first == "localhost") { first } else { "docker.io" }
}

/// Whether an image's repository matches one of the patterns. A pattern without a registry matches the vendor's path
/// in any registry or pull-through mirror (`mirror.example/dockerhub/grafana/promtail` for `grafana/promtail`); a
/// single name matches Docker Hub's official image and a mirror's `library/` only.
pub(super) fn image(patterns: &[&str], repository: &str) -> bool {
    let canonical = canonical_image(repository);
    let inner: Vec<&str> = canonical.match_indices('/').map(|(at, _)| &canonical[at + 1..]).collect();
    patterns.iter().any(|pattern| {
        if glob(pattern, canonical) || glob(pattern, repository) {
            return pattern.contains('/') || is_official(repository);
        }
        inner.iter().any(|path| glob(pattern, path)) && pattern.contains('/')
    })
}

/// Whether a single-name image is Docker Hub's own, or named without any registry.
fn is_official(repository: &str) -> bool {
    matches!(
        registry(repository),
        "docker.io" | "index.docker.io" | "registry-1.docker.io" | "public.ecr.aws" | "mirror.gcr.io"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_stay_in_a_path_component_and_double_stars_do_not() {
        for (pattern, text, matches) in [
            ("/bin/sshd", "/bin/sshd", true),
            ("/opt/*/bin/x", "/opt/a/bin/x", true),
            ("/opt/*/bin/x", "/opt/a/b/bin/x", false),
            ("/opt/**/x", "/opt/a/b/bin/x", true),
            ("/opt/**", "/opt/", true),
            ("**.pos", "/var/log/a.pos", true),
            ("*.pos", "/var/log/a.pos", false),
            ("python3.#", "python3.12", true),
            ("python3.#", "python3.x", false),
            ("**/kubelet/pods/*/volumes/**", "/var/lib/kubelet/pods/1-2/volumes/a/b", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("", "", true),
            ("*", "", true),
        ] {
            assert_eq!(glob(pattern, text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn registries_are_no_part_of_an_image_and_look_alikes_are_none() {
        for name in ["grafana/promtail", "docker.io/grafana/promtail", "mirror.example:5000/hub/grafana/promtail"] {
            assert!(image(&["grafana/promtail"], name), "{name}");
        }
        for name in ["evil/promtail", "grafana/promtail-x", "evilgrafana/promtail"] {
            assert!(!image(&["grafana/promtail"], name), "{name}");
        }
        assert!(image(&["postgres"], "docker.io/library/postgres") && image(&["postgres"], "postgres"));
        assert!(!image(&["postgres"], "evil/postgres") && !image(&["postgres"], "registry.evil.example/postgres"));
        assert_eq!(canonical_path("/host/usr/sbin/sshd"), "/bin/sshd");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn any_pattern_ends_on_any_text(pattern in "[a/*#]{0,12}", text in "[a/0]{0,40}") {
            let _ = glob(&pattern, &text);
            prop_assert!(glob("**", &text));
        }
    }
}
